"""A file behind an HTTP address, downloaded within limits of size and time, and only when it has changed."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlencode, urljoin, urlsplit, urlunsplit

import requests
import urllib3

from collector.errors import CollectorError

CHUNK: Final = 1 << 20
#: Answers that lead elsewhere.
REDIRECTS: Final = (301, 302, 303, 307, 308)
#: Names of parameters whose values open what they stand in: presigned addresses have them.
SECRET: Final = re.compile(r"token|key|sig|secret|passw|auth|credential|session", re.IGNORECASE)
NEXT_STEP: Final = "Check the address and the network; the next scheduled run tries again"


@dataclass(frozen=True)
class Bounds:
    """How much is downloaded from one address, how long it may take in seconds, and how far it may lead."""

    bytes: int = 2 << 30
    seconds: float = 1_800.0
    silence: float = 60.0
    redirects: int = 5


@dataclass(frozen=True)
class Download:
    """A file that was downloaded: where it lies, how it is called, and what tells whether it has changed."""

    path: Path
    shown: str
    checksum: str
    etag: str | None
    last_modified: str | None


def without_secrets(url: str) -> str:
    """The address as it may be kept and shown: no user, no password, no key among its parameters."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(name, "***" if SECRET.search(name) else value) for name, value in pairs], safe="*/:")
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def download(
    url: str,
    folder: Path,
    *,
    seen: Mapping[str, Any],
    bounds: Bounds,
    clock: Callable[[], float] = time.monotonic,
) -> Download | None:
    """The file behind an address, in a folder; None when it is what was `seen` last.

    `seen` may hold `etag`, `last_modified` and `checksum` of the last time. Redirects
    are followed, never from https to http, and what user and password the address
    has goes to its own host alone. Raises `CollectorError` that names the address
    without them.
    """
    shown = without_secrets(url)
    ends = clock() + bounds.seconds
    with _session() as session, _answer(session, url, shown, seen, bounds) as answer:
        if answer.status_code == 304:
            return None
        if answer.status_code != 200:
            retry = answer.status_code in (408, 425, 429) or answer.status_code >= 500
            raise CollectorError(
                f"the server answers {answer.status_code} {answer.reason or ''}".rstrip(),
                to=shown,
                next_step=NEXT_STEP if retry else "Check the address",
                retry=retry,
            )
        name = PurePosixPath(unquote(urlsplit(url).path)).name or "download"
        path = folder / "download"
        digest = hashlib.sha256()
        size = 0
        expected = answer.headers.get("Content-Length", "")
        if expected.isdigit() and int(expected) > bounds.bytes:
            raise _too_large(shown, bounds)
        try:
            with path.open("wb") as copy:
                while chunk := answer.raw.read1(CHUNK, decode_content=False):
                    size += len(chunk)
                    if size > bounds.bytes:
                        raise _too_large(shown, bounds)
                    if clock() > ends:
                        raise CollectorError(
                            f"was not downloaded within {bounds.seconds:.0f} seconds ({size} bytes came)",
                            to=shown,
                            next_step=NEXT_STEP,
                        )
                    digest.update(chunk)
                    copy.write(chunk)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _broken(error, shown) from error
        if expected.isdigit() and size != int(expected):
            raise CollectorError(f"ended after {size} of {expected} bytes", to=shown, next_step=NEXT_STEP)
        etag, modified = answer.headers.get("ETag"), answer.headers.get("Last-Modified")
    if digest.hexdigest() == seen.get("checksum"):
        return None
    _date(path, modified)
    return Download(path, f"{_place(shown)}/{name}", digest.hexdigest(), etag, modified)


def _session() -> requests.Session:
    session = requests.Session()
    # A .netrc would send its passwords to any host that a redirect names; proxies stay as they are set.
    session.auth = _nobody
    session.headers.update({"User-Agent": "Flowmeter", "Accept": "*/*", "Accept-Encoding": "identity"})
    return session


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


@contextmanager
def _answer(
    session: requests.Session, url: str, shown: str, seen: Mapping[str, Any], bounds: Bounds
) -> Iterator[requests.Response]:
    """The answer at the end of all redirects."""
    conditions = {"If-None-Match": seen.get("etag"), "If-Modified-Since": seen.get("last_modified")}
    headers = {name: str(value) for name, value in conditions.items() if value}
    for _ in range(bounds.redirects + 1):
        parts = urlsplit(url)
        user = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))
        try:
            answer = session.get(
                bare,
                headers=headers,
                auth=requests.auth.HTTPBasicAuth(*user) if user else None,
                stream=True,
                allow_redirects=False,
                timeout=(min(30.0, bounds.silence), bounds.silence),
            )
        except (requests.RequestException, ValueError) as error:
            raise _broken(error, shown) from error
        if answer.status_code not in REDIRECTS or "Location" not in answer.headers:
            with answer:
                yield answer
            return
        answer.close()
        # What the address said of user and password is of its host, and does not go along.
        url = urljoin(bare, answer.headers["Location"])
        there = urlsplit(url)
        if there.scheme not in ("http", "https") or (parts.scheme, there.scheme) == ("https", "http"):
            raise CollectorError(
                f"leads from {parts.scheme}:// to {there.scheme}://, which is not followed",
                to=shown,
                next_step="Give the address of the file itself",
                retry=False,
            )
        if user and there.netloc == urlsplit(bare).netloc and there.scheme == parts.scheme:
            url = urlunsplit(there._replace(netloc=parts.netloc))
    raise CollectorError(
        f"leads on more than {bounds.redirects} times", to=shown, next_step="Check the address", retry=False
    )


def _too_large(shown: str, bounds: Bounds) -> CollectorError:
    return CollectorError(
        f"is larger than {bounds.bytes} bytes",
        to=shown,
        next_step="Download it by hand, and ingest the file",
        retry=False,
    )


def _broken(error: Exception, shown: str) -> CollectorError:
    """What went wrong on the way; the library's own text may hold the address, so only its kind is told."""
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return CollectorError(f"cannot be downloaded ({kind})", to=shown, next_step=NEXT_STEP)


def _place(shown: str) -> str:
    """The address without its last part, as paths of what lies there begin."""
    parts = urlsplit(shown)
    folder = str(PurePosixPath(parts.path).parent).strip("/")
    return "/".join(filter(None, (parts.netloc, folder)))


def _date(path: Path, modified: str | None) -> None:
    """Gives the file the date that the server says; else it has none, for today's says nothing."""
    try:
        moment = parsedate_to_datetime(modified).timestamp() if modified else 0.0
    except (TypeError, ValueError, OverflowError):
        moment = 0.0
    os.utime(path, (moment, moment))
