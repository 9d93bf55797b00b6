"""Find commits by the pull request that they name, and tell runs whose repository is gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OLD = "running, done, failed, waiting (for quota) or stopped."
NEW = "running, done, failed, waiting (for quota), stopped, or gone (its repository is not there)."


def upgrade() -> None:
    named = sa.text("pull_request IS NOT NULL")
    with op.batch_alter_table("commits", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_commits_repository_id_pull_request"),
            ["repository_id", "pull_request"],
            sqlite_where=named,
            postgresql_where=named,
        )
    _say(OLD, NEW)


def downgrade() -> None:
    _say(NEW, OLD)
    with op.batch_alter_table("commits", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commits_repository_id_pull_request"))


def _say(before: str, after: str) -> None:
    """What a run's state may be, in the column's comment; SQLite keeps none."""
    if op.get_bind().dialect.name == "sqlite":
        return
    with op.batch_alter_table("collector_runs", schema=None) as batch_op:
        batch_op.alter_column(
            "state", existing_type=sa.TEXT(), comment=after, existing_comment=before, existing_nullable=False
        )
