"""Whole documents in memory, within limits: JSON that is all there, says each thing once, and has a date."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from collector.benchmarks.formats import File, Reading, Result
from collector.jobs import Rejection

#: A document has to be in memory at once, and takes up some ten times its size there.
LARGEST: Final = 32 << 20
#: No benchmark is older, and none is measured in times to come: such a date is a clock that was never set.
FIRST_POSSIBLE: Final = datetime(2000, 1, 1, tzinfo=UTC)
LAST_POSSIBLE: Final = datetime(2100, 1, 1, tzinfo=UTC)


class Unreadable(ValueError):
    """A file that cannot be taken at all; its text says why."""


@dataclass(frozen=True)
class Document:
    """A JSON file's content, and a short name for its bytes, which is the same wherever it lies."""

    content: Any
    digest: str


def document(file: File) -> Document:
    """A JSON file, read whole; `Unreadable` says why it cannot be.

    A key that stands twice in an object makes it unreadable: the parser would keep
    one of the values and say nothing.
    """
    if file.size > LARGEST:
        raise Unreadable(f"the file has {file.size} bytes; at most {LARGEST} are read")
    with file.open() as opened:
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Unreadable(f"the file has more than {LARGEST} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 (byte {error.start} cannot be read)") from error
    try:
        parsed = json.loads(text, object_pairs_hook=_unique)
    except Unreadable:
        raise
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"is not whole JSON ({str(error)[:100]})") from error
    return Document(parsed, hashlib.sha256(content).hexdigest()[:16])


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Unreadable(f"the key {twice[:60]!r} stands twice: which is meant is unknown")
    return held


def mapping(value: object) -> dict[str, Any]:
    """An object of the document, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def listed(value: object) -> list[Any]:
    """A list of the document, or an empty one where something else stands."""
    return value if isinstance(value, list) else []


def text(value: object) -> str | None:
    """A text that says something, or None."""
    return value.strip() or None if isinstance(value, str) else None


def instant(written: object) -> datetime | None:
    """A date and time as ISO 8601, or with a blank in place of the T; without a zone it is UTC.

    None for what is no date, or one that no benchmark can have.
    """
    if not isinstance(written, str):
        return None
    cleaned = re.sub(r"(\.\d{6})\d+", r"\1", written.strip())
    try:
        moment = datetime.fromisoformat(cleaned)
    except ValueError:
        return None
    return possible(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def milliseconds(written: object) -> datetime | None:
    """An instant in milliseconds since 1970, or None for one that no benchmark can have."""
    if isinstance(written, bool) or not isinstance(written, int | float):
        return None
    try:
        return possible(datetime.fromtimestamp(written / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def possible(moment: datetime) -> datetime | None:
    """The instant in UTC, when a benchmark can be of that date."""
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    return moment if FIRST_POSSIBLE <= moment < LAST_POSSIBLE else None


def dated(file: File, stated: Iterable[object]) -> datetime:
    """The first readable date that the content states, or else the file's own; `Unreadable` without any."""
    for each in stated:
        moment = instant(each)
        if moment is not None:
            return moment
    if file.modified is not None and (own := possible(file.modified)) is not None:
        return own
    raise Unreadable("states no date, and the file has none of its own")


def reading(file: File, outcomes: Callable[[Document], Iterator[Result | Rejection]]) -> Reading:
    """All that a document gives, or the one refusal of a file that cannot be taken at all."""
    try:
        return Reading(file.path, list(outcomes(document(file))))
    except Unreadable as error:
        return Reading(file.path, [Rejection(file.path, str(error))])
