"""Open issues and pull requests with who spoke last, as the refresh makes them for those who look for work to do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "open_threads",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="Number within the repository."),
        sa.Column("kind", sa.Text(), nullable=False, comment="issue or pull_request."),
        sa.Column("day", sa.Date(), nullable=False, comment="Day on which it was opened."),
        sa.Column(
            "author_kind",
            sa.Text(),
            nullable=False,
            comment="Who opened it: human, bot, proxy, or gone when the account is.",
        ),
        sa.Column(
            "newcomer",
            sa.Boolean(),
            nullable=False,
            comment="True when a human opened it of whom nothing is held from before that day.",
        ),
        sa.Column(
            "segment",
            sa.Text(),
            nullable=False,
            comment="For whom the author acted that day: steward, organization, independent, unknown or bot.",
        ),
        sa.Column(
            "answered_day",
            sa.Date(),
            nullable=True,
            comment="Day of the first comment or review by a human who is not the author; NULL while there is none.",
        ),
        sa.Column(
            "spoken_day",
            sa.Date(),
            nullable=False,
            comment="Day of the last comment or review by a human, or of the opening.",
        ),
        sa.Column(
            "spoken_by",
            sa.Text(),
            nullable=False,
            comment="Whose that last word is: author, maintainer (owner, member or collaborator, as GitHub says) or other.",
        ),
        sa.Column(
            "waits_for",
            sa.Text(),
            nullable=False,
            comment="first_answer while nobody has answered, then by the last word: maintainers (it is the author's, or a maintainer's approval), author (a maintainer's) or unclear (somebody else's).",
        ),
        sa.PrimaryKeyConstraint("repository_id", "number", name=op.f("pk_open_threads")),
        comment="Open issues and pull requests: who has answered, who spoke last, and on whom each waits. Made anew by the refresh.",
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("open_threads")
