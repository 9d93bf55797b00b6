"""Contributors: how many there are, whom to thank for a first contribution, and everybody as a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from dashboard import periods, wording
from dashboard.answers import Answer
from dashboard.components import banner
from dashboard.components.list_card import list_card, scope_id_of
from dashboard.components.markup import dmc, html
from dashboard.components.scorecard import scorecard
from dashboard.contributed import told, work_link
from dashboard.language import _, mark
from dashboard.lists.contributors import CONTRIBUTORS
from dashboard.pages.layout import Page, Shown
from dashboard.view import Content, View
from db.metrics.calendar import period_end
from db.people.forgetting import FORGOTTEN
from db.people.newcomers import Newcomer, newcomers

#: Metric → the segment that its card is about; empty for its own headline.
CARDS = {
    "contributors": "",
    "contributors_by_kind": "",
    "new_contributors": "",
    "contributors_by_return": "continuing",
}
#: So many newcomers are thanked by name; all of them are in the list.
THANKED = 12


def show(view: View) -> Shown:
    """The cards, the newcomers of the last period that is over, and the list."""
    metrics = [name for name in CARDS if name in view.known.metrics]
    held = view.answers(*metrics)
    card, problems = list_card(view, CONTRIBUTORS, unit="people")
    return Shown(
        _("Contributors"),
        [
            *([banner.problems(problems)] if problems else []),
            html.Div(_scores(view, metrics, held), className="scores"),
            *_thanks(view, held),
            card,
        ],
        _("Who contributes in public to {scope}.").format(scope=view.scope_title),
    )


def _scores(view: View, metrics: list[str], held: Mapping[str, Answer]) -> list[Content]:
    cards = []
    for name in metrics:
        about = {**held, name: replace(held[name], chosen=(CARDS[name],) if CARDS[name] else ())}
        if about[name].rows:
            link = f"/metrics/{name}{view.filters.query()}"
            cards.append(scorecard(view, view.known.metrics[name], view.summary(name, about), href=link))
    return cards


def _thanks(view: View, held: Mapping[str, Answer]) -> list[Content]:
    summary = view.summary("contributors", held) if "contributors" in held else None
    if summary is None:
        return []
    last = period_end(summary.period, view.filters.grain)
    found, count = newcomers(view.connection, scope_id_of(view), summary.period, last, THANKED)
    if not found:
        return []
    days = f"first.min={summary.period.isoformat()}&first.max={last.isoformat()}&sort=first"
    query = view.filters.query()
    everybody = f"/contributors{query}{'&' if query else '?'}{days}"
    head = html.Div(
        [
            html.H2(
                _("Newcomers of {period} to thank").format(
                    period=periods.named(summary.period, view.filters.grain)
                )
            ),
            html.Div(
                dmc.Anchor(
                    _("All {count} of them").format(count=wording.whole(count)),
                    href=everybody,
                    underline="never",
                ),
                className="card-menu",
            ),
        ],
        className="card-head",
    )
    meaning = html.P(
        _("People whose first contribution of any kind to {scope} fell in the period.").format(
            scope=view.scope_title
        ),
        className="meaning",
    )
    people = html.Ul([_newcomer(view, each) for each in found], className="list newcomers")
    return [html.Section([head, meaning, people], className="card", id="newcomers")]


def _newcomer(view: View, each: Newcomer) -> Content:
    name: Content = each.name
    if each.name != FORGOTTEN:
        name = dmc.Anchor(each.name, href=f"/contributors/{quote(str(each.person_id))}", underline="hover")
    done = html.Span(told(each.counts), className="faint")
    return html.Li([html.Span([name, " ", done]), *([work_link(view, each.work)] if each.work else [])])


PAGE = Page("contributors", "/contributors", mark("Contributors"), show)
