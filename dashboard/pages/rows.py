"""The rows behind a number: the commits, people, issues … that it counts, with the way to each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dashboard import periods, wording
from dashboard.answers import TOTAL, Answer
from dashboard.components import banner
from dashboard.components.empty_state import empty_state, without_values
from dashboard.components.list_card import downloads
from dashboard.components.markup import dmc, html
from dashboard.components.narrowing import narrowing
from dashboard.components.paged_table import paged_table
from dashboard.drill_down import inside_links, links_of, rows_source, segments_asked, usual_period
from dashboard.filters import quoted
from dashboard.language import _, mark
from dashboard.pages.layout import Page, Shown
from dashboard.pages.metric import is_known
from dashboard.place import Place, read_place
from dashboard.view import Content, View
from db.listing import Listed, read_list
from db.metrics.kinds_of_rows import KINDS


def show(view: View, metric: str) -> Shown:
    """The rows of one period as a table that the server pages and sorts."""
    if metric not in view.known.metrics:
        return _nothing(
            _("There is no such metric"),
            _("No metric is called {metric}.").format(metric=quoted(metric)),
        )
    definition = view.known.metrics[metric]
    if not definition.rows:
        return _nothing(definition.title, _("No rows stand behind this number: it is no count of things."))
    answer = view.answers(metric)[metric]
    place, problems = read_place(view.asked, KINDS[definition.rows], view.filters.grain)
    notices = [banner.problems(problems)] if problems else []
    period = place.period or usual_period(answer, view.filters.end)
    if period is None:
        return Shown(definition.title, [*notices, html.Div(without_values(view, answer), className="card")])
    place = replace(place, period=period)
    scope_id = next(scope.scope_id for scope in view.known.scopes if scope.name == view.filters.scope)
    source = rows_source(view.connection, answer, scope_id, period)
    held = read_list(view.connection, KINDS[definition.rows], source, place.part())
    return Shown(
        definition.title,
        [*notices, html.Section(_content(view, answer, held, place, period), className="card")],
        _lead(view, answer, period),
        answer.segments,
    )


def _nothing(title: str, why: str) -> Shown:
    return Shown(
        title,
        html.Div(empty_state(why, _("Choose a goal in the navigation: it lists its own.")), className="card"),
    )


def _lead(view: View, answer: Answer, period: date) -> str:
    chosen = segments_asked(answer, period)
    who = [wording.segment_title(name, view.site.steward) for name in chosen]
    return " · ".join(
        [view.scope_title, periods.named(period, answer.grain), *([", ".join(who)] if who else [])]
    )


def _content(view: View, answer: Answer, held: Listed, place: Place, period: date) -> list[Content]:
    metric, chosen = answer.metric, segments_asked(answer, period)
    counted = f"{wording.whole(held.count)} {wording.things(metric.rows, held.count)}"
    if held.count and not held.rows:
        counted += _("; page {page} is beyond the last").format(page=wording.whole(place.page))
    chart = dmc.Anchor(_("chart"), href=f"/metrics/{metric.metric}{view.filters.query()}", underline="never")
    route = f"/api/metrics/{metric.metric}/rows"
    menu = downloads(route, f"{metric.metric}-rows", place, view.filters, held.count, (chart,))
    head = html.Div([html.H2(counted), menu], className="card-head")
    parts = [head, html.P([metric.meaning, *_told(answer, held, chosen, place, period)], className="meaning")]
    if view.known.simulated:
        parts.append(
            html.P(_("Simulated things are nowhere on GitHub, so nothing leads there."), className="faint")
        )
    kind = KINDS[metric.rows]

    def address(there: Place) -> str:
        return view.path + there.query(view.filters)

    links = ({} if view.known.simulated else links_of(metric.rows)) | inside_links(metric.rows)
    form = narrowing(kind, place, view.path, view.filters, address)
    return [*parts, form, paged_table(kind, held, place, address, links=links)]


def _told(answer: Answer, held: Listed, chosen: tuple[str, ...], place: Place, period: date) -> list[str]:
    """That the number shown is another, where facts have come in since it was computed."""
    wanted = chosen or (TOTAL,)
    values = [row.value for row in answer.rows if row.period == period and row.segment in wanted]
    if place.conditions or len(wanted) > 1 or not values or values[0] == held.count:
        return []
    unit = answer.metric.unit
    return [
        _(
            " The number shown is {value}: facts have changed since it was computed, and it follows with the "
            "next refresh."
        ).format(value=wording.amount(values[0], unit))
    ]


PAGE = Page("rows", "/rows/<metric>", mark("Rows"), show, holds=is_known)
