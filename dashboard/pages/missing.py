"""The page for addresses that lead nowhere."""

from __future__ import annotations

from dashboard.components.empty_state import empty_state
from dashboard.components.markup import html
from dashboard.language import _, mark
from dashboard.pages.layout import Page, Shown
from dashboard.view import View


def show(_view: View) -> Shown:
    """Says so, and where to go on."""
    return Shown(
        _("There is no such page"),
        html.Div(
            empty_state(_("This address leads nowhere."), _("Choose a page in the navigation.")),
            className="card",
        ),
    )


#: Dash shows the page of this name for every address that no other page has.
PAGE = Page("not_found_404", "/404", mark("Not found"), show, filters=False)
