"""Histories as bad as they come: absent contents, impossible dates, any bytes, cut-off pasts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest


def sizes(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["files"], row["additions"], row["deletions"]


def objects_held(repository: Path) -> set[str]:
    return {
        str(file.relative_to(repository)) for file in (repository / "objects").rglob("*") if file.is_file()
    }


def partial_clone(workshop: Any, folder: Path, what: str) -> Path:
    """A bare clone that lacks what the filter says."""
    workshop.git("config", "uploadpack.allowFilter", "true")
    workshop.git("clone", "-q", "--bare", f"--filter={what}", f"file://{workshop.path}", str(folder))
    return folder


@pytest.mark.parametrize("absent", ["blob:none", "tree:0"])
def test_a_clone_without_contents_has_unknown_sizes_and_fetches_nothing(
    make_collector: Any, busy_history: Any, tmp_path: Path, absent: str
) -> None:
    clone = partial_clone(busy_history, tmp_path / "partial.git", absent)
    before = objects_held(clone)
    collector = make_collector(clone)
    collector.run()
    rows = collector.rows("commits")
    assert len(rows) == int(busy_history.git("rev-list", "--count", "HEAD"))
    assert objects_held(clone) == before
    merges = [row for row in rows if row["parents"] > 1]
    assert {sizes(row) for row in merges} == {(0, 0, 0)}
    assert {sizes(row) for row in rows if row["parents"] < 2} == {(None, None, None)}


def test_where_only_large_contents_are_absent_the_other_sizes_are_known(
    make_collector: Any, collector: Any, busy_history: Any, tmp_path: Path, small_pages: None
) -> None:
    clone = partial_clone(busy_history, tmp_path / "partial.git", "blob:limit=600")
    collector.run()
    other = make_collector(clone)
    other.run()
    complete = {row["sha"]: sizes(row) for row in collector.rows("commits")}
    partial = {row["sha"]: sizes(row) for row in other.rows("commits")}
    picture = busy_history.git("log", "--format=%H", "--", "picture.bin")
    assert partial == complete | {picture: (None, None, None)}
    assert other.rows("identities") == collector.rows("identities")


def test_contents_lost_in_a_plain_clone_cost_the_sizes_of_their_commits_only(
    make_collector: Any, collector: Any, busy_history: Any, small_pages: None
) -> None:
    collector.run()
    lost = busy_history.git("rev-parse", "main:island.txt")
    (busy_history.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    other = make_collector(busy_history.path)
    other.run()
    complete = {row["sha"]: sizes(row) for row in collector.rows("commits")}
    unknown = busy_history.git("rev-parse", "island")
    assert {row["sha"]: sizes(row) for row in other.rows("commits")} == complete | {unknown: (None,) * 3}
    assert other.rows("commit_coauthors") == collector.rows("commit_coauthors")


def test_a_shallow_clone_is_said_to_be_one(make_collector: Any, workshop: Any, tmp_path: Path) -> None:
    for number in range(6):
        workshop.commit(f"{number}")
    shallow = tmp_path / "shallow.git"
    workshop.git("clone", "-q", "--bare", "--depth=3", f"file://{workshop.path}", str(shallow))
    collector = make_collector(shallow)
    collector.run()
    rows = collector.rows("commits")
    assert len(rows) == 3
    assert [sizes(row) for row in rows if row["parents"] == 0] == [(None, None, None)]
    assert "git fetch --unshallow" in collector.rejections[0].why
    workshop.git("-C", str(shallow), "fetch", "-q", "--unshallow")
    collector.run()
    assert len(collector.rows("commits")) == 6
    assert all(row["files"] is not None for row in collector.rows("commits"))
    assert collector.rejections == []


def test_impossible_commit_dates_are_repaired_from_the_neighbours(collector: Any, workshop: Any) -> None:
    workshop.commit("Sound", date="1500000000 +0000")
    old = workshop.commit("Clock at zero", date="@0 +0000")
    ahead = workshop.commit("Clock ahead", date="3640000000 +0000")
    sound = workshop.commit("Sound again", date="1500200000 +0000")
    collector.run()
    for sha in (old, ahead):
        row = collector.commit(sha)
        assert row["date_repaired"]
        assert row["committed_at"] == datetime.fromtimestamp(1500200000, UTC)
        assert row["day"] == date(2017, 7, 16)
    assert not collector.commit(sound)["date_repaired"]
    # The author date stays as it was written; who was there when does not follow it.
    assert collector.commit(ahead)["authored_at"] == datetime.fromtimestamp(3640000000, UTC)
    author = collector.identity(collector.commit(ahead)["author_id"])
    assert (author["first_seen"].year, author["last_seen"].year) == (2017, 2017)


def test_a_newest_commit_with_an_impossible_date_takes_the_one_before(collector: Any, workshop: Any) -> None:
    workshop.commit("Sound", date="1500000000 +0000")
    first = workshop.commit("Ahead", date="3640000000 +0000")
    second = workshop.commit("Ahead as well", date="3650000000 +0000")
    collector.run()
    expected = datetime.fromtimestamp(1500000000, UTC)
    assert {collector.commit(sha)["committed_at"] for sha in (first, second)} == {expected}


def test_a_history_without_any_sound_date_stands_marked_at_the_beginning_of_time(
    collector: Any, workshop: Any
) -> None:
    for number in range(3):
        workshop.commit(f"{number}", date=f"@{number} +0000")
    collector.run()
    rows = collector.rows("commits")
    assert all(row["date_repaired"] and row["day"] == date(1990, 1, 1) for row in rows)


@pytest.mark.parametrize(
    "written",
    [b"99999999999999999999 +0000", b"-5 +0000", b"12999999999999 +0000", b"nonsense", b"1 +99999999"],
)
def test_dates_that_no_calendar_holds_are_repaired(collector: Any, workshop: Any, written: bytes) -> None:
    workshop.commit("Sound", date="1500000000 +0000")
    line = b"Bo <bo@two.example> " + written
    sha = workshop.raw_commit(b"author " + line + b"\ncommitter " + line, b"Subject")
    collector.run()
    row = collector.commit(sha)
    assert row["date_repaired"]
    assert row["committed_at"] == datetime.fromtimestamp(1500000000, UTC)
    assert row["author_offset"] == 0


def test_nul_in_message_and_name_stops_nothing(collector: Any, workshop: Any) -> None:
    workshop.commit("First")
    stamp = b" 1500100000 +0000"
    sha = workshop.raw_commit(
        b"author N\0ul <nul@two.example>" + stamp + b"\ncommitter Bo <bo@two.example>" + stamp,
        b"Sub\0ject\n\nBody",
    )
    after = workshop.commit("After")
    collector.run()
    assert len(collector.rows("commits")) == 3
    assert collector.commit(sha)["subject"].startswith("Sub")
    assert collector.commit(after)["subject"] == "After"
    assert all("\0" not in str(row) for row in collector.rows("identities") + collector.rows("commits"))
    assert all("%a" not in str(row["name"]) for row in collector.rows("identities"))


def test_a_message_that_looks_like_the_stream_is_only_a_message(collector: Any, workshop: Any) -> None:
    first = workshop.commit("First", content="1\n2\n")
    message = f"\n\n  {first}\n1\t2\tpath\n:100644 100644 a b M\n\x01\x1e"
    sha = workshop.commit(message, content="1\n2\n3\n", file="1\t2\tfile\n" + first)
    collector.run()
    row = collector.commit(sha)
    assert row["subject"] == first
    assert sizes(row) == (1, 3, 0)
    assert len(collector.rows("commits")) == 2


def test_an_empty_message_and_an_empty_commit_are_held(collector: Any, workshop: Any) -> None:
    sha = workshop.commit("", content="1\n")
    empty = workshop.commit("Nothing changed", content="1\n")
    collector.run()
    assert collector.commit(sha)["subject"] == ""
    assert sizes(collector.commit(empty)) == (0, 0, 0)


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "shift_jis", "an-unknown-one"])
def test_declared_encodings_are_read(collector: Any, workshop: Any, encoding: str) -> None:
    name, subject = ("日本 太郎", "変更") if encoding == "shift_jis" else ("Zoë Ünlü", "Größer")
    spoken = "latin-1" if encoding == "an-unknown-one" else encoding
    workshop.commit("First")
    who = name.encode(spoken) + b" <zoe@two.example> 1500100000 +0000"
    header = b"author " + who + b"\ncommitter " + who + b"\nencoding " + encoding.encode()
    sha = workshop.raw_commit(header, subject.encode(spoken))
    collector.run()
    row = collector.commit(sha)
    assert row["subject"] == subject
    assert collector.identity(row["author_id"])["name"] == name


def test_bytes_that_are_no_utf8_and_declare_nothing_are_read_as_latin1(collector: Any, workshop: Any) -> None:
    workshop.commit("First")
    who = "Zoë <zoë@two.example> 1500100000 +0000".encode("latin-1")
    sha = workshop.raw_commit(b"author " + who + b"\ncommitter " + who, "Größer".encode("latin-1"))
    collector.run()
    assert collector.commit(sha)["subject"] == "Größer"
    assert collector.identity(collector.commit(sha)["author_id"])["name"] == "Zoë"
