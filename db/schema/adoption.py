"""Where the project is used: use cases, and the papers that work on it mentions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import Record


class UseCase(Record):
    """A repository that uses the project, and what for."""

    __tablename__ = "use_cases"
    __table_args__ = (
        Index(None, "domain", "platform", "cloud"),
        Index(None, "day"),
        Index(None, "active_day"),
        {"comment": "Repositories that use TensorFlow, classified by rules with their evidence."},
    )

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    domain: Mapped[str] = mapped_column(
        comment="health, vision, language, speech, robotics … or other when nothing is stated."
    )
    platform: Mapped[str] = mapped_column(comment="mobile, web, embedded, server, notebook or other.")
    cloud: Mapped[str] = mapped_column(comment="google_cloud, aws, azure, other or none_stated.")
    evidence: Mapped[str] = mapped_column(
        comment="For domain, platform and cloud each: the words that decided, and where they stand."
    )
    confidence: Mapped[float] = mapped_column(
        comment="0 to 1: share of the rules' evidence that agrees with the domain."
    )
    platform_confidence: Mapped[float] = mapped_column(
        default=0.0, server_default="0", comment="The same for the platform; 0 when none is stated."
    )
    cloud_confidence: Mapped[float] = mapped_column(
        default=0.0, server_default="0", comment="The same for the cloud; 0 when none is stated."
    )
    found_by: Mapped[str] = mapped_column(
        info={"on_conflict": "union"},
        comment="Every search that has found it, in alphabetical order, with semicolons between.",
    )
    day: Mapped[date] = mapped_column(comment="Day on which the repository was created.")
    active_day: Mapped[date | None] = mapped_column(comment="Day of its last push.")
    found_at: Mapped[datetime] = mapped_column(
        info={"on_conflict": "keep_first"}, comment="When it was first found (UTC)."
    )


class Paper(Record):
    """A paper that somebody linked."""

    __tablename__ = "papers"
    __table_args__ = {"comment": "Papers by arXiv id or DOI."}

    paper_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from scheme and identifier."
    )
    scheme: Mapped[str] = mapped_column(comment="arxiv or doi.")
    identifier: Mapped[str] = mapped_column(comment="arXiv id without version, or DOI in lower case.")


class PaperMention(Record):
    """A place where a paper is linked."""

    __tablename__ = "paper_mentions"
    __table_args__ = (
        Index(None, "repository_id", "day"),
        {"comment": "Where papers are linked: commit messages, issues, pull requests, descriptions."},
    )

    paper_id: Mapped[int] = mapped_column(
        ForeignKey("papers.paper_id"), primary_key=True, comment="The paper."
    )
    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    place: Mapped[str] = mapped_column(
        primary_key=True, comment="commit, issue, pull_request or description."
    )
    reference: Mapped[str] = mapped_column(
        primary_key=True, comment="Hash or number of the place; empty for a description."
    )
    day: Mapped[date] = mapped_column(comment="Day of the mention.")
