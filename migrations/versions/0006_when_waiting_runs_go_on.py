"""Keep when a waiting run may go on, and what was left of GitHub's quotas."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.schema.columns import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("collector_runs", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "resume_at",
                UtcDateTime(),
                nullable=True,
                comment="When a run that waits for GitHub may go on (UTC).",
            )
        )
        batch_op.add_column(
            sa.Column(
                "quota_left",
                sa.TEXT(),
                nullable=True,
                comment="What was left of GitHub's hourly quotas at its last page or end, in words.",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("collector_runs", schema=None) as batch_op:
        batch_op.drop_column("quota_left")
        batch_op.drop_column("resume_at")
