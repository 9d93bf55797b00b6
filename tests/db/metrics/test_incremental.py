"""A refresh after new facts gives what a full one gives, and computes no more than they touch."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update

from db.changes import held_mark
from db.engine import writing
from db.metrics.catalogue import read_catalogue
from db.metrics.refresh import RefreshResult, refresh
from db.people.identities import email_identity, login_identity
from db.people.organizations import organization_id
from db.repositories import refresh_scopes, register
from db.schema import table
from db.upsert import delete as delete_rows
from db.upsert import upsert

ANSWERS = {
    "contributions": "repository_id, kind, day, person_id, segment, organization_id, person_kind, quantity",
    "first_answers": "repository_id, number, kind, answered_at, day",
    "open_threads": "repository_id, number, kind, day, author_kind, newcomer, segment, answered_day, "
    "spoken_day, spoken_by, waits_for",
    "person_totals": "scope_id, person_id, person_kind, first_day, second_day, last_day, commits, "
    "coauthored_commits, change_requests, merged, reviews, issues, answers, contributions",
    "organization_people": "scope_id, organization_id, person_id, person_kind, first_day, last_day, commits, "
    "coauthored_commits, change_requests, merged, reviews, issues, answers, contributions",
    "person_periods": "repository_id, grain, period, person_id, person_kind, commits, coauthored_commits, "
    "change_requests, merged, reviews, issues, answers, contributions",
    "metric_values": "metric, scope_id, grain, period, segment, value, sample_size, complete",
}


class World:
    """A community that goes on: each kind of change is a method that draws what exactly it changes."""

    def __init__(self, engine: Engine, community: ModuleType, copy: Path, seed: int) -> None:
        self.engine, self.copy = engine, copy
        self.random = random.Random(seed)
        self.now: datetime = community.NOW
        self.steward = "Google"
        self.roles = dict(community.REPOSITORIES)
        made = community.made_up(seed=seed, commits=90, requests=36)
        made.write(engine)
        self.repositories: dict[str, int] = made.repositories
        self.count = 1000

    def refresh(self, copy: Path | None) -> list[RefreshResult]:
        return refresh(self.engine, now=self.now, steward=self.steward, copy=copy)

    def answers(self) -> dict[str, list[Any]]:
        with self.engine.connect() as connection:
            return {
                name: connection.execute(text(f"SELECT {listed} FROM {name} ORDER BY {listed}")).all()
                for name, listed in ANSWERS.items()
            }

    def repository(self) -> int:
        return self.repositories[self.random.choice(("tensorflow/tensorflow", "keras-team/keras"))]

    def instant(self, *, late: bool) -> datetime:
        back = self.random.randrange(30, 600) if late else self.random.randrange(2)
        return self.now - timedelta(days=back, hours=self.random.randrange(12))

    def write(self, name: str, *rows: dict[str, Any]) -> None:
        with writing(self.engine).begin() as connection:
            upsert(connection, table(name), rows)

    def commit(self, *, late: bool = False, at: datetime | None = None) -> None:
        self.count += 1
        at = at or self.instant(late=late)
        domain = self.random.choice(("google.com", "nvidia.com", "gmail.com", "kth.se"))
        who = email_identity(f"new{self.random.randrange(9)}@{domain}", "New", at, at)
        self.write("identities", who)
        self.write(
            "commits",
            {
                "repository_id": self.repository(), "sha": f"{self.count:040x}",
                "author_id": who["identity_id"], "committer_id": who["identity_id"],
                "authored_at": at - timedelta(days=3), "author_offset": 0,
                "committed_at": at, "day": at.date(), "parents": 1, "subject": "Change", "pull_request": None,
            },
        )  # fmt: skip

    def late_commit(self) -> None:
        self.commit(late=True)

    def commit_before_the_calendar(self) -> None:
        self.commit(at=datetime(2005, 3, 2, tzinfo=self.now.tzinfo))

    def commit_moves_to_another_day(self) -> None:
        commits = table("commits")
        with self.engine.connect() as connection:
            row = dict(self.random.choice(connection.execute(select(commits)).mappings().all()))
        row["committed_at"] = self.instant(late=True)
        self.write("commits", {**row, "day": row["committed_at"].date(), "date_repaired": True})

    def request(self, *, late: bool = False) -> None:
        self.count += 1
        at = self.instant(late=late)
        who = login_identity(self.random.randrange(1, 60), f"person{self.count}", "User", at, at)
        self.write("identities", who)
        shared = {
            "repository_id": self.repository(), "number": self.count, "title": "Something", "created_at": at,
            "author_id": who["identity_id"], "updated_at": at, "state": "open", "day": at.date(),
        }  # fmt: skip
        self.write(self.random.choice(("issues", "pull_requests")), shared)
        self.write(
            "labels", {"repository_id": shared["repository_id"], "number": self.count, "name": "comp:TPU"}
        )
        self.answer()

    def late_request(self) -> None:
        self.request(late=True)

    def answer(self) -> None:
        pulls = table("pull_requests")
        with self.engine.connect() as connection:
            thread = self.random.choice(connection.execute(select(pulls)).all())
        self.count += 1
        at = max(self.instant(late=self.random.random() < 0.5), thread.created_at)
        who = login_identity(self.random.randrange(1, 60), "somebody", "User", at, at)
        self.write("identities", who)
        shared = {
            "repository_id": thread.repository_id, "number": thread.number, "github_id": self.count,
            "author_id": who["identity_id"], "day": at.date(),
        }  # fmt: skip
        if self.random.random() < 0.5:
            self.write("comments", {**shared, "kind": "conversation", "created_at": at})
        else:
            self.write("reviews", {**shared, "state": "approved", "submitted_at": at})

    def pull_request_lands(self) -> None:
        pulls = table("pull_requests")
        with self.engine.connect() as connection:
            row = dict(self.random.choice(connection.execute(select(pulls)).mappings().all()))
        at = max(self.instant(late=False), row["created_at"])
        state = self.random.choice(("merged", "closed", "deleted"))
        ends = (
            {"merged_at": at, "merged_day": at.date()}
            if state == "merged"
            else {"merged_at": None, "merged_day": None}
        )
        self.write("pull_requests", {**row, **ends, "state": state, "closed_at": at, "closed_day": at.date()})

    def answers_are_taken_back(self) -> None:
        comments = table("comments")
        with writing(self.engine).begin() as connection:
            held = connection.execute(select(comments)).mappings().all()
            thread = self.random.choice(held)
            key = {"repository_id": thread["repository_id"], "number": thread["number"]}
            delete_rows(connection, comments, [key])
            stay = [dict(row) for row in held if {name: row[name] for name in key} == key][1:]
            upsert(connection, comments, stay)

    def affiliation_is_edited(self) -> None:
        affiliations, people = table("affiliations"), table("people")
        with writing(self.engine).begin() as connection:
            person = self.random.choice(
                connection.execute(select(people.c.person_id).where(people.c.kind == "human")).scalars().all()
            )
            connection.execute(delete(affiliations).where(affiliations.c.person_id == person))
            connection.execute(
                insert(affiliations).values(
                    person_id=person, from_day=date(2023, 1, 1) + timedelta(days=self.random.randrange(300)),
                    to_day=date(9999, 12, 31), source="manual", confidence=1.0,
                    organization_id=organization_id(self.random.choice(("NVIDIA", "Google", "Intel"))),
                )
            )  # fmt: skip

    def somebody_turns_out_to_be_a_bot(self) -> None:
        people = table("people")
        with writing(self.engine).begin() as connection:
            person = self.random.choice(connection.execute(select(people.c.person_id)).scalars().all())
            connection.execute(
                update(people)
                .where(people.c.person_id == person)
                .values(kind="bot", kind_reason="manual: a bot")
            )

    def repository_joins(self) -> None:
        self.count += 1
        self.roles[f"tensorflow/new{self.count}"] = "ecosystem"
        with writing(self.engine).begin() as connection:
            self.repositories |= register(connection, self.roles)
            refresh_scopes(connection, "TensorFlow")

    def repository_changes_its_role(self) -> None:
        self.roles["tensorflow/serving"] = self.random.choice(("core", "peer", "ecosystem"))
        with writing(self.engine).begin() as connection:
            register(connection, self.roles)
            refresh_scopes(connection, "TensorFlow")

    def surroundings_change(self) -> None:
        self.count += 1
        at, where = self.instant(late=True), self.repository()
        self.write(
            "releases",
            {"repository_id": where, "tag": f"v{self.count}", "published_at": at, "day": at.date()},
        )
        self.write(
            "popularity",
            {"repository_id": where, "day": at.date(), "source": "snapshot", "stars": self.count},
        )
        results = table("benchmark_results")
        with self.engine.connect() as connection:
            row = dict(connection.execute(select(results).order_by(results.c.result_id)).mappings().all()[0])
        row |= {"result_id": self.count, "measured_at": at, "day": at.date(), "valid": True}
        self.write("benchmark_results", row)

    def days_go_by(self) -> None:
        self.now += timedelta(days=self.random.randrange(1, 20))
        self.commit()

    def another_steward(self) -> None:
        self.steward = "NVIDIA" if self.steward == "Google" else "Google"


CHANGES: tuple[Callable[[World], None], ...] = (
    World.commit, World.late_commit, World.commit_before_the_calendar, World.commit_moves_to_another_day,
    World.request, World.late_request, World.answer, World.pull_request_lands, World.answers_are_taken_back,
    World.affiliation_is_edited, World.somebody_turns_out_to_be_a_bot, World.repository_joins,
    World.repository_changes_its_role, World.surroundings_change, World.days_go_by, World.another_steward,
)  # fmt: skip


@pytest.fixture
def world(engine: Engine, community: ModuleType, tmp_path: Path) -> World:
    """A small community, refreshed once, with its copy in columns."""
    found = World(engine, community, tmp_path / "facts.columns.duckdb", seed=20170213)
    found.refresh(found.copy)
    return found


def check_against_a_full_refresh(world: World, what: str) -> None:
    """A full refresh finds nothing to change; the copy stays the one that the database knows."""
    marks = table("refresh_marks")
    with world.engine.connect() as connection:
        mark = held_mark(connection)
    before = world.answers()
    found = {result.metric: result.changed for result in world.refresh(None) if result.changed}
    assert found == {}, f"after {what} a full refresh changes values"
    assert world.answers() == before, f"after {what} a full refresh changes contributions"
    with writing(world.engine).begin() as connection:
        connection.execute(update(marks).values(mark=mark))


def test_whatever_changes_a_refresh_gives_what_a_full_one_gives(world: World) -> None:
    order = list(CHANGES)
    world.random.shuffle(order)
    spared = 0
    while order:
        together = [order.pop() for _ in range(min(len(order), world.random.randrange(2, 5)))]
        for change in together:
            change(world)
        results = world.refresh(world.copy)
        spared += sum(not result.computed for result in results)
        check_against_a_full_refresh(world, " and ".join(change.__name__ for change in together))
    assert spared > 0, "every refresh computed everything"


def test_nothing_new_computes_and_writes_nothing(world: World) -> None:
    results = world.refresh(world.copy)
    assert not [result.metric for result in results if result.computed or result.changed]


def test_a_commit_touches_what_counts_commits_and_nothing_else(world: World) -> None:
    world.commit()
    found = {result.metric: result for result in world.refresh(world.copy)}
    assert found["commits"].computed
    assert found["commits"].changed > 0
    assert not found["time_to_first_response"].computed
    assert not found["stars"].computed
    check_against_a_full_refresh(world, "a commit")


def test_a_copy_that_is_gone_broken_or_out_of_date_is_made_anew(world: World) -> None:
    world.commit()
    world.copy.unlink()
    assert all(result.computed for result in world.refresh(world.copy))
    world.commit()
    world.copy.write_bytes(b"no copy at all" * 1000)
    assert all(result.computed for result in world.refresh(world.copy))
    check_against_a_full_refresh(world, "a broken copy")
    world.commit()
    world.refresh(None)
    assert all(result.computed for result in world.refresh(world.copy)), "another refresh came between"
    assert not any(result.computed for result in world.refresh(world.copy))


def test_a_refresh_after_news_loads_no_pandas(world: World) -> None:
    world.commit()
    world.request()
    program = (
        "import sys\n"
        "from datetime import datetime\nfrom pathlib import Path\n"
        "from db.engine import connect\nfrom db.metrics.refresh import refresh\n"
        "url, now, copy = sys.argv[1:]\n"
        "found = refresh(connect(url), now=datetime.fromisoformat(now), copy=Path(copy))\n"
        "print(sum(result.computed for result in found), 'pandas' in sys.modules)\n"
    )
    url = world.engine.url.render_as_string(hide_password=False)
    told = subprocess.run(
        [sys.executable, "-c", program, url, world.now.isoformat(), str(world.copy)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    computed, loaded = told.stdout.split()
    assert 0 < int(computed) < len(read_catalogue())
    assert loaded == "False"
