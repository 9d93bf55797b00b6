"""What the commits job holds of a history equals what git itself says of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine


def numstat_sums(workshop: Any) -> tuple[int, int, int]:
    """Files, added and deleted lines by `git log --numstat` itself, read line by line."""
    files = added = deleted = 0
    for line in workshop.git("log", "--numstat", "--format=").splitlines():
        if line:
            plus, minus, _ = line.split("\t", 2)
            files += 1
            added += int(plus) if plus != "-" else 0
            deleted += int(minus) if minus != "-" else 0
    return files, added, deleted


def test_counts_and_sums_are_those_of_git(collector: Any, busy_history: Any) -> None:
    collector.run()
    rows = collector.rows("commits")
    assert {row["sha"] for row in rows} == set(busy_history.git("rev-list", "HEAD").split())
    merges = busy_history.git("rev-list", "--merges", "HEAD").split()
    assert {row["sha"] for row in rows if row["parents"] > 1} == set(merges)
    authors = set(busy_history.git("log", "--format=%aE").lower().split())
    assert len({row["author_id"] for row in rows}) == len(authors)
    sums = tuple(sum(row[name] for row in rows) for name in ("files", "additions", "deletions"))
    assert sums == numstat_sums(busy_history)
    assert sums[1] > 30


def test_the_same_rows_stand_in_postgresql(engine: Engine, collector_into: Any, busy_history: Any) -> None:
    held = collector_into(engine, busy_history.path)
    held.run()
    assert len(held.rows("commits")) == int(busy_history.git("rev-list", "--count", "HEAD"))
    assert {row["domain"] for row in held.rows("identities")} == {
        "one.example",
        "two.example",
        "three.example",
    }
    assert len(held.rows("paper_mentions")) == 6


def test_each_field_of_a_commit_is_read(collector: Any, workshop: Any) -> None:
    workshop.commit("First")
    sha = workshop.commit(
        "PR #123: Subject\n\nBody\n",
        name="Zoë Ünlü",
        address="Zoe@Three.Example",
        date="1500100000 +0530",
        author_date="1500000000 -0330",
        content="one\ntwo\n",
    )
    collector.run()
    row = collector.commit(sha)
    assert row["authored_at"] == datetime(2017, 7, 14, 2, 40, tzinfo=UTC)
    assert row["committed_at"] == datetime.fromtimestamp(1500100000, UTC)
    assert (row["author_offset"], row["day"], row["date_repaired"]) == (-210, date(2017, 7, 15), False)
    assert (row["subject"], row["pull_request"], row["parents"]) == ("PR #123: Subject", 123, 1)
    author, committer = collector.identity(row["author_id"]), collector.identity(row["committer_id"])
    assert (author["name"], author["domain"]) == ("Zoë Ünlü", "three.example")
    assert author["first_seen"] == author["last_seen"] == row["authored_at"]
    assert (committer["name"], committer["last_seen"]) == ("Cem Committer", row["committed_at"])


def test_an_octopus_has_all_its_parents_and_no_size(collector: Any, busy_history: Any) -> None:
    collector.run()
    octopus = next(row for row in collector.rows("commits") if row["parents"] == 4)
    assert (octopus["files"], octopus["additions"], octopus["deletions"]) == (0, 0, 0)
    assert octopus["pull_request"] == 9
    assert sum(row["parents"] == 0 for row in collector.rows("commits")) == 2


def test_coauthors_are_held_once_and_never_the_author_again(collector: Any, workshop: Any) -> None:
    sha = workshop.commit(
        "Work\n\nCo-authored-by: Bo <bo@two.example>\nco-authored-by: B <BO@two.example>\n"
        "Co-Authored-By: Ann <ann@one.example>\n\nReviewed: x\n"
        "Co-authored-by: Cy <1+cy@users.noreply.github.com>"
    )
    collector.run()
    coauthors = [collector.identity(row["coauthor_id"]) for row in collector.rows("commit_coauthors")]
    assert {row["sha"] for row in collector.rows("commit_coauthors")} == {sha}
    assert sorted(row["name"] for row in coauthors) == ["Bo", "Cy"]
    assert next(row for row in coauthors if row["name"] == "Cy")["login"] == "cy"


def test_papers_in_messages_are_held_with_their_day(collector: Any, workshop: Any) -> None:
    sha = workshop.commit("Use https://arxiv.org/pdf/1706.03762v5.pdf and (https://doi.org/10.1000/ABC.1).")
    collector.run()
    found = {(row["scheme"], row["identifier"]) for row in collector.rows("papers")}
    assert found == {("arxiv", "1706.03762"), ("doi", "10.1000/abc.1")}
    assert {(row["reference"], row["place"]) for row in collector.rows("paper_mentions")} == {(sha, "commit")}


def test_no_address_is_in_the_database_file(
    make_collector: Callable[..., Any], busy_history: Any, tmp_path: Path
) -> None:
    make_collector(busy_history.path).run()
    content = b"".join(file.read_bytes() for file in tmp_path.glob("collected-0.db*")).lower()
    assert b"person left as of" in content
    for address in busy_history.git("log", "--format=%aE %cE").lower().split():
        assert address.encode() not in content
    assert b"di@three.example" not in content


def test_the_mailmap_decides_who_somebody_is(collector: Any, workshop: Any) -> None:
    workshop.commit("Map", file=".mailmap", content="Ann Author <ann@one.example> <ann@old.example>\n")
    sha = workshop.commit("Old", name="A", address="ann@old.example")
    collector.run()
    assert collector.identity(collector.commit(sha)["author_id"])["domain"] == "one.example"
    assert "old.example" not in {row["domain"] for row in collector.rows("identities")}


def test_a_changed_mailmap_changes_commits_that_are_held(collector: Any, workshop: Any) -> None:
    sha = workshop.commit("Old", name="A", address="ann@old.example")
    collector.run()
    assert collector.identity(collector.commit(sha)["author_id"])["domain"] == "old.example"
    workshop.commit("Map", file=".mailmap", content="Ann Author <ann@one.example> <ann@old.example>\n")
    collector.run()
    assert collector.identity(collector.commit(sha)["author_id"])["domain"] == "one.example"
    assert collector.run() == []


def test_the_newest_name_of_an_address_stays(collector: Any, workshop: Any, small_pages: None) -> None:
    for number in range(8):
        workshop.commit(f"{number}", name=f"Name {number}")
    collector.run()
    assert {row["name"] for row in collector.rows("identities")} == {"Name 7", "Cem Committer"}


def test_people_without_an_address_are_told_apart_by_name(collector: Any, workshop: Any) -> None:
    workshop.commit("First")
    first = workshop.raw_commit(b"author Bo <> 1500100000 +0000\ncommitter Bo <> 1500100000 +0000", b"a")
    other = workshop.raw_commit(b"author Cy <> 1500100000 +0000\ncommitter Cy <> 1500100000 +0000", b"b")
    collector.run()
    assert collector.commit(first)["author_id"] != collector.commit(other)["author_id"]


def test_a_sha256_repository_is_read(make_workshop: Any, make_collector: Any) -> None:
    workshop = make_workshop("long", "--object-format=sha256")
    sha = workshop.commit("First", content="1\n2\n")
    collector = make_collector(workshop.path)
    collector.run()
    assert len(sha) == 64
    assert collector.commit(sha)["additions"] == 2


def test_a_persons_own_git_settings_change_nothing(
    collector: Any, busy_history: Any, make_collector: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector.run()
    settings = tmp_path / "gitconfig"
    settings.write_text(
        "[color]\n ui = always\n[log]\n showSignature = true\n showRoot = false\n"
        " mailmap = false\n decorate = full\n"
        "[diff]\n renames = false\n noprefix = true\n[core]\n quotePath = false\n"
        "[format]\n pretty = oneline\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    other = make_collector(busy_history.path)
    other.run()
    assert other.everything() == collector.everything()
