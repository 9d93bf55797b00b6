"""How well more devices help."""

from __future__ import annotations

from collections import Counter
from typing import Any

from dashboard.benchmark_figures import Step, scaling
from dashboard.language import _, mark
from dashboard.pages.performance.question_card import Column, Drawn, QuestionCard, Reader, Rows
from dashboard.pages.performance.words import (
    CLAIM,
    SOURCE,
    column,
    compiler,
    in_the_table,
    joined,
    measure,
    text,
    times,
    value,
)

#: So many lines can be told apart.
DRAWN = 14


def _chosen(rows: Rows) -> list[list[Any]]:
    """The lines to draw: of each device the one over most sizes, training before inference."""
    lines: dict[str, list[Any]] = {}
    for row in rows:
        lines.setdefault(row.together, []).append(row)

    def reach(line: list[Any]) -> tuple[bool, float]:
        return line[0].suite != "mlperf-inference", line[-1].devices / line[-1].base_devices

    turns: Counter[str] = Counter()
    ranked: list[tuple[int, list[Any]]] = []
    for line in sorted(lines.values(), key=reach, reverse=True):
        turns[_series(line[0])] += 1
        ranked.append((turns[_series(line[0])], line))
    ranked.sort(key=lambda entry: entry[0])
    return [line for _turn, line in ranked[:DRAWN]]


def _series(row: Any) -> str:
    """The device; machines around POWER processors are a series of their own, whatever accelerates them."""
    return str(row.platform if row.platform == "POWER" else row.device)


def _scaling(rows: Rows, reader: Reader) -> Drawn:
    steps = []
    drawn = _chosen(rows)
    for line in drawn:
        first = line[0]
        # Where the line begins: the fewest devices, by definition at 100%.
        steps.append(
            Step(
                first.together,
                _series(first),
                first.base_devices,
                1.0,
                _("{model} · the fewest").format(model=first.model),
            )
        )
        steps += [Step(row.together, _series(row), row.devices, row.efficiency, _words(row)) for row in line]
    most = max(rows, key=lambda row: row.devices)
    rest = len({row.together for row in rows}) - len(drawn)
    return Drawn(
        scaling(steps, reader.styles),
        _("The most is {count:,} × {device}: {share:.0%} of linear ({model}).").format(
            count=most.devices, device=most.device, share=most.efficiency, model=most.model
        ),
        _("a line per source, model and software") + in_the_table(rest),
    )


def _words(row: Any) -> str:
    kind = measure(row.metric) if row.metric != "speed_up" else _("gain as published")
    return joined(
        row.model,
        _("{part} of {whole}").format(part=times(row.speed_up), whole=row.base_devices),
        kind,
        row.who,
        row.round,
        row.claim,
    )


CARDS = (
    QuestionCard(
        "scaling",
        "scaling",
        (
            column(mark("Model"), "test"),
            column(mark("Scenario"), "scenario"),
            column(mark("Device"), "device"),
            Column(mark("From devices"), lambda row: f"{row.base_devices:,}", True),
            Column(mark("To devices"), lambda row: f"{row.devices:,}", True),
            Column(mark("Times as fast"), lambda row: times(row.speed_up), True),
            Column(mark("Of linear"), lambda row: f"{row.efficiency:.0%}", True),
            Column(mark("On the fewest"), lambda row: value(row.before, row.unit), True),
            Column(mark("On the most"), lambda row: value(row.after, row.unit), True),
            Column(mark("Compiler"), lambda row: compiler(row.compiler)),
            column(mark("By"), "who"),
            Column(mark("Round"), lambda row: text(row.round or row.year)),
            CLAIM,
            SOURCE,
        ),
        _scaling,
    ),
)
