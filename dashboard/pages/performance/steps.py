"""What became slower or faster in the past year, in which commit range, and what people said of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from dashboard import periods, wording
from dashboard.benchmark_figures import Dot, against_line
from dashboard.components.markup import html
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
    text,
    times,
    value,
)
from dashboard.view import Content
from db.benchmarks.changes import commits_between

DRAWN = 24
YEAR = timedelta(days=365)
#: How much of a revision is shown.
SHORT = 8


def _given(reader: Reader) -> Mapping[str, object]:
    return {"since": (reader.today - YEAR).isoformat()}


def _steps(rows: Rows, reader: Reader) -> Drawn:
    drawn = rows[:DRAWN]
    dots = [
        Dot(
            shortened(joined(row.test, passes(row.compiler), row.scenario, _device(row))),
            row.platform,
            row.ratio,
            times(row.ratio),
            joined(
                row.state,
                f"{measure(row.metric)}:",
                f"{value(row.before, row.unit)} → {value(row.after, row.unit)}",
                _range(row),
                periods.day_named(row.day),
                row.note,
                row.claim,
            ),
            whole=row.state != "suspected",
        )
        for row in drawn
    ]
    worse = sum(row.verdict == "worse" for row in rows)
    suspected = sum(row.state == "suspected" for row in rows)
    rest = len(rows) - len(drawn)
    return Drawn(
        against_line(
            dots, 1, reader.styles, suffix="×", caption=_("after the step over before, right is better")
        ),
        wording.counted(
            len(rows),
            "{count} change, {worse} of them for the worse, {suspected} only suspected.",
            "{count} changes, {worse} of them for the worse, {suspected} only suspected.",
            worse=worse,
            suspected=suspected,
        ),
        _("{worse} for the worse, {better} for the better; hollow: suspected ({suspected})").format(
            worse=worse, better=len(rows) - worse, suspected=suspected
        )
        + in_the_table(rest),
    )


def _device(row: Any) -> str:
    return hardware(row) if row.devices else str(row.device)


def _range(row: Any) -> str:
    return f"{(row.revision_before or '?')[:SHORT]}…{(row.revision_after or '?')[:SHORT]}"


def _linked(row: Any) -> Content:
    """The commit range, a link where its commits can be read."""
    address = commits_between(row.source, row.revision_before, row.revision_after)
    return html.A(_range(row), href=address, rel="noreferrer") if address else _range(row)


CARDS = (
    QuestionCard(
        "changes",
        "changes",
        (
            column(mark("State"), "state"),
            column(mark("Verdict"), "verdict"),
            Column(mark("Times as good"), lambda row: times(row.ratio), True),
            column(mark("Test"), "test"),
            column(mark("Scenario"), "scenario"),
            column(mark("Metric"), "metric"),
            HARDWARE,
            Column(mark("Compiler"), lambda row: compiler(row.compiler)),
            Column(mark("Before"), lambda row: value(row.before, row.unit), True),
            Column(mark("After"), lambda row: value(row.after, row.unit), True),
            Column(mark("Commits"), _linked),
            Column(mark("Day"), lambda row: f"{row.day:%Y-%m-%d}"),
            Column(mark("Note"), lambda row: joined(row.note, row.link) or text(None)),
            CLAIM,
        ),
        _steps,
        _given,
        lambda reader: _("What became slower or faster since {month}?").format(
            month=periods.named(reader.today - YEAR, "month")
        ),
        empty=mark(
            "No series stepped in the past year, or none has results enough to tell a step from noise."
        ),
        wide=True,
    ),
)
