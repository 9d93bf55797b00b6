"""How sure the classes of use cases are, and the id by which they are asked for again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

EVIDENCE = (
    "For domain, platform and cloud each: the words that decided, and where they stand.",
    "The words and fields that decided domain, platform and cloud.",
)
FOUND_BY = (
    "Every search that has found it, in alphabetical order, with semicolons between.",
    "The search that found it.",
)


def upgrade() -> None:
    with op.batch_alter_table("repositories", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "node_id",
                sa.Text(),
                nullable=True,
                comment="GitHub's global id, by which use cases are asked for again.",
            )
        )
    with op.batch_alter_table("use_cases", schema=None) as batch_op:
        for name, comment in (
            ("platform_confidence", "The same for the platform; 0 when none is stated."),
            ("cloud_confidence", "The same for the cloud; 0 when none is stated."),
        ):
            batch_op.add_column(
                sa.Column(name, sa.Double(), server_default="0", nullable=False, comment=comment)
            )
    _comments(new=0, old=1)


def downgrade() -> None:
    _comments(new=1, old=0)
    with op.batch_alter_table("use_cases", schema=None) as batch_op:
        batch_op.drop_column("cloud_confidence")
        batch_op.drop_column("platform_confidence")
    with op.batch_alter_table("repositories", schema=None) as batch_op:
        batch_op.drop_column("node_id")


def _comments(new: int, old: int) -> None:
    with op.batch_alter_table("use_cases", schema=None) as batch_op:
        for name, texts in (("evidence", EVIDENCE), ("found_by", FOUND_BY)):
            batch_op.alter_column(
                name,
                existing_type=sa.TEXT(),
                comment=texts[new],
                existing_comment=texts[old],
                existing_nullable=False,
            )
