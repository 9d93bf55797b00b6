# ruff: noqa: E501 (a fact stands on few lines, as in a table)
"""A small made-up community, written straight into the fact tables; the same for the same seed.

Loaded by path from the conftest beside it: tests are no package.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from db.engine import writing
from db.people.decisions import Decision, record
from db.people.identities import email_identity, login_identity
from db.repositories import refresh_scopes, register, repository_id_for
from db.schema import stable_id, table
from db.upsert import upsert

NOW = datetime(2024, 2, 20, 9, 30, tzinfo=UTC)
START = datetime(2022, 5, 20, tzinfo=UTC)
REPOSITORIES = {
    "tensorflow/tensorflow": "core",
    "keras-team/keras": "core",
    "tensorflow/serving": "ecosystem",
    "torvalds/linux": "platform",
    "pytorch/pytorch": "peer",
    "GoogleCloudPlatform/samples": "cloud",
}
ACTIVE = ("tensorflow/tensorflow", "keras-team/keras", "tensorflow/serving")
#: Addresses by kind of author; the last ones belong to nobody that is known.
DOMAINS = (
    "google.com", "google.com", "google.com", "nvidia.com", "intel.com", "arm.com", "us.ibm.com", "ucsd.edu",
    "cs.ox.ac.uk", "kth.se", "gmail.com", "gmail.com", "gmail.com", "qq.com", "wonderful-labs.example",
)  # fmt: skip
DOMAIN_NAMES = ("vision", "language", "health", "robotics", "other")
CLOUDS = ("google_cloud", "aws", "azure", "none_stated", "none_stated")


class Community:
    """Facts being made up: instants are drawn from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.repositories: dict[str, int] = {}
        self.identities: dict[int, dict[str, Any]] = {}
        self.rows: dict[str, list[dict[str, Any]]] = {}

    def instant(self) -> datetime:
        """Some second between the start and now."""
        return START + timedelta(seconds=self.random.randrange(int((NOW - START).total_seconds())))

    def add(self, table_name: str, **row: Any) -> None:
        """One more fact."""
        self.rows.setdefault(table_name, []).append(row)

    def email(self, address: str, name: str, at: datetime) -> int:
        """An address that acts at an instant."""
        return self._seen(email_identity(address, name, at, at), at)

    def login(
        self, number: int, login: str, at: datetime, kind: str = "User", company: str | None = None
    ) -> int:
        """An account that acts at an instant."""
        return self._seen(login_identity(number, login, kind, at, at, company=company), at)

    def _seen(self, row: dict[str, Any], at: datetime) -> int:
        held = self.identities.setdefault(row["identity_id"], row)
        held["first_seen"], held["last_seen"] = min(held["first_seen"], at), max(held["last_seen"], at)
        return int(row["identity_id"])

    def write(self, engine: Engine) -> None:
        """Everything into the tables, in the order in which rows refer to each other."""
        with writing(engine).begin() as connection:
            self.repositories |= register(connection, REPOSITORIES)
            refresh_scopes(connection, "TensorFlow")
            upsert(connection, table("identities"), self.identities.values())
            use_cases = [row["repository_id"] for row in self.rows.get("use_cases", [])]
            upsert(
                connection,
                table("repositories"),
                [
                    {
                        "repository_id": number,
                        "full_name": f"somebody/case-{number}",
                        "role": "use_case",
                        "language": ("Python", "Jupyter Notebook", None)[number % 3],
                    }
                    for number in use_cases
                ],
            )
            self._employ(connection)
            for name in ("papers", *(name for name in self.rows if name != "papers")):
                upsert(connection, table(name), self.rows.get(name, []))

    def _employ(self, connection: Connection) -> None:
        """Affiliations kept by hand: some people move from a company to Google or from there to one."""
        turn = START.date() + (NOW - START) / 2
        numbers = sorted(row["github_user_id"] for row in self.identities.values() if row["kind"] == "login")
        moved = [number for number in numbers if number < 900 and number % 3 == 2]
        record(
            connection,
            [
                Decision("affiliate", f"github:{number}", name, "made up", NOW, first, last)
                for number in moved
                for before, after in [
                    ("Google", "independent")
                    if number % 5 == 0
                    else ("NVIDIA", "Google")
                    if number % 2
                    else ("Google", "Intel")
                ]
                for name, first, last in (
                    (before, date(1900, 1, 1), turn),
                    (after, turn + timedelta(days=1), date(9999, 12, 31)),
                )
            ],
        )
        record(
            connection,
            [
                Decision(
                    "role", f"github:{number}", ("intern", "student: Summer of Code", "student: Outreach")[number % 3],
                    "made up", NOW, date(2022 + number % 2, 6, 1), date(2022 + number % 2, 8, 20 + number % 5),
                    "roster" if number % 2 else "manual",
                )
                for number in numbers if number < 900 and number % 2
            ]
            + [
                Decision("role", f"github:{number}", "intern: Outreach", "again", NOW, date(2022, 11, 1), date(2022, 12, 31))
                for number in numbers[::4]
            ],
        )  # fmt: skip
        upsert(
            connection,
            table("profile_roles"),
            [
                {"identity_id": row["identity_id"], "kind": kind, "from_day": date(year, 1, 1), "to_day": date(year, 12, 31)}
                for row in self.identities.values()
                if row["kind"] == "login" and row["github_user_id"] % 7 == 3
                for kind, year in (("intern", 2023), ("student", 2022), ("student", 2023))
            ],
        )  # fmt: skip


class Person:
    """Somebody with an account and, in turn, one or two addresses."""

    def __init__(self, community: Community, number: int) -> None:
        pick = community.random
        self.number, self.login = number, f"person{number}"
        self.domains: Sequence[str] = pick.sample(DOMAINS, 2 if number % 5 == 0 else 1)
        self.moves_at = community.instant()
        self.noreply = number % 4 == 0
        self.company = {1: "@google", 2: "NVIDIA Corporation", 3: "My own place", 4: "Intel"}.get(number % 9)
        self.weight = pick.paretovariate(1.1)
        self.community = community

    def address(self, at: datetime) -> str:
        domain = self.domains[-1] if at >= self.moves_at else self.domains[0]
        if self.noreply and self.community.random.random() < 0.4:
            return f"{self.number}+{self.login}@users.noreply.github.com"
        return f"{self.login}@{domain}"

    def commits_as(self, at: datetime) -> int:
        return self.community.email(self.address(at), self.login.title(), at)

    def acts_as(self, at: datetime) -> int:
        return self.community.login(self.number, self.login, at, company=self.company)


def made_up(seed: int, *, commits: int = 500, requests: int = 180) -> Community:
    """A community with commits, issues, change requests and all that goes with them."""
    community = Community(seed)
    pick = community.random
    ids = {name: repository_id_for(name) for name in REPOSITORIES}
    people = [Person(community, number) for number in range(1, 41)]
    weights = [person.weight for person in people]
    for number in range(commits):
        _commit(
            community,
            ids[pick.choices(ACTIVE, (6, 2, 1))[0]],
            number,
            pick.choices(people, weights)[0],
            people,
        )
    for number in range(1, requests + 1):
        _request(community, ids[pick.choices(ACTIVE, (6, 2, 1))[0]], number, people)
    _surroundings(community, ids, people)
    for number in range(commits, commits + commits // 8):
        _commit(community, ids["pytorch/pytorch"], number, pick.choices(people, weights)[0], people)
    return community


def _commit(community: Community, repository: int, number: int, person: Person, people: list[Person]) -> None:
    pick = community.random
    committed = community.instant()
    authored = committed - timedelta(days=pick.choice((0, 0, 0, 1, 40, 300)), hours=pick.randrange(24))
    kind = pick.random()
    if kind < 0.2:
        author = community.email("gardener@tensorflow.org", "A. Unique TensorFlower", committed)
    elif kind < 0.25:
        author = community.email("49+dependabot[bot]@users.noreply.github.com", "dependabot[bot]", committed)
    else:
        author = person.commits_as(authored)
    sha = f"{number:040x}"
    community.add(
        "commits", repository_id=repository, sha=sha, author_id=author, committer_id=author,
        authored_at=authored, author_offset=0, committed_at=committed, date_repaired=pick.random() < 0.02,
        day=committed.date(), parents=1, files=1, additions=1, deletions=0, subject="Change", pull_request=None,
    )  # fmt: skip
    if pick.random() < 0.15:
        other = pick.choice(people).commits_as(authored)
        if other != author:
            community.add("commit_coauthors", repository_id=repository, sha=sha, coauthor_id=other)
    if pick.random() < 0.1:
        paper = pick.randrange(12)
        community.rows.setdefault("papers", [])
        identifier = f"2201.{paper:05d}"
        community.add(
            "papers", paper_id=stable_id("arxiv", identifier), scheme="arxiv", identifier=identifier
        )
        community.add(
            "paper_mentions", paper_id=stable_id("arxiv", identifier), repository_id=repository, place="commit",
            reference=sha, day=committed.date(),
        )  # fmt: skip


def _request(community: Community, repository: int, number: int, people: list[Person]) -> None:
    pick = community.random
    created = community.instant()
    author: int | None = pick.choice(people).acts_as(created)
    if pick.random() < 0.05:
        author = None
    elif pick.random() < 0.08:
        author = community.login(900, "copybara-service[bot]", created, "Bot")
    elif pick.random() < 0.08:
        author = community.login(901, "google-ml-butler[bot]", created, "Bot")
    state = pick.choice(("open", "merged", "merged", "closed"))
    closed = created + timedelta(hours=pick.randrange(1, 3000))
    if closed >= NOW:
        state = "open"
    shared = {
        "repository_id": repository, "number": number, "github_id": number, "title": "Something",
        "author_id": author, "author_association": "NONE", "created_at": created, "updated_at": created,
        "day": created.date(),
        "closed_at": closed if state != "open" else None, "closed_day": closed.date() if state != "open" else None,
    }  # fmt: skip
    if number % 2:
        if number % 3 == 0:
            _first_issue(community, repository, number, people, created, shared["closed_day"])
        gone = {0: "deleted", 1: "transferred", 2: "converted"}.get(number // 2 % 12)
        kept = "open" if state == "open" else "closed"
        community.add("issues", **shared, state=gone or kept, state_reason=None)
    else:
        merged = closed if state == "merged" else None
        community.add(
            "pull_requests", **shared, state="deleted" if number % 22 == 0 else state, merge_evidence=None, merge_commit=None, merged_at=merged,
            merged_day=merged.date() if merged else None, additions=1, deletions=1, changed_files=1,
            fork_id=7000 + repository % 1000 + number % 37 if number % 37 > 8 else None,
            fork_day=START.date() + timedelta(days=number % 37 * 11) if number % 37 > 8 else None,
        )  # fmt: skip
    if pick.random() < 0.3:
        community.add(
            "labels", repository_id=repository, number=number, name=pick.choice(("comp:TPUs", "Cloud", "bug"))
        )
    for answer in range(pick.randrange(5)):
        at = min(created + timedelta(seconds=pick.randrange(3, 2_000_000)), NOW)
        who: int | None = pick.choice(people).acts_as(at)
        chance = pick.random()
        if chance < 0.2:
            who = community.login(901, "google-ml-butler[bot]", at, "Bot")
        elif chance < 0.4:
            who = author
        place = number * 10 + answer
        if number % 2 == 0 and pick.random() < 0.5:
            community.add(
                "reviews", repository_id=repository, github_id=place, number=number, author_id=who,
                author_association="NONE", state="approved", submitted_at=at, day=at.date(),
            )  # fmt: skip
        else:
            community.add(
                "comments", repository_id=repository, kind="conversation", github_id=place, number=number,
                author_id=who, author_association="NONE", created_at=at, day=at.date(),
            )  # fmt: skip


def _first_issue(
    community: Community,
    repository: int,
    number: int,
    people: list[Person],
    created: datetime,
    closed: date | None,
) -> None:
    """An issue for newcomers; drawn from its number alone. Some carry the label no longer, of some nothing more is known."""
    if number % 9:
        name = "Good First Issue" if number % 2 else "help wanted"
        community.add("labels", repository_id=repository, number=number, name=name)
    if number % 4 == 1:
        return
    labelled = created + timedelta(days=number % 5, hours=number % 11)
    solver: int | None = people[number % len(people)].acts_as(created)
    if number % 15 == 0:
        solver = None if number % 2 else community.login(900, "copybara-service[bot]", created, "Bot")
    community.add(
        "first_issues", repository_id=repository, number=number, labelled_at=labelled, day=labelled.date(),
        taken_at=labelled + timedelta(hours=number * 7 % 900) if number % 7 else None, taken_by=solver,
        solved_day=closed if number % 5 != 1 else None, solved_by=solver,
    )  # fmt: skip


def _surroundings(community: Community, ids: dict[str, int], people: list[Person]) -> None:
    pick = community.random
    for name in (*ACTIVE, "pytorch/pytorch"):
        stars = 1000
        for number in range(25):
            at = community.instant()
            community.add(
                "releases", repository_id=ids[name], tag=f"v{number}", github_id=None, name=None,
                prerelease=pick.random() < 0.3, published_at=at, day=at.date(),
                credited_contributors=pick.choice((None, pick.randrange(1, 60))),
            )  # fmt: skip
        day = START.date()
        while day < NOW.date():
            stars += pick.randrange(-3, 40)
            history = pick.random() < 0.5
            community.add(
                "popularity", repository_id=ids[name], day=day, source="star_history" if history else "snapshot",
                stars=stars, forks=None if history else stars // 3, watchers=None,
            )  # fmt: skip
            day += timedelta(days=pick.randrange(1, 12))
    for name in (
        "torvalds/linux", "tensorflow/tensorflow", "tensorflow/serving", "GoogleCloudPlatform/samples",
    ):  # fmt: skip
        for month in range(20):
            community.add(
                "history_counts", repository_id=ids[name],
                day=date(2022 + (4 + month) // 12, (4 + month) % 12 + 1, 1), commits=pick.randrange(6000), counted_at=NOW,
            )  # fmt: skip
    for name in ACTIVE:
        for place in range((NOW.date() - START.date()).days):
            if (place * 7 + ids[name]) % 5 < 4:
                community.add(
                    "fork_counts", repository_id=ids[name], day=START.date() + timedelta(days=place),
                    forks=(place + ids[name]) % 3 + 1,
                )  # fmt: skip
        for month in range(14):
            for place, language in enumerate(("C++", "Python", "MLIR", "Go", "Starlark")):
                if (month + place + ids[name]) % 3:
                    community.add(
                        "repository_languages", repository_id=ids[name], language=language, bytes=place * 100,
                        day=date(2023 + month // 12, month % 12 + 1, 1),
                    )  # fmt: skip
    for number in range(60):
        at = START + timedelta(days=number * 10)
        author: int | None = people[number % len(people)].acts_as(at)
        if number % 11 == 0:
            author = None if number % 2 else community.login(900, "copybara-service[bot]", at, "Bot")
        community.add(
            "proposals", repository_id=ids[ACTIVE[number % 2]], path=f"rfcs/{number}.md", number=number, title="RFC",
            author_id=author, status=("proposed", "accepted", "rejected")[number % 3], stated=None, created_at=at,
            day=at.date(), decided_day=None,
        )  # fmt: skip
    for number in range(120):
        at = community.instant()
        community.add(
            "use_cases", repository_id=1_000_000 + number, domain=pick.choice(DOMAIN_NAMES),
            platform=("server", "mobile", "web", "other")[number % 4],
            cloud=pick.choice(CLOUDS), evidence="made up", confidence=1.0, found_by="made up", day=at.date(),
            active_day=None if number % 5 == 0 else min(NOW, at + timedelta(days=number * 7 % 500)).date(),
            found_at=NOW,
        )  # fmt: skip
        for paper in range(number % 9 // 7 * (1 + number % 2)):
            identifier = f"1706.{number % 4 + paper:05d}"
            paper_id = stable_id("arxiv", identifier)
            community.add("papers", paper_id=paper_id, scheme="arxiv", identifier=identifier)
            community.add(
                "paper_mentions", paper_id=paper_id, repository_id=1_000_000 + number, place="description",
                reference="", day=at.date(),
            )  # fmt: skip
    _measure(community)


#: What is measured on: class, maker and family.
MACHINES = (
    ("gpu", "NVIDIA", "A100"), ("gpu", "NVIDIA", "V100"), ("tpu", "Google", "TPU v4"), ("x86", "Intel", "Xeon"),
    ("npu", None, "A100"), ("unknown", None, "CPU"),
)  # fmt: skip


def _measure(community: Community) -> None:
    """Benchmark results of three frameworks on six kinds of hardware, some of them not valid."""
    community.add(
        "benchmark_sources", source_id=1, format="made up", location="here", checksum="0", ingested_at=NOW
    )
    community.add("benchmark_cases", case_id=1, suite="made up", name="resnet")
    community.add(
        "benchmark_metrics",
        metric_id=1,
        name="time",
        unit="s",
        canonical_unit="s",
        scale=1.0,
        direction="lower",
    )
    for number, framework in enumerate(("TensorFlow", "PyTorch", "PyTorch / TensorFlow")):
        community.add(
            "environments",
            environment_id=number,
            environment_key=framework,
            framework=framework,
            compiler="none",
        )
    for number, (kind, vendor, family) in enumerate(MACHINES):
        community.add(
            "hardware", hardware_id=number, hardware_class=kind, vendor=vendor, model=family, family=family
        )
        community.add(
            "benchmark_series",
            series_id=number,
            case_id=1,
            hardware_id=number,
            environment_key="any",
            metric_id=1,
        )
    for number in range(90):
        at = START + timedelta(days=number * 7, hours=number % 24)
        community.add(
            "benchmark_results", result_id=number, series_id=number * 5 % len(MACHINES), source_id=1,
            environment_id=(number % 7) % 3, natural_key=str(number), measured_at=at, day=at.date(), value=1.0,
            samples=1, valid=number % 8 != 0, claim="measured",
        )  # fmt: skip
