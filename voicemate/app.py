"""The composition root: settings become parts, parts become a companion.

Nowhere else are engines named or chosen. All heavy imports are inside the functions, so that a
command pays for what it uses only.
"""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from voicemate import paths
from voicemate.cancel import CancelToken
from voicemate.errors import VoiceMateError
from voicemate.events import Event, Loading, Notice, TurnEnded
from voicemate.settings import Settings
from voicemate.types import TurnId, TurnRecord

if TYPE_CHECKING:
    from voicemate.catalog import InstalledModel
    from voicemate.conversation.companion import Companion
    from voicemate.conversation.turn import Parts
    from voicemate.ports import Memory, Recognizer, ReplyModel, Speaker, Take, Voice

log = logging.getLogger(__name__)

Emit = Callable[[Event], None]
_Part = TypeVar("_Part", bound="_Closable")


class _Closable(Protocol):
    def close(self) -> None: ...


FIRST_WORDS = 3
"""So many words are spoken before the rest of their clause is written: they take about as long to
say as a slow model needs for the next dozen."""

_HISTORY_TOKENS = 1200
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
    if wanted.engine not in ("auto", "vosk", "moonshine"):
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


def forget_conversation() -> int:
    """Delete every turn, and all that was made of them; gives their number.

    Raises `StorageError`. Not while a companion runs: it has them in mind.
    """
    from voicemate.engines import llama_state
    from voicemate.memory.store import MemoryStore

    store = MemoryStore(paths.memory_file())
    try:
        n_turns = store.forget_all()
    finally:
        store.close()
    llama_state.forget(model_state_dir())
    return n_turns


def gguf_file(model: InstalledModel) -> Path:
    """Give the GGUF of an installed language model."""
    return model.path / next(f.path for f in model.files if f.path.endswith(".gguf"))


def build_voice(settings: Settings, loading: Emit) -> Voice:
    """Start the voice. Raises `EngineError`."""
    from voicemate.engines import registry

    loading(Loading(f"the voice ({settings.voice.engine})"))
    return registry.voice(settings.voice, settings.companion.language)


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
) -> Parts:
    """Put parts together and take the conversation up where it was left."""
    from voicemate.companion.persona import system_prompt
    from voicemate.conversation.delivery import FOLLOWER
    from voicemate.conversation.prompt import Prompt
    from voicemate.conversation.sentences import Cut
    from voicemate.conversation.turn import Parts

    companion = settings.companion
    prompt = Prompt(
        system_prompt(companion.name, companion.persona, companion.language),
        min(_HISTORY_TOKENS, model.context_tokens // 3),
        model.count_tokens,
    )
    for record in memory.recent(settings.conversation.remember_turns):
        prompt.add(record)
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
        voice = keep(build_voice(settings, emit) if speaks else SilentVoice())
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


def live_companion(settings: Settings, emit: Emit, *, private: bool = False) -> Companion:
    """Make a companion that hears and speaks through the sound card; not yet started."""
    from voicemate.audio.microphone import WarmMicrophone
    from voicemate.audio.speaker import StreamSpeaker
    from voicemate.conversation.companion import Companion

    audio = settings.audio
    microphone = WarmMicrophone(
        audio.microphone, pre_roll_ms=audio.pre_roll_ms, post_roll_ms=audio.post_roll_ms
    )

    def build() -> Parts:
        speaker = StreamSpeaker(audio.speaker, cues=audio.cues)
        return build_parts(settings, speaker, emit, private=private)

    return Companion(build, microphone, emit, bug_hint())


def single_turn(
    parts: Parts, emit: Emit, *, take: Take | None = None, typed: str = ""
) -> TurnRecord:
    """Run one turn on the calling thread."""
    from voicemate.conversation.turn import Turn, run_turn

    record = run_turn(Turn(TurnId(1), CancelToken(), take=take, typed=typed), parts, emit)
    emit(TurnEnded(record))
    return record


@contextlib.contextmanager
def global_key(settings: Settings, companion: Companion, emit: Emit) -> Iterator[None]:
    """Listen to the key to talk with, from any program, as long as the context lasts.

    What works is found out on a thread of its own (`hotkey`): a desktop's portal may take seconds.
    """
    from voicemate.hotkey.choice import choose
    from voicemate.hotkey.listener import HotkeyListener

    listeners: list[HotkeyListener] = []
    over = threading.Event()
    lock = threading.Lock()

    def tell(error: VoiceMateError) -> None:
        emit(Notice(error.message, error.hint))

    def start_loop() -> None:
        wanted = settings.key
        try:
            backend, binding, why = choose(wanted.key, wanted.backend)
            log.info("the key %s: %s", binding, why)
            if backend is None:
                return
            listener = HotkeyListener(
                companion, backend, binding, mode=wanted.mode, on_trouble=tell
            )
            with lock:
                if not over.is_set():
                    listener.start()
                    listeners.append(listener)
        except VoiceMateError as error:
            tell(error)

    starter = threading.Thread(target=start_loop, name="hotkey-start", daemon=True)
    starter.start()
    try:
        yield
    finally:
        over.set()
        with lock:
            for listener in listeners:
                listener.stop()


def bug_hint() -> str:
    """Say what to do about an error that nobody expected."""
    return f"Please report it with the log: {paths.log_file()}"


def start_logging(*, debug: bool = False) -> None:
    """Write the log to its file; never anything of what is said unless `debug`."""
    paths.private_folder(paths.state_dir())
    handler = logging.handlers.RotatingFileHandler(
        paths.log_file(), maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True
    )
    formatter = logging.Formatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    root = logging.getLogger("voicemate")
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    root.addHandler(handler)
