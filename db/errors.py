"""The one exception type that db raises for what a person can put right."""

from __future__ import annotations


class DatabaseError(Exception):
    """What happened, to what, and what to do next.

    The three parts stay apart so that the command line can print them as one
    sentence and the Data page as three columns.
    """

    def __init__(self, happened: str, *, to: str, next_step: str) -> None:
        super().__init__(f"{to}: {happened}. {next_step}")
        self.happened = happened
        self.to = to
        self.next_step = next_step


class Stopped(DatabaseError):
    """Work that was asked to end before it was done; what it had written whole stays."""
