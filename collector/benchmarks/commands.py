"""`flowmeter bench`: how fast it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from db.adhoc.output import Format, FormatOption, write

commands = typer.Typer(help="Benchmarks: how fast it runs.", no_args_is_help=True)


@commands.command("ingest")
def ingest(paths: Annotated[list[str], typer.Argument(metavar="PATH...")]) -> None:
    """Read benchmark files, folders and archives of any known format."""
    from collector.collection import ingest_benchmarks
    from collector.configuration import load
    from collector.installation import collection
    from collector.terminal import progress_shown
    from db.migration import connect_current

    with progress_shown() as show:
        ended = ingest_benchmarks(collection(connect_current(), load(), show), paths)
    if ended.state != "done" or (ended.rejected and not ended.rows):
        raise typer.Exit(1)


@commands.command("list")
def listed(form: FormatOption = Format.TABLE) -> None:
    """Every series that is held, with its newest value."""
    from db.benchmarks import series_list
    from db.migration import connect_current

    with connect_current().connect() as connection:
        frame = series_list(connection)
    plain = frame.astype(object).where(frame.notna(), None)
    write(list(plain.columns), list(plain.itertuples(index=False, name=None)), form)
