"""What was read from GH Archive: its hours, and what they say of a repository's day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import Record


class ArchiveHour(Record):
    """One hour file of GH Archive that was asked for."""

    __tablename__ = "archive_hours"
    __table_args__ = (
        Index(None, "state"),
        {"comment": "The ledger of GH Archive's hour files: what became of each one that was asked for."},
    )

    hour: Mapped[datetime] = mapped_column(primary_key=True, comment="Start of the hour (UTC).")
    state: Mapped[str] = mapped_column(
        comment="loaded (whole), damaged (read up to where it is cut or corrupt), unreadable (nothing of it could be read) or missing (the source has no such file)."
    )
    source: Mapped[str] = mapped_column(comment="File or address that was asked for.")
    selection: Mapped[str] = mapped_column(
        comment="Fingerprint of the repositories whose events were kept: for others it is read again."
    )
    bytes: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Bytes of the compressed file that were read."
    )
    lines: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Lines in it, empty ones aside."
    )
    bad_lines: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Lines that are no event and were left out."
    )
    late_events: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Kept events that happened outside of the file's hour."
    )
    kept_events: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Events of the chosen repositories, kept in the lake."
    )
    problem: Mapped[str | None] = mapped_column(
        comment="What is wrong with it, in a sentence; NULL when nothing is."
    )
    read_at: Mapped[datetime] = mapped_column(comment="When it was last asked for (UTC).")
    facts_at: Mapped[datetime | None] = mapped_column(
        comment="When its events stood in the fact tables (UTC); NULL until then."
    )


class ArchiveDay(Record):
    """What GH Archive's events say of a repository's day."""

    __tablename__ = "archive_days"
    __table_args__ = {
        "comment": "Events of a repository and day that have no row elsewhere, counted; a day without a loaded hour has no row."
    }

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.repository_id"), primary_key=True, comment="The repository."
    )
    day: Mapped[date] = mapped_column(primary_key=True, comment="The day (UTC).")
    stars: Mapped[int] = mapped_column(
        comment="Times that somebody starred it; taking a star back is no event."
    )
    forks: Mapped[int] = mapped_column(comment="Forks made.")
    pushes: Mapped[int] = mapped_column(comment="Pushes to any branch.")
    commits: Mapped[int | None] = mapped_column(
        comment="New commits in these pushes; NULL when a push does not say, as since October 2025."
    )
    events: Mapped[int] = mapped_column(comment="Events of every kind.")
