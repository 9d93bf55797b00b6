"""The head of a list in a card of another page: its first rows, and the way to all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from dashboard.components.list_card import none, scope_id_of
from dashboard.components.markup import dmc, html
from dashboard.components.paged_table import Links, plain_table
from dashboard.language import _
from dashboard.lists.lists import Asked, List
from dashboard.place import Place
from dashboard.view import Content, View
from db.listing import Part, read_list

Row = Mapping[str, Any]
#: Rows of the card.
ROWS = 10


@dataclass(frozen=True)
class Top:
    """Which list, where its page is, what the card is called, and by which column it is sorted."""

    of: List
    path: str
    title: str
    order: str


def _first(of: List, connection: Connection, asked: Asked, order: str, limit: int) -> Sequence[Row]:
    return read_list(connection, of.kind, of.source(connection, asked), Part(order, limit=limit)).rows


def top_card(view: View, top: Top) -> Content:
    """The card; its headers and `all of them` lead to the list's page with the same filters."""
    of, place = top.of, Place(order=top.order)
    asked = Asked.of(view.filters, scope_id_of(view), view.now.date())
    rows = (of.first or partial(_first, of))(view.connection, asked, top.order, ROWS)

    def address(there: Place) -> str:
        return top.path + there.query(view.filters)

    everything = dmc.Anchor(_("All of them"), href=address(place), underline="never")
    menu = html.Div(everything, className="card-menu")
    links: Links = of.links if view.known.simulated else {**of.github, **of.links}
    table = plain_table(of.kind, rows, place, address, links=links, choices=of.choices(view.connection))
    if not rows:
        table = none(view, place)
    return html.Section(
        [
            html.Div([html.H2(_(top.title)), menu], className="card-head"),
            html.P(_(of.about), className="meaning"),
            html.Div(table, className="paged"),
        ],
        className="card",
        id=f"top-{quote(of.name)}",
    )
