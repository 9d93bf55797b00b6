"""Give every benchmark result the day on which it was measured, as all other facts have one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

DAY = {"sqlite": "substr(measured_at, 1, 10)", "postgresql": "CAST(measured_at AT TIME ZONE 'UTC' AS DATE)"}


def upgrade() -> None:
    comment = "UTC date of measured_at."
    with op.batch_alter_table("benchmark_results", schema=None) as batch_op:
        batch_op.add_column(sa.Column("day", sa.Date(), nullable=True, comment=comment))
    op.execute(f"UPDATE benchmark_results SET day = {DAY[op.get_bind().dialect.name]}")
    with op.batch_alter_table("benchmark_results", schema=None) as batch_op:
        batch_op.alter_column("day", existing_type=sa.Date(), existing_comment=comment, nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("benchmark_results", schema=None) as batch_op:
        batch_op.drop_column("day")
