"""A list in a card: how many rows, what they are chosen by, the table, and all of them to take along."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from dashboard import wording
from dashboard.components.empty_state import empty_state, without_values
from dashboard.components.markup import html
from dashboard.components.narrowing import narrowing
from dashboard.components.paged_table import Links, paged_table
from dashboard.filters import Filters
from dashboard.language import _
from dashboard.lists.lists import Asked, List
from dashboard.place import Place, read_place
from dashboard.view import Content, View
from db.listing import MOST, Condition, read_list


def scope_id_of(view: View) -> int:
    """The number of the view's scope; 0, which none has, while there are no scopes."""
    return next((scope.scope_id for scope in view.known.scopes if scope.name == view.filters.scope), 0)


def list_card(
    view: View, of: List, *, unit: str, fixed: tuple[Condition, ...] = ()
) -> tuple[Content, list[str]]:
    """The list in a view, and a sentence for each parameter of its address that cannot be.

    `unit` is what its rows are called, in the plural; `fixed` are conditions that the page itself sets.
    """
    choices = of.choices(view.connection)
    place, problems = read_place(view.asked, of.kind, view.filters.grain, choices)
    asked = Asked.of(view.filters, scope_id_of(view), view.now.date())
    narrowed = replace(place, conditions=(*place.conditions, *fixed))
    held = read_list(view.connection, of.kind, of.source(view.connection, asked), narrowed.part())

    def address(there: Place) -> str:
        return view.path + there.query(view.filters)

    counted = f"{wording.whole(held.count)} {wording.unit_words(unit, held.count)}"
    if held.count and not held.rows:
        counted += _("; page {page} is beyond the last").format(page=wording.whole(place.page))
    head = html.Div(
        [html.H2(counted), downloads(f"/api/lists/{of.name}", of.name, narrowed, view.filters, held.count)],
        className="card-head",
    )
    links: Links = of.links if view.known.simulated else {**of.github, **of.links}
    table = paged_table(of.kind, held, place, address, links=links, choices=choices)
    if not held.count:
        table = none(view, narrowed)
    form = narrowing(of.kind, place, view.path, view.filters, address, choices)
    about = html.P(_(of.about), className="meaning")
    return html.Section([head, about, form, table], className="card", id=f"list-{of.name}"), problems


def none(view: View, place: Place) -> Content:
    """Why the list is empty, and what brings rows."""
    if view.progress.running or not view.progress.ever_finished:
        return without_values(view, None)
    if place.conditions:
        return empty_state(
            _("Nothing in {scope} fits all of what was asked.").format(scope=view.scope_title),
            _("Take a condition away, or choose another scope or period."),
        )
    return empty_state(
        _("Nothing of it is held in {scope} for this period.").format(scope=view.scope_title),
        _("Choose another scope or period, or see on the Data page what was collected."),
    )


def downloads(
    route: str, name: str, place: Place, filters: Filters, count: int, more: tuple[Content, ...] = ()
) -> Content:
    """The ways to all rows of a place as CSV and Parquet, and whatever else leads away from it."""
    written = urlencode(Place(place.period, place.order, 1, place.conditions).pairs())
    before = filters.query()
    query = before + (("&" if before else "?") + written if written else "")
    told = _("All rows") if count <= MOST else _("The first {count} rows").format(count=wording.whole(MOST))
    links = [
        html.A(
            title,
            href=f"{route}.{form}{query}",
            download=f"{name}.{form}",
            title=_("{rows} as {form}").format(rows=told, form=title),
            **{"aria-label": _("{rows}: download as {form}").format(rows=told, form=title)},
        )
        for form, title in (("csv", "CSV"), ("parquet", "Parquet"))
    ]
    return html.Div([*links, *more], className="card-menu", role="group", **{"aria-label": _("These rows")})
