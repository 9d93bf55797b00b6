"""What is written into figures: labels at the ends of lines, milestones, targets, ticks that fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from dashboard import periods, theme, wording
from dashboard.language import _
from dashboard.rows import Definition, Options, Table
from db.metrics.calendar import period_end

#: Widths and heights of text in pixels, at the size in which labels are written.
CHARACTER = 7.9
LINE = 16
#: Width of a character of milestones' texts, which are smaller, and the height that they take.
SMALL, MILESTONE = 6.3, 12
#: The margin where there is no label.
NO_LABEL = 10
#: How far labels may stand out of the plot at the top: their middles lie within, or they are not drawn.
ROOF = LINE // 2 - 1
#: A longer label is broken over two lines, and then cut.
WIDEST = 15
#: How wide a plot is at least (on a telephone); only used to keep milestone texts apart.
USUAL_WIDTH = 230
#: The letters of East Asian scripts, from here on, take the room of so many others.
EAST_ASIAN, WIDE = "\u1100", 1.6
#: Units that count events, so that a value is one of its period; stocks (stars, open issues),
#: heads and durations are not.
COUNTED_A_PERIOD = frozenset({"commits", "contributions", "papers", "releases"})
#: A stack of more segments is busy enough without a mean of its sums.
MEAN_OF_AT_MOST = 2
#: How many periods of a grain a moving mean goes over: a year.
YEAR_OF = {"week": 52, "month": 12, "quarter": 4}


class EndLabel(NamedTuple):
    """A label to stand right of a figure, at the height of what it names."""

    text: str
    height: float
    colour: str


def wrapped(text: str) -> list[str]:
    """A label in at most two lines of at most `WIDEST` characters, cut with an ellipsis."""
    if _room(text) > 2 * WIDEST and " (" in text:
        text = text[: text.index(" (")]
    if _room(text) > WIDEST and " " not in text:
        # Of a repository that is too long the name says more than its owner.
        text = text.rpartition("/")[2]
    lines = [""]
    for word in re.findall(r"\s*[^\s_-]+[_-]*", text):
        longer = f"{lines[-1]}{word}".strip()
        if _room(longer) <= WIDEST or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word.strip())
    kept = lines[:2]
    if len(lines) > 2:
        kept[1] += "…"
    return [line if len(line) <= WIDEST + 1 else line[:WIDEST] + "…" for line in kept]


def _room(text: str) -> float:
    """How many characters of usual width a text has the room of."""
    return sum(WIDE if character >= EAST_ASIAN else 1 for character in text)


def height_of(labels: Sequence[EndLabel]) -> int:
    """The height in pixels of a plot that has room for the labels above each other."""
    return LINE * sum(len(wrapped(label.text)) for label in labels) - ROOF


def end_labels(labels: Sequence[EndLabel], span: Sequence[float], plot_height: int) -> list[dict[str, Any]]:
    """Annotations for the labels, moved apart where they would overlap."""
    per_pixel = (span[1] - span[0]) / max(plot_height, 1) or 1.0
    texts = [wrapped(label.text) for label in labels]
    ordered = sorted(range(len(labels)), key=lambda place: (labels[place].height, -place))
    middles: dict[int, float] = {}
    ceiling = float("-inf")
    for place in ordered:
        half = len(texts[place]) * LINE / 2
        middle = max((labels[place].height - span[0]) / per_pixel, ceiling + half, half)
        middles[place] = middle
        ceiling = middle + half
    # Pushed out at the top, they move down again as far as those below let them.
    roof = float(plot_height + ROOF)
    for place in reversed(ordered):
        half = len(texts[place]) * LINE / 2
        middles[place] = min(middles[place], roof - half)
        roof = middles[place] - half
    return [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "left",
            "xshift": 8,
            "y": middles[place] * per_pixel + span[0],
            "yref": "y",
            "yanchor": "middle",
            "align": "left",
            "text": "<br>".join(_escaped(line) for line in texts[place]),
            "showarrow": False,
            "font": {"size": 12, "color": labels[place].colour, "weight": 600},
        }
        for place in ordered
    ]


def beside(labels: Sequence[EndLabel]) -> int:
    """The margin that the labels need right of the plot."""
    if not labels:
        return NO_LABEL
    widest = max(_room(line) for label in labels for line in wrapped(label.text))
    return int(widest * CHARACTER) + 18


def milestones(
    marks: Sequence[tuple[date, str]], shown: Sequence[date], grain: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Texts above the plot and dotted lines for the milestones within the shown periods.

    Where their full titles would run into each other on a narrow screen, the
    words that all of them begin with are left out; what still has no room stands
    without a text.
    """
    if not shown:
        return [], []
    first, last = shown[0], period_end(shown[-1], grain)
    days = max((last - first).days, 1)
    texts: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    held = [(day, title) for day, title in sorted(marks) if first <= day <= last]
    places = [(day - first).days / days * USUAL_WIDTH for day, _title in held]
    titles = [title for _day, title in held]
    if any(
        left + len(title) * SMALL + 6 > after
        for left, after, title in zip(places, places[1:], titles, strict=False)
    ):
        titles = _without_common_words(titles)
    free_from = float("-inf")
    for (day, _whole), left, title in zip(held, places, titles, strict=True):
        width = len(title) * SMALL + 6
        # A text that would run out of the figure stands left of its line.
        to_the_left = left + width > USUAL_WIDTH
        begins = left - width if to_the_left else left
        written = title if begins >= free_from else ""
        free_from = max(free_from, begins + width if written else left)
        texts.append(
            {
                "x": day.isoformat(),
                "xref": "x",
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "xanchor": "right" if to_the_left else "left",
                "yshift": -1,
                "text": _escaped(written),
                "showarrow": False,
                "font": {"size": 11, "color": theme.NEUTRAL.text},
            }
        )
        lines.append(
            {
                "type": "line",
                "x0": day.isoformat(),
                "x1": day.isoformat(),
                "xref": "x",
                "y0": 0,
                "y1": 1.03,
                "yref": "paper",
                "line": {"color": theme.NEUTRAL.fill, "width": 1, "dash": "dot"},
            }
        )
    return texts, lines


def _without_common_words(titles: Sequence[str]) -> list[str]:
    """Titles without the words that all of them begin with; one title stays whole."""
    words = [title.split() for title in titles]
    common = 0
    while len(titles) > 1 and all(len(own) > common + 1 and own[common] == words[0][common] for own in words):
        common += 1
    return [" ".join(own[common:]) for own in words]


def target(height: float) -> dict[str, Any]:
    """The line of a target; its label stands with the others at the end."""
    return {
        "type": "line",
        "x0": 0,
        "x1": 1,
        "xref": "paper",
        "y0": height,
        "y1": height,
        "yref": "y",
        "line": {"color": theme.INDEPENDENT.fill, "width": 1, "dash": "dash"},
    }


def caption(text: str, above: int = 0) -> dict[str, Any]:
    """The unit, small, `above` pixels over the top of the value axis: read without turning one's head."""
    return {
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "yshift": 8 + above,
        "text": _escaped(text),
        "showarrow": False,
        "font": {"size": 11, "color": theme.AXIS_TEXT},
    }


def unit_of(definition: Definition, options: Options) -> str:
    """What the value axis counts: `commits a month`, `% of commits`; stocks and durations stand alone."""
    words = wording.axis_title(definition.unit)
    counts = not wording.is_percentage(definition.unit) and definition.unit.casefold() in COUNTED_A_PERIOD
    return _(periods.EACH[options.grain]).format(unit=words) if counts else words


def moving_mean(table: Table, grain: str) -> tuple[int, list[tuple[date, float]]] | None:
    """Mean of the last year's periods at each period, where the whole year is there and over."""
    window = YEAR_OF.get(grain)
    if window is None or len(table.segments) > MEAN_OF_AT_MOST:
        return None
    closed = [day for day in table.periods if day not in table.open_periods]
    totals = [table.total(day) for day in closed]
    points = []
    for place in range(window - 1, len(closed)):
        first = place - window + 1
        if periods.moved(closed[first], grain, window - 1) != closed[place]:
            continue
        points.append((closed[place], sum(totals[first : place + 1]) / window))
    return (window, points) if len(points) >= window else None


def natural(text: str) -> list[tuple[int, str]]:
    """A sorting key by which `2` comes before `10`."""
    parts = re.split(r"(\d+)", text)
    return [(int(part), "") if part.isdigit() else (0, part.casefold()) for part in parts]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
