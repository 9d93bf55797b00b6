"""Files, folders and archives walked safely: nothing escapes, nothing unpacks without end."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, cast

from collector.benchmarks import licences
from collector.benchmarks.formats import File
from collector.errors import CollectorError
from collector.jobs import Rejection

#: How much of a file a format sees to recognise it.
HEAD = 64 << 10
CHUNK = 1 << 20
COMPRESSED = (".gz", ".xz", ".bz2")
TAR = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tbz2")
#: What a damaged archive makes the standard library raise.
DAMAGED = (
    tarfile.TarError,
    zipfile.BadZipFile,
    EOFError,
    OSError,
    lzma.LZMAError,
    zlib.error,
    RuntimeError,
    NotImplementedError,
    UnicodeError,
)


@dataclass(frozen=True)
class Limits:
    """How much is taken from one path.

    `ratio` is how many times larger than its compressed form an archive may
    become once it is past `free_bytes`: published logs stay under 40, bombs
    begin at 1,000.
    """

    files: int = 500_000
    file_bytes: int = 1 << 30
    total_bytes: int = 16 << 30
    ratio: int = 300
    free_bytes: int = 16 << 20


@dataclass
class Found:
    """What a path holds: files a format recognises, refusals, files that no format knows, and licences.

    A licence stands under the folder that it covers.
    """

    files: list[tuple[File, tuple[str, ...]]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    licences: dict[str, str] = field(default_factory=dict)


class _TooMuch(Exception):
    """An archive that goes past a limit; reading it ends."""


Recognise = Callable[[str, bytes], tuple[str, ...]]


@contextmanager
def found_in(
    path: Path | BinaryIO, recognise: Recognise, limits: Limits | None = None, root: str | None = None
) -> Iterator[Found]:
    """All that lies in a file, folder or archive; the files can be opened inside the `with` block.

    A stream is the tar archive of a repository's files. `root` is how the paths
    begin, when it is not the file's, folder's or archive's own name.

    `recognise` names the formats that a file belongs to, if any. Paths begin with the folder's
    or archive's own name. What comes out of an archive is kept under numbers in
    a temporary folder: no name from an archive ever becomes a path on this
    machine. Raises `CollectorError` when the path is missing.
    """
    if isinstance(path, Path) and not path.exists():
        raise CollectorError(
            "there is no such file or folder",
            to=str(path),
            next_step="Name a file, a folder or an archive (.tar.xz, .tar.gz, .zip, .gz)",
            retry=False,
        )
    found = Found()
    with tempfile.TemporaryDirectory(prefix="flowmeter-benchmarks-") as folder:
        walk = _Walk(found, recognise, limits or Limits(), Path(folder))
        if not isinstance(path, Path):
            walk.stream(path, root or "")
        elif path.is_dir():
            top = path.resolve()
            for entry in sorted(top.rglob("*")):
                if entry.is_symlink():
                    found.rejections.append(Rejection(str(entry.relative_to(top)), "is a link"))
                elif entry.is_file() and ".git" not in entry.relative_to(top).parts:
                    walk.take(entry, f"{root or top.name}/{entry.relative_to(top).as_posix()}")
        else:
            walk.take(path, root or path.name)
        yield found


class _Walk:
    def __init__(self, found: Found, recognise: Recognise, limits: Limits, folder: Path) -> None:
        self.found = found
        self.recognise = recognise
        self.limits = limits
        self.folder = folder
        self.total = 0
        self.unpacked = 0
        self.count = 0

    def take(self, path: Path, name: str) -> None:
        """A file on this machine: read as it is, or opened when it is an archive."""
        lower = name.lower()
        self.unpacked = 0
        try:
            if lower.endswith(TAR):
                self._tar(path, name)
            elif lower.endswith(".zip"):
                self._zip(path, name)
            elif (suffix := PurePosixPath(lower).suffix) in COMPRESSED:
                with path.open("rb") as raw, _unpacked(raw, suffix) as content:
                    packed = path.stat().st_size
                    self._keep(content, name[: -len(suffix)], partial(int, packed), _written(path))
            else:
                with path.open("rb") as content:
                    head = content.read(HEAD)
                self._sort(name, head, path.stat().st_size, partial(_open, path), _written(path))
        except _TooMuch as error:
            self.found.rejections.append(Rejection(name, str(error)))
        except DAMAGED as error:
            why = f"cannot be read to its end ({type(error).__name__}: {str(error)[:100]})"
            self.found.rejections.append(Rejection(name, why))

    def stream(self, raw: BinaryIO, name: str) -> None:
        """A repository's files; those among them that are archives are opened, as in a folder."""
        try:
            self._members(raw, name, name, lambda: self.limits.total_bytes, whole=True)
        except _TooMuch as error:
            self.found.rejections.append(Rejection(name, str(error)))
        except DAMAGED as error:
            why = f"cannot be read to its end ({type(error).__name__}: {str(error)[:100]})"
            self.found.rejections.append(Rejection(name, why))

    def _tar(self, path: Path, name: str) -> None:
        with path.open("rb") as raw:
            self._members(raw, name, _without_suffix(name), raw.tell, whole=False)

    def _members(
        self, raw: BinaryIO, name: str, inner: str, packed: Callable[[], int], *, whole: bool
    ) -> None:
        with tarfile.open(fileobj=raw, mode="r|*") as archive:
            seen: set[str] = set()
            for member in archive:
                if member.isdir():
                    continue
                refused = _refused(member.name, seen)
                if refused is None and not member.isfile():
                    refused = "is a link or a device, not a file"
                if refused is not None:
                    self.found.rejections.append(Rejection(f"{name}: {member.name[:200]}", refused))
                content = archive.extractfile(member) if member.isfile() else None
                if content is None:
                    continue
                if refused is None:
                    modified = _instant(member.mtime)
                    inside = f"{inner}/{PurePosixPath(member.name)}"
                    if whole and inside.lower().endswith((*TAR, *COMPRESSED, ".zip")):
                        self._open(content, inside, modified)
                    else:
                        self._keep(content, inside, packed, modified)
                # tarfile unpacks what it skips as well: so that is done here, under the limits.
                while chunk := content.read(CHUNK):
                    self._judge(len(chunk), packed())

    def _zip(self, path: Path, name: str) -> None:
        inner = _without_suffix(name)
        with zipfile.ZipFile(path) as archive:
            seen: set[str] = set()
            done = 0
            for member in archive.infolist():
                if member.is_dir():
                    continue
                refused = _refused(member.filename, seen)
                if refused is None and (member.external_attr >> 16) & 0o170000 == 0o120000:
                    refused = "is a link or a device, not a file"
                if refused is not None:
                    self.found.rejections.append(Rejection(f"{name}: {member.filename[:200]}", refused))
                    continue
                done += member.compress_size
                with archive.open(member) as content:
                    inside = f"{inner}/{PurePosixPath(member.filename)}"
                    self._keep(content, inside, partial(int, done), _zip_date(member.date_time))

    def _open(self, content: IO[bytes], name: str, modified: datetime | None) -> None:
        """An archive among a repository's files: taken out, opened, and thrown away."""
        target = self.folder / "archive"
        size = 0
        with target.open("wb") as copy:
            while chunk := content.read(CHUNK):
                size += len(chunk)
                self._judge(len(chunk), self.limits.total_bytes)
                if size > self.limits.file_bytes:
                    self.found.rejections.append(
                        Rejection(name, f"is larger than {self.limits.file_bytes} bytes")
                    )
                    return
                copy.write(chunk)
        if modified is not None:
            os.utime(target, (modified.timestamp(), modified.timestamp()))
        self.take(target, name)

    def _keep(
        self, content: IO[bytes], name: str, packed: Callable[[], int], modified: datetime | None
    ) -> None:
        """Unpacks a member that a format knows into the temporary folder; others only as far as they must."""
        head = content.read(HEAD)
        self._judge(len(head), packed())
        if name.lower().endswith((*TAR, *COMPRESSED, ".zip")):
            why = "is an archive within an archive: only the outer one is opened"
            self.found.rejections.append(Rejection(name, why))
            return
        wanted = self.recognise(name, head)
        if not wanted:
            self._sort(name, head, len(head), partial(io.BytesIO, head), modified)
            return
        self.count += 1
        target = self.folder / str(self.count)
        size = len(head)
        with target.open("wb") as copy:
            copy.write(head)
            while chunk := content.read(CHUNK):
                size += len(chunk)
                self._judge(len(chunk), packed())
                if size > self.limits.file_bytes:
                    why = f"is larger than {self.limits.file_bytes} bytes"
                    self.found.rejections.append(Rejection(name, why))
                    target.unlink()
                    return
                copy.write(chunk)
        self.found.files.append((File(name, size, partial(_open, target), modified), wanted))

    def _judge(self, size: int, packed: int) -> None:
        """Counts bytes that were unpacked, of which `packed` is the archive's own size so far."""
        self.total += size
        self.unpacked += size
        limits = self.limits
        if self.total > limits.total_bytes:
            raise _TooMuch(f"unpacks to more than {limits.total_bytes} bytes, all taken together")
        if self.unpacked > limits.free_bytes and self.unpacked > limits.ratio * max(1, packed):
            raise _TooMuch(f"unpacks to more than {limits.ratio} times its size, as zip bombs do")
        if len(self.found.files) >= limits.files:
            raise _TooMuch(f"holds more than {limits.files} files")

    def _sort(
        self, name: str, head: bytes, size: int, opened: Callable[[], BinaryIO], modified: datetime | None
    ) -> None:
        wanted = self.recognise(name, head)
        if not wanted and licences.FILE.search(name):
            if said := licences.licence(head.decode("utf-8", "replace")):
                self.found.licences[str(PurePosixPath(name).parent)] = said
        elif not wanted:
            self.found.unknown.append(name)
        elif size > self.limits.file_bytes:
            self.found.rejections.append(
                Rejection(name, f"has {size} bytes; at most {self.limits.file_bytes} are read")
            )
        else:
            self.found.files.append((File(name, size, opened, modified), wanted))


def _refused(name: str, seen: set[str]) -> str | None:
    """Why a member's name is not taken; remembers it."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        return "its path points outside of the archive"
    if "\0" in name or not path.name:
        return "its path is no path"
    if str(path) in seen:
        return "stands twice in the archive; the first one counts"
    seen.add(str(path))
    return None


def _without_suffix(name: str) -> str:
    for suffix in (*sorted(TAR, key=len, reverse=True), ".zip"):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


def _written(path: Path) -> datetime | None:
    return _instant(path.stat().st_mtime)


def _instant(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _zip_date(told: tuple[int, int, int, int, int, int]) -> datetime | None:
    """What a zip archive says, which knows no time zones: taken as UTC."""
    try:
        return datetime(*told, tzinfo=UTC)
    except ValueError:
        return None


def _unpacked(raw: BinaryIO, suffix: str) -> Any:
    readers = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
    return cast(Any, readers[suffix])(raw, "rb")


def checksum(files: Sequence[File]) -> str:
    """SHA-256 of one file's bytes, or of the sorted checksums of several."""
    sums = []
    for file in files:
        digest = hashlib.sha256()
        with file.open() as content:
            while chunk := content.read(CHUNK):
                digest.update(chunk)
        sums.append(digest.hexdigest())
    return sums[0] if len(sums) == 1 else hashlib.sha256("\n".join(sorted(sums)).encode()).hexdigest()
