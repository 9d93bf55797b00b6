"""A metric at a glance: value, unit, how it moved, a small line of its past, coverage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from urllib.parse import quote

from dashboard import periods, theme, wording
from dashboard.answers import Answer
from dashboard.components.empty_state import without_values
from dashboard.components.markup import dmc, html
from dashboard.language import _, mark
from dashboard.summary import Summary
from dashboard.view import Content, View
from db.metrics.read import MetricText

#: How many of the newest periods the small line shows.
TREND = 120
#: What stands behind a change.
ON_LAST_YEAR, ON_BEFORE = mark(" on last year"), mark(" on the period before")


def scorecard(
    view: View,
    metric: MetricText,
    summary: Summary | None,
    *,
    heading: str = "",
    href: str = "",
    alone: bool = False,
) -> Content:
    """The card; `heading` stands in for the metric's title (a goal's name), `href` is where it leads.

    `alone` says that the page is the metric's own, so that the card need not say which one it is.
    """
    title = heading or metric.title
    shown = dmc.Anchor(title, href=href, underline="never", className="card-link") if href else title
    head = html.H2(shown, className="score-title")
    if summary is None:
        return html.Section(
            [
                head,
                html.Div("—", className="score-value"),
                without_values(view, Answer(metric, view.filters.grain, ())),
            ],
            className="card score",
        )
    unit = metric.unit
    when = periods.named(summary.period, view.filters.grain) + (
        _(", not complete") if summary.partial else ""
    )
    words = wording.unit_words(unit, summary.value)
    about = [metric.title] if heading and not alone else [words]
    if summary.segment:
        about = [*filter(None, about), f" · {wording.segment_title(summary.segment, view.site.steward)}"]
    return html.Section(
        [
            head,
            html.Div(
                [
                    wording.amount(summary.value, unit),
                    *([html.Span(words, className="score-unit")] if heading and words and not alone else []),
                ],
                className="score-value",
            ),
            html.Div([*about, html.Span(when, className="score-when")], className="score-about"),
            html.Div(_changes(summary, metric)[: 1 if heading and not alone else None]),
            sparkline(summary.trend[-TREND:], _("{title}: its past").format(title=title)),
            html.Div(_footer(view, metric, summary), className="score-foot"),
        ],
        className="card score",
    )


def _changes(summary: Summary, metric: MetricText) -> list[Content]:
    lines = []
    for before, words in ((summary.last_year, ON_LAST_YEAR), (summary.before, ON_BEFORE)):
        if before is None:
            continue
        moved = wording.change(summary.value, before, metric.unit)
        if moved is not None:
            lines.append(
                html.Div([*change_marks(moved, metric.direction), _(words)], className="score-change")
            )
    return lines or [html.Div(_("Nothing earlier to compare with"), className="score-change faint")]


def change_marks(moved: str, direction: str) -> list[Content]:
    """A change with its arrow, told good or bad by which way the metric is better."""
    up, flat = moved.startswith("+"), moved.startswith("±")
    if flat:
        return [html.Span(moved, className="change")]
    kind = "change"
    if direction in ("up", "down"):
        kind += " good" if up == (direction == "up") else " bad"
    arrow = html.Span("▲" if up else "▼", **{"aria-hidden": "true"})
    return [html.Span([arrow, " ", moved], className=kind)]


def _footer(view: View, metric: MetricText, summary: Summary) -> str:
    parts = []
    if summary.index is not None and not wording.is_percentage(metric.unit):
        since = periods.named(view.site.baseline.replace(day=1), "month")
        told = _("index since {month}: {value}")
        parts.append(told.format(month=since, value=wording.whole(summary.index)))
    target = view.site.targets.get(metric.metric)
    if target is not None:
        parts.append(_("target {value}").format(value=wording.amount(target, metric.unit)))
    if summary.coverage is not None:
        parts.append(_("{share} of its facts known").format(share=wording.amount(summary.coverage, "share")))
    if wording.is_percentage(metric.unit) or not parts:
        parts.append(
            _("of {count}").format(count=wording.whole(summary.sample_size))
            if wording.is_percentage(metric.unit)
            else wording.counted(summary.sample_size, "from {count} fact", "from {count} facts")
        )
    return " · ".join(parts)


def sparkline(trend: Sequence[tuple[date, float]], label: str) -> Content:
    """A small line of the past as a picture: light enough for any number of cards.

    It stops where periods have no value, and goes on where they have one again.
    """
    if len(trend) < 2:
        return html.Div(className="spark")
    width, height = 200, 40
    first, last = trend[0][0], trend[-1][0]
    values = [value for _day, value in trend]
    low, high = min(0.0, *values), max(values)
    span = (high - low) or 1.0
    days = (last - first).days or 1
    usual = min((after - before).days for (before, _then), (after, _now) in pairwise(trend))
    path, since = "", None
    for day, value in trend:
        x = 2 + (day - first).days / days * (width - 8)
        y = height - 3 - (value - low) / span * (height - 7)
        # The shortest month is no half of two others.
        joined = since is not None and (day - since).days < 2 * usual
        # What stands alone is a dot: a line of no length with round ends.
        path += f"L{x:.1f},{y:.1f}" if joined else f"M{x:.1f},{y:.1f}h0"
        since = day
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" preserveAspectRatio="none">'
        f'<path fill="none" stroke="{theme.ACCENT.fill}" stroke-width="1.6" stroke-linejoin="round" '
        f'stroke-linecap="round" vector-effect="non-scaling-stroke" d="{path}"/></svg>'
    )
    return html.Img(src=f"data:image/svg+xml,{quote(picture)}", alt=label, className="spark")
