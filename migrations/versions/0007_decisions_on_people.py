"""Decisions on people, suggestions for review, the logins of accounts, and marks of who was forgotten."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.schema.columns import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_logins",
        sa.Column("login", sa.Text(), nullable=False, comment="The login, lower case."),
        sa.Column(
            "github_user_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="GitHub's numeric user id.",
        ),
        sa.PrimaryKeyConstraint("login", "github_user_id", name=op.f("pk_identity_logins")),
        comment="Every login that each account has been seen under: a login with two accounts was reused, and joins nobody.",
    )
    op.create_table(
        "people_decisions",
        sa.Column(
            "decision_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from what is decided about whom from which day.",
        ),
        sa.Column(
            "decision",
            sa.Text(),
            nullable=False,
            comment="merge (two identities are one person), apart (they are not), affiliate or kind.",
        ),
        sa.Column(
            "identity",
            sa.Text(),
            nullable=False,
            comment="About whom: github:NUMBER, email:KEYED_HASH, login:LOGIN (maps alone) or forgotten:MARK.",
        ),
        sa.Column(
            "value",
            sa.Text(),
            nullable=False,
            comment="The other identity, the organisation, or human, bot or proxy.",
        ),
        sa.Column(
            "from_day",
            sa.Date(),
            nullable=False,
            comment="First day of an affiliation, 1900-01-01 when open.",
        ),
        sa.Column(
            "to_day", sa.Date(), nullable=False, comment="Last day of an affiliation, 9999-12-31 when open."
        ),
        sa.Column(
            "source",
            sa.Text(),
            nullable=False,
            comment="manual, or map for what a published map says.",
        ),
        sa.Column("why", sa.Text(), nullable=False, comment="The reason given."),
        sa.Column("decided_at", UtcDateTime(), nullable=False, comment="When it was decided (UTC)."),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_people_decisions")),
        comment="Decisions on people made by hand or taken from a published map; every refresh follows them.",
    )
    op.create_table(
        "people_suggestions",
        sa.Column(
            "suggestion_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from the two identities.",
        ),
        sa.Column("identity_id", sa.BigInteger(), nullable=False, comment="Identity of the one."),
        sa.Column("other_identity_id", sa.BigInteger(), nullable=False, comment="Identity of the other."),
        sa.Column("reason", sa.Text(), nullable=False, comment="The evidence."),
        sa.Column("score", sa.Double(), nullable=False, comment="0 to 1: how much the evidence weighs."),
        sa.PrimaryKeyConstraint("suggestion_id", name=op.f("pk_people_suggestions")),
        comment="Identities that may be one person, on evidence too weak to join them: for review.",
    )
    op.create_table(
        "forgotten_identities",
        sa.Column(
            "mark",
            sa.Text(),
            nullable=False,
            comment="Keyed hash of the identity, its numeric user id or its login.",
        ),
        sa.Column(
            "identity_id",
            sa.BigInteger(),
            nullable=False,
            comment="Identity without a name that stands for it in the facts; 0 for a login.",
        ),
        sa.Column(
            "person_id",
            sa.BigInteger(),
            nullable=False,
            comment="The person without a name that it belongs to.",
        ),
        sa.Column("forgotten_at", UtcDateTime(), nullable=False, comment="When (UTC)."),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_forgotten_identities")),
        comment="Identities that were forgotten, by keyed marks alone: what is collected of them again stays without a name.",
    )
    with op.batch_alter_table("forgotten_identities", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_forgotten_identities_identity_id"), ["identity_id"])


def downgrade() -> None:
    for name in ("forgotten_identities", "people_suggestions", "people_decisions", "identity_logins"):
        op.drop_table(name)
