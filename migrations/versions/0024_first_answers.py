"""When issues and pull requests were first answered: what every metric of waiting reads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.schema.columns import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "first_answers",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("number", sa.BigInteger(), nullable=False, comment="Number within the repository."),
        sa.Column("kind", sa.Text(), nullable=False, comment="issue or pull_request."),
        sa.Column(
            "answered_at",
            UtcDateTime(),
            nullable=False,
            comment="First comment or review at or after the opening by a human who is not the author (UTC).",
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="The day of it (UTC)."),
        sa.PrimaryKeyConstraint("repository_id", "number", "kind", name=op.f("pk_first_answers")),
        comment="Issues and pull requests of humans that another human has answered, and when first. Made anew by the refresh.",
        sqlite_with_rowid=False,
    )
    # The next refresh computes everything, and with it these.
    op.execute("DELETE FROM refresh_marks")


def downgrade() -> None:
    op.drop_table("first_answers")
