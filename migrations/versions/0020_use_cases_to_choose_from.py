"""Indexes by which use cases are chosen, and put in the order of their stars, while somebody waits."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WIDER = "ix_use_cases_domain_platform_cloud"


def upgrade() -> None:
    op.create_index(op.f("ix_repositories_stars"), "repositories", ["stars"])
    op.create_index(op.f(WIDER), "use_cases", ["domain", "platform", "cloud"])
    op.drop_index(op.f("ix_use_cases_domain"), table_name="use_cases")
    op.create_index(op.f("ix_use_cases_active_day"), "use_cases", ["active_day"])


def downgrade() -> None:
    op.drop_index(op.f("ix_use_cases_active_day"), table_name="use_cases")
    op.create_index(op.f("ix_use_cases_domain"), "use_cases", ["domain"])
    op.drop_index(op.f(WIDER), table_name="use_cases")
    op.drop_index(op.f("ix_repositories_stars"), table_name="repositories")
