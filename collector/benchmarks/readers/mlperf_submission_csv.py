"""The table that MLPerf inference's submission checker writes, `summary.csv`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence

from collector.benchmarks.formats import LAYOUT, EachFileAlone, File, Reading, Result, lines
from collector.benchmarks.mlperf_rounds import round_of
from collector.benchmarks.mlperf_table import results
from collector.jobs import Rejection

#: Columns that the table has had in every round.
COLUMNS = frozenset(("Organization", "Division", "Platform", "Model", "Scenario", "Result"))


class MlperfSubmissionCsv(EachFileAlone):
    """One file, one table."""

    name = "mlperf_submission_csv"
    precedence = LAYOUT

    def recognise(self, path: str, head: bytes) -> bool:
        """By the columns of its first line."""
        if not path.lower().endswith(".csv"):
            return False
        first = head.partition(b"\n")[0].decode("utf-8-sig", "replace")
        return {name.strip().strip('"') for name in first.split(",")} >= COLUMNS

    def read(self, files: Sequence[File]) -> Reading:
        """All rows. Where they state no version, the folder's round holds."""
        file = files[0]
        round_name = round_of(file.path)
        outcomes: list[Result | Rejection] = list(_rows(file, round_name))
        return Reading(file.path, outcomes, revision=round_name)


def _rows(file: File, round_name: str | None) -> Iterator[Result | Rejection]:
    refused: list[Rejection] = []
    reader = csv.DictReader(_text(file, refused), restkey="")
    while True:
        # The inner reader counts lines that it stumbles over as well.
        where = f"{file.path}:{reader.reader.line_num + 1}"
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            yield Rejection(where, f"the row is no CSV ({error})")
            continue
        if "" in row or None in row.values():
            yield Rejection(where, f"the row has not the header's {len(reader.fieldnames or ())} columns")
            continue
        yield from results(
            {name.strip(): value for name, value in row.items()}, where, round_name, file.modified
        )
    yield from refused


def _text(file: File, refused: list[Rejection]) -> Iterator[str]:
    for number, line in enumerate(lines(file)):
        if isinstance(line, Rejection):
            refused.append(line)
        else:
            yield line.decode("utf-8-sig" if number == 0 else "utf-8", "replace").replace("\0", "")


FORMAT = MlperfSubmissionCsv()
