"""Deliveries once each, who wants none, alerts by crossing, and what issues say in a form to write anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from db.schema.columns import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column(
            "delivery_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from what is sent, to which audience, by which channel and to whom.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="report or alert."),
        sa.Column(
            "name", sa.Text(), nullable=False, comment="Name of the report or of the alert, as configured."
        ),
        sa.Column("scope", sa.Text(), nullable=False, comment="Name of the scope that it is about."),
        sa.Column("period", sa.Date(), nullable=True, comment="First day of a report's period."),
        sa.Column("report_id", sa.BigInteger(), nullable=True, comment="The issue; NULL for an alert."),
        sa.Column("alert_id", sa.BigInteger(), nullable=True, comment="The alert; NULL for an issue."),
        sa.Column(
            "crossing",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Which time the alert opened; 0 for an issue.",
        ),
        sa.Column(
            "audience", sa.Text(), nullable=False, comment="Name of the group of recipients; empty for files."
        ),
        sa.Column("channel", sa.Text(), nullable=False, comment="email, webhook or file."),
        sa.Column(
            "recipient",
            sa.Text(),
            nullable=False,
            comment="Keyed hash of the address or hook; a file's folder.",
        ),
        sa.Column(
            "label", sa.Text(), nullable=False, comment="What pages and logs call the recipient: no address."
        ),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="pending, sending, sent, failed (given up), unsubscribed or dropped (no longer configured).",
        ),
        sa.Column(
            "attempts", sa.BigInteger(), server_default="0", nullable=False, comment="How often it was tried."
        ),
        sa.Column(
            "next_attempt_at",
            UtcDateTime(),
            nullable=False,
            comment="When it is tried, or tried again (UTC).",
        ),
        sa.Column(
            "token",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Grows with each claim; whoever holds an older one can write no outcome.",
        ),
        sa.Column(
            "holder", sa.Text(), nullable=True, comment="Host, process and a random part of who sends it."
        ),
        sa.Column("lease_until", UtcDateTime(), nullable=True, comment="When others may claim it (UTC)."),
        sa.Column(
            "message_id",
            sa.Text(),
            nullable=True,
            comment="Message-ID of the mail, or key of the call: the same in every attempt.",
        ),
        sa.Column("error", sa.Text(), nullable=True, comment="Why the last try failed; without addresses."),
        sa.Column("due_at", UtcDateTime(), nullable=False, comment="When it was to be sent (UTC)."),
        sa.Column(
            "sent_at", UtcDateTime(), nullable=True, comment="When it was taken by the other side (UTC)."
        ),
        sa.Column("updated_at", UtcDateTime(), nullable=False, comment="When the state last changed (UTC)."),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_deliveries")),
        comment="What went to whom, once each, and how that ended. It holds no address.",
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_report_id"), ["report_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_deliveries_state_next_attempt_at"), ["state", "next_attempt_at"], unique=False
        )
    op.create_table(
        "unsubscriptions",
        sa.Column("recipient", sa.Text(), nullable=False, comment="Keyed hash of the address."),
        sa.Column("name", sa.Text(), nullable=False, comment="Name of the report or alert, or * for all."),
        sa.Column("at", UtcDateTime(), nullable=False, comment="When it was asked for (UTC)."),
        sa.PrimaryKeyConstraint("recipient", "name", name=op.f("pk_unsubscriptions")),
        comment="Who wants no more of which report or alert; addresses as keyed hashes.",
    )
    # It told of files alone, which are written again where they are missing and recorded then.
    op.drop_table("report_deliveries")
    # Nothing has written alerts before.
    op.drop_table("alerts")
    op.create_table(
        "alerts",
        sa.Column(
            "alert_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from rule, scope and subject.",
        ),
        sa.Column(
            "rule",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="Name of the alert in flowmeter.toml.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="target, unusual, regression or stale."),
        sa.Column(
            "scope",
            sa.Text(),
            server_default="project",
            nullable=False,
            comment="Name of the scope that it is about.",
        ),
        sa.Column(
            "subject",
            sa.Text(),
            nullable=False,
            comment="What it is about: a metric, a change point or the data.",
        ),
        sa.Column("message", sa.Text(), nullable=False, comment="One sentence, as of the last crossing."),
        sa.Column("state", sa.Text(), nullable=False, comment="open or over."),
        sa.Column(
            "crossing",
            sa.BigInteger(),
            server_default="1",
            nullable=False,
            comment="How often it has opened: each time is told once.",
        ),
        sa.Column("opened_at", UtcDateTime(), nullable=False, comment="When it last opened (UTC)."),
        sa.Column("updated_at", UtcDateTime(), nullable=False, comment="When it was last looked at (UTC)."),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
        comment="What crossed a line: targets, usual bands, staleness, regressions.",
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alerts_state"), ["state"], unique=False)
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "content",
                sa.Text(),
                nullable=True,
                comment="What it says, as JSON without the pictures: Markdown and PDF are written from it.",
            )
        )
        batch_op.add_column(
            sa.Column("due_at", UtcDateTime(), nullable=True, comment="When it was to be made (UTC).")
        )


def downgrade() -> None:
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_column("due_at")
        batch_op.drop_column("content")
    op.drop_table("alerts")
    op.create_table(
        "alerts",
        sa.Column(
            "alert_id",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Stable id, made from kind and subject.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="target, stale, regression or failure."),
        sa.Column("subject", sa.Text(), nullable=False, comment="What it is about."),
        sa.Column("message", sa.Text(), nullable=False, comment="One sentence."),
        sa.Column("state", sa.Text(), nullable=False, comment="open, acknowledged or over."),
        sa.Column("opened_at", UtcDateTime(), nullable=False, comment="When it was first seen (UTC)."),
        sa.Column("updated_at", UtcDateTime(), nullable=False, comment="When it was last seen (UTC)."),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_alerts")),
        comment="What crossed a line: targets, staleness, regressions.",
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alerts_state"), ["state"], unique=False)
    op.create_table(
        "report_deliveries",
        sa.Column("report_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="The issue."),
        sa.Column("channel", sa.Text(), nullable=False, comment="file, email or webhook."),
        sa.Column("recipient", sa.Text(), nullable=False, comment="Folder, or keyed hash of the address."),
        sa.Column("state", sa.Text(), nullable=False, comment="pending, sent or failed."),
        sa.Column(
            "attempts", sa.BigInteger(), server_default="0", nullable=False, comment="How often it was tried."
        ),
        sa.Column("error", sa.Text(), nullable=True, comment="Why the last try failed."),
        sa.Column("updated_at", UtcDateTime(), nullable=False, comment="When the state last changed (UTC)."),
        sa.PrimaryKeyConstraint("report_id", "channel", "recipient", name=op.f("pk_report_deliveries")),
        comment="Which issue went where, and how that ended.",
    )
    op.drop_table("unsubscriptions")
    op.drop_table("deliveries")
