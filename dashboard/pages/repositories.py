"""The repositories of a scope as a list."""

from __future__ import annotations

from dashboard.components import banner
from dashboard.components.list_card import list_card
from dashboard.language import _, mark
from dashboard.lists.repositories import REPOSITORIES
from dashboard.pages.layout import Page, Shown
from dashboard.view import View


def show(view: View) -> Shown:
    """The list."""
    card, problems = list_card(view, REPOSITORIES, unit="repositories")
    lead = _("What is tracked under {scope}.").format(scope=view.scope_title)
    return Shown(_("Repositories"), [*([banner.problems(problems)] if problems else []), card], lead)


PAGE = Page("repositories", "/repositories", mark("Repositories"), show)
