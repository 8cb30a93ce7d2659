"""Downloads against a real server on loopback: cuts, silence, lies, redirects, a full disk."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from catalog_rig import SILENCE_S, Site, Watcher, sha256

from voicemate.catalog.fetch import Downloader, SourceError, is_safe
from voicemate.errors import StorageError

BODY = bytes(range(256)) * 4096  # 1 MiB
DIGEST = sha256(BODY)


@pytest.fixture
def downloader(tmp_path: Path) -> Downloader:
    return Downloader(tmp_path / "downloads", SILENCE_S)


def fetch(downloader: Downloader, url: str, watcher: Watcher) -> bytes:
    return downloader.fetch(url, len(BODY), DIGEST, "the model", watcher).read_bytes()


def test_a_file_comes_whole_and_the_bar_ends_full(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    assert fetch(downloader, site.put("/m", BODY), watcher) == BODY
    assert watcher.bars[0] == ("Downloading the model", len(BODY))
    assert watcher.reached[0] == len(BODY)


def test_a_cut_connection_is_taken_up_where_it_broke(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    url = site.put("/m", BODY, cuts=[300_000, 200_000])
    assert fetch(downloader, url, watcher) == BODY
    ranges = site.ranges()
    assert ranges[0] is None
    assert len(ranges) == 3
    begins = [int(r.removeprefix("bytes=").removesuffix("-")) for r in ranges[1:] if r]
    assert 0 < begins[0] <= 300_000 < begins[1] <= 500_000
    assert [headers["If-Range"] for _, headers in site.asked] == [None, '"one"', '"one"']


def test_a_server_that_ignores_ranges_makes_it_start_over(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    url = site.put("/m", BODY, cuts=[300_000], ranges=False)
    assert fetch(downloader, url, watcher) == BODY
    assert [r is not None for r in site.ranges()] == [False, True]
    assert watcher.reached[-2] == len(BODY), "the bar started over too"


def test_a_file_that_changed_meanwhile_is_not_glued_to_the_old_beginning(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    part = downloader.part_file(DIGEST)
    old = site.put("/m", b"x" * len(BODY), cuts=[300_000, 0], etag='"old"')
    with pytest.raises(SourceError):
        fetch(downloader, old, watcher)
    assert 0 < part.stat().st_size < len(BODY)
    site.put("/m", BODY, etag='"new"')
    assert fetch(downloader, old, watcher) == BODY


def test_another_source_goes_on_where_the_first_stopped(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    with pytest.raises(SourceError):
        fetch(downloader, site.put("/first", BODY, cuts=[300_000, 0]), watcher)
    site.asked.clear()
    assert fetch(downloader, site.put("/second", BODY, etag='"other"'), watcher) == BODY
    assert site.ranges()[0] is not None
    assert site.asked[0][1]["If-Range"] is None, "the first server's tag means nothing here"


def test_a_spoilt_beginning_costs_one_fresh_start_and_not_the_model(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    downloader.folder.mkdir()
    downloader.part_file(DIGEST).write_bytes(b"?" * 100_000)
    assert fetch(downloader, site.put("/m", BODY), watcher) == BODY
    assert site.ranges() == ["bytes=100000-", None]


def test_a_partial_that_is_too_long_is_thrown_away(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    downloader.folder.mkdir()
    downloader.part_file(DIGEST).write_bytes(BODY + b"more")
    assert fetch(downloader, site.put("/m", BODY), watcher) == BODY


def test_a_server_that_cannot_go_on_from_there_is_asked_for_all_of_it(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    downloader.folder.mkdir()
    downloader.part_file(DIGEST).write_bytes(BODY[:500_000])
    url = site.put("/m", BODY[:400_000])  # shorter than what is here: status 416
    with pytest.raises(SourceError):
        fetch(downloader, url, watcher)
    assert site.ranges() == ["bytes=500000-", None]
    assert downloader.partial_bytes(DIGEST) == 500_000, "a good beginning is not lost to it"


@pytest.mark.parametrize("silent", ["at once", "midway"])
def test_a_silent_server_is_given_up(
    site: Site, downloader: Downloader, watcher: Watcher, silent: str
) -> None:
    with pytest.raises(SourceError, match="no answer"):
        fetch(downloader, site.put("/m", BODY, silent=silent), watcher)
    assert site.held.is_set(), "the server was still holding the line"
    assert len(site.asked) == 1, "it is not asked again"


def test_what_a_silent_server_sent_before_is_kept(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    with pytest.raises(SourceError):
        fetch(downloader, site.put("/m", BODY, silent="midway"), watcher)
    assert downloader.partial_bytes(DIGEST) > 0


def test_wrong_bytes_are_refused_and_deleted(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    with pytest.raises(SourceError, match="not the model"):
        fetch(downloader, site.put("/m", b"!" + BODY[1:]), watcher)
    assert list(downloader.folder.iterdir()) == []


def test_a_longer_body_is_refused_before_it_is_read(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    with pytest.raises(SourceError, match="bytes instead of"):
        fetch(downloader, site.put("/m", BODY + b"more"), watcher)
    assert downloader.partial_bytes(DIGEST) == 0


def test_a_body_without_a_length_is_cut_off_at_the_pinned_size(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    with pytest.raises(SourceError, match="sent more than"):
        fetch(downloader, site.put("/m", BODY * 3, length=False), watcher)
    assert downloader.partial_bytes(DIGEST) == 0


def test_an_unasked_encoding_is_refused(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    with pytest.raises(SourceError, match="encoding"):
        fetch(downloader, site.put("/m", BODY, encoding="gzip"), watcher)


def test_a_missing_page_says_its_status(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    with pytest.raises(SourceError, match="404"):
        fetch(downloader, site.url("/nowhere"), watcher)


def test_a_closed_port_cannot_be_reached(downloader: Downloader, watcher: Watcher) -> None:
    gone = Site()
    url = gone.put("/m", BODY)
    gone.close()
    with pytest.raises(SourceError, match="cannot be reached"):
        fetch(downloader, url, watcher)


def test_a_redirect_is_followed(site: Site, downloader: Downloader, watcher: Watcher) -> None:
    site.put("/m", BODY)
    url = site.put("/moved", b"", status=302, location="/m")
    assert fetch(downloader, url, watcher) == BODY


@pytest.mark.parametrize(
    "target", ["http://example.org/m", "ftp://example.org/m", "file:///etc/passwd"]
)
def test_a_redirect_to_anything_unencrypted_is_refused_without_asking_it(
    site: Site, downloader: Downloader, watcher: Watcher, target: str
) -> None:
    # Asking it would fail this test too: conftest forbids the network.
    with pytest.raises(SourceError, match="without encryption"):
        fetch(downloader, site.put("/m", b"", status=302, location=target), watcher)


def test_a_redirect_to_itself_ends(site: Site, downloader: Downloader, watcher: Watcher) -> None:
    with pytest.raises(SourceError, match="without end"):
        fetch(downloader, site.put("/m", b"", status=302, location="/m"), watcher)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://example.org/m", True),
        ("http://127.0.0.1:8000/m", True),
        ("http://[::1]/m", True),
        ("http://localhost/m", True),
        ("http://localhost.example.org/m", False),
        ("http://127.0.0.1.example.org/m", False),
        ("http://10.0.0.1/m", False),
        ("https:///m", False),
        ("file:///m", False),
        ("//example.org/m", False),
    ],
)
def test_only_encrypted_addresses_and_this_machine_are_safe(url: str, safe: bool) -> None:
    assert is_safe(url) is safe


def test_what_an_interruption_leaves_is_taken_up_again(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    class Impatient(Watcher):
        def advance(self, n_bytes: int) -> None:
            super().advance(n_bytes)
            if self.reached[-1] > 300_000:
                raise KeyboardInterrupt

    url = site.put("/m", BODY)
    with pytest.raises(KeyboardInterrupt):
        fetch(downloader, url, Impatient())
    kept = downloader.partial_bytes(DIGEST)
    assert 300_000 < kept < len(BODY)
    assert fetch(downloader, url, watcher) == BODY
    assert site.ranges()[-1] == f"bytes={kept}-"


def test_the_limit_on_a_files_size_is_told_as_a_full_disk(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    # A real refusal by the kernel that needs no rights: files may not grow beyond the limit.
    resource = pytest.importorskip("resource", reason="this system limits no file sizes")
    url = site.put("/m", BODY)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    try:
        with pytest.raises(StorageError, match="full"):
            fetch(downloader, url, watcher)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert downloader.partial_bytes(DIGEST) == 400_000
    assert fetch(downloader, url, watcher) == BODY, "it goes on once there is room"


def test_a_disk_that_fills_up_is_told_with_its_folder(
    site: Site, tmp_path: Path, watcher: Watcher
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", str(small)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root on Linux")
    try:
        downloader = Downloader(small / "downloads", SILENCE_S)
        with pytest.raises(StorageError) as caught:
            fetch(downloader, site.put("/m", BODY), watcher)
        assert str(small) in caught.value.message
        assert "Make room" in caught.value.hint
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_no_thread_is_left_when_a_server_never_answers(
    site: Site, downloader: Downloader, watcher: Watcher
) -> None:
    before = set(threading.enumerate())
    with pytest.raises(SourceError):
        fetch(downloader, site.put("/m", BODY, silent="at once"), watcher)
    for thread in set(threading.enumerate()) - before:
        if thread.name == "model-request":
            thread.join(5)
            assert not thread.is_alive()
