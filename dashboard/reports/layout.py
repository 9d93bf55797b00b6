"""What a report shows and in which order: the goals with their headline metrics, and the pictures."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.language import mark

SHARE, NEWCOMERS, WORK = "outside_share_of_commits", "new_contributors", "commits"
CONTRIBUTORS = "contributors"
#: Metrics that draw others beside the scope: what changed in the scope itself, its plain metric tells.
SAME_AS = {
    "commits_beside_platforms": WORK,
    "commits_by_history_count": WORK,
    "contributors_beside_peers": CONTRIBUTORS,
    "stars_beside_peers": "stars",
}
#: What sentences call a metric whose own name is a term of the field; others go by their names.
NOUNS = {
    SHARE: mark("Share of commits from outside"),
    "contributor_absence_factor": mark("People who carry half of the commits"),
    "elephant_factor": mark("Organisations that carry half of the commits"),
    "organizations": mark("Organisations that take part"),
    "time_to_first_response": mark("Time to a first answer"),
    "issue_time_to_first_response": mark("Time to a first answer to issues"),
    "newcomer_first_response": mark("Time to a first answer to newcomers"),
    "cloud_requests_first_response": mark("Time to a first answer to requests about the cloud"),
    "cloud_requests": mark("Requests about the cloud"),
    "cross_organization_review": mark("Reviews across organisations"),
    "outside_share_of_merged": mark("Share of merged changes from outside"),
    "outside_share_per_release": mark("Share of a release from outside"),
    "release_cadence": mark("Releases"),
    "google_cloud_share": mark("Share of use cases that state Google Cloud"),
    "joined_the_steward": mark("People who joined the steward"),
    "conversion": mark("Newcomers who take part"),
    "commits_for_each_of_linux": mark("Commits for each one to Linux"),
    "rfcs_by_organization": mark("RFCs by organisation"),
    "newcomer_first_merge_rate": mark("Newcomers whose first change is merged"),
    "coauthored_across_organizations": mark("Commits written together across organisations"),
    "contributing_forks_share": mark("Share of forks that give back"),
    "use_cases_new": mark("New use cases"),
    "use_cases_active": mark("Active use cases"),
    "contributors_interns": mark("Interns among the contributors"),
    "affiliation_coverage": mark("Commits whose affiliation is known"),
    "merged_affiliation_coverage": mark("Merged changes whose affiliation is known"),
    "cloud_samples_commits": mark("Commits to the cloud samples"),
    "production_stack_commits": mark("Commits to the production stack"),
    "commits_beside_platforms": mark("Commits beside Linux and Android"),
    "commits_by_history_count": mark("Commits by GitHub’s own count"),
    "commits_by_peer_organization": mark("Commits by peers"),
    "contributors_beside_peers": mark("Contributors beside those of peers"),
    "stars_beside_peers": mark("Stars beside those of peers"),
    "contributors_by_return": mark("Contributors, new and returning"),
    "open_issue_age": mark("Age of open issues"),
    "time_to_close": mark("Time until a change request is closed"),
    "merge_to_release": mark("Time from merge to release"),
    "technical_forks": mark("Forks made"),
    "change_request_acceptance_ratio": mark("Share of change requests that are accepted"),
    "change_request_closure_ratio": mark("Change requests closed for each one opened"),
    "unanswered_change_requests": mark("Share of change requests without an answer"),
    "unanswered_open_change_requests": mark("Open change requests without an answer"),
    "unanswered_open_issues": mark("Open issues without an answer"),
    "absence_factor_by_component": mark("People who carry half of a component"),
    "academic_share_of_commits": mark("Share of commits from universities"),
    "academic_contributors": mark("Contributors from universities"),
    "newcomer_retention": mark("Newcomers who stay"),
    "inactive_contributors": mark("Contributors who fell silent"),
    "programme_contributors": mark("Contributors from programmes"),
    "programme_retention": mark("Contributors from programmes who stay"),
    "peer_contributors": mark("Contributors from peers"),
    "reviews_by_peer_organization": mark("Reviews by peers"),
    "review_pairs": mark("Reviews between organisations, by pair"),
    "share_by_organization": mark("Share of commits by organisation"),
    "use_case_domain_diversity": mark("Diversity of use cases"),
    "papers_linked": mark("Papers linked to code"),
}


def noun_of(metric: str) -> str:
    """A metric as a noun, in English, to be translated: `New contributors`."""
    words = NOUNS.get(metric) or metric.replace("_", " ").replace("organization", "organisation")
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Goal:
    """A goal: what it asks, and the metrics that speak for it when they are in the catalogue."""

    name: str
    title: str
    question: str
    metrics: tuple[str, ...]

    def chosen(self, of_goal: list[str]) -> list[str]:
        """The metrics to show: the named ones, and others in the place of those that the catalogue lacks."""
        named = [name for name in self.metrics if name in of_goal]
        return [*named, *(name for name in of_goal if name not in named)][: len(self.metrics)]


GOALS = (
    Goal(
        "innovation",
        mark("Innovation"),
        mark(
            "Do outside developers extend {project} with code and uses that {steward} alone would not have "
            "thought of?"
        ),
        (SHARE, CONTRIBUTORS, NEWCOMERS, "time_to_first_response"),
    ),
    Goal(
        "talent",
        mark("Talent"),
        mark("Are the community and student interns a steady source of the best people?"),
        ("newcomer_retention", "joined_the_steward", "contributor_absence_factor", "conversion"),
    ),
    Goal(
        "research",
        mark("Research"),
        mark("Is the field open: do rivals share research and build on each other’s work?"),
        ("organizations", "elephant_factor", "cross_organization_review"),
    ),
    Goal(
        "cloud",
        mark("Cloud"),
        mark("Does the community improve the product that {steward} earns with on its cloud?"),
        ("outside_share_of_merged", "release_cadence", "google_cloud_share"),
    ),
    Goal(
        "ambition",
        mark("The ambition"),
        mark("A platform as universal as Linux and as large as Android?"),
        ("commits_for_each_of_linux", "stars", "hardware_platforms"),
    ),
)


@dataclass(frozen=True)
class Picture:
    """A metric drawn over so many periods of a grain; `parts` draws its segments stacked."""

    metric: str
    grain: str
    count: int
    parts: bool = False


#: By the report's own grain. Months over two years fit a table that can still be read in a mail.
PICTURES = {
    "week": (
        Picture(WORK, "month", 24, parts=True),
        Picture(NEWCOMERS, "week", 26),
        Picture(SHARE, "month", 24),
        Picture("time_to_first_response", "week", 26),
    ),
    "month": (
        Picture(WORK, "month", 24, parts=True),
        Picture(NEWCOMERS, "month", 24),
        Picture(SHARE, "month", 24),
        Picture("time_to_first_response", "month", 24),
    ),
}
