"""What is asked of the benchmark tables: questions as SQL files, and single results as pandas frames."""

from __future__ import annotations

from db.benchmarks.series import series_list, series_values, source_summary
from db.benchmarks.training import time_to_train
from db.benchmarks.xla import xla_pairs

__all__ = ["series_list", "series_values", "source_summary", "time_to_train", "xla_pairs"]
