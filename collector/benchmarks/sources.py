"""What somebody names as a source of benchmarks: a path, an address, or a repository at a revision."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final
from urllib.parse import unquote, urlsplit

from collector.benchmarks.downloads import Bounds, download, without_secrets
from collector.benchmarks.licences import licence
from collector.errors import CollectorError
from collector.git.program import streaming, without_credentials
from collector.git.snapshots import commit_of, fetched, licence_text
from collector.installation import PUBLIC_GITHUB, github_url

#: `OWNER/NAME` or `OWNER/NAME@REVISION`.
REPOSITORY: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100})(?:@(?P<revision>.+))?"
)
#: An address of git ends so, with or without a revision; other addresses are of files.
CLONE: Final = re.compile(r"(?P<address>[a-z]+://.+?\.git)/?(?:@(?P<revision>[^@]+))?", re.IGNORECASE)


@dataclass(frozen=True)
class Opened:
    """A source that is here now: as a path, or as the stream of a repository's archive.

    `root` is how the paths of what it holds begin, `state` what tells whether it has
    changed since, `prefix` what makes an address of a path in it.
    """

    root: str
    state: str
    path: Path | None = None
    stream: BinaryIO | None = field(default=None, repr=False)
    revision: str | None = None
    license: str | None = None
    prefix: str = ""


def named(written: str) -> str:
    """What was written, as it may be kept and shown: without user, password and keys."""
    return without_secrets(written) if _scheme(written) in ("http", "https") else without_credentials(written)


@contextmanager
def opened(written: str, seen: str | None = None, bounds: Bounds | None = None) -> Iterator[Opened | None]:
    """A source within the `with` block; None when its state is what was `seen` last.

    A path that exists is that path, whatever else it looks like. Raises
    `CollectorError` when there is nothing of that name, or it cannot be had.
    """
    path = Path(written)
    scheme = _scheme(written)
    clone = CLONE.fullmatch(written) if scheme else None
    repository = None if scheme or path.exists() else REPOSITORY.fullmatch(written)
    with tempfile.TemporaryDirectory(prefix="flowmeter-source-") as folder:
        if clone:
            revision = clone["revision"] or "HEAD"
            root = PurePosixPath(urlsplit(clone["address"]).path).stem
            with _repository(clone["address"], root, revision, seen, Path(folder)) as found:
                yield found
        elif repository:
            address = f"{web_url()}/{repository['name']}.git"
            revision = repository["revision"] or "HEAD"
            with _repository(address, repository["name"], revision, seen, Path(folder)) as found:
                yield found
        elif scheme in ("http", "https"):
            yield _downloaded(written, seen, Path(folder), bounds or Bounds())
        elif scheme == "file" or not scheme:
            yield _here(_local(written) if scheme else path, seen)
        else:
            raise CollectorError(
                f"{scheme}:// is not read",
                to=named(written),
                next_step="Name a path, OWNER/NAME, or an address that begins with https://, http:// or file://",
                retry=False,
            )


def web_url() -> str:
    """Where repositories are cloned from: GitHub, or the host that `FLOWMETER_GITHUB_URL` names."""
    url = github_url()
    if url == PUBLIC_GITHUB:
        return "https://github.com"
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def fingerprint(path: Path) -> str:
    """Changes when a file under the path is added, removed, resized or written anew."""
    if not path.exists():
        raise CollectorError(
            "there is no such file or folder",
            to=str(path),
            next_step="Name a file, a folder, an archive, an https:// address, or a repository as OWNER/NAME",
            retry=False,
        )
    entries = sorted(path.rglob("*")) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for entry in entries:
        if entry.is_file():
            state = entry.stat()
            digest.update(
                f"{entry}\0{state.st_size}\0{state.st_mtime_ns}\n".encode("utf-8", "surrogateescape")
            )
    return digest.hexdigest()


def _here(path: Path, seen: str | None) -> Opened | None:
    state = fingerprint(path)
    return None if state == seen else Opened(path.resolve().name if path.is_dir() else path.name, state, path)


def _local(url: str) -> Path:
    """The path of a file:// address; Raises `CollectorError` for one of another machine."""
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise CollectorError(
            "is a file of another machine", to=named(url), next_step="Write file:///path", retry=False
        )
    return Path(unquote(parts.path))


def _downloaded(url: str, seen: str | None, folder: Path, bounds: Bounds) -> Opened | None:
    found = download(url, folder, seen=json.loads(seen) if seen else {}, bounds=bounds)
    if found is None:
        return None
    told = {"checksum": found.checksum, "etag": found.etag, "last_modified": found.last_modified}
    state = json.dumps({name: value for name, value in told.items() if value})
    return Opened(
        found.shown,
        state,
        found.path,
        revision=f"ETag {found.etag}" if found.etag else None,
        prefix=f"{urlsplit(url).scheme}://",
    )


@contextmanager
def _repository(
    address: str, root: str, revision: str, seen: str | None, folder: Path
) -> Iterator[Opened | None]:
    commit = commit_of(address, revision)
    if commit == seen:
        yield None
        return
    repository = fetched(address, commit, folder)
    text = licence_text(repository)
    with streaming(["archive", "--format=tar", "refs/heads/taken"], repository) as chunks:
        stream = io.BufferedReader(_Chunks(chunks), 1 << 20)
        yield Opened(root, commit, stream=stream, revision=commit, license=licence(text) if text else None)


class _Chunks(io.RawIOBase):
    """Chunks of bytes, read as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _scheme(written: str) -> str:
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", written)
    return found[1].lower() if found else ""
