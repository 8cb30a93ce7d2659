"""Settings become parts: engines and models are named and chosen here, and nowhere else.

All heavy imports are inside the functions, so that a command pays for what it uses only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from voicemate import paths
from voicemate.errors import EngineError, VoiceMateError
from voicemate.events import Event, Loading, Notice
from voicemate.settings import Audio, Settings, changed

if TYPE_CHECKING:
    from voicemate.catalog import InstalledModel
    from voicemate.conversation.prompt import Prompt
    from voicemate.conversation.turn import Parts
    from voicemate.ports import Memory, Recognizer, ReplyModel, Speaker, Voice

Emit = Callable[[Event], None]
_Part = TypeVar("_Part", bound="_Closable")


class _Closable(Protocol):
    def close(self) -> None: ...


OWN_RECOGNISERS = ("auto", "vosk", "moonshine")
"""Those whose models are in the catalogue."""

FIRST_WORDS = 3
"""So many words are spoken before the rest of their clause is written: they take about as long to
say as a slow model needs for the next dozen."""

_HISTORY_TOKENS = 1000
"""Room for past turns in the prompt: what a small model can use, and reads in seconds."""


def choose_recogniser(settings: Settings) -> tuple[InstalledModel, str]:
    """Choose the recogniser's model, with the reason. Raises `ModelError`."""
    engine = settings.recogniser.engine
    return _choose(
        "recogniser",
        settings.recogniser.model,
        settings.companion.language,
        None if engine == "auto" else engine,
    )


def choose_language_model(settings: Settings) -> tuple[InstalledModel, str]:
    """Choose the language model, with the reason. Raises `ModelError`."""
    return _choose("language", settings.model.id, settings.companion.language, None)


def _choose(
    kind: str, model_id: str, language: str, engine: str | None
) -> tuple[InstalledModel, str]:
    from voicemate import catalog

    store = catalog.Store(paths.models_dir())
    if model_id:
        return store.find(model_id), "set by you"
    choice = catalog.best_installed(
        store.installed(),
        catalog.load_catalog(),
        catalog.inspect(paths.models_dir()),
        "recogniser" if kind == "recogniser" else "language",
        language,
        engine,
    )
    return choice.model, choice.why


def build_recognizer(settings: Settings, loading: Emit) -> Recognizer:
    """Load the recogniser. Raises `ModelError`, `EngineError`."""
    from voicemate.engines import registry

    wanted = settings.recogniser
    if wanted.engine not in OWN_RECOGNISERS:
        # An engine of another package looks after its own models.
        loading(Loading(f"the recogniser {wanted.engine}"))
        folder = Path(wanted.model).expanduser()
        return registry.recognizer(wanted.engine, folder, settings.companion.language)
    model, _ = choose_recogniser(settings)
    loading(Loading(f"the recogniser {model.id}"))
    return registry.recognizer(model.engine, model.path, settings.companion.language)


def build_model(settings: Settings, loading: Emit, *, private: bool = True) -> ReplyModel:
    """Load the language model; `private`: what it reads is not kept for the next start.

    Raises `ModelError`, `EngineError`.
    """
    from voicemate.catalog import read_header
    from voicemate.engines.llama import LlamaModel, LlamaOptions

    model, _ = choose_language_model(settings)
    loading(Loading(f"the language model {model.id}"))
    file = gguf_file(model)
    # A file that is not what it says ends here, in Python, and never reaches the C++ parser.
    read_header(file)
    wanted = settings.model
    return LlamaModel(
        file,
        model.id,
        LlamaOptions(
            context_tokens=wanted.context_tokens,
            max_tokens=wanted.max_tokens,
            temperature=wanted.temperature,
            seed=wanted.seed,
            threads=wanted.threads,
            gpu_layers=wanted.gpu_layers,
            state_folder=None if private else model_state_dir(),
            digest=model.digest,
        ),
    )


def model_state_dir() -> Path:
    """Give the folder of what the language model has read of the conversation."""
    return paths.state_dir() / "model"


def gguf_file(model: InstalledModel) -> Path:
    """Give the GGUF of an installed language model."""
    return model.path / next(f.path for f in model.files if f.path.endswith(".gguf"))


def build_voice(settings: Settings, loading: Emit) -> Voice:
    """Start the voice. Raises `EngineError`."""
    from voicemate.engines import registry

    loading(Loading(f"the voice ({settings.voice.engine})"))
    return registry.voice(settings.voice, settings.companion.language)


def conversation_voice(settings: Settings, emit: Emit) -> Voice:
    """Start the voice; Hibari where the system has none for English, and the person is told.

    Raises `EngineError`.
    """
    try:
        return build_voice(settings, emit)
    except EngineError as error:
        if settings.voice.engine != "pyttsx3" or settings.companion.language != "en":
            raise
        other = changed(settings, "voice", {"engine": "hibari", "voice": ""})
        try:
            voice = build_voice(other, emit)
        except EngineError:
            raise error from None
        emit(Notice(f"{error.message} Hibari speaks instead.", error.hint))
        return voice


def build_memory(*, private: bool, emit: Emit) -> Memory:
    """Open the memory, or none for a conversation off the record. Raises `StorageError`."""
    from voicemate.memory.none import NoMemory
    from voicemate.memory.store import MemoryStore

    if private:
        return NoMemory()
    store = MemoryStore(paths.memory_file())
    if store.notice:
        emit(Notice(store.notice))
    return store


def assemble(
    settings: Settings,
    *,
    recognizer: Recognizer,
    model: ReplyModel,
    voice: Voice,
    speaker: Speaker,
    memory: Memory,
    before: Prompt | None = None,
) -> Parts:
    """Put parts together and take the conversation up where it was left: in memory, or `before`."""
    from voicemate.companion.persona import system_prompt
    from voicemate.conversation.delivery import FOLLOWER
    from voicemate.conversation.prompt import Prompt as NewPrompt
    from voicemate.conversation.sentences import Cut
    from voicemate.conversation.turn import Parts

    companion = settings.companion
    prompt = NewPrompt(
        system_prompt(companion.name, companion.persona, companion.language),
        min(_HISTORY_TOKENS, model.context_tokens // 3),
        model.count_tokens,
    )
    past = tuple(memory.recent(settings.conversation.remember_turns))
    for record in past:
        prompt.add(record)
    if before is not None and not past:
        prompt.carry_on(before)
    return Parts(
        recognizer=recognizer,
        model=model,
        voice=voice,
        speaker=speaker,
        memory=memory,
        prompt=prompt,
        language=companion.language,
        min_confidence=settings.recogniser.min_confidence,
        max_spoken_s=settings.model.max_spoken_s,
        cut=Cut(first_words=FIRST_WORDS if companion.language in FOLLOWER else 0),
        past=past,
    )


def build_parts(
    settings: Settings,
    speaker: Speaker,
    emit: Emit,
    *,
    private: bool = False,
    listens: bool = True,
    speaks: bool = True,
) -> Parts:
    """Load everything that a conversation needs; what was loaded is freed when a part fails.

    Raises a `VoiceMateError`.
    """
    from voicemate.engines.scripted import ScriptedRecognizer
    from voicemate.engines.silent import SilentVoice

    built: list[_Closable] = []

    def keep(part: _Part) -> _Part:
        built.append(part)
        return part

    try:
        memory = keep(build_memory(private=private, emit=emit))
        speaker.open()
        keep(speaker)
        voice = keep(conversation_voice(settings, emit) if speaks else SilentVoice())
        recognizer = keep(build_recognizer(settings, emit) if listens else ScriptedRecognizer([]))
        model = keep(build_model(settings, emit, private=private))
        return assemble(
            settings,
            recognizer=recognizer,
            model=model,
            voice=voice,
            speaker=speaker,
            memory=memory,
        )
    except BaseException:
        for part in reversed(built):
            part.close()
        raise


class Workshop:
    """Builds the parts of a live conversation, and anew only those whose settings have changed.

    Belongs to the turn thread. Whoever has its newest parts closes them.
    """

    def __init__(
        self, new_speaker: Callable[[Audio], Speaker], emit: Emit, *, private: bool
    ) -> None:
        """Take what makes a speaker, not opened yet."""
        self._new_speaker = new_speaker
        self._emit = emit
        self._private = private
        self._settings = Settings()
        self._sources: dict[str, object] = {}
        self._parts: Parts | None = None

    def build(self, settings: Settings) -> Parts:
        """Give parts by these settings; those that were given before are used no more.

        Where new settings do not work, the person is told and what worked goes on. Raises a
        `VoiceMateError` where nothing works.
        """
        if self._parts is None:
            sources = _sources(settings)
            speaker = self._new_speaker(settings.audio)
            self._parts = build_parts(settings, speaker, self._emit, private=self._private)
        else:
            try:
                sources = _sources(settings)
                self._parts = self._renewed(self._parts, settings, sources)
            except VoiceMateError as error:
                if self._parts is None:
                    raise
                self._emit(Notice(error.message, f"{error.hint} Until then all goes on as before."))
                return self._parts
        self._settings, self._sources = settings, sources
        return self._parts

    def _renewed(self, old: Parts, settings: Settings, sources: dict[str, object]) -> Parts:
        stale = {role for role, source in sources.items() if source != self._sources[role]}
        if "voice" not in stale and not self._adjusted(old.voice, settings):
            stale.add("voice")
        makers: dict[str, Callable[[], _Closable]] = {
            "speaker": lambda: _opened(self._new_speaker(settings.audio)),
            "voice": lambda: conversation_voice(settings, self._emit),
            "recognizer": lambda: build_recognizer(settings, self._emit),
            # The last one: the old model is gone by then.
            "model": lambda: self._other_model(old, settings),
        }
        made: dict[str, Any] = {}
        try:
            for role, make in makers.items():
                if role in stale:
                    made[role] = make()
        except BaseException:
            for part in made.values():
                part.close()
            raise
        for role in made:
            if role != "model":
                getattr(old, role).close()
        kept = {role: getattr(old, role) for role in makers if role not in made}
        parts = assemble(settings, **made, **kept, memory=old.memory, before=old.prompt)
        _tune(parts.model, settings)
        return parts

    def _adjusted(self, voice: Voice, settings: Settings) -> bool:
        """Let the voice speak as it is wanted now; False where it must be built anew for that."""
        from voicemate.engines.registry import Adjustable

        if settings.voice == self._settings.voice:
            return True
        if not isinstance(voice, Adjustable):
            return False
        voice.adjust(settings.voice)
        return True

    def _other_model(self, old: Parts, settings: Settings) -> ReplyModel:
        """Load another model once the old one is gone: two of them may not fit into memory."""
        old.model.close()
        try:
            return build_model(settings, self._emit, private=self._private)
        except VoiceMateError:
            self._parts = None
            try:
                model = build_model(self._settings, self._emit, private=self._private)
            except VoiceMateError:
                for part in (old.speaker, old.recognizer, old.voice, old.memory):
                    part.close()
                raise
            self._parts = replace(old, model=model)
            raise


def _sources(settings: Settings) -> dict[str, object]:
    """Give what each part is made from: another one is needed when that has changed.

    Raises `ModelError` where a model is missing.
    """
    language, model = settings.companion.language, settings.model
    own = settings.recogniser.engine in OWN_RECOGNISERS
    return {
        "speaker": (settings.audio.speaker, settings.audio.cues),
        "voice": (settings.voice.engine, settings.voice.voice, language),
        "recognizer": (
            settings.recogniser.engine,
            choose_recogniser(settings)[0].path if own else settings.recogniser.model,
            language,
        ),
        "model": (
            choose_language_model(settings)[0].path,
            model.context_tokens,
            model.gpu_layers,
            model.threads,
        ),
    }


def _opened(speaker: Speaker) -> Speaker:
    speaker.open()
    return speaker


def _tune(model: ReplyModel, settings: Settings) -> None:
    from voicemate.engines.llama import LlamaModel

    if isinstance(model, LlamaModel):
        wanted = settings.model
        model.tune(wanted.max_tokens, wanted.temperature, wanted.seed)
