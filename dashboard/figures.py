"""One figure for one kind of answer: a metric's rows become a Plotly figure by the metric's own header."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dashboard import lettering, theme
from dashboard.axes import Figure, all_drawn, drawn, framed, hover, stacks, trace
from dashboard.folding import FOLDED, folded, left_over, title_of
from dashboard.language import _, mark
from dashboard.matrices import funnel, heat_map
from dashboard.rows import Definition, Options, Table, Value, joined, runs_of, tabulate

__all__ = ["KINDS", "Definition", "Figure", "Options", "Value", "figure"]

NOT_COMPLETE = mark(" (not complete)")
#: What a mean over a year's periods is called.
MEANS = {
    "week": mark("{window}-week mean"),
    "month": mark("{window}-month mean"),
    "quarter": mark("{window}-quarter mean"),
}


def figure(rows: Sequence[Value], definition: Definition, options: Options) -> Figure:
    """The metric's figure; rows must not be empty (`ValueError`: an empty state says why instead).

    An unknown kind of figure in a metric's header raises `ValueError` naming it.
    """
    if not rows:
        raise ValueError(f"{definition.metric}: there are no rows to draw")
    draw = KINDS.get(definition.figure)
    if draw is None:
        raise ValueError(
            f"{definition.metric}: figure {definition.figure!r} is not known; write one of {', '.join(KINDS)}"
        )
    table = tabulate(rows)
    return draw(folded(table, options.subject) if stacks(definition) else table, definition, options)


def _line(table: Table, definition: Definition, options: Options) -> Figure:
    rest = left_over(table, options.subject)
    shades = theme.colours(table.segments, options.subject, rest)
    traces: list[dict[str, Any]] = []
    labels: list[lettering.EndLabel] = []
    runs = runs_of(table, options.grain)
    for segment in table.segments:
        title = title_of(segment, table, options)
        colour = shades[segment]
        strong = colour.text if colour in (theme.STEWARD, theme.UNKNOWN) else colour.fill
        for place, run in enumerate(runs):
            held = joined(runs, place, table, options.grain)
            values = all_drawn(table.series(segment, held), definition)
            if all(value is None for value in values):
                continue
            open_run = run[0] in table.open_periods
            lonely = sum(value is not None for value in values) == 1
            traces.append(
                trace(
                    segment,
                    held,
                    values,
                    type="scatter",
                    mode="lines+markers" if lonely or len(table.periods) <= 2 else "lines",
                    connectgaps=False,
                    line={
                        "color": strong,
                        "width": 1 if segment in rest else 2,
                        "dash": "dot" if open_run else "solid",
                    },
                    marker={"color": strong, "size": 6},
                    hovertemplate=hover(definition, title, _(NOT_COMPLETE) if open_run else ""),
                )
            )
        last = max(table.values[segment])
        height = drawn(table.value(segment, last), definition)
        if (len(table.segments) > 1 or definition.segments) and height is not None:
            labels.append(lettering.EndLabel(title, height, colour.text))
    return framed(traces, table, definition, options, labels)


def _area(table: Table, definition: Definition, options: Options) -> Figure:
    shades = theme.colours(
        table.segments, options.subject, (FOLDED,) if table.folded else left_over(table, options.subject)
    )
    traces: list[dict[str, Any]] = []
    runs = runs_of(table, options.grain)
    for place, run in enumerate(runs):
        days = joined(runs, place, table, options.grain)
        open_run = run[0] in table.open_periods
        for segment in table.segments:
            colour = shades[segment]
            fill = theme.translucent(colour.fill, 0.4 if open_run else 0.92)
            # Within a period that has rows a segment without one counted nothing;
            # a period without any row is a gap, and ends the stretch.
            values = all_drawn((value or 0.0 for value in table.series(segment, days)), definition)
            title = title_of(segment, table, options)
            traces.append(
                trace(
                    segment,
                    days,
                    values,
                    type="scatter",
                    mode="lines+markers" if len(days) == 1 else "lines",
                    stackgroup=f"stretch {place}",
                    fillcolor=fill,
                    line={
                        "color": colour.fill,
                        "width": 1 if open_run else 0.5,
                        "dash": "dot" if open_run else "solid",
                    },
                    marker={"color": colour.fill, "size": 6},
                    hovertemplate=hover(definition, title, _(NOT_COMPLETE) if open_run else ""),
                )
            )
    return framed(traces, table, definition, options, _stack_labels(table, definition, options, shades))


def _bar(table: Table, definition: Definition, options: Options) -> Figure:
    shades = theme.colours(
        table.segments, options.subject, (FOLDED,) if table.folded else left_over(table, options.subject)
    )
    closed = [day for day in table.periods if day not in table.open_periods]
    opened = [day for day in table.periods if day in table.open_periods]
    traces: list[dict[str, Any]] = []
    for segment in table.segments:
        title = title_of(segment, table, options)
        for days, open_bars in ((closed, False), (opened, True)):
            held = [day for day in days if day in table.values[segment]]
            if not held:
                continue
            colour = shades[segment].fill
            traces.append(
                trace(
                    segment,
                    held,
                    all_drawn(table.series(segment, held), definition),
                    type="bar",
                    marker={
                        "color": theme.translucent(colour, 0.3) if open_bars else colour,
                        "line": {"color": colour, "width": 1 if open_bars else 0},
                    },
                    hovertemplate=hover(definition, title, _(NOT_COMPLETE) if open_bars else ""),
                )
            )
    stacked = stacks(definition)
    label = _stack_labels if stacked else _side_labels
    labels = label(table, definition, options, shades)
    mean = lettering.moving_mean(table, options.grain) if stacked else None
    if mean is not None:
        window, points = mean
        title = _(MEANS[options.grain]).format(window=window)
        heights = [drawn(value, definition) or 0.0 for _day, value in points]
        traces.append(
            trace(
                "mean",
                [day for day, _value in points],
                heights,
                type="scatter",
                mode="lines",
                line={"color": theme.NEUTRAL.fill, "width": 1.8},
                hovertemplate=hover(definition, title),
            )
        )
        labels = [*labels, lettering.EndLabel(title, heights[-1], theme.NEUTRAL.text)]
    result = framed(traces, table, definition, options, labels)
    result["layout"]["barmode"] = "relative" if stacked else "group"
    result["layout"]["bargap"] = 0.18
    return result


def _stack_labels(
    table: Table, definition: Definition, options: Options, shades: Mapping[str, theme.Colour]
) -> list[lettering.EndLabel]:
    if len(table.segments) < 2 and (table.segments[0] == "all" or not definition.segments):
        return []
    closed = [day for day in table.periods if day not in table.open_periods]
    last = (closed or list(table.periods))[-1]
    labels, floor = [], 0.0
    for segment in table.segments:
        height = drawn(table.value(segment, last) or 0.0, definition) or 0.0
        title = title_of(segment, table, options)
        labels.append(lettering.EndLabel(title, floor + height / 2, shades[segment].text))
        floor += height
    # Of labels at one height those that come first are put on top: here it is the last part.
    return labels[::-1]


def _side_labels(
    table: Table, definition: Definition, options: Options, shades: Mapping[str, theme.Colour]
) -> list[lettering.EndLabel]:
    """Labels of bars that stand side by side, at the heights of their last ones."""
    labels = []
    for segment in table.segments:
        height = drawn(table.value(segment, max(table.values[segment])), definition) or 0.0
        title = title_of(segment, table, options)
        labels.append(lettering.EndLabel(title, height, shades[segment].text))
    return labels


#: What a metric's header may name as its figure.
KINDS: dict[str, Callable[[Table, Definition, Options], Figure]] = {
    "line": _line,
    "area": _area,
    "stacked_area": _area,
    "bar": _bar,
    "stacked_bar": _bar,
    "heat_map": heat_map,
    "funnel": funnel,
}
