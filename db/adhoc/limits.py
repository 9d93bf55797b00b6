"""How much one question may take."""

from __future__ import annotations

from dataclasses import dataclass

from db.adhoc.sqlite_guard import LONGEST_STATEMENT
from db.errors import DatabaseError


@dataclass(frozen=True)
class Limits:
    """Seconds, rows, bytes of answer and bytes of memory; the defaults are what the public gets."""

    seconds: float = 5.0
    rows: int = 10_000
    answer: int = 50_000_000
    memory: int = 128 * 1024 * 1024


class QueryRefused(DatabaseError):
    """A query that is not answered; `position` is where in it the fault lies, from 0, when that is known."""

    def __init__(self, happened: str, next_step: str, position: int | None = None) -> None:
        super().__init__(happened, to="the query", next_step=next_step)
        self.position = position


def refusal(happened: str, next_step: str, position: int | None = None) -> QueryRefused:
    """What is wrong with a query, and how to ask instead."""
    return QueryRefused(happened, next_step, position)


def require_short(sql: str) -> None:
    """Raises `DatabaseError` for a statement that is too long to be looked at, or no text at all."""
    try:
        length = len(sql.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise refusal("holds characters that are no text", "Write it in UTF-8") from error
    if length > LONGEST_STATEMENT:
        raise refusal(
            f"is {length:,} bytes long", f"Send at most {LONGEST_STATEMENT:,} bytes, values as :parameters"
        )


def too_slow(limits: Limits) -> QueryRefused:
    """The sentence for a query that was ended by the clock."""
    return refusal(
        f"took more than {limits.seconds:g} s", "Ask for fewer rows or periods, or raise --timeout"
    )


def too_large(limits: Limits) -> QueryRefused:
    """The sentence for a query that was ended by its memory."""
    return refusal(
        f"needs more than {limits.memory // 1024**2} MB of memory",
        "Ask for fewer rows, shorter texts, or sums instead of rows",
    )


def too_much_disk() -> QueryRefused:
    """The sentence for a query that was ended by its temporary files."""
    return refusal("needs too much room for sorting", "Ask for fewer rows or columns, or for sums")
