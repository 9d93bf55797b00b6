"""Where benchmark results come from, by format of the files."""

from __future__ import annotations

from sqlalchemy import Connection

from dashboard.components.markup import html
from dashboard.language import _
from dashboard.view import Content
from db.benchmarks.series import source_summary


def sources(connection: Connection) -> Content:
    """A table of what was read and what was refused."""
    rows = [
        (
            str(row["format"]).replace("_", " "),
            *(f"{int(row[name] or 0):,}" for name in ("sources", "results", "rejected")),
        )
        for row in source_summary(connection).to_dict("records")
    ]
    head = (_("Format"), _("Sources"), _("Results"), _("Refused rows"))
    kinds = ("", "number", "number", "number")
    cells = [html.Th(text, scope="col", className=kind) for text, kind in zip(head, kinds, strict=True)]
    body = [
        html.Tr([html.Td(text, className=kind) for text, kind in zip(row, kinds, strict=True)])
        for row in rows
    ]
    table = html.Table([html.Thead(html.Tr(cells)), html.Tbody(body)], className="plain-table")
    return html.Section(
        [
            html.H2(_("Where the results come from")),
            html.P(_("Files and published facts that were read, by format."), className="meaning"),
            html.Div(table, className="scrolling", tabIndex=0),
        ],
        className="card",
    )
