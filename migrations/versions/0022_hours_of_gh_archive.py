"""The hours of GH Archive, what they say of a day, and which source a fact is known from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.schema.columns import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SOURCED = ("issues", "pull_requests", "comments", "reviews", "releases", "fork_counts")
_SOURCE = "github (read by the collectors) or gharchive (known from GH Archive's events alone)."


def upgrade() -> None:
    for table in _SOURCED:
        # A constant default: neither database writes the rows anew.
        op.add_column(
            table, sa.Column("source", sa.Text(), server_default="github", nullable=False, comment=_SOURCE)
        )
    op.create_table(
        "archive_hours",
        sa.Column("hour", UtcDateTime(), nullable=False, comment="Start of the hour (UTC)."),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="loaded (whole), damaged (read up to where it is cut or corrupt), unreadable (nothing of it could be read) or missing (the source has no such file).",
        ),
        sa.Column("source", sa.Text(), nullable=False, comment="File or address that was asked for."),
        sa.Column(
            "selection",
            sa.Text(),
            nullable=False,
            comment="Fingerprint of the repositories whose events were kept: for others it is read again.",
        ),
        sa.Column(
            "bytes",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Bytes of the compressed file that were read.",
        ),
        sa.Column(
            "lines",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Lines in it, empty ones aside.",
        ),
        sa.Column(
            "bad_lines",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Lines that are no event and were left out.",
        ),
        sa.Column(
            "late_events",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Kept events that happened outside of the file's hour.",
        ),
        sa.Column(
            "kept_events",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Events of the chosen repositories, kept in the lake.",
        ),
        sa.Column(
            "problem",
            sa.Text(),
            nullable=True,
            comment="What is wrong with it, in a sentence; NULL when nothing is.",
        ),
        sa.Column("read_at", UtcDateTime(), nullable=False, comment="When it was last asked for (UTC)."),
        sa.Column(
            "facts_at",
            UtcDateTime(),
            nullable=True,
            comment="When its events stood in the fact tables (UTC); NULL until then.",
        ),
        sa.PrimaryKeyConstraint("hour", name=op.f("pk_archive_hours")),
        comment="The ledger of GH Archive's hour files: what became of each one that was asked for.",
    )
    op.create_index(op.f("ix_archive_hours_state"), "archive_hours", ["state"])
    op.create_table(
        "archive_days",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("day", sa.Date(), nullable=False, comment="The day (UTC)."),
        sa.Column(
            "stars",
            sa.BigInteger(),
            nullable=False,
            comment="Times that somebody starred it; taking a star back is no event.",
        ),
        sa.Column("forks", sa.BigInteger(), nullable=False, comment="Forks made."),
        sa.Column("pushes", sa.BigInteger(), nullable=False, comment="Pushes to any branch."),
        sa.Column(
            "commits",
            sa.BigInteger(),
            nullable=True,
            comment="New commits in these pushes; NULL when a push does not say, as since October 2025.",
        ),
        sa.Column("events", sa.BigInteger(), nullable=False, comment="Events of every kind."),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_archive_days_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "day", name=op.f("pk_archive_days")),
        comment="Events of a repository and day that have no row elsewhere, counted; a day without a loaded hour has no row.",
    )
    _tell_of_popularity(
        "snapshot (total read that day), star_history (sum of GitHub's weekly history; un-starred accounts missing) or gharchive (total that a pull request's event of that day carried)."
    )


def downgrade() -> None:
    _tell_of_popularity(
        "snapshot (total read that day) or star_history (sum of GitHub's weekly history; un-starred accounts missing)."
    )
    op.execute("DELETE FROM popularity WHERE source = 'gharchive'")
    op.drop_table("archive_days")
    op.drop_table("archive_hours")
    for table in _SOURCED:
        # Nobody could tell them from collected ones afterwards.
        op.execute(f"DELETE FROM {table} WHERE source = 'gharchive'")
        op.drop_column(table, "source")


def _tell_of_popularity(comment: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("popularity", "source", comment=comment)
