"""Answers of benchmarks, computed ahead, and what finds two runs to compare."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "benchmark_answers",
        sa.Column(
            "topic",
            sa.Text(),
            autoincrement=False,
            nullable=False,
            comment="xla_gain, by_round, reach, scaling or runs.",
        ),
        sa.Column(
            "ordinal",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="Number of the row within its topic.",
        ),
        sa.Column("suite", sa.Text(), nullable=True, comment="The suite."),
        sa.Column("model", sa.Text(), nullable=True, comment="The model under one name for all suites."),
        sa.Column("test", sa.Text(), nullable=True, comment="Model or test as the suite calls it."),
        sa.Column("scenario", sa.Text(), nullable=True, comment="Scenario or parameters."),
        sa.Column("division", sa.Text(), nullable=True, comment="closed or open, for MLPerf."),
        sa.Column(
            "status",
            sa.Text(),
            nullable=True,
            comment="available, preview or research; available where nothing is stated.",
        ),
        sa.Column(
            "hardware_class",
            sa.Text(),
            nullable=True,
            comment="x86, arm, power, gpu, tpu, dsp, vpu, npu or unknown.",
        ),
        sa.Column(
            "platform",
            sa.Text(),
            nullable=True,
            comment="A line of hardware: NVIDIA GPU, TPU, x86, POWER, Hexagon DSP …; by_round of one size: the device.",
        ),
        sa.Column(
            "device",
            sa.Text(),
            nullable=True,
            comment="Family of the hardware; of the best result, where it stands for several.",
        ),
        sa.Column("devices", sa.BigInteger(), nullable=True, comment="How many of it."),
        sa.Column(
            "base_devices",
            sa.BigInteger(),
            nullable=True,
            comment="scaling: the number that is compared with; by_round: systems of exactly so many, 0 for all.",
        ),
        sa.Column("framework", sa.Text(), nullable=True, comment="Framework."),
        sa.Column("compiler", sa.Text(), nullable=True, comment="xla, xla:PIPELINE, none … or unknown."),
        sa.Column("precision", sa.Text(), nullable=True, comment="float32, float16, bfloat16, mixed, int8."),
        sa.Column(
            "round", sa.Text(), nullable=True, comment="MLPerf round, or the year where there is none."
        ),
        sa.Column(
            "year", sa.BigInteger(), nullable=True, comment="Year of the newest result behind the row."
        ),
        sa.Column("day", sa.Date(), nullable=True, comment="Day of the newest result behind the row."),
        sa.Column("metric", sa.Text(), nullable=True, comment="time_to_train, latency, throughput …"),
        sa.Column("unit", sa.Text(), nullable=True, comment="Canonical unit of the metric."),
        sa.Column("direction", sa.Text(), nullable=True, comment="lower or higher is better."),
        sa.Column(
            "value",
            sa.Double(),
            nullable=False,
            comment="xla_gain: times as fast; scaling: share of linear; by_round and reach: the best value in `unit`.",
        ),
        sa.Column("typical", sa.Double(), nullable=True, comment="Median of the results, in `unit`."),
        sa.Column("low", sa.Double(), nullable=True, comment="Lower end of the noise band of `value`."),
        sa.Column("high", sa.Double(), nullable=True, comment="Upper end of the noise band of `value`."),
        sa.Column(
            "before",
            sa.Double(),
            nullable=True,
            comment="What is compared with, in `unit`: without XLA, or on the fewest devices.",
        ),
        sa.Column("after", sa.Double(), nullable=True, comment="What it is compared to, in `unit`."),
        sa.Column("speed_up", sa.Double(), nullable=True, comment="scaling: how many times as fast."),
        sa.Column(
            "sample_size",
            sa.BigInteger(),
            nullable=False,
            comment="How many results or pairs stand behind the row.",
        ),
        sa.Column(
            "share", sa.Double(), nullable=True, comment="xla_gain: share of the pairs that are slower."
        ),
        sa.Column("who", sa.Text(), nullable=True, comment="Who submitted the best result."),
        sa.Column(
            "claim",
            sa.Text(),
            nullable=False,
            comment="measured, published, inferred or second-hand: the weakest behind the row.",
        ),
        sa.Column(
            "note", sa.Text(), nullable=True, comment="What a reader has to know, or what belongs together."
        ),
        sa.Column("source", sa.Text(), nullable=True, comment="Where it, or the best result, was read from."),
        sa.PrimaryKeyConstraint("topic", "ordinal", name=op.f("pk_benchmark_answers")),
        comment="What the benchmark results come to, computed anew when they change, so that nobody waits for it: one row per topic and group. What does not apply to a topic is NULL; db/benchmarks/answers/TOPIC.sql says how its rows are computed.",
    )
    op.create_index(op.f("ix_benchmark_answers_topic_model"), "benchmark_answers", ["topic", "model"])
    op.create_index(op.f("ix_benchmark_results_revision"), "benchmark_results", ["revision"])
    op.create_index(op.f("ix_benchmark_results_round"), "benchmark_results", ["round"])
    op.create_index(op.f("ix_benchmark_sources_location"), "benchmark_sources", ["location"])


def downgrade() -> None:
    op.drop_index(op.f("ix_benchmark_sources_location"), table_name="benchmark_sources")
    op.drop_index(op.f("ix_benchmark_results_round"), table_name="benchmark_results")
    op.drop_index(op.f("ix_benchmark_results_revision"), table_name="benchmark_results")
    op.drop_index(op.f("ix_benchmark_answers_topic_model"), table_name="benchmark_answers")
    op.drop_table("benchmark_answers")
