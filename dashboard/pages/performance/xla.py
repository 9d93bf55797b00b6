"""What XLA gives, whether that changed over the years, and where it hurts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dashboard import wording
from dashboard.benchmark_figures import Dot, Point, against_line, over_time
from dashboard.pages.performance.question_card import Column, Drawn, QuestionCard, Reader, Rows
from dashboard.pages.performance.words import (
    CLAIM,
    HARDWARE,
    SOURCE,
    column,
    compiler,
    hardware,
    joined,
    shortened,
    text,
    times,
    value,
)

#: So many pairs are drawn one by one; all of them stand in the table.
DRAWN = 20
CAPTION = "speed with XLA over speed without"


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
                f"band {times(row.low)} to {times(row.high)}" if row.low is not None else "noise not known",
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
    return f"{row.metric.replace('_', ' ')}: {value(row.before, row.unit)} → {value(row.after, row.unit)}"


def _passes(name: str) -> str:
    return compiler(name).removeprefix("XLA").removeprefix(", ")


def _gain(rows: Rows, reader: Reader) -> Drawn:
    drawn = _chosen(rows)
    slower = sum(row.value < 1 for row in drawn)
    rest = len(rows) - len(drawn)
    note = "hollow: not only XLA differs, or only the ratio is known"
    if rest:
        note += f"; {wording.counted(rest, 'more row')} in the table"
    return Drawn(
        against_line(_dots(drawn), 1, reader.styles, suffix="×", caption=CAPTION),
        f"{len(drawn)} pairs, {slower} of them slower with XLA; the largest gain is "
        f"{times(max(row.value for row in drawn))}.",
        note,
    )


def _years(rows: Rows, reader: Reader) -> Drawn:
    stated = [row for row in rows if row.hardware_class != "unknown"] or list(rows)
    points = [
        Point(
            row.device,
            date(row.year, 7, 1),
            row.value,
            f"{row.device}, {row.year}: quartiles {times(row.low)} to {times(row.high)}, "
            f"{wording.counted(row.cases, 'case')}, {row.slower:.0%} slower, {row.claim}",
        )
        for row in stated
    ]
    last = max(stated, key=lambda row: row.year)
    return Drawn(
        over_time(points, "times as fast", reader.styles, line=(1.0, "no gain")),
        f"In {last.year} the median on {last.device} is {times(last.value)}.",
        "machines that are not stated are in the table" if len(stated) < len(rows) else "",
    )


def _slower(rows: Rows, reader: Reader) -> Drawn:
    drawn = rows[:DRAWN]
    certain = sum(row.certainty == "beyond the noise" for row in rows)
    return Drawn(
        against_line(_dots(drawn), 1, reader.styles, suffix="×", caption=CAPTION),
        f"{wording.counted(len(rows), 'case')} slower with XLA, {certain} of them beyond the noise.",
        f"{certain} of {len(rows)} beyond the noise",
    )


_PAIR = (
    column("Model", "test"),
    column("Scenario", "scenario"),
    HARDWARE,
    column("Precision", "precision"),
    Column("Compiler", lambda row: compiler(row.compiler)),
    column("Year", "year"),
    Column("Without", lambda row: value(row.before, row.unit), True),
    Column("With", lambda row: value(row.after, row.unit), True),
    Column("Times as fast", lambda row: times(row.value), True),
    Column("Band", lambda row: f"{times(row.low)}–{times(row.high)}" if row.low is not None else "—", True),
    Column("Pairs", lambda row: f"{row.pairs:,}", True),
    Column("Slower", lambda row: f"{row.slower:.0%}", True),
)
CARDS = (
    QuestionCard("xla-gain", "xla_gain", (*_PAIR, CLAIM, column("Note", "note"), SOURCE), _gain),
    QuestionCard(
        "xla-by-year",
        "xla_by_year",
        (
            column("Year", "year"),
            column("Platform", "platform"),
            column("Hardware", "device"),
            Column("Cases", lambda row: f"{row.cases:,}", True),
            Column("Median", lambda row: times(row.value), True),
            Column("Quartiles", lambda row: f"{times(row.low)}–{times(row.high)}", True),
            Column("Slower", lambda row: f"{row.slower:.0%}", True),
            CLAIM,
        ),
        _years,
    ),
    QuestionCard(
        "xla-slower",
        "xla_slower",
        (*_PAIR, column("Certainty", "certainty"), CLAIM, SOURCE),
        _slower,
        empty="XLA made nothing of what is chosen slower, or no pair of it is held.",
    ),
)
