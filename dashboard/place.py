"""Which rows of a list an address asks for: by which columns they are chosen and sorted, and which page."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from dashboard.filters import EARLIEST, LATEST, LEFT_OUT, REPLACED, Filters, quoted
from dashboard.language import _, mark
from db.listing import ANY, MOST, OPERATORS, Condition, Field, Kind, Operator, Part
from db.metrics.calendar import period_containing

#: Rows of a page.
ROWS = 50
#: More letters than that stand in no column that rows are chosen by.
LONGEST = 100
#: Values of a column at once: more are no choice.
MOST_VALUES = 20
#: Column → the values that rows can be chosen by, and what readers call them.
Choices = Mapping[str, Mapping[str, str]]
#: What is said of a value that is none of those known.
NOT_KNOWN = mark("{name} {value} is not known: it may be {known}.")
#: The value of `is` that lets a column hold whatever it does, where it is usually held to something.
WHATEVER = "any"
_WHOLE = re.compile(r"-?[0-9]{1,15}")


@dataclass(frozen=True)
class Place:
    """Which rows: those of a period that satisfy the conditions, by which column, which page (from 1)."""

    period: date | None = None
    order: str = ""
    page: int = 1
    conditions: tuple[Condition, ...] = ()

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of an address that ask for it; what is usual is left out."""
        given = {
            "period": self.period.isoformat() if self.period else "",
            "sort": self.order,
            "page": str(self.page) if self.page > 1 else "",
        }
        chosen = [
            (f"{each.field}.{each.operator}", value) for each in self.conditions for value in _texts(each)
        ]
        return [*chosen, *((name, value) for name, value in given.items() if value)]

    def query(self, filters: Filters) -> str:
        """The query string of these rows in a view; what is usual is left out."""
        written = urlencode(self.pairs())
        before = filters.query()
        if not written:
            return before
        return f"{before}&{written}" if before else f"?{written}"

    def part(self, *, limit: int = ROWS) -> Part:
        """The rows of the page, as `db.listing` reads them; with another `limit` its pages are as long."""
        return Part(self.order, self.conditions, limit, (self.page - 1) * limit)

    def without(self, condition: Condition) -> Place:
        """The first page of the rows that need not satisfy the condition."""
        left = tuple(each for each in self.conditions if each != condition)
        return replace(self, conditions=left, page=1)


def read_place(
    query: Mapping[str, object], kind: Kind, grain: str, choices: Choices | None = None
) -> tuple[Place, list[str]]:
    """The place that a parsed query string names, and a sentence for each value that cannot be.

    `FIELD.has` are letters that a text contains, `FIELD.is` one or several of its values, `FIELD.min` and
    `FIELD.max` the bounds of a number or a day, both included. `choices` stand in for those of the kind.
    """
    problems: list[str] = []
    period = _period(query.get("period"), grain, problems)
    order = query.get("sort") or ""
    allowed = kind.sortable
    if not isinstance(order, str) or (order and order.removeprefix("-") not in allowed):
        listed = ", ".join(allowed)
        told = _(NOT_KNOWN).format(name="sort", value=quoted(order), known=listed)
        problems.append(f"{told}{_(REPLACED)}{kind.order}.")
        order = ""
    page = query.get("page") or "1"
    number = int(page) if isinstance(page, str) and re.fullmatch(r"[0-9]{1,9}", page) else 0
    if not 1 <= number <= MOST:
        told = _("page {value} is no number of a page.").format(value=quoted(page))
        problems.append(told + _(REPLACED) + _("the first."))
        number = 1
    return Place(period, order, number, _conditions(query, kind, choices or {}, problems)), problems


def with_place(written: str, asked: Mapping[str, object]) -> str:
    """A view's query string with what the address asks of its list: order and conditions, not the page."""
    operators = {operator for each in OPERATORS.values() for operator in each}
    kept = [
        (name, each)
        for name, value in asked.items()
        if name == "sort" or name.rpartition(".")[2] in operators
        for each in (value if isinstance(value, list) else [value])
    ]
    if not kept:
        return written
    return f"{written}{'&' if written else '?'}{urlencode(kept)}"


def choices_of(field: Field, choices: Choices | None) -> Mapping[str, str]:
    """The values that a field may be chosen by, with their titles; none where any letters may be."""
    given = (choices or {}).get(field.name)
    return given if given is not None else {value: _(value.replace("_", " ")) for value in field.choices}


def _texts(condition: Condition) -> list[str]:
    if condition.value == ANY:
        return [WHATEVER]
    values: Sequence[Any] = condition.value if isinstance(condition.value, tuple) else [condition.value]
    return [value.isoformat() if isinstance(value, date) else str(value) for value in values]


def _conditions(
    query: Mapping[str, object], kind: Kind, choices: Choices, problems: list[str]
) -> tuple[Condition, ...]:
    found: list[Condition] = []
    for field in kind.fields:
        allowed = choices_of(field, choices)
        for operator in OPERATORS[field.kind]:
            name = f"{field.name}.{operator}"
            given = query.get(name)
            if given is None or given == "":
                continue
            value = _value(name, given, field, operator, allowed, problems)
            if value is not None:
                found.append(Condition(field.name, operator, value))
    _unknown(query, kind, problems)
    return tuple(found)


def _unknown(query: Mapping[str, object], kind: Kind, problems: list[str]) -> None:
    """Say of which columns rows cannot be chosen, or not so."""
    names = {field.name: OPERATORS[field.kind] for field in kind.fields}
    operators = {operator for each in OPERATORS.values() for operator in each}
    for name in query:
        field, dot, operator = name.rpartition(".")
        if dot and operator in operators and operator not in names.get(field, ()):
            listed = ", ".join(f"{known}.{'/'.join(each)}" for known, each in names.items())
            told = _("{name} chooses no rows: it may be {known}.").format(name=quoted(name), known=listed)
            problems.append(told + _(LEFT_OUT))


def _value(
    name: str,
    given: object,
    field: Field,
    operator: Operator,
    allowed: Mapping[str, str],
    problems: list[str],
) -> str | int | date | tuple[str, ...] | None:
    if operator == "is":
        return _several(name, given, allowed, problems)
    if isinstance(given, str):
        if operator == "has":
            if given.isprintable() and len(given) <= LONGEST:
                return given
        elif field.kind == "whole":
            if _WHOLE.fullmatch(given):
                return int(given)
        elif (day := _day(given)) is not None:
            return day
    wanted = {
        "text": _("{name} {value} is not understood: write letters, {longest} at most."),
        "whole": _("{name} {value} is not understood: write a whole number."),
        "day": _("{name} {value} is not understood: write a day, YYYY-MM-DD, {first} to {last}."),
    }[field.kind]
    told = wanted.format(
        name=name, value=quoted(given), longest=LONGEST, first=EARLIEST.year, last=LATEST.year
    )
    problems.append(told + _(LEFT_OUT))
    return None


def _several(
    name: str, given: object, allowed: Mapping[str, str], problems: list[str]
) -> tuple[str, ...] | None:
    values = list(dict.fromkeys(given if isinstance(given, list) else [given]))
    if values == [WHATEVER]:
        return ANY
    if allowed:
        wrong = [value for value in values if value not in allowed]
        expected = _(NOT_KNOWN)
    else:
        wrong = [v for v in values if not (isinstance(v, str) and v.isprintable() and len(v) <= LONGEST)]
        expected = _("{name} {value} is not known: write it as it stands there, {longest} letters at most.")
    if wrong:
        known = ", ".join(list(allowed)[:12]) + (" …" if len(allowed) > 12 else "")
        told = expected.format(name=name, value=quoted(wrong[0]), known=known, longest=LONGEST)
        problems.append(told + _(LEFT_OUT))
    kept = tuple(str(value) for value in values if value not in wrong)
    if len(kept) > MOST_VALUES:
        told = _("{name} stands there more than {count} times. The first of them count.")
        problems.append(told.format(name=name, count=MOST_VALUES))
    return kept[:MOST_VALUES] or None


def _period(value: object, grain: str, problems: list[str]) -> date | None:
    if value in (None, ""):
        return None
    day = _day(value)
    if day is None:
        told = _("period {value} is no day: write YYYY-MM-DD.").format(value=quoted(value))
        problems.append(told + _(LEFT_OUT))
        return None
    return period_containing(day, grain)


def _day(value: object) -> date | None:
    try:
        day = date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return None
    return day if len(str(value)) == 10 and EARLIEST <= day <= LATEST else None
