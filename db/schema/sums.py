"""What the refresh sums up of facts, so that nobody waits for it: whom what is open waits for, and who did what."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, text
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


class FirstAnswer(Record):
    """When a human was first answered by another one in an issue or pull request."""

    __tablename__ = "first_answers"
    __table_args__ = {
        "comment": "Issues and pull requests of humans that another human has answered, and when first. Made anew by the refresh.",
        "sqlite_with_rowid": False,
    }

    repository_id: Mapped[int] = mapped_column(primary_key=True, comment="The repository.")
    number: Mapped[int] = mapped_column(primary_key=True, comment="Number within the repository.")
    kind: Mapped[str] = mapped_column(primary_key=True, comment="issue or pull_request.")
    answered_at: Mapped[datetime] = mapped_column(
        comment="First comment or review at or after the opening by a human who is not the author (UTC)."
    )
    day: Mapped[date] = mapped_column(comment="The day of it (UTC).")


class OpenThread(Record):
    """An issue or pull request that is open, and on whom it waits."""

    __tablename__ = "open_threads"
    __table_args__ = {
        "comment": "Open issues and pull requests: who has answered, who spoke last, and on whom each waits. Made anew by the refresh.",
        "sqlite_with_rowid": False,
    }

    repository_id: Mapped[int] = mapped_column(primary_key=True, comment="The repository.")
    number: Mapped[int] = mapped_column(primary_key=True, comment="Number within the repository.")
    kind: Mapped[str] = mapped_column(comment="issue or pull_request.")
    day: Mapped[date] = mapped_column(comment="Day on which it was opened.")
    author_kind: Mapped[str] = mapped_column(
        comment="Who opened it: human, bot, proxy, or gone when the account is."
    )
    newcomer: Mapped[bool] = mapped_column(
        comment="True when a human opened it of whom nothing is held from before that day."
    )
    segment: Mapped[str] = mapped_column(
        comment="For whom the author acted that day: steward, organization, independent, unknown or bot."
    )
    answered_day: Mapped[date | None] = mapped_column(
        comment="Day of the first comment or review by a human who is not the author; NULL while there is none."
    )
    spoken_day: Mapped[date] = mapped_column(
        comment="Day of the last comment or review by a human, or of the opening."
    )
    spoken_by: Mapped[str] = mapped_column(
        comment="Whose that last word is: author, maintainer (owner, member or collaborator, as GitHub says) or other."
    )
    waits_for: Mapped[str] = mapped_column(
        comment="first_answer while nobody has answered, then by the last word: maintainers (it is the author's, or a maintainer's approval), author (a maintainer's) or unclear (somebody else's)."
    )


class Contribution(Record):
    """How much a person did of one kind in a repository on a day."""

    __tablename__ = "contributions"
    __table_args__ = (
        Index(None, "repository_id", "day", "person_kind"),
        Index(None, "person_id", "day"),
        Index(
            None,
            "organization_id",
            "kind",
            "day",
            "repository_id",
            "quantity",
            sqlite_where=text("organization_id <> 0"),
            postgresql_where=text("organization_id <> 0"),
        ),
        {
            "comment": "Daily sums of every kind of work by person, with the affiliation held that day: what most metrics read. Made anew by the refresh.",
            "sqlite_with_rowid": False,
        },
    )

    repository_id: Mapped[int] = mapped_column(primary_key=True, comment="The repository.")
    kind: Mapped[str] = mapped_column(
        primary_key=True,
        comment="commit, coauthored_commit, issue, pull_request, merged_pull_request, review or comment.",
    )
    day: Mapped[date] = mapped_column(primary_key=True, comment="The day (UTC).")
    person_id: Mapped[int] = mapped_column(primary_key=True, comment="Who.")
    segment: Mapped[str] = mapped_column(
        primary_key=True,
        comment="steward, organization (another one), independent or unknown; proxies count as steward, bots as bot.",
    )
    organization_id: Mapped[int] = mapped_column(
        primary_key=True, comment="Organisation acted for that day; 0 when none is known."
    )
    person_kind: Mapped[str] = mapped_column(comment="human, bot or proxy.")
    quantity: Mapped[int] = mapped_column(comment="How many.")


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
    second_day: Mapped[date | None] = mapped_column(
        comment="The next day on which they contributed in the scope; NULL when there is none."
    )
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
