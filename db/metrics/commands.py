"""`flowmeter metrics`: compute the numbers, list what they mean, and show their values."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from db.adhoc.output import Format, FormatOption, write

if TYPE_CHECKING:
    from db.metrics.elsewhere import Elsewhere
    from db.metrics.refresh import RefreshResult

log = logging.getLogger("flowmeter")
#: Brings all numbers up to date, some of them by another engine where one is given.
Refresh = Callable[["Elsewhere | None"], Sequence["RefreshResult"]]


def metric_commands(refresh: Refresh) -> typer.Typer:
    """The commands; `refresh` knows what the configuration says of people and the project."""
    commands = typer.Typer(help="The numbers: compute, list and show them.", no_args_is_help=True)

    @commands.command("refresh")
    def refresh_numbers(
        by: Annotated[
            str,
            typer.Option("--engine", help="local, or Spark over the lake: spark://HOST:PORT or local[2]."),
        ] = "local",
        lake: Annotated[
            Path | None,
            typer.Option(metavar="DIR", help="Compute over the files of `flowmeter db export --lake`."),
        ] = None,
        export: Annotated[bool, typer.Option(help="Bring the lake up to date first, or make it.")] = False,
    ) -> None:
        """Compute every number anew from the facts."""
        from db.errors import DatabaseError
        from db.lake.over import chosen

        try:
            over = chosen(by, lake, refreshed_at=datetime.now(UTC) if export else None)
        except DatabaseError as error:
            raise typer.BadParameter(str(error)) from error
        for result in refresh(over):
            log.info(
                "%s: %d values, %d of them new, in %.2f s",
                result.metric,
                result.rows,
                result.changed,
                result.seconds,
            )

    @commands.command("list")
    def list_metrics(form: FormatOption = Format.TABLE) -> None:
        """Every metric, with its meaning."""
        from db.metrics.catalogue import read_catalogue

        header = ["metric", "goal", "title", "unit", "better", "segments", "meaning"]
        rows = [
            (each.metric, each.goal, each.title, each.unit, each.direction, each.segments, each.meaning)
            for each in read_catalogue()
        ]
        write(header, rows, form)

    @commands.command("show")
    def show_values(
        metric: str,
        scope: Annotated[str, typer.Option(help="project, role:ROLE or OWNER/NAME.")] = "project",
        grain: Annotated[str, typer.Option(help="day, week, month, quarter or year.")] = "month",
        form: FormatOption = Format.TABLE,
    ) -> None:
        """The values of one metric."""
        from db.metrics import read
        from db.migration import connect_current

        with connect_current().connect() as connection:
            frame = read.values(connection, metric, scope, grain)
        frame["period"] = frame["period"].astype(str).str[:10]
        write(list(frame.columns), list(frame.itertuples(index=False, name=None)), form)

    return commands
