"""What the Performance page asks of the benchmark tables, as pandas frames."""

from __future__ import annotations

from db.benchmarks.devices import latency, scaling, throughput
from db.benchmarks.series import series_list, series_values, source_summary
from db.benchmarks.training import time_to_train, time_to_train_by_hardware, training_cases
from db.benchmarks.xla import xla_pairs, xla_summary

__all__ = [
    "latency",
    "scaling",
    "series_list",
    "series_values",
    "source_summary",
    "throughput",
    "time_to_train",
    "time_to_train_by_hardware",
    "training_cases",
    "xla_pairs",
    "xla_summary",
]
