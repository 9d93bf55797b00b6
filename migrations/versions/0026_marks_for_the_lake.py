"""Which months were written since a lake was exported, and what runs wait for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_COMMENTS = {
    "state": (
        "running, done, failed, waiting (for quota), stopped, or gone (its repository is not there).",
        "running, done, failed, waiting (for quota, or for what comes first), stopped, or gone (its repository is not there).",
    ),
    "resume_at": (
        "When a run that waits for GitHub may go on (UTC).",
        "When a run that waits goes on at the latest (UTC); NULL when that hangs on another job alone.",
    ),
}


def upgrade() -> None:
    op.create_table(
        "lake_marks",
        sa.Column("mark_id", sa.Integer(), autoincrement=True, nullable=False, comment="Number of the mark."),
        sa.Column("table_name", sa.Text(), nullable=False, comment="The table that was written."),
        sa.Column(
            "part",
            sa.BigInteger(),
            nullable=False,
            comment="The month of the rows, as 202403; 0 where the table is kept in one file, -1 for all of it.",
        ),
        sa.Column(
            "token",
            sa.BigInteger(),
            nullable=False,
            comment="Random: marks with the same sum are of the same rows.",
        ),
        sa.Column(
            "is_open",
            sa.Boolean(),
            nullable=False,
            comment="True while further writing leaves no further mark (SQLite); an export closes it.",
        ),
        sa.PrimaryKeyConstraint("mark_id", name=op.f("pk_lake_marks")),
        comment="Left by triggers for `flowmeter db export`: tables and months that were written, so that it reads no others.",
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_lake_marks_table_name_part_is_open"), "lake_marks", ["table_name", "part", "is_open"]
    )
    _say(1)


def downgrade() -> None:
    _say(0)
    op.drop_table("lake_marks")


def _say(which: int) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for column, comments in _COMMENTS.items():
            said = comments[which].replace("'", "''")
            op.execute(f"COMMENT ON COLUMN collector_runs.{column} IS '{said}'")
