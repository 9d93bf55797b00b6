"""Open issues by an index, as open pull requests are found: those that wait are read while somebody waits."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_issues_repository_id_closed_day"), "issues", ["repository_id", "closed_day"])


def downgrade() -> None:
    op.drop_index(op.f("ix_issues_repository_id_closed_day"), table_name="issues")
