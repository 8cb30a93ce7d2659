"""What the catalogue's tests are played with: a real web site on loopback, tiny real models."""

from __future__ import annotations

import hashlib
import io
import socket
import struct
import threading
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import msgspec

from voicemate.catalog import Catalog, Store
from voicemate.catalog.catalog import (
    ArchiveSource,
    FileSource,
    Kind,
    Model,
    PackageSource,
    PinnedFile,
    Source,
)

SILENCE_S = 1.0


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class Page:
    """What the site answers at one path, and with which trouble."""

    body: bytes = b""
    status: int = 200
    location: str = ""
    ranges: bool = True
    etag: str = '"one"'
    cuts: list[int] = field(default_factory=list)
    """Bytes after which the next answers break off; whole answers once it is empty."""
    silent: Literal["", "at once", "midway"] = ""
    length: bool = True
    encoding: str = ""


class Site:
    """A web site on loopback; `asked` are the requests' path and headers, in order."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, Message]] = []
        self.closing = threading.Event()
        self.held = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def put(self, path: str, body: bytes, **trouble: object) -> str:
        self.pages[path] = Page(body, **trouble)  # type: ignore[arg-type]
        return self.url(path)

    def ranges(self) -> list[str | None]:
        return [headers["Range"] for _, headers in self.asked]

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append((self.path, self.headers))
                site.answer(self, site.pages.get(self.path, Page(status=404)))

            def log_message(self, *args: object) -> None:
                pass

        return Handler

    def answer(self, request: BaseHTTPRequestHandler, page: Page) -> None:
        if page.silent == "at once":
            self.held.set()
            self.closing.wait()
            return
        begin = self._begin(request, page)
        if begin > len(page.body) or (begin and begin == len(page.body)):
            request.send_response(416)
            request.end_headers()
            return
        body = page.body[begin:]
        request.send_response(206 if begin else page.status)
        if page.location:
            request.send_header("Location", page.location)
        if begin:
            total = len(page.body)
            request.send_header("Content-Range", f"bytes {begin}-{total - 1}/{total}")
        if page.etag:
            request.send_header("ETag", page.etag)
        if page.encoding:
            request.send_header("Content-Encoding", page.encoding)
        if page.length:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if page.silent == "midway":
            request.wfile.write(body[: len(body) // 2])
            self.held.set()
            self.closing.wait()
            return
        if page.cuts:
            request.wfile.write(body[: page.cuts.pop(0)])
            request.wfile.flush()
            request.connection.shutdown(socket.SHUT_RDWR)
            return
        try:
            request.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            return  # the client had enough: that is what some tests are about

    def _begin(self, request: BaseHTTPRequestHandler, page: Page) -> int:
        asked = request.headers["Range"]
        if (
            page.status != 200
            or not asked
            or not page.ranges
            or request.headers["If-Range"] not in (None, page.etag)
        ):
            return 0
        return int(asked.removeprefix("bytes=").removesuffix("-"))


class Watcher:
    """A `Progress` that holds the catalogue to the protocol and remembers what was shown."""

    def __init__(self) -> None:
        self.bars: list[tuple[str, int | None]] = []
        self.reached: list[int] = []
        self.notes: list[str] = []
        self.open = False

    def start(self, label: str, total_bytes: int | None) -> None:
        self.bars.append((label, total_bytes))
        self.reached.append(0)
        self.open = True

    def advance(self, n_bytes: int) -> None:
        assert self.open, "advance without a bar"
        self.reached[-1] += n_bytes

    def done(self) -> None:
        self.open = False

    def note(self, text: str) -> None:
        self.notes.append(text)


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def gguf(
    *,
    version: int = 3,
    architecture: str = "llama",
    template: str | None = "{{ messages }}",
    extra: Iterable[bytes] = (),
    weights: bytes = b"\x01" * 4096,
    name: str = "Tiny",
) -> bytes:
    """A whole, tiny GGUF file with one tensor of float32."""
    keys = [text("general.architecture") + struct.pack("<I", 8) + text(architecture)]
    keys.append(text("general.name") + struct.pack("<I", 8) + text(name))
    keys.append(text(f"{architecture}.context_length") + struct.pack("<II", 4, 2048))
    if template is not None:
        keys.append(text("tokenizer.chat_template") + struct.pack("<I", 8) + text(template))
    tokens = [text("a"), text("b"), text("längeres Wort")]
    keys.append(
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, len(tokens)) + b"".join(tokens)
    )
    keys.append(
        text("tokenizer.ggml.scores")
        + struct.pack("<IIQ", 9, 6, 2000)
        + struct.pack("<2000f", *[0.5] * 2000)
    )
    keys += extra
    head = b"GGUF" + struct.pack("<IQQ", version, 1, len(keys)) + b"".join(keys)
    head += text("token_embd.weight") + struct.pack("<IQIQ", 1, len(weights) // 4, 0, 0)
    return head + b"\x00" * (-len(head) % 32) + weights


VOSK_FILES = {
    "am/final.mdl": b"acoustic" * 40,
    "conf/mfcc.conf": b"--sample-frequency=16000\n",
    "conf/model.conf": b"--min-active=200\n",
    "graph/HCLr.fst": b"hclr" * 100,
    "graph/Gr.fst": b"grammar" * 100,
    "graph/phones/word_boundary.int": b"1 nonword\n",
}


def vosk_zip(top: str = "vosk-model-tiny-en-us-0.1/") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in VOSK_FILES.items():
            archive.writestr(top + name, data)
    return out.getvalue()


def vosk_folder(folder: Path) -> Path:
    for name, data in VOSK_FILES.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return folder


def language_model(
    body: bytes, *urls: str, model_id: str = "tiny", sources: tuple[Source, ...] = ()
) -> Model:
    return Model(
        id=model_id,
        name=model_id.title(),
        summary="a tiny model",
        kind="language",
        engine="llama",
        languages=("en",),
        license="Apache-2.0",
        rank=10,
        disk_bytes=len(body),
        memory_bytes=1,
        sources=sources or tuple(FileSource(url, "official") for url in urls),
        files=(PinnedFile(f"{model_id}.gguf", len(body), sha256(body)),),
    )


def vosk_model(archive: bytes, *urls: str, model_id: str = "tiny-vosk") -> Model:
    return Model(
        id=model_id,
        name="Tiny Vosk",
        summary="a tiny recogniser",
        kind="recogniser",
        engine="vosk",
        languages=("en",),
        license="Apache-2.0",
        rank=10,
        disk_bytes=10_000,
        memory_bytes=1,
        sources=tuple(
            ArchiveSource(url, "official", len(archive), sha256(archive)) for url in urls
        ),
    )


def packaged(model: Model, source: PackageSource, files: dict[str, bytes], kind: Kind) -> Model:
    return msgspec.structs.replace(
        model,
        kind=kind,
        sources=(source,),
        files=tuple(PinnedFile(path, len(data), sha256(data)) for path, data in files.items()),
    )


def store_of(folder: Path, *models: Model, **means: object) -> Store:
    return Store(
        folder / "models",
        catalog=Catalog(1, models),
        cache_dir=folder / "cache",
        silence_s=SILENCE_S,
        **means,  # type: ignore[arg-type]
    )


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
