"""WAV files of every kind, and every way in which one can be wrong."""

from __future__ import annotations

import os
import resource
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicemate.audio.wav import read_wav, write_wav
from voicemate.errors import AudioFileError, ExitStatus, StorageError
from voicemate.types import SPEECH_RATE_HZ, Samples


def tone(seconds: float, rate_hz: int, hz: float = 300.0) -> Samples:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.5 * np.sin(2 * np.pi * hz * t)).astype(np.float32)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100, 192_000])
def test_any_usual_file_becomes_speech(
    tmp_path: Path, subtype: str, channels: int, rate_hz: int
) -> None:
    file = tmp_path / "in.wav"
    frames = np.repeat(tone(0.5, rate_hz)[:, None], channels, axis=1)
    soundfile.write(file, frames, rate_hz, subtype=subtype)
    samples = read_wav(file)
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert len(samples) == pytest.approx(SPEECH_RATE_HZ / 2, abs=2)
    want = tone(0.5, SPEECH_RATE_HZ)
    n = min(len(samples), len(want))
    assert np.corrcoef(samples[:n], want[:n])[0, 1] > 0.995


def test_channels_are_averaged_not_dropped(tmp_path: Path) -> None:
    file = tmp_path / "in.wav"
    left, right = tone(0.5, 16_000, 300), tone(0.5, 16_000, 700)
    soundfile.write(file, np.stack([left, right], axis=1), 16_000, subtype="FLOAT")
    assert read_wav(file) == pytest.approx((left + right) / 2, abs=1e-6)


def test_a_float_file_beyond_full_scale_is_clipped(tmp_path: Path) -> None:
    file = tmp_path / "in.wav"
    soundfile.write(file, tone(0.5, 48_000) * 8, 48_000, subtype="FLOAT")
    assert np.abs(read_wav(file)).max() <= 1.0


def wrong(file: Path, words: str) -> AudioFileError:
    """Read a file that is wrong and give the error, which must say what and what to do."""
    with pytest.raises(AudioFileError, match=words) as caught:
        read_wav(file)
    assert str(file) in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.hint.endswith(".")
    assert caught.value.exit_status is ExitStatus.WRONG_USE
    return caught.value


def test_no_file_a_folder_and_an_empty_file(tmp_path: Path) -> None:
    wrong(tmp_path / "nowhere.wav", "There is no file")
    wrong(tmp_path, "is a folder")
    (tmp_path / "empty.wav").touch()
    wrong(tmp_path / "empty.wav", "0 bytes")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
def test_what_is_no_file_is_not_read_for_ever() -> None:
    wrong(Path("/dev/zero"), "is not a file")


@pytest.mark.parametrize(
    "content",
    [b"What is the weather like?\n" * 50, b"ID3\x04\x00" + bytes(4000), b"RIFF", os.urandom(5000)],
    ids=["text", "mp3-like", "four bytes", "noise"],
)
def test_what_is_not_sound_says_so(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "in.wav"
    file.write_bytes(content)
    wrong(file, "is not a WAV file")


def test_another_kind_of_sound_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "in.wav"
    soundfile.write(file, tone(0.5, 16_000), 16_000, format="FLAC")
    error = wrong(file, "not a WAV file but FLAC")
    assert "ffmpeg" in error.hint


def test_a_file_without_samples(tmp_path: Path) -> None:
    file = tmp_path / "in.wav"
    soundfile.write(file, np.empty(0, np.float32), 16_000)
    wrong(file, "holds no sound")


def test_a_truncated_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "in.wav"
    soundfile.write(file, tone(2.0, 16_000), 16_000)
    file.write_bytes(file.read_bytes()[: 44 + 2 * 16_000])
    assert len(read_wav(file)) == pytest.approx(16_000, abs=8)


def test_a_truncated_file_with_next_to_nothing_in_it(tmp_path: Path) -> None:
    file = tmp_path / "in.wav"
    soundfile.write(file, tone(2.0, 16_000), 16_000)
    file.write_bytes(file.read_bytes()[: 44 + 2 * 1600])
    wrong(file, r"truncated: only 0\.10 of 2\.00 seconds")


def test_a_short_file_that_is_whole_is_not_called_truncated(tmp_path: Path) -> None:
    file = tmp_path / "in.wav"
    soundfile.write(file, tone(0.1, 16_000), 16_000)
    assert len(read_wav(file)) == 1600


def test_a_header_left_open_by_a_streaming_writer_is_read(tmp_path: Path) -> None:
    file = tmp_path / "in.wav"
    soundfile.write(file, tone(0.1, 16_000), 16_000)
    whole = bytearray(file.read_bytes())
    whole[4:8] = whole[40:44] = b"\xff\xff\xff\xff"
    file.write_bytes(whole)
    assert len(read_wav(file)) == 1600


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_not_numbers(tmp_path: Path, value: float) -> None:
    file = tmp_path / "in.wav"
    samples = tone(0.5, 16_000)
    samples[4000] = value
    soundfile.write(file, samples, 16_000, subtype="FLOAT")
    wrong(file, "not numbers")


@pytest.mark.parametrize("rate_hz", [4_000, 384_000])
def test_a_rate_that_no_speech_has(tmp_path: Path, rate_hz: int) -> None:
    file = tmp_path / "in.wav"
    soundfile.write(file, np.zeros(rate_hz, np.float32), rate_hz)
    wrong(file, f"sample rate of {rate_hz} Hz")


def test_an_hour_is_refused_by_its_header_and_both_lengths_are_named(tmp_path: Path) -> None:
    file = tmp_path / "hour.wav"
    n_bytes = 3600 * 16_000 * 2
    header = struct.pack("<4sI4s", b"RIFF", 36 + n_bytes, b"WAVE")
    header += struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 16_000, 32_000, 2, 16)
    header += struct.pack("<4sI", b"data", n_bytes)
    file.write_bytes(header)
    os.truncate(file, len(header) + n_bytes)  # a sparse file: an hour of silence
    wrong(file, "60 minutes long; one spoken turn is at most 5 minutes")


def test_a_limit_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "in.wav"
    soundfile.write(file, tone(2.0, 16_000), 16_000)
    with pytest.raises(AudioFileError, match="2 seconds long; one spoken turn is at most 1 sec"):
        read_wav(file, max_s=1.0)
    assert len(read_wav(file, max_s=2.0)) == 32_000


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "out.wav"
    sound = tone(0.5, 16_000)
    write_wav(file, sound, 16_000)
    assert read_wav(file) == pytest.approx(sound, abs=1e-4)
    assert soundfile.info(file).subtype == "PCM_16"
    assert list(tmp_path.glob(".out*")) == []


def test_an_old_file_is_replaced_and_its_rights_are_a_new_files(tmp_path: Path) -> None:
    file, other = tmp_path / "out.wav", tmp_path / "other"
    file.write_text("old")
    other.write_text("new")
    write_wav(file, tone(0.2, 16_000), 22_050)
    assert soundfile.info(file).samplerate == 22_050
    assert file.stat().st_mode == other.stat().st_mode


@pytest.mark.parametrize("where", ["nowhere/out.wav", "file/out.wav", "folder"])
def test_a_place_that_cannot_be_written(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").touch()
    with pytest.raises(StorageError, match="could not be written") as caught:
        write_wav(tmp_path / where, tone(0.2, 16_000), 16_000)
    assert caught.value.hint
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_full_disk_leaves_the_old_file_whole(tmp_path: Path) -> None:
    file = tmp_path / "out.wav"
    write_wav(file, tone(0.2, 16_000), 16_000)
    before = file.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):  # the fault is real
            (tmp_path / "probe").write_bytes(bytes(30_000))
        with pytest.raises(StorageError, match="could not be written"):
            write_wav(file, tone(2.0, 16_000), 16_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.wav", "probe"]
