"""What a report shows and in which order: the goals with their headline metrics, and the pictures."""

from __future__ import annotations

from dataclasses import dataclass

SHARE, NEWCOMERS, WORK = "outside_share_of_commits", "new_contributors", "commits"
#: At most so many metrics stand under a goal.
METRICS_A_GOAL = 4


@dataclass(frozen=True)
class Goal:
    """A goal: what it asks, and the metrics that speak for it when they are in the catalogue."""

    name: str
    title: str
    question: str
    metrics: tuple[str, ...]

    def chosen(self, of_goal: list[str]) -> list[str]:
        """The metrics to show, of those of the goal that are in the catalogue: the named ones first."""
        named = [name for name in self.metrics if name in of_goal]
        return [*named, *(name for name in of_goal if name not in named)][:METRICS_A_GOAL]


GOALS = (
    Goal(
        "innovation",
        "Innovation",
        "Do outside developers extend {title} with work that {steward} alone would not have thought of?",
        (SHARE, "contributors", NEWCOMERS, "time_to_first_response"),
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
        ("commits_beside_platforms", "stars"),
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
