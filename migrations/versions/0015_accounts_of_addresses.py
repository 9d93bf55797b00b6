"""Accounts that have confirmed the addresses of commits, as GitHub says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.schema.columns import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_accounts",
        sa.Column(
            "identity_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The address."
        ),
        sa.Column(
            "github_user_id",
            sa.BigInteger(),
            nullable=True,
            comment="GitHub's numeric user id of the account; NULL when GitHub names none.",
        ),
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository of the commit."),
        sa.Column("sha", sa.Text(), nullable=False, comment="The commit that GitHub was asked about."),
        sa.Column("asked_at", UtcDateTime(), nullable=False, comment="When (UTC)."),
        sa.PrimaryKeyConstraint("identity_id", name=op.f("pk_address_accounts")),
        comment="Accounts that have confirmed the addresses of commits, as GitHub says; an address is asked about once, and again when none had.",
    )


def downgrade() -> None:
    op.drop_table("address_accounts")
