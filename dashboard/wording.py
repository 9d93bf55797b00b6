"""Numbers as people read them, in their language: thousands apart, percentages, changes, ages."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache

from babel.numbers import get_decimal_symbol, get_group_symbol

from dashboard.language import _, _n, current, locale, mark
from dashboard.language.values import scope_words

#: Units whose values are shares between 0 and 1 and read as percentages.
SHARES = frozenset({"share", "ratio", "fraction"})


#: Words of units whose singular is not made by taking the s away; one is never two kinds at once.
IRREGULAR = {"people": "person", "and": "or", "series": "series"}


_HOUR = timedelta(hours=1)
#: In what seconds are told from twice their length on.
TIMES = ((86400.0, mark("{number} days")), (3600.0, mark("{number} hours")), (60.0, mark("{number} minutes")))
#: How values in units that have a plural are written.
MEASURED = {
    "second": (mark("{number} second"), mark("{number} seconds")),
    "minute": (mark("{number} minute"), mark("{number} minutes")),
    "hour": (mark("{number} hour"), mark("{number} hours")),
    "step": (mark("{number} step"), mark("{number} steps")),
    "epoch": (mark("{number} epoch"), mark("{number} epochs")),
    "frame/second": (mark("{number} frame a second"), mark("{number} frames a second")),
    "image/second": (mark("{number} image a second"), mark("{number} images a second")),
    "inference/second": (mark("{number} inference a second"), mark("{number} inferences a second")),
    "iteration/second": (mark("{number} iteration a second"), mark("{number} iterations a second")),
    "query/second": (mark("{number} query a second"), mark("{number} queries a second")),
    "sample/second": (mark("{number} sample a second"), mark("{number} samples a second")),
}
#: How counts are written where a language does not just put the unit behind the number.
COUNTED = {
    "change requests": mark("{number} change requests"),
    "commits": mark("{number} commits"),
    "hours": mark("{number} hours"),
    "organisations": mark("{number} organisations"),
    "people": mark("{number} people"),
    "releases": mark("{number} releases"),
    "stars": mark("{number} stars"),
}
#: How an axis names what is measured.
MEASURED_AXES = {
    "frame/second": mark("frames a second"),
    "image/second": mark("images a second"),
    "inference/second": mark("inferences a second"),
    "iteration/second": mark("iterations a second"),
    "query/second": mark("queries a second"),
    "sample/second": mark("samples a second"),
}
#: How a segment is called; those of organisations go by several names.
OTHERS = mark("Other organisations")
SEGMENTS = {
    "all": mark("All"),
    "steward": mark("{steward}"),
    "proxy": mark("{steward} (proxies)"),
    "outside": mark("Outside {steward}"),
    "organization": OTHERS,
    "organisation": OTHERS,
    "outside organization": OTHERS,
    "outside organisation": OTHERS,
    "other organisations": OTHERS,
    "independent": mark("Independent"),
    "unknown": mark("Unknown"),
    "bot": mark("Bots"),
    "google_cloud": "Google Cloud",
    "aws": "AWS",
    "azure": "Azure",
    "p90": mark("90th percentile"),
    "median": mark("Median"),
    "commit": mark("Commits"),
    "coauthored commit": mark("Co-authored commits"),
    "pull request": mark("Change requests"),
    "merged pull request": mark("Merged change requests"),
    "review": mark("Reviews"),
    "issue": mark("Issues"),
    "comment": mark("Answers"),
    "x86": "x86",
    "arm": "Arm",
    "power": "POWER",
    **{name: name.upper() for name in ("cpu", "gpu", "tpu", "dsp", "vpu", "npu")},
}


@lru_cache(maxsize=256)
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
    return in_symbols(written.replace("-", "−"))


def whole(value: float) -> str:
    """A whole number, thousands apart: `162,135`."""
    return in_symbols(f"{value:,.0f}")


def in_symbols(written: str) -> str:
    """An English number with the marks that the language puts between thousands and before decimals."""
    if current() == "en":
        return written
    return written.translate({ord(","): get_group_symbol(locale()), ord("."): get_decimal_symbol(locale())})


def amount(value: float, unit: str) -> str:
    """A value without its unit's words, a percentage with its sign: `8.2%`, `1,234`."""
    drawn = scaled(value, unit)
    if is_percentage(unit):
        # What is not quite nothing is told from nothing.
        rounded = round(drawn, 1)
        digits = 0 if abs(drawn) >= 99.95 or (rounded.is_integer() and bool(rounded) == bool(drawn)) else 1
        return in_symbols(f"{drawn:.{digits}f}%".replace("-", "−"))
    return number(drawn)


def measured(value: float, unit: str) -> str:
    """A measured value with its unit; seconds in the unit that people would say: `11.6 minutes`, `0.4 ms`."""
    if unit == "second":
        for length, name in TIMES:
            if abs(value) >= 2 * length:
                return _(name).format(number=number(value / length))
        value, unit = (value, unit) if abs(value) >= 0.1 or value == 0 else (value * 1000, "ms")
    written = number(value)
    one, many = MEASURED.get(unit, (f"{{number}} {unit}",) * 2)
    return _(one if written == "1" else many).format(number=written)


def measured_axis(unit: str) -> str:
    """The unit of measured values as an axis names it: `samples a second`."""
    return _(MEASURED_AXES.get(unit, unit))


def unit_words(unit: str, value: float | None = None) -> str:
    """What stands behind a value: nothing of a share but what it is a share of.

    Of a value that reads as one the unit is written in the singular: `1 person a release`.
    """
    if is_share(unit):
        return _(unit.split(None, 1)[1]) if " " in unit.strip() else ""
    if is_percentage(unit):
        return _(unit.lstrip("% ").strip())
    if value is not None and number(value) in ("1", "−1"):
        singular = " ".join(map(_one, unit.split()))
        return _(singular)
    return _(unit)


def with_unit(value: float, unit: str) -> str:
    """A value with its unit's words: `31 people`; some languages join the two, or turn them round."""
    amount_alone = amount(value, unit)
    if unit in COUNTED and current() != "en":
        return _(COUNTED[unit]).format(number=amount_alone)
    return f"{amount_alone} {unit_words(unit, value)}".rstrip()


def kind_words(kind: str) -> str:
    """What rows are called where none are counted: some languages count people by another word."""
    return _("People").lower() if kind == "people" else things(kind)


def things(rows: str, value: float | None = None) -> str:
    """What the rows behind a number are called, by the name that metrics' headers give them."""
    return unit_words(rows.replace("_", " ").replace("organizations", "organisations"), value)


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
        return _("% {words}").format(words=words) if words else "%"
    return words


def change(now: float, before: float, unit: str) -> str | None:
    """How a value moved: `+27%`, for percentages `−2.4 points`; None where growth means nothing.

    Growth from zero or over a change of sign has no percentage.
    """
    if is_percentage(unit):
        points = round(scaled(now, unit) - scaled(before, unit), 1)
        told = _("{change} point") if abs(points) == 1 else _("{change} points")
        return told.format(change=_signed(points))
    if before <= 0 or now < 0:
        return None
    return f"{_signed(round((now / before - 1) * 100, 1))}%"


def difference(value: float) -> str:
    """A difference with its sign: `+3`, `−1`, `±0`."""
    return _signed(value)


def _signed(value: float) -> str:
    if value == 0:
        return "±0"
    digits = f"{abs(value):,.0f}" if abs(value) >= 10 or value == int(value) else f"{abs(value):.1f}"
    return ("+" if value > 0 else "−") + in_symbols(digits)


def counted(count: int, one: str, many: str, **more: object) -> str:
    """A count with its noun, `1 row` or `2,000 rows`, of the texts `{count} row` and `{count} rows`.

    `more` fills their other places.
    """
    return _n(one, many, count).format(count=whole(count), **more)


def age(then: datetime, now: datetime) -> str:
    """How long ago something was, in the largest fitting unit: `9 hours ago`."""
    passed = now - then
    years, months, hours = (passed // timedelta(days=365), passed // timedelta(days=30), passed // _HOUR)
    if years >= 1:
        return counted(years, "{count} year ago", "{count} years ago")
    if months >= 1:
        return counted(months, "{count} month ago", "{count} months ago")
    if passed.days >= 1:
        return counted(passed.days, "{count} day ago", "{count} days ago")
    if hours >= 1:
        return counted(hours, "{count} hour ago", "{count} hours ago")
    minutes = passed // timedelta(minutes=1)
    if minutes >= 1:
        return counted(minutes, "{count} minute ago", "{count} minutes ago")
    return _("just now")


def segment_title(segment: str, steward: str) -> str:
    """What readers call a segment; the steward by its name."""
    words = segment.replace("_", " ")
    title = SEGMENTS.get(segment.casefold()) or SEGMENTS.get(words.casefold())
    if title is not None:
        return _(title).format(steward=steward)
    # Names of repositories and labels are written as they are.
    if "/" in segment or ":" in segment:
        return segment
    told = scope_words(words)
    return told[:1].upper() + told[1:] if words.islower() else told
