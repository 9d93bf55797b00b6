"""The engine of many machines: Apache Spark, by the same SQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow
import pyarrow.parquet

from collector.archive.dialects import FACTS, SPARK, events_sql, facts_sql
from collector.archive.engines import Followed, HourFile
from collector.archive.hours import hour_key
from collector.archive.lake import Lake
from collector.archive.selection import Selection
from collector.archive.shape import spark_schema
from collector.errors import CollectorError
from db.errors import DatabaseError
from db.lake.spark import session, told_of_spark

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: A task reads one file: compressed ones cannot be divided, and an hour's rows come out as one file.
ONE_FILE = "64m"
SETTINGS = {
    "spark.ui.enabled": "false",
    # The lake's times have no zone.
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.files.maxPartitionBytes": ONE_FILE,
    "spark.sql.files.openCostInBytes": ONE_FILE,
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
#: Hours by core that are staged by one job, so that a slow one keeps nobody waiting for long.
BY_CORE = 6
#: What DuckDB refuses and Spark would take: bytes that are no text, two events on one line, halves of signs.
VALID = r"""
    is_valid_utf8(value)
    AND instr(value, '}{"id":"') = 0
    AND (
        (e._corrupt_record IS NULL AND instr(lower(value), '\\ud') = 0)
        OR try_parse_json(value) IS NOT NULL
    )
"""


class SparkEngine:
    """Has a cluster read many hours at once; the lake is a folder that all its machines see."""

    def __init__(self, master: str, lake: Lake) -> None:
        self._lake, self._master = lake, master
        self._held = ExitStack()
        with _as_collectors_error():
            self._spark = self._held.enter_context(session(master, SETTINGS))
        cores = max(self._spark.sparkContext.defaultParallelism, 2)
        self.at_once = max(BY_CORE * cores, 24)
        self._spark.conf.set("spark.sql.shuffle.partitions", str(4 * cores))

    def stage(self, files: Sequence[HourFile], selection: Selection) -> None:
        """Write the rows of each hour's file that are chosen, or no events, into its staged file."""
        if not files:
            return
        with _as_collectors_error(), told_of_spark(self._master):
            self._stage(files, selection)

    def _stage(self, files: Sequence[HourFile], selection: Selection) -> None:
        from pyspark.sql import functions

        spark = self._spark
        self._view("chosen_ids", {"github_id": pyarrow.array(selection.ids, pyarrow.int64())})
        self._view("chosen_names", {"name": pyarrow.array(selection.names, pyarrow.string())})
        keys = functions.create_map(
            *(functions.lit(each) for file in files for each in (file.path.name, hour_key(file.hour)))
        )
        read = spark.read.text([f"file://{file.path}" for file in files])
        read.select(
            "value", keys[functions.col("_metadata.file_name")].alias("hour")
        ).createOrReplaceTempView("text")
        spark.sql(
            f"SELECT hour, value, from_json(value, '{spark_schema()}') AS e FROM text WHERE trim(value) <> ''"
        ).createOrReplaceTempView("parsed")
        # What is no event is one without anything in it.
        spark.sql(f"SELECT hour, CASE WHEN {VALID} THEN e END AS e FROM parsed").select("hour", "e.*").drop(
            "_corrupt_record"
        ).createOrReplaceTempView("lines")
        written = self._lake.staging / "spark"
        shutil.rmtree(written, ignore_errors=True)
        self._write(spark.sql(events_sql(SPARK, selection.predicate)), written, by="hour")
        for file in files:
            parts = sorted((written / f"hour={hour_key(file.hour)}").glob("*.parquet"))
            if len(parts) > 1:
                raise RuntimeError(f"{hour_key(file.hour)}: Spark wrote {len(parts)} files for one hour")
            for part in parts:
                part.replace(self._lake.staged_file(file.hour))
        shutil.rmtree(written)

    def make_facts(self, fresh: Sequence[datetime], followed: Followed, into: Path) -> None:
        """Write the fact tables' rows that the fresh hours touch, as Parquet under the facts' names."""
        files = [f"file://{path}" for path in map(self._lake.events_file, fresh) if path.exists()]
        if not files:
            return
        pairs = zip(("github_id", "repository_id"), zip(*followed, strict=True), strict=True)
        self._view("followed", {name: pyarrow.array(values, pyarrow.int64()) for name, values in pairs})
        self._spark.read.parquet(*files).createOrReplaceTempView("fresh")
        self._spark.read.parquet(f"file://{self._lake.events}").createOrReplaceTempView("events")
        for fact in FACTS:
            self._write(self._spark.sql(facts_sql(fact, SPARK)), into / f"{fact}.parquet")

    def close(self) -> None:
        """Give the cluster's cores back."""
        self._held.close()

    def _view(self, name: str, columns: Mapping[str, pyarrow.Array]) -> None:
        """A view of values that this process has, by way of the lake: no Python has to run on the workers."""
        path = self._lake.staging / f"{name}.parquet"
        pyarrow.parquet.write_table(pyarrow.table(dict(columns)), path)
        self._spark.read.parquet(f"file://{path}").createOrReplaceTempView(name)

    def _write(self, rows: DataFrame, path: Path, by: str | None = None) -> None:
        writer = rows.write.option("compression", "zstd")
        (writer.partitionBy(by) if by else writer).parquet(f"file://{path}")


@contextmanager
def _as_collectors_error() -> Iterator[None]:
    """What `db` says of Spark, as the error of a job: a later run may find it well again."""
    try:
        yield
    except DatabaseError as error:
        raise CollectorError(error.happened, to=error.to, next_step=error.next_step) from error
