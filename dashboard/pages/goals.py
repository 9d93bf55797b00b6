"""The five goal pages: what each one asks, its headline metrics, and its charts in reading order."""

from __future__ import annotations

from functools import partial

from dashboard.components.chart_card import Card
from dashboard.components.top_card import Top, top_card
from dashboard.language import _, mark
from dashboard.lists.contributors import CONTRIBUTORS
from dashboard.lists.organizations import ORGANIZATIONS
from dashboard.lists.repositories import REPOSITORIES
from dashboard.pages.cards import goal_page
from dashboard.pages.layout import Page, Shown
from dashboard.view import View

#: Goal → title, lead, headline metrics, charts. A chart more is one line more.
GOALS: dict[str, tuple[str, str, tuple[str, ...], tuple[Card, ...]]] = {
    "innovation": (
        mark("Innovation"),
        mark(
            "Do outside developers extend {project} with code and uses that {steward} alone would not have "
            "thought of?"
        ),
        ("outside_share_of_commits", "contributors", "new_contributors", "time_to_first_response"),
        (
            Card("commits", wide=True),
            Card("outside_share_of_commits"),
            Card("new_contributors"),
            Card("new_contributors_by_kind"),
            Card("contributors"),
            Card("contributors_by_kind"),
            Card("contributors_by_return"),
            Card("change_requests_opened"),
            Card("change_requests_merged"),
            Card("change_requests_declined"),
            Card("change_request_acceptance_ratio"),
            Card("change_request_closure_ratio"),
            Card("time_to_first_response"),
            Card("issue_time_to_first_response"),
            Card("unanswered_change_requests"),
            Card("time_to_close"),
            Card("open_change_requests"),
            Card("open_issues"),
            Card("open_issue_age"),
            Card("technical_forks"),
            Card("contributing_forks_share"),
            Card("use_cases_new", wide=True),
            Card("use_cases_active", wide=True),
            Card("use_case_domain_diversity"),
            Card("use_cases_in_new_fields"),
            Card("use_cases_by_platform"),
            Card("use_cases_by_language"),
            Card("affiliation_coverage"),
        ),
    ),
    "talent": (
        mark("Talent"),
        mark("Are the community and student interns a steady source of the best people?"),
        (
            "newcomer_retention",
            "joined_the_steward",
            "academic_share_of_commits",
            "contributor_absence_factor",
        ),
        (
            Card("conversion"),
            Card("newcomer_retention"),
            Card("newcomer_first_response"),
            Card("newcomer_first_merge_rate"),
            Card("good_first_issues"),
            Card("good_first_issues_taken"),
            Card("good_first_issues_by_newcomers"),
            Card("joined_the_steward"),
            Card("academic_share_of_commits"),
            Card("academic_contributors", figure="stacked_bar"),
            Card("contributors_interns", figure="stacked_bar"),
            Card("programme_contributors"),
            Card("programme_retention"),
            Card("contributor_absence_factor"),
            Card("inactive_contributors"),
            Card("occasional_contributors"),
            Card("absence_factor_by_component", wide=True),
        ),
    ),
    "research": (
        mark("Research"),
        mark("Is the field open: do rivals share research and build on each other’s work?"),
        ("organizations", "elephant_factor", "cross_organization_review", "papers_linked"),
        (
            Card("organizations"),
            Card("share_by_organization"),
            Card("elephant_factor"),
            Card("commits_by_peer_organization", wide=True),
            Card("peer_contributors", figure="stacked_bar"),
            Card("reviews_by_peer_organization"),
            Card("cross_organization_review"),
            Card("review_pairs", wide=True),
            Card("coauthored_across_organizations"),
            Card("papers_linked"),
            Card("use_cases_with_papers"),
            Card("rfcs_by_organization", wide=True),
        ),
    ),
    "cloud": (
        mark("Cloud"),
        mark("Does the community improve the product that {steward} earns with on its cloud?"),
        ("outside_share_of_merged", "release_cadence", "google_cloud_share", "cloud_requests"),
        (
            Card("outside_share_of_merged"),
            Card("outside_share_per_release"),
            Card("credited_contributors"),
            Card("release_cadence"),
            Card("merge_to_release"),
            Card("google_cloud_share"),
            Card("use_cases_by_cloud", wide=True),
            Card("cloud_requests"),
            Card("cloud_requests_first_response"),
            Card("cloud_samples_commits"),
            Card("production_stack_commits"),
            Card("merged_affiliation_coverage"),
        ),
    ),
    "ambition": (
        mark("Ambition"),
        mark("A platform as universal as Linux and as large as Android?"),
        ("commits_for_each_of_linux", "commits_beside_platforms", "stars", "forks"),
        (
            Card("commits_beside_platforms", wide=True, height=320),
            Card("commits_for_each_of_linux"),
            Card("commits_by_history_count"),
            Card("contributors_beside_peers"),
            Card("stars"),
            Card("stars_beside_peers"),
            Card("forks"),
            Card("languages"),
            Card("hardware_platforms"),
        ),
    ),
}

#: What each goal is called.
GOAL_TITLES = {goal: title for goal, (title, *_rest) in GOALS.items()}


#: Goal → who or what is behind its numbers, below its cards.
BEHIND = {
    "innovation": Top(CONTRIBUTORS, "/contributors", mark("Who is behind it"), "-contributions"),
    "talent": Top(CONTRIBUTORS, "/contributors", mark("Who came last"), "-first"),
    "research": Top(ORGANIZATIONS, "/organizations", mark("Whose work it is"), "-contributions"),
    "cloud": Top(REPOSITORIES, "/repositories", mark("Where it happens"), "-stars"),
}


def _show(goal: str, view: View) -> Shown:
    title, lead, headline, cards = GOALS[goal]
    words = _(lead).format(project=view.site.title, steward=view.site.steward)
    content, segments = goal_page(view, goal, headline, cards)
    if goal in BEHIND:
        # A list within a list is none that a browser can show.
        above = content if isinstance(content, list) else [content]
        content = [*above, top_card(view, BEHIND[goal])]
    return Shown(_(title), content, words, segments)


PAGES = tuple(Page(goal, f"/{goal}", title, partial(_show, goal)) for goal, title in GOAL_TITLES.items())
