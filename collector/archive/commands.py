"""`flowmeter archive`: years of events from GH Archive, without a request to GitHub."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from collector.archive.sources import PUBLIC
from db.adhoc.output import Format, FormatOption, write

if TYPE_CHECKING:
    from collector.archive.selection import Wanted
    from collector.collection import Collection

FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H"]

commands = typer.Typer(help="GH Archive: hours of events, as a lake and as facts.", no_args_is_help=True)

LakeOption = Annotated[
    Path, typer.Option(file_okay=False, help="The lake; for Spark a folder that all its machines see.")
]
EngineOption = Annotated[str, typer.Option(metavar="local|spark://HOST:PORT", help="What does the work.")]
SimulatedOption = Annotated[bool, typer.Option("--simulated", help="The archive was generated.")]


@commands.command("load")
def load(
    first: Annotated[
        datetime, typer.Option("--from", formats=FORMATS, help="First day or hour (UTC), 2015 or later.")
    ],
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=FORMATS, help="Last day, whole, or hour; else the last one that is over."
        ),
    ] = None,
    source: Annotated[
        str, typer.Option(metavar="DIR|URL", help="Folder or address that holds the hour files.")
    ] = PUBLIC,
    everything: Annotated[
        bool, typer.Option("--all", help="All of GitHub into the lake; facts of what is held.")
    ] = False,
    use_cases: Annotated[
        bool, typer.Option("--use-cases", help="Repositories that use the project, too.")
    ] = False,
    topics: Annotated[
        list[str] | None, typer.Option("--topic", help="Held repositories with this topic instead.")
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="OWNER/NAME", help="Repositories called so instead; * is anything."),
    ] = None,
    lake: LakeOption = Path("var/lake"),
    engine: EngineOption = "local",
    simulated: SimulatedOption = False,
) -> None:
    """Load hours that are not loaded yet: the tracked repositories' events, and the facts in them."""
    from collector.archive.hours import span
    from collector.archive.selection import Wanted

    now = datetime.now(UTC)
    wanted = Wanted(everything, use_cases, tuple(topics or ()), tuple(names or ()))
    hours = span(first, last or now.replace(tzinfo=None, minute=0, second=0, microsecond=0), now)
    _run(hours, source, wanted, lake, engine, simulated=simulated)


@commands.command("facts")
def make_facts(
    everything: Annotated[bool, typer.Option("--all", help="Of all repositories that are held.")] = False,
    lake: LakeOption = Path("var/lake"),
    engine: EngineOption = "local",
    simulated: SimulatedOption = False,
) -> None:
    """Write the facts of all the lake's hours anew, for repositories that came after a load with --all."""
    from collector.archive.selection import Wanted

    _run([], str(lake), Wanted(everything), lake, engine, simulated=simulated, all_facts=True)


@commands.command("status")
def status(form: FormatOption = Format.TABLE) -> None:
    """What is loaded, and every gap: hours that are missing, damaged or were never asked for."""
    from db.archive import standing
    from db.migration import connect_current

    with connect_current().connect() as connection:
        found = standing(connection)
    if found is None:
        typer.echo("No hour has been asked for yet: flowmeter archive load --from 2015-01-01", err=True)
        return
    counted = ", ".join(f"{count:,} {state}" for state, count in found.by_state.items())
    typer.echo(
        f"{found.first:%Y-%m-%d %H:00} to {found.last:%Y-%m-%d %H:00}: {counted} hours; "
        f"{found.kept_events:,} events kept, {found.late_events:,} of them late, "
        f"{found.bad_lines:,} lines refused; facts of {found.waiting_for_facts:,} hours still to be written",
        err=True,
    )
    rows = [
        (f"{gap.first:%Y-%m-%d %H:00}", f"{gap.last:%Y-%m-%d %H:00}", gap.hours, gap.state, gap.why or "")
        for gap in found.gaps
    ]
    write(["from", "to", "hours", "state", "what is wrong"], rows, form)


def _run(
    hours: list[datetime],
    source: str,
    wanted: Wanted,
    lake: Path,
    engine: str,
    *,
    simulated: bool,
    all_facts: bool = False,
) -> None:
    from functools import partial

    from collector.archive.engines import engine_named, require_engine
    from collector.archive.lake import Lake
    from collector.archive.load import Order
    from collector.archive.runs import load_archive
    from collector.archive.sources import source_of
    from collector.collection import Collection
    from collector.configuration import load as load_configuration
    from collector.terminal import progress_shown
    from db.migration import connect_current

    require_engine(engine)
    with progress_shown() as show:
        collection = Collection(
            connect_current(), load_configuration(), None, simulated=simulated, report=show
        )
        order = Order(
            hours,
            source_of(source),
            wanted,
            Lake(lake),
            partial(engine_named, engine),
            collection.clock,
            simulated=simulated,
            all_facts=all_facts,
        )
        ended = load_archive(collection, order)
    if ended.state != "done" or (hours and not _told_of(collection, hours)):
        raise typer.Exit(1)


def _told_of(collection: Collection, hours: list[datetime]) -> bool:
    """Say how the hours stand that were asked for; False when the source had none of them."""
    from collector.archive import ledger
    from db.archive import HELD

    with collection.engine.connect() as connection:
        states = ledger.counted(connection, hours[0], hours[-1])
    counts = ", ".join(f"{count:,} {state}" for state, count in states.items())
    typer.echo(
        f"Of {len(hours):,} hours asked for: {counts}. flowmeter archive status names every gap", err=True
    )
    if any(state in HELD for state in states):
        return True
    typer.echo("The source gave none of them: check that --source is the right place", err=True)
    return False
