"""Microphone and speaker on a real audio server: all that is said arrives, stopped is silent."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from tests.rig import ALSA_MICROPHONE, ALSA_SPEAKER, RATE_HZ, Recorder, Rig, wait_until
from voicemate.audio.capture import LiveTake
from voicemate.audio.devices import list_devices
from voicemate.audio.microphone import WarmMicrophone
from voicemate.audio.pcm import SILENCE_DB, resample
from voicemate.audio.source_watch import Sources, sources
from voicemate.audio.speaker import BLOCK_S, StreamSpeaker
from voicemate.cancel import CancelToken
from voicemate.errors import AudioDeviceError, TurnCancelled
from voicemate.types import SPEECH_RATE_HZ, AudioBlock, Samples, Speech

pytestmark = pytest.mark.live

POST_ROLL_S = 0.25
FEEDING_LIMIT_S = 30


def babble(seconds: float, rate_hz: int = RATE_HZ, seed: int = 11) -> Samples:
    """Give something like speech: band-limited noise in syllables, different for every seed."""
    dice = np.random.default_rng(seed)
    noise = np.convolve(dice.standard_normal(round(seconds * rate_hz)), np.ones(12) / 12, "same")
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * np.arange(len(noise)) / rate_hz)
    return (0.35 * noise * syllables).astype(np.float32)


def find(part: Samples, sound: Samples) -> tuple[int, float]:
    """Give where `part` fits best in `sound` (both at one rate), and how well (1 is the same)."""
    assert len(sound) >= len(part), f"{len(sound)} samples cannot hold {len(part)}"
    n = len(sound) + len(part)
    product = np.fft.irfft(np.fft.rfft(sound, n) * np.conj(np.fft.rfft(part, n)), n)
    at = int(np.argmax(product[: len(sound) - len(part) + 1]))
    return at, float(np.corrcoef(sound[at : at + len(part)], part)[0, 1])


def at_speech_rate(sound: Samples) -> Samples:
    return resample(sound, RATE_HZ, SPEECH_RATE_HZ)


class Reader:
    """Reads a take on a thread of its own, as a turn does."""

    def __init__(self, take: LiveTake) -> None:
        self.blocks: list[AudioBlock] = []
        self.error: BaseException | None = None
        self._take = take
        self._thread = threading.Thread(target=self._read_loop)
        self._thread.start()

    def _read_loop(self) -> None:
        try:
            for block in self._take.blocks():
                self.blocks.append(block)
        except (TurnCancelled, AudioDeviceError) as error:
            self.error = error

    @property
    def seconds(self) -> float:
        return sum(block.duration_s for block in self.blocks)

    def sound(self) -> Samples:
        """Wait for the take's end and give what was heard."""
        self._thread.join(20)
        assert not self._thread.is_alive(), "the take has not ended"
        return np.concatenate([np.empty(0, np.float32), *(b.samples for b in self.blocks)])


@pytest.fixture
def microphone(rig: Rig) -> Iterator[WarmMicrophone]:
    opened = WarmMicrophone()
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def speaker(rig: Rig) -> Iterator[StreamSpeaker]:
    opened = StreamSpeaker()
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def recorder(rig: Rig, speaker: StreamSpeaker) -> Iterator[Recorder]:
    with rig.record_speaker() as running:
        yield running


def wait_for_sound(microphone: WarmMicrophone) -> None:
    wait_until(lambda: microphone.level_db > -45, FEEDING_LIMIT_S, "sound at the microphone")


def wait_for_quiet(microphone: WarmMicrophone) -> None:
    wait_until(lambda: microphone.level_db < -70, FEEDING_LIMIT_S, "quiet at the microphone")


def test_the_virtual_devices_are_listed(rig: Rig) -> None:
    listed = list_devices()
    assert {ALSA_MICROPHONE, ALSA_SPEAKER} <= {device.name for device in listed}
    assert [d.name for d in listed if d.default] == ["default", "default"]


def test_what_is_said_arrives_whole(rig: Rig, microphone: WarmMicrophone) -> None:
    said = babble(3.0)
    reader = Reader(take := microphone.begin_take())
    rig.feed(said)
    wait_for_quiet(microphone)
    take.release()
    _, likeness = find(at_speech_rate(said), reader.sound())
    assert likeness > 0.99
    assert microphone.overflows == 0
    assert any(block.speaking for block in reader.blocks)


def test_a_word_before_the_key_is_not_lost(rig: Rig, microphone: WarmMicrophone) -> None:
    word = babble(0.25)
    rig.feed(word, wait=False)
    wait_for_sound(microphone)
    wait_for_quiet(microphone)
    reader = Reader(take := microphone.begin_take())
    take.release()
    sound = reader.sound()
    _, likeness = find(at_speech_rate(word), sound)
    assert likeness > 0.98
    assert len(sound) / SPEECH_RATE_HZ < 0.6 + POST_ROLL_S, "only the pre-roll, not all it heard"


def test_let_go_in_mid_word_the_rest_of_it_is_heard(rig: Rig, microphone: WarmMicrophone) -> None:
    feeding = rig.feed(babble(4.0), wait=False)
    wait_for_sound(microphone)
    reader = Reader(take := microphone.begin_take())
    wait_until(lambda: reader.seconds > 1.0, 20, "a second of speech")
    take.release()
    reader.sound()
    assert take.released_at is not None
    assert reader.blocks[-1].captured_at - take.released_at >= POST_ROLL_S - 0.02
    assert reader.seconds < 3.0, "it ended although the person speaks on"
    feeding.terminate()
    feeding.wait(20)
    wait_for_quiet(microphone)


def test_let_go_in_silence_nobody_waits(rig: Rig, microphone: WarmMicrophone) -> None:
    wait_for_quiet(microphone)
    reader = Reader(take := microphone.begin_take())
    wait_until(lambda: reader.seconds > 0.3, 20, "some silence")
    take.release()
    reader.sound()
    assert take.released_at is not None
    last = reader.blocks[-1].captured_at - take.released_at
    assert last < POST_ROLL_S, "less than the post-roll of one who speaks"


def test_discarded_it_ends_at_once(microphone: WarmMicrophone) -> None:
    reader = Reader(take := microphone.begin_take())
    wait_until(lambda: reader.seconds > 0.1, 20, "the take runs")
    take.discard()
    reader.sound()
    assert isinstance(reader.error, TurnCancelled)


def test_muted_the_servers_stream_is_closed(rig: Rig) -> None:
    microphone = WarmMicrophone()
    before = len(rig.recording_streams())
    assert not microphone.is_open
    microphone.open()
    try:
        assert microphone.is_open
        assert len(rig.recording_streams()) == before + 1
        reader = Reader(microphone.begin_take())
        wait_until(lambda: reader.seconds > 0.1, 20, "the take runs")
        microphone.close()
        assert not microphone.is_open
        assert microphone.level_db == SILENCE_DB
        assert len(rig.recording_streams()) == before
        reader.sound()
        assert isinstance(reader.error, TurnCancelled)
        with pytest.raises(AudioDeviceError, match="muted"):
            microphone.begin_take()
        microphone.open()
        assert len(rig.recording_streams()) == before + 1
        microphone.begin_take().discard()
    finally:
        microphone.close()
    assert len(rig.recording_streams()) == before


def test_ten_takes_in_a_row_are_whole_and_leave_no_thread(
    rig: Rig, microphone: WarmMicrophone
) -> None:
    threads = set(threading.enumerate())
    feeding = rig.feed(babble(10.0, seed=5), wait=False)
    wait_for_sound(microphone)
    for _ in range(10):
        reader = Reader(take := microphone.begin_take())
        wait_until(lambda r=reader: r.seconds > 0.3, 20, "speech")
        take.release()
        assert len(reader.sound()) > 0.3 * SPEECH_RATE_HZ
    feeding.terminate()
    feeding.wait(20)
    strangers = [t for t in threading.enumerate() if not isinstance(t, threading._DummyThread)]
    assert set(strangers) <= threads
    wait_for_quiet(microphone)


def test_moved_to_what_the_speaker_plays_it_listens_no_more(
    rig: Rig, microphone: WarmMicrophone
) -> None:
    pytest.importorskip("pulsectl")
    assert sources() == Sources(True, "vm_mic_src", heard_is_monitor=False)
    reader = Reader(microphone.begin_take())
    (stream,) = rig.recording_streams()
    rig.pactl("move-source-output", stream, "vm_speaker.monitor")
    wait_until(lambda: not microphone.is_open, 20, "the stream is closed")
    reader.sound()
    assert isinstance(reader.error, AudioDeviceError), "who was talking is told"
    microphone.begin_take().discard()
    assert sources() == Sources(True, "vm_mic_src", heard_is_monitor=False)


def test_a_device_of_ones_choice_and_one_that_is_not_there(rig: Rig) -> None:
    microphone = WarmMicrophone("microphone_in")
    microphone.open()
    microphone.close()
    with pytest.raises(AudioDeviceError, match=ALSA_SPEAKER):
        StreamSpeaker("Bluetooth").open()


def test_what_is_said_by_the_program_is_heard_whole(
    speaker: StreamSpeaker, recorder: Recorder
) -> None:
    said = babble(2.0, 22_050, seed=3)
    playback = speaker.play(CancelToken())
    for part in np.array_split(said, 3):
        playback.write(Speech("part", part, 22_050))
    playback.finish()
    recorder.wait_for(0.3)
    assert playback.played_s == pytest.approx(2.0, abs=0.001)
    assert playback.underruns == 0
    _, likeness = find(resample(said, 22_050, RATE_HZ), recorder.samples())
    assert likeness > 0.99


def test_a_cancelled_sentence_stops_in_the_middle(
    speaker: StreamSpeaker, recorder: Recorder
) -> None:
    said = babble(3.0, seed=9)
    token = CancelToken()
    playback = speaker.play(token)
    playback.write(Speech("long", said, RATE_HZ))
    wait_until(lambda: playback.played_s > 0.5, 20, "half a second was played")
    token.cancel()
    at_cancel_s = playback.played_s
    recorder.wait_for(0.5)
    # A block may have been begun when the token was set; then comes the fade, then nothing.
    assert playback.played_s <= at_cancel_s + BLOCK_S + 1e-6
    loud = np.flatnonzero(np.abs(recorder.samples()) > 0.001)
    heard_s = (loud[-1] - loud[0]) / RATE_HZ
    assert at_cancel_s - 0.05 < heard_s < playback.played_s + 0.05
    with pytest.raises(TurnCancelled):
        playback.finish()


def test_a_new_turn_speaks_at_once_after_an_interruption(
    speaker: StreamSpeaker, recorder: Recorder
) -> None:
    token = CancelToken()
    speaker.play(token).write(Speech("old", babble(3.0, seed=21), RATE_HZ))
    token.cancel()
    said = babble(0.5, seed=22)
    playback = speaker.play(CancelToken())
    playback.write(Speech("new", said, RATE_HZ))
    playback.finish()
    recorder.wait_for(0.3)
    sound = recorder.samples()
    assert find(said, sound)[1] > 0.99
    loud_s = (np.abs(sound) > 0.001).sum() / RATE_HZ
    assert loud_s < 0.7, "nothing of the old turn"


@pytest.mark.parametrize("cues", [True, False])
def test_a_cue_is_heard_unless_they_are_off(rig: Rig, cues: bool) -> None:
    speaker = StreamSpeaker(cues=cues)
    speaker.open()
    try:
        with rig.record_speaker() as recorder:
            speaker.cue("down")
            recorder.wait_for(0.5)
            heard = bool(np.abs(recorder.samples()).max() > 0.02)
    finally:
        speaker.close()
    assert heard is cues


def test_a_closed_speaker_is_closed_and_says_so(rig: Rig) -> None:
    before = len(rig.playing_streams())
    speaker = StreamSpeaker()
    speaker.open()
    assert len(rig.playing_streams()) == before + 1
    playback = speaker.play(CancelToken())
    playback.write(Speech("long", babble(2.0), RATE_HZ))
    speaker.close()
    assert len(rig.playing_streams()) == before
    with pytest.raises(AudioDeviceError, match="closed"):
        playback.finish()
    with pytest.raises(AudioDeviceError, match="closed"):
        speaker.play(CancelToken())
    speaker.cue("error")


# A child process, because PortAudio of some systems never lets go of a stream whose server died.
CHILD = """
import json, os, sys, threading
import numpy as np
from voicemate.audio.microphone import WarmMicrophone
from voicemate.audio.speaker import StreamSpeaker
from voicemate.cancel import CancelToken
from voicemate.errors import AudioDeviceError
from voicemate.types import Speech

def tell(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)

def attempt(what, action):
    try:
        action()
    except AudioDeviceError as error:
        tell(what, message=error.message, hint=error.hint, status=int(error.exit_status))
    else:
        tell(what, message="", hint="", status=0)

microphone, speaker = WarmMicrophone(), StreamSpeaker()
if sys.argv[1] == "no server":
    attempt("microphone", microphone.open)
    attempt("speaker", speaker.open)
    os._exit(0)
microphone.open()
speaker.open()
take = microphone.begin_take()
playback = speaker.play(CancelToken())
playback.write(Speech("long", np.full(48000 * 20, 0.1, np.float32), 48000))
tell("ready")
def listen():
    for block in take.blocks():
        pass
attempt("take", listen)
attempt("playback", playback.finish)
attempt("begin_take", microphone.begin_take)
attempt("play", lambda: speaker.play(CancelToken()))
tell("state", open=microphone.is_open, level=microphone.level_db)
sys.stdin.readline()
attempt("begin_take again", lambda: next(microphone.begin_take().blocks()))
attempt("play again", lambda: speaker.play(CancelToken()).finish())
os._exit(0)
"""


class Child:
    """Runs `CHILD` and reads what it tells, one line at a time."""

    def __init__(self, rig: Rig, *args: str, **env: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", CHILD, *args],
            env={**rig.child_env(), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a PortAudio whose server died may write without end
            text=True,
        )

    def told(self, what: str) -> dict[str, object]:
        assert self._process.stdout is not None
        line = json.loads(self._process.stdout.readline())
        assert line["what"] == what
        return dict(line)

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self) -> None:
        self._process.kill()
        self._process.wait(20)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


def assert_device_error(told: dict[str, object]) -> None:
    assert told["status"] == 5, told
    assert told["message"]
    assert "voicemate devices" in str(told["hint"])


def test_a_server_that_dies_is_an_error_and_one_that_is_back_is_used(own_rig: Rig) -> None:
    child = Child(own_rig, "killed")
    try:
        child.told("ready")
        assert len(own_rig.recording_streams()) == 1
        own_rig.kill_server()
        assert_device_error(child.told("take"))
        assert_device_error(child.told("playback"))
        assert_device_error(child.told("begin_take"))
        assert_device_error(child.told("play"))
        state = child.told("state")
        assert state["level"] == SILENCE_DB
        own_rig.restart_server()
        child.go_on()
        assert child.told("begin_take again")["message"] == ""
        assert child.told("play again")["message"] == ""
    finally:
        child.end()


def test_without_a_server_opening_is_an_error(own_rig: Rig) -> None:
    own_rig.kill_server()
    child = Child(own_rig, "no server")
    try:
        assert_device_error(child.told("microphone"))
        assert_device_error(child.told("speaker"))
    finally:
        child.end()
