"""A Spark over a lake: in this process (`local[2]`), or on a cluster (`spark://HOST:PORT`)."""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from db.errors import DatabaseError
from db.lake.snapshot import Snapshot
from db.metrics.catalogue import Definition

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CLUSTER = re.compile(r"spark://(?P<host>[^:/,\s]+):(?P<port>\d+)$")
IN_PROCESS = re.compile(r"local\[(\d+|\*)\]$")
#: What the values need; all else is the cluster's own (`spark-defaults.conf`, found by SPARK_CONF_DIR).
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
#: A column's type in Spark's words, by the one in DuckDB's.
TYPES = {
    "TIMESTAMP WITH TIME ZONE": "timestamp",
    "DATE": "date",
    "BOOLEAN": "boolean",
    "DOUBLE": "double",
    "BIGINT": "bigint",
    "VARCHAR": "string",
}
#: How long a master may take to be reached, and workers to be given, in seconds.
REACHED, GIVEN = 5.0, 60.0


def is_spark(name: str) -> bool:
    """Whether a name of an engine is one of Spark's masters."""
    return bool(CLUSTER.match(name) or IN_PROCESS.match(name))


@contextmanager
def over_spark(
    master: str, held: Snapshot, names: Sequence[str]
) -> Iterator[Callable[[Definition], pa.Table]]:
    """What asks Spark for a metric over tables of a lake, which all its workers have to see at the same path.

    Raises `DatabaseError` when there is no pyspark, no Java, no master or no worker, and when Spark ends.
    """
    with session(master) as spark, told_of_spark(master):
        for name in names:
            columns = ", ".join(
                f"`{each.name}` {TYPES[each.type]}" for each in held.manifest.tables[name].columns
            )
            # Spark need not look into files for what they hold.
            files = [f"file://{file}" for file in held.files(name)]
            spark.read.schema(columns).parquet(*files).createOrReplaceTempView(name)

        def ask(definition: Definition) -> pa.Table:
            with told_of_spark(master):
                return spark.sql(definition.written_for("spark")).toArrow()

        yield ask


@contextmanager
def session(master: str, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[SparkSession]:
    """A session of Spark with more settings, ended afterwards. Raises `DatabaseError` like `over_spark`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of pandas, about what pyspark does with it
            from pyspark.sql import SparkSession
    except ImportError as error:
        raise DatabaseError(
            "is not installed", to="pyspark", next_step="Install it: .venv/bin/uv pip install 'pyspark>=4.0'"
        ) from error
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        raise DatabaseError(
            "is not on this machine", to="Java", next_step="Install Java 17 or 21, or set JAVA_HOME"
        )
    builder: Any = SparkSession.builder
    builder = builder.master(master).appName("Flowmeter")
    for name, value in {**SETTINGS, **settings, **_addresses(master)}.items():
        builder = builder.config(name, value)
    with told_of_spark(master):
        spark: SparkSession = builder.getOrCreate()
    try:
        spark.sparkContext.setLogLevel("ERROR")
        if CLUSTER.match(master):
            _await_workers(spark, master)
        yield spark
    finally:
        spark.stop()


def _addresses(master: str) -> Mapping[str, str]:
    """Under which address workers find this process: the one that it reaches the master from."""
    found = CLUSTER.match(master)
    if found is None:
        return {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    try:
        with socket.create_connection((found["host"], int(found["port"])), REACHED) as reached:
            own = str(reached.getsockname()[0])
    except OSError as error:
        raise DatabaseError(
            f"cannot be reached ({error.strerror or error})",
            to=master,
            next_step="Start its master, or name another engine: local needs none",
        ) from error
    return {"spark.driver.host": own}


def _await_workers(spark: SparkSession, master: str) -> None:
    give_up = time.monotonic() + GIVEN
    context: Any = spark.sparkContext
    # The driver counts itself.
    while context._jsc.sc().getExecutorMemoryStatus().size() < 2:
        if time.monotonic() > give_up:
            raise DatabaseError(
                f"gave no worker within {GIVEN:.0f} s",
                to=master,
                next_step="Start workers, or free cores and memory of those that it has",
            )
        time.sleep(0.2)


@contextmanager
def told_of_spark(master: str) -> Iterator[None]:
    """What goes wrong within Spark, in one sentence: raises `DatabaseError`."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JError, PySparkException) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = next(
            (line for line in lines if "Exception" in line or "Error" in line), lines[0] if lines else ""
        )
        raise DatabaseError(
            f"could not compute ({reason[:300] or type(error).__name__})",
            to=master,
            next_step="See the log of its master, and whether all workers see the lake at the same path",
        ) from error
