"""The overview: the year in a sentence, five goals at a glance, what changed most, what needs attention."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import operations, wording
from dashboard.answers import Answer, answers
from dashboard.components.chart_card import Card, chart_card
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import dmc, html
from dashboard.components.scorecard import change_marks, scorecard
from dashboard.components.states import state_words
from dashboard.headline import Span, headline
from dashboard.language import _, mark
from dashboard.pages.cards import segments_of, without_holes
from dashboard.pages.goals import GOAL_TITLES
from dashboard.pages.layout import Page, Shown
from dashboard.summary import Summary
from dashboard.view import Content, View
from db.metrics.read import MetricText

#: Goal → the metrics that may speak for it; the first that is held does.
GOALS = {
    "innovation": ("outside_share_of_commits", "contributors", "commits"),
    "talent": ("new_contributors", "newcomer_retention", "conversion"),
    "research": ("elephant_factor", "organizations", "cross_organization_review"),
    "cloud": ("google_cloud_share", "outside_share_of_merged", "use_cases_by_cloud"),
    "ambition": ("commits_for_each_of_linux", "commits_beside_platforms", "stars"),
}
CHARTS = (
    Card("commits", height=300),
    Card("new_contributors", height=300),
    Card("contributors"),
    Card("outside_share_of_commits"),
)
UNANSWERED = ("unanswered_open_issues", "unanswered_open_change_requests")
SHARE, NEWCOMERS = "outside_share_of_commits", "new_contributors"
#: A change counts among the largest only when both sides stand on at least so many facts.
ENOUGH_FACTS = 20
#: A share of fewer facts speaks for a goal only where no other metric does.
ENOUGH_FOR_A_SHARE = 10
SHOWN_CHANGES, SHOWN_TROUBLES = 6, 6


def show(view: View) -> Shown:
    """The overview of the view's scope."""
    metrics = view.known.metrics
    if not metrics:
        return Shown(
            _("How {project}’s community is doing").format(project=view.site.title), _nothing_yet(view)
        )
    drawn = {card.metric for card in CHARTS}
    held = view.answers(*metrics, in_short=[name for name in metrics if name not in drawn])
    summaries = {name: view.summary(name, held) for name in metrics}
    charts = without_holes([card for card in CHARTS if card.metric in metrics])
    return Shown(
        _headline(view),
        [
            html.Div([_goal(view, goal, summaries) for goal in GOALS], className="scores"),
            html.Div([chart_card(view, card, held) for card in charts], className="cards"),
            html.Div([_attention(view, held), _changes(view, held, summaries)], className="cards news"),
        ],
        segments=segments_of(held, [card.metric for card in charts]),
    )


def _headline(view: View) -> Content:
    monthly = answers(
        view.connection, view.known, (SHARE, NEWCOMERS), view.filters.scope, "month", view.whole_until
    )
    share, newcomers = monthly.get(SHARE), monthly.get(NEWCOMERS)
    sentence = headline(
        shares=share.headline if share else (),
        unit=share.metric.unit if share else "share",
        newcomers=newcomers.headline if newcomers else (),
        subject=view.scope_title if view.filters.scope != "project" else view.site.title,
        steward=view.site.steward,
        until=view.filters.end,
    )
    if sentence is None:
        if view.progress.running:
            return wording.counted(
                view.progress.rows,
                "{scope}: being collected, {count} row so far",
                "{scope}: being collected, {count} rows so far",
                scope=view.scope_title,
            )
        return _("{scope}: a full year of history is not held yet").format(scope=view.scope_title)
    return [_span(part) for part in sentence]


def _span(part: Span) -> Content:
    return html.Strong(part.text) if part.strong else part.text


def _goal(view: View, goal: str, summaries: Mapping[str, Summary | None]) -> Content:
    metrics = view.known.metrics
    candidates = [name for name in (*GOALS[goal], *view.known.of_goal(goal)) if name in metrics]
    told = [name for name in candidates if summaries[name] is not None]
    chosen = next(
        (name for name in told if _stands(metrics[name], summaries[name])), told[0] if told else None
    )
    heading, href = _(GOAL_TITLES[goal]), f"/{goal}{view.filters.query()}"
    if chosen is not None:
        return scorecard(view, metrics[chosen], summaries[chosen], heading=heading, href=href)
    if candidates:
        return scorecard(view, metrics[candidates[0]], None, heading=heading, href=href)
    return html.Section(
        [
            html.H2(dmc.Anchor(heading, href=href, underline="never"), className="score-title"),
            html.Div("—", className="score-value"),
            empty_state(
                _("None of its metrics has been computed yet."), _("They come with the next refresh.")
            ),
        ],
        className="card score",
    )


def _stands(metric: MetricText, summary: Summary | None) -> bool:
    """Whether enough facts are behind a value to speak for a goal: a share of one thing says nothing."""
    few = summary is None or (wording.is_percentage(metric.unit) and summary.sample_size < ENOUGH_FOR_A_SHARE)
    return not few


def _attention(view: View, held: Mapping[str, Answer]) -> Content:
    told: list[tuple[str, str, str]] = [
        (message, kind, "bad") for kind, message in operations.open_alerts(view.connection)
    ]
    for job in operations.jobs(view.connection, view.now):
        name = f"{job.job.replace('_', ' ')} · {job.target}"
        if job.shown_state in ("failed", "interrupted"):
            why = job.error or _("its last run broke off")
            told.append((f"{name}: {why}", state_words(job.shown_state), "bad"))
        elif job.shown_state in ("stale", "waiting"):
            last = (
                _("last success {age}").format(age=wording.age(job.last_success, view.now))
                if job.last_success
                else state_words("waiting")
            )
            told.append((f"{name}: {last}", state_words(job.shown_state), "warn"))
        elif job.rejected:
            refused = wording.counted(job.rejected, "{count} row refused", "{count} rows refused")
            told.append((f"{name}: {refused}", _("refused rows"), "note"))
    unanswered = _unanswered(view, held)
    items = [
        *unanswered,
        *(
            html.Li([html.Span(_shortened(text)), html.Span(kind, className=f"tag {tone}")])
            for text, kind, tone in told[:SHOWN_TROUBLES]
        ),
    ]
    rest = len(told) - SHOWN_TROUBLES
    more = dmc.Anchor(
        _("{count} more on the Data page").format(count=rest) if rest > 0 else _("All sources"), href="/data"
    )
    body = (
        html.Ul(items, className="list")
        if items
        else html.P(
            _("Nothing so far; sources are still being collected.")
            if view.progress.running
            else _("Nothing: all sources are fresh and none failed.")
        )
    )
    return html.Section(
        [
            html.Div(
                [
                    html.H2(_("Needs attention")),
                    html.Span(_("{count} open").format(count=len(told) + len(unanswered)), className="faint"),
                ],
                className="card-head",
            ),
            body,
            html.Div(more, className="card-foot"),
        ],
        className="card chart attention",
    )


def _unanswered(view: View, held: Mapping[str, Answer]) -> list[Content]:
    """How many wait for a first answer, leading to them; nothing where nobody does."""
    waiting = sum(int(held[name].rows[-1].value) for name in UNANSWERED if name in held and held[name].rows)
    if not waiting:
        return []
    told = wording.counted(
        waiting,
        "{count} issue or change request waits for a first answer",
        "{count} issues and change requests wait for a first answer",
    )
    link = dmc.Anchor(told, href=f"/issues/unanswered{view.filters.query()}")
    return [html.Li([link, html.Span(_("unanswered"), className="tag warn")])]


def _shortened(text: str, longest: int = 140) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _changes(view: View, held: Mapping[str, Answer], summaries: Mapping[str, Summary | None]) -> Content:
    found: list[tuple[float, MetricText, str, Summary]] = []
    for name, summary in summaries.items():
        if summary is None or summary.last_year is None or summary.last_year <= 0 or summary.partial:
            continue
        earlier = min(
            (row.sample_size for row in held[name].headline if row.value == summary.last_year), default=0
        )
        if min(earlier, summary.sample_size) < ENOUGH_FACTS:
            continue
        metric = view.known.metrics[name]
        moved = wording.change(summary.value, summary.last_year, metric.unit)
        # Two metrics may count the same; what they tell is told once.
        same = (metric.unit, summary.value, summary.last_year)
        known = any((one.unit, its.value, its.last_year) == same for _by, one, _moved, its in found)
        if moved is not None and not moved.startswith("±") and not known:
            found.append((abs(summary.value / summary.last_year - 1), metric, moved, summary))
    found.sort(key=lambda entry: (-entry[0], entry[1].metric))
    items = [
        html.Li(
            [
                dmc.Anchor(metric.title, href=f"/metrics/{metric.metric}{view.filters.query()}"),
                html.Span(
                    [
                        html.Span(
                            f"{wording.amount(summary.last_year or 0, metric.unit)} → "
                            f"{wording.amount(summary.value, metric.unit)} "
                            f"{wording.unit_words(metric.unit, summary.value)}",
                            className="faint wide-only",
                        ),
                        *change_marks(moved, metric.direction),
                    ],
                    className="moved",
                ),
            ]
        )
        for _by, metric, moved, summary in found[:SHOWN_CHANGES]
    ]
    body = (
        html.Ul(items, className="list changes columns")
        if items
        else html.P(
            _("Nothing can be told yet: it takes the same period of two years, with enough facts in both.")
        )
    )
    return html.Section(
        [
            html.Div(
                [
                    html.H2(_("What changed most")),
                    html.Span(_("last period on the same a year before"), className="faint"),
                ],
                className="card-head",
            ),
            body,
        ],
        className="card chart",
    )


def _nothing_yet(view: View) -> Content:
    if view.progress.running:
        why = wording.counted(
            view.progress.rows,
            "The first collection is running: {count} row so far.",
            "The first collection is running: {count} rows so far.",
        )
        todo = _("Numbers are computed while it goes on; open this page again in a minute.")
    elif view.progress.ever_finished:
        why, todo = (
            _("Facts are held, but no number has been computed from them."),
            _("Run “flowmeter metrics refresh”."),
        )
    else:
        why = _("Nothing has been collected yet.")
        todo = _("Run “flowmeter up”: it collects, computes and shows, and goes on where it was stopped.")
    return html.Div(empty_state(why, todo), className="card")


PAGE = Page("overview", "/", mark("Overview"), show)
