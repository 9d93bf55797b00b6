"""Numbers as people read them: thousands apart, percentages, changes with their sign, ages."""

from __future__ import annotations

from datetime import datetime, timedelta

#: Units whose values are shares between 0 and 1 and read as percentages.
SHARES = frozenset({"share", "ratio", "fraction"})


#: Words of units whose singular is not made by taking the s away; one is never two kinds at once.
IRREGULAR = {"people": "person", "and": "or", "series": "series"}


#: In what seconds are told from twice their length on.
TIMES = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"))


def is_share(unit: str) -> bool:
    """Whether values of the unit lie between 0 and 1 and read as percentages.

    The unit's first word says so: `share`, `share of commits`, `ratio`.
    """
    words = unit.casefold().split()
    return bool(words) and words[0] in SHARES


def is_percentage(unit: str) -> bool:
    """Whether the unit reads as a percentage, however its values are scaled."""
    return is_share(unit) or unit.strip().casefold().startswith(("%", "per cent", "percent"))


def scaled(value: float, unit: str) -> float:
    """The value as it is drawn: shares as percentages, all others as they are."""
    return value * 100 if is_share(unit) else value


def number(value: float) -> str:
    """A number with as many digits as it deserves: `162,135`, `8.2`, `0.25`."""
    size = abs(value)
    if size >= 100 or value == int(value):
        written = f"{value:,.0f}"
    elif size >= 10:
        written = f"{value:.1f}"
    elif size >= 0.1:
        written = f"{value:.2f}"
    else:
        written = f"{value:.2g}"
    if "." in written and "e" not in written:
        written = written.rstrip("0").rstrip(".")
    return written.replace("-", "−")


def amount(value: float, unit: str) -> str:
    """A value without its unit's words, a percentage with its sign: `8.2%`, `1,234`."""
    drawn = scaled(value, unit)
    if is_percentage(unit):
        digits = 0 if abs(drawn) >= 99.95 or drawn == int(drawn) else 1
        return f"{drawn:.{digits}f}%".replace("-", "−")
    return number(drawn)


def measured(value: float, unit: str) -> str:
    """A measured value with its unit; seconds in the unit that people would say: `11.6 minutes`, `0.4 ms`."""
    if unit == "second":
        for length, name in TIMES:
            if abs(value) >= 2 * length:
                return f"{number(value / length)} {name}"
        value, unit = (value, unit) if abs(value) >= 0.1 or value == 0 else (value * 1000, "ms")
    many = unit in ("second", "minute", "hour", "step", "epoch") and number(value) != "1"
    return f"{number(value)} {unit}{'s' if many else ''}"


def unit_words(unit: str, value: float | None = None) -> str:
    """What stands behind a value: nothing of a share but what it is a share of.

    Of a value that reads as one the unit is written in the singular: `1 person a release`.
    """
    if is_share(unit):
        return unit.split(None, 1)[1] if " " in unit.strip() else ""
    if is_percentage(unit):
        return unit.lstrip("% ").strip()
    if value is not None and number(value) in ("1", "−1"):
        return " ".join(_one(word) for word in unit.split())
    return unit


def _one(word: str) -> str:
    """The singular of a unit's word: units are plurals, and their small words and names are none."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if not word.endswith("s") or word.endswith("ss") or not word.islower():
        return word
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]


def axis_title(unit: str) -> str:
    """The unit as an axis names it."""
    words = unit_words(unit)
    if is_percentage(unit):
        return f"% {words}".strip()
    return words


def change(now: float, before: float, unit: str) -> str | None:
    """How a value moved: `+27%`, for percentages `−2.4 points`; None where growth means nothing.

    Growth from zero or over a change of sign has no percentage.
    """
    if is_percentage(unit):
        points = scaled(now, unit) - scaled(before, unit)
        return f"{_signed(round(points, 1))} points"
    if before <= 0 or now < 0:
        return None
    return f"{_signed(round((now / before - 1) * 100, 1))}%"


def _signed(value: float) -> str:
    if value == 0:
        return "±0"
    digits = f"{abs(value):,.0f}" if abs(value) >= 10 or value == int(value) else f"{abs(value):.1f}"
    return ("+" if value > 0 else "−") + digits


def counted(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: `1 row`, `2,000 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def age(then: datetime, now: datetime) -> str:
    """How long ago something was, in the largest fitting unit: `9 hours ago`."""
    passed = now - then
    if passed < timedelta(minutes=1):
        return "just now"
    for length, name in (
        (timedelta(days=365), "year"),
        (timedelta(days=30), "month"),
        (timedelta(days=1), "day"),
        (timedelta(hours=1), "hour"),
        (timedelta(minutes=1), "minute"),
    ):
        if passed >= length:
            return f"{counted(passed // length, name)} ago"
    return "just now"


def segment_title(segment: str, steward: str) -> str:
    """What readers call a segment; the steward by its name."""
    known = {
        "all": "All",
        "steward": steward,
        "proxy": f"{steward} (proxies)",
        "outside": f"Outside {steward}",
        "organization": "Other organisations",
        "organisation": "Other organisations",
        "outside organization": "Other organisations",
        "outside organisation": "Other organisations",
        "independent": "Independent",
        "unknown": "Unknown",
        "bot": "Bots",
        "google_cloud": "Google Cloud",
        "aws": "AWS",
        "azure": "Azure",
        "p90": "90th percentile",
        "median": "Median",
    }
    # The name of a repository is written as it is.
    return known.get(segment.casefold(), segment if "/" in segment else segment.replace("_", " "))
