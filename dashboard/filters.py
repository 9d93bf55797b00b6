"""The view that a URL asks for: parsed once, checked, and written back the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from dashboard.language import _, _n, mark
from db.metrics.calendar import period_end

#: What a reader may compare with beside the other scopes, and what it is called.
COMPARISONS = {
    "none": mark("No comparison"),
    "previous": mark("Period before"),
    "year": mark("Last year"),
    "index": mark("Index"),
}
DEFAULT_SCOPE = "project"
DEFAULT_GRAIN = "month"
#: The grains that readers choose from.
GRAINS = ("week", "month", "quarter", "year")
#: Before it nothing that is measured existed; after it lies nobody's plan.
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 12, 31)
#: Between what is wrong with a value, and what a page shows in its place.
REPLACED = mark(" Shown is ")
LEFT_OUT = mark(" It is left out.")
_LONGEST_QUOTE = 40
#: More segments at once are no choice.
MOST_SEGMENTS = 30


@dataclass(frozen=True)
class Filters:
    """Scope, grain, period, comparison and segments of a view; the defaults are left out of its URL.

    `compare` is one of `COMPARISONS` or the name of another scope; without
    `segments` all of them are shown.
    """

    scope: str = DEFAULT_SCOPE
    grain: str = DEFAULT_GRAIN
    start: date | None = None
    end: date | None = None
    compare: str = "none"
    segments: tuple[str, ...] = ()

    @property
    def beside(self) -> str:
        """The scope that is compared with; empty when it is none."""
        return "" if self.compare in COMPARISONS else self.compare

    def query(self) -> str:
        """The query string that leads back here, with its question mark; empty for the default view."""
        single = {
            "scope": self.scope if self.scope != DEFAULT_SCOPE else "",
            "grain": self.grain if self.grain != DEFAULT_GRAIN else "",
            "from": self.start.isoformat() if self.start else "",
            "to": self.end.isoformat() if self.end else "",
            "compare": self.compare if self.compare != "none" else "",
        }
        pairs = [(key, value) for key, value in single.items() if value]
        written = urlencode([*pairs, *(("segment", name) for name in self.segments)], safe="/:")
        return f"?{written}" if written else ""


def read_filters(
    given: Mapping[str, object],
    scopes: Sequence[str],
    default_scope: str | None = None,
    grains: Sequence[str] = GRAINS,
) -> tuple[Filters, list[str]]:
    """The filters of a parsed query string, and a sentence for each value that cannot be.

    A value that cannot be is replaced by its default, so that the page still
    shows something beside the sentence. Parameters of other names are ignored.
    `scopes` are the names that exist; without any every scope is taken as none.
    `grains` are those that may be asked for.
    """
    problems: list[str] = []
    fallback = default_scope or (DEFAULT_SCOPE if DEFAULT_SCOPE in scopes or not scopes else scopes[0])
    scope = _one_of(given, "scope", scopes, fallback, problems) if scopes else fallback
    grain = _one_of(given, "grain", grains, DEFAULT_GRAIN, problems)
    compare = _one_of(given, "compare", (*COMPARISONS, *scopes), "none", problems)
    if compare == scope:
        told = _("compare {value} is the scope itself.").format(value=quoted(compare))
        problems.append(told + _(LEFT_OUT))
        compare = "none"
    start = _day(given, "from", problems)
    end = _day(given, "to", problems)
    if start and end and start > end:
        told = _("The period begins ({start}) after it ends ({end}): the whole period is shown instead.")
        problems.append(told.format(start=start.isoformat(), end=end.isoformat()))
        start = end = None
    return Filters(scope, grain, start, end, compare), problems


def read_segments(given: Mapping[str, object], allowed: Collection[str]) -> tuple[tuple[str, ...], list[str]]:
    """The segments that a parsed query string names, and a sentence for each that does not exist.

    `segment` may stand there once or several times; what does not exist is left out.
    """
    value = given.get("segment")
    names = list(value) if isinstance(value, list) else [value]
    asked = list(dict.fromkeys(name for name in names if name not in (None, "")))
    found = tuple(name for name in asked if isinstance(name, str) and name in allowed)
    wrong = [name for name in asked if name not in found]
    problems = []
    if wrong:
        listed = ", ".join(sorted(allowed)[:6]) + (" …" if len(allowed) > 6 else "")
        known = _("it may be {names}").format(names=listed) if allowed else _("nothing is told apart here")
        others = _n(", nor is another", ", nor are {count} others", len(wrong) - 1)
        more = others.format(count=len(wrong) - 1) if len(wrong) > 1 else ""
        told = _("segment {value} is not known{more}: {known}.")
        problems.append(told.format(value=quoted(wrong[0]), more=more, known=known) + _(LEFT_OUT))
    if len(found) > MOST_SEGMENTS:
        told = _("There are more than {count} segments. The first of them are shown.")
        problems.append(told.format(count=MOST_SEGMENTS))
    return found[:MOST_SEGMENTS], problems


def _one_of(
    given: Mapping[str, object], name: str, allowed: Sequence[str], default: str, problems: list[str]
) -> str:
    value = given.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, str) and value in allowed:
        return value
    listed = ", ".join(allowed[:6]) + (" …" if len(allowed) > 6 else "")
    told = _("{name} {value} is not known: it may be {known}.")
    told = told.format(name=name, value=quoted(value), known=listed)
    problems.append(f"{told}{_(REPLACED)}{default}.")
    return default


def _day(given: Mapping[str, object], name: str, problems: list[str]) -> date | None:
    value = given.get(name)
    if value is None or value == "":
        return None
    try:
        if not isinstance(value, str):
            raise ValueError
        day = date.fromisoformat(f"{value}-01" if len(value) == 7 else value)
        if len(value) not in (7, 10):
            raise ValueError
    except ValueError:
        told = _("{name} {value} is no date: write YYYY-MM-DD.").format(name=name, value=quoted(value))
        problems.append(told + _(LEFT_OUT))
        return None
    if not EARLIEST <= day <= LATEST:
        told = _("{name} {value} lies outside {first} to {last}.")
        told = told.format(name=name, value=quoted(value), first=EARLIEST.year, last=LATEST.year)
        problems.append(told + _(LEFT_OUT))
        return None
    if name == "to" and len(value) == 7:
        return period_end(day, "month")
    return day


def quoted(value: object) -> str:
    """A value that somebody else wrote, shortened and without characters that do not show."""
    text = "".join(character if character.isprintable() else "�" for character in str(value))
    return f"“{text[:_LONGEST_QUOTE]}…”" if len(text) > _LONGEST_QUOTE else f"“{text}”"
