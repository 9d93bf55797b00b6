"""Where hour files come from: a folder, a web server or a store that keeps them under GH Archive's names."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import requests
import urllib3

from collector.archive.hours import file_name
from collector.benchmarks.downloads import without_secrets
from collector.errors import CollectorError

PUBLIC = "https://data.gharchive.org"
CHUNK = 1 << 20
#: Seconds without a byte, tries, and the first pause between two of them; each next one is twice as long.
SILENCE, TRIES, PAUSE = 60.0, 5, 2.0
#: Answers that may be another one a moment later.
PASSING = (408, 429, 500, 502, 503, 504)
GONE = (404, 410)


@dataclass(frozen=True)
class Fetched:
    """An hour's file as it lies on this machine; `temporary` ones are deleted once they are read."""

    shown: str
    path: Path
    size: int
    temporary: bool


@dataclass(frozen=True)
class Absent:
    """The source has no file for the hour."""

    shown: str


@dataclass(frozen=True)
class Unreachable:
    """The source has, or may have, the file, but did not give it."""

    shown: str
    why: str


@dataclass(frozen=True)
class Unchanged:
    """The file is as long as when it was found damaged: it is the same one."""

    shown: str


Answer = Fetched | Absent | Unreachable | Unchanged


class HourSource(Protocol):
    """Gives the file of an hour."""

    def fetch(self, hour: datetime, into: Path, known_size: int | None) -> Answer:
        """The file, in the folder `into` when it has to be brought; `known_size` is one that need not be."""


def source_of(written: str) -> HourSource:
    """The source that a folder or address names; raises `CollectorError` for what cannot be read."""
    scheme = urlsplit(written).scheme.lower()
    if scheme in ("http", "https"):
        return Web(written)
    if scheme in ("s3", "gs"):
        # Its clients take a while to load, and few installations need them.
        from collector.archive.stores import Store

        return Store(written)
    if scheme and not Path(written).exists():
        raise CollectorError(
            "is neither a folder nor an address that is read",
            to=without_secrets(written),
            next_step="Give --source a folder, an http(s) address, s3://BUCKET/FOLDER or gs://BUCKET/FOLDER",
            retry=False,
        )
    return Folder(Path(written))


class Folder:
    """A folder with hour files under GH Archive's names, or with a zero before hours of one digit."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise CollectorError(
                "is no folder", to=str(folder), next_step="Give --source a folder of hour files", retry=False
            )
        self._folder = folder.absolute()

    def fetch(self, hour: datetime, into: Path, known_size: int | None) -> Answer:  # noqa: ARG002
        """The file where it lies."""
        path = self._folder / file_name(hour)
        if not path.is_file():
            padded = path.with_name(f"{hour:%Y-%m-%d-%H}.json.gz")
            if not padded.is_file():
                return Absent(str(path))
            path = padded
        try:
            size = path.stat().st_size
            path.open("rb").close()
        except OSError as error:
            return Unreachable(str(path), error.strerror or "cannot be opened")
        return Unchanged(str(path)) if size == known_size else Fetched(str(path), path, size, temporary=False)


class Web:
    """A server with hour files under one address; what breaks off goes on where it stopped."""

    def __init__(self, base: str, *, pause: Callable[[float], object] = time.sleep) -> None:
        self._base = base.rstrip("/")
        self._pause = pause

    def fetch(self, hour: datetime, into: Path, known_size: int | None) -> Answer:
        """The file, downloaded; `Unreachable` after several tries that ended otherwise than with a file."""
        url = f"{self._base}/{file_name(hour)}"
        shown = without_secrets(url)
        part = into / f"{file_name(hour)}.part"
        part.unlink(missing_ok=True)
        why = "gave no answer"
        with requests.Session() as session:
            for attempt in range(TRIES):
                if attempt:
                    self._pause(PAUSE * 2 ** (attempt - 1))
                try:
                    found = self._attempt(session, url, part, known_size)
                except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                    why = f"broke off ({type(error).__name__})"
                    continue
                if isinstance(found, int):
                    if found in GONE:
                        return Absent(shown)
                    if found not in PASSING:
                        return Unreachable(shown, f"was answered with {found}")
                    why = f"was answered with {found}, {attempt + 1} times"
                elif found == "unchanged":
                    return Unchanged(shown)
                elif found == "whole":
                    path = part.with_suffix("")
                    part.replace(path)
                    return Fetched(shown, path, path.stat().st_size, temporary=True)
                else:
                    why = found
        part.unlink(missing_ok=True)
        return Unreachable(shown, why)

    def _attempt(self, session: requests.Session, url: str, part: Path, known_size: int | None) -> int | str:
        """One request: a status that is no file, `whole`, `unchanged`, or why the file is not whole yet."""
        held = part.stat().st_size if part.exists() else 0
        # The file itself, not a server's compression of it; a server may not say it otherwise.
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={held}-"} if held else {})
        with session.get(url, headers=headers, stream=True, timeout=(SILENCE, SILENCE)) as answer:
            if answer.status_code == 416:  # what is held is no beginning of what is there now
                part.unlink(missing_ok=True)
                return "changed while it was read"
            if answer.status_code not in (200, 206):
                return answer.status_code
            goes_on = answer.status_code == 206 and answer.headers.get("Content-Range", "").startswith(
                f"bytes {held}-"
            )
            if answer.status_code == 206 and not goes_on:
                part.unlink(missing_ok=True)
                return "was answered with another part than was asked for"
            length = answer.headers.get("Content-Length")
            expected = int(length) + (held if goes_on else 0) if length and length.isdigit() else None
            if known_size is not None and expected == known_size and not held:
                return "unchanged"
            with part.open("ab" if goes_on else "wb") as file:
                while piece := answer.raw.read(CHUNK, decode_content=False):
                    file.write(piece)
        size = part.stat().st_size
        return "whole" if expected is None or size == expected else f"broke off after {size:,} bytes"
