"""Download one file, resumably, and let nobody have it before its digest is right.

On requests rather than pooch: pooch checks digests, but starts over after every cut, has no cap
on what a server sends, and follows a redirect to anywhere.
"""

from __future__ import annotations

import ipaddress
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin, urlsplit

import msgspec

from voicemate import paths
from voicemate.catalog.disk import writing
from voicemate.catalog.progress import Progress, bar, human_size
from voicemate.catalog.verify import sha256_of

if TYPE_CHECKING:
    import requests

SILENCE_S = 9.5
"""A server that says nothing for so long is given up: within 10 s, all in all."""

_MAX_REDIRECTS = 6
_MAX_CUTS = 20
_CHUNK_BYTES = 64 * 1024
_USER_AGENT = "voicemate (model download)"

_T = TypeVar("_T")


class SourceError(Exception):
    """One source did not give what it should; the text says why. The next one is tried."""


class _CutOffError(SourceError):
    """The connection ended early: what has come so far is good to go on from."""


class _Origin(msgspec.Struct, frozen=True):
    """Where a partial comes from; `validator` is what a server called that version."""

    url: str
    validator: str


class Downloader:
    """Downloads into `folder`. Partials are named by their digest, so any source takes one up."""

    def __init__(self, folder: Path, silence_s: float = SILENCE_S) -> None:
        self.folder = folder
        self._silence_s = silence_s

    def part_file(self, sha256: str) -> Path:
        """Give the path of what has come so far of the file with that digest."""
        return self.folder / f"{sha256}.part"

    def partial_bytes(self, sha256: str) -> int:
        """Give how much of it has come so far."""
        part = self.part_file(sha256)
        return part.stat().st_size if part.exists() else 0

    def discard(self, sha256: str) -> None:
        """Throw a partial away."""
        part = self.part_file(sha256)
        part.unlink(missing_ok=True)
        _origin_file(part).unlink(missing_ok=True)

    def fetch(self, url: str, size: int, sha256: str, label: str, progress: Progress) -> Path:
        """Give the path of the whole file, digest checked; the caller moves it away.

        Raises `SourceError`, `StorageError`. What has come so far stays for the next time, also
        after KeyboardInterrupt; what proves wrong is deleted.
        """
        return self.complete(
            sha256,
            lambda part: self._fill(part, url, size, label, progress),
            label,
            progress,
        )

    def complete(
        self, sha256: str, fill: Callable[[Path], None], label: str, progress: Progress
    ) -> Path:
        """Run `fill`, which completes the partial, and check the digest. Raises as `fetch`."""
        paths.private_folder(self.folder)
        part = self.part_file(sha256)
        resumed = self.partial_bytes(sha256) > 0
        fill(part)
        digest = self._digest(part, label, progress)
        if digest != sha256 and resumed:
            # The old beginning may be to blame, not this source.
            self.discard(sha256)
            progress.note(
                f"{label}: what was left of an earlier download is no good; starting over."
            )
            fill(part)
            digest = self._digest(part, label, progress)
        if digest != sha256:
            self.discard(sha256)
            raise SourceError(f"what came is not the model: its sha256 is {digest[:16]}…")
        return part

    def _digest(self, part: Path, label: str, progress: Progress) -> str:
        with bar(progress, f"Checking {label}", part.stat().st_size):
            return sha256_of(part, progress)

    def _fill(self, part: Path, url: str, size: int, label: str, progress: Progress) -> None:
        try:
            for _ in range(_MAX_CUTS):
                have = part.stat().st_size if part.exists() else 0
                if have == size:
                    return
                if have > size:
                    part.unlink()
                    have = 0
                progress.start(f"Downloading {label}", size)
                progress.advance(have)
                try:
                    self._request(part, url, have, size, label, progress)
                except _CutOffError:
                    if not part.exists() or part.stat().st_size <= have:
                        raise
        finally:
            progress.done()
        raise SourceError("the connection broke again and again")

    def _request(
        self, part: Path, url: str, have: int, size: int, label: str, progress: Progress
    ) -> None:
        with _session() as session, self._answer(session, url, _range(part, url, have)) as response:
            if response.status_code == 416 and have:
                # It cannot go on from there. What is here stays until it has something to send.
                progress.start(f"Downloading {label}", size)
                self._request(part, url, 0, size, label, progress)
                return
            if response.status_code not in (200, 206):
                raise SourceError(f"it answered with status {response.status_code}")
            goes_on = response.status_code == 206
            if goes_on and not _begins_at(response, have):
                raise SourceError("it sent another part than was asked for")
            if have and not goes_on:
                progress.start(f"Downloading {label}", size)
            _check_length(response, size - have if goes_on else size)
            with writing(part.parent):
                _remember_origin(part, url, response)
                self._store(part, response, have if goes_on else 0, size, progress)

    def _store(
        self, part: Path, response: requests.Response, have: int, size: int, progress: Progress
    ) -> None:
        import requests

        with part.open("ab" if have else "wb") as out:
            try:
                for chunk in response.iter_content(_CHUNK_BYTES):
                    have += len(chunk)
                    if have > size:
                        break
                    out.write(chunk)
                    progress.advance(len(chunk))
            except requests.RequestException as error:
                raise self._reason(error) from error
        if have > size:
            part.unlink()
            raise SourceError(f"it sent more than the {human_size(size)} that the model has")
        if have < size:
            raise _CutOffError(
                f"the connection ended after {human_size(have)} of {human_size(size)}"
            )

    def _answer(
        self, session: requests.Session, url: str, headers: dict[str, str]
    ) -> requests.Response:
        import requests

        for _ in range(_MAX_REDIRECTS):
            _refuse_unsafe(url)
            try:
                response = within(
                    self._silence_s, partial(get, session, url, headers, self._silence_s)
                )
            except requests.RequestException as error:
                raise self._reason(error) from error
            except TimeoutError as error:
                raise SourceError(f"it gave no answer for {self._silence_s:g} s") from error
            if "Location" not in response.headers or response.status_code not in range(301, 309):
                return response
            response.close()
            url = urljoin(url, response.headers["Location"])
        raise SourceError("it sends from one address to the next without end")

    def _reason(self, error: requests.RequestException) -> SourceError:
        import requests

        if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
            return SourceError(f"it gave no answer for {self._silence_s:g} s")
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return _CutOffError("the connection was cut")
        if isinstance(error, requests.exceptions.SSLError):
            return SourceError("its certificate could not be trusted")
        if isinstance(error, requests.exceptions.ProxyError):
            return SourceError("the proxy did not let it through")
        if isinstance(error, requests.ConnectionError):
            return SourceError("it cannot be reached")
        return SourceError(f"the download failed ({type(error).__name__})")


def is_safe(url: str) -> bool:
    """Tell whether an address is https, or http to this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme != "http" or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def _refuse_unsafe(url: str) -> None:
    if not is_safe(url):
        raise SourceError(f"it points to {urlsplit(url).scheme or 'an address'} without encryption")


def within(seconds: float, call: Callable[[], _T]) -> _T:
    """Give what `call` gives, or raise TimeoutError when it takes longer.

    The call runs on a thread of its own, which is left to its end then: looking a name up cannot
    be interrupted, and a name with several silent addresses takes the time-out once for each.
    """
    answers: queue.SimpleQueue[tuple[_T | None, BaseException | None]] = queue.SimpleQueue()

    def call_loop() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:  # noqa: BLE001  (raised again on the thread that waits)
            answers.put((None, error))

    threading.Thread(target=call_loop, name="model-request", daemon=True).start()
    try:
        # The call has the same time-out, and knows better what it was that kept silent.
        value, error = answers.get(timeout=seconds * 1.05)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]  # None only where the call gives None


@contextmanager
def _session() -> Iterator[requests.Session]:
    import requests

    session = requests.Session()
    session.headers.update({"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"})
    try:
        yield session
    finally:
        session.close()


def get(
    session: requests.Session, url: str, headers: dict[str, str], timeout_s: float
) -> requests.Response:
    """Ask for `url` without following redirects or reading the body."""
    return session.get(url, headers=headers, stream=True, allow_redirects=False, timeout=timeout_s)


def _range(part: Path, url: str, have: int) -> dict[str, str]:
    if not have:
        return {}
    headers = {"Range": f"bytes={have}-"}
    try:
        origin = msgspec.json.decode(_origin_file(part).read_bytes(), type=_Origin)
    except (OSError, ValueError):
        return headers
    # Only the server that gave the validator can compare it; the digest guards the rest.
    if origin.url == url and origin.validator:
        headers["If-Range"] = origin.validator
    return headers


def _remember_origin(part: Path, url: str, response: requests.Response) -> None:
    etag = response.headers.get("ETag", "")
    # Weak tags must not stand in If-Range (RFC 9110, 13.1.5).
    validator = etag if etag and not etag.startswith("W/") else ""
    validator = validator or response.headers.get("Last-Modified", "")
    _origin_file(part).write_bytes(msgspec.json.encode(_Origin(url, validator)))


def _origin_file(part: Path) -> Path:
    return part.with_suffix(".json")


def _begins_at(response: requests.Response, have: int) -> bool:
    return response.headers.get("Content-Range", "").startswith(f"bytes {have}-")


def _check_length(response: requests.Response, expected: int) -> None:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise SourceError("it sends the file in an encoding that was not asked for")
    length = response.headers.get("Content-Length")
    if length is not None and length != str(expected):
        raise SourceError(f"it offers {length} bytes instead of {expected}")
