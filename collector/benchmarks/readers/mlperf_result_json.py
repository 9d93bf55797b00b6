"""MLPerf's results as JSON tables, `cm-result.json`: a list of rows of inference, training or tiny."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from collector.benchmarks.documents import Unreadable, document
from collector.benchmarks.formats import LAYOUT, EachFileAlone, File, Reading, Result
from collector.benchmarks.mlperf_table import results
from collector.jobs import Rejection

NAME = "cm-result.json"


class MlperfResultJson(EachFileAlone):
    """One file, one table."""

    name = "mlperf_result_json"
    precedence = LAYOUT

    def recognise(self, path: str, head: bytes) -> bool:
        """By the file's name, or by columns that only these tables have."""
        if not path.endswith(".json"):
            return False
        in_head = b'"Result_Units"' in head or b'"median_throughput_metric"' in head
        return PurePosixPath(path).name == NAME or (in_head and b'"git_url"' in head)

    def read(self, files: Sequence[File]) -> Reading:
        """All rows; those that stand there twice are one result."""
        file = files[0]
        parts = PurePosixPath(file.path).parts
        experiment = parts.index("experiment") + 1 if "experiment" in parts else 0
        where = "/".join(("cm-result", *parts[experiment:])) if experiment else file.path
        return Reading(where, list(_rows(file)))


def _rows(file: File) -> Iterator[Result | Rejection]:
    try:
        told = document(file).content
    except Unreadable as error:
        yield Rejection(file.path, str(error))
        return
    if not isinstance(told, list):
        yield Rejection(file.path, "holds no list of results")
    else:
        for number, row in enumerate(told, start=1):
            where = f"{file.path}: row {number}"
            if isinstance(row, Mapping):
                yield from results(row, where, otherwise=file.modified)
            else:
                yield Rejection(where, "the row is no object")


FORMAT = MlperfResultJson()
