"""Queries that a report holds: asked as strangers' SQL is, when the issue is made, and shown as tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine

from dashboard import wording
from dashboard.language import _
from dashboard.reports.plain import one_line
from dashboard.reports.settings import QuerySettings
from dashboard.reports.window import Window
from db.adhoc.asked import asked
from db.adhoc.lexer import parameters as written_parameters
from db.adhoc.limits import Limits
from db.adhoc.query import stream
from db.errors import DatabaseError

#: A column beyond these, and letters of a value beyond these, are left out of a mail.
MOST_COLUMNS: Final = 8
LONGEST_VALUE: Final = 60
#: Nobody waits for a report: a query of it waits its turn for so many seconds.
PATIENCE: Final = 120.0
#: So many seconds it may take, on a machine that has other things to do as well.
SECONDS: Final = 30.0
#: Whole numbers of such a column are years, which are written without a comma.
YEARS: Final = range(1900, 2200)
FIRST_DAY: Final = re.compile(r"\d{4}-01-01")


@dataclass(frozen=True)
class Asked:
    """A query's answer in words: `numbers` says which columns are; `failed` why there are no rows."""

    title: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numbers: tuple[bool, ...] = ()
    note: str = ""
    failed: str = ""


def ask(engine: Engine, queries: Sequence[QuerySettings], scope: str, window: Window) -> list[Asked]:
    """Each query's rows, by the same safe path as anybody's.

    Parameters called `scope`, `grain`, `first` and `last` are what the issue is about,
    unless the configuration gives them. A query that cannot be answered keeps no
    issue back: its table says why.
    """
    about = {
        "scope": scope,
        "grain": window.grain,
        "first": window.first.isoformat(),
        "last": window.last.isoformat(),
    }
    return [_asked(engine, each, about) for each in queries]


def _asked(engine: Engine, query: QuerySettings, about: Mapping[str, str]) -> Asked:
    title = one_line(query.title, 120)
    try:
        text = _text(query)
        given = {name: str(value) for name, value in query.parameters.items()}
        sql, values = asked(text, given)
        own = {name: about[name] for name in written_parameters(sql) if name in about and name not in given}
        answer = stream(
            engine,
            sql,
            parameters={**values, **own},
            limits=Limits(seconds=SECONDS, rows=query.rows),
            patience=PATIENCE,
        )
        rows = [row for batch in answer.batches() for row in batch]
    except DatabaseError as error:
        return Asked(title, failed=one_line(_("It could not be asked: {why}").format(why=error), 400))
    return _table(title, answer.columns, rows, cut_short=answer.cut_short is not None)


def _text(query: QuerySettings) -> str:
    if query.file is None:
        return query.query or query.sql
    try:
        return query.file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatabaseError(
            f"cannot be read ({getattr(error, 'strerror', None) or 'it is no text'})",
            to=str(query.file),
            next_step="Put the file there, or change `file` in flowmeter.toml",
        ) from error


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, cut_short: bool) -> Asked:
    shown = [row[:MOST_COLUMNS] for row in rows]
    lanes = list(zip(*shown, strict=True)) if shown else [()] * min(len(columns), MOST_COLUMNS)
    numbers = tuple(_are_numbers(lane) for lane in lanes)
    written = [_lane(name, lane) for name, lane in zip(columns[:MOST_COLUMNS], lanes, strict=True)]
    left_out = len(columns) - MOST_COLUMNS
    notes = [
        wording.counted(len(rows), "The first row.", "The first {count} rows.") if cut_short else "",
        wording.counted(left_out, "{count} column is left out.", "{count} columns are left out.")
        if left_out > 0
        else "",
        "" if rows else _("No rows: nothing matches it."),
    ]
    return Asked(
        title,
        tuple(one_line(name.replace("_", " "), 40) for name in columns[:MOST_COLUMNS]),
        tuple(zip(*written, strict=True)),
        numbers,
        " ".join(filter(None, notes)),
    )


def _lane(name: str, lane: Sequence[Any]) -> list[str]:
    """The values of a column; days that stand for years, as periods do, are written as years."""
    if "year" in name and lane and all(isinstance(day, str) and FIRST_DAY.fullmatch(day) for day in lane):
        return [day[:4] for day in lane]
    return [_written(value, lane) for value in lane]


def _are_numbers(lane: Sequence[Any]) -> bool:
    held = [value for value in lane if value is not None]
    return bool(held) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in held
    )


def _written(value: Any, lane: Sequence[Any]) -> str:
    """A value as a reader has it: thousands apart, years and texts as they are, `—` where nothing is held."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        years = all(isinstance(each, int) and each in YEARS for each in lane if each is not None)
        return str(value) if years else wording.in_symbols(f"{value:,}")
    if isinstance(value, float):
        whole = abs(value) >= 1000 or value.is_integer()
        return wording.in_symbols(f"{value:,.0f}" if whole else f"{value:,.3g}")
    text = value.hex() if isinstance(value, bytes) else str(value)
    return one_line(text, LONGEST_VALUE) or "—"
