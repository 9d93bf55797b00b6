"""How the time to train and latency fell from round to round; what may not be mixed stands apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dashboard.benchmark_figures import Point, over_time
from dashboard.language import _, mark
from dashboard.language.values import called
from dashboard.pages.performance.question_card import Column, Drawn, QuestionCard, Reader, Rows
from dashboard.pages.performance.words import (
    CLAIM,
    HARDWARE,
    SOURCE,
    column,
    hardware,
    joined,
    last_of,
    text,
    value,
)

_TOPIC = "by_round"
MINUTES = mark("minutes")


def training_model(reader: Reader) -> str:
    """The model chosen, or the one with most times to train."""
    return reader.chosen.model or reader.held.most(
        "model",
        topic=_TOPIC,
        metric="time_to_train",
        suite=reader.chosen.suite,
        division=reader.chosen.division,
    )


def _training(reader: Reader) -> Mapping[str, object]:
    return {"model": training_model(reader)}


def latency_model(reader: Reader) -> dict[str, object]:
    """The model and scenario chosen, or those with most latencies."""
    wanted = {"topic": _TOPIC, "metric": "latency", "suite": reader.chosen.suite}
    wanted |= {"division": reader.chosen.division}
    model = reader.chosen.model or reader.held.most("model", **wanted)
    return {"model": model, "scenario": reader.held.most("scenario", **wanted, model=model)}


def _drawn(unit: str, length: float, apart: bool = False) -> Callable[[Rows, Reader], Drawn]:
    """Draws best and median in a unit that is so many seconds long."""

    def draw(rows: Rows, reader: Reader) -> Drawn:
        series = {row: _series(row, apart, reader.chosen.division) for row in rows}
        points = [
            Point(
                series[row],
                row.day,
                row.best / length,
                joined(row.round, hardware(row), row.who, row.framework, row.claim),
                row.typical / length if row.results > 1 else None,
            )
            for row in rows
        ]
        styles = dict(reader.styles)
        styles |= {name: reader.styles[row.platform] for row, name in series.items()}
        last = max(points, key=lambda point: point.day)
        return Drawn(
            over_time(points, _(unit), styles),
            last_of(last, _(unit)),
            _("dotted: the median"),
        )

    return draw


def _series(row: Any, apart: bool, chosen: str) -> str:
    if not apart:
        return str(row.platform)
    told = [row.division or _("no division")] if row.division != chosen else []
    told += [called(row.status)] if row.status != "available" else []
    return f"{row.platform}, {', '.join(told)}"


def _title(words: str) -> Callable[[Reader], str]:
    return lambda reader: _(words).format(
        model=training_model(reader) or _("a model"), division=reader.chosen.division
    )


_COLUMNS = (
    column(mark("Round"), "round"),
    column(mark("Hardware line"), "platform"),
    Column(mark("Best"), lambda row: value(row.best, "second"), True),
    Column(mark("Median"), lambda row: value(row.typical, "second"), True),
    Column(mark("Results"), lambda row: f"{row.results:,}", True),
    Column(mark("Best system"), HARDWARE.text),
    column(mark("By"), "who"),
    column(mark("Framework"), "framework"),
)
_END = (CLAIM, SOURCE)
CARDS = (
    QuestionCard(
        "time-to-train",
        "time_to_train",
        (*_COLUMNS, column(mark("Division"), "division"), *_END),
        _drawn(MINUTES, 60),
        _training,
        _title(mark("How long does training {model} take? MLPerf, {division} division")),
    ),
    QuestionCard(
        "time-to-train-on-eight",
        "time_to_train_on_eight",
        (*_COLUMNS, column(mark("Division"), "division"), *_END),
        _drawn(MINUTES, 60),
        _training,
    ),
    QuestionCard(
        "time-to-train-apart",
        "time_to_train_apart",
        (*_COLUMNS, column(mark("Division"), "division"), column(mark("Status"), "status"), *_END),
        _drawn(MINUTES, 60, apart=True),
        _training,
    ),
    QuestionCard(
        "latency-by-round",
        "latency_by_round",
        (column(mark("Scenario"), "scenario"), *_COLUMNS, column(mark("Division"), "division"), *_END),
        _drawn("ms", 0.001),
        latency_model,
        lambda reader: (
            _("How has latency fallen? ")
            + joined(latency_model(reader)["model"], text(latency_model(reader)["scenario"]))
        ),
    ),
)
