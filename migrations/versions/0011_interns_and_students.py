"""Times as an intern or a student, told by rosters, profiles and by hand."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: Columns of people_decisions: type, what was said of them, and what is.
SAID: dict[str, tuple[sa.types.TypeEngine[Any], str, str]] = {
    "decision": (
        sa.Text(),
        "merge (two identities are one person), apart (they are not), affiliate or kind.",
        "merge (two identities are one person), apart (they are not), affiliate, kind or role.",
    ),
    "identity": (
        sa.Text(),
        "About whom: github:NUMBER, email:KEYED_HASH, login:LOGIN (maps alone) or forgotten:MARK.",
        "About whom: github:NUMBER, email:KEYED_HASH, login:LOGIN (maps and rosters) or forgotten:MARK.",
    ),
    "value": (
        sa.Text(),
        "The other identity, the organisation, or human, bot or proxy.",
        "The other identity; the organisation; human, bot or proxy; intern or student, with the programme.",
    ),
    "from_day": (
        sa.Date(),
        "First day of an affiliation, 1900-01-01 when open.",
        "First day of an affiliation or role, 1900-01-01 when open.",
    ),
    "to_day": (
        sa.Date(),
        "Last day of an affiliation, 9999-12-31 when open.",
        "Last day of an affiliation or role, 9999-12-31 when open.",
    ),
    "source": (
        sa.Text(),
        "manual, or map for what a published map says.",
        "manual; map for what a published map says; roster for what a programme's roster says.",
    ),
}


def upgrade() -> None:
    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.BigInteger(), nullable=False, comment="The person."),
        sa.Column("kind", sa.Text(), nullable=False, comment="intern or student."),
        sa.Column(
            "programme",
            sa.Text(),
            nullable=False,
            comment="The programme, such as Google Summer of Code; empty when none is known.",
        ),
        sa.Column("from_day", sa.Date(), nullable=False, comment="First day."),
        sa.Column("to_day", sa.Date(), nullable=False, comment="Last day."),
        sa.Column("source", sa.Text(), nullable=False, comment="roster, profile or manual."),
        sa.ForeignKeyConstraint(["person_id"], ["people.person_id"], name=op.f("fk_person_roles_person_id")),
        sa.PrimaryKeyConstraint("person_id", "kind", "programme", "from_day", name=op.f("pk_person_roles")),
        comment="Times in which people were interns or students, from rosters of programmes, public profiles and decisions by hand; they may overlap.",
    )
    op.create_table(
        "profile_roles",
        sa.Column(
            "identity_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The account."
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="intern or student."),
        sa.Column(
            "from_day",
            sa.Date(),
            nullable=False,
            comment="First day: of the year that the profile names, or else of the month in which it was read.",
        ),
        sa.Column("to_day", sa.Date(), nullable=False, comment="Last day of that year or month."),
        sa.PrimaryKeyConstraint("identity_id", "kind", "from_day", name=op.f("pk_profile_roles")),
        comment="Times of which public profiles say that their owner was an intern or a student; the text that says so is not held.",
    )
    _say(forward=True)


def downgrade() -> None:
    _say(forward=False)
    op.drop_table("profile_roles")
    op.drop_table("person_roles")


def _say(*, forward: bool) -> None:
    """What decisions may be, in the columns' comments; SQLite keeps none."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for name, (kind, before, after) in SAID.items():
        now, then = (after, before) if forward else (before, after)
        op.alter_column("people_decisions", name, existing_type=kind, comment=now, existing_comment=then)
