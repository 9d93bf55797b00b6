"""A page is a list of cards: the scorecards of its headline metrics, then a chart for each metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dashboard.answers import Answer
from dashboard.components.chart_card import Card, chart_card
from dashboard.components.empty_state import empty_state, without_values
from dashboard.components.markup import dmc, html
from dashboard.components.scorecard import scorecard
from dashboard.language import _
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


def segments_of(held: Mapping[str, Answer], names: Iterable[str]) -> tuple[str, ...]:
    """The segments that these metrics are told apart by, the same one once."""
    return tuple(dict.fromkeys(segment for name in names for segment in held[name].segments))


def goal_page(
    view: View, goal: str, headline: Sequence[str], cards: Sequence[Card]
) -> tuple[Content, tuple[str, ...]]:
    """A goal's scorecards and charts, and their segments; metrics that no card names follow by themselves.

    Cards of metrics that are not in the catalogue are left out: a metric that
    was never computed has no title to stand under.
    """
    metrics = view.known.metrics
    listed = [card for card in cards if card.metric in metrics]
    named = {card.metric for card in listed}
    listed += [Card(name) for name in view.known.of_goal(goal) if name not in named]
    if not listed:
        nothing = html.Div(
            empty_state(
                _("No metric of this goal has been computed yet."),
                _(
                    "Run “flowmeter up”, which collects and computes; or “flowmeter metrics refresh” "
                    "when facts are held already."
                ),
            ),
            className="card",
        )
        return nothing, ()
    found = charted(view, headline, listed)
    return [found.scores, *found.charts], found.segments


@dataclass(frozen=True)
class Charted:
    """The scorecards and the charts of metrics, what is not held yet among them, and their segments."""

    scores: Content
    charts: list[Content]
    segments: tuple[str, ...]


def charted(view: View, headline: Sequence[str], listed: Sequence[Card]) -> Charted:
    """The scorecards of the headline metrics and the cards, which must be of metrics in the catalogue."""
    metrics = view.known.metrics
    # Where fewer headline metrics are held than a row takes, the next charts' stand in.
    candidates = dict.fromkeys((*headline, *(card.metric for card in listed)))
    candidates = dict.fromkeys(name for name in candidates if name in metrics)
    held = view.answers(*candidates)
    waiting = [card for card in listed if not held[card.metric].rows]
    charts = without_holes([card for card in listed if held[card.metric].rows])
    # A headline that is held but has no series of its own would be an empty card.
    scores = [name for name in candidates if held[name].headline][: max(SCORES, len(headline))]
    cards = [
        scorecard(view, metrics[name], view.summary(name, held), href=f"#card-{name}") for name in scores
    ]
    return Charted(
        html.Div(cards, className="scores"),
        [
            html.Div([chart_card(view, card, held) for card in charts], className="cards"),
            *([_waiting(view, waiting)] if waiting else []),
        ],
        segments_of(held, [card.metric for card in charts]),
    )


def _waiting(view: View, cards: Sequence[Card]) -> Content:
    """The charts that have nothing to show yet, named with the reason in one card, not in a wall of them."""
    metrics = view.known.metrics
    items = [
        html.Li(
            [
                dmc.Anchor(metrics[card.metric].title, href=f"/metrics/{card.metric}{view.filters.query()}"),
                html.Span(metrics[card.metric].meaning, className="faint wide-only"),
            ],
            id=f"card-{card.metric}",
        )
        for card in cards
    ]
    return html.Section(
        [html.H2(_("Not held yet")), without_values(view, None), html.Ul(items, className="list waiting")],
        className="card",
    )
