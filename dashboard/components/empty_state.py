"""Why there is nothing to see, and what to do about it."""

from __future__ import annotations

import re

from dashboard import periods
from dashboard.answers import Answer
from dashboard.components.markup import html
from dashboard.view import Content, View
from db.metrics.read import MetricText

#: What is collected, by the tables that a metric's SQL reads.
FACTS = {
    "contributions": "commits, issues and pull requests",
    "commits": "commits",
    "pull_requests": "pull requests",
    "issues": "issues",
    "reviews": "reviews",
    "comments": "comments",
    "releases": "releases",
    "popularity": "stars and forks",
    "history_counts": "GitHub’s commit counts",
    "use_cases": "use cases",
}


def waits_for(metric: MetricText) -> str:
    """The facts that a metric is computed from, found in its SQL: `commits` or `reviews and comments`."""
    read = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", metric.sql, re.IGNORECASE))
    words = [words for name, words in FACTS.items() if name in read]
    if not words:
        return "facts"
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


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
        waits = f"It waits for {waits_for(answer.metric)}. " if answer is not None else ""
        return empty_state(
            "Its facts are being collected.",
            f"{waits}Numbers are computed as facts come in; open the page again in a minute.",
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
