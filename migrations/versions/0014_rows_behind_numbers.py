"""Rows behind numbers: of which kind they are, and the SELECT of their keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "metric_definitions",
        sa.Column(
            "rows",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="Kind of the rows behind a value: commits, people, issues …; empty when there are none to show.",
        ),
    )
    op.add_column(
        "metric_definitions",
        sa.Column(
            "rows_sql",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="The SELECT of the keys of those rows, by scope and period; empty when there are none.",
        ),
    )
    op.create_index(
        op.f("ix_pull_requests_repository_id_closed_day"), "pull_requests", ["repository_id", "closed_day"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_pull_requests_repository_id_closed_day"), table_name="pull_requests")
    op.drop_column("metric_definitions", "rows_sql")
    op.drop_column("metric_definitions", "rows")
