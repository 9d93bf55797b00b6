"""What stands around the marks of every figure: axes with units, milestones, comparison, target, labels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import chain
from typing import Any

from dashboard import lettering, periods, theme, ticks, wording
from dashboard.folding import FOLDED
from dashboard.language import _
from dashboard.missing_hours import marked
from dashboard.releases import thinned
from dashboard.rows import Definition, Options, Table
from db.metrics.calendar import period_containing, period_end

#: A Plotly figure as the plain JSON that the browser gets: `{"data": […], "layout": {…}}`.
#: Building it from plotly.py's classes costs many times as long and says nothing more.
Figure = dict[str, Any]

#: How long a period is, as Plotly takes it; weeks are counted from a Monday.
PERIOD_LENGTHS: dict[str, dict[str, Any]] = {
    "day": {},
    "week": {"xperiod": 7 * 86_400_000, "xperiod0": "2018-01-01", "xperiodalignment": "middle"},
    "month": {"xperiod": "M1", "xperiodalignment": "middle"},
    "quarter": {"xperiod": "M3", "xperiodalignment": "middle"},
    "year": {"xperiod": "M12", "xperiodalignment": "middle"},
}
#: Up to here a value axis names every whole number.
FEW = 5
#: How many releases of one period are named.
RELEASES_NAMED = 3
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'


#: Traces that are no part of a whole, or of more than one.
NO_PART = ("all", "mean", "compared", FOLDED)


def trace(segment: str, days: Sequence[date], values: Sequence[float | None], **how: Any) -> dict[str, Any]:
    return {
        "x": list(map(periods.written, days)),
        "y": list(values),
        "name": plain(segment),
        "showlegend": False,
        # Where a click leads: to the rows of this segment.
        **({} if segment in NO_PART else {"meta": {"segment": plain(segment)}}),
        **how,
    }


def hover(definition: Definition, title: str, extra: str = "") -> str:
    suffix = "%" if wording.is_percentage(definition.unit) else ""
    return f"{plain(title)}: <b>%{{y:,.4~g}}{suffix}</b>{extra}<extra></extra>"


def plain(text: str) -> str:
    """Text that Plotly shows as it is: its own little markup is taken apart."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("%{", "% {")


def drawn(value: float | None, definition: Definition) -> float | None:
    return None if value is None else wording.scaled(value, definition.unit)


def all_drawn(values: Iterable[float | None], definition: Definition) -> list[float | None]:
    """As `drawn`, of many."""
    if wording.is_share(definition.unit):
        return [None if value is None else wording.scaled(value, definition.unit) for value in values]
    return list(values)


def stacks(definition: Definition) -> bool:
    return definition.adds_up and definition.figure in ("area", "stacked_area", "bar", "stacked_bar")


def framed(
    traces: list[dict[str, Any]],
    table: Table,
    definition: Definition,
    options: Options,
    labels: Sequence[lettering.EndLabel],
) -> Figure:
    """Axes, units, milestones, comparison, target and direct labels around traces over time."""
    compared = sorted(options.compared)
    if stacks(definition):
        heights: Iterable[float] = table.totals.values()
    else:
        heights = chain.from_iterable(held.values() for held in table.values.values())
    tops = [height or 0.0 for height in all_drawn(heights, definition)]
    tops += [drawn(row.value, definition) or 0.0 for row in compared]
    if options.target is not None:
        tops.append(drawn(options.target, definition) or 0.0)
    top, bottom = max(tops), min(0.0, *tops) if tops else 0.0
    span = [bottom * 1.05, top * 1.12 if top > 0 else 1.0]
    if compared:
        traces.append(
            trace(
                "compared",
                [row.period for row in compared],
                [drawn(row.value, definition) for row in compared],
                type="scatter",
                mode="lines",
                line={"color": theme.COMPARED.fill, "width": 1.5, "dash": "dash"},
                hovertemplate=hover(definition, options.compared_title),
            )
        )
        last = drawn(compared[-1].value, definition) or 0.0
        labels = [*labels, lettering.EndLabel(options.compared_title, last, theme.COMPARED.text)]
    if options.target is not None:
        words = _("Target {value}").format(value=wording.amount(options.target, definition.unit))
        height = drawn(options.target, definition) or 0.0
        labels = [*labels, lettering.EndLabel(words, height, theme.INDEPENDENT.text)]
    released = _released(table, options, span[0])
    if released is not None:
        traces.append(released)
    around = layout(definition, options)
    marks, lines = lettering.milestones(options.milestones, table.periods, options.grain)
    above = lettering.MILESTONE if marks else 0
    around["margin"]["t"] += above
    # Of a few things there is no half.
    wholes = top <= FEW and all(value == int(value) for value in tops)
    values, left = ticks.value_axis(span, wholes, around["yaxis"]["ticksuffix"])
    right = lettering.beside(labels)
    times = ticks.time_axis(table.periods, options.grain, left + right)
    around["xaxis"] |= times | {"automargin": False}
    around["yaxis"] |= values | {"automargin": False, "range": span}
    around["margin"] |= {"l": left, "r": right, "b": ticks.below(table.periods, times)}
    plot = options.height - around["margin"]["t"] - around["margin"]["b"]
    # Labels without room would run out of the figure, the largest parts of a stack first: it grows.
    missing = max(0, lettering.height_of(labels) - plot)
    around["height"] += missing
    plot += missing
    written = lettering.end_labels(labels, span, plot)
    unit = lettering.unit_of(definition, options)
    around["annotations"] = [*written, *marks, lettering.caption(unit, above)]
    lines = [*_missing(table, options), *lines]
    around["shapes"] = lines
    if options.target is not None:
        around["shapes"] = [*lines, lettering.target(drawn(options.target, definition) or 0.0)]
    for drawn_trace in traces:
        # A period is drawn in its middle, so that a milestone within a year stands within its bar.
        drawn_trace |= PERIOD_LENGTHS[options.grain]
    return {"data": traces, "layout": around}


def _missing(table: Table, options: Options) -> list[dict[str, Any]]:
    """A shade behind the marks for each stretch of time of which something is missing."""
    if not table.periods or not options.missing:
        return []
    first, last = table.periods[0], period_end(table.periods[-1], options.grain)
    shade = theme.translucent(theme.NEUTRAL.fill, 0.3)
    return [
        {
            "type": "rect",
            "layer": "below",
            "name": "missing",
            "x0": f"{begin:%Y-%m-%d %H:%M}",
            "x1": f"{end:%Y-%m-%d %H:%M}",
            "xref": "x",
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "fillcolor": shade,
            # An hour of ten years has no width of its own.
            "line": {"color": shade, "width": 1.5},
        }
        for begin, end in marked(options.missing, first, last)
    ]


def _released(table: Table, options: Options, floor: float) -> dict[str, Any] | None:
    """A small mark on the time axis for each period with a release, which names them when pointed at."""
    if not table.periods:
        return None
    first, last = table.periods[0], period_end(table.periods[-1], options.grain)
    by_period: dict[date, list[str]] = {}
    for one in thinned([one for one in options.releases if first <= one.day <= last]):
        by_period.setdefault(period_containing(one.day, options.grain), []).append(plain(one.tag))
    if not by_period:
        return None
    tags = [
        ", ".join(held[:RELEASES_NAMED]) + (" …" if len(held) > RELEASES_NAMED else "")
        for held in by_period.values()
    ]
    return trace(
        "released",
        list(by_period),
        [floor] * len(by_period),
        type="scatter",
        mode="markers",
        text=tags,
        cliponaxis=False,
        marker={"symbol": "triangle-up", "size": 7, "color": theme.NEUTRAL.fill},
        hovertemplate=_("Released: {tags}").format(tags="%{text}") + "<extra></extra>",
    )


def layout(definition: Definition, options: Options) -> dict[str, Any]:
    font = {"family": FONT, "size": 12, "color": theme.AXIS_TEXT}
    return {
        "height": options.height,
        "margin": {"l": 8, "r": 8, "t": 34, "b": 8, "pad": 2},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": font,
        "showlegend": False,
        "hovermode": "x unified",
        "hoverlabel": {
            "bgcolor": theme.HOVER,
            "bordercolor": theme.HOVER,
            "font": {**font, "color": "#ffffff"},
        },
        "xaxis": {
            "showgrid": False,
            "automargin": True,
            "zeroline": False,
            "tickfont": font,
            "ticks": "",
            "fixedrange": True,
        },
        "yaxis": {
            "automargin": True,
            "gridcolor": theme.GRID,
            "zerolinecolor": theme.GRID,
            "zerolinewidth": 1,
            "tickfont": font,
            "ticksuffix": "%" if wording.is_percentage(definition.unit) else "",
            "tickformat": ",~r",
            "nticks": 6,
            "fixedrange": True,
        },
        "dragmode": False,
    }
