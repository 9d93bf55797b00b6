"""What phones, DSPs and small devices reach, and each platform over the years as a series of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboard import wording
from dashboard.benchmark_figures import Dot, Point, against_line, over_time
from dashboard.language import _, mark
from dashboard.pages.performance.question_card import Column, Drawn, QuestionCard, Reader, Rows
from dashboard.pages.performance.words import (
    CLAIM,
    SOURCE,
    column,
    hardware,
    in_the_table,
    joined,
    last_of,
    measure,
    shortened,
    text,
    value,
)

DRAWN = 22
MILLISECOND = 0.001


def _small_latency(rows: Rows, reader: Reader) -> Drawn | None:
    timed = [row for row in rows if row.metric == "latency" and row.unit == "second"]
    return _small(timed, rows, reader, MILLISECOND, "ms", reader.chosen.budget) if timed else None


def _small_throughput(rows: Rows, reader: Reader) -> Drawn | None:
    """All in things a second: an inference, a sample, a frame and an image are one each."""
    rates = [row for row in rows if row.metric == "throughput"]
    return _small(rates, rows, reader, 1.0, _("items a second"), None) if rates else None


def _small(
    wanted: Sequence[Any], rows: Rows, reader: Reader, scale: float, unit: str, line: float | None
) -> Drawn:
    """The best of every platform in turn, as many as there is room for, the least value first."""
    turns: Counter[str] = Counter()
    ranked = []
    for row in sorted(wanted, key=lambda row: row.best if row.direction == "lower" else -row.best):
        turns[row.platform] += 1
        ranked.append((turns[row.platform], row))
    ranked.sort(key=lambda entry: entry[0])
    drawn = sorted((row for _turn, row in ranked[:DRAWN]), key=lambda row: row.best)
    dots = [
        Dot(
            shortened(joined(row.device, row.model, row.scenario, row.round)),
            row.platform,
            row.best / scale,
            f"{wording.number(row.best / scale)}{' ms' if line is not None else '/s'}",
            joined(row.platform, row.who, row.framework, row.precision, row.claim, text(row.source)),
        )
        for row in drawn
    ]
    budget = _("the line is the budget of {line:g} ms; ").format(line=line) if line is not None else ""
    rest = len(rows) - len(drawn)
    return Drawn(
        against_line(dots, line, reader.styles, suffix="", caption=unit, measured=True),
        _("{count} values from {first} to {last}.").format(
            count=len(drawn), first=dots[0].written, last=dots[-1].written
        ),
        budget
        + wording.counted(
            rest,
            "{count} more row, power and gains over the CPU among them, in the table",
            "{count} more rows, power and gains over the CPU among them, in the table",
        ),
    )


def _given(metric: str) -> Callable[[Reader], Mapping[str, object]]:
    """The metric, and the model chosen or the one that most platforms show."""

    def given(reader: Reader) -> Mapping[str, object]:
        chosen = reader.chosen
        platforms: dict[str, set[str]] = {}
        for row in reader.held.rows:
            if row.topic == "reach" and row.metric == metric and chosen.suite in ("", row.suite):
                platforms.setdefault(row.model, set()).add(row.platform)
        most = max(sorted(platforms), key=lambda model: len(platforms[model]), default="")
        return {"metric": metric, "model": chosen.model or most}

    return given


def _over_time(per_device: bool) -> Callable[[Rows, Reader], Drawn]:
    def draw(rows: Rows, reader: Reader) -> Drawn:
        scale = 1.0 if per_device else MILLISECOND
        unit = _commonest([row.unit for row in rows]) if per_device else "ms"
        drawn = [row for row in rows if row.unit == (unit if per_device else "second")]
        best: dict[tuple[str, int], Point] = {}
        for row in drawn:
            words = joined(row.platform, row.scenario, hardware(row), row.who, row.round, row.claim)
            point = Point(row.platform, row.day, row.best / scale, words)
            held = best.get((row.platform, row.year))
            if held is None or (point.value > held.value) == (row.direction == "higher"):
                best[row.platform, row.year] = point
        points = list(best.values())
        last = max(points, key=lambda point: point.day)
        rest = len(rows) - len(points)
        return Drawn(
            over_time(points, wording.measured_axis(unit), reader.styles),
            last_of(last, wording.measured_axis(unit)),
            _("best of a year") + in_the_table(rest),
        )

    return draw


def _commonest(units: list[str]) -> str:
    return max(sorted(set(units)), key=units.count)


def _title(metric: str, words: str) -> Callable[[Reader], str]:
    return lambda reader: _(words).format(model=_given(metric)(reader)["model"] or _("a model"))


_COLUMNS = (
    column(mark("Hardware line"), "platform"),
    Column(mark("Device"), lambda row: hardware(row) if hasattr(row, "devices") else text(row.device)),
    column(mark("Model"), "model"),
    column(mark("Scenario"), "scenario"),
    Column(mark("Metric"), lambda row: measure(row.metric)),
    Column(mark("Best"), lambda row: value(row.best, row.unit), True),
    column(mark("Round"), "round"),
    column(mark("By"), "who"),
    column(mark("Framework"), "framework"),
    CLAIM,
    SOURCE,
)
CARDS = (
    QuestionCard("small-devices", "small_devices", _COLUMNS, _small_latency),
    QuestionCard(
        "small-throughput",
        "small_devices",
        _COLUMNS,
        _small_throughput,
        title=lambda _reader: _("How much do phones, DSPs and small devices do?"),
    ),
    QuestionCard(
        "latency-by-platform",
        "devices",
        _COLUMNS,
        _over_time(per_device=False),
        _given("latency"),
        _title("latency", mark("How fast does each platform answer? {model}")),
    ),
    QuestionCard(
        "throughput-by-platform",
        "devices",
        _COLUMNS,
        _over_time(per_device=True),
        _given("throughput"),
        _title("throughput", mark("How much does each platform do? {model}")),
    ),
)
