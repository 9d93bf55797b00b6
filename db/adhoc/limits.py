"""How much one question may take."""

from __future__ import annotations

from dataclasses import dataclass

from db.errors import DatabaseError


@dataclass(frozen=True)
class Limits:
    """Seconds, rows, bytes of answer and bytes of memory; the defaults are what the public gets."""

    seconds: float = 5.0
    rows: int = 10_000
    answer: int = 50_000_000
    memory: int = 128 * 1024 * 1024


def refusal(happened: str, next_step: str) -> DatabaseError:
    """What is wrong with a query, and how to ask instead."""
    return DatabaseError(happened, to="the query", next_step=next_step)


def too_slow(limits: Limits) -> DatabaseError:
    """The sentence for a query that was ended by the clock."""
    return refusal(
        f"took more than {limits.seconds:g} s", "Ask for fewer rows or periods, or raise --timeout"
    )


def too_large(limits: Limits) -> DatabaseError:
    """The sentence for a query that was ended by its memory."""
    return refusal(
        f"needs more than {limits.memory // 1024**2} MB of memory",
        "Ask for fewer rows, shorter texts, or sums instead of rows",
    )
