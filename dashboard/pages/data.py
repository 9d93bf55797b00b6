"""Where the facts come from: every job and target with its last success, rows, refusals and errors."""

from __future__ import annotations

import json
from collections.abc import Sequence

from dashboard import operations, periods, wording
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import html
from dashboard.operations import JobState
from dashboard.pages.layout import Page, Shown
from dashboard.view import Content, View

TAGS = {
    "done": "good",
    "running": "note",
    "waiting": "warn",
    "stopped": "warn",
    "stale": "warn",
    "failed": "bad",
    "interrupted": "bad",
}
#: How many refused rows of a run are shown with their reasons.
REFUSALS = 5


def show(view: View) -> Shown:
    """The ledger in a form that says what is well and what to do where it is not."""
    jobs = operations.jobs(view.connection, view.now)
    lead = "Every number on the other pages comes from these collections."
    if not jobs:
        empty = empty_state(
            "Nothing has been collected yet.",
            "“flowmeter up” collects what flowmeter.toml names; “flowmeter collect” does it once, by hand.",
        )
        return Shown("Data", html.Div(empty, className="card"), lead)
    return Shown("Data", [_summary(view, jobs), _troubles(jobs), _ledger(view, jobs)], lead)


def _summary(view: View, jobs: Sequence[JobState]) -> Content:
    failing = sum(job.shown_state in ("failed", "interrupted") for job in jobs)
    stale = sum(job.shown_state == "stale" for job in jobs)
    newest = max((job.last_success for job in jobs if job.last_success), default=None)
    refreshed = view.known.as_of.refreshed_at
    facts = (
        ("Sources", str(len(jobs)), "a job and what it collects from"),
        ("Failing", str(failing), "their last run failed or broke off"),
        ("Stale", str(stale), "no success for longer than usual"),
        ("Last success", wording.age(newest, view.now) if newest else "never", "of any source"),
        (
            "Numbers computed",
            wording.age(refreshed, view.now) if refreshed else "never",
            "from the facts held",
        ),
    )
    return html.Div(
        [
            html.Section(
                [
                    html.H2(title, className="score-title"),
                    html.Div(value, className="score-value small"),
                    html.Div(words, className="score-about"),
                ],
                className="card score",
            )
            for title, value, words in facts
        ],
        className="scores",
    )


def _troubles(jobs: Sequence[JobState]) -> Content:
    troubled = [job for job in jobs if job.error or job.rejected]
    if not troubled:
        return html.Div()
    return html.Section(
        [html.H2("What went wrong"), *(html.Div(_trouble(job)) for job in troubled)], className="card"
    )


def _trouble(job: JobState) -> list[Content]:
    told: list[Content] = [html.H3(f"{job.job.replace('_', ' ')} · {job.target}")]
    if job.error:
        told.append(html.P(job.error))
    if job.next_step:
        told.append(html.P([html.Strong("Next step: "), job.next_step]))
    if job.rejected:
        told.append(html.P(f"{wording.counted(job.rejected, 'row')} refused:"))
        told.append(html.Ul([html.Li(reason) for reason in _reasons(job.rejections)]))
    return told


def _reasons(written: str | None) -> list[str]:
    """The first refusals in words; the ledger keeps them as JSON of whatever shape the job gave."""
    try:
        held = json.loads(written or "[]")
    except json.JSONDecodeError:
        return [str(written)[:200]]
    entries = held if isinstance(held, list) else [held]
    return [
        ", ".join(f"{key}: {value}" for key, value in entry.items())[:300]
        if isinstance(entry, dict)
        else str(entry)[:300]
        for entry in entries[:REFUSALS]
    ] or ["no reason was kept"]


def _ledger(view: View, jobs: Sequence[JobState]) -> Content:
    head = ("Job", "From", "State", "Last success", "Rows", "Of", "Refused", "Requests", "Points")
    numbers = set(head[4:])
    rows = [
        html.Tr(
            [
                html.Th(job.job.replace("_", " "), scope="row"),
                html.Td(job.target),
                html.Td(html.Span(job.shown_state, className=f"tag {TAGS.get(job.shown_state, '')}")),
                html.Td(
                    wording.age(job.last_success, view.now) if job.last_success else "never",
                    title=periods.day_named(job.last_success.date()) if job.last_success else "",
                ),
                _number(job.rows),
                _number(job.expected_rows),
                _number(job.rejected),
                _number(job.requests),
                _number(job.points),
            ]
        )
        for job in jobs
    ]
    cells = [html.Th(text, scope="col", className="number" if text in numbers else "") for text in head]
    table = html.Table([html.Thead(html.Tr(cells)), html.Tbody(rows)], className="plain-table roomy")
    return html.Section(
        [
            html.H2("Sources, by their last run"),
            html.P(
                "Rows are those of the last run; Of is how many the source said it has; requests and points "
                "are what the run spent of GitHub’s quota.",
                className="meaning",
            ),
            html.Div(table, className="scrolling", tabIndex=0),
        ],
        className="card",
    )


def _number(value: int | None) -> Content:
    return html.Td("—" if value is None else f"{value:,}", className="number")


PAGE = Page("data", "/data", "Data", show, filters=False)
