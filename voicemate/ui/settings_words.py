"""What the settings say of facts that Python knows: sizes, times, sections. No Qt here."""

from __future__ import annotations

from collections.abc import Iterable

from voicemate.errors import VoiceMateError
from voicemate.ui.ear import Verdict
from voicemate.ui.words import noted, t

_SECTIONS = {
    "companion": noted("Companion"),
    "recogniser": noted("Recogniser"),
    "model": noted("Language model"),
    "voice": noted("Voice"),
    "audio": noted("Microphone and speaker"),
    "conversation": noted("Conversation"),
    "key": noted("Key"),
    "window": noted("Window"),
}
_KINDS = {
    "recogniser": noted("It understands you"),
    "language": noted("It words the answer"),
    "voice": noted("It speaks"),
}
_VERDICTS: dict[Verdict, str] = {
    "closed": noted("The microphone is closed."),
    "waiting": noted("Say something: the bar moves with your voice."),
    "heard": noted("I hear you well."),
    "quiet": noted("I hear you, but faintly. Come nearer, or turn the microphone up."),
    "loud": noted("That is too loud to be understood. Turn the microphone down."),
    "dead": noted("Nothing comes from this microphone. Is it switched off? Try another one."),
}
_WAYS = {
    "x11": noted("by VoiceMate itself, in every window"),
    "pynput": noted("by VoiceMate itself, in every window"),
    "evdev": noted("by VoiceMate itself, straight from the keyboard"),
    "portal": noted("by your desktop, which tells VoiceMate"),
}
_SAMPLES = {
    "en": "Hello, I am {name}. This is how I sound.",
    "ko": "안녕하세요, 저는 {name}입니다. 제 목소리는 이렇습니다.",
}
_SPEAKER_TESTS = {
    "en": "If you can hear this, the speaker works.",
    "ko": "이 말이 들리면 스피커가 잘 작동하는 것입니다.",
}


def bug() -> VoiceMateError:
    """Give what is told of an error that nobody expected."""
    return VoiceMateError(
        t("Something went wrong inside VoiceMate."), t("Nothing was changed. The log says more.")
    )


def told(error: VoiceMateError) -> str:
    """Give an error as the page shows it: what happened, and on a line of its own what to do."""
    return f"{error.message}\n{error.hint}" if error.hint else error.message


def sample(language: str, name: str) -> str:
    """Give what a voice says to be judged, in the language of the conversation."""
    return _SAMPLES.get(language, _SAMPLES["en"]).format(name=name)


def speaker_test(language: str) -> str:
    """Give what is said to try the speaker."""
    return _SPEAKER_TESTS.get(language, _SPEAKER_TESTS["en"])


def section_title(section: str) -> str:
    """Give the title of a section of the settings file."""
    return t(_SECTIONS[section]) if section in _SECTIONS else section


def kind_title(kind: str) -> str:
    """Give what the models of a kind do."""
    return t(_KINDS[kind]) if kind in _KINDS else kind


def verdict(of: Verdict) -> str:
    """Say whether the microphone hears."""
    return t(_VERDICTS[of])


def heard_by(backend: str) -> str:
    """Say how the key is heard."""
    return t(_WAYS[backend.lower()]) if backend.lower() in _WAYS else backend


def missing_device(name: str) -> str:
    """Name a device that is wanted, and not there."""
    return t("{name} (not plugged in)").format(name=name)


def missing_voice(name: str) -> str:
    """Name a voice that is wanted, and not there."""
    return t("{name} (not found)").format(name=name)


def size(n_bytes: int) -> str:
    """Write a size as a person reads it: 98 MB, 1.1 GB (decimal, as downloads are given)."""
    if n_bytes >= 1_000_000_000:
        return f"{n_bytes / 1e9:.1f} GB"
    if n_bytes >= 1_000_000:
        return f"{n_bytes / 1e6:.0f} MB"
    if n_bytes >= 1000:
        return f"{n_bytes / 1e3:.0f} kB"
    return t("{n} bytes").format(n=max(n_bytes, 0))


def languages(tags: Iterable[str]) -> str:
    """Name languages by their BCP 47 tags."""
    names = {"en": t("English"), "ko": t("Korean")}
    found = dict.fromkeys(names.get(tag.partition("-")[0], tag) for tag in tags)
    return ", ".join(found)


def how_far(done_bytes: int, total_bytes: int | None, left_s: float | None) -> str:
    """Say how far a download is, and how long it still takes."""
    if total_bytes is None:
        return t("{done} so far").format(done=size(done_bytes))
    words = t("{done} of {total}").format(done=size(done_bytes), total=size(total_bytes))
    return f"{words} · {time_left(left_s)}" if left_s is not None else words


def time_left(seconds: float) -> str:
    """Write how long something still takes, as rough as it is known."""
    if seconds < 60:
        return t("less than a minute left")
    minutes = round(seconds / 60)
    if minutes == 1:
        return t("about a minute left")
    if minutes < 90:
        return t("about {n} minutes left").format(n=minutes)
    return t("about {n} hours left").format(n=round(minutes / 60))


def forgotten(n_turns: int) -> str:
    """Say that the conversation is gone."""
    if n_turns == 1:
        return t("Deleted: one turn. Nothing of it is kept.")
    return t("Deleted: {n} turns. Nothing of them is kept.").format(n=n_turns)


def sentence(text: str) -> str:
    """Give a remark of the catalogue as it stands on a line of its own."""
    return text[:1].upper() + text[1:]
