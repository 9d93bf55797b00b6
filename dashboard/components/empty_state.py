"""Why there is nothing to see, and what to do about it."""

from __future__ import annotations

import re

from dashboard import periods
from dashboard.answers import Answer
from dashboard.components.markup import html
from dashboard.language import _, mark
from dashboard.view import Content, View
from db.metrics.read import MetricText

#: What is collected, by the tables that a metric's SQL reads.
FACTS = {
    "contributions": mark("commits, issues and pull requests"),
    "commits": mark("commits"),
    "pull_requests": mark("pull requests"),
    "issues": mark("issues"),
    "reviews": mark("reviews"),
    "comments": mark("comments"),
    "releases": mark("releases"),
    "popularity": mark("stars and forks"),
    "history_counts": mark("GitHub’s commit counts"),
    "use_cases": mark("use cases"),
}


def waits_for(metric: MetricText) -> str:
    """The facts that a metric is computed from, found in its SQL: `commits` or `reviews and comments`."""
    read = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", metric.sql, re.IGNORECASE))
    words = [_(words) for name, words in FACTS.items() if name in read]
    if not words:
        return _("facts")
    if len(words) == 1:
        return words[0]
    return _("{some} and {last}").format(some=", ".join(words[:-1]), last=words[-1])


def empty_state(why: str, what_to_do: str) -> Content:
    """A calm box with two sentences: why it is empty, and what will fill it."""
    return html.Div([html.P(why, className="why"), html.P(what_to_do)], className="empty")


def without_values(view: View, answer: Answer | None) -> Content:
    """The reason that a metric shows nothing in this view, found from what is held."""
    if answer is not None and answer.rows:
        first, last = answer.rows[0].period, answer.rows[-1].period
        told = _("Values are held from {first} to {last}: widen the period.")
        return empty_state(
            _("Nothing lies in the chosen period."),
            told.format(first=periods.named(first, answer.grain), last=periods.named(last, answer.grain)),
        )
    if view.progress.running:
        waits = ""
        if answer is not None:
            waits = _("It waits for {facts}. ").format(facts=waits_for(answer.metric))
        return empty_state(
            _("Its facts are being collected."),
            waits + _("Numbers are computed as facts come in; open the page again in a minute."),
        )
    if not view.progress.ever_finished:
        return empty_state(
            _("Nothing has been collected yet."),
            _("Run “flowmeter up”, or “flowmeter collect” and then “flowmeter metrics refresh”."),
        )
    return empty_state(
        _("No facts for this are held in {scope} at this grain.").format(scope=view.scope_title),
        _("Choose another scope or grain, or see on the Data page what was collected and what failed."),
    )
