"""The second day of each person in a scope: who came back, without reading all that everybody did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "person_totals",
        sa.Column(
            "second_day",
            sa.Date(),
            nullable=True,
            comment="The next day on which they contributed in the scope; NULL when there is none.",
        ),
    )
    # The next refresh computes everything, and with it these.
    op.execute("DELETE FROM refresh_marks")


def downgrade() -> None:
    op.drop_column("person_totals", "second_day")
