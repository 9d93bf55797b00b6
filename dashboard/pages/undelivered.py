"""Reports and alerts that have not arrived: mail that was refused, hooks that are gone, files not written."""

from __future__ import annotations

from datetime import timedelta

from dashboard import wording
from dashboard.components.grid import column, grid
from dashboard.components.markup import html
from dashboard.components.states import state_column
from dashboard.language import _
from dashboard.reports.sent import Trouble, troubles
from dashboard.view import Content, View

#: What was given up is shown for so long.
SHOWN_FOR = timedelta(days=30)


def undelivered(view: View) -> Content:
    """A card with what failed and what will be tried again; nothing where all has arrived."""
    found = troubles(view.connection, view.now - SHOWN_FOR)
    if not found:
        return html.Div()
    rows = [
        {
            "what": f"{each.name} · {each.scope}",
            "to": each.label,
            "state": "failed" if each.state == "failed" else "waiting",
            "told": each.error,
            "next": _next(view, each),
            "when": wording.age(each.updated_at, view.now),
        }
        for each in found
    ]
    lines = {"wrapText": True, "autoHeight": True}
    columns = [
        column("what", _("Report or alert"), **lines, minWidth=160),
        column("to", _("To"), **lines, minWidth=150),
        state_column(),
        column("told", _("What happened"), **lines, flex=3, minWidth=220),
        column("next", _("Next step"), **lines, flex=2, minWidth=180),
        column("when", _("Last try"), minWidth=120),
    ]
    count = wording.counted(len(rows), "{count} delivery", "{count} deliveries")
    return html.Section(
        [
            html.H2(_("What has not arrived")),
            html.P(
                _(
                    "Reports and alerts that were refused or could not be sent. Recipients are told by their "
                    "group and number in flowmeter.toml: addresses are not held."
                ),
                className="meaning",
            ),
            grid(
                "undelivered",
                _("What has not arrived: {count}").format(count=count),
                columns,
                rows,
                view.asked,
            ),
        ],
        className="card",
        id="undelivered",
    )


def _next(view: View, each: Trouble) -> str:
    if each.state == "failed" and each.channel == "email":
        return _("Put the address right in flowmeter.toml, or take it out; the next issue goes there again.")
    if each.state == "failed" and each.channel == "webhook":
        return _("Make the hook anew and put its address where flowmeter.toml looks for it.")
    if each.state == "failed":
        return _("Make the folder writable: the files are written with the next round.")
    minutes = max(int((each.next_attempt_at - view.now).total_seconds()) // 60, 0)
    when = wording.counted(minutes, "{count} minute", "{count} minutes")
    return _("Tried again in {time}; so far {tries}.").format(
        time=when, tries=wording.counted(each.attempts, "{count} try", "{count} tries")
    )
