"""Notes of what was written since the last refresh, and its mark."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fact_changes",
        sa.Column(
            "change_id", sa.Integer(), autoincrement=True, nullable=False, comment="Number of the note."
        ),
        sa.Column("table_name", sa.Text(), nullable=False, comment="The table that was written."),
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column(
            "days", sa.Text(), nullable=False, comment="The days of the rows, separated by single spaces."
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_fact_changes")),
        comment="Days whose facts were written since the last refresh, a row per page and table: what it has to read again.",
        sqlite_autoincrement=True,
    )
    op.create_table(
        "refresh_marks",
        sa.Column("name", sa.Text(), nullable=False, comment="`columns`, the only one."),
        sa.Column("mark", sa.Text(), nullable=False, comment="Random; new with every refresh."),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_refresh_marks")),
        comment="The mark that the last refresh left here and in its copy in columns: a copy with another one is out of date.",
    )


def downgrade() -> None:
    op.drop_table("refresh_marks")
    op.drop_table("fact_changes")
