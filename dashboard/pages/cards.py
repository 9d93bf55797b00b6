"""A page is a list of cards: the scorecards of its headline metrics, then a chart for each metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dashboard.components.chart_card import Card, chart_card
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import html
from dashboard.components.scorecard import scorecard
from dashboard.view import Content, View

#: A row of scorecards.
SCORES = 4


def without_holes(cards: Sequence[Card]) -> list[Card]:
    """The cards, those that would stand alone in a row of two made wide."""
    filled: list[Card] = []
    waiting = False
    for card in cards:
        if card.wide and waiting:
            filled[-1] = replace(filled[-1], wide=True)
        waiting = not card.wide and not waiting
        filled.append(card)
    if waiting:
        filled[-1] = replace(filled[-1], wide=True)
    return filled


def goal_page(view: View, goal: str, headline: Sequence[str], cards: Sequence[Card]) -> Content:
    """A goal's scorecards and charts; metrics that no card names follow by themselves.

    Cards of metrics that are not in the catalogue are left out: a metric that
    was never computed has no title to stand under.
    """
    metrics = view.known.metrics
    listed = [card for card in cards if card.metric in metrics]
    named = {card.metric for card in listed}
    listed += [Card(name) for name in view.known.of_goal(goal) if name not in named]
    if not listed:
        return html.Div(
            empty_state(
                f"No metric of {goal} has been computed yet.",
                "Run “flowmeter up”, which collects and computes; or “flowmeter metrics refresh” "
                "when facts are held already.",
            ),
            className="card",
        )
    listed = without_holes(listed)
    # Where fewer headline metrics are held than a row takes, the next charts' stand in.
    candidates = dict.fromkeys((*headline, *(card.metric for card in listed)))
    scores = [name for name in candidates if name in metrics][: max(SCORES, len(headline))]
    held = view.answers(*scores, *(card.metric for card in listed))
    return [
        html.Div(
            [
                scorecard(view, metrics[name], view.summary(name, held), href=f"#card-{name}")
                for name in scores
            ],
            className="scores",
        ),
        html.Div([chart_card(view, card, held) for card in listed], className="cards"),
    ]
