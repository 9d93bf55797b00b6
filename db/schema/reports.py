"""What goes out to people: issues of reports, alerts, their deliveries, and who wants none."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import Record


class Report(Record):
    """One issue of a scheduled report."""

    __tablename__ = "reports"
    __table_args__ = (
        Index(None, "report", "scope", "period", unique=True),
        {"comment": "Issues of scheduled reports, as they were made.", "sqlite_autoincrement": True},
    )

    report_id: Mapped[int] = mapped_column(
        Integer, primary_key=True, autoincrement=True, comment="Number of the issue."
    )
    report: Mapped[str] = mapped_column(comment="Name of the report, such as weekly.")
    scope: Mapped[str] = mapped_column(comment="Name of the scope that it is about.")
    period: Mapped[date] = mapped_column(comment="First day of the period.")
    period_end: Mapped[date] = mapped_column(comment="Last day of the period.")
    headline: Mapped[str] = mapped_column(comment="The most important thing, in one sentence.")
    html: Mapped[str] = mapped_column(comment="The whole issue as HTML, self-contained.")
    text: Mapped[str] = mapped_column(comment="Its text twin.")
    content: Mapped[str | None] = mapped_column(
        comment="What it says, as JSON without the pictures: Markdown and PDF are written from it."
    )
    simulated: Mapped[bool] = mapped_column(
        default=False, server_default="0", comment="True when its numbers are simulated."
    )
    due_at: Mapped[datetime | None] = mapped_column(comment="When it was to be made (UTC).")
    made_at: Mapped[datetime] = mapped_column(comment="When it was made (UTC).")


class Delivery(Record):
    """One issue or alert on its way to one recipient."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "state", "next_attempt_at"),
        Index(None, "report_id"),
        {"comment": "What went to whom, once each, and how that ended. It holds no address."},
    )

    delivery_id: Mapped[int] = mapped_column(
        primary_key=True,
        autoincrement=False,
        comment="Stable id, made from what is sent, to which audience, by which channel and to whom.",
    )
    kind: Mapped[str] = mapped_column(comment="report or alert.")
    name: Mapped[str] = mapped_column(comment="Name of the report or of the alert, as configured.")
    scope: Mapped[str] = mapped_column(comment="Name of the scope that it is about.")
    period: Mapped[date | None] = mapped_column(comment="First day of a report's period.")
    report_id: Mapped[int | None] = mapped_column(comment="The issue; NULL for an alert.")
    alert_id: Mapped[int | None] = mapped_column(comment="The alert; NULL for an issue.")
    crossing: Mapped[int] = mapped_column(
        default=0, server_default="0", comment="Which time the alert opened; 0 for an issue."
    )
    audience: Mapped[str] = mapped_column(comment="Name of the group of recipients; empty for files.")
    channel: Mapped[str] = mapped_column(comment="email, webhook or file.")
    recipient: Mapped[str] = mapped_column(comment="Keyed hash of the address or hook; a file's folder.")
    label: Mapped[str] = mapped_column(comment="What pages and logs call the recipient: no address.")
    state: Mapped[str] = mapped_column(
        comment="pending, sending, sent, failed (given up), unsubscribed or dropped (no longer configured)."
    )
    attempts: Mapped[int] = mapped_column(default=0, server_default="0", comment="How often it was tried.")
    next_attempt_at: Mapped[datetime] = mapped_column(comment="When it is tried, or tried again (UTC).")
    token: Mapped[int] = mapped_column(
        default=0,
        server_default="0",
        comment="Grows with each claim; whoever holds an older one can write no outcome.",
    )
    holder: Mapped[str | None] = mapped_column(comment="Host, process and a random part of who sends it.")
    lease_until: Mapped[datetime | None] = mapped_column(comment="When others may claim it (UTC).")
    message_id: Mapped[str | None] = mapped_column(
        comment="Message-ID of the mail, or key of the call: the same in every attempt."
    )
    error: Mapped[str | None] = mapped_column(comment="Why the last try failed; without addresses.")
    due_at: Mapped[datetime] = mapped_column(comment="When it was to be sent (UTC).")
    sent_at: Mapped[datetime | None] = mapped_column(comment="When it was taken by the other side (UTC).")
    updated_at: Mapped[datetime] = mapped_column(comment="When the state last changed (UTC).")


class Unsubscription(Record):
    """Somebody who wants no more of a report."""

    __tablename__ = "unsubscriptions"
    __table_args__ = {"comment": "Who wants no more of which report or alert; addresses as keyed hashes."}

    recipient: Mapped[str] = mapped_column(primary_key=True, comment="Keyed hash of the address.")
    name: Mapped[str] = mapped_column(primary_key=True, comment="Name of the report or alert, or * for all.")
    at: Mapped[datetime] = mapped_column(comment="When it was asked for (UTC).")


class Alert(Record):
    """Something that somebody should look at."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(None, "state"),
        {"comment": "What crossed a line: targets, usual bands, staleness, regressions."},
    )

    alert_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from rule, scope and subject."
    )
    rule: Mapped[str] = mapped_column(
        default="", server_default="", comment="Name of the alert in flowmeter.toml."
    )
    kind: Mapped[str] = mapped_column(comment="target, unusual, regression or stale.")
    scope: Mapped[str] = mapped_column(
        default="project", server_default="project", comment="Name of the scope that it is about."
    )
    subject: Mapped[str] = mapped_column(comment="What it is about: a metric, a change point or the data.")
    message: Mapped[str] = mapped_column(comment="One sentence, as of the last crossing.")
    state: Mapped[str] = mapped_column(comment="open or over.")
    crossing: Mapped[int] = mapped_column(
        default=1, server_default="1", comment="How often it has opened: each time is told once."
    )
    opened_at: Mapped[datetime] = mapped_column(comment="When it last opened (UTC).")
    updated_at: Mapped[datetime] = mapped_column(comment="When it was last looked at (UTC).")
