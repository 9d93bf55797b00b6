"""Why there is nothing to see, and what to do about it."""

from __future__ import annotations

from dashboard import periods
from dashboard.answers import Answer
from dashboard.components.markup import html
from dashboard.view import Content, View


def empty_state(why: str, what_to_do: str) -> Content:
    """A calm box with two sentences: why it is empty, and what will fill it."""
    return html.Div([html.P(why, className="why"), html.P(what_to_do)], className="empty")


def without_values(view: View, answer: Answer | None) -> Content:
    """The reason that a metric shows nothing in this view, found from what is held."""
    if answer is not None and answer.rows:
        first, last = answer.rows[0].period, answer.rows[-1].period
        held = f"{periods.named(first, answer.grain)} to {periods.named(last, answer.grain)}"
        return empty_state(
            "Nothing lies in the chosen period.", f"Values are held from {held}: widen the period."
        )
    if view.progress.running:
        return empty_state(
            "Its facts are being collected.",
            "The chart fills when the numbers are next computed; open the page again in a minute.",
        )
    if not view.progress.ever_finished:
        return empty_state(
            "Nothing has been collected yet.",
            "Run “flowmeter up”, or “flowmeter collect” and then “flowmeter metrics refresh”.",
        )
    return empty_state(
        f"No facts for this are held in {view.scope_title} at this grain.",
        "Choose another scope or grain, or see on the Data page what was collected and what failed.",
    )
