"""The five goal pages: what each one asks, its headline metrics, and its charts in reading order."""

from __future__ import annotations

from functools import partial

from dashboard.components.chart_card import Card
from dashboard.pages.cards import goal_page
from dashboard.pages.layout import Page, Shown
from dashboard.view import View

#: Goal → title, lead, headline metrics, charts. A chart more is one line more.
GOALS: dict[str, tuple[str, str, tuple[str, ...], tuple[Card, ...]]] = {
    "innovation": (
        "Innovation",
        "Do outside developers extend {project} with code and uses that {steward} alone would not have "
        "thought of?",
        ("outside_share_of_commits", "contributors", "new_contributors", "time_to_first_response"),
        (
            Card("commits", wide=True),
            Card("outside_share_of_commits"),
            Card("contributors"),
            Card("new_contributors"),
        ),
    ),
    "talent": (
        "Talent",
        "Are the community and student interns a steady source of the best people?",
        ("newcomer_retention", "joined_the_steward", "contributor_absence_factor"),
        (Card("conversion"),),
    ),
    "research": (
        "Research",
        "Is the field open: do rivals share research and build on each other’s work?",
        ("organizations", "elephant_factor", "cross_organization_review"),
        (Card("organizations"),),
    ),
    "cloud": (
        "Cloud",
        "Does the community improve the product that {steward} earns with on its cloud?",
        ("outside_share_of_merged", "release_cadence", "google_cloud_share"),
        (Card("use_cases_by_cloud"),),
    ),
    "ambition": (
        "Ambition",
        "A platform as universal as Linux and as large as Android?",
        ("commits_beside_platforms", "stars"),
        (Card("commits_beside_platforms", wide=True),),
    ),
}


def _show(goal: str, view: View) -> Shown:
    title, lead, headline, cards = GOALS[goal]
    words = lead.format(project=view.site.title, steward=view.site.steward)
    return Shown(title, goal_page(view, goal, headline, cards), words)


PAGES = tuple(Page(goal, f"/{goal}", title, partial(_show, goal)) for goal, (title, *_) in GOALS.items())
