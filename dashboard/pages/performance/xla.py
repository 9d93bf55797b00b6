"""What XLA gives, whether that changed over the years, and where it hurts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboard import wording
from dashboard.benchmark_figures import Dot, Point, against_line, over_time
from dashboard.language import _, mark
from dashboard.pages.performance.question_card import Column, Drawn, QuestionCard, Reader, Rows
from dashboard.pages.performance.words import (
    CLAIM,
    HARDWARE,
    SOURCE,
    column,
    compiler,
    hardware,
    in_the_table,
    joined,
    measure,
    shortened,
    text,
    times,
    value,
)

#: So many pairs are drawn one by one; all of them stand in the table.
DRAWN = 20
CAPTION = mark("speed with XLA over speed without")


def _chosen(rows: Rows) -> list[Any]:
    """The pairs to draw: from each suite in turn, of stated hardware where there is any.

    Micro-benchmarks on machines that are not stated gain thousandfold and would flatten everything else.
    """
    stated = [row for row in rows if row.hardware_class != "unknown"] or list(rows)
    by_suite: dict[str, list[Any]] = {}
    for row in sorted(stated, key=lambda row: (-row.year, row.model, row.scenario or "", row.devices or 0)):
        by_suite.setdefault(row.suite, []).append(row)
    turns = [own[turn] for turn in range(DRAWN) for own in by_suite.values() if turn < len(own)]
    return sorted(turns[:DRAWN], key=lambda row: -row.value)


def _dots(rows: Sequence[Any]) -> list[Dot]:
    return [
        Dot(
            shortened(
                joined(row.model, _passes(row.compiler), row.scenario, hardware(row), row.precision, row.year)
            ),
            row.platform,
            row.value,
            times(row.value),
            joined(
                _pair(row),
                _("band {low} to {high}").format(low=times(row.low), high=times(row.high))
                if row.low is not None
                else _("noise not known"),
                row.note,
                row.claim,
                text(row.source),
            ),
            row.low,
            row.high,
            row.note is None,
        )
        for row in rows
    ]


def _pair(row: Any) -> str:
    if row.before is None:
        return ""
    return f"{measure(row.metric)}: {value(row.before, row.unit)} → {value(row.after, row.unit)}"


def _passes(name: str) -> str:
    return compiler(name).removeprefix("XLA").removeprefix(", ")


def _gain(rows: Rows, reader: Reader) -> Drawn:
    drawn = _chosen(rows)
    slower = sum(row.value < 1 for row in drawn)
    rest = len(rows) - len(drawn)
    note = _("hollow: not only XLA differs, or only the ratio is known") + in_the_table(rest)
    return Drawn(
        against_line(_dots(drawn), 1, reader.styles, suffix="×", caption=_(CAPTION)),
        _("{count} pairs, {slower} of them slower with XLA; the largest gain is {gain}.").format(
            count=len(drawn), slower=slower, gain=times(max(row.value for row in drawn))
        ),
        note,
    )


def _years(rows: Rows, reader: Reader) -> Drawn:
    stated = [row for row in rows if row.hardware_class != "unknown"] or list(rows)
    points = [
        Point(
            row.device,
            date(row.year, 7, 1),
            row.value,
            wording.counted(
                row.cases,
                "{device}, {year}: quartiles {low} to {high}, {count} case, {slower:.0%} slower, {claim}",
                "{device}, {year}: quartiles {low} to {high}, {count} cases, {slower:.0%} slower, {claim}",
                device=row.device,
                year=row.year,
                low=times(row.low),
                high=times(row.high),
                slower=row.slower,
                claim=row.claim,
            ),
        )
        for row in stated
    ]
    last = max(stated, key=lambda row: row.year)
    return Drawn(
        over_time(points, _("times as fast"), reader.styles, line=(1.0, _("no gain"))),
        _("In {year} the median on {device} is {gain}.").format(
            year=last.year, device=last.device, gain=times(last.value)
        ),
        _("machines that are not stated are in the table") if len(stated) < len(rows) else "",
    )


def _slower(rows: Rows, reader: Reader) -> Drawn:
    drawn = rows[:DRAWN]
    certain = sum(row.certainty == "beyond the noise" for row in rows)
    return Drawn(
        against_line(_dots(drawn), 1, reader.styles, suffix="×", caption=_(CAPTION)),
        wording.counted(
            len(rows),
            "{count} case slower with XLA, {certain} of them beyond the noise.",
            "{count} cases slower with XLA, {certain} of them beyond the noise.",
            certain=certain,
        ),
        _("{certain} of {count} beyond the noise").format(certain=certain, count=len(rows)),
    )


_PAIR = (
    column(mark("Model"), "test"),
    column(mark("Scenario"), "scenario"),
    HARDWARE,
    column(mark("Precision"), "precision"),
    Column(mark("Compiler"), lambda row: compiler(row.compiler)),
    column(mark("Year"), "year"),
    Column(mark("Without"), lambda row: value(row.before, row.unit), True),
    Column(mark("With"), lambda row: value(row.after, row.unit), True),
    Column(mark("Times as fast"), lambda row: times(row.value), True),
    Column(
        mark("Band"), lambda row: f"{times(row.low)}–{times(row.high)}" if row.low is not None else "—", True
    ),
    Column(mark("Pairs"), lambda row: f"{row.pairs:,}", True),
    Column(mark("Slower"), lambda row: f"{row.slower:.0%}", True),
)
CARDS = (
    QuestionCard("xla-gain", "xla_gain", (*_PAIR, CLAIM, column(mark("Note"), "note"), SOURCE), _gain),
    QuestionCard(
        "xla-by-year",
        "xla_by_year",
        (
            column(mark("Year"), "year"),
            column(mark("Platform"), "platform"),
            column(mark("Hardware"), "device"),
            Column(mark("Cases"), lambda row: f"{row.cases:,}", True),
            Column(mark("Median"), lambda row: times(row.value), True),
            Column(mark("Quartiles"), lambda row: f"{times(row.low)}–{times(row.high)}", True),
            Column(mark("Slower"), lambda row: f"{row.slower:.0%}", True),
            CLAIM,
        ),
        _years,
    ),
    QuestionCard(
        "xla-slower",
        "xla_slower",
        (*_PAIR, column(mark("Certainty"), "certainty"), CLAIM, SOURCE),
        _slower,
        empty=mark("XLA made nothing of what is chosen slower, or no pair of it is held."),
    ),
)
