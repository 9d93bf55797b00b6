"""A refresh of people looks at those whom news can bear on, and gives what looking at everybody gives."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update

from db.changes import held_mark
from db.engine import writing
from db.metrics.refresh import refresh
from db.people import part
from db.people.decisions import Decision, record
from db.people.forgetting import forget
from db.people.identities import email_identity, login_identity
from db.people.resolve import Known
from db.people.suggestions import BEARERS
from db.repositories import refresh_scopes, register
from db.schema import table
from db.upsert import upsert

NOW = datetime(2024, 2, 20, 9, 30, tzinfo=UTC)
#: Few names, logins and domains, so that many people share them.
NAMES: tuple[str | None, ...] = ("Ann Lee", "ann lee", "Bo", "Chi Straße", "Dana O", "dlee85", "hal77", None)
NAMES += tuple(f"Somebody {n}" for n in range(40))
LOGINS = ("annlee", "bo", "dlee85", "chi", "dana", "hal77", "renovate-bot", *(f"user{n}" for n in range(40)))
DOMAINS = ("google.com", "gmail.com", "kth.se", "nvidia.com", "tensorflow.org", "users.noreply.github.com")
SUBJECTS = ("Change", "Bump a from 1 to 2", "Automated rollback", "Merge pull request #1 from bo/x")
HELD = {
    "people": "person_id, display_name, login, kind, kind_reason, independent",
    "identities": "identity_id, person_id, person_reason",
    "affiliations": "person_id, from_day, to_day, organization_id, source",
    "person_roles": "person_id, kind, programme, from_day, to_day, source",
    "people_suggestions": "identity_id, other_identity_id, reason, score",
    "organizations": "organization_id, name",
    "organization_domains": "domain, from_day, to_day, organization_id",
    "identity_logins": "login, github_user_id",
}
#: Rules that a dozen commits are enough for.
FEW = {"repeated_message": 4, "least": 2, "commits": 6}


class World:
    """People that come, are called otherwise, act, and are decided about."""

    def __init__(self, engine: Engine, copy: Path, seed: int) -> None:
        self.engine, self.copy, self.random = engine, copy, random.Random(seed)
        self.count = 0
        with writing(engine).begin() as connection:
            self.where = register(connection, {"tensorflow/tensorflow": "core"})["tensorflow/tensorflow"]
            refresh_scopes(connection, "TensorFlow")
        for _ in range(120):
            self.random.choice((self.account, self.address, self.commit, self.request))()

    def write(self, name: str, *rows: dict[str, Any]) -> None:
        with writing(self.engine).begin() as connection:
            upsert(connection, table(name), rows)

    def at(self) -> datetime:
        return NOW - timedelta(days=self.random.randrange(900), hours=self.random.randrange(20))

    def account(self) -> int:
        pick, at = self.random, self.at()
        row = login_identity(
            pick.randrange(1, 80), pick.choice(LOGINS), pick.choice(("User", "User", "Bot")), at, at,
            name=pick.choice(NAMES), company=pick.choice((None, "@google", "NVIDIA", "ex-Google")),
        )  # fmt: skip
        if pick.random() < 0.05:
            row["address_hash"] = email_identity("annlee@gmail.com", None, at, at)["address_hash"]
        self.write("identities", row)
        return int(row["identity_id"])

    def address(self) -> int:
        pick, at = self.random, self.at()
        local = pick.choice((*LOGINS, *(f"{pick.randrange(1, 80)}+{pick.choice(LOGINS)}" for _ in range(9))))
        row = email_identity(f"{local}@{pick.choice(DOMAINS)}", pick.choice(NAMES), at, at)
        self.write("identities", row)
        return int(row["identity_id"])

    def known(self, kind: str) -> int:
        """Somebody who is held already, mostly: what they do leaves no trace in their identity."""
        identities = table("identities").c
        with self.engine.connect() as connection:
            held = connection.execute(
                select(identities.identity_id).where(identities.kind == kind).order_by(identities.identity_id)
            )
            known = held.scalars().all()
        if known and self.random.random() < 0.8:
            # Few do most of it.
            return int(self.random.choice(known[:6] if self.random.random() < 0.5 else known))
        return self.address() if kind == "email" else self.account()

    def commit(self) -> None:
        pick, at = self.random, self.at()
        self.count += 1
        author = self.known("email")
        subject = SUBJECTS[1] if author % 2 else pick.choice(SUBJECTS)
        pulls = table("pull_requests")
        with self.engine.connect() as connection:
            merged = connection.execute(
                select(pulls.c.number, pulls.c.merged_at)
                .where(pulls.c.merged_at.is_not(None))
                .order_by(pulls.c.number)
            ).all()
        pull = pick.choice(merged) if merged and pick.random() < 0.7 else None
        if pull is not None:
            subject, at = f"Change (#{pull.number})", pull.merged_at
        self.write(
            "commits",
            {
                "repository_id": self.where, "sha": f"{self.count:040x}", "author_id": author,
                "committer_id": pick.choice((author, self.known("email"))),
                "authored_at": at, "author_offset": 0,
                "committed_at": at, "day": at.date(), "parents": 1, "subject": subject,
                "pull_request": pull.number if pull is not None else None,
            },
        )  # fmt: skip

    def request(self) -> None:
        pick, at = self.random, self.at()
        self.count += 1
        merged = at + timedelta(days=1) if pick.random() < 0.6 else None
        number = pick.randrange(1, 30)
        self.write(
            "pull_requests",
            {
                "repository_id": self.where, "number": number, "title": "Something", "created_at": at,
                "author_id": self.known("login"), "updated_at": at, "state": "merged" if merged else "open",
                "day": at.date(), "merged_at": merged, "merged_day": merged and merged.date(),
                "merge_commit": f"{pick.randrange(1, 60):040x}" if merged else None,
            },
        )  # fmt: skip
        for _ in range(3):
            self.count += 1
            soon = at + timedelta(seconds=2)
            self.write(
                "comments",
                {
                    "repository_id": self.where, "number": number, "kind": "conversation",
                    "github_id": self.count,
                    "author_id": self.known("login"), "created_at": soon, "day": soon.date(),
                },
            )  # fmt: skip

    def commit_goes(self) -> None:
        commits = table("commits")
        with writing(self.engine).begin() as connection:
            shas = connection.execute(select(commits.c.sha)).scalars().all()
            gone = self.random.sample(sorted(shas), min(3, len(shas)))
            connection.execute(commits.delete().where(commits.c.sha.in_(gone)))

    def references(self) -> tuple[str, str]:
        identities = table("identities").c
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(identities.github_user_id, identities.address_hash).order_by(identities.identity_id)
            ).all()
        named = sorted({f"github:{number}" if number else f"email:{mail}" for number, mail in rows})
        one, other = self.random.sample(named, 2)
        return one, other

    def profile(self) -> None:
        day = self.at().date()
        self.write(
            "profile_roles",
            {"identity_id": self.known("login"), "kind": "student", "from_day": day, "to_day": day},
        )

    def confirmation(self) -> None:
        self.count += 1
        account = self.random.choice((None, *range(1, 80)))
        self.write(
            "address_accounts",
            {
                "identity_id": self.known("email"), "github_user_id": account, "repository_id": self.where,
                "sha": f"{self.count:040x}", "asked_at": NOW,
            },
        )  # fmt: skip

    def decision(self) -> None:
        one, other = self.references()
        decided = self.random.choice(
            (
                Decision("merge", one, other, "told", NOW),
                Decision("apart", one, other, "told", NOW),
                Decision("affiliate", one, "Somewhere", "told", NOW),
                Decision("kind", one, "bot", "told", NOW),
            )
        )
        with writing(self.engine).begin() as connection:
            record(connection, [decided])

    def somebody_is_forgotten(self) -> None:
        with writing(self.engine).begin() as connection:
            people = connection.execute(select(table("people").c.person_id)).scalars().all()
            forget(connection, self.random.choice(sorted(people)), NOW)

    def meddling(self) -> None:
        people = table("people")
        with writing(self.engine).begin() as connection:
            ids = sorted(connection.execute(select(people.c.person_id)).scalars().all())
            connection.execute(
                update(people)
                .where(people.c.person_id == self.random.choice(ids))
                .values(kind="bot", kind_reason="meddling")
            )

    def refresh(self, copy: Path | None) -> None:
        refresh(self.engine, now=NOW, metrics=(), copy=copy)

    def held(self) -> dict[str, list[Any]]:
        with self.engine.connect() as connection:
            return {
                name: [
                    tuple(row)
                    for row in connection.execute(text(f"SELECT {listed} FROM {name} ORDER BY {listed}"))
                ]
                for name, listed in HELD.items()
            }


OFTEN = (World.account, World.address, World.commit, World.request, World.profile, World.confirmation)
SELDOM = (World.commit_goes, World.decision, World.meddling, World.somebody_is_forgotten)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules on behaviour that fit after a few commits and answers."""
    from dataclasses import replace

    from db.metrics import refresh as module

    read = module.read_rules
    monkeypatch.setattr(
        module,
        "read_rules",
        lambda: tuple(
            replace(rule, **{name: few for name, few in FEW.items() if getattr(rule, name)})
            for rule in read()
        ),
    )
    monkeypatch.setattr("db.people.behavior.FEWEST_ANSWERS", 2)


@pytest.mark.parametrize("seed", range(int(os.environ.get("FLOWMETER_PEOPLE_SEQUENCES", "1"))))
@pytest.mark.usefixtures("few")
def test_looking_at_a_part_gives_what_looking_at_everybody_gives(
    engine: Engine, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However small the world, a part of it is looked at.
    monkeypatch.setattr(part, "LARGE", 1.0)
    world = World(engine, tmp_path / "facts.columns.duckdb", seed)
    world.refresh(world.copy)
    marks = table("refresh_marks")
    for _ in range(9):
        changes: list[Callable[[World], object]] = [world.random.choice(OFTEN) for _ in range(2)]
        if world.random.random() < 0.25:
            changes.append(world.random.choice(SELDOM))
        for change in changes:
            change(world)
        world.refresh(world.copy)
        found = world.held()
        with engine.connect() as connection:
            mark = held_mark(connection)
        world.refresh(None)
        assert found == world.held(), [change.__name__ for change in changes]
        with writing(engine).begin() as connection:
            connection.execute(update(marks).values(mark=mark))


def test_a_commit_has_one_person_looked_at(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(engine, tmp_path / "facts.columns.duckdb", 11)
    for number in range(40):
        at = world.at()
        world.write("identities", email_identity(f"alone{number}@example.org", f"Alone {number}", at, at))
    world.refresh(world.copy)
    seen: list[Known] = []
    looked = part.People.part

    def noted(people: part.People, *given: Any) -> Known:
        seen.append(looked(people, *given))
        return seen[-1]

    monkeypatch.setattr(part.People, "part", noted)
    at = world.at()
    alone = email_identity("alone7@example.org", "Alone 7", at, at)
    world.write("identities", alone)
    world.refresh(world.copy)
    assert [[each.identity_id for each in known.identities] for known in seen] == [[alone["identity_id"]]]


def check_against_everybody(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """Refresh in part, and see that looking at everybody changes nothing; returns what is held."""
    seen: list[Known] = []
    looked = part.People.part

    def noted(people: part.People, *given: Any) -> Known:
        seen.append(looked(people, *given))
        return seen[-1]

    monkeypatch.setattr(part.People, "part", noted)
    world.refresh(world.copy)
    assert [known.beyond is not None for known in seen] == [True], "everybody was looked at"
    found = world.held()
    world.refresh(None)
    assert found == world.held()
    return found


def people_of(held: dict[str, list[Any]], *rows: dict[str, Any]) -> set[int]:
    person_of = {identity: person for identity, person, _ in held["identities"]}
    return {person_of[row["identity_id"]] for row in rows}


@pytest.mark.parametrize("account_comes", ["first, under another login by now", "last"])
def test_an_old_noreply_address_and_the_account_that_had_its_login_find_each_other(
    engine: Engine, tmp_path: Path, account_comes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(engine, tmp_path / "facts.columns.duckdb", 11)
    at = world.at()
    account = login_identity(901, "formerlogin", "User", at, at)
    renamed = login_identity(901, "latterlogin", "User", at, at + timedelta(days=1))
    address = email_identity("formerlogin@users.noreply.github.com", None, at, at)
    for row in [account, renamed] if account_comes != "last" else [address]:
        world.write("identities", row)
        world.refresh(world.copy)
    world.write("identities", address if account_comes != "last" else account)
    found = check_against_everybody(world, monkeypatch)
    assert len(people_of(found, account, address)) == 1


def test_a_merge_has_namesakes_looked_at_of_whom_nothing_was_suggested_while_too_many_bore_the_name(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(engine, tmp_path / "facts.columns.duckdb", 11)
    at = world.at()
    account = login_identity(901, "bearer", "User", at, at, name="Rare Name")
    addresses = [email_identity(f"{n}@somewhere{n}.example", "Rare Name", at, at) for n in range(BEARERS)]
    world.write("identities", account)
    world.write("identities", *addresses)
    world.refresh(world.copy)
    assert len(people_of(world.held(), account, *addresses)) == BEARERS + 1
    pair = {each["identity_id"] for each in addresses[1:3]}

    def suggested(held: dict[str, list[Any]]) -> bool:
        return any({one, other} == pair for one, other, _, _ in held["people_suggestions"])

    assert not suggested(world.held())
    confirmed = {
        "identity_id": addresses[0]["identity_id"], "github_user_id": 901, "repository_id": world.where,
        "sha": "0" * 40, "asked_at": NOW,
    }  # fmt: skip
    world.write("address_accounts", confirmed)
    found = check_against_everybody(world, monkeypatch)
    assert len(people_of(found, account, *addresses)) == BEARERS
    assert suggested(found)
