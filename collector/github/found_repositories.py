"""What GitHub says of a repository that a search found, read once and by name from then on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from collector.github.reading import (
    Thing,
    moment,
    moment_or_none,
    part,
    parts,
    text,
    text_or_none,
    truth,
    whole_number,
    whole_number_or_none,
)


@dataclass(frozen=True)
class FoundRepository:
    """A repository as the fragment `UseCase` describes it; None for what GitHub does not say."""

    github_id: int
    node_id: str
    full_name: str
    description: str | None
    homepage: str | None
    archived: bool
    created_at: datetime
    pushed_at: datetime | None
    stars: int | None
    forks: int | None
    size_kilobytes: int | None
    language: str | None
    license: str | None
    default_branch: str | None
    topics: tuple[str, ...]

    @classmethod
    def of(cls, node: Thing) -> FoundRepository:
        """From an answer; raises `Unreadable` for one that has no number, name or date of creation."""
        licence = text_or_none(part(node, "licenseInfo"), "spdxId")
        topics = parts(part(node, "repositoryTopics"), "nodes")
        return cls(
            github_id=whole_number(node, "databaseId"),
            node_id=text(node, "id"),
            full_name=text(node, "nameWithOwner"),
            description=text_or_none(node, "description"),
            homepage=text_or_none(node, "homepageUrl") or None,
            archived=truth(node, "isArchived"),
            created_at=moment(node, "createdAt"),
            pushed_at=moment_or_none(node, "pushedAt"),
            stars=whole_number_or_none(node, "stargazerCount"),
            forks=whole_number_or_none(node, "forkCount"),
            size_kilobytes=whole_number_or_none(node, "diskUsage"),
            language=text_or_none(part(node, "primaryLanguage"), "name"),
            license=None if licence == "NOASSERTION" else licence,
            default_branch=text_or_none(part(node, "defaultBranchRef"), "name"),
            topics=tuple(text(part(each, "topic"), "name") for each in topics),
        )

    @property
    def name(self) -> str:
        """Its name without the owner's."""
        return self.full_name.partition("/")[2]

    @property
    def day(self) -> date:
        """The day on which it was created."""
        return self.created_at.date()
