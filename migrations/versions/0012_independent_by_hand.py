"""Let an affiliation say that somebody acted for nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OLD = "The organisation."
NEW = "The organisation; NULL when somebody was independent, as a hand or a map says."


def upgrade() -> None:
    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.alter_column(
            "organization_id",
            existing_type=sa.BigInteger(),
            nullable=True,
            comment=NEW,
            existing_comment=OLD,
        )


def downgrade() -> None:
    op.execute("DELETE FROM affiliations WHERE organization_id IS NULL")
    with op.batch_alter_table("affiliations", schema=None) as batch_op:
        batch_op.alter_column(
            "organization_id",
            existing_type=sa.BigInteger(),
            nullable=False,
            comment=OLD,
            existing_comment=NEW,
        )
