"""A table that the server pages, sorts and filters: every view of it has an address of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from dashboard import periods, wording
from dashboard.components.markup import dmc, html
from dashboard.language import _
from dashboard.language.values import called
from dashboard.place import ROWS, Choices, Place, choices_of
from dashboard.view import Content
from db.listing import Field, Kind, Listed

#: A longer text of somebody else's is cut; where it leads to shows all of it.
LONGEST = 120
#: Column → where a row leads from it: an address here (`/…`) or elsewhere, empty for none.
Links = Mapping[str, Callable[[Mapping[str, Any]], str]]
#: Whole numbers that are names: nothing is counted by them.
_NAMES = ("number", "review")
#: Texts that may be words of this program, and not names that somebody gave.
_WORDS = ("state", "status", "affiliation_then", "affiliation_now")
#: Texts of many words, which get room.
_LONG = ("title", "subject")


def paged_table(
    kind: Kind,
    held: Listed,
    place: Place,
    address: Callable[[Place], str],
    *,
    links: Links | None = None,
    choices: Choices | None = None,
) -> Content:
    """The rows of a page under headers that sort them, and the way to the other pages.

    `address` gives the address of another place. `links` lead from rows to things; `choices` give
    the titles of values that are written as words.
    """
    table = plain_table(kind, held.rows, place, address, links=links, choices=choices)
    return html.Div([table, _pages(held.count, place, address)], className="paged")


def plain_table(
    kind: Kind,
    rows: Sequence[Mapping[str, Any]],
    place: Place,
    address: Callable[[Place], str],
    *,
    links: Links | None = None,
    choices: Choices | None = None,
) -> Content:
    """The rows alone, with headers that lead to the place in another order."""
    said = _said(kind, place)
    shown = [field for field in kind.fields if field.shown and field.name not in said]
    order = place.order or kind.order
    head = html.Tr([_header(field, order, place, address) for field in shown], **{"data-label": _("Sort by")})
    body = [
        html.Tr([_cell(field, row, links or {}, choices_of(field, choices)) for field in shown])
        for row in rows
    ]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="plain-table rows")
    return html.Div(table, className="scrolling", tabIndex=0)


def _said(kind: Kind, place: Place) -> frozenset[str]:
    """The columns that say the same in every row, because the rows were chosen by it."""
    return frozenset(
        held.field
        for held in (*place.conditions, *kind.unsaid(place.conditions))
        if isinstance(held.value, tuple) and len(held.value) == 1
    )


def name_of(field: Field) -> str:
    """A column's name as it is written in English."""
    words = field.name.replace("_", " ")
    return words[:1].upper() + words[1:]


def title_of(field: Field) -> str:
    """What stands above a column, with its unit where its name does not say that."""
    title = _(name_of(field))
    return _("{title} ({unit})").format(title=title, unit=_(field.unit)) if field.unit else title


def _header(field: Field, order: str, place: Place, address: Callable[[Place], str]) -> Content:
    title = title_of(field)
    number = "number" if field.kind == "whole" else ""
    if not field.sortable:
        return html.Th(title, scope="col", className=number, title=_(field.about))
    here, backwards = order.removeprefix("-") == field.name, order.startswith("-")
    # What counts is first asked for from the largest, what is written from A.
    first = f"-{field.name}" if field.kind != "text" else field.name
    other = (field.name if backwards else f"-{field.name}") if here else first
    mark = (" ▼" if backwards else " ▲") if here else ""
    state = ("descending" if backwards else "ascending") if here else "none"
    link = dmc.Anchor(
        [title, html.Span(mark, **{"aria-hidden": "true"})],
        href=address(replace(place, order=other, page=1)),
        underline="never",
    )
    return html.Th(link, scope="col", className=number, title=_(field.about), **{"aria-sort": state})


def _cell(field: Field, row: Mapping[str, Any], links: Links, titles: Mapping[str, str]) -> Content:
    value = row[field.name]
    if value is None or value == "":
        return html.Td("—", className="number faint none" if field.kind == "whole" else "faint none")
    text = titles.get(value) or _written(field, value)
    address = links[field.name](row) if field.name in links else ""
    shown = text
    if address.startswith("/"):
        shown = dmc.Anchor(text, href=address, underline="hover")
    elif address:
        shown = html.A(text, href=address, target="_blank", rel="noopener noreferrer")
    kind = "long" if field.name in _LONG else {"whole": "number", "day": "day"}.get(field.kind)
    # On a telephone a row stands as a block, each value behind its column's name.
    label = {"data-label": title_of(field)}
    return html.Td(shown, className=kind, **label) if kind else html.Td(shown, **label)


def _written(field: Field, value: Any) -> str:
    if isinstance(value, date):
        return periods.day_named(value)
    if field.kind == "whole":
        return str(value) if field.name in _NAMES else wording.whole(value)
    if field.name in _WORDS:
        return called(str(value))
    text = str(value)[:12] if field.name == "commit" else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _pages(count: int, place: Place, address: Callable[[Place], str]) -> Content:
    last = max(1, -(-count // ROWS))
    first_row = min((place.page - 1) * ROWS + 1, count)
    told = _("{first} to {last} of {count}").format(
        first=wording.whole(first_row),
        last=wording.whole(min(place.page * ROWS, count)),
        count=wording.whole(count),
    )
    links: Sequence[tuple[str, int]] = (
        (_("First"), 1),
        (_("Previous"), place.page - 1),
        (_("Next"), place.page + 1),
        (_("Last"), last),
    )
    shown = [
        dmc.Anchor(title, href=address(replace(place, page=page)), underline="never", className="shortcut")
        for title, page in links
        if 1 <= page <= last and page != place.page
    ]
    return html.Nav(
        [html.Span(told if count else _("None")), *shown],
        className="pages",
        **{"aria-label": _("Pages of rows")},
    )
