"""What axes name: values at round steps, and periods as people call them, in the room that there is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dashboard import periods
from dashboard.language import ENGLISH, _, current, mark
from db.metrics.calendar import period_end

#: Width of a period's name below the time axis (over two lines, but of years), and room to the next.
TICK = 34
#: A figure is so wide on a telephone, margins and all; no plot in it counts as narrower than the last.
NARROW_FIGURE, NARROWEST = 346, 120
#: How many of its pixels a figure's margins usually take there.
USUAL_MARGINS = 116
#: Room of a value's letters at the size of the axes, by letter, and beside them; and below the time axis.
DIGIT, POINT, SIGN, BESIDE, BELOW = 7.7, 3.9, 11.5, 11, 26
#: The height of a line of names.
LINE = 16
#: At most so many values are named, and a time axis names nothing shorter than years of so many days.
VALUES, LONG = 6, 3660


def value_axis(span: Sequence[float], wholes: bool, suffix: str) -> tuple[dict[str, Any], int]:
    """Ticks of a value axis at round steps, whole ones where asked, and the margin that their names need.

    The browser would come to about the same, but draws each figure twice to find its margin.
    """
    rough = (span[1] - span[0]) / VALUES
    if wholes:
        rough = max(rough, 1.0)
    size: float = 10.0 ** math.floor(math.log10(rough))
    step = next(size * many for many in (1, 2, 5, 10) if size * many >= rough * (1 - 1e-9))
    first, last = math.ceil(span[0] / step - 1e-9), math.floor(span[1] / step + 1e-9)
    widest = max(_room_of_value(number * step) for number in (first, last, last - 1))
    return {"tick0": 0, "dtick": step}, round(widest + (SIGN if suffix else 0)) + BESIDE


def _room_of_value(value: float) -> float:
    """How wide a number is as axes write it: thousands apart, and no more digits than it has."""
    written = f"{value:,.9f}".rstrip("0").rstrip(".")
    return sum(POINT if letter in ",." else SIGN if letter == "-" else DIGIT for letter in written)


def below(shown: Sequence[date], axis: Mapping[str, Any]) -> int:
    """The margin that the names of a time axis need: most name a month over its year."""
    named: Sequence[str] | None = axis.get("ticktext")
    if named is not None:
        lines = 1 + max(text.count("<br>") for text in named)
    else:
        lines = 1 if (shown[-1] - shown[0]).days > LONG else 2
    return BELOW + LINE * (lines - 1)


def time_axis(shown: Sequence[date], grain: str, beside: int = USUAL_MARGINS) -> dict[str, Any]:
    """Ticks that name periods as people do, and a range that ends with the last of them.

    `beside` is how much of a figure's width its margins take.
    """
    axis: dict[str, Any] = {
        "type": "date",
        "hoverformat": _(_HOVER[grain]),
        "ticklabelmode": "period",
        "tickangle": 0,
    }
    if len(shown) <= 6 or grain == "year":
        # Of few periods far from each other some may be neighbours, with room for the name of one. The last
        # of years is named in any case: which one it is, is asked first.
        room = max(NARROWEST, NARROW_FIGURE - beside)
        apart = (period_end(shown[-1], grain) - shown[0]) * (TICK / room)
        named: list[date] = []
        for day in reversed(shown) if grain == "year" else shown:
            if not named or abs(day - named[-1]) >= apart:
                named.append(day)
        named.sort()
        middles = [day + (period_end(day, grain) - day) / 2 for day in named]
        axis |= {
            "tickvals": [day.isoformat() for day in middles],
            "ticktext": [_tick(day, grain) for day in named],
            "ticklabelmode": "instant",
            "range": [shown[0].isoformat(), (period_end(shown[-1], grain) + timedelta(days=1)).isoformat()],
            "ticklabeloverflow": "allow",
        }
    elif current() != ENGLISH:
        axis["tickformatstops"] = [
            {"dtickrange": [None, "M11"], "value": _("%b %Y").replace(" ", "\n")},
            {"dtickrange": ["M12", None], "value": _("%Y")},
        ]
    # Otherwise the browser chooses as many ticks as the width has room for.
    return axis


#: How periods are written where the browser writes them, in the letters of its date formats.
_HOVER = {
    "day": mark("%-d %b %Y"),
    "week": mark("week of %-d %b %Y"),
    "month": mark("%b %Y"),
    "quarter": mark("Q%q %Y"),
    "year": mark("%Y"),
}


def _tick(day: date, grain: str) -> str:
    if grain == "week":
        return "<br>".join(periods.day_named(day).rsplit(" ", 1))
    return "<br>".join(periods.named(day, grain).rsplit(" ", 1))
