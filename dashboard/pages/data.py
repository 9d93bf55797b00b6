"""Where the facts come from: every job and target with its last success, rows, refusals and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime

from dashboard import operations, wording
from dashboard.components.empty_state import empty_state
from dashboard.components.grid import LINES, column, grid, number_column
from dashboard.components.markup import html
from dashboard.components.states import REFUSED, TAGS, state_column, state_words
from dashboard.language import _, mark
from dashboard.operations import JobState, Spending
from dashboard.pages.archived import archived
from dashboard.pages.compared import compared
from dashboard.pages.layout import Page, Shown
from dashboard.pages.undelivered import undelivered
from dashboard.view import Content, View

#: How many refused rows of a run are shown with their reasons.
REFUSALS = 3
#: Where there is nothing to say.
NOTHING = "—"


def show(view: View) -> Shown:
    """The ledger in a form that says what is well and what to do where it is not."""
    jobs = operations.jobs(view.connection, view.now)
    lead = _("Every number on the other pages comes from these collections.")
    if not jobs:
        empty = empty_state(
            _("Nothing has been collected yet."),
            _(
                "“flowmeter up” collects what flowmeter.toml names; “flowmeter collect” does it once, by "
                "hand."
            ),
        )
        return Shown(_("Data"), [html.Div(empty, className="card"), undelivered(view)], lead)
    return Shown(
        _("Data"),
        [
            _summary(view, jobs),
            _troubles(view, jobs),
            undelivered(view),
            compared(view),
            archived(view),
            _ledger(view, jobs),
        ],
        lead,
    )


def _summary(view: View, jobs: Sequence[JobState]) -> Content:
    failing = sum(job.shown_state in ("failed", "interrupted") for job in jobs)
    stale = sum(job.shown_state == "stale" for job in jobs)
    newest = max((job.last_success for job in jobs if job.last_success), default=None)
    refreshed = view.known.as_of.refreshed_at
    facts = (
        (_("Sources"), str(len(jobs)), _("a job and what it collects from")),
        (_("Failing"), str(failing), _("their last run failed or broke off")),
        (_("Stale"), str(stale), _("no success for longer than usual")),
        (_("Last success"), wording.age(newest, view.now) if newest else _("never"), _("of any source")),
        (
            _("Numbers computed"),
            wording.age(refreshed, view.now) if refreshed else _("never"),
            _("from the facts held"),
        ),
        _spent(operations.spending(view.connection, view.now), view.now),
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


def _spent(spending: Spending, now: datetime) -> tuple[str, str, str]:
    """GitHub's quota as a fact: what a day took, and what is left."""
    spent = _("{requests} requests, {points} points").format(
        requests=wording.whole(spending.requests), points=wording.whole(spending.points)
    )
    when = _("in the last day")
    if spending.left is not None and spending.told_at is not None:
        when += f"; {quota_left(spending.left)}, {wording.age(spending.told_at, now)}"
    return _("Asked of GitHub"), spent, when


def quota_left(told: str) -> str:
    """What is left of the quota, as collectors tell it, in the language: `4,425 of 5,000 requests left`."""
    ways = {
        "requests": _("{count} of {whole} requests left"),
        "points": _("{count} of {whole} points left"),
    }
    found = re.findall(r"([\d,]+) of ([\d,]+) (requests|points)", told)
    return ", ".join(ways[unit].format(count=count, whole=whole) for count, whole, unit in found) or told


def _troubles(view: View, jobs: Sequence[JobState]) -> Content:
    troubled = [job for job in jobs if (job.error or job.rejected) and job.shown_state not in operations.GONE]
    if not troubled:
        return html.Div()
    titles = (_("Source"), _("State"), _("What happened"), _("Next step"), _("Run"))
    # They are few and long: no grid, but a table whose rows stand as blocks on a telephone.
    table = html.Table(
        [
            html.Thead(html.Tr([html.Th(title, scope="col") for title in titles])),
            html.Tbody([_trouble(view, job, titles) for job in troubled]),
        ],
        className="plain-table roomy rows",
    )
    return html.Section(
        [
            html.H2(_("What went wrong")),
            html.P(
                _("Last runs that failed, broke off or refused rows, and what to do about them."),
                className="meaning",
            ),
            html.Div(
                table,
                role="group",
                **{
                    "aria-label": wording.counted(
                        len(troubled), "What went wrong: {count} source", "What went wrong: {count} sources"
                    )
                },
            ),
        ],
        className="card troubles",
    )


def _trouble(view: View, job: JobState, titles: Sequence[str]) -> Content:
    state = _state(job)
    cells = (
        (f"{job.job.replace('_', ' ')} · {job.target}", "wraps"),
        (html.Span(state["state_words"], className=f"tag {TAGS.get(state['state'], '')}"), ""),
        (_told(job), "long"),
        (job.next_step or NOTHING, "wraps" if job.next_step else "none"),
        (wording.age(job.started_at, view.now), ""),
    )
    return html.Tr(
        [
            html.Td(words, className=kind, **{"data-label": title})
            for (words, kind), title in zip(cells, titles, strict=True)
        ]
    )


def _state(job: JobState) -> dict[str, str]:
    """A row's state: a run that is done and refused rows is not simply well."""
    if job.shown_state == "done" and job.rejected:
        words = _("done, {count} refused").format(count=wording.whole(job.rejected))
        return {"state": REFUSED, "state_words": words}
    return {"state": job.shown_state, "state_words": state_words(job.shown_state)}


def _told(job: JobState) -> str:
    told = [job.error] if job.error else []
    if job.rejected:
        told.append(
            wording.counted(
                job.rejected,
                "{count} row refused: {reasons}",
                "{count} rows refused: {reasons}",
                reasons="; ".join(_reasons(job.rejections)),
            )
        )
    return " ".join(told)


def _reasons(written: str | None) -> list[str]:
    """The first refusals in words; the ledger keeps them as JSON of whatever shape the job gave."""
    try:
        held = json.loads(written or "[]")
    except json.JSONDecodeError:
        return [str(written)[:200]]
    entries = held if isinstance(held, list) else [held]
    return [_reason(entry)[:300] for entry in entries[:REFUSALS]] or [_("no reason was kept")]


def _reason(entry: object) -> str:
    """What was refused, and why; of an entry of another shape all that it says."""
    if not isinstance(entry, dict):
        return str(entry)
    if entry.keys() == {"what", "why"}:
        return f"{entry['what']}: {entry['why']}"
    return ", ".join(f"{key}: {value}" for key, value in entry.items())


def _ledger(view: View, jobs: Sequence[JobState]) -> Content:
    rows = [
        {
            "job": job.job.replace("_", " "),
            "target": job.target,
            **_state(job),
            "success": wording.age(job.last_success, view.now) if job.last_success else _("never"),
            "age": (view.now - job.last_success).total_seconds() if job.last_success else None,
            "rows": job.rows,
            "expected": job.expected_rows,
            "rejected": job.rejected,
            "requests": job.requests,
            "points": job.points,
        }
        for job in jobs
    ]
    columns = [
        # On a telephone the first three are seen at once.
        column("job", _("Job"), **LINES, minWidth=96),
        state_column() | {"minWidth": 104},
        column("target", _("From"), **LINES, flex=2, minWidth=140),
        # Ages are sorted as ages, not as words.
        column(
            "age",
            _("Last success"),
            minWidth=130,
            filter=False,
            valueFormatter={"function": "params.data.success"},
        ),
        number_column("rows", _("Rows")),
        number_column("expected", _("Items there"), minWidth=120),
        number_column("rejected", _("Refused")),
        number_column("requests", _("Requests"), minWidth=110),
        number_column("points", _("Points")),
    ]
    return html.Section(
        [
            html.H2(_("Sources, by their last run")),
            html.P(
                _(
                    "Rows are those of the last run. Items there is how many issues, pull requests or "
                    "commits the source said it has, where it said so; each may bring several rows. "
                    "Requests and points are what the run spent of GitHub’s quota."
                ),
                className="meaning",
            ),
            grid(
                "sources",
                wording.counted(
                    len(rows),
                    "Sources by their last run: {count} source",
                    "Sources by their last run: {count} sources",
                ),
                columns,
                rows,
                view.asked,
            ),
        ],
        className="card",
    )


PAGE = Page("data", "/data", mark("Data"), show, filters=False)
