"""What pages read: the calendar, the catalogue of metrics and their values."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import Record

GRAINS = ("day", "week", "month", "quarter", "year")


class CalendarDay(Record):
    """A day, and the period of a grain that it lies in."""

    __tablename__ = "calendar"
    __table_args__ = (
        Index(None, "grain", "period"),
        {
            "comment": "Every day once per grain, so that no query needs a date function.",
            "sqlite_with_rowid": False,
        },
    )

    day: Mapped[date] = mapped_column(primary_key=True, comment="The day.")
    grain: Mapped[str] = mapped_column(
        primary_key=True, comment="day, week (from Monday), month, quarter or year."
    )
    period: Mapped[date] = mapped_column(comment="First day of the period.")
    period_end: Mapped[date] = mapped_column(comment="Last day of the period.")


class MetricDefinition(Record):
    """A metric, as its SQL file's header states it."""

    __tablename__ = "metric_definitions"
    __table_args__ = {"comment": "The catalogue: one row per metric file, with its meaning and its SQL."}

    metric: Mapped[str] = mapped_column(
        primary_key=True, comment="Name; the file is db/metrics/GOAL/NAME.sql."
    )
    goal: Mapped[str] = mapped_column(comment="innovation, talent, research, cloud, ambition or performance.")
    title: Mapped[str] = mapped_column(comment="Title, as a question or statement.")
    meaning: Mapped[str] = mapped_column(comment="One sentence.")
    unit: Mapped[str] = mapped_column(comment="What a value counts.")
    direction: Mapped[str] = mapped_column(comment="up, down or neutral: which way is better.")
    segments: Mapped[str] = mapped_column(
        comment="What the segment column tells apart; empty when it is not used."
    )
    headline: Mapped[str] = mapped_column(
        comment="The segment that scorecards show: `all` unless the metric says another."
    )
    figure: Mapped[str] = mapped_column(comment="line, area, bar or stacked_bar, heat_map, funnel.")
    source: Mapped[str] = mapped_column(comment="Where the definition comes from.")
    leaves_out: Mapped[str] = mapped_column(comment="What is not counted.")
    coverage: Mapped[str] = mapped_column(
        comment="The metric that tells which share of its facts is known; empty when all of it is."
    )
    sql: Mapped[str] = mapped_column(comment="The SELECT that computes it.")
    rows: Mapped[str] = mapped_column(
        default="",
        server_default="",
        comment="Kind of the rows behind a value: commits, people, issues …; empty when there are none to show.",
    )
    rows_sql: Mapped[str] = mapped_column(
        default="",
        server_default="",
        comment="The SELECT of the keys of those rows, by scope and period; empty when there are none.",
    )


class MetricValue(Record):
    """A metric's value for a scope, period and segment."""

    __tablename__ = "metric_values"
    __table_args__ = {
        "comment": "Every number that is shown: one row per metric, scope, grain, period and segment.",
        "sqlite_with_rowid": False,
    }

    metric: Mapped[str] = mapped_column(primary_key=True, comment="The metric.")
    scope_id: Mapped[int] = mapped_column(
        ForeignKey("scopes.scope_id"), primary_key=True, comment="What it is about."
    )
    grain: Mapped[str] = mapped_column(primary_key=True, comment="day, week, month, quarter or year.")
    period: Mapped[date] = mapped_column(primary_key=True, comment="First day of the period.")
    segment: Mapped[str] = mapped_column(
        primary_key=True, comment="The segment; `all` when the metric has none."
    )
    value: Mapped[float] = mapped_column(comment="The value, in the metric's unit.")
    sample_size: Mapped[int] = mapped_column(
        comment="How many facts stand behind it; for a ratio, its denominator."
    )
    complete: Mapped[bool] = mapped_column(
        comment="False while the period is not over or its facts are not all collected."
    )


class MetricRefresh(Record):
    """When a metric was last computed, and up to which day its facts went."""

    __tablename__ = "metric_refreshes"
    __table_args__ = {
        "comment": "When each metric was last computed, from facts up to when, and how long it took."
    }

    metric: Mapped[str] = mapped_column(primary_key=True, comment="The metric.")
    refreshed_at: Mapped[datetime] = mapped_column(comment="When it was computed (UTC).")
    facts_until: Mapped[date | None] = mapped_column(
        comment="Latest day among the facts; NULL when there were none."
    )
    seconds: Mapped[float] = mapped_column(comment="How long it took.")
    rows: Mapped[int] = mapped_column(comment="How many values it gave.")
