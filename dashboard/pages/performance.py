"""How fast it runs: time to train by hardware and round, and XLA against none, each with its claim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from dashboard import wording
from dashboard.benchmark_answers import ONE_SIZE, Benchmarks, held
from dashboard.benchmark_figures import Point, SpeedUp, kind_title, over_time, speed_ups
from dashboard.components.chart_card import GRAPH
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import dcc, html
from dashboard.pages.layout import Page, Shown
from dashboard.view import Content, View

#: So many pairs are drawn one by one; all of them stand in the table of medians.
DRAWN_PAIRS = 24
CLAIMS = {
    "measured": "measured (from the runs’ own logs)",
    "published": "published (by whoever measured it)",
    "inferred": "inferred (computed from other figures)",
    "second-hand": "second-hand (reported by others)",
}


def show(view: View) -> Shown:
    """Hardware over time, XLA on against off, and where the results come from."""
    lead = "Hardware over time and what the XLA compiler gives; every figure says how it is known."
    known = held(view.connection)
    if known.case is None and known.pairs.empty and known.sources.empty:
        empty = empty_state(
            "No benchmark result is held yet.",
            "“flowmeter bench ingest FOLDER” reads MLPerf training logs and github-action-benchmark "
            "histories; folders named under [benchmarks] in flowmeter.toml are read on schedule.",
        )
        return Shown("Performance", html.Div(empty, className="card"), lead)
    content: list[Content] = []
    if known.case is not None:
        content.append(html.Div(_training(known, known.case), className="cards"))
    if not known.pairs.empty:
        content.append(html.Div(_xla(known.pairs, known.medians), className="cards"))
    content.append(_sources(known.sources))
    return Shown("Performance", content, lead)


def _training(known: Benchmarks, case: str) -> list[Content]:
    best, sized = known.best, known.sized
    cards = [
        _card(
            f"How long does training {case} take at best?",
            "Minutes to the target quality in MLPerf’s closed division, best available system of each round, "
            "of whatever size.",
            _points(best, "hardware_class"),
            best,
            "hardware_class",
        )
    ]
    if not sized.empty:
        cards.append(
            _card(
                f"And on {ONE_SIZE} accelerators?",
                f"The same for systems of exactly {ONE_SIZE} accelerators, so that size does not count: "
                "by family of accelerator.",
                _points(sized, "family"),
                sized,
                "family",
            )
        )
    return cards


def _points(frame: pd.DataFrame, by: str) -> list[Point]:
    return [
        Point(
            str(row[by]),
            row["day"],
            float(row["best_minutes"]),
            f"{row['round'] or row['day']}, {_text(row['best_count'])} × {row['best_family']}, "
            f"{row['best_submitter']}, {row['best_claim']}",
        )
        for row in _records(frame)
        if row[by] and row["best_minutes"] > 0
    ]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _text(value: object) -> str:
    """A value of a frame as text; what is not known is a dash."""
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return "—"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _card(title: str, meaning: str, points: Sequence[Point], frame: pd.DataFrame, by: str) -> Content:
    if not points:
        body = empty_state(
            "No result of this kind is held.", "Ingest more rounds with “flowmeter bench ingest”."
        )
        return html.Section(
            [html.H2(title), html.P(meaning, className="meaning"), body], className="card chart"
        )
    last = max(points, key=lambda point: point.day)
    chart = over_time(points, "minutes")
    rows = [
        (
            _text(row["round"]),
            kind_title(_text(row[by])),
            wording.number(float(row["best_minutes"])),
            wording.number(float(row["typical_minutes"])),
            f"{_text(row['best_count'])} × {_text(row['best_family'])}",
            _text(row["best_submitter"]),
            _text(row["best_claim"]),
        )
        for row in _records(frame)
    ]
    head = ("Round", "Hardware", "Best, minutes", "Median, minutes", "Best system", "By", "Claim")
    return html.Section(
        [
            html.H2(title),
            html.P(meaning, className="meaning"),
            _graph(
                chart, f"{title} Last: {kind_title(last.series)} {last.value:.3g} minutes ({last.words})."
            ),
            _details("Table", head, rows, numbers=(2, 3)),
            html.Div(_claims({row[-1] for row in rows}), className="card-foot"),
        ],
        className="card chart",
    )


def _xla(pairs: pd.DataFrame, summary: pd.DataFrame) -> list[Content]:
    drawn = _chosen(pairs)
    left_out = len(pairs) - len(drawn)
    note = (
        f" {wording.counted(left_out, 'older or less documented pair')} more in the medians beside it."
        if left_out
        else ""
    )
    dots = [
        SpeedUp(
            _pair_title(row),
            float(row["speed_up"]),
            f"{_text(row['metric'])}: {wording.number(float(row['off']))} → "
            f"{wording.number(float(row['on']))} {_text(row['unit'])}, {_text(row['claim'])}",
            row["same_version"] is not False,
        )
        for row in _records(drawn)
    ]
    slower = sum(dot.value < 1 for dot in dots)
    return [
        html.Section(
            [
                html.H2("What does XLA give?"),
                html.P(
                    "Speed with XLA over speed without, everything else the same: right of 1 is faster. "
                    f"Hollow where the framework’s version differs too.{note}",
                    className="meaning",
                ),
                _graph(
                    speed_ups(dots),
                    f"What does XLA give? {len(dots)} pairs, {slower} of them slower with XLA; "
                    f"largest {max(dot.value for dot in dots):.2f} times as fast.",
                ),
                html.Div(_claims({str(row["claim"]) for row in _records(drawn)}), className="card-foot"),
            ],
            className="card chart",
        ),
        html.Section(
            [
                html.H2("Has its gain changed?"),
                html.P(
                    "Median speed-up by year and hardware, each case counted once; slower is the share of "
                    "cases that XLA made slower.",
                    className="meaning",
                ),
                _table(
                    ("Year", "Hardware", "Compiler", "Cases", "Median", "Quartiles", "Slower"),
                    [
                        (
                            _text(row["year"]),
                            _hardware(row),
                            _compiler(row) or "XLA",
                            _text(row["cases"]),
                            f"{row['median']:.2f}×",
                            f"{row['lower_quartile']:.2f}–{row['upper_quartile']:.2f}×",
                            f"{row['slower']:.0%}",
                        )
                        for row in _records(summary)
                    ],
                    numbers=(3, 4, 5, 6),
                ),
            ],
            className="card chart",
        ),
    ]


def _chosen(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs to draw: the newest of each kind, taken from each suite in turn, fastest gain first.

    Where the hardware is stated only such pairs are drawn: micro-benchmarks on
    unstated machines gain thousandfold and would flatten everything else.
    """
    stated = pairs[pairs["hardware_class"] != "unknown"]
    pairs = pairs if stated.empty else stated
    kind = ["suite", "case", "scenario", "metric", "family", "count", "precision", "compiler", "claim"]
    newest = pairs.sort_values("measured_at").groupby(kind, dropna=False, sort=False).tail(1)
    turn = newest.groupby("suite").cumcount()
    taken = newest.assign(turn=turn).sort_values(["turn", "suite"]).head(DRAWN_PAIRS)
    return taken.sort_values("speed_up", ascending=False)


def _pair_title(row: dict[str, Any]) -> str:
    count = _text(row["count"])
    device = f"{count} × {_text(row['family'])}" if count != "—" else _text(row["family"])
    parts = [_text(row["case"]), device]
    told = (_text(row["scenario"]), _text(row["precision"]), _compiler(row))
    parts += [text for text in told if text not in ("", "—")]
    parts.append(str(row["measured_at"].year))
    title = " · ".join(parts)
    return title if len(title) <= 56 else title[:55] + "…"


def _compiler(row: dict[str, Any]) -> str:
    """The pipeline of XLA's passes; empty for plain XLA."""
    return _text(row["compiler"]).removeprefix("xla").removeprefix(":").replace("_", " ")


def _hardware(row: dict[str, Any]) -> str:
    kind, family = _text(row["hardware_class"]), _text(row["family"])
    return family if kind == "unknown" else f"{kind_title(kind)} {family}"


def _sources(sources: pd.DataFrame) -> Content:
    rows = [
        (
            _text(row["format"]).replace("_", " "),
            f"{int(row['sources']):,}",
            f"{int(row['results'] or 0):,}",
            f"{int(row['rejected'] or 0):,}",
        )
        for row in _records(sources)
    ]
    return html.Section(
        [
            html.H2("Where the results come from"),
            html.P("Files and published facts that were read, by format.", className="meaning"),
            _table(("Format", "Sources", "Results", "Refused rows"), rows, numbers=(1, 2, 3)),
        ],
        className="card",
    )


def _claims(claims: set[str]) -> str:
    held = [words for claim, words in CLAIMS.items() if claim in claims]
    return f"Claims: {', '.join(held)}" if held else ""


def _graph(chart: dict[str, Any], words: str) -> Content:
    height = chart["layout"]["height"]
    graph = dcc.Graph(figure=chart, config=GRAPH, responsive=True, style={"height": f"{height}px"})
    return html.Figure(graph, className="figure", role="group", **{"aria-label": words})


def _details(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]
) -> Content:
    return html.Details([html.Summary(title), _table(head, rows, numbers)], className="table-details")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> Content:
    def kind(place: int) -> str:
        return "number" if place in numbers else ""

    cells = [html.Th(text, scope="col", className=kind(place)) for place, text in enumerate(head)]
    body = [html.Tr([html.Td(text, className=kind(place)) for place, text in enumerate(row)]) for row in rows]
    table = html.Table([html.Thead(html.Tr(cells)), html.Tbody(body)], className="plain-table")
    return html.Div(table, className="scrolling", tabIndex=0)


PAGE = Page("performance", "/performance", "Performance", show, filters=False, published=True)
