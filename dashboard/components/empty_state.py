"""Why there is nothing to see, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dashboard import periods
from dashboard.answers import Answer
from dashboard.components.markup import html
from dashboard.language import _, mark
from dashboard.live import NAMED, job_words
from dashboard.operations import JobState
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


#: Table of facts → the jobs that fill it, where they are called otherwise.
FILLED_BY = {
    "contributions": ("commits", "issues", "pull_requests", "reviews", "comments"),
    "reviews": ("reviews", "pull_requests"),
}


def jobs_filling(metric: MetricText | None, running: Sequence[JobState]) -> list[JobState]:
    """Those of the running jobs whose facts the metric is computed from; all of them without a metric."""
    if metric is None:
        return list(running)
    read = re.findall(r"\b(?:FROM|JOIN)\s+(\w+)", metric.sql, re.IGNORECASE)
    filling = {job for name in read for job in FILLED_BY.get(name, (name,))}
    return [job for job in running if job.job in filling]


def empty_state(why: str, what_to_do: str, more: Sequence[Content] = ()) -> Content:
    """A calm box with two sentences: why it is empty, and what will fill it."""
    return html.Div([html.P(why, className="why"), html.P(what_to_do), *more], className="empty")


def _filling(view: View, metric: MetricText | None) -> Content:
    """What will fill a card while something is collected, and how far that is: `live.js` goes on telling."""
    waits = _("It waits for {facts}. ").format(facts=waits_for(metric)) if metric is not None else ""
    filling = jobs_filling(metric, view.progress.running)
    told = [
        html.P(job_words(job), className="progress", **{"data-live-job": job.job}) for job in filling[:NAMED]
    ]
    why = _("Its facts are being collected.")
    if not filling:
        why = _("Its facts are collected after what runs now.")
    return empty_state(
        why, waits + _("Numbers are computed as facts come in, and this page shows them by itself."), told
    )


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
        return _filling(view, answer.metric if answer is not None else None)
    if not view.progress.ever_finished:
        return empty_state(
            _("Nothing has been collected yet."),
            _("Run “flowmeter up”, or “flowmeter collect” and then “flowmeter metrics refresh”."),
        )
    return empty_state(
        _("No facts for this are held in {scope} at this grain.").format(scope=view.scope_title),
        _("Choose another scope or grain, or see on the Data page what was collected and what failed."),
    )
