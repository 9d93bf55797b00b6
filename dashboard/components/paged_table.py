"""A table that the server pages and sorts: every page and order has an address of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from dashboard import periods
from dashboard.components.markup import dmc, html
from dashboard.drill_down import GITHUB, LEADING, ROWS, Place, address_of
from dashboard.view import Content
from db.metrics.behind import Behind, default_order
from db.metrics.kinds_of_rows import Field

#: A longer text of somebody else's is cut; where it leads to shows all of it.
LONGEST = 120


def paged_table(
    kind: str, held: Behind, place: Place, address: Callable[[Place], str], *, linked: bool
) -> Content:
    """The rows of a page under headers that sort them, and the way to the other pages.

    `address` gives the address of another place; `linked` says whether the rows are of things
    that can be gone to.
    """
    order = place.order or default_order(kind)
    head = html.Tr([_header(field, order, place, address) for field in held.fields])
    body = [html.Tr([_cell(kind, field, row, linked) for field in held.fields]) for row in held.rows]
    table = html.Table([html.Thead(head), html.Tbody(body)], className="plain-table")
    return html.Div(
        [html.Div(table, className="scrolling", tabIndex=0), _pages(held.count, place, address)],
        className="paged",
    )


def _header(field: Field, order: str, place: Place, address: Callable[[Place], str]) -> Content:
    title = field.name[:1].upper() + field.name[1:]
    number = "number" if field.kind == "whole" else ""
    if not field.sortable:
        return html.Th(title, scope="col", className=number, title=field.about)
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
    return html.Th(link, scope="col", className=number, title=field.about, **{"aria-sort": state})


def _cell(kind: str, field: Field, row: Any, linked: bool) -> Content:
    value = row[field.name]
    if value is None or value == "":
        return html.Td("—", className="number faint" if field.kind == "whole" else "faint")
    text = _written(field, value)
    address = ""
    if linked and field.name == LEADING.get(kind):
        address = address_of(kind, row)
    elif linked and field.name == "login":
        address = GITHUB + str(value)
    shown = html.A(text, href=address, target="_blank", rel="noopener noreferrer") if address else text
    return html.Td(shown, className={"whole": "number", "day": "day"}.get(field.kind, ""))


def _written(field: Field, value: Any) -> str:
    if isinstance(value, date):
        return periods.day_named(value)
    if field.kind == "whole":
        return str(value) if field.name in ("number", "review") else f"{value:,}"
    text = str(value)[:12] if field.name == "commit" else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _pages(count: int, place: Place, address: Callable[[Place], str]) -> Content:
    last = max(1, -(-count // ROWS))
    first_row = min((place.page - 1) * ROWS + 1, count)
    told = f"{first_row:,} to {min(place.page * ROWS, count):,} of {count:,}" if count else "None"
    links: Sequence[tuple[str, int]] = (
        ("First", 1),
        ("Previous", place.page - 1),
        ("Next", place.page + 1),
        ("Last", last),
    )
    shown = [
        dmc.Anchor(title, href=address(replace(place, page=page)), underline="never", className="shortcut")
        for title, page in links
        if 1 <= page <= last and page != place.page
    ]
    return html.Nav([html.Span(told), *shown], className="pages", **{"aria-label": "Pages of rows"})
