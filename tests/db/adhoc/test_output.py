"""Rows written for programs lose nothing."""

from __future__ import annotations

import io
import json

from db.adhoc.output import Format, write


def test_columns_of_the_same_name_are_all_written() -> None:
    stream = io.StringIO()
    write(["a", "b", "a", "a"], [(1, 2, 3, 4)], Format.JSON, stream=stream)
    assert json.loads(stream.getvalue()) == [{"a": 1, "b": 2, "a_2": 3, "a_3": 4}]
