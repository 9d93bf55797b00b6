"""Who answers within a latency budget that the reader sets."""

from __future__ import annotations

from dashboard import wording
from dashboard.benchmark_figures import Dot, against_line
from dashboard.language import _, mark
from dashboard.pages.performance.question_card import Column, Drawn, QuestionCard, Reader, Rows
from dashboard.pages.performance.words import (
    CLAIM,
    HARDWARE,
    SOURCE,
    column,
    hardware,
    in_the_table,
    joined,
    shortened,
    text,
    value,
)

DRAWN = 24


def _budget(rows: Rows, reader: Reader) -> Drawn:
    budget = reader.chosen.budget
    drawn = rows if len(rows) <= DRAWN else _spread(rows)
    dots = [
        Dot(
            shortened(joined(row.platform, row.model, row.scenario)),
            row.platform,
            row.best * 1000,
            _("{part} of {whole}").format(part=row.within_budget, whole=row.devices_known),
            joined(
                _("best {value}").format(value=value(row.best, "second")),
                hardware(row),
                row.who,
                row.claim,
                text(row.source),
            ),
            row.best * 1000,
            row.slowest * 1000,
            row.within_budget > 0,
        )
        for row in drawn
    ]
    kept = sum(row.within_budget for row in rows)
    known = sum(row.devices_known for row in rows)
    note = _("bold: devices within the budget of those known; the bar goes to the slowest of them")
    if len(drawn) < len(rows):
        note += in_the_table(len(rows) - len(drawn))
    return Drawn(
        against_line(dots, budget, reader.styles, suffix="", caption=_("ms, best device"), measured=True),
        wording.counted(
            known,
            "{kept} of {count} device answered within {budget} ms.",
            "{kept} of {count} devices answered within {budget} ms.",
            kept=kept,
            budget=f"{budget:g}",
        ),
        note,
    )


def _spread(rows: Rows) -> Rows:
    """As many rows as there is room for, of every platform in turn, the fastest first."""
    by_platform: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        by_platform.setdefault(row.platform, []).append(place)
    turns = [own[turn] for turn in range(DRAWN) for own in by_platform.values() if turn < len(own)]
    return [rows[place] for place in sorted(turns[:DRAWN])]


CARDS = (
    QuestionCard(
        "latency-budget",
        "latency_budget",
        (
            column(mark("Hardware line"), "platform"),
            column(mark("Model"), "model"),
            column(mark("Scenario"), "scenario"),
            Column(mark("Devices"), lambda row: f"{row.devices_known:,}", True),
            Column(mark("Within the budget"), lambda row: f"{row.within_budget:,}", True),
            Column(mark("Best"), lambda row: value(row.best, "second"), True),
            Column(mark("Slowest"), lambda row: value(row.slowest, "second"), True),
            Column(mark("Best device"), HARDWARE.text),
            column(mark("By"), "who"),
            CLAIM,
            SOURCE,
        ),
        _budget,
        title=lambda reader: _("Who answers within {budget:g} ms?").format(budget=reader.chosen.budget),
    ),
)
