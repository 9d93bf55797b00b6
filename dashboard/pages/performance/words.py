"""How rows of benchmarks are written: hardware, times, rates and what is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dashboard import wording
from dashboard.benchmark_figures import Point
from dashboard.language import _, mark
from dashboard.language.values import called
from dashboard.pages.performance.question_card import NOTHING, Column

UNKNOWN = NOTHING
#: The longest title that a row of a figure has room for: two lines on a telephone.
LONGEST_TITLE = 96
#: Fields whose values are words of this program, and not names.
_WORDS = ("claim", "state", "status", "verdict", "certainty", "metric", "platform", "device")


def text(value: object) -> str:
    """A value as text; what is not known is a dash."""
    return UNKNOWN if value is None or value == "" else str(value)


def hardware(row: Any) -> str:
    """`8 × V100`; without a number where it is not stated."""
    return f"{row.devices:,} × {row.device}" if row.devices else called(text(row.device))


def value(number: float | None, unit: str) -> str:
    """A value with its unit; seconds in the unit that people would say."""
    return UNKNOWN if number is None else wording.measured(number, unit)


def measure(metric: str) -> str:
    """What is measured: `time to train`."""
    return called(metric.replace("_", " "))


def times(number: float | None) -> str:
    """`1.47×`, `0.92×`, `15,913×`."""
    if number is None:
        return UNKNOWN
    return f"{number:,.2f}×" if number < 100 else f"{number:,.0f}×"


def compiler(name: str | None) -> str:
    """XLA with the name of its passes; other compilers as they are called."""
    if not name:
        return UNKNOWN
    beginning, _colon, passes = name.partition(":")
    title = "XLA" if beginning == "xla" else beginning
    return f"{title}, {passes.replace('_', ' ')}" if passes else title


def passes(name: str | None) -> str:
    """What tells compilers apart in a title: XLA's passes, or that there was none."""
    return "" if name in (None, "unknown") else _("no compiler") if name == "none" else compiler(name)


def joined(*parts: object) -> str:
    """What is known of the parts, a dot between them; claims and states as readers call them."""
    return " · ".join(called(str(part)) for part in parts if part not in (None, "", UNKNOWN))


def last_of(last: Point, unit: str) -> str:
    """A chart's last point in words."""
    return _("Last: {series} {value:.3g} {unit} ({words}).").format(
        series=last.series, value=last.value, unit=unit, words=last.words
    )


def in_the_table(rest: int) -> str:
    """That rows are not drawn, behind another remark; nothing where all are."""
    if not rest:
        return ""
    return wording.counted(rest, "; {count} more row in the table", "; {count} more rows in the table")


def shortened(title: str) -> str:
    """A title that a row of a figure has room for."""
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip(" ·") + "…"


def column(title: str, field: str) -> Column:
    """A column that writes a field as it is, claims and states as readers call them."""
    words = called if field in _WORDS else str
    return Column(title, lambda row: words(text(getattr(row, field))))


HARDWARE = Column(mark("Hardware"), hardware)
CLAIM = column(mark("Claim"), "claim")
SOURCE = replace(column(mark("Source"), "source"), wraps=True)
