"""Use cases: what the project is used for, where and in which language, and the repositories themselves."""

from __future__ import annotations

from dashboard import wording
from dashboard.components import banner
from dashboard.components.chart_card import Card
from dashboard.components.empty_state import empty_state
from dashboard.components.list_card import list_card
from dashboard.components.markup import dmc, html
from dashboard.components.paged_table import plain_table
from dashboard.language import _, mark
from dashboard.lists.lists import Asked
from dashboard.lists.use_cases import USE_CASES, titles
from dashboard.pages.cards import charted
from dashboard.pages.layout import Page, Shown
from dashboard.place import Place
from dashboard.view import Content, View
from db.listing import Part, read_list

HEADLINE = ("use_cases_new", "use_cases_active", "use_case_domain_diversity", "use_cases_with_papers")
#: A chart more is one line more.
CARDS = (
    Card("use_cases_new", wide=True, figure="heat_map"),
    Card("use_cases_active", wide=True),
    Card("use_cases_by_platform"),
    Card("use_cases_by_language"),
    Card("use_cases_by_cloud"),
    Card("google_cloud_share"),
    Card("use_case_domain_diversity"),
    Card("use_cases_in_new_fields"),
    Card("use_cases_with_papers"),
)
#: Rows of the explorer on the page of charts.
FIRST = 10
SHOWN = ("repository", "domain", "platform", "cloud", "language", "stars", "created", "active")
EXPLORER = "/use-cases/explorer"


def show(view: View) -> Shown:
    """The map by domain over time and its sides, then the repositories with most stars."""
    cards = [card for card in CARDS if card.metric in view.known.metrics]
    found = charted(view, HEADLINE, cards)
    return Shown(
        _("Use cases"),
        [found.scores, _stars(view), *found.charts],
        _("What is {project} used for, where does it run, and who builds on it?").format(
            project=view.site.title
        ),
        found.segments,
    )


def explore(view: View) -> Shown:
    """Every use case as a list to page, sort, filter and take along."""
    card, problems = list_card(view, USE_CASES, unit="use cases")
    charts = dmc.Anchor(
        _("Charts"), href=f"/use-cases{view.filters.query()}", underline="never", className="tab"
    )
    return Shown(
        _("Use cases, one by one"),
        [
            *([banner.problems(problems)] if problems else []),
            html.Nav([charts], className="tabs", **{"aria-label": _("Use cases")}),
            card,
        ],
        _("Created in the period that is chosen above, or at any time where none is."),
    )


def _stars(view: View) -> Content:
    """The repositories with most stars, in a card that leads to all of them."""
    asked = Asked.of(view.filters, 0, view.now.date())
    source = USE_CASES.source(view.connection, asked)
    found = read_list(view.connection, USE_CASES.kind, source, Part(limit=FIRST))

    def ordered(there: Place) -> str:
        return EXPLORER + there.query(view.filters)

    head = html.Div(
        [
            html.H2(_("With most stars")),
            dmc.Anchor(
                _("All {count}, to filter and sort").format(count=wording.whole(found.count)),
                href=ordered(Place()),
                className="shortcut",
            ),
        ],
        className="card-head",
    )
    if not found.rows:
        why = _("No use case is held that was created in this period.")
        todo = _(
            "They come with the job use_cases, which searches GitHub; the Data page says when it last ran."
        )
        return html.Section([html.H2(_("With most stars")), empty_state(why, todo)], className="card")
    choices = titles(view.connection)
    table = plain_table(
        USE_CASES.kind.showing(*SHOWN), found.rows, Place(), ordered, links=USE_CASES.links, choices=choices
    )
    about = html.P(_(USE_CASES.about), className="meaning")
    return html.Section([head, about, html.Div(table, className="paged")], className="card", id="use-cases")


PAGE = Page("use_cases", "/use-cases", mark("Use cases"), show)
EXPLORER_PAGE = Page("use_case_explorer", EXPLORER, mark("Use cases, one by one"), explore)
