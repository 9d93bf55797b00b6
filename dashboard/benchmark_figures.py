"""Figures of benchmarks: values by round on a logarithmic axis, and speed-ups around one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from dashboard import lettering, theme
from dashboard.axes import Figure, layout, plain
from dashboard.rows import Definition, Options

#: Kinds of hardware keep their colours on every chart.
KINDS = ("gpu", "tpu", "x86", "arm", "power", "dsp", "vpu", "npu", "unknown")
TITLES = {
    "gpu": "GPU",
    "tpu": "TPU",
    "x86": "x86",
    "arm": "ARM",
    "power": "POWER",
    "dsp": "DSP",
    "vpu": "VPU",
}
ROW = 40
#: From this ratio on the axis of speed-ups is logarithmic.
SPREAD = 12


class Point(NamedTuple):
    """A series' value on a day, with the words that a reader sees over it."""

    series: str
    day: date
    value: float
    words: str


class SpeedUp(NamedTuple):
    """A pair's speed-up: above 1 it is faster with XLA; `alike` when nothing else differs."""

    title: str
    value: float
    words: str
    alike: bool


def kind_title(kind: str) -> str:
    """What a kind of hardware is called."""
    return TITLES.get(kind, kind)


def over_time(points: Sequence[Point], unit: str, height: int = 320) -> Figure:
    """A line a series over days, on a logarithmic value axis, labelled at its end.

    Values must be positive, as times are; `ValueError` names the first that is not.
    """
    for point in points:
        if point.value <= 0:
            raise ValueError(f"{point.series}, {point.day}: {point.value} cannot stand on a logarithmic axis")
    around = layout(Definition("", unit, "line"), Options(height=height))
    series = sorted({point.series for point in points})
    shades = theme.colours(series)
    traces: list[dict[str, Any]] = []
    labels = []
    for name in series:
        own = sorted((point for point in points if point.series == name), key=lambda point: point.day)
        shade = shades[name]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": plain(kind_title(name)),
                "x": [point.day.isoformat() for point in own],
                "y": [point.value for point in own],
                "text": [plain(point.words) for point in own],
                "line": {"color": shade.fill, "width": 2},
                "marker": {"color": shade.fill, "size": 7},
                "hovertemplate": f"%{{y:,.3~g}} {plain(unit)} · %{{text}}<extra></extra>",
            }
        )
        labels.append(lettering.EndLabel(kind_title(name), math.log10(own[-1].value), shade.text))
    heights = [math.log10(point.value) for point in points]
    span = [min(heights) - 0.15, max(heights) + 0.15]
    plot = height - around["margin"]["t"] - 30
    written, width = lettering.end_labels(labels, span, plot)
    around["margin"]["r"] = width
    around["annotations"] = [*written, lettering.caption(f"{unit}, logarithmic")]
    around["hovermode"] = "closest"
    around["yaxis"] |= {"type": "log", "range": span, "dtick": "D2", "nticks": 0}
    around["xaxis"] |= lettering.time_axis(sorted({point.day for point in points}), "day")
    around["xaxis"] |= {"tickvals": None, "ticktext": None, "range": None}
    return {"data": traces, "layout": around}


def speed_ups(pairs: Sequence[SpeedUp]) -> Figure:
    """A dot a pair on a line from 1: right of it XLA is faster, left of it slower.

    Hollow dots are pairs that differ in more than XLA.
    """
    ordered = list(reversed(pairs))
    around = layout(Definition("", "", "bar"), Options(height=60 + ROW * len(pairs)))
    names = [plain(pair.title) for pair in ordered]
    colours = [theme.ACCENT.fill if pair.value >= 1 else theme.INDEPENDENT.fill for pair in ordered]
    stems = [
        {
            "type": "line",
            "xref": "x",
            "yref": "y",
            "x0": 1,
            "x1": pair.value,
            "y0": place,
            "y1": place,
            "line": {"color": colours[place], "width": 2},
        }
        for place, pair in enumerate(ordered)
    ]
    dots = {
        "type": "scatter",
        "mode": "markers+text",
        "x": [pair.value for pair in ordered],
        "y": list(range(len(ordered))),
        "text": [f"{pair.value:,.2f}×" if pair.value < 100 else f"{pair.value:,.0f}×" for pair in ordered],
        "textposition": ["middle right" if pair.value >= 1 else "middle left" for pair in ordered],
        "textfont": around["font"],
        "customdata": [plain(pair.words) for pair in ordered],
        "marker": {
            "size": 9,
            "color": [
                colour if pair.alike else theme.PAPER for colour, pair in zip(colours, ordered, strict=True)
            ],
            "line": {"color": colours, "width": 2},
        },
        "cliponaxis": False,
        "hovertemplate": "<b>%{text}</b> %{customdata}<extra></extra>",
    }
    values = [pair.value for pair in ordered]
    low, high = max(min(0.9, *values), 1e-3), max(1.1, *values)
    room = (high - low) * 0.2
    around["hovermode"] = "closest"
    wide = high / low > SPREAD
    if wide:
        # Gains of thousands beside a few per cent: only a logarithmic axis shows both.
        room = (math.log10(high) - math.log10(low)) * 0.2
    around["xaxis"] |= {
        "type": "log" if wide else "linear",
        "range": [math.log10(low) - room, math.log10(high) + room] if wide else [low - room, high + room],
        "ticksuffix": "×",
        "gridcolor": theme.GRID,
        "showgrid": True,
        "side": "top",
    }
    around["yaxis"] = {
        "showticklabels": False,
        "fixedrange": True,
        "range": [-0.5, len(ordered) - 0.2],
        "tickfont": around["font"],
        "showgrid": False,
        "zeroline": False,
        "ticksuffix": "  ",
    }
    one = {
        "type": "line",
        "x0": 1,
        "x1": 1,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": theme.NEUTRAL.fill, "width": 1},
    }
    around["shapes"] = [one, *stems]
    # Above its line a title takes no width from the dots, however narrow the screen.
    around["annotations"] = [
        {
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": place,
            "yanchor": "bottom",
            "yshift": 6,
            "text": name,
            "showarrow": False,
            "align": "left",
            "font": {**around["font"], "size": 11},
        }
        for place, name in enumerate(names)
    ]
    around["margin"] |= {"t": 8, "r": 12}
    return {"data": [dots], "layout": around}
