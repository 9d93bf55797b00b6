"""What is held beside GitHub's own totals, as a card of the Data page."""

from __future__ import annotations

from dashboard import operations, wording
from dashboard.components.grid import LINES, column, grid, number_column
from dashboard.components.markup import html
from dashboard.components.states import state_column, state_words
from dashboard.language import _
from dashboard.language.values import called
from dashboard.view import Content, View


def compared(view: View) -> Content:
    """The last comparison of each repository, what differs first; nothing before the first one."""
    found = operations.comparisons(view.connection)
    if not found:
        return html.Div()
    rows = [
        {
            "repository": each.repository,
            "subject": called(each.subject),
            "state": each.state,
            "state_words": state_words(each.state),
            "held": each.held,
            "counted": each.counted,
            "missing": each.missing,
            "outdated": each.outdated,
            "gone": each.gone,
            "when": wording.age(each.checked_at, view.now),
            "age": (view.now - each.checked_at).total_seconds(),
        }
        for each in found
    ]
    columns = [
        column("repository", _("Repository"), **LINES, flex=2, minWidth=250),
        column("subject", _("What"), **LINES, flex=2, minWidth=150),
        state_column(),
        number_column("held", _("Held")),
        number_column("counted", _("GitHub’s count"), minWidth=165),
        number_column("missing", _("Missing")),
        number_column("outdated", _("Outdated"), minWidth=110),
        number_column("gone", _("Gone")),
        # Ages are sorted as ages, not as words.
        column(
            "age",
            _("Compared"),
            minWidth=135,
            filter=False,
            valueFormatter={"function": "params.data.when"},
        ),
    ]
    differing = sum(each.state == "differs" for each in found)
    told = (
        wording.counted(differing, "{count} count differs.", "{count} counts differ.")
        if differing
        else _("Nothing differs.")
    )
    return html.Section(
        [
            html.H2(_("Held, beside GitHub’s own totals")),
            html.P(
                [
                    f"{told} ",
                    _(
                        "Once a week what is held is compared with what GitHub counts. What was missing or "
                        "outdated is read again, what GitHub lists no longer is kept as gone and counted "
                        "nowhere. Pull requests are shown as GitHub counts them: one that landed without its "
                        "calling it merged is a closed one here."
                    ),
                ],
                className="meaning",
            ),
            grid(
                "compared",
                wording.counted(
                    len(rows), "Held and counted: {count} comparison", "Held and counted: {count} comparisons"
                ),
                columns,
                rows,
                view.asked,
            ),
        ],
        className="card",
    )
