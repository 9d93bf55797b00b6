"""How the collecting itself goes: runs, cursors, leases, reconciliations."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import Record


class CollectorRun(Record):
    """One run of one job over one target."""

    __tablename__ = "collector_runs"
    __table_args__ = (
        Index(None, "job", "target", "started_at"),
        Index(None, "state"),
        {
            "comment": "The ledger: every run of every job, with what it cost, gave and refused.",
            "sqlite_autoincrement": True,
        },
    )

    run_id: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=True, comment="Number of the run."
    )
    job: Mapped[str] = mapped_column(comment="Name of the job.")
    target: Mapped[str] = mapped_column(comment="Repository (OWNER/NAME) or `all`.")
    state: Mapped[str] = mapped_column(
        comment="running, done, failed, waiting (for quota, or for what comes first), stopped, or gone (its repository is not there)."
    )
    started_at: Mapped[datetime] = mapped_column(comment="When it began (UTC).")
    heartbeat_at: Mapped[datetime] = mapped_column(comment="When its last page went down (UTC).")
    ended_at: Mapped[datetime | None] = mapped_column(comment="When it ended (UTC); NULL while running.")
    pages: Mapped[int] = mapped_column(default=0, server_default="0", comment="Pages committed.")
    rows: Mapped[int] = mapped_column(default=0, server_default="0", comment="Rows written, new or repeated.")
    expected_rows: Mapped[int | None] = mapped_column(
        comment="How many rows the source said it has, when it said."
    )
    requests: Mapped[int] = mapped_column(default=0, server_default="0", comment="REST requests made.")
    points: Mapped[int] = mapped_column(default=0, server_default="0", comment="GraphQL points spent.")
    rejected: Mapped[int] = mapped_column(default=0, server_default="0", comment="Rows refused.")
    rejections: Mapped[str | None] = mapped_column(comment="The first refusals with their reasons, as JSON.")
    error: Mapped[str | None] = mapped_column(comment="Why it failed, in one sentence.")
    next_step: Mapped[str | None] = mapped_column(comment="What to do about it.")
    resume_at: Mapped[datetime | None] = mapped_column(
        comment="When a run that waits goes on at the latest (UTC); NULL when that hangs on another job alone."
    )
    quota_left: Mapped[str | None] = mapped_column(
        comment="What was left of GitHub's hourly quotas at its last page or end, in words."
    )


class Cursor(Record):
    """How far a job has come with a target."""

    __tablename__ = "cursors"
    __table_args__ = {
        "comment": "How far each job has come; written in the same transaction as the page before it."
    }

    job: Mapped[str] = mapped_column(primary_key=True, comment="Name of the job.")
    target: Mapped[str] = mapped_column(primary_key=True, comment="Repository (OWNER/NAME) or `all`.")
    cursor: Mapped[str] = mapped_column(comment="Where the next page starts, as JSON.")
    updated_at: Mapped[datetime] = mapped_column(comment="When it last moved (UTC).")
    finished_at: Mapped[datetime | None] = mapped_column(
        info={"on_conflict": "keep_known"}, comment="When a run last came to the source's end (UTC)."
    )


class Lease(Record):
    """Who is at work on a job and target, so that nobody else is."""

    __tablename__ = "leases"
    __table_args__ = {"comment": "Who is at work on what, until when; fenced by a token that grows."}

    name: Mapped[str] = mapped_column(primary_key=True, comment="JOB TARGET, or `scheduler`.")
    holder: Mapped[str] = mapped_column(comment="Host, process and a random part.")
    token: Mapped[int] = mapped_column(
        comment="Grows with each taking; a write with an older one is refused."
    )
    expires_at: Mapped[datetime] = mapped_column(comment="When others may take it (UTC).")


class Reconciliation(Record):
    """What is held of a repository beside what GitHub counts itself."""

    __tablename__ = "reconciliations"
    __table_args__ = {
        "comment": "Held totals beside GitHub's own, by repository and thing counted, as last compared."
    }

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    subject: Mapped[str] = mapped_column(
        primary_key=True,
        comment="open issues, closed issues, open, closed or merged pull requests, releases or commits.",
    )
    state: Mapped[str] = mapped_column(
        comment="equal; mended (what differed was read again, and is equal now); incomplete (the first collection is not over); or differs."
    )
    held: Mapped[int] = mapped_column(comment="How many are held, after what differed was read again.")
    counted: Mapped[int] = mapped_column(comment="How many there are by GitHub's own count.")
    held_before: Mapped[int] = mapped_column(comment="How many were held when the comparison began.")
    missing: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Found at GitHub alone, and fetched."
    )
    outdated: Mapped[int] = mapped_column(
        default=0,
        server_default="0",
        comment="Held as they were before their last change, and fetched again.",
    )
    gone: Mapped[int] = mapped_column(
        default=0,
        server_default="0",
        comment="Held, but listed no longer: deleted, transferred or converted.",
    )
    checked_at: Mapped[datetime] = mapped_column(comment="When the two were compared (UTC).")


class FactChange(Record):
    """That facts of some days were written since the last refresh."""

    __tablename__ = "fact_changes"
    __table_args__ = {
        "comment": "Days whose facts were written since the last refresh, a row per page and table: what it has to read again.",
        "sqlite_autoincrement": True,
    }

    change_id: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=True, comment="Number of the note."
    )
    table_name: Mapped[str] = mapped_column(comment="The table that was written.")
    repository_id: Mapped[int] = mapped_column(comment="The repository.")
    days: Mapped[str] = mapped_column(comment="The days of the rows, separated by single spaces.")


class RefreshMark(Record):
    """Which refresh was the last."""

    __tablename__ = "refresh_marks"
    __table_args__ = {
        "comment": "The mark that the last refresh left here and in its copy in columns: a copy with another one is out of date."
    }

    name: Mapped[str] = mapped_column(primary_key=True, comment="`columns`, the only one.")
    mark: Mapped[str] = mapped_column(comment="Random; new with every refresh.")


class LakeMark(Record):
    """That rows of a month were written since a lake was exported."""

    __tablename__ = "lake_marks"
    __table_args__ = (
        Index(None, "table_name", "part", "is_open"),
        {
            "comment": "Left by triggers for `flowmeter db export`: tables and months that were written, so that it reads no others.",
            "sqlite_autoincrement": True,
        },
    )

    mark_id: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=True, comment="Number of the mark."
    )
    table_name: Mapped[str] = mapped_column(comment="The table that was written.")
    part: Mapped[int] = mapped_column(
        comment="The month of the rows, as 202403; 0 where the table is kept in one file, -1 for all of it."
    )
    token: Mapped[int] = mapped_column(comment="Random: marks with the same sum are of the same rows.")
    is_open: Mapped[bool] = mapped_column(
        comment="True while further writing leaves no further mark (SQLite); an export closes it."
    )
