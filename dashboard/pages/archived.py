"""How far GH Archive is loaded, and its gaps, as a card of the Data page."""

from __future__ import annotations

from dashboard import wording
from dashboard.components.grid import column, grid, number_column
from dashboard.components.markup import html
from dashboard.language import _, mark
from dashboard.view import Content, View
from db.archive import Gap, standing

#: So many gaps are shown; `flowmeter archive status` lists them all.
SHOWN = 500
STATES = {
    "damaged": mark("damaged"),
    "unreadable": mark("unreadable"),
    "missing": mark("missing"),
    "never asked for": mark("never asked for"),
}


def archived(view: View) -> Content:
    """The hours that are loaded and every gap between them; nothing where no archive was ever loaded."""
    found = standing(view.connection)
    if found is None:
        return html.Div()
    told = _(
        "{loaded} hours from {first} to {last} are loaded. The hours below are not, or not whole: what "
        "happened in them is unknown, and charts of that time show less than there was."
    ).format(
        loaded=wording.whole(found.by_state.get("loaded", 0)),
        first=f"{found.first:%Y-%m-%d %H:00}",
        last=f"{found.last:%Y-%m-%d %H:00}",
    )
    if not found.gaps:
        told = _("All {loaded} hours from {first} to {last} are loaded.").format(
            loaded=wording.whole(found.by_state.get("loaded", 0)),
            first=f"{found.first:%Y-%m-%d %H:00}",
            last=f"{found.last:%Y-%m-%d %H:00}",
        )
    parts: list[Content] = [html.H2(_("Hours of GH Archive")), html.P(told, className="meaning")]
    if found.gaps:
        lines = {"wrapText": True, "autoHeight": True}
        columns = [
            column("first", _("First hour (UTC)"), minWidth=160),
            column("last", _("Last hour (UTC)"), minWidth=160),
            number_column("hours", _("Hours")),
            column("state", _("State"), minWidth=140),
            column("why", _("What happened"), **lines, flex=3, minWidth=220),
        ]
        rows = [_row(gap) for gap in found.gaps[:SHOWN]]
        label = wording.counted(
            len(found.gaps), "Hours of GH Archive: {count} gap", "Hours of GH Archive: {count} gaps"
        )
        parts.append(grid("archived", label, columns, rows, view.asked))
        if len(found.gaps) > SHOWN:
            cut = _("The first {shown} of {count} gaps: flowmeter archive status lists them all.")
            told = cut.format(shown=wording.whole(SHOWN), count=wording.whole(len(found.gaps)))
            parts.append(html.P(told, className="meaning"))
    return html.Section(parts, className="card", id="archived")


def _row(gap: Gap) -> dict[str, object]:
    return {
        "first": f"{gap.first:%Y-%m-%d %H:00}",
        "last": f"{gap.last:%Y-%m-%d %H:00}",
        "hours": gap.hours,
        "state": _(STATES.get(gap.state, gap.state)),
        "why": gap.why or "",
    }
