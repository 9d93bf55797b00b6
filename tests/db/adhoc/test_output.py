"""Rows written for programs lose nothing."""

from __future__ import annotations

import io
import json
import time

from db.adhoc.output import Format, told_apart, write


def test_columns_of_the_same_name_are_all_written() -> None:
    stream = io.StringIO()
    write(["a", "b", "a", "a"], [(1, 2, 3, 4)], Format.JSON, stream=stream)
    assert json.loads(stream.getvalue()) == [{"a": 1, "b": 2, "a_2": 3, "a_3": 4}]


def test_columns_of_the_same_name_are_numbered_however_many_they_are() -> None:
    assert told_apart(["a", "b", "a", "a_2", "a", "a_2"]) == ["a", "b", "a_2", "a_2_2", "a_3", "a_2_3"]
    began = time.thread_time()
    names = told_apart(["?column?"] * 1_600)
    assert len(set(names)) == 1_600
    assert names[-1] == "?column?_1600"
    assert time.thread_time() - began < 0.5


def test_a_terminal_obeys_nothing_that_stands_in_a_table() -> None:
    into = io.StringIO()
    title = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\x9b31m"
    write([title], [(title,), ("two\nlines, é",)], Format.TABLE, stream=into)
    assert "owned" in into.getvalue()
    assert "␛]0;owned␇" in into.getvalue()
    assert not set("\x1b\x07\x9b\u202e") & set(into.getvalue())
    assert "é" in into.getvalue()
