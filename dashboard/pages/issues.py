"""Issues and pull requests: how fast they are answered, how old the open ones are, and who waits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

from dashboard import wording
from dashboard.components import banner
from dashboard.components.chart_card import Card
from dashboard.components.empty_state import empty_state, without_values
from dashboard.components.list_card import list_card
from dashboard.components.markup import dmc, html
from dashboard.components.paged_table import Links, plain_table
from dashboard.language import _, mark
from dashboard.lists.lists import Asked, List
from dashboard.lists.threads import OPEN, STALE, UNANSWERED, titles
from dashboard.pages.cards import charted
from dashboard.pages.layout import Page, Shown
from dashboard.place import Place
from dashboard.view import Content, View
from db import open_threads
from db.listing import Part, read_list
from db.open_threads import AGES, STALE_AFTER, Counts

HEADLINE = (
    "issue_time_to_first_response",
    "time_to_first_response",
    "unanswered_open_issues",
    "unanswered_open_change_requests",
)
#: A chart more is one line more.
CARDS = (
    Card("issue_time_to_first_response"),
    Card("time_to_first_response"),
    Card("unanswered_open_issues"),
    Card("unanswered_open_change_requests"),
    Card("unanswered_change_requests"),
    Card("newcomer_first_response"),
    Card("open_issue_age"),
    Card("time_to_close"),
    Card("open_issues"),
    Card("open_change_requests"),
    Card("change_request_closure_ratio"),
    Card("change_request_acceptance_ratio"),
    Card("cloud_requests_first_response"),
)
#: Page → the list that it shows.
QUEUES: dict[str, List] = {"unanswered": UNANSWERED, "stale": STALE, "open": OPEN}
TABS = {
    "unanswered": mark("Unanswered"),
    "stale": mark("Stale change requests"),
    "open": mark("All that is open"),
}
#: Rows of the queue on the page of charts.
OLDEST = 8
SHOWN = ("age", "title", "number", "repository", "kind", "login", "standing", "labels")


def show(view: View) -> Shown:
    """Who waits, then the charts of responsiveness and backlog."""
    cards = [card for card in CARDS if card.metric in view.known.metrics]
    found = charted(view, HEADLINE, cards)
    scope_id = _scope(view)
    held = open_threads.counts(view.connection, scope_id, view.now.date())
    nothing = [] if cards or held.held else [html.Div(without_values(view, None), className="card")]
    return Shown(
        _("Issues and pull requests"),
        [found.scores, *_waiting(view, held, scope_id), *found.charts, *nothing],
        _("Who waits for an answer, for how long, and whose turn it is?"),
        found.segments,
    )


def show_queue(queue: str, view: View) -> Shown:
    """One of the queues as a list to page, sort, filter and take along."""
    card, problems = list_card(view, QUEUES[queue], unit=_unit(queue))
    tabs = [
        dmc.Anchor(
            _(title),
            href=f"/issues/{name}{view.filters.query()}",
            underline="never",
            className="tab here" if name == queue else "tab",
            **({"aria-current": "page"} if name == queue else {}),
        )
        for name, title in TABS.items()
    ]
    charts = dmc.Anchor(
        _("Charts"), href=f"/issues{view.filters.query()}", underline="never", className="tab"
    )
    return Shown(
        _(TABS[queue]),
        [
            *([banner.problems(problems)] if problems else []),
            html.Nav([*tabs, charts], className="tabs", **{"aria-label": _("Queues")}),
            card,
        ],
        view.scope_title,
    )


def _unit(queue: str) -> str:
    return mark("change requests") if queue == "stale" else mark("issues and pull requests")


def _scope(view: View) -> int:
    return next((scope.scope_id for scope in view.known.scopes if scope.name == view.filters.scope), 0)


def _waiting(view: View, held: Counts, scope_id: int) -> list[Content]:
    if not held.held:
        return []
    return [
        html.Div([_by_whom(view, held), _by_age(view, held)], className="cards"),
        _oldest(view, scope_id),
    ]


def _by_whom(view: View, held: Counts) -> Content:
    """On whom what is open waits, each number leading to its rows."""
    words = titles()["waits_for"]
    rows: list[tuple[str, list[Content]]] = []
    for waits, title in words.items():
        queue = "unanswered" if waits == "first_answer" else "open"
        chosen = {} if waits == "first_answer" else {"waits_for.is": waits}
        cells = [
            _leading(view, queue, {**chosen, "kind.is": kind}, held.waiting.get((kind, waits), 0))
            for kind in ("issue", "pull_request")
        ]
        rows.append((title, cells))
    told = _("Stale: answered, silent for {days} days").format(days=STALE_AFTER)
    rows.append((told, [html.Td("—", className="number faint"), _leading(view, "stale", {}, held.stale)]))
    return _card(
        _("Whose turn is it?"),
        _(
            "What humans have opened and is open now, by the last human word: the author’s asks the "
            "maintainers, a maintainer’s asks the author."
        ),
        _("Waits for"),
        rows,
    )


def _by_age(view: View, held: Counts) -> Content:
    """How old what is open is, each number leading to its rows."""
    rows: list[tuple[str, list[Content]]] = []
    names = {
        0: _("less than a week"),
        7: _("a week to a month"),
        30: _("one to three months"),
        90: _("three months to a year"),
        365: _("a year or more"),
    }
    for place, days in enumerate(AGES):
        bounds = {"age.min": str(days)} if days else {}
        if place + 1 < len(AGES):
            bounds["age.max"] = str(AGES[place + 1] - 1)
        cells = [
            _leading(view, "open", {"kind.is": kind, **bounds}, held.aged.get((kind, days), 0))
            for kind in ("issue", "pull_request")
        ]
        rows.append((names[days], cells))
    return _card(
        _("How old is what is open?"), _("Days since it was opened, of all that is open now."), _("Age"), rows
    )


def _card(title: str, meaning: str, first: str, rows: list[tuple[str, list[Content]]]) -> Content:
    head = [
        html.Th(first, scope="col"),
        html.Th(_("Issues"), scope="col", className="number"),
        html.Th(_("Pull requests"), scope="col", className="number"),
    ]
    body = [html.Tr([html.Th(name, scope="row"), *cells]) for name, cells in rows]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(body)], className="plain-table roomy")
    return html.Section(
        [html.H2(title), html.P(meaning, className="meaning"), html.Div(table, className="paged")],
        className="card chart",
    )


def _leading(view: View, queue: str, chosen: Mapping[str, str], count: int) -> Content:
    if not count:
        return html.Td("0", className="number faint")
    before = view.filters.query()
    written = urlencode(list(chosen.items()))
    query = before + (("&" if before else "?") + written if written else "")
    link = dmc.Anchor(wording.whole(count), href=f"/issues/{queue}{query}", underline="hover")
    return html.Td(link, className="number")


def _oldest(view: View, scope_id: int) -> Content:
    """The queue's oldest rows, in a card that leads to all of it."""
    asked = Asked.of(view.filters, scope_id, view.now.date())
    source = UNANSWERED.source(view.connection, asked)
    found = read_list(view.connection, UNANSWERED.kind, source, Part(limit=OLDEST))
    address = f"/issues/unanswered{view.filters.query()}"
    head = html.Div(
        [
            html.H2(_("Unanswered for longest")),
            dmc.Anchor(
                _("All {count}").format(count=wording.whole(found.count)), href=address, className="shortcut"
            ),
        ],
        className="card-head",
    )
    if not found.rows:
        return html.Section(
            [
                head,
                empty_state(
                    _("Nobody waits for a first answer."), _("New ones appear with the next refresh.")
                ),
            ],
            className="card",
        )
    links: Links = UNANSWERED.links if view.known.simulated else {**UNANSWERED.github, **UNANSWERED.links}

    def ordered(there: Place) -> str:
        return f"/issues/unanswered{there.query(view.filters)}"

    table = plain_table(
        UNANSWERED.kind.showing(*SHOWN), found.rows, Place(), ordered, links=links, choices=titles()
    )
    return html.Section(
        [head, html.P(_(UNANSWERED.about), className="meaning"), html.Div(table, className="paged")],
        className="card",
        id="unanswered",
    )


PAGE = Page("issues", "/issues", mark("Issues and pull requests"), show)
QUEUE_PAGES = tuple(
    Page(f"issues_{queue}", f"/issues/{queue}", title, partial(show_queue, queue))
    for queue, title in TABS.items()
)
