"""Use cases are found whatever the cap of a search, kept through renamings, and told when they are gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from collector.github.client import GitHub
from collector.github.searches import AIMED_AT, CAP, Part, Range, between
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from collector.simulator.interventions import Interventions
from collector.simulator.limits import Limits
from collector.simulator.searching import search_code
from collector.simulator.server import Simulator
from db.engine import writing
from db.repositories import repository_id_for
from db.schema import stable_id, table

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
#: When many of the use cases were being worked at.
THEN = datetime(2019, 6, 1, tzinfo=UTC)
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def crowded() -> Iterator[Simulator]:
    """A community with more use cases than one search shows."""
    with Simulator(scale=0.026, seed=3, now=NOW) as server:
        yield server


@contextmanager
def small(
    change: Callable[[Request, Response], Response] = lambda _, response: response,
) -> Iterator[tuple[Simulator, GitHub]]:
    """A small community, with answers that may be changed on their way, and a client of it."""

    def layer(request: Request, handler: Handler) -> Response:
        return change(request, handler(request))

    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[layer]) as server:
        github = GitHub(server.url, ["a-token"], sleep=lambda _: None)
        yield server, github
        github.close()


def named(server: Simulator) -> set[str]:
    """Use cases by the community's own list."""
    return {
        each.full_name
        for each in server.community.present_repositories()
        if "tensorflow" in each.specification.topics
        or "tensorflow" in f"{each.name} {each.specification.description}".lower()
    }


def use_cases(rows_of: RowsOf, engine: Engine) -> dict[int, dict[str, Any]]:
    """Rows of `repositories` and `use_cases` as one, by GitHub's number."""
    repositories = {row["repository_id"]: row for row in rows_of(engine, "repositories")}
    joined = [row | repositories[row["repository_id"]] for row in rows_of(engine, "use_cases")]
    assert len({row["github_id"] for row in joined}) == len(joined)
    return {row["github_id"]: row for row in joined}


def test_use_cases_beyond_the_cap_of_a_search_are_all_found_with_every_way(
    sqlite_engine: Engine, crowded: Simulator, collect: Collect, rows_of: RowsOf
) -> None:
    github = GitHub(crowded.url, ["a-token"])
    ended = collect(sqlite_engine, github, "use_cases", None)
    github.close()
    assert (ended.state, ended.rejected) == ("done", 0)
    repositories = rows_of(sqlite_engine, "repositories")
    found = {row["full_name"] for row in repositories if row["role"] == "use_case"}
    tracked = {row["full_name"] for row in repositories if row["role"] != "use_case"}
    assert "keras-team/keras" in tracked & named(crowded)
    assert len(found) > 1000
    assert found == named(crowded) - tracked
    held = use_cases(rows_of, sqlite_engine)
    assert {row["full_name"] for row in held.values()} == found
    for row in held.values():
        there = crowded.community.repository(row["full_name"])
        assert there is not None
        topics = there.specification.topics
        said = f"{there.name} {there.specification.description}".lower()
        ways = {f"topic:{topic}" for topic in ("tensorflow", "tensorflow-lite", "tensorflowjs")}
        expected = {way for way in ways if way.removeprefix("topic:") in topics}
        expected |= {"tensorflow in:name,description"} if "tensorflow" in said else set()
        assert row["found_by"] == "; ".join(sorted(expected))
    # A page of a hundred is one point; parts and a few cuts come on top.
    pages = sum(-(-row["found_by"].count("; ") - 1) for row in held.values()) / 100
    assert ended.points <= abs(pages) * 1.8 + 10


def test_searching_cut_off_after_every_page_ends_the_same(
    sqlite_engine: Engine,
    new_engine: Callable[[], Engine],
    crowded: Simulator,
    collect: Collect,
    everything: Callable[[Engine], Any],
) -> None:
    github = GitHub(crowded.url, ["a-token"])
    whole = new_engine()
    pages = collect(whole, github, "use_cases", None).pages
    for _ in range(pages):
        assert collect(sqlite_engine, github, "use_cases", None, pages=1).state == "stopped"
    assert everything(sqlite_engine) == everything(whole)
    github.close()


def test_a_later_run_asks_for_what_was_pushed_since(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    moment = [NOW - timedelta(days=80)]
    with Simulator(scale=0.02, seed=3, clock=lambda: int(moment[0].timestamp())) as server:
        github = GitHub(server.url, ["a-token"])
        first = collect(sqlite_engine, github, "use_cases", None, now=moment[0])
        before = {row["repository_id"]: row for row in rows_of(sqlite_engine, "use_cases")}
        moment[0] = NOW
        second = collect(sqlite_engine, github, "use_cases", None, now=moment[0])
        after = {row["repository_id"]: row for row in rows_of(sqlite_engine, "use_cases")}
        created = named(server)
        github.close()
    assert second.points <= 6 < first.points
    assert after.keys() > before.keys()
    assert {row["full_name"] for row in rows_of(sqlite_engine, "repositories")} >= created
    assert all(after[number]["found_at"] == row["found_at"] for number, row in before.items())


def test_a_renamed_use_case_stays_one_row_also_when_two_exchange_their_names(
    engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    with small() as (server, github):
        collect(engine, github, "use_cases", None)
        before = use_cases(rows_of, engine)
        (one, other, third), hands = list(before.values())[:3], Interventions(server.community)
        hands.rename(one["full_name"], "somebody/between")
        hands.rename(other["full_name"], one["full_name"])
        hands.rename("somebody/between", other["full_name"])
        hands.rename(third["full_name"], "somebody/else")
        later = NOW + timedelta(days=200)
        assert collect(engine, github, "use_cases", None, now=later).state == "done"
    after = use_cases(rows_of, engine)
    assert after.keys() == before.keys()
    names = {number: row["full_name"] for number, row in before.items()}
    names |= {
        one["github_id"]: other["full_name"],
        other["github_id"]: one["full_name"],
        third["github_id"]: "somebody/else",
    }
    assert {number: row["full_name"] for number, row in after.items()} == names
    for number, row in after.items():
        for column in ("repository_id", "found_at", "found_by"):
            assert row[column] == before[number][column]


def test_a_name_that_another_repository_took_leads_to_the_other_one(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    with small() as (server, github):
        collect(sqlite_engine, github, "use_cases", None)
        before = use_cases(rows_of, sqlite_engine)
        former, taker = list(before.values())[:2]
        # The name's first owner is gone, and its second one has not been held before.
        with writing(sqlite_engine).begin() as connection:
            for name in ("paper_mentions", "use_cases", "repositories"):
                gone = table(name).c.repository_id == taker["repository_id"]
                connection.execute(table(name).delete().where(gone))
        hands = Interventions(server.community)
        hands.rename(former["full_name"], "somebody/for-a-moment")
        hands.rename(taker["full_name"], former["full_name"])
        hands.delete("somebody/for-a-moment")
        collect(sqlite_engine, github, "use_cases", None, now=NOW + timedelta(days=200))
    after = use_cases(rows_of, sqlite_engine)
    lost, found = after[former["github_id"]], after[taker["github_id"]]
    assert (lost["state"], lost["full_name"]) == ("deleted", f"{former['full_name']}~{former['github_id']}")
    assert (lost["repository_id"], lost["description"]) == (former["repository_id"], former["description"])
    assert (found["state"], found["full_name"]) == ("alive", former["full_name"])
    assert found["repository_id"] == stable_id("repository", "github", taker["github_id"])
    assert found["repository_id"] != repository_id_for(former["full_name"]) == lost["repository_id"]


def test_what_no_search_shows_any_more_is_asked_for_and_ends_in_a_stated_state(
    engine: Engine, collect: Collect, rows_of: RowsOf, everything: Callable[[Engine], Any]
) -> None:
    with small() as (server, github):
        collect(engine, github, "use_cases", None)
        before = use_cases(rows_of, engine)
        deleted, hidden, renamed = list(before.values())[:3]
        hands = Interventions(server.community)
        hands.delete(deleted["full_name"])
        hands.hide(hidden["full_name"])
        hands.rename(renamed["full_name"], "somebody/else")
        soon = collect(engine, github, "use_cases", None, now=NOW + timedelta(days=30))
        middle = use_cases(rows_of, engine)
        assert middle[deleted["github_id"]]["state"] == "alive"
        later = NOW + timedelta(days=100)
        ended = collect(engine, github, "use_cases", None, now=later)
        after = use_cases(rows_of, engine)
        held = everything(engine)
        again = collect(engine, github, "use_cases", None, now=later)
        assert everything(engine) == held
    for gone in (deleted, hidden):
        assert after[gone["github_id"]] == {**before[gone["github_id"]], "state": "deleted", "seen_at": later}
    assert after[renamed["github_id"]]["full_name"] == "somebody/else"
    due = [number for number, row in middle.items() if row["seen_at"] == NOW]
    assert all(after[number]["seen_at"] == later for number in due)
    # One point for each hundred that are asked for again.
    searches = soon.points
    assert ended.points == searches + -(-len(due) // 100)
    assert again.points == searches


def test_a_tracked_repository_is_no_use_case_whatever_it_is_called(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    with small() as (server, github):
        hands = Interventions(server.community)
        hands.rename("keras-team/keras", "keras-team/keras-renamed")
        # Its number is not known yet, so the search cannot tell that it is the tracked one.
        collect(sqlite_engine, github, "use_cases", None)
        collect(sqlite_engine, github, "repositories", "keras-team/keras")
        (keras,) = [r for r in rows_of(sqlite_engine, "repositories") if "keras-team/keras" in r["full_name"]]
        assert (keras["full_name"], keras["role"]) == ("keras-team/keras-renamed", "core")
        hands.rename("keras-team/keras-renamed", "keras-team/keras-again")
        collect(sqlite_engine, github, "use_cases", None, now=NOW + timedelta(days=200))
    (same,) = [r for r in rows_of(sqlite_engine, "repositories") if "keras-team/keras" in r["full_name"]]
    assert same == keras
    assert keras["repository_id"] not in {row["repository_id"] for row in rows_of(sqlite_engine, "use_cases")}


def test_papers_that_a_description_links_are_mentions(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    with small() as (_, github):
        collect(sqlite_engine, github, "use_cases", None)
    described = {row["repository_id"]: row for row in use_cases(rows_of, sqlite_engine).values()}
    papers = {row["paper_id"]: row for row in rows_of(sqlite_engine, "papers")}
    mentions = rows_of(sqlite_engine, "paper_mentions")
    assert mentions
    for mention in mentions:
        row, paper = described[mention["repository_id"]], papers[mention["paper_id"]]
        assert paper["identifier"] in row["description"].lower()
        assert (mention["place"], mention["reference"], mention["day"]) == ("description", "", row["day"])
    linking = {number for number, row in described.items() if "arxiv.org" in (row["description"] or "")}
    assert linking <= {mention["repository_id"] for mention in mentions}


def test_an_answer_cut_short_without_a_word_is_asked_for_again_in_narrower_searches(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    cut: list[str] = []

    def shorten(request: Request, response: Response) -> Response:
        if b"UseCases(" in request.body and len(cut) < 2:
            answer = json.loads(response.body)
            nodes = answer["data"]["search"]["nodes"]
            if len(nodes) > 10:
                cut.append(json.loads(request.body)["variables"]["search"])
                del nodes[len(nodes) // 2 :]
                answer["data"]["search"]["pageInfo"]["hasNextPage"] = False
                response.body = json.dumps(answer).encode()
        return response

    with small(shorten) as (server, github):
        ended = collect(sqlite_engine, github, "use_cases", None)
        expected = named(server)
    assert len(cut) == 2
    assert (ended.state, ended.rejected) == ("done", 0)
    assert {row["full_name"] for row in rows_of(sqlite_engine, "repositories")} >= expected


def test_an_answer_that_stays_short_is_told_and_ends(sqlite_engine: Engine, collect: Collect) -> None:
    def shorten(request: Request, response: Response) -> Response:
        if b"UseCases(" in request.body:
            answer = json.loads(response.body)
            answer["data"]["search"]["repositoryCount"] += 1
            response.body = json.dumps(answer).encode()
        return response

    with small(shorten) as (_, github):
        ended = collect(sqlite_engine, github, "use_cases", None)
    assert ended.state == "done"
    assert 0 < ended.rejected < 100


def test_dependents_are_found_by_their_files_though_a_search_shows_a_thousand(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    moment = [THEN]

    def sleep(seconds: float) -> None:
        moment[0] += timedelta(seconds=seconds)

    with Simulator(scale=0.2, seed=3, now=THEN, limits=Limits(code_search=1_000)) as server:
        github = GitHub(server.url, ["a-token"], now=lambda: moment[0], sleep=sleep)
        ended = collect(sqlite_engine, github, "dependents", None, now=THEN)
        files = search_code(server.community, "tensorflow filename:requirements.txt")
        soon = collect(sqlite_engine, github, "dependents", None, now=THEN + timedelta(days=10))
        github.close()
    assert (ended.state, ended.rejected, soon.requests) == ("done", 0, 0)
    assert len(files) > CAP
    held = use_cases(rows_of, sqlite_engine).values()
    way = "dependency:tensorflow in requirements.txt"
    expected = {repository.full_name for repository, _ in files}
    assert {row["full_name"] for row in held if way in row["found_by"]} == expected
    assert {row["found_by"].partition(" in ")[2] for row in held} == {
        "requirements.txt",
        "setup.py",
        "package.json",
    }


def test_a_search_of_code_takes_what_a_minute_gives_and_the_next_run_goes_on(
    sqlite_engine: Engine,
    new_engine: Callable[[], Engine],
    collect: Collect,
    everything: Callable[[Engine], Any],
) -> None:
    with Simulator(scale=0.02, seed=3, now=THEN, limits=Limits(code_search=1_000)) as server:

        def run(engine: Engine) -> Progress:
            # By this client's clock no time passes: what a minute gives is given once.
            github = GitHub(server.url, ["a-token"], sleep=lambda _: None, now=lambda: THEN)
            ended = collect(engine, github, "dependents", None, now=THEN)
            github.close()
            return ended

        whole = new_engine()
        pages = run(whole).pages
        runs = 0
        while runs < 20:
            runs += 1
            server.budgets.restrict(Limits(code_search=2))
            ended = run(sqlite_engine)
            assert (ended.state, ended.rejected) == ("done", 0)
            if not ended.requests:
                break
    assert runs == -(-pages // 2) + 1
    assert everything(sqlite_engine) == everything(whole)


@given(
    qualifier=st.sampled_from(["created", "stars", "size"]),
    low=st.integers(0, 10**9),
    length=st.integers(1, 10**9),
    count=st.integers(0, 200_000),
)
def test_pieces_of_a_range_cover_it_without_gap_or_overlap(
    qualifier: str, low: int, length: int, count: int
) -> None:
    whole = Range(qualifier, low, low + length - 1)
    pieces = whole.pieces(count)
    assert (pieces == []) == (length == 1)
    for earlier, later in pairwise(pieces):
        assert earlier.high is not None
        assert later.low == earlier.high + 1
    for piece in pieces:
        assert piece.high is not None
        assert piece.low <= piece.high
    if pieces:
        assert len(pieces) > 1
        assert (pieces[0].low, pieces[-1].high) == (whole.low, whole.high)


def test_a_second_with_more_than_a_thousand_is_cut_by_stars_and_then_by_size() -> None:
    moment = datetime(2017, 2, 15, 12, tzinfo=UTC)
    part = Part("topic:x", "topic:x", (between("created", moment, moment), Range("stars", 0, None)))
    stars = part.pieces(5_000)
    assert [piece.search.partition(" stars:")[2] for piece in stars] == ["0..0", "1..9", "10..99", ">=100"]
    assert stars[0].pieces(5_000) == []
    sized = Part("topic:x", "topic:x", (*stars[0].ranges, Range("size", 0, None)))
    assert [piece.search.rpartition(" ")[2] for piece in sized.pieces(5_000)] == [
        "size:0..0",
        "size:1..9",
        "size:10..99",
        "size:>=100",
    ]
    assert stars[3].pieces(1_500)[-1].search.endswith("stars:>=20000")


def test_a_part_lives_through_a_cursor() -> None:
    whole = between("pushed", NOW - timedelta(days=3), NOW)
    part = Part("w in:name", '"w" in:name', (whole, Range("stars", 3, None)), 2)
    assert Part.read(json.loads(json.dumps(part.written()))) == part
    assert part.search == ('"w" in:name pushed:2026-10-29T12:00:00Z..2026-11-01T12:00:00Z stars:>=3')
    assert len(part.pieces(AIMED_AT * 4)) == 4
    assert [piece.tries for piece in part.once_more()] == [3, 3]
    assert part.once_more()[0].once_more() == []
    assert CAP == 1_000
