"""What each person did, summed up: what lists of people read, so that nobody waits while facts are added."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import Record

#: Column → the kind of contribution that it counts.
COUNTS = {
    "commits": "commit",
    "coauthored_commits": "coauthored_commit",
    "change_requests": "pull_request",
    "merged": "merged_pull_request",
    "reviews": "review",
    "issues": "issue",
    "answers": "comment",
}


class PersonTotal(Record):
    """All that a person ever did in a scope."""

    __tablename__ = "person_totals"
    __table_args__ = (
        Index(None, "person_id"),
        {
            "comment": "What each person did in a scope, over all time. Made anew by the refresh.",
            "sqlite_with_rowid": False,
        },
    )

    scope_id: Mapped[int] = mapped_column(primary_key=True, comment="The scope.")
    person_id: Mapped[int] = mapped_column(primary_key=True, comment="Who.")
    person_kind: Mapped[str] = mapped_column(comment="human, bot or proxy.")
    first_day: Mapped[date] = mapped_column(comment="Day of their first contribution in the scope.")
    last_day: Mapped[date] = mapped_column(comment="Day of their last contribution in the scope.")
    commits: Mapped[int] = mapped_column(comment="Commits, as their author.")
    coauthored_commits: Mapped[int] = mapped_column(comment="Commits, as a co-author by a trailer.")
    change_requests: Mapped[int] = mapped_column(comment="Pull requests opened.")
    merged: Mapped[int] = mapped_column(comment="Pull requests of theirs that landed.")
    reviews: Mapped[int] = mapped_column(comment="Reviews submitted.")
    issues: Mapped[int] = mapped_column(comment="Issues opened.")
    answers: Mapped[int] = mapped_column(comment="Comments on issues, pull requests and commits.")
    contributions: Mapped[int] = mapped_column(comment="All of these.")


class OrganizationPerson(Record):
    """All that a person ever did in a scope for an organisation."""

    __tablename__ = "organization_people"
    __table_args__ = {
        "comment": "What each person did in a scope for an organisation, over all time. Made anew by the refresh.",
        "sqlite_with_rowid": False,
    }

    scope_id: Mapped[int] = mapped_column(primary_key=True, comment="The scope.")
    organization_id: Mapped[int] = mapped_column(primary_key=True, comment="The organisation.")
    person_id: Mapped[int] = mapped_column(primary_key=True, comment="Who.")
    person_kind: Mapped[str] = mapped_column(comment="human, bot or proxy.")
    first_day: Mapped[date] = mapped_column(comment="Day of their first contribution for it.")
    last_day: Mapped[date] = mapped_column(comment="Day of their last contribution for it.")
    commits: Mapped[int] = mapped_column(comment="Commits, as their author.")
    coauthored_commits: Mapped[int] = mapped_column(comment="Commits, as a co-author by a trailer.")
    change_requests: Mapped[int] = mapped_column(comment="Pull requests opened.")
    merged: Mapped[int] = mapped_column(comment="Pull requests of theirs that landed.")
    reviews: Mapped[int] = mapped_column(comment="Reviews submitted.")
    issues: Mapped[int] = mapped_column(comment="Issues opened.")
    answers: Mapped[int] = mapped_column(comment="Comments on issues, pull requests and commits.")
    contributions: Mapped[int] = mapped_column(comment="All of these.")


class PersonPeriod(Record):
    """What a person did in a repository in a month or a year."""

    __tablename__ = "person_periods"
    __table_args__ = {
        "comment": "What each person did in a repository by month and by year. Made anew by the refresh.",
        "sqlite_with_rowid": False,
    }

    repository_id: Mapped[int] = mapped_column(primary_key=True, comment="The repository.")
    grain: Mapped[str] = mapped_column(primary_key=True, comment="month or year.")
    period: Mapped[date] = mapped_column(primary_key=True, comment="First day of the period.")
    person_id: Mapped[int] = mapped_column(primary_key=True, comment="Who.")
    person_kind: Mapped[str] = mapped_column(comment="human, bot or proxy.")
    commits: Mapped[int] = mapped_column(comment="Commits, as their author.")
    coauthored_commits: Mapped[int] = mapped_column(comment="Commits, as a co-author by a trailer.")
    change_requests: Mapped[int] = mapped_column(comment="Pull requests opened.")
    merged: Mapped[int] = mapped_column(comment="Pull requests of theirs that landed.")
    reviews: Mapped[int] = mapped_column(comment="Reviews submitted.")
    issues: Mapped[int] = mapped_column(comment="Issues opened.")
    answers: Mapped[int] = mapped_column(comment="Comments on issues, pull requests and commits.")
    contributions: Mapped[int] = mapped_column(comment="All of these.")
