"""`flowmeter bench changes`: the steps found in series, and what people say of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import typer
from sqlalchemy import Connection

from db.adhoc.output import Format, FormatOption, write

commands = typer.Typer(help="Steps in series of results: regressions and improvements.", no_args_is_help=True)

#: What a terminal has room for; CSV and JSON hold all columns.
SHOWN: Final = (
    "change_point_id",
    "state",
    "verdict",
    "percent",
    "before",
    "after",
    "unit",
    "case",
    "family",
    "environment_key",
    "day",
    "commits",
    "together",
    "note",
)
#: So much of a commit's name is shown on a terminal.
SHORT: Final = 8

Change = Annotated[str, typer.Argument(metavar="NUMBER", help="Its number, or the beginning of it.")]
Note = Annotated[str | None, typer.Option("--note", help="What there is to say; “” takes it away.")]
Link = Annotated[str | None, typer.Option("--link", help="Where it is dealt with; “” takes it away.")]


class State(StrEnum):
    """The states of a change point."""

    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    ACKNOWLEDGED = "acknowledged"
    IGNORED = "ignored"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    """Which way a change goes."""

    BETTER = "better"
    WORSE = "worse"


@commands.command("list")
def listed(
    state: Annotated[
        list[State] | None, typer.Option(help="Only these; all but ignored and withdrawn when none is named.")
    ] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="Only regressions (worse) or improvements.")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was measured from this day on.")
    ] = None,
    suite: Annotated[str | None, typer.Option(help="Only this suite.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Most rows.")] = 100,
    form: FormatOption = Format.TABLE,
) -> None:
    """The largest changes first, each with the last revision before it and the first one after."""
    from db.benchmarks import changes
    from db.migration import connect_current

    with connect_current().connect() as connection:
        frame = changes.changes(
            connection,
            states=[each.value for each in state] if state else changes.OPEN,
            verdict=verdict.value if verdict else None,
            since=since.date() if since else None,
            suite=suite,
        )
    more = len(frame) - limit
    frame = frame.head(limit)
    plain = frame.astype(object).where(frame.notna(), None)
    if form is Format.TABLE:
        ends = zip(plain["revision_before"], plain["revision_after"], strict=True)
        plain["commits"] = ["..".join(str(end)[:SHORT] if end else "?" for end in both) for both in ends]
        plain = plain[list(SHOWN)]
    write(list(plain.columns), list(plain.itertuples(index=False, name=None)), form)
    if more > 0:
        typer.echo(f"There are {more:,} more; raise --limit to see them", err=True)


@commands.command("detect")
def detect(
    everything: Annotated[bool, typer.Option("--all", help="Also series without new results.")] = False,
) -> None:
    """Look for steps in every series with new results, as each ingest does by itself."""
    from db.benchmarks.detection import detect_changes
    from db.migration import connect_current

    found = detect_changes(connect_current(), everything=everything)
    typer.echo(
        f"{found.series:,} series looked at: {found.confirmed:,} changes confirmed, "
        f"{found.suspected:,} suspected, {found.withdrawn:,} withdrawn",
        err=True,
    )


@commands.command("acknowledge")
def acknowledge(change: Change, note: Note = None, link: Link = None) -> None:
    """Say that somebody knows of a change and looks after it."""
    from db.benchmarks.change_decisions import change_named, decide

    with _writing() as connection:
        decide(connection, change_named(connection, change), "acknowledged", note=note, link=link)


@commands.command("ignore")
def ignore(change: Change, note: Note = None, link: Link = None) -> None:
    """Say that a change is none, or that it does not matter; it is not listed any more."""
    from db.benchmarks.change_decisions import change_named, decide

    with _writing() as connection:
        decide(connection, change_named(connection, change), "ignored", note=note, link=link)


@commands.command("annotate")
def annotate(change: Change, note: Note = None, link: Link = None) -> None:
    """Write a note or a link to a change; its state stays."""
    from db.benchmarks import change_decisions

    if note is None and link is None:
        raise typer.BadParameter("give --note, --link or both")
    with _writing() as connection:
        number = change_decisions.change_named(connection, change)
        change_decisions.annotate(connection, number, note=note, link=link)


@commands.command("reopen")
def reopen(change: Change) -> None:
    """Take back that a change was acknowledged or ignored: it is what the results say again."""
    from db.benchmarks import change_decisions
    from db.benchmarks.detection import detect_changes
    from db.migration import connect_current

    with _writing() as connection:
        change_decisions.reopen(connection, change_decisions.change_named(connection, change))
    detect_changes(connect_current())


@contextmanager
def _writing() -> Iterator[Connection]:
    from db.engine import writing
    from db.migration import connect_current

    with writing(connect_current()).begin() as connection:
        yield connection
