"""How two runs differ: two revisions, rounds or sources that the reader names."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import wording
from dashboard.benchmark_figures import Dot, against_line
from dashboard.components.markup import dmc, html
from dashboard.language import _, mark
from dashboard.pages.performance.question_card import Column, Drawn, QuestionCard, Reader, Rows
from dashboard.pages.performance.words import (
    CLAIM,
    HARDWARE,
    column,
    compiler,
    hardware,
    in_the_table,
    joined,
    measure,
    passes,
    shortened,
    times,
    value,
)
from dashboard.view import Content

DRAWN = 24
FIRST, SECOND = (
    mark("First run: a revision, round or source"),
    mark("Second run: a revision, round or source"),
)


def runs(reader: Reader) -> tuple[str, str]:
    """The two runs chosen; where one is missing, the one of the two newest of a source."""
    chosen = reader.chosen
    return chosen.a or reader.newest[0], chosen.b or reader.newest[1]


def _given(reader: Reader) -> Mapping[str, object]:
    first, second = runs(reader)
    return {"first": first, "second": second}


def shown(run: str) -> str:
    """A run as a title has room for it: a revision by its beginning."""
    return run[:10] if len(run) == 40 and " " not in run else run or _("nothing")


def _controls(reader: Reader) -> Content:
    """Two fields that are written into the URL; revisions, rounds and sources are taken."""
    first, second = runs(reader)
    # What is no round of a suite is a year, which names no run.
    rounds = sorted(name for name in reader.held.names("round") if not name.isdigit())
    return html.Div(
        [
            dmc.Autocomplete(
                id=f"performance-{letter}",
                value=run,
                data=rounds,
                debounce=True,
                size="sm",
                w=380,
                maw="100%",
                **{"aria-label": _(place)},
            )
            for letter, run, place in (("a", first, FIRST), ("b", second, SECOND))
        ],
        className="filters",
        role="group",
        **{"aria-label": _("Runs to compare")},
    )


def _compared(rows: Rows, reader: Reader) -> Drawn:
    drawn = rows[:DRAWN]
    dots = [
        Dot(
            shortened(
                joined(row.test, passes(row.compiler), row.scenario, hardware(row) if row.devices else "")
            ),
            row.platform,
            row.ratio,
            times(row.ratio),
            joined(
                f"{measure(row.metric)}: {value(row.first_value, row.unit)} → "
                f"{value(row.second_value, row.unit)}",
                row.device,
                row.division,
                row.claim,
            ),
        )
        for row in drawn
    ]
    better = sum(row.ratio > 1 for row in rows)
    rest = len(rows) - len(drawn)
    return Drawn(
        against_line(dots, 1, reader.styles, suffix="×", caption=_("second over first, right is better")),
        wording.counted(
            len(rows),
            "{count} series in both, {better} of them better in the second.",
            "{count} series in both, {better} of them better in the second.",
            better=better,
        ),
        _("{better} of {count} better in the second").format(better=better, count=len(rows))
        + in_the_table(rest),
    )


CARDS = (
    QuestionCard(
        "compare",
        "compare",
        (
            column(mark("Test"), "test"),
            column(mark("Scenario"), "scenario"),
            column(mark("Metric"), "metric"),
            HARDWARE,
            Column(mark("Compiler"), lambda row: compiler(row.compiler)),
            Column(mark("First"), lambda row: value(row.first_value, row.unit), True),
            Column(mark("Second"), lambda row: value(row.second_value, row.unit), True),
            Column(mark("Times as good"), lambda row: times(row.ratio), True),
            Column(mark("Results"), lambda row: f"{row.first_results:,} / {row.second_results:,}", True),
            CLAIM,
        ),
        _compared,
        _given,
        lambda reader: _("How do {first} and {second} differ?").format(
            first=shown(runs(reader)[0]), second=shown(runs(reader)[1])
        ),
        _controls,
        empty=mark("The two runs have no series in common: choose two of one suite and hardware."),
        wide=True,
    ),
)
