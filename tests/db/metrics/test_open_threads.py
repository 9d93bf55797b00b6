"""What is open, who has answered it and whom it waits for, against pandas over the facts."""

from __future__ import annotations

from datetime import date
from types import ModuleType

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, select, text, update

from db import open_threads
from db.engine import writing
from db.listing import ALL, Condition, Part, read_list
from db.metrics.refresh import refresh
from db.schema import table

DECIDE = ("OWNER", "MEMBER", "COLLABORATOR")


def frame(connection: Connection, name: str) -> pd.DataFrame:
    held = table(name)
    # As objects: numbers of identities are larger than a float can tell apart.
    rows = connection.execute(select(held)).mappings().all()
    return pd.DataFrame([dict(row) for row in rows], columns=held.c.keys(), dtype=object)


def expected(connection: Connection) -> pd.DataFrame:
    """The open threads by a computation of their own, a thread at a time."""
    identities, people = frame(connection, "identities"), frame(connection, "people")
    kind_of = people.set_index("person_id")["kind"].to_dict()
    person_of = identities.set_index("identity_id")["person_id"].to_dict()
    work = frame(connection, "contributions")
    first_day = work.groupby("person_id")["day"].min().to_dict()
    comments = frame(connection, "comments").assign(state="").rename(columns={"created_at": "said_at"})
    reviews = frame(connection, "reviews").rename(columns={"submitted_at": "said_at"})
    columns = ["repository_id", "number", "author_id", "author_association", "said_at", "day", "github_id"]
    words = pd.concat([comments[[*columns, "state"]], reviews[[*columns, "state"]]])
    words = words[words["author_id"].map(lambda who: kind_of.get(person_of.get(who)) == "human")]
    by_thread = dict(list(words.groupby(["repository_id", "number"])))
    rows = []
    for name, kind in (("issues", "issue"), ("pull_requests", "pull_request")):
        threads = frame(connection, name)
        for thread in threads[threads["state"] == "open"].to_dict("records"):
            author = person_of.get(thread["author_id"])
            author_kind = kind_of.get(author, "gone")
            said = by_thread.get((thread["repository_id"], thread["number"]), words.iloc[:0])
            said = said[said["said_at"] >= thread["created_at"]].sort_values(["said_at", "github_id"])
            own = said["author_id"].map(person_of) == author
            others, last = said[~own], said.iloc[-1] if len(said) else None
            speaker = "author"
            if last is not None and person_of[last["author_id"]] != author:
                speaker = "maintainer" if last["author_association"] in DECIDE else "other"
            if not len(others):
                waits = "first_answer"
            elif speaker == "author" or (speaker == "maintainer" and last["state"] == "approved"):
                waits = "maintainers"
            else:
                waits = "author" if speaker == "maintainer" else "unclear"
            rows.append(
                {
                    "repository_id": thread["repository_id"],
                    "number": thread["number"],
                    "kind": kind,
                    "day": thread["day"],
                    "author_kind": author_kind,
                    "newcomer": author_kind == "human" and first_day[author] >= thread["day"],
                    "answered_day": min(others["day"], default=None),
                    "spoken_day": max([thread["day"], *said["day"]]),
                    "spoken_by": speaker,
                    "waits_for": waits,
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture
def held(engine: Engine, community: ModuleType) -> Engine:
    """A made-up community, whose words are of maintainers and others, with its answers."""
    community.made_up(seed=20170213, requests=400).write(engine)
    roles = {0: "MEMBER", 1: "OWNER", 2: "NONE", 3: "CONTRIBUTOR", 4: None}
    with writing(engine).begin() as connection:
        for name in ("comments", "reviews"):
            held = table(name)
            for rest, role in roles.items():
                connection.execute(
                    update(held).where(held.c.github_id % 5 == rest).values(author_association=role)
                )
        said = table("reviews")
        connection.execute(update(said).where(said.c.github_id % 3 == 0).values(state="commented"))
    refresh(engine, now=community.NOW)
    return engine


def test_open_threads_are_what_pandas_makes_of_the_facts_and_as_many_as_the_metrics_say(
    held: Engine, community: ModuleType
) -> None:
    with held.connect() as connection:
        found = frame(connection, "open_threads").drop(columns="segment")
        wanted = expected(connection)
    order = ["repository_id", "number"]
    found, wanted = (each.sort_values(order).reset_index(drop=True) for each in (found, wanted))
    pd.testing.assert_frame_equal(
        found.astype(object).where(found.notna(), None),
        wanted[list(found.columns)].astype(object).where(wanted[list(found.columns)].notna(), None),
        check_dtype=False,
    )
    assert set(wanted["waits_for"]) == {"first_answer", "maintainers", "author", "unclear"}
    assert set(wanted["author_kind"]) >= {"human", "bot", "gone"}
    assert 0 < wanted["newcomer"].sum() < len(wanted)
    same_as_the_metrics(held)
    lists_hold_the_same(held, wanted, community.NOW.date())


def same_as_the_metrics(held: Engine) -> None:
    """As many humans wait for a first answer as the metrics say in their last period."""
    names = {"issue": "unanswered_open_issues", "pull_request": "unanswered_open_change_requests"}
    with held.connect() as connection:
        for kind, metric in names.items():
            statement = text(
                "SELECT s.scope_id, COUNT(*) FROM open_threads t JOIN scope_repositories s "
                "ON s.repository_id = t.repository_id WHERE t.kind = :kind "
                "AND t.author_kind = 'human' AND t.answered_day IS NULL GROUP BY s.scope_id"
            )
            rows = connection.execute(statement, {"kind": kind}).all()
            counts = {row[0]: row[1] for row in rows}
            values = connection.execute(
                text(
                    "SELECT v.scope_id, v.grain, v.value FROM metric_values v JOIN (SELECT scope_id, grain, "
                    "MAX(period) AS period FROM metric_values WHERE metric = :metric "
                    "GROUP BY scope_id, grain) n ON "
                    "n.scope_id = v.scope_id AND n.grain = v.grain AND n.period = v.period "
                    "WHERE v.metric = :metric"
                ),
                {"metric": metric},
            ).all()
            assert len(values) > 20
            for row in values:
                assert counts.get(row.scope_id, 0) == row.value, (metric, row.scope_id, row.grain)
            assert sum(counts.values()) > 20


def lists_hold_the_same(held: Engine, wanted: pd.DataFrame, today: date) -> None:
    """The three lists, filtered and sorted, and the counts are what pandas says of the expected threads."""
    wanted = wanted.assign(
        age=[(today - day).days for day in wanted["day"]],
        quiet=[(today - day).days for day in wanted["spoken_day"]],
        human=wanted["author_kind"] == "human",
    )
    with held.connect() as connection:
        labels = (
            frame(connection, "labels").groupby(["repository_id", "number"])["name"].agg(sorted).to_dict()
        )
        members = frame(connection, "scope_repositories")
        scopes = frame(connection, "scopes").set_index("name")["scope_id"]
        names = frame(connection, "repositories").set_index("repository_id")["full_name"].to_dict()
        for scope in ("project", "keras-team/keras"):
            scope_id = int(scopes[scope])
            inside = wanted[
                wanted["repository_id"].isin(members[members["scope_id"] == scope_id]["repository_id"])
            ]
            values = {"scope": scope_id, "today": today}
            queue = inside[inside["human"] & inside["answered_day"].isna()]
            answered = inside[inside["human"] & inside["answered_day"].notna() & (inside["kind"] != "issue")]
            stale = answered[answered["quiet"] >= open_threads.STALE_AFTER]
            for source, expected_rows in (
                (open_threads.unanswered(connection, values), queue),
                (open_threads.stale(connection, values), stale),
                (open_threads.every_open(connection, values), inside),
            ):
                found = read_list(connection, open_threads.OPEN_THREADS, source, ALL)
                keys = [(row["repository"], row["number"]) for row in found.rows]
                ordered = expected_rows.sort_values(["day", "repository_id", "number"])
                assert keys == [
                    (names[r], n) for r, n in zip(ordered["repository_id"], ordered["number"], strict=True)
                ]
                assert found.count == len(expected_rows) > 0
                for row, expected_row in zip(found.rows, ordered.to_dict("records"), strict=True):
                    assert (row["age"], row["quiet"]) == (expected_row["age"], expected_row["quiet"])
                    key = expected_row["repository_id"], expected_row["number"]
                    assert (row["labels"] or "").split(", ") == labels.get(key, [""])
                old = Part("-quiet", (Condition("age", "min", 400), Condition("kind", "is", ("issue",))))
                found = read_list(connection, open_threads.OPEN_THREADS, source, old)
                chosen = expected_rows[(expected_rows["age"] >= 400) & (expected_rows["kind"] == "issue")]
                assert [row["quiet"] for row in found.rows] == sorted(chosen["quiet"], reverse=True)
            counted = open_threads.counts(connection, scope_id, today)
            humans = inside[inside["human"]].groupby(["kind", "waits_for"]).size()
            assert dict(counted.waiting) == humans.to_dict()
            assert counted.stale == len(stale)
            assert counted.held == len(inside)
            for (kind, days), count in counted.aged.items():
                after = [age for age in open_threads.AGES if age > days]
                upper = after[0] if after else 10**6
                mine = inside[(inside["kind"] == kind) & (inside["age"] >= days) & (inside["age"] < upper)]
                assert count == len(mine)
