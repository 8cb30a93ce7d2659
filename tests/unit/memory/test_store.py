import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from voicemate.errors import StorageError
from voicemate.memory.none import NoMemory
from voicemate.memory.store import MemoryStore
from voicemate.types import TurnId, TurnRecord


def turn(heard: str, said: str = "Fine.", outcome: str = "answered") -> TurnRecord:
    return TurnRecord(TurnId(7), 12.5, heard, said, said, outcome)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "memory.sqlite3"


def test_turns_are_there_after_a_restart_oldest_first(file: Path) -> None:
    store = MemoryStore(file)
    for heard in ("one", "two", "three"):
        store.record(turn(heard))
    store.close()
    store = MemoryStore(file)
    assert [t.heard for t in store.recent(2)] == ["two", "three"]
    assert store.recent(1)[0].at == 12.5
    store.close()


def test_turns_without_words_are_kept_but_not_shown_to_the_model(file: Path) -> None:
    store = MemoryStore(file)
    store.record(turn("Hello", said="", outcome="interrupted"))
    assert store.recent(10) == []
    store.close()


def test_only_the_owner_can_read_it(file: Path) -> None:
    store = MemoryStore(file)
    store.record(turn("secret"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    store.close()


def test_a_committed_turn_survives_a_kill(file: Path) -> None:
    program = (
        "import sys, os, signal; from pathlib import Path\n"
        "from voicemate.memory.store import MemoryStore\n"
        "from voicemate.types import TurnId, TurnRecord\n"
        "s = MemoryStore(Path(sys.argv[1]))\n"
        "s.record(TurnRecord(TurnId(1), 0.0, 'kept', 'yes', 'yes', 'answered'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(file)], check=False)
    assert done.returncode == -signal.SIGKILL
    store = MemoryStore(file)
    assert [t.heard for t in store.recent(5)] == ["kept"]
    store.close()


def test_a_damaged_file_is_put_aside_and_nothing_of_it_is_lost(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is not a database" * 100)
    store = MemoryStore(file)
    aside = [p for p in file.parent.iterdir() if "damaged" in p.name]
    assert len(aside) == 1
    assert aside[0].read_bytes() == b"this is not a database" * 100
    assert str(aside[0]) in store.notice
    store.record(turn("new"))
    assert len(store.recent(5)) == 1
    store.close()


def test_a_file_of_a_newer_program_is_not_touched(file: Path) -> None:
    MemoryStore(file).close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(StorageError, match="newer VoiceMate"):
        MemoryStore(file)


def test_forgetting_leaves_no_byte_in_the_folder(file: Path) -> None:
    store = MemoryStore(file)
    store.record(turn("my canary word is xylophonist"))
    store.record(turn("another"))
    before = b"".join(p.read_bytes() for p in file.parent.iterdir())
    assert b"xylophonist" in before
    store.forget_all()
    after = b"".join(p.read_bytes() for p in file.parent.iterdir())
    assert b"xylophonist" not in after
    store.close()


def test_a_full_disk_is_told_and_what_was_kept_stays(file: Path) -> None:
    store = MemoryStore(file)
    store.record(turn("before"))
    store._db.execute("PRAGMA max_page_count=1")  # SQLite's own way to run out of room
    with pytest.raises(StorageError, match="disk is full"):
        store.record(turn("x" * 1_000_000))
    assert store.recent(500)[0].heard == "before"
    store.close()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_rights_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="cannot be written"):
        MemoryStore(tmp_path / "data" / "memory.sqlite3")


def test_two_programs_may_write_at_once(file: Path) -> None:
    MemoryStore(file).close()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(file,)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [w.exitcode for w in writers] == [0, 0]
    store = MemoryStore(file)
    assert len(store.recent(100)) == 40
    store.close()


def _write_many(file: Path) -> None:
    store = MemoryStore(file)
    for number in range(20):
        store.record(turn(f"line {number}"))
    store.close()


def test_off_the_record_nothing_is_kept() -> None:
    memory = NoMemory()
    memory.record(turn("secret"))
    assert memory.recent(5) == ()
