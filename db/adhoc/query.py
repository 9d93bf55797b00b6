"""One SELECT of somebody else's, run read-only and bounded in time, rows, bytes and memory."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from db.adhoc import postgresql, processes
from db.adhoc.limits import Limits, refusal, require_short
from db.adhoc.parameters import Text
from db.adhoc.public import public_columns
from db.adhoc.reading import read
from db.adhoc.reading_apart import read_apart
from db.adhoc.turns import LINE, TURN, Turn

#: What is written as a number; "nan", "infinity" and "1_000" are names that people may have.
_WHOLE = re.compile(r"[+-]?[0-9]{1,100}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Result:
    """What a query gave: column names, rows, and whether there were more than the limits allow."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    truncated: bool
    seconds: float


class Answer:
    """The rows of a running query, batch by batch; leaving it ends the query."""

    def __init__(self, messages: Iterator[dict[str, Any]], pause: Callable[[], None] = lambda: None) -> None:
        self._messages = messages
        #: Called where others may go first, by whoever works on the rows; it may take a while.
        self.pause = pause
        self.columns: list[str] = next(messages)["columns"]
        #: Known once all batches are taken: whether the limit on `rows` or `bytes` cut it short.
        self.cut_short: str | None = None
        #: Rows taken so far.
        self.rows = 0

    def batches(self) -> Iterator[list[tuple[Any, ...]]]:
        """Rows, a few hundred at a time, as the database gives them."""
        for message in self._messages:
            if "end" in message:
                self.cut_short = None if message["end"] == "all" else message["end"]
                # The messages' own end gives the process back.
                continue
            self.pause()
            if message["rows"]:
                self.rows += len(message["rows"])
                yield [tuple(map(_value, row)) for row in message["rows"]]

    def close(self) -> None:
        """Ends the query if it still runs."""
        close = getattr(self._messages, "close", None)
        if close is not None:
            close()


def run(
    engine: Engine,
    sql: str,
    *,
    parameters: Mapping[str, str | int | float] | None = None,
    limit: int = Limits.rows,
    timeout: float = Limits.seconds,
) -> Result:
    """Run one SELECT with named `:parameters` and hold its rows; nothing can be written.

    Raises `DatabaseError` that says what is not allowed and how to ask instead.
    """
    began = time.monotonic()
    answer = stream(engine, sql, parameters=parameters, limits=Limits(seconds=timeout, rows=limit))
    rows = [row for batch in answer.batches() for row in batch]
    return Result(answer.columns, rows, answer.cut_short is not None, time.monotonic() - began)


def stream(
    engine: Engine,
    sql: str,
    *,
    parameters: Mapping[str, str | int | float] | None = None,
    limits: Limits | None = None,
    patience: float = TURN,
    ticket: str = "",
    who: str = "",
    gone: Callable[[], bool] = lambda: False,
    pause: Callable[[], None] | None = None,
) -> Answer:
    """The same, batch by batch: memory does not grow with the number of rows.

    `patience` is how many seconds it may wait for its turn, from the place in the line
    that `ticket` keeps, as one of the questions of `who`; it is ended when `gone` says
    that nobody waits for the answer any more. `pause` is given where pages are answered
    by the same process: the statement is then read by another one, and `pause` is called
    after each batch, so that pages go first.

    Raises `DatabaseError` for several statements, anything but SELECT, a private
    table or column, a function that is not allowed, a parameter without a value,
    and, here or while the batches are taken, for more than the limits; `TooMany`
    when its turn has not come.
    """
    # Before anything is read: even that would hold others up while many ask.
    require_short(sql)
    turn = LINE.take(patience, ticket, who, gone)
    try:
        return Answer(
            _messages(engine, sql, dict(parameters or {}), limits or Limits(), turn, gone, pause is not None),
            pause or (lambda: None),
        )
    except BaseException:
        turn.end()
        raise


def _messages(
    engine: Engine,
    sql: str,
    given: Mapping[str, str | int | float],
    limits: Limits,
    turn: Turn,
    gone: Callable[[], bool],
    apart: bool,
) -> Iterator[dict[str, Any]]:
    dialect = engine.dialect.name
    began = time.monotonic()
    try:
        found = read_apart(sql, dialect) if apart else read(sql, dialect)
    finally:
        turn.charge(time.monotonic() - began)
    if missing := [name for name in found.parameters if name not in given]:
        raise refusal(f"the parameter :{missing[0]} has no value", f"Give it with --param {missing[0]}=…")
    if dialect != "sqlite":
        # PostgreSQL reads a text as whatever its place needs; here is only made sure that it is one.
        values = {name: _sendable(given[name]) for name in found.parameters}
        return postgresql.ask(engine, sql, found.sent, values, limits, turn, gone=gone)
    path = engine.url.database or ""
    if path in ("", ":memory:"):
        raise refusal("needs a database file", "Set FLOWMETER_DATABASE_URL to a SQLite file")
    question = {
        "path": path,
        "sql": found.sent,
        "parameters": {name: _number_or_text(given[name]) for name in found.parameters},
        "public": public_columns(),
    }
    return processes.ask(question, limits, turn, gone=gone)


def _sendable(value: str | int | float) -> str | int | float:
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise refusal("a parameter holds characters that are no text", "Write it in UTF-8") from error
        if "\0" in value:
            raise refusal("a parameter holds a NUL character", "Leave it out")
    return value


def _number_or_text(value: str | int | float) -> int | float | str:
    """SQLite compares a number and a text by their kinds: what is written as a number becomes one."""
    value = _sendable(value)
    if not isinstance(value, str) or isinstance(value, Text):
        return value
    # What no number of SQLite holds stays a text.
    if _WHOLE.fullmatch(value):
        return int(value) if -(2**63) <= int(value) < 2**63 else value
    number = float(value) if _NUMBER.fullmatch(value) else math.inf
    return number if math.isfinite(number) else value


def _value(sent: Any) -> Any:
    """A value as the database gave it: bytes come as their digits."""
    return bytes.fromhex(sent["hex"]) if isinstance(sent, dict) else sent
