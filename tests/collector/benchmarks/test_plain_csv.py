"""The plain CSV: every field of a result may be given, and whatever is wrong with one is said by name."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.benchmarks.formats import File, Result
from collector.benchmarks.hardware import Hardware
from collector.benchmarks.readers.plain_csv import COLUMNS, DIMENSIONS, FORMAT
from collector.benchmarks.software import Software
from collector.jobs import Rejection

PLAIN = {"name": "load", "metric": "latency", "value": "2.5", "unit": "ms", "measured_at": "2026-01-02"}


def written(*rows: dict[str, Any]) -> bytes:
    """Rows as the standard library writes them, under all the columns that any of them has."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")


def read(content: bytes) -> tuple[list[Result], dict[str, str]]:
    file = File("a.csv", len(content), lambda: io.BytesIO(content))
    outcomes = list(FORMAT.read([file]).outcomes)
    refused = {one.what: one.why for one in outcomes if isinstance(one, Rejection)}
    return [one for one in outcomes if isinstance(one, Result)], refused


def test_the_five_columns_that_must_be_there_are_enough() -> None:
    (one,), refused = read(written(PLAIN))
    assert not refused
    assert (one.value, one.series.metric.scale, one.series.metric.direction) == (2.5, 1e-3, "lower")
    assert (one.measured_at, one.claim, one.samples) == (datetime(2026, 1, 2, tzinfo=UTC), "published", 1)
    assert (one.series.case.suite, one.series.case.name) == ("csv", "load")
    assert one.series.hardware.hardware_class == "unknown"


def test_every_field_of_a_result_may_be_given() -> None:
    full = {
        **{"suite": "fleet", "name": "ResNet, 50", "division": "closed", "scenario": "batch=1"},
        **{"hardware_class": "gpu", "vendor": "NVIDIA", "model": "A100-SXM4", "family": "A100"},
        **{"count": "8", "nodes": "2", "host": "EPYC 7742"},
        **{
            "framework": "TensorFlow",
            "version": "2.4",
            "compiler": "xla",
            "precision": "mixed",
            "os": "Ubuntu",
        },
        **{"metric": "throughput", "unit": "images/s", "direction": "higher"},
        **{"measured_at": "2026-01-02T03:04:05+01:00", "value": "1200.5", "low": "1100", "high": "1300"},
        **{"samples": "5", "spread": "40.5", "invalid_reason": "missed the target", "claim": "second-hand"},
        **{"submitter": "Acme", "system": "box", "status": "available", "round": "v2.0", "revision": "abc"},
        "key": "mine",
    }
    assert set(full) == set(COLUMNS)
    (one,), refused = read(written(full))
    assert not refused
    assert one.series.hardware == Hardware("gpu", "NVIDIA", "A100-SXM4", "A100", 8, 2, "EPYC 7742")
    assert one.series.software == Software("TensorFlow", "2.4", "xla", "mixed", "Ubuntu")
    case = one.series.case
    assert (case.suite, case.name, case.division, case.scenario) == (
        "fleet",
        "ResNet, 50",
        "closed",
        "batch=1",
    )
    assert (one.value, one.low, one.high, one.samples, one.spread) == (1200.5, 1100, 1300, 5, 40.5)
    assert (one.submitter, one.system, one.status, one.round) == ("Acme", "box", "available", "v2.0")
    assert (one.revision, one.natural_key, one.claim) == ("abc", "mine", "second-hand")
    assert one.invalid_reason == "missed the target"
    assert one.measured_at == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)


def test_class_maker_and_family_follow_from_the_model() -> None:
    (one,), _ = read(written(PLAIN | {"model": "Intel(R) Xeon(R) Gold 6148"}))
    hardware = one.series.hardware
    assert (hardware.hardware_class, hardware.vendor, hardware.family) == ("x86", "Intel", "Xeon")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"unit": "parsecs"}, "the unit 'parsecs' is not known"),
        ({"unit": "MB"}, "nothing says whether more or less of 'MB' is better"),
        ({"direction": "up"}, "the direction 'up' is neither lower nor higher"),
        ({"direction": "higher"}, "in 'ms' lower is better, but the source says higher"),
        ({"value": "nan"}, "the value is nan"),
        ({"value": "1e999"}, "the value is inf"),
        ({"value": "-1"}, "the value is -1, which stands for missing"),
        ({"value": ""}, "the value '' is not a number"),
        ({"value": "0"}, "the value is 0, which no latency can be"),
        ({"low": "nan"}, "low is nan"),
        ({"spread": "wide"}, "spread 'wide' is not a number"),
        ({"samples": "-3"}, "samples '-3' is no number of runs"),
        ({"samples": "9" * 40}, f"samples '{'9' * 40}' is no number of runs"),
        ({"count": "0"}, "count '0' is no number of machines"),
        ({"claim": "rumour"}, "the claim 'rumour' is none of measured, published, inferred, second-hand"),
        ({"status": "soon"}, "the status 'soon' is none of available, cloud, onprem, preview, research"),
        ({"hardware_class": "fpga"}, "the hardware class 'fpga' is none of"),
        ({"measured_at": "01/02/2026"}, "measured_at '01/02/2026' is no date of a benchmark"),
        ({"measured_at": "1970-01-01"}, "measured_at '1970-01-01' is no date of a benchmark"),
        ({"name": " "}, "lacks a name, metric or unit"),
    ],
)
def test_what_is_wrong_with_a_row_is_said_and_the_others_go_in(changed: dict[str, str], why: str) -> None:
    results, refused = read(
        written(PLAIN | dict.fromkeys(changed, ""), PLAIN | changed, PLAIN | {"name": "x"})
    )
    assert "x" in {one.series.case.name for one in results}
    assert refused["a.csv:3"].startswith(why)


@pytest.mark.parametrize(
    ("content", "what", "why"),
    [
        (b"name,metric,value\na,b,1\n", "a.csv", "lacks the columns unit, measured_at"),
        (b"name,metric,value,unit,measured_at,colour\n", "a.csv", "the column 'colour' is none of those"),
        (b"name,metric,value,unit,mesured_at\n", "a.csv", "did you mean measured_at?"),
        (b"name,metric,value,unit,measured_at,unit\n", "a.csv", "the column 'unit' stands twice"),
        (b"", "a.csv", "is empty"),
        (written(PLAIN) + b"a,b\n", "a.csv:3", "has 2 fields, and the header 5"),
        (written(PLAIN, PLAIN), "a.csv:3", "the same result stands twice; the first one counts"),
        (written(PLAIN) + b"caf\xe9,latency,2,ms,2026-01-01\n", "a.csv:3", "the row is not UTF-8"),
        (written(PLAIN) + b'"a,latency,2,ms,2026-01-01\n', "a.csv:3", "the row is no CSV"),
        (written(PLAIN) + b"x" * (2 << 20) + b"\n", "a.csv:3", "the line is longer than"),
        (written(PLAIN) + b"x" * (1 << 18) + b"\n", "a.csv:3", "the row is no CSV (field larger than"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(content: bytes, what: str, why: str) -> None:
    _, refused = read(content)
    assert why in refused[what]


def test_a_byte_order_mark_and_the_line_ends_of_windows_are_taken() -> None:
    content = b"\xef\xbb\xbf" + written(PLAIN).replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")
    assert FORMAT.recognise("a.csv", content)
    (one,), refused = read(content)
    assert (one.value, refused) == (2.5, {})


def test_other_tables_are_none_of_ours() -> None:
    assert not FORMAT.recognise("a.csv", b"name,age\nAda,36\n")
    assert not FORMAT.recognise("a.txt", written(PLAIN))


@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=6), min_size=3), max_size=4))
def test_no_table_breaks_the_reader(rows: list[dict[str, str]]) -> None:
    content = written(*(PLAIN | row for row in rows)) if rows else b""
    results, refused = read(content)
    lines = list(csv.reader(io.StringIO(content.decode("utf-8", "replace"), newline="")))
    assert len(results) <= max(0, len(lines) - 1)
    assert results or refused or not rows
    assert {one.series.metric.direction for one in results} <= {"lower", "higher"}


def test_rows_that_differ_in_a_dimension_are_other_results() -> None:
    rows = [PLAIN] + [PLAIN | {name: "8"} for name in DIMENSIONS if name in ("count", "nodes", "host", "os")]
    results, refused = read(
        written(*({"count": "", "nodes": "", "host": "", "os": ""} | row for row in rows))
    )
    assert not refused
    assert len({one.natural_key for one in results}) == len(rows) == 5


def test_who_measured_and_on_what_make_other_results_even_when_called_alike() -> None:
    rows = [
        {"submitter": "", "system": "", "revision": ""} | PLAIN | {name: "x"}
        for name in ("submitter", "system")
    ]
    results, refused = read(written(*rows, rows[0] | {"revision": "x"}))
    assert (len({one.natural_key for one in results}), refused) == (3, {})
