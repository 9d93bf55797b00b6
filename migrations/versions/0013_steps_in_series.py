"""What the step detector has seen of each series, and what stands behind a change point."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from db.schema.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WAS, IS = (
    {
        "change_point_id": "Stable id, made from series and result.",
        "state": "suspected, confirmed, acknowledged or ignored.",
    },
    {
        "change_point_id": "Stable id, made from the series and the result where the step was first seen.",
        "state": "suspected, confirmed, acknowledged or ignored; withdrawn when it is kept for its note alone.",
    },
)
TYPES: dict[str, sa.types.TypeEngine[Any]] = {"change_point_id": sa.BigInteger(), "state": sa.Text()}


def upgrade() -> None:
    op.create_table(
        "series_examinations",
        sa.Column("series_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The series."),
        sa.Column("results", sa.BigInteger(), nullable=False, comment="How many results it had."),
        sa.Column(
            "newest_at",
            UtcDateTime(),
            nullable=True,
            comment="When the newest of them was measured (UTC).",
        ),
        sa.Column(
            "total",
            sa.Double(),
            nullable=False,
            comment="The sum of their values: a value put right shows in it.",
        ),
        sa.Column("algorithm", sa.Text(), nullable=False, comment="Detector and its version."),
        sa.ForeignKeyConstraint(
            ["series_id"], ["benchmark_series.series_id"], name=op.f("fk_series_examinations_series_id")
        ),
        sa.PrimaryKeyConstraint("series_id", name=op.f("pk_series_examinations")),
        comment="What of each series the step detector has seen: a series that looks otherwise is looked at again.",
    )
    with op.batch_alter_table("change_points", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "previous_result_id", sa.BigInteger(), nullable=True, comment="Last result before the step."
            )
        )
        batch_op.add_column(
            sa.Column(
                "values_before", sa.BigInteger(), nullable=True, comment="Results behind the median before."
            )
        )
        batch_op.add_column(
            sa.Column(
                "values_after", sa.BigInteger(), nullable=True, comment="Results behind the median after."
            )
        )
        for name, kind in TYPES.items():
            batch_op.alter_column(
                name,
                existing_type=kind,
                existing_nullable=False,
                comment=IS[name],
                existing_comment=WAS[name],
            )
        batch_op.create_foreign_key(
            batch_op.f("fk_change_points_previous_result_id"),
            "benchmark_results",
            ["previous_result_id"],
            ["result_id"],
        )
        batch_op.create_index(batch_op.f("ix_change_points_series_id"), ["series_id"])


def downgrade() -> None:
    with op.batch_alter_table("change_points", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_change_points_series_id"))
        batch_op.drop_constraint(batch_op.f("fk_change_points_previous_result_id"), type_="foreignkey")
        for name, kind in TYPES.items():
            batch_op.alter_column(
                name,
                existing_type=kind,
                existing_nullable=False,
                comment=WAS[name],
                existing_comment=IS[name],
            )
        for name in ("values_after", "values_before", "previous_result_id"):
            batch_op.drop_column(name)
    op.drop_table("series_examinations")
