"""Figures of benchmarks: lines over time, dots against a line, and scaling over devices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from dashboard import lettering, theme, wording
from dashboard.axes import Figure, layout, plain
from dashboard.language import _
from dashboard.rows import Definition, Options

#: Height of a row of `against_line`, and of what stands around the rows, in pixels.
ROW, AROUND = 38, 84
#: A telephone has room for so many letters of a row's title; a longer one stands on two lines of its own.
LINE, LINE_HEIGHT = 48, 14
#: From this ratio on an axis of ratios is logarithmic.
SPREAD = 3
#: When the sequence of colours is used up the next round of it is told apart by the line.
DASHES = ("solid", "dot", "dashdot", "longdash")


class Style(NamedTuple):
    """How a series is drawn on every chart."""

    colour: theme.Colour
    dash: str = "solid"


class Point(NamedTuple):
    """A series' value on a day, with the words seen over it; `typical` is the median beside it."""

    series: str
    day: date
    value: float
    words: str
    typical: float | None = None


class Dot(NamedTuple):
    """A row with one value: its title, the value as written, and where the value may lie as well.

    `whole` is drawn filled, others hollow; `series` gives the colour.
    """

    title: str
    series: str
    value: float
    written: str
    words: str
    low: float | None = None
    high: float | None = None
    whole: bool = True


class Step(NamedTuple):
    """A line's point: so many devices bring this share of the linear gain."""

    line: str
    series: str
    devices: int
    share: float
    words: str


def styles(series: Iterable[str]) -> dict[str, Style]:
    """A style for every series that there is: platforms have their own, others take turns in their order."""
    others = [name for name in dict.fromkeys(series) if name not in theme.PLATFORMS]
    found = {name: Style(colour) for name, colour in theme.PLATFORMS.items()}
    for place, name in enumerate(others):
        turn, position = divmod(place, len(theme.SEQUENCE))
        found[name] = Style(theme.SEQUENCE[position], DASHES[turn % len(DASHES)])
    return found


def over_time(
    points: Sequence[Point],
    unit: str,
    drawn: Mapping[str, Style],
    *,
    line: tuple[float, str] | None = None,
    height: int = 330,
) -> Figure:
    """A line a series over days, on a logarithmic value axis, labelled at its end; medians are dotted.

    `line` is a value with its name that a line is drawn at. Values must be
    positive, as times are; `ValueError` names the first that is not.
    """
    for point in points:
        if point.value <= 0:
            raise ValueError(f"{point.series}, {point.day}: {point.value} cannot stand on a logarithmic axis")
    around = layout(Definition("", unit, "line"), Options(height=height))
    traces: list[dict[str, Any]] = []
    labels = []
    for name in sorted({point.series for point in points}, key=str.casefold):
        own = sorted((point for point in points if point.series == name), key=lambda point: point.day)
        style = drawn[name]
        days = [point.day.isoformat() for point in own]
        typical = [point.typical for point in own]
        if any(value is not None and value != point.value for value, point in zip(typical, own, strict=True)):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "name": plain(_("{series}, median").format(series=name)),
                    "x": days,
                    "y": typical,
                    "line": {"color": style.colour.fill, "width": 1, "dash": "dot"},
                    "marker": {
                        "color": theme.PAPER,
                        "size": 5,
                        "line": {"color": style.colour.fill, "width": 1},
                    },
                    "hovertemplate": plain(_("{series}, median").format(series=name))
                    + f": %{{y:,.3~g}} {plain(unit)}<extra></extra>",
                }
            )
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": plain(name),
                "x": days,
                "y": [point.value for point in own],
                "text": [plain(point.words) for point in own],
                "line": {"color": style.colour.fill, "width": 2, "dash": style.dash},
                "marker": {"color": style.colour.fill, "size": 7},
                "hovertemplate": f"<b>%{{y:,.3~g}} {plain(unit)}</b> · %{{text}}<extra></extra>",
            }
        )
        labels.append(lettering.EndLabel(name, math.log10(own[-1].value), style.colour.text))
    values = [value for point in points for value in (point.value, point.typical) if value]
    if line is not None:
        values.append(line[0])
        labels.append(lettering.EndLabel(line[1], math.log10(line[0]), theme.NEUTRAL.text))
        around["shapes"] = [_level(line[0])]
    span = [math.log10(min(values)) - 0.12, math.log10(max(values)) + 0.12]
    written = lettering.end_labels(labels, span, height - around["margin"]["t"] - 30)
    around["margin"]["r"] = lettering.beside(labels)
    around["annotations"] = [*written, lettering.caption(_("{unit}, logarithmic").format(unit=unit))]
    around["hovermode"] = "closest"
    around["yaxis"] |= {"type": "log", "range": span, **_decades(span[1] - span[0])}
    around["xaxis"] |= _days([point.day for point in points])
    return {"data": traces, "layout": around}


def _decades(span: float) -> dict[str, Any]:
    """Ticks of a logarithmic axis over so many decades: few enough to be read."""
    return {"dtick": "D1" if span < 0.5 else "D2" if span < 2.2 else 1, "nticks": 0}


def _named(ends: tuple[float, float], suffix: str) -> dict[str, Any]:
    """The same between two exponents of ten, each tick with its suffix: the browser leaves it off some."""
    span = ends[1] - ends[0]
    digits = range(1, 10) if span < 0.5 else (1, 2, 5) if span < 2.2 else (1,)
    values = [
        digit * 10.0**exponent
        for exponent in range(math.floor(ends[0]), math.ceil(ends[1]) + 1)
        for digit in digits
        if ends[0] <= math.log10(digit) + exponent <= ends[1]
    ]
    return {"tickvals": values, "ticktext": [wording.number(value) + suffix for value in values]}


def _days(days: Sequence[date]) -> dict[str, Any]:
    """An axis that names years; days that are one get room around them."""
    years = max(days).year - min(days).year + 1
    first = date(min(days).year, 1, 1) if years > 1 else date(min(days).year - 1, 7, 1)
    last = date(max(days).year + 1, 1, 1) if years > 1 else date(max(days).year + 1, 7, 1)
    every = max(1, math.ceil(years / 6))
    return {
        "type": "date",
        "tick0": f"{min(days).year}-01-01",
        "dtick": f"M{12 * every}",
        "tickformat": _("%Y"),
        "hoverformat": _("%-d %b %Y"),
        "range": [first.isoformat(), last.isoformat()],
    }


def _level(height: float) -> dict[str, Any]:
    line = {"color": theme.NEUTRAL.fill, "width": 1, "dash": "dash"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": height, "y1": height, "line": line}


def against_line(
    dots: Sequence[Dot],
    line: float | None,
    drawn: Mapping[str, Style],
    *,
    suffix: str,
    caption: str,
    measured: bool = False,
) -> Figure:
    """A row a dot, the first on top, with a line (where there is one) to see it against, and its band.

    `suffix` stands behind the numbers of the axis, `caption` says what it
    counts. Ratios have a stem from the line; `measured` values have none, and a
    logarithmic axis, which ratios have where they span much.
    """
    ordered = list(reversed(dots))
    titles = [_on_lines(dot.title, len(dot.written) + 1) for dot in ordered]
    row = ROW + LINE_HEIGHT * (max(map(len, titles), default=1) - 1)
    around = layout(Definition("", "", "bar"), Options(height=AROUND + row * len(dots)))
    values = [
        value for dot in dots for value in (dot.value, dot.low, dot.high) if value is not None and value > 0
    ]
    values += [line] if line is not None else []
    low, high = min(values), max(values)
    wide = measured or high / low > SPREAD
    ends = (math.log10(low), math.log10(high)) if wide else (low, high)
    room = (ends[1] - ends[0]) * 0.06 or 0.1
    traces = [_dots(ordered, drawn)]
    around |= {
        "hovermode": "closest",
        "shapes": [
            *(_upright(line, len(ordered), 8 / row) if line is not None else []),
            *(
                shape
                for place, dot in enumerate(ordered)
                for shape in _reach(place, dot, None if measured else line, drawn)
            ),
        ],
        # Above its row a title takes no width from the dots, however narrow the screen.
        "annotations": [
            *(
                {
                    "x": 0,
                    "xref": "paper",
                    "xanchor": "left",
                    "y": place,
                    "yanchor": "bottom",
                    "yshift": 5,
                    "text": f"{'<br>'.join(map(plain, title))} <b>{plain(dot.written)}</b>",
                    "showarrow": False,
                    "align": "left",
                    "font": {**around["font"], "size": 11},
                }
                for place, (dot, title) in enumerate(zip(ordered, titles, strict=True))
            ),
            lettering.caption(_("{unit}, logarithmic").format(unit=caption) if wide else caption, above=16),
        ],
    }
    around["xaxis"] |= {
        "type": "log" if wide else "linear",
        "range": [ends[0] - room, ends[1] + room],
        "ticksuffix": suffix,
        "tickformat": ",~r",
        "gridcolor": theme.GRID,
        "showgrid": True,
        "side": "top",
        **(_named((ends[0] - room, ends[1] + room), suffix) if wide else {"nticks": 5}),
    }
    around["yaxis"] = {
        "showticklabels": False,
        "fixedrange": True,
        "range": [-0.5, len(ordered) - 0.15],
        "showgrid": False,
        "zeroline": False,
    }
    around["margin"] |= {"t": 44, "r": 14, "l": 10}
    return {"data": traces, "layout": around}


def _upright(place: float, rows: int, above: float) -> list[dict[str, Any]]:
    """The line beside each dot, up to so much of a row above it: there its title begins, to be read."""
    line = {"color": theme.NEUTRAL.fill, "width": 1, "dash": "dash"}
    return [
        {"type": "line", "x0": place, "x1": place, "y0": row - 0.3, "y1": row + above, "line": line}
        for row in range(rows)
    ]


def _on_lines(title: str, behind: int) -> list[str]:
    """The title on as few lines as a telephone has room for, parted where its own parts are.

    Behind the last of its parts so many letters more are to stand.
    """
    lines = [""]
    parts = title.split(" · ")
    for place, part in enumerate(parts):
        longer = f"{lines[-1]} · {part}" if lines[-1] else part
        room = LINE - (behind if place == len(parts) - 1 else 0)
        if len(longer) > room and lines[-1]:
            lines[-1] += " ·"
            lines.append(part)
        else:
            lines[-1] = longer
    return lines


def _dots(ordered: Sequence[Dot], drawn: Mapping[str, Style]) -> dict[str, Any]:
    colours = [drawn[dot.series].colour.fill for dot in ordered]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [dot.value for dot in ordered],
        "y": list(range(len(ordered))),
        "text": [plain(dot.written) for dot in ordered],
        "customdata": [plain(dot.words) for dot in ordered],
        "marker": {
            "size": 9,
            "color": [
                colour if dot.whole else theme.PAPER for colour, dot in zip(colours, ordered, strict=True)
            ],
            "line": {"color": colours, "width": 2},
        },
        "cliponaxis": False,
        "hovertemplate": "<b>%{text}</b> %{customdata}<extra></extra>",
    }


def _reach(place: int, dot: Dot, line: float | None, drawn: Mapping[str, Style]) -> list[dict[str, Any]]:
    """The stem to the dot where there is a line to begin at, and the band, thicker, where there is one."""
    colour = drawn[dot.series].colour.fill
    usual = {"type": "line", "xref": "x", "yref": "y", "y0": place, "y1": place}
    shapes: list[dict[str, Any]] = []
    if line is not None:
        shapes.append({**usual, "x0": line, "x1": dot.value, "line": {"color": colour, "width": 1}})
    if dot.low is not None and dot.high is not None and dot.low > 0:
        band = {"color": colour, "width": 6}
        shapes.append({**usual, "x0": dot.low, "x1": dot.high, "line": band, "opacity": 0.35})
    return shapes


def scaling(steps: Sequence[Step], drawn: Mapping[str, Style], height: int = 340) -> Figure:
    """Share of the linear gain over the number of devices (logarithmic), a line a group; 100% is perfect."""
    around = layout(Definition("", "share of linear", "line"), Options(height=height))
    traces: list[dict[str, Any]] = []
    ends: dict[str, Step] = {}
    for name in sorted({step.line for step in steps}):
        own = sorted((step for step in steps if step.line == name), key=lambda step: step.devices)
        style = drawn[own[-1].series]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": plain(name),
                "x": [step.devices for step in own],
                "y": [step.share * 100 for step in own],
                "text": [plain(step.words) for step in own],
                "line": {"color": style.colour.fill, "width": 1.5, "dash": style.dash},
                "marker": {"color": style.colour.fill, "size": 6},
                "hovertemplate": _("{share} of linear on {count} devices").format(
                    share="<b>%{y:.0f}%</b>", count="%{x:,}"
                )
                + " · %{text}<extra></extra>",
            }
        )
        last = own[-1]
        if last.series not in ends or last.devices > ends[last.series].devices:
            ends[last.series] = last
    labels = [
        lettering.EndLabel(series, step.share * 100, drawn[series].colour.text)
        for series, step in ends.items()
    ]
    top = max(105.0, *(step.share * 100 * 1.05 for step in steps))
    written = lettering.end_labels(labels, [0, top], height - around["margin"]["t"] - 40)
    counts = [step.devices for step in steps]
    spans = [math.log10(min(counts)) - 0.1, math.log10(max(counts)) + 0.1]
    ticks = [2**power for power in range(15) if 10 ** spans[0] <= 2**power <= 10 ** spans[1]]
    ticks = ticks[:: math.ceil(len(ticks) / 6)] or sorted(set(counts))
    around["margin"] |= {"r": lettering.beside(labels), "b": 30}
    around["annotations"] = [*written, lettering.caption(_("% of linear; devices below, logarithmic"))]
    around["shapes"] = [_level(100)]
    around["hovermode"] = "closest"
    around["yaxis"] |= {"range": [0, top], "ticksuffix": "%"}
    around["xaxis"] |= {
        "type": "log",
        "range": spans,
        "tickangle": 0,
        "tickvals": ticks,
        "ticktext": [f"{tick:,}" for tick in ticks],
    }
    return {"data": traces, "layout": around}
