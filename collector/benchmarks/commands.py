"""`flowmeter bench`: how fast it runs."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from collector.benchmarks.change_commands import commands as changes
from collector.jobs import Rejection
from db.adhoc.output import Format, FormatOption, write

#: What a terminal has room for; CSV and JSON hold all columns.
SHOWN = (
    "test",
    "scenario",
    "metric",
    "device",
    "devices",
    "compiler",
    "first_value",
    "second_value",
    "ratio",
)

commands = typer.Typer(help="Benchmarks: how fast it runs.", no_args_is_help=True)
commands.add_typer(changes, name="changes")


@commands.command("ingest")
def ingest(
    sources: Annotated[list[str], typer.Argument(metavar="PATH|URL|OWNER/NAME[@REVISION]...")],
    rejected: Annotated[
        Path | None, typer.Option(help="Write all that was refused, and why, into this CSV file.")
    ] = None,
) -> None:
    """Read benchmark files of any known format: files, folders, archives, addresses and repositories."""
    from collector.collection import ingest_benchmarks
    from collector.configuration import load
    from collector.installation import collection
    from collector.terminal import progress_shown
    from db.migration import connect_current

    refused: list[Rejection] = []
    with progress_shown() as show:
        ended = ingest_benchmarks(collection(connect_current(), load(), show), sources, refused.extend)
    if rejected is not None:
        with rejected.open("w", encoding="utf-8", newline="") as report:
            csv.writer(report).writerows([("what", "why"), *((one.what, one.why) for one in refused)])
    if ended.state != "done" or (ended.rejected and not ended.rows):
        raise typer.Exit(1)


@commands.command("run")
def run_suite(
    suite: Annotated[str, typer.Option(help="What to measure.")] = "xla-cpu",
    repeat: Annotated[int, typer.Option(metavar="N", help="Pairs of samples a case, 6 or more.")] = 30,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="CASE", help="Only these: mlp, mlp/training, mlp/training/32 or */*/1."),
    ] = None,
    framework: Annotated[
        str | None, typer.Option(help="TensorFlow or JAX; by default what is there.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show the cases, and end.")] = False,
    seed: Annotated[
        int | None, typer.Option(help="For the order of the pairs; drawn when not given.")
    ] = None,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one case may take.")] = 180,
    folder: Annotated[Path, typer.Option(help="Where the results file goes.")] = Path("var/benchmarks"),
    ingest: Annotated[bool, typer.Option(help="Take the results into the database.")] = True,
    form: FormatOption = Format.TABLE,
) -> None:
    """Measure XLA on against off on this machine, and ingest the results.

    Needs TensorFlow or JAX: make install-bench. docs/benchmarks.md says what the
    figures tell and what they do not.
    """
    from collector.benchmarks.measuring.workloads import suite_named

    if listed:
        from collector.benchmarks.measuring.models import MODELS

        columns = ("case", "frameworks", "meaning")
        known = suite_named(suite)
        here = ", ".join(
            f"{each.name}{'' if each.installed else ' (not installed)'}" for each in known.frameworks
        )
        write(columns, [(each.name, here, MODELS[each.model].meaning) for each in known.workloads], form)
        return
    from collector.benchmarks.measuring.run import Outcome, measure, order_for, row, sentence

    order = replace(
        order_for(suite, only or (), framework, pairs=repeat, seed=seed), timeout=timeout, folder=folder
    )
    outcomes: list[Outcome] = []

    def heard(outcome: Outcome) -> None:
        outcomes.append(outcome)
        typer.echo(sentence(outcome), err=True)

    if ingest:
        from collector.collection import run_benchmarks
        from collector.configuration import load
        from collector.installation import collection
        from db.migration import connect_current

        ended = run_benchmarks(collection(connect_current(), load(), lambda _: None), order, heard)
        if ended.error:
            typer.echo(f"{ended.error}. {ended.next_step or ''}", err=True)
    else:
        for outcome in measure(order, datetime.now(UTC)):
            heard(outcome)
    rows = [row(outcome.result) for outcome in outcomes if isinstance(outcome.result, Mapping)]
    write(list(rows[0]) if rows else ["case"], [list(each.values()) for each in rows], form)
    if outcomes:
        typer.echo(f"Kept in {outcomes[-1].path}", err=True)
    if len(rows) < len(order.measurements):
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


@commands.command("compare")
def compare(
    first: Annotated[str, typer.Argument(metavar="A")],
    second: Annotated[str, typer.Argument(metavar="B")],
    suite: Annotated[str, typer.Option(help="Only this suite.")] = "",
    model: Annotated[str, typer.Option(help="Only this model.")] = "",
    hardware: Annotated[str, typer.Option(help="Only this class: gpu, tpu, x86, arm …")] = "",
    form: FormatOption = Format.TABLE,
) -> None:
    """Every series that two runs have in common, largest difference first.

    A run is a revision (or its first seven characters), a round such as v2.0, or a source.
    """
    from db.benchmarks import comparing
    from db.migration import connect_current

    with connect_current().connect() as connection:
        found = comparing.compare(
            connection, first, second, {"suite": suite, "model": model, "hardware": hardware}
        )
    columns = SHOWN if form is Format.TABLE else found.columns
    write(columns, [tuple(getattr(row, column) for column in columns) for row in found.rows], form)
