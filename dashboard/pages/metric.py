"""A metric's own page, which its permalink leads to: the chart, what it means, its table and its SQL."""

from __future__ import annotations

from sqlalchemy import Connection, select

from dashboard.components.chart_card import Card, chart_card, sql_panel, table_panel
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import html
from dashboard.components.scorecard import scorecard
from dashboard.filters import quoted
from dashboard.language import _, mark
from dashboard.pages.goals import GOAL_TITLES
from dashboard.pages.layout import Page, Shown
from dashboard.view import View
from db.schema import table


def is_known(connection: Connection, metric: str) -> bool:
    """Whether the catalogue has a metric of that name."""
    held = table("metric_definitions").c.metric
    return connection.execute(select(held).where(held == metric)).first() is not None


def show(view: View, metric: str) -> Shown:
    """The metric in large, with everything that explains it."""
    if metric not in view.known.metrics:
        return Shown(
            _("There is no such metric"),
            html.Div(
                empty_state(
                    _("No metric is called {metric}.").format(metric=quoted(metric)),
                    _("Choose a goal in the navigation: it lists its own."),
                ),
                className="card",
            ),
        )
    definition = view.known.metrics[metric]
    held = view.answers(metric)
    # The page's own title stands over all of it.
    newest = scorecard(view, definition, view.summary(metric, held), heading=_("Last value"), alone=True)
    card = Card(metric, wide=True, height=380, heading=_("Chart"))
    goal = _(GOAL_TITLES.get(definition.goal, definition.goal))
    return Shown(
        definition.title,
        [
            html.Div([newest], className="scores"),
            html.Div([chart_card(view, card, held)], className="cards"),
            html.Section([html.H2(_("Values")), table_panel(view, held[metric])], className="card"),
            html.Section(
                [html.H2(_("How it is computed")), sql_panel(definition, view.filters)], className="card"
            ),
        ],
        " ".join((definition.meaning, _("A metric of the goal {goal}.").format(goal=goal))),
        held[metric].segments,
    )


PAGE = Page("metric", "/metrics/<metric>", mark("Metric"), show, holds=is_known)
