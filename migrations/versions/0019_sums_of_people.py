"""What each person did, summed up by scope, month and year; contributions by organisation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COUNTS = (
    ("commits", "Commits, as their author."),
    ("coauthored_commits", "Commits, as a co-author by a trailer."),
    ("change_requests", "Pull requests opened."),
    ("merged", "Pull requests of theirs that landed."),
    ("reviews", "Reviews submitted."),
    ("issues", "Issues opened."),
    ("answers", "Comments on issues, pull requests and commits."),
    ("contributions", "All of these."),
)


def _counts() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False, comment=comment) for name, comment in _COUNTS]


def upgrade() -> None:
    op.create_table(
        "person_totals",
        sa.Column("scope_id", sa.BigInteger(), nullable=False, comment="The scope."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Who."),
        sa.Column("person_kind", sa.Text(), nullable=False, comment="human, bot or proxy."),
        sa.Column(
            "first_day", sa.Date(), nullable=False, comment="Day of their first contribution in the scope."
        ),
        sa.Column(
            "last_day", sa.Date(), nullable=False, comment="Day of their last contribution in the scope."
        ),
        *_counts(),
        sa.PrimaryKeyConstraint("scope_id", "person_id", name=op.f("pk_person_totals")),
        comment="What each person did in a scope, over all time. Made anew by the refresh.",
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_person_totals_person_id"), "person_totals", ["person_id"])
    op.create_table(
        "organization_people",
        sa.Column("scope_id", sa.BigInteger(), nullable=False, comment="The scope."),
        sa.Column("organization_id", sa.BigInteger(), nullable=False, comment="The organisation."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Who."),
        sa.Column("person_kind", sa.Text(), nullable=False, comment="human, bot or proxy."),
        sa.Column("first_day", sa.Date(), nullable=False, comment="Day of their first contribution for it."),
        sa.Column("last_day", sa.Date(), nullable=False, comment="Day of their last contribution for it."),
        *_counts(),
        sa.PrimaryKeyConstraint(
            "scope_id", "organization_id", "person_id", name=op.f("pk_organization_people")
        ),
        comment="What each person did in a scope for an organisation, over all time. Made anew by the refresh.",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "person_periods",
        sa.Column("repository_id", sa.BigInteger(), nullable=False, comment="The repository."),
        sa.Column("grain", sa.Text(), nullable=False, comment="month or year."),
        sa.Column("period", sa.Date(), nullable=False, comment="First day of the period."),
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="Who."),
        sa.Column("person_kind", sa.Text(), nullable=False, comment="human, bot or proxy."),
        *_counts(),
        sa.PrimaryKeyConstraint(
            "repository_id", "grain", "period", "person_id", name=op.f("pk_person_periods")
        ),
        comment="What each person did in a repository by month and by year. Made anew by the refresh.",
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_contributions_organization_id_kind_day"),
        "contributions",
        ["organization_id", "kind", "day"],
        sqlite_where=sa.text("organization_id <> 0"),
        postgresql_where=sa.text("organization_id <> 0"),
    )
    # The next refresh computes everything, and with it these.
    op.execute("DELETE FROM refresh_marks")


def downgrade() -> None:
    op.drop_index(op.f("ix_contributions_organization_id_kind_day"), table_name="contributions")
    op.drop_table("person_periods")
    op.drop_table("organization_people")
    op.drop_index(op.f("ix_person_totals_person_id"), table_name="person_totals")
    op.drop_table("person_totals")
