"""Which issues were open on a day, and who contributed in a period, read from indexes alone."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_NARROW = ("repository_id", "day")
#: Table → what its lists are chosen by beside a repository's days.
_MORE = {"issues": ("state", "closed_day", "number"), "contributions": ("person_kind",)}


def upgrade() -> None:
    for table, more in _MORE.items():
        _replace(table, _NARROW, (*_NARROW, *more))


def downgrade() -> None:
    for table, more in _MORE.items():
        _replace(table, (*_NARROW, *more), _NARROW)


def _replace(table: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    op.drop_index(op.f(f"ix_{table}_{'_'.join(before)}"), table_name=table)
    op.create_index(op.f(f"ix_{table}_{'_'.join(after)}"), table, list(after))
