"""Profiles, forks by day, languages, comments on commits, issues for newcomers, proposals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.schema.columns import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


#: Of `comments`: what is commented on since this revision, and before it. SQLite holds no comments.
COMMENTS = {
    None: (
        "Comments on issues, pull requests, their lines, and commits; the text is not held.",
        "Comments on issues, pull requests and their lines; the text is not held.",
    ),
    "kind": (
        "conversation (issue or pull request), review_line or commit.",
        "conversation (issue or pull request) or review_line.",
    ),
    "number": (
        "Issue or pull request that it belongs to; 0 for a comment on a commit.",
        "Issue or pull request that it belongs to.",
    ),
}


def describe_comments(version: int) -> None:
    """Say what `comments` holds, in words of this revision (0) or of the one before (1)."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for column, words in COMMENTS.items():
        if column is None:
            op.create_table_comment("comments", words[version])
        else:
            op.alter_column("comments", column, comment=words[version])


def upgrade() -> None:
    describe_comments(0)
    op.create_table(
        "label_kinds",
        sa.Column("name", sa.Text(), nullable=False, comment="The label in lower case."),
        sa.Column("kind", sa.Text(), nullable=False, comment="good_first_issue."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_label_kinds")),
        comment="What labels stand for, from db/metrics/labels.toml; made anew by the refresh.",
    )
    op.create_table(
        "first_issues",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="The issue."),
        sa.Column(
            "labelled_at", UtcDateTime(), nullable=False, comment="When it was first labelled so (UTC)."
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of labelled_at."),
        sa.Column(
            "taken_at",
            UtcDateTime(),
            nullable=True,
            comment="When somebody was first assigned or referred to it from a pull request (UTC).",
        ),
        sa.Column(
            "taken_by",
            sa.BigInteger(),
            nullable=True,
            comment="Identity of the one assigned, or of the pull request's author; NULL when the account is gone.",
        ),
        sa.Column(
            "solved_day",
            sa.Date(),
            nullable=True,
            comment="Day on which a pull request or commit closed it; NULL when nothing did, or it was opened again.",
        ),
        sa.Column(
            "solved_by",
            sa.BigInteger(),
            nullable=True,
            comment="Identity of the author of what closed it; NULL when the account is gone.",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_first_issues_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "number", name=op.f("pk_first_issues")),
        comment="Issues that carry or carried a label for newcomers: when they were offered, taken and solved.",
    )
    op.create_table(
        "fork_counts",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("day", sa.Date(), nullable=False, comment="The day (UTC)."),
        sa.Column(
            "forks",
            sa.BigInteger(),
            nullable=False,
            comment="Forks made that day that were still there when they were first listed.",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_fork_counts_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "day", name=op.f("pk_fork_counts")),
        comment="Forks by the day on which they were made, from GitHub's list of forks; one that is deleted later stays counted.",
    )
    op.create_table(
        "proposals",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("path", sa.Text(), nullable=False, comment="Path of the document."),
        sa.Column(
            "number",
            sa.BigInteger(),
            nullable=False,
            comment="The pull request that brought it in, or else the last one that proposed it.",
        ),
        sa.Column("title", sa.Text(), nullable=False, comment="Title of that pull request."),
        sa.Column(
            "author_id",
            sa.BigInteger(),
            nullable=True,
            comment="Identity of that pull request's author; NULL when the account is gone.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            nullable=False,
            comment="proposed (still open), accepted (merged, which is how acceptance is written down) or rejected (closed without).",
        ),
        sa.Column(
            "stated",
            sa.Text(),
            nullable=True,
            comment="Status that the document itself states, in lower case: accepted, implemented, obsolete …; NULL when it states none.",
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False, comment="When it was proposed (UTC)."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day of created_at."),
        sa.Column(
            "decided_day",
            sa.Date(),
            nullable=True,
            comment="Day on which it was accepted or rejected; NULL while it is open.",
        ),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.repository_id"], name=op.f("fk_proposals_repository_id")
        ),
        sa.PrimaryKeyConstraint("repository_id", "path", name=op.f("pk_proposals")),
        comment="Requests for comments (RFCs): documents that pull requests propose, one row per document.",
    )
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposals_repository_id_day"), ["repository_id", "day"], unique=False
        )

    op.create_table(
        "repository_languages",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("day", sa.Date(), nullable=False, comment="First day of the month."),
        sa.Column("language", sa.Text(), nullable=False, comment="The language, as GitHub calls it."),
        sa.Column("bytes", sa.BigInteger(), nullable=False, comment="Bytes of code on the default branch."),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.repository_id"],
            name=op.f("fk_repository_languages_repository_id"),
        ),
        sa.PrimaryKeyConstraint("repository_id", "day", "language", name=op.f("pk_repository_languages")),
        comment="Languages of repositories by GitHub's count, a set of rows per month: as last read in it.",
    )
    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "sha",
                sa.Text(),
                nullable=True,
                comment="Commit that it belongs to; NULL for the other kinds.",
            )
        )

    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "account_state",
                sa.Text(),
                nullable=True,
                comment="alive, or deleted (GitHub gives the account no longer, and does not say why), when last asked for by its number; NULL until then.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "account_created_at", UtcDateTime(), nullable=True, comment="When the account was made (UTC)."
            )
        )
        batch_op.add_column(
            sa.Column(
                "account_gone_at",
                UtcDateTime(),
                nullable=True,
                comment="When GitHub was first found to give the account no longer (UTC); NULL while it does.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "hireable",
                sa.Boolean(),
                nullable=True,
                comment="True when the public profile says that its owner looks for work.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "campus_expert",
                sa.Boolean(),
                nullable=True,
                comment="True when GitHub lists the account among its campus experts.",
            )
        )
        batch_op.add_column(
            sa.Column(
                "profile_read_at",
                UtcDateTime(),
                nullable=True,
                comment="When the public profile was last asked for (UTC); NULL until then.",
            )
        )

    with op.batch_alter_table("pull_requests", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "fork_id",
                sa.BigInteger(),
                nullable=True,
                comment="GitHub's numeric id of the fork that it comes from; NULL for a branch of the repository itself and for a fork that was gone when first seen.",
            )
        )
        batch_op.add_column(
            sa.Column("fork_day", sa.Date(), nullable=True, comment="Day on which that fork was made.")
        )


def downgrade() -> None:
    op.execute("DELETE FROM comments WHERE kind = 'commit'")
    describe_comments(1)
    with op.batch_alter_table("pull_requests", schema=None) as batch_op:
        batch_op.drop_column("fork_day")
        batch_op.drop_column("fork_id")

    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.drop_column("profile_read_at")
        batch_op.drop_column("campus_expert")
        batch_op.drop_column("hireable")
        batch_op.drop_column("account_gone_at")
        batch_op.drop_column("account_created_at")
        batch_op.drop_column("account_state")

    with op.batch_alter_table("comments", schema=None) as batch_op:
        batch_op.drop_column("sha")

    op.drop_table("repository_languages")
    with op.batch_alter_table("proposals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposals_repository_id_day"))

    op.drop_table("proposals")
    op.drop_table("fork_counts")
    op.drop_table("first_issues")
    op.drop_table("label_kinds")
