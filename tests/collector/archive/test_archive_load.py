"""Hours of the archive become facts once each, whatever is wrong with them."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from db.engine import writing
from db.schema import table
from db.upsert import upsert

H15, H16 = "2015-01-01T15", "2015-01-01T16"
#: One account before and after it took another name.
THEN, AFTER = ({"id": 7, "login": login, "type": "User"} for login in ("then", "now"))


def test_events_of_2015_become_the_facts_that_the_tables_hold(
    engine: Engine, archive: Any, load_hours: Any, rows: Any
) -> None:
    closed = {"state": "closed", "closed_at": "2015-01-01T16:20:00Z", "updated_at": "2015-01-01T16:20:00Z"}
    archive.write(
        "2015-01-01-15",
        [
            archive.issue("opened", "2015-01-01T15:01:00Z", 5),
            archive.pull("opened", "2015-01-01T15:02:00Z", 6),
            archive.star("2015-01-01T15:03:00Z", 21),
            archive.star("2015-01-01T15:04:00Z", 22),
            archive.event("ForkEvent", "2015-01-01T15:05:00Z", {"forkee": {"id": 77}}),
            archive.event(
                "PushEvent", "2015-01-01T15:06:00Z", {"distinct_size": 3, "ref": "refs/heads/master"}
            ),
            archive.issue("opened", "2015-01-01T15:07:00Z", 1) | {"repo": {"id": 1, "name": "somebody/else"}},
        ],
    )
    archive.write(
        "2015-01-01-16",
        [
            archive.remark("2015-01-01T16:10:00Z", 5, 501, created_at="2015-01-01T15:01:00Z", comments=1),
            archive.issue("closed", "2015-01-01T16:20:00Z", 5, created_at="2015-01-01T15:01:00Z", **closed),
            archive.pull(
                "closed",
                "2015-01-01T16:30:00Z",
                6,
                created_at="2015-01-01T15:02:00Z",
                state="closed",
                merged=True,
                closed_at="2015-01-01T16:30:00Z",
                merged_at="2015-01-01T16:30:00Z",
                base={"repo": {"id": 45717250, "stargazers_count": 122, "forks_count": 31}},
            ),
            archive.event(
                "PullRequestReviewEvent",
                "2015-01-01T16:40:00Z",
                {
                    "action": "created",
                    "review": {
                        "id": 601,
                        "user": {"id": 10, "login": "reviewer", "type": "User"},
                        "state": "APPROVED",
                        "author_association": "MEMBER",
                        "submitted_at": "2015-01-01T16:40:00Z",
                    },
                    "pull_request": {"id": 2006, "number": 6, "state": "open", "title": "Change 6"},
                },
            ),
            archive.event(
                "ReleaseEvent",
                "2015-01-01T16:50:00Z",
                {
                    "action": "published",
                    "release": {
                        "id": 701,
                        "tag_name": "v0.1",
                        "name": "",
                        "draft": False,
                        "prerelease": True,
                        "published_at": "2015-01-01T16:49:00Z",
                    },
                },
            ),
        ],
    )

    ended = load_hours(engine, archive.folder, [H15, H16])

    assert (ended.state, ended.rejected) == ("done", 0)
    (issue,) = rows(engine, "issues")
    assert (issue["number"], issue["state"], issue["comments"], issue["source"]) == (
        5,
        "closed",
        0,
        "gharchive",
    )
    assert issue["closed_at"] == datetime(2015, 1, 1, 16, 20, tzinfo=UTC)
    assert issue["day"] == issue["closed_day"] == date(2015, 1, 1)
    (pull,) = rows(engine, "pull_requests")
    assert (pull["number"], pull["state"], pull["merge_evidence"]) == (6, "merged", "github")
    assert (pull["merge_commit"], pull["additions"], pull["reviews"]) == ("f" * 40, 5, 1)
    assert (pull["fork_id"], pull["fork_day"]) == (99, date(2015, 1, 1))
    (comment,) = rows(engine, "comments")
    assert (comment["kind"], comment["number"], comment["github_id"]) == ("conversation", 5, 501)
    (review,) = rows(engine, "reviews")
    assert (review["number"], review["state"], review["author_association"]) == (6, "approved", "MEMBER")
    (release,) = rows(engine, "releases")
    assert (release["tag"], release["name"], release["prerelease"]) == ("v0.1", None, True)
    (day,) = rows(engine, "archive_days")
    assert [day[name] for name in ("stars", "forks", "pushes", "commits")] == [2, 1, 1, 3]
    (held,) = [row for row in rows(engine, "popularity") if row["source"] == "gharchive"]
    assert (held["stars"], held["forks"], held["watchers"]) == (122, 31, None)
    assert [row["forks"] for row in rows(engine, "fork_counts")] == [1]
    assert {row["login"] for row in rows(engine, "identities")} == {"user7", "user8", "user9", "reviewer"}


def test_a_pull_request_of_bare_events_is_known_from_the_one_that_opened_it(
    sqlite_engine: Engine, archive: Any, load_hours: Any, rows: Any
) -> None:
    archive.write(
        "2025-11-01-9",
        [
            archive.bare_pull("opened", "2025-11-01T09:00:00Z", 90),
            archive.bare_pull("merged", "2025-11-01T09:30:00Z", 90, actor=3),
            archive.bare_pull("closed", "2025-11-01T09:40:00Z", 12, actor=3),
            archive.event("PushEvent", "2025-11-01T09:50:00Z", {"push_id": 1, "ref": "refs/heads/master"}),
        ],
    )

    load_hours(sqlite_engine, archive.folder, ["2025-11-01T09"])

    (pull,) = rows(sqlite_engine, "pull_requests")
    assert (pull["number"], pull["state"], pull["title"]) == (90, "merged", "")
    assert pull["created_at"] == datetime(2025, 11, 1, 9, tzinfo=UTC)
    assert pull["merged_at"] == datetime(2025, 11, 1, 9, 30, tzinfo=UTC)
    assert [row["login"] for row in rows(sqlite_engine, "identities")] == ["user8"]
    (day,) = rows(sqlite_engine, "archive_days")
    assert (day["pushes"], day["commits"]) == (1, None)


def test_an_issue_that_was_reopened_has_no_reason_and_what_a_later_event_leaves_out_stays(
    sqlite_engine: Engine, archive: Any, load_hours: Any, rows: Any
) -> None:
    at = "2015-01-01T15:00:00Z"
    shut = archive.issue("closed", at, 5, state="closed", closed_at=at, state_reason="completed")
    again = archive.issue("reopened", "2015-01-01T15:30:00Z", 5, created_at=at)
    del again["payload"]["issue"]["title"]
    archive.write("2015-01-01-15", [shut, again])

    load_hours(sqlite_engine, archive.folder, [H15])

    (issue,) = rows(sqlite_engine, "issues")
    assert (issue["state"], issue["state_reason"], issue["title"]) == ("open", None, "Issue 5")


def test_hours_in_any_order_and_twice_give_the_same_facts(
    sqlite_engine: Engine, archive: Any, load_hours: Any, rows: Any
) -> None:
    reopened = archive.issue("reopened", "2015-01-01T16:00:00Z", 5, created_at="2015-01-01T15:00:00Z")
    first = archive.issue("opened", "2015-01-01T15:00:00Z", 5)
    shut = archive.issue(
        "closed", "2015-01-01T15:30:00Z", 5, state="closed", closed_at="2015-01-01T15:30:00Z"
    )
    star = archive.star("2015-01-01T15:59:59Z", 3)
    archive.write("2015-01-01-15", [first, shut, star])
    archive.write("2015-01-01-16", [reopened, star])

    load_hours(sqlite_engine, archive.folder, [H16])
    load_hours(sqlite_engine, archive.folder, [H15])
    (issue,) = rows(sqlite_engine, "issues")
    again = load_hours(sqlite_engine, archive.folder, [H15, H16])

    assert (issue["state"], issue["closed_at"]) == ("open", None)
    assert again.rows == 0
    (day,) = rows(sqlite_engine, "archive_days")
    assert day["stars"] == 1  # the same event stands in two hours
    late = {row["hour"].hour: row["late_events"] for row in rows(sqlite_engine, "archive_hours")}
    assert late == {15: 0, 16: 1}


@pytest.mark.parametrize("order", [[H15, H16], [H16, H15]])
def test_an_account_has_the_login_of_its_latest_act_and_keeps_its_type_in_whatever_order_hours_come(
    order: list[str], engine: Engine, archive: Any, load_hours: Any, rows: Any
) -> None:
    archive.write("2015-01-01-15", [archive.issue("opened", "2015-01-01T15:00:00Z", 5, user=THEN)])
    later = archive.issue("opened", "2015-01-01T16:00:00Z", 6, user=AFTER)
    earlier = archive.issue("opened", "2015-01-01T16:00:00Z", 4, user=THEN)
    earlier["payload"]["issue"]["created_at"] = "2015-01-01T14:00:00Z"
    # Its number is the last of the page, and it says neither type nor name anew.
    bare = archive.bare_pull("opened", "2015-01-01T15:30:00Z", 90, actor=7)
    bare["actor"]["login"] = "then"
    archive.write("2015-01-01-16", [later, earlier, bare])

    for hour in order:
        load_hours(engine, archive.folder, [hour])

    (known,) = rows(engine, "identities")
    assert (known["login"], known["account_type"]) == ("now", "User")


def test_a_login_that_was_read_from_the_account_itself_stays(
    engine: Engine, archive: Any, load_hours: Any, rows: Any
) -> None:
    archive.write("2015-01-01-15", [archive.issue("opened", "2015-01-01T15:00:00Z", 5, user=AFTER)])
    archive.write("2015-01-01-16", [archive.issue("opened", "2015-01-01T16:00:00Z", 6, user=THEN)])
    load_hours(engine, archive.folder, [H15])
    with writing(engine).begin() as connection:
        connection.execute(
            table("identities").update().values(profile_read_at=datetime(2026, 11, 1, tzinfo=UTC))
        )

    load_hours(engine, archive.folder, [H16])

    assert [row["login"] for row in rows(engine, "identities")] == ["now"]


def test_what_a_collector_holds_is_left_as_it_is(
    engine: Engine, archive: Any, load_hours: Any, rows: Any
) -> None:
    load_hours(engine, archive.folder, [])
    repository = next(
        row["repository_id"] for row in rows(engine, "repositories") if row["github_id"] == 45717250
    )
    read_at = datetime(2015, 1, 1, 15, 30, tzinfo=UTC)
    held = {
        "repository_id": repository,
        "number": 5,
        "github_id": 1005,
        "title": "As GitHub told it",
        "state": "closed",
        "created_at": read_at,
        "updated_at": read_at,
        "day": read_at.date(),
    }
    with writing(engine).begin() as connection:
        upsert(connection, table("issues"), [held])
        upsert(
            connection,
            table("fork_counts"),
            [{"repository_id": repository, "day": date(2014, 12, 31), "forks": 4}],
        )
    archive.write(
        "2015-01-01-15",
        [
            archive.issue("opened", "2015-01-01T15:00:00Z", 5),
            archive.remark("2015-01-01T15:10:00Z", 5, 501),  # GitHub listed it no more at 15:30
            archive.remark("2015-01-01T15:40:00Z", 5, 502),
            archive.event("ForkEvent", "2015-01-01T15:05:00Z", {"forkee": {"id": 77}}),
            archive.issue("opened", "2015-01-01T15:50:00Z", 8),
        ],
    )

    load_hours(engine, archive.folder, [H15])

    known = {row["number"]: (row["title"], row["state"], row["source"]) for row in rows(engine, "issues")}
    assert known == {5: ("As GitHub told it", "closed", "github"), 8: ("Issue 8", "open", "gharchive")}
    assert [row["github_id"] for row in rows(engine, "comments")] == [502]
    assert [(row["forks"], row["source"]) for row in rows(engine, "fork_counts")] == [(4, "github")]

    with writing(engine).begin() as connection:
        upsert(connection, table("issues"), [held | {"number": 8, "title": "Read later"}])
    assert [row["source"] for row in rows(engine, "issues")] == ["github", "github"]


def test_damaged_hours_are_counted_and_named_and_missing_ones_are_no_zeros(
    sqlite_engine: Engine, archive: Any, load_hours: Any, rows: Any
) -> None:
    events = [archive.issue("opened", f"2015-01-01T00:{n:02}:00Z", n + 1) for n in range(40)]
    cut = archive.write("2015-01-01-0", events)
    cut.write_bytes(cut.read_bytes()[:-40])
    archive.write(
        "2015-01-01-1", [b"no event", archive.star("2015-01-01T01:00:00Z", 1), b'{"id":"1"', b"[]", b"\xff"]
    )
    (archive.folder / "2015-01-01-2.json.gz").write_bytes(b"")
    (archive.folder / "2015-01-01-3.json.gz").write_bytes(b"<!DOCTYPE html><html></html>")
    (archive.folder / "2015-01-01-4.json.gz").write_bytes(gzip.compress(b""))
    # 5 is not there
    stars = [
        archive.star("2015-01-01T06:00:00Z", n) | {"noise": random.Random(n).getrandbits(512)}
        for n in range(800)
    ]
    whole = archive.write("2015-01-01-6", stars).read_bytes()
    middle = len(whole) * 2 // 3
    (archive.folder / "2015-01-01-6.json.gz").write_bytes(whole[:middle] + bytes(64) + whole[middle + 64 :])

    ended = load_hours(sqlite_engine, archive.folder, [f"2015-01-01T{hour:02}" for hour in range(7)])

    lines = {row["hour"].hour: row for row in rows(sqlite_engine, "archive_hours")}
    assert {hour: line["state"] for hour, line in lines.items()} == {
        0: "damaged",
        1: "loaded",
        2: "unreadable",
        3: "unreadable",
        4: "unreadable",
        5: "missing",
        6: "damaged",
    }
    assert lines[0]["problem"].startswith("is cut off after")
    assert 0 < lines[0]["kept_events"] == len(rows(sqlite_engine, "issues")) < 40
    assert (lines[1]["lines"], lines[1]["bad_lines"]) == (5, 4)
    assert lines[1]["problem"] == "4 of 5 lines are no events"
    assert "is empty" in lines[2]["problem"]
    assert "begins with '<!DOCTYPE" in lines[3]["problem"]
    assert lines[4]["problem"] == "holds not a single line"
    assert "is corrupt" in lines[6]["problem"]
    assert ended.rejected == 6
    assert 0 < lines[6]["kept_events"] < 800
    (day,) = rows(sqlite_engine, "archive_days")
    assert day["stars"] == 1 + lines[6]["kept_events"]

    archive.write("2015-01-01-5", [archive.star("2015-01-01T05:00:00Z", 4)])  # it comes late
    archive.write("2015-01-01-0", events)  # and this one whole
    load_hours(sqlite_engine, archive.folder, [f"2015-01-01T{hour:02}" for hour in range(7)])
    states = {row["hour"].hour: row["state"] for row in rows(sqlite_engine, "archive_hours")}
    assert (states[5], states[0]) == ("loaded", "loaded")
    assert len(rows(sqlite_engine, "issues")) == 40


@pytest.mark.parametrize("name", ["tensorflow/t*", "*/TENSORFLOW"])
def test_repositories_that_are_asked_for_by_name_are_found_and_held(
    sqlite_engine: Engine, archive: Any, load_hours: Any, rows: Any, name: str
) -> None:
    from collector.archive.selection import Wanted

    other = {"id": 31, "name": "Some_body/tensorflow" if name.startswith("*") else "tensorflow/t5x"}
    archive.write(
        "2015-01-01-15",
        [
            archive.star("2015-01-01T15:00:00Z", 1),
            archive.star("2015-01-01T15:00:00Z", 1) | {"repo": other},
            archive.star("2015-01-01T15:00:00Z", 1) | {"repo": {"id": 32, "name": "else/where"}},
        ],
    )

    load_hours(sqlite_engine, archive.folder, [H15], wanted=Wanted(names=(name,)))

    found = {row["github_id"]: row for row in rows(sqlite_engine, "repositories")}
    assert (found[31]["full_name"], found[31]["role"]) == (other["name"], "use_case")
    assert 32 not in found
    days = {row["repository_id"]: row["stars"] for row in rows(sqlite_engine, "archive_days")}
    assert days == {found[31]["repository_id"]: 1, found[45717250]["repository_id"]: 1}
