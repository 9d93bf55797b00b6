"""The reports that were made, newest first; what goes next and when; the feed; and what alerts tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

from dashboard import operations, periods, wording
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import html
from dashboard.language import _, mark
from dashboard.operations import AlertState
from dashboard.pages.layout import Page, Shown
from dashboard.report_routes import scheduled
from dashboard.view import Content, View


def show(view: View) -> Shown:
    """What comes next, open alerts, and the list of issues."""
    lead = _("Digests that the scheduler makes for those who rather read than browse.")
    return Shown(_("Reports"), [_coming(view), _alerts(view), _made(view)], lead)


def _coming(view: View) -> Content:
    rows = scheduled(view.site)
    if not rows:
        return html.Div()
    head = (_("Report"), _("About"), _("Period"), _("Goes out"), "")
    body = [
        [
            html.Th(name, scope="row"),
            html.Td(view.known.scope_title(scope)),
            html.Td(days),
            html.Td(when),
            html.Td(
                html.A(
                    _("Preview"),
                    href=f"/reports/next/{quote(name, safe='')}?{urlencode({'scope': scope})}",
                    **{"aria-label": _("Preview of {report}, {scope}").format(report=name, scope=scope)},
                )
            ),
        ]
        for name, scope, days, when in rows
    ]
    return _card(_("What goes next"), "", head, body, "coming")


def _alerts(view: View) -> Content:
    found = operations.alerts(view.connection)
    if not found:
        return html.Div()
    head = (_("Alert"), _("About"), _("What happened"), _("State"), _("Since"))
    tones = {"open": (_("open"), "tag bad"), "over": (_("over"), "tag")}
    body = [
        [
            html.Th(each.rule, scope="row"),
            html.Td(view.known.scope_title(each.scope)),
            html.Td(each.message),
            html.Td(html.Span(tones[each.state][0], className=tones[each.state][1])),
            html.Td(wording.age(_since(each), view.now)),
        ]
        for each in found
    ]
    meaning = _("What crossed a line that flowmeter.toml draws; each crossing is told once.")
    return _card(_("Alerts"), meaning, head, body, "alerts")


def _since(alert: AlertState) -> datetime:
    return alert.opened_at if alert.state == "open" else alert.updated_at


def _made(view: View) -> Content:
    issues = operations.reports(view.connection)
    if not issues:
        empty = empty_state(
            _("No report has been made yet."),
            _(
                "The scheduler makes each when its hour has come and numbers are held; “flowmeter report "
                "preview” shows the next one now."
            ),
        )
        return html.Div(empty, className="card")
    head = (_("Period"), _("Report"), _("About"), _("Headline"), _("Made"))
    body = [
        [
            html.Th(
                html.A(
                    f"{periods.day_named(issue.period)} – {periods.day_named(issue.period_end)}",
                    href=f"/reports/{issue.report_id}",
                ),
                scope="row",
            ),
            html.Td(issue.report),
            html.Td(view.known.scope_title(issue.scope)),
            html.Td(
                [
                    issue.headline,
                    *([html.Span(_("simulated"), className="tag warn")] if issue.simulated else []),
                ]
            ),
            html.Td(periods.day_named(issue.made_at.date())),
        ]
        for issue in issues
    ]
    feed = html.A(_("Subscribe by feed (Atom)"), href="/reports/feed.atom")
    return _card(_("What was made"), feed, head, body, "made")


def _card(
    title: str, meaning: Content, head: Sequence[str], body: Sequence[Sequence[Content]], name: str
) -> Content:
    cells = [html.Th(text, scope="col") if text else html.Td() for text in head]
    table = html.Table(
        [html.Thead(html.Tr(cells)), html.Tbody([html.Tr(list(row)) for row in body])],
        className="plain-table roomy stacked",
    )
    said = [html.P(meaning, className="meaning")] if meaning else []
    return html.Section(
        [html.H2(title), *said, html.Div(table, className="scrolling")], className="card", id=name
    )


PAGE = Page("reports", "/reports", mark("Reports"), show, filters=False)
