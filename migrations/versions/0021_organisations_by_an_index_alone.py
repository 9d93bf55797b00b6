"""What was done for an organisation, read from an index alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_NARROW = ("organization_id", "kind", "day")
_WIDE = (*_NARROW, "repository_id", "quantity")


def upgrade() -> None:
    _replace(_NARROW, _WIDE)


def downgrade() -> None:
    _replace(_WIDE, _NARROW)


def _replace(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    op.drop_index(op.f(f"ix_contributions_{'_'.join(before)}"), table_name="contributions")
    op.create_index(
        op.f(f"ix_contributions_{'_'.join(after)}"),
        "contributions",
        list(after),
        sqlite_where=sa.text("organization_id <> 0"),
        postgresql_where=sa.text("organization_id <> 0"),
    )
