"""Commands around one stretch of speech: ask, chat, say, listen, inspect."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voicemate.cli.output import json_line
from voicemate.errors import NothingHeard, UsageError, VoiceMateError
from voicemate.events import Event, Heard, Loading, Notice, ReplyGrew, TurnEnded, TurnFailed

if TYPE_CHECKING:
    from voicemate.ports import Recognizer, Speaker, Take
    from voicemate.settings import Settings
    from voicemate.types import TurnRecord

_FILE = click.Path(path_type=Path)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
_PRIVATE = click.option(
    "--private", is_flag=True, help="Off the record: neither read nor keep the conversation."
)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--out", type=_FILE, help="Write the spoken answer to this WAV file, play nothing.")
@click.option("--realtime", is_flag=True, help="Feed the recording at the speed of speech.")
@_PRIVATE
@_JSON
def ask(file: Path, out: Path | None, realtime: bool, private: bool, as_json: bool) -> None:
    """Answer a recorded question: FILE is a WAV of up to five minutes.

    \b
    The JSON object has: heard, reply, recogniser, model, voice,
    ms {final_transcript, first_piece, first_sound, total} from the end of the recording,
    prompt_tokens, cached_tokens, reply_tokens.
    """
    from voicemate import app, building, settings
    from voicemate.audio.files import FileSpeaker, FileTake, read_wav, write_wav
    from voicemate.audio.speaker import StreamSpeaker

    wanted = settings.load()
    samples = read_wav(file)
    watcher = _Watcher(show=not as_json)
    recording = FileSpeaker() if out else None
    speaker: Speaker = recording or StreamSpeaker(wanted.audio.speaker, cues=wanted.audio.cues)
    parts = building.build_parts(wanted, speaker, watcher.see, private=private)
    try:
        take = FileTake(samples, realtime=realtime, post_roll_ms=wanted.audio.post_roll_ms)
        record = app.single_turn(parts, watcher.see, take=take)
    finally:
        parts.close()
    watcher.raise_if_failed()
    if not record.heard:
        raise NothingHeard(
            f"No speech was heard in {file}.",
            "Is it a recording of somebody talking, loud enough? `voicemate listen FILE` tells "
            "what is understood.",
        )
    if out and recording:
        write_wav(out, recording.samples, recording.rate_hz)
    if as_json:
        json_line(_summary(record))


@click.command()
@click.option("--once", metavar="TEXT", help="Answer this one line and end.")
@click.option("--speak", is_flag=True, help="Speak the answers as well.")
@_PRIVATE
@_JSON
def chat(once: str | None, speak: bool, private: bool, as_json: bool) -> None:
    """Talk in writing, a line each; ends with an empty line or Ctrl-D.

    The JSON objects are those of `voicemate ask`.
    """
    from voicemate import app, building, settings
    from voicemate.audio.files import FileSpeaker
    from voicemate.audio.speaker import StreamSpeaker

    wanted = settings.load()
    if once is not None and not once.strip():
        raise UsageError("There is nothing to answer.", 'Try `voicemate chat --once "Hello"`.')
    watcher = _Watcher(show=not as_json, heard=False)
    speaker = StreamSpeaker(wanted.audio.speaker, cues=False) if speak else FileSpeaker()
    parts = building.build_parts(
        wanted, speaker, watcher.see, private=private, listens=False, speaks=speak
    )
    try:
        for line in [once] if once is not None else _lines():
            record = app.single_turn(parts, watcher.see, typed=line)
            watcher.raise_if_failed()
            if as_json:
                json_line(_summary(record))
    finally:
        parts.close()


@click.command()
@click.argument("text", required=False)
@click.option("--out", type=_FILE, help="Write to this WAV file, play nothing.")
@click.option("--engine", metavar="NAME", help="Try an engine: pyttsx3, hibari, piper, …")
@click.option("--voice", metavar="ID", help="Try a voice.")
@click.option("--rate", type=click.FloatRange(0.5, 2), help="Try a speed; 1 is the voice's own.")
@click.option("--pitch", type=click.FloatRange(0.5, 2), help="Try a pitch.")
@click.option("--volume", type=click.FloatRange(0, 1), help="Try a loudness.")
@click.option("--list", "listing", is_flag=True, help="List the engine's voices.")
@click.option("--json", "as_json", is_flag=True, help="With --list: one JSON object a voice.")
def say(
    text: str | None,
    out: Path | None,
    engine: str | None,
    voice: str | None,
    rate: float | None,
    pitch: float | None,
    volume: float | None,
    listing: bool,
    as_json: bool,
) -> None:
    """Speak TEXT with the voice of the settings, or preview another one."""
    from voicemate import building, settings

    wanted = settings.load()
    tried = {"engine": engine, "voice": voice, "rate": rate, "pitch": pitch, "volume": volume}
    if engine and engine != wanted.voice.engine and voice is None:
        tried["voice"] = ""
    wanted = settings.changed(
        wanted, "voice", {key: value for key, value in tried.items() if value is not None}
    )
    if listing:
        _list_voices(wanted, as_json)
        return
    if not (text and text.strip()):
        raise UsageError("There is nothing to say.", 'Try `voicemate say "Hello"`.')
    from voicemate.cancel import CancelToken
    from voicemate.conversation.sentences import utterances

    speaker = _speaker(wanted, out)
    built = building.build_voice(wanted, _ignore)
    try:
        speaker.open()
        try:
            cancel = CancelToken()
            playback = speaker.play(cancel)
            for utterance in utterances([text], wanted.companion.language):
                playback.write(built.render(utterance.spoken, cancel))
            playback.finish()
        finally:
            speaker.close()
    finally:
        built.close()
    _keep(speaker, out)


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--mic", is_flag=True, help="Listen to the microphone (also without FILE).")
@click.option("--realtime", is_flag=True, help="Feed the recording at the speed of speech.")
@_JSON
def listen(file: Path | None, mic: bool, realtime: bool, as_json: bool) -> None:
    """Show what is understood of FILE or the microphone: partials, then the final transcript.

    The JSON objects have: text, final, confidence, words [{text, start_s, end_s, confidence}].
    The microphone is heard until you press Enter.
    """
    from voicemate import building, settings

    if file and mic:
        raise UsageError("Either a file or the microphone.", "Leave out one of them.")
    wanted = settings.load()
    if file:
        from voicemate.audio.files import FileTake, read_wav

        take: Take = FileTake(
            read_wav(file), realtime=realtime, post_roll_ms=wanted.audio.post_roll_ms
        )
        final = _recognize(building.build_recognizer(wanted, _ignore), take, as_json)
    else:
        final = _listen_to_microphone(wanted, as_json)
    if not final:
        raise NothingHeard(
            "No speech was heard.", "`voicemate devices` lists the microphones; speak up a little."
        )


@click.command()
@click.argument("kind", type=click.Choice(["spoken"]))
def inspect(kind: str) -> None:  # noqa: ARG001  (one kind so far; more come)
    """Show how VoiceMate sees things; KIND is spoken.

    spoken: reads texts from stdin, one a line, plain or as a JSON string, and writes
    {"text": …, "spoken": …} a line: what would be said aloud.
    """
    import msgspec

    from voicemate import settings
    from voicemate.conversation.spoken_text import spoken_text

    language = settings.load().companion.language
    for line in sys.stdin:
        text = line.rstrip("\n")
        if text.startswith('"'):
            try:
                text = msgspec.json.decode(text, type=str)
            except msgspec.MsgspecError as error:
                raise UsageError(
                    f"This line is not a JSON string: {text[:60]}",
                    "A line that begins with a quotation mark is read as JSON.",
                ) from error
        json_line({"text": text, "spoken": spoken_text(text, language)})


class _Watcher:
    """Shows a turn's events, and keeps the trouble that must become the exit status."""

    def __init__(self, *, show: bool, heard: bool = True) -> None:
        self._show = show
        self._heard = heard
        self._failed: TurnFailed | None = None
        self._midline = False

    def see(self, event: Event) -> None:
        """Take one event; called on whichever thread it happens."""
        match event:
            case TurnFailed():
                self._failed = event
            case Notice(message, hint):
                click.echo(f"voicemate: {message} {hint}".rstrip(), err=True)
            case Loading(what) if self._show and sys.stderr.isatty():
                click.echo(f"Loading {what} …", err=True)
            case Heard(_, transcript) if self._show and self._heard and transcript.final:
                click.echo(f"You: {transcript.text}")
            case ReplyGrew(_, text) if self._show and text:
                click.echo(f"{text} ", nl=False)
                self._midline = True
            case TurnEnded() if self._midline:
                click.echo()
                self._midline = False
            case _:
                pass

    def raise_if_failed(self) -> None:
        """Raise what made the turn fail, with its exit status."""
        failed, self._failed = self._failed, None
        if failed:
            error = VoiceMateError(failed.message, failed.hint)
            error.exit_status = failed.status
            raise error


def _summary(record: TurnRecord) -> dict[str, object]:
    """Give the documented object of `ask --json` and `chat --json`."""
    times, stats = record.times, record.stats
    ms = {
        name: None if value is None else round(value, 1)
        for name, value in (
            ("final_transcript", times.final_transcript),
            ("first_piece", times.first_piece),
            ("first_sound", times.first_sound),
            ("total", times.total),
        )
    }
    return {
        "heard": record.heard,
        "reply": record.reply.strip(),
        "recogniser": record.recogniser,
        "model": record.model,
        "voice": record.voice,
        "ms": ms,
        "prompt_tokens": stats.prompt_tokens,
        "cached_tokens": stats.cached_tokens,
        "reply_tokens": stats.reply_tokens,
    }


def _lines() -> Iterator[str]:
    """Give the lines that a person types, until an empty one or the end."""
    prompt = "> " if sys.stdin.isatty() else ""
    while True:
        try:
            line = input(prompt).strip()
        except EOFError:
            return
        if not line:
            return
        yield line


def _list_voices(wanted: Settings, as_json: bool) -> None:
    from voicemate import building

    built = building.build_voice(wanted, _ignore)
    try:
        for info in built.voices():
            if as_json:
                json_line(info)
            else:
                click.echo(f"{info.id:24} {', '.join(info.languages):12} {info.name}")
    finally:
        built.close()


def _speaker(wanted: Settings, out: Path | None) -> Speaker:
    from voicemate.audio.files import FileSpeaker
    from voicemate.audio.speaker import StreamSpeaker

    return FileSpeaker() if out else StreamSpeaker(wanted.audio.speaker, cues=wanted.audio.cues)


def _keep(speaker: Speaker, out: Path | None) -> None:
    from voicemate.audio.files import FileSpeaker, write_wav

    if out and isinstance(speaker, FileSpeaker):
        write_wav(out, speaker.samples, speaker.rate_hz)


def _listen_to_microphone(wanted: Settings, as_json: bool) -> str:
    import threading

    from voicemate import building
    from voicemate.audio.microphone import WarmMicrophone

    recognizer = building.build_recognizer(wanted, _ignore)
    audio = wanted.audio
    microphone = WarmMicrophone(
        audio.microphone, pre_roll_ms=audio.pre_roll_ms, post_roll_ms=audio.post_roll_ms
    )
    microphone.open()
    try:
        take = microphone.begin_take()
        click.echo("Listening; press Enter to end.", err=True)

        def release_loop() -> None:
            sys.stdin.readline()
            take.release()

        threading.Thread(target=release_loop, name="enter key", daemon=True).start()
        return _recognize(recognizer, take, as_json)
    finally:
        microphone.close()


def _recognize(recognizer: Recognizer, take: Take, as_json: bool) -> str:
    final = ""
    try:
        for transcript in recognizer.recognize(take.blocks()):
            if as_json:
                json_line(
                    {
                        "text": transcript.text,
                        "final": transcript.final,
                        "confidence": transcript.confidence,
                        "words": transcript.words,
                    }
                )
            elif transcript.final:
                click.echo(transcript.text)
            else:
                click.echo(f"… {transcript.text}", err=True)
            if transcript.final:
                final = transcript.text
    finally:
        recognizer.close()
    return final


def _ignore(_event: Event) -> None:
    return
