"""What a report shows and in which order: the goals with their headline metrics, and the pictures."""

from __future__ import annotations

from dataclasses import dataclass

SHARE, NEWCOMERS, WORK = "outside_share_of_commits", "new_contributors", "commits"
CONTRIBUTORS = "contributors"
#: What sentences call a metric whose own name is a term of the field; others go by their names.
NOUNS = {
    SHARE: "Share of commits from outside",
    "contributor_absence_factor": "People who carry half of the commits",
    "elephant_factor": "Organisations that carry half of the commits",
    "organizations": "Organisations that take part",
    "time_to_first_response": "Time to a first answer",
    "issue_time_to_first_response": "Time to a first answer to issues",
    "cross_organization_review": "Reviews across organisations",
    "outside_share_of_merged": "Share of merged changes from outside",
    "release_cadence": "Releases",
    "google_cloud_share": "Share of use cases that state Google Cloud",
    "joined_the_steward": "People who joined the steward",
    "conversion": "Newcomers who take part",
    "commits_for_each_of_linux": "Commits for each one to Linux",
}


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
        "Innovation",
        "Do outside developers extend {title} with work that {steward} alone would not have thought of?",
        (SHARE, CONTRIBUTORS, NEWCOMERS, "time_to_first_response"),
    ),
    Goal(
        "talent",
        "Talent",
        "Are the community and student interns a steady source of the best people?",
        ("newcomer_retention", "joined_the_steward", "contributor_absence_factor", "conversion"),
    ),
    Goal(
        "research",
        "Research",
        "Is the field open: do rivals share research and build on each other’s work?",
        ("organizations", "elephant_factor", "cross_organization_review"),
    ),
    Goal(
        "cloud",
        "Cloud",
        "Does the community improve the product that {steward} earns with on its cloud?",
        ("outside_share_of_merged", "release_cadence", "google_cloud_share"),
    ),
    Goal(
        "ambition",
        "The ambition",
        "A platform as universal as Linux and as large as Android?",
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
