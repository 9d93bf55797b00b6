"""Figures that are not drawn over time: heat maps and funnels."""

from __future__ import annotations

from dashboard import lettering, periods, theme, wording
from dashboard.axes import Figure, drawn, layout, plain
from dashboard.language import _
from dashboard.rows import Definition, Options, Table

#: What tells the two sides of a pair apart in a segment, such as "Meta → Google".
PAIR = " → "
#: From little to much. Let through, the little looks like little on white and on near-black alike: cells
#: are drawn as a picture, which no style sheet turns dark.
COLOURS = [[place, theme.translucent(theme.ACCENT.fill, opacity)] for place, opacity in ((0, 0.1), (1, 1))]


def heat_map(table: Table, definition: Definition, options: Options) -> Figure:
    """Pairs as a square of the latest period that is over; other segments as rows over time."""
    closed = [day for day in table.periods if day not in table.open_periods] or list(table.periods)
    around = layout(definition, options)
    if all(PAIR in segment for segment in table.segments):
        pairs = {
            tuple(segment.split(PAIR, 1)): table.value(segment, closed[-1]) for segment in table.segments
        }
        columns = sorted({right for _left, right in pairs})
        rows = sorted({left for left, _right in pairs}, reverse=True)
        cells = [[drawn(pairs.get((row, column)), definition) for column in columns] for row in rows]
        across: list[str] = [plain(wording.segment_title(column, options.steward)) for column in columns]
        seen = "%{y} → %{x}"
        behind = {"rows": rows, "columns": columns, "between": PAIR, "period": closed[-1].isoformat()}
        # Which side is which is what the metric's header says of its segments.
        note = f"{periods.named(closed[-1], options.grain)} · {wording.axis_title(definition.unit)}"
        sides = f" · {_(definition.segments)}" if PAIR.strip() in definition.segments else ""
        # It begins above the names of the rows: on a telephone it needs their room too.
        around["annotations"] = [lettering.caption(note + sides) | {"xshift": -70}]
    else:
        rows = sorted(table.segments, key=lettering.natural, reverse=True)
        cells = [[drawn(table.value(row, day), definition) for day in table.periods] for row in rows]
        across = [periods.named(day, options.grain) for day in table.periods]
        seen = "%{y}, %{x}"
        behind = {"rows": rows, "columns": [day.isoformat() for day in table.periods]}
        every = max(1, len(across) // 5)
        ticks = across[::every]
        broken = ["<br>".join(tick.rsplit(" ", 1)) for tick in ticks]
        around["xaxis"] |= {"tickvals": ticks, "ticktext": broken, "tickangle": 0}
        around["annotations"] = [lettering.caption(wording.axis_title(definition.unit))]
    words = f" {wording.unit_words(definition.unit)}"
    suffix = "%" if wording.is_percentage(definition.unit) else words
    trace = {
        "type": "heatmap",
        "x": across,
        "y": [plain(wording.segment_title(row, options.steward)) for row in rows],
        "z": cells,
        "xgap": 1 if len(across) <= 40 else 0,
        "ygap": 1,
        "colorscale": COLOURS,
        "zmin": 0,
        "zmax": max((cell for row in cells for cell in row if cell is not None), default=1) or 1,
        **({"texttemplate": "%{z:,.3~g}" + suffix.removeprefix(words)} if len(across) <= 8 else {}),
        # Where a click leads: the segment and the period behind each cell, whatever is written beside it.
        "meta": behind,
        "hoverongaps": False,
        "colorbar": {
            "thickness": 8,
            "outlinewidth": 0,
            "tickfont": around["font"],
            "ticksuffix": "%" if wording.is_percentage(definition.unit) else "",
            "nticks": 4,
        },
        "hovertemplate": f"{seen}: <b>%{{z:,.4~g}}{plain(suffix)}</b><extra></extra>",
    }
    around["hovermode"] = "closest"
    around["xaxis"] |= {"type": "category"}
    around["yaxis"] = {
        "automargin": True,
        "tickfont": around["font"],
        "fixedrange": True,
        "type": "category",
        "ticks": "",
        "showgrid": False,
        "zeroline": False,
        "ticksuffix": "  ",
    }
    around["height"] = max(options.height, 60 + 22 * len(rows))
    return {"data": [trace], "layout": around}


def funnel(table: Table, definition: Definition, options: Options) -> Figure:
    """Stages of the latest period that is over, largest first, each with its share of the first."""
    closed = [day for day in table.periods if day not in table.open_periods] or list(table.periods)
    last = closed[-1]
    held = [(segment, table.value(segment, last)) for segment in table.segments]
    stages = sorted(((name, value) for name, value in held if value is not None), key=lambda stage: -stage[1])
    first = stages[0][1] if stages else 0.0
    unit = definition.unit
    texts = [
        wording.amount(value, unit)
        + (_(" · {share:.0%} of the first").format(share=value / first) if place and first > 0 else "")
        for place, (_name, value) in enumerate(stages)
    ]
    around = layout(definition, options)
    names = [plain(wording.segment_title(name, options.steward)) for name, _value in stages]
    shades = [theme.translucent(theme.ACCENT.fill, 1 - 0.13 * min(place, 5)) for place in range(len(stages))]
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [wording.scaled(value, unit) for _name, value in stages],
        "y": names,
        "text": texts,
        "textposition": "outside",
        "textfont": {**around["font"], "color": theme.AXIS_TEXT},
        "cliponaxis": False,
        "meta": {"rows": [name for name, _value in stages], "period": last.isoformat()},
        "marker": {"color": shades},
        "hovertemplate": "%{y}: <b>%{text}</b><extra></extra>",
    }
    around["hovermode"] = "closest"
    around["xaxis"] |= {"range": [0, (wording.scaled(first, unit) or 1) * 1.5], "showticklabels": False}
    around["yaxis"] = {
        "automargin": True,
        "autorange": "reversed",
        "tickfont": around["font"],
        "fixedrange": True,
        "ticksuffix": "  ",
    }
    around["bargap"] = 0.25
    when = f"{periods.named(last, options.grain)}, {wording.axis_title(unit)}"
    around["annotations"] = [lettering.caption(when)]
    return {"data": [trace], "layout": around}
