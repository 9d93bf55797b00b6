"""How fast it runs: sources, hardware, environments, cases, metrics, series, results, change points."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.schema.columns import Record


class BenchmarkSource(Record):
    """A file or archive that results were read from."""

    __tablename__ = "benchmark_sources"
    __table_args__ = (
        Index(None, "location"),
        {"comment": "Files that benchmark results were read from, with their checksums."},
    )

    source_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from format and location."
    )
    format: Mapped[str] = mapped_column(comment="mlperf_training, github_action_benchmark …")
    location: Mapped[str] = mapped_column(
        comment="Where it was read from: path within the archive or folder, or URL."
    )
    revision: Mapped[str | None] = mapped_column(comment="Commit or round that the file belongs to.")
    checksum: Mapped[str] = mapped_column(comment="SHA-256 of the bytes read.")
    license: Mapped[str | None] = mapped_column(comment="Licence, when the source states one.")
    results: Mapped[int] = mapped_column(default=0, server_default="0", comment="Results taken from it.")
    rejected: Mapped[int] = mapped_column(default=0, server_default="0", comment="Rows refused.")
    rejections: Mapped[str | None] = mapped_column(comment="The first refusals with their reasons, as JSON.")
    ingested_at: Mapped[datetime] = mapped_column(
        info={"on_conflict": "keep_first"}, comment="When it was first read (UTC)."
    )


class Hardware(Record):
    """What a benchmark ran on."""

    __tablename__ = "hardware"
    __table_args__ = {"comment": "What benchmarks ran on: kinds of machines, never single hosts."}

    hardware_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from all fields."
    )
    hardware_class: Mapped[str] = mapped_column(
        comment="x86, arm, power, gpu, tpu, dsp, vpu, npu or unknown."
    )
    vendor: Mapped[str | None] = mapped_column(
        comment="Maker of the accelerator, or of the processor where there is none."
    )
    model: Mapped[str] = mapped_column(
        comment="Accelerator, or processor where there is none, as the source names it."
    )
    family: Mapped[str] = mapped_column(
        comment="What people call the model: A100, TPU v4, Xeon …; the model itself where no shorter name is known."
    )
    count: Mapped[int | None] = mapped_column(comment="How many of it in all; NULL when not stated.")
    nodes: Mapped[int | None] = mapped_column(comment="How many machines; NULL when not stated.")
    host: Mapped[str | None] = mapped_column(comment="Host processor's model.")


class Environment(Record):
    """The software that a benchmark ran with."""

    __tablename__ = "environments"
    __table_args__ = {
        "comment": "Software that benchmarks ran with. `environment_key` leaves the framework's version out: it is an axis, not a part of a series."
    }

    environment_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from all fields."
    )
    environment_key: Mapped[str] = mapped_column(
        comment="Framework, compiler, precision and OS: what makes two series differ."
    )
    framework: Mapped[str | None] = mapped_column(comment="TensorFlow, JAX, PyTorch …")
    version: Mapped[str | None] = mapped_column(comment="Version of the framework.")
    compiler: Mapped[str] = mapped_column(comment="none, xla, xla:PIPELINE, tensorrt … or unknown.")
    precision: Mapped[str | None] = mapped_column(comment="float32, float16, bfloat16, mixed, int8.")
    os: Mapped[str | None] = mapped_column(comment="Operating system.")


class BenchmarkCase(Record):
    """What was run."""

    __tablename__ = "benchmark_cases"
    __table_args__ = {"comment": "What was run: suite, name, division and scenario."}

    case_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from all fields."
    )
    suite: Mapped[str] = mapped_column(comment="mlperf-training, or the suite's own name.")
    name: Mapped[str] = mapped_column(comment="Model or test.")
    division: Mapped[str | None] = mapped_column(comment="closed or open, for MLPerf.")
    scenario: Mapped[str | None] = mapped_column(comment="Scenario or parameters.")


class BenchmarkMetric(Record):
    """What was measured, in which unit, and which way is better."""

    __tablename__ = "benchmark_metrics"
    __table_args__ = {
        "comment": "What was measured, its unit, its canonical unit, and which way is better; never guessed."
    }

    metric_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from name, unit and direction."
    )
    name: Mapped[str] = mapped_column(comment="time_to_train, latency, throughput …")
    unit: Mapped[str] = mapped_column(comment="Unit in the source.")
    canonical_unit: Mapped[str] = mapped_column(comment="Unit of benchmark_results.value.")
    scale: Mapped[float] = mapped_column(comment="Multiplies a source value into the canonical unit.")
    direction: Mapped[str] = mapped_column(comment="lower or higher is better.")


class BenchmarkSeries(Record):
    """Results that may be compared over time."""

    __tablename__ = "benchmark_series"
    __table_args__ = (
        Index(None, "case_id"),
        {
            "comment": "Results that may be compared over time: one case, hardware, environment key and metric."
        },
    )

    series_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Stable id, made from the four."
    )
    case_id: Mapped[int] = mapped_column(ForeignKey("benchmark_cases.case_id"), comment="What was run.")
    hardware_id: Mapped[int] = mapped_column(ForeignKey("hardware.hardware_id"), comment="On what.")
    environment_key: Mapped[str] = mapped_column(comment="With what, versions apart.")
    metric_id: Mapped[int] = mapped_column(
        ForeignKey("benchmark_metrics.metric_id"), comment="What was measured."
    )


class BenchmarkResult(Record):
    """One value."""

    __tablename__ = "benchmark_results"
    __table_args__ = (
        Index(None, "series_id", "measured_at"),
        Index(None, "source_id"),
        Index(None, "revision"),
        Index(None, "round"),
        {
            "comment": "Values with their spread, validity and claim; a result repeated in a later round is one row."
        },
    )

    result_id: Mapped[int] = mapped_column(
        primary_key=True,
        autoincrement=False,
        comment="Stable id, made from suite, metric and natural key: a better reading of the hardware moves a result, and never doubles it.",
    )
    series_id: Mapped[int] = mapped_column(ForeignKey("benchmark_series.series_id"), comment="The series.")
    source_id: Mapped[int] = mapped_column(
        ForeignKey("benchmark_sources.source_id"),
        info={"on_conflict": "keep_first"},
        comment="Where it was first read.",
    )
    environment_id: Mapped[int] = mapped_column(
        ForeignKey("environments.environment_id"), comment="Software, versions included."
    )
    natural_key: Mapped[str] = mapped_column(
        comment="What makes the result one within its suite: submitter, system and the times of the runs, or benchmark, commit and date."
    )
    submitter: Mapped[str | None] = mapped_column(comment="Who measured.")
    system: Mapped[str | None] = mapped_column(comment="System as the submitter names it.")
    status: Mapped[str | None] = mapped_column(comment="available, preview or research, as the source says.")
    round: Mapped[str | None] = mapped_column(
        info={"on_conflict": "keep_first"}, comment="MLPerf round, such as v2.0."
    )
    revision: Mapped[str | None] = mapped_column(comment="Commit that was measured.")
    measured_at: Mapped[datetime] = mapped_column(
        info={"on_conflict": "keep_first"},
        comment="When it was measured, or published where that is all that is known (UTC).",
    )
    day: Mapped[date] = mapped_column(info={"on_conflict": "keep_first"}, comment="UTC date of measured_at.")
    value: Mapped[float] = mapped_column(comment="The value in the canonical unit.")
    low: Mapped[float | None] = mapped_column(comment="Smallest sample, or lower bound.")
    high: Mapped[float | None] = mapped_column(comment="Largest sample, or upper bound.")
    samples: Mapped[int] = mapped_column(comment="How many runs stand behind it.")
    spread: Mapped[float | None] = mapped_column(comment="Standard deviation of the runs, canonical unit.")
    valid: Mapped[bool] = mapped_column(comment="True when enough runs succeeded by the suite's own rule.")
    invalid_reason: Mapped[str | None] = mapped_column(comment="Why it is not valid.")
    claim: Mapped[str] = mapped_column(comment="measured, published, inferred or second-hand.")


class ChangePoint(Record):
    """A step in a series."""

    __tablename__ = "change_points"
    __table_args__ = (
        Index(None, "series_id"),
        {"comment": "Steps found in series, with what people said of them."},
    )

    change_point_id: Mapped[int] = mapped_column(
        primary_key=True,
        autoincrement=False,
        comment="Stable id, made from the series and the result where the step was first seen.",
    )
    series_id: Mapped[int] = mapped_column(ForeignKey("benchmark_series.series_id"), comment="The series.")
    result_id: Mapped[int] = mapped_column(
        ForeignKey("benchmark_results.result_id"), comment="First result after the step."
    )
    previous_result_id: Mapped[int | None] = mapped_column(
        ForeignKey("benchmark_results.result_id"), comment="Last result before the step."
    )
    state: Mapped[str] = mapped_column(
        comment="suspected, confirmed, acknowledged or ignored; withdrawn when it is kept for its note alone."
    )
    before: Mapped[float] = mapped_column(comment="Median before, canonical unit.")
    after: Mapped[float] = mapped_column(comment="Median after, canonical unit.")
    percent: Mapped[float] = mapped_column(comment="Change in per cent of before.")
    probability: Mapped[float | None] = mapped_column(comment="p-value.")
    values_before: Mapped[int | None] = mapped_column(comment="Results behind the median before.")
    values_after: Mapped[int | None] = mapped_column(comment="Results behind the median after.")
    algorithm: Mapped[str] = mapped_column(comment="Detector and its version.")
    note: Mapped[str | None] = mapped_column(comment="What people said of it.")
    link: Mapped[str | None] = mapped_column(comment="Where it is dealt with.")


class SeriesExamination(Record):
    """What of a series the step detector has seen."""

    __tablename__ = "series_examinations"
    __table_args__ = {
        "comment": "What of each series the step detector has seen: a series that looks otherwise is looked at again."
    }

    series_id: Mapped[int] = mapped_column(
        ForeignKey("benchmark_series.series_id"), primary_key=True, autoincrement=False, comment="The series."
    )
    results: Mapped[int] = mapped_column(comment="How many results it had.")
    newest_at: Mapped[datetime | None] = mapped_column(comment="When the newest of them was measured (UTC).")
    total: Mapped[float] = mapped_column(comment="The sum of their values: a value put right shows in it.")
    algorithm: Mapped[str] = mapped_column(comment="Detector and its version.")


class BenchmarkAnswer(Record):
    """A row of an answer that the results give, computed when they change."""

    __tablename__ = "benchmark_answers"
    __table_args__ = (
        Index(None, "topic", "model"),
        {
            "comment": "What the benchmark results come to, computed anew when they change, so that nobody waits for it: one row per topic and group. What does not apply to a topic is NULL; db/benchmarks/answers/TOPIC.sql says how its rows are computed."
        },
    )

    topic: Mapped[str] = mapped_column(
        primary_key=True, comment="xla_gain, by_round, reach, scaling or runs."
    )
    ordinal: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Number of the row within its topic."
    )
    suite: Mapped[str | None] = mapped_column(comment="The suite.")
    model: Mapped[str | None] = mapped_column(comment="The model under one name for all suites.")
    test: Mapped[str | None] = mapped_column(comment="Model or test as the suite calls it.")
    scenario: Mapped[str | None] = mapped_column(comment="Scenario or parameters.")
    division: Mapped[str | None] = mapped_column(comment="closed or open, for MLPerf.")
    status: Mapped[str | None] = mapped_column(
        comment="available, preview or research; available where nothing is stated."
    )
    hardware_class: Mapped[str | None] = mapped_column(
        comment="x86, arm, power, gpu, tpu, dsp, vpu, npu or unknown."
    )
    platform: Mapped[str | None] = mapped_column(
        comment="A line of hardware: NVIDIA GPU, TPU, x86, POWER, Hexagon DSP …; by_round of one size: the device."
    )
    device: Mapped[str | None] = mapped_column(
        comment="Family of the hardware; of the best result, where it stands for several."
    )
    devices: Mapped[int | None] = mapped_column(comment="How many of it.")
    base_devices: Mapped[int | None] = mapped_column(
        comment="scaling: the number that is compared with; by_round: systems of exactly so many, 0 for all."
    )
    framework: Mapped[str | None] = mapped_column(comment="Framework.")
    compiler: Mapped[str | None] = mapped_column(comment="xla, xla:PIPELINE, none … or unknown.")
    precision: Mapped[str | None] = mapped_column(comment="float32, float16, bfloat16, mixed, int8.")
    round: Mapped[str | None] = mapped_column(comment="MLPerf round, or the year where there is none.")
    year: Mapped[int | None] = mapped_column(comment="Year of the newest result behind the row.")
    day: Mapped[date | None] = mapped_column(comment="Day of the newest result behind the row.")
    metric: Mapped[str | None] = mapped_column(comment="time_to_train, latency, throughput …")
    unit: Mapped[str | None] = mapped_column(comment="Canonical unit of the metric.")
    direction: Mapped[str | None] = mapped_column(comment="lower or higher is better.")
    value: Mapped[float] = mapped_column(
        comment="xla_gain: times as fast; scaling: share of linear; by_round and reach: the best value in `unit`."
    )
    typical: Mapped[float | None] = mapped_column(comment="Median of the results, in `unit`.")
    low: Mapped[float | None] = mapped_column(comment="Lower end of the noise band of `value`.")
    high: Mapped[float | None] = mapped_column(comment="Upper end of the noise band of `value`.")
    before: Mapped[float | None] = mapped_column(
        comment="What is compared with, in `unit`: without XLA, or on the fewest devices."
    )
    after: Mapped[float | None] = mapped_column(comment="What it is compared to, in `unit`.")
    speed_up: Mapped[float | None] = mapped_column(comment="scaling: how many times as fast.")
    sample_size: Mapped[int] = mapped_column(comment="How many results or pairs stand behind the row.")
    share: Mapped[float | None] = mapped_column(comment="xla_gain: share of the pairs that are slower.")
    who: Mapped[str | None] = mapped_column(comment="Who submitted the best result.")
    claim: Mapped[str] = mapped_column(
        comment="measured, published, inferred or second-hand: the weakest behind the row."
    )
    note: Mapped[str | None] = mapped_column(comment="What a reader has to know, or what belongs together.")
    source: Mapped[str | None] = mapped_column(comment="Where it, or the best result, was read from.")
