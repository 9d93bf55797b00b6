"""The engine of one machine: DuckDB, with a bound on its memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from collector.archive.dialects import DUCKDB, FACTS, events_sql, facts_sql
from collector.archive.engines import Followed, HourFile
from collector.archive.examination import LONGEST_LINE
from collector.archive.hours import hour_key
from collector.archive.lake import PARQUET, Lake
from collector.archive.selection import Selection
from collector.archive.shape import duckdb_columns
from db.literals import quoted

MEMORY = "1GB"


class LocalEngine:
    """Reads an hour at a time; what does not fit into its memory waits in the lake's staging folder."""

    #: Hours that are staged by one call.
    at_once = 1

    def __init__(self, lake: Lake, *, memory: str = MEMORY) -> None:
        self._lake = lake
        self._duck = duckdb.connect()
        self._duck.execute(f"SET memory_limit = '{memory}'")
        self._duck.execute(f"SET temp_directory = {quoted(lake.staging / 'duckdb')}")
        self._duck.execute("SET preserve_insertion_order = false")
        self._duck.execute("SET TimeZone = 'UTC'")

    def stage(self, files: Sequence[HourFile], selection: Selection) -> None:
        """Write the rows of each hour's file that are chosen, or no events, into its staged file."""
        self._duck.execute("CREATE OR REPLACE TEMP TABLE chosen_ids (github_id BIGINT)")
        self._duck.execute("CREATE OR REPLACE TEMP TABLE chosen_names (name VARCHAR)")
        self._duck.execute("INSERT INTO chosen_ids SELECT UNNEST(?::BIGINT[])", [list(selection.ids)])
        self._duck.execute("INSERT INTO chosen_names SELECT UNNEST(?::VARCHAR[])", [list(selection.names)])
        for file in files:
            lines = (
                f"SELECT '{hour_key(file.hour)}' AS hour, * FROM read_json({quoted(file.path)}, "
                f"format = 'newline_delimited', compression = 'gzip', ignore_errors = true, "
                f"maximum_object_size = {LONGEST_LINE + 1}, columns = {duckdb_columns()})"
            )
            sql = events_sql(DUCKDB, selection.predicate)
            self._duck.execute(f"CREATE OR REPLACE TEMP VIEW lines AS {lines}")
            self._duck.execute(
                f"COPY (SELECT * EXCLUDE (hour) FROM ({sql})) "
                f"TO {quoted(self._lake.staged_file(file.hour))} ({PARQUET})"
            )

    def make_facts(self, fresh: Sequence[datetime], followed: Followed, into: Path) -> None:
        """Write the fact tables' rows that the fresh hours touch, a Parquet file each."""
        self._duck.execute("CREATE OR REPLACE TEMP TABLE followed (github_id BIGINT, repository_id BIGINT)")
        pairs = ([pair[0] for pair in followed], [pair[1] for pair in followed])
        self._duck.execute("INSERT INTO followed SELECT UNNEST(?::BIGINT[]), UNNEST(?::BIGINT[])", pairs)
        fresh_files = [str(path) for path in map(self._lake.events_file, fresh) if path.exists()]
        if not fresh_files:
            return
        listed = ", ".join(map(quoted, fresh_files))
        self._duck.execute(f"CREATE OR REPLACE TEMP VIEW fresh AS FROM read_parquet([{listed}])")
        everything = quoted(f"{self._lake.events}/*/*.parquet")
        self._duck.execute(f"CREATE OR REPLACE TEMP VIEW events AS FROM read_parquet({everything})")
        for fact in FACTS:
            target = quoted(into / f"{fact}.parquet")
            self._duck.execute(f"COPY ({facts_sql(fact, DUCKDB)}) TO {target} ({PARQUET})")

    def close(self) -> None:
        """Let go of the memory."""
        self._duck.close()
