"""The reports that were made, newest first, each with the page of its own that it was sent as."""

from __future__ import annotations

from dashboard import operations, periods
from dashboard.components.empty_state import empty_state
from dashboard.components.markup import html
from dashboard.language import _, mark
from dashboard.pages.layout import Page, Shown
from dashboard.view import View


def show(view: View) -> Shown:
    """The list of issues."""
    issues = operations.reports(view.connection)
    lead = _("Digests that the scheduler makes for those who rather read than browse.")
    if not issues:
        empty = empty_state(
            _("No report has been made yet."),
            _(
                "The scheduler makes the weekly digest on Monday morning (UTC) once numbers are held; "
                "“flowmeter report preview” shows the next one now."
            ),
        )
        return Shown(_("Reports"), html.Div(empty, className="card"), lead)
    head = (_("Period"), _("Report"), _("About"), _("Headline"), _("Made"))
    rows = [
        html.Tr(
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
        )
        for issue in issues
    ]
    cells = [html.Th(text, scope="col") for text in head]
    table = html.Table([html.Thead(html.Tr(cells)), html.Tbody(rows)], className="plain-table roomy stacked")
    return Shown(_("Reports"), html.Section(html.Div(table, className="scrolling"), className="card"), lead)


PAGE = Page("reports", "/reports", mark("Reports"), show, filters=False)
