"""Profiles, forks, files, proposals and reactions: what collectors of people and use ask for."""

import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from collector.simulator.rest.render import fork_id
from collector.simulator.server import Simulator
from tests.collector.simulator.conftest import NOW

TENSORFLOW = "/repos/tensorflow/tensorflow"
COMMUNITY = "/repos/tensorflow/community"
PROFILES = """query Profiles($ids: [ID!]!) { nodes(ids: $ids) { __typename
  ... on User { databaseId login company location isCampusExpert isHireable } } }"""


def test_profiles_come_by_the_hundred(
    github: Simulator,
    session: requests.Session,
    graphql: Callable[..., Any],
    pages: Callable[..., list[Any]],
) -> None:
    people = {
        row["user"]["node_id"]: row["user"]
        for row in pages(f"{TENSORFLOW}/issues?state=all&per_page=100")
        if row["user"]["login"] != "ghost"
    }
    asked = list(people)[:100]
    assert len(asked) == 100
    nodes = graphql(PROFILES, ids=asked)["data"]["nodes"]
    kinds = Counter(node["__typename"] for node in nodes)
    assert set(kinds) == {"User", "Bot"}
    for node, identity in zip(nodes, asked, strict=True):
        assert node["__typename"] == people[identity]["type"]
        if node["__typename"] == "User":
            found = session.get(f"{github.url}/users/{node['login']}", timeout=10).json()
            assert (found["company"], found["location"]) == (node["company"], node["location"])
            assert bool(found["hireable"]) == node["isHireable"]
    users = github.community.population.people[: github.community.population.humans]
    assert 0.08 < sum(person.hireable for person in users) / len(users) < 0.14
    assert any(person.campus_expert for person in users)


def test_an_altered_profile_shows_at_once() -> None:
    with Simulator(scale=0.001, now=NOW) as server:
        row = requests.get(f"{server.url}{TENSORFLOW}/contributors", timeout=10).json()[0]
        address = f"{server.url}/_simulator/users/{row['login']}"
        assert requests.patch(address, json={"company": "@example", "location": ""}, timeout=10).ok
        found = requests.get(f"{server.url}/users/{row['login']}", timeout=10).json()
        assert (found["company"], found["location"]) == ("@example", None)


def test_changes_from_outside_come_from_forks(pages: Callable[..., list[Any]]) -> None:
    forks = {row["id"]: row for row in pages(f"{TENSORFLOW}/forks?sort=newest&per_page=100")}
    latest: dict[int, str] = {}
    inside = 0
    for row in pages(f"{TENSORFLOW}/pulls?state=all&per_page=100"):
        head = row["head"]["repo"]
        if head is None:
            assert row["user"] is None
        elif head["fork"]:
            assert head["owner"]["id"] == row["user"]["id"]
            fork = forks[head["id"]]
            assert fork["created_at"] < row["created_at"]
            latest[head["id"]] = max(row["created_at"], latest.get(head["id"], ""))
        else:
            inside += 1
            assert head["full_name"] == "tensorflow/tensorflow"
    assert len(latest) > 20
    assert inside
    for identity, moment in latest.items():
        assert forks[identity]["pushed_at"] == moment


def test_forks_come_in_the_order_asked_for(pages: Callable[..., list[Any]]) -> None:
    newest = [row["created_at"] for row in pages(f"{TENSORFLOW}/forks?sort=newest&per_page=100")]
    oldest = [row["created_at"] for row in pages(f"{TENSORFLOW}/forks?sort=oldest&per_page=100")]
    assert newest == sorted(newest, reverse=True)
    assert oldest == sorted(newest)
    stars = [row["stargazers_count"] for row in pages(f"{TENSORFLOW}/forks?sort=stargazers&per_page=100")]
    assert stars == sorted(stars, reverse=True)
    assert stars[0] > 0


def test_graphql_tells_the_fork_that_rest_tells(
    graphql: Callable[..., Any], pages: Callable[..., list[Any]]
) -> None:
    rest = {row["number"]: row for row in pages(f"{TENSORFLOW}/pulls?state=all&per_page=100")}
    query = """query { repository(owner: "tensorflow", name: "tensorflow") { pullRequests(first: 100) {
      nodes { number isCrossRepository headRepository { databaseId nameWithOwner isFork pushedAt } } } } }"""
    for node in graphql(query)["data"]["repository"]["pullRequests"]["nodes"]:
        head = rest[node["number"]]["head"]["repo"]
        if head is None:
            assert node["headRepository"] is None
            continue
        assert node["isCrossRepository"] == head["fork"]
        assert node["headRepository"]["databaseId"] == head["id"]
        assert node["headRepository"]["nameWithOwner"] == head["full_name"]
        assert node["headRepository"]["pushedAt"] == head["pushed_at"] if head["fork"] else True


def test_proposals_are_pull_requests_that_add_a_document(
    github: Simulator, graphql: Callable[..., Any], pages: Callable[..., list[Any]], tmp_path: Path
) -> None:
    rows = pages(f"{COMMUNITY}/pulls?state=all&per_page=100")
    proposals = [row for row in rows if row["title"].startswith("RFC: ")]
    assert 0.2 < len(proposals) / len(rows) < 0.7
    pattern = re.compile(r"rfcs/\d{8}-[a-z-]+\.md")
    for row in proposals:
        files = pages(f"{COMMUNITY}/pulls/{row['number']}/files")
        (document,) = [each for each in files if pattern.fullmatch(each["filename"])]
        assert document["status"] == "added"
        assert document["filename"][5:13] == row["created_at"][:10].replace("-", "")
    for row in rows:
        if row not in proposals:
            files = pages(f"{COMMUNITY}/pulls/{row['number']}/files")
            assert not any(pattern.fullmatch(each["filename"]) for each in files)
    query = """query($number: Int!) { repository(owner: "tensorflow", name: "community") {
      pullRequest(number: $number) { additions deletions changedFiles
        files(first: 100) { totalCount nodes { path additions deletions changeType } } } } }"""
    found = graphql(query, number=proposals[0]["number"])["data"]["repository"]["pullRequest"]
    assert found["files"]["totalCount"] == found["changedFiles"]
    for name in ("additions", "deletions"):
        assert sum(each[name] for each in found["files"]["nodes"]) == found[name]
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", f"{github.url}/tensorflow/community.git", str(clone)], check=True)
    merged = [row["number"] for row in proposals if row["merged_at"]]
    documents = {str(path.relative_to(clone)) for path in (clone / "rfcs").glob("2*.md")}
    expected = {
        each["filename"]
        for number in merged
        for each in pages(f"{COMMUNITY}/pulls/{number}/files")
        if pattern.fullmatch(each["filename"])
    }
    assert merged
    assert documents == expected


def test_reactions_by_kind_add_up(graphql: Callable[..., Any], pages: Callable[..., list[Any]]) -> None:
    rows = pages(f"{TENSORFLOW}/issues?state=all&per_page=100")
    for row in rows:
        kinds = {key: value for key, value in row["reactions"].items() if key not in ("url", "total_count")}
        assert sum(kinds.values()) == row["reactions"]["total_count"]
    most = max(
        (row for row in rows if "pull_request" not in row), key=lambda row: row["reactions"]["total_count"]
    )
    query = """query($number: Int!) { repository(owner: "tensorflow", name: "tensorflow") {
      issue(number: $number) { reactionGroups { content reactors { totalCount } } } } }"""
    groups = graphql(query, number=most["number"])["data"]["repository"]["issue"]["reactionGroups"]
    counts = {group["content"]: group["reactors"]["totalCount"] for group in groups}
    assert counts["THUMBS_UP"] == most["reactions"]["+1"]
    assert counts["HEART"] == most["reactions"]["heart"]


def test_remarks_on_code_are_listed_whole_in_both_directions(pages: Callable[..., list[Any]]) -> None:
    rising = pages(f"{TENSORFLOW}/pulls/comments?per_page=100&sort=created&direction=asc")
    falling = pages(f"{TENSORFLOW}/pulls/comments?per_page=100&sort=created&direction=desc")
    assert [row["id"] for row in rising] == [row["id"] for row in falling][::-1]
    assert len({row["id"] for row in rising}) == len(rising) > 50
    middle = rising[len(rising) // 2]["updated_at"]
    later = pages(f"{TENSORFLOW}/pulls/comments?per_page=100&since={middle}")
    assert [row["id"] for row in later] == [row["id"] for row in rising if row["updated_at"] >= middle]


def test_every_forks_number_fits_where_graphql_writes_it(github: Simulator) -> None:
    taken = {repository.identity for repository in github.community.repositories}
    for repository in github.community.repositories:
        last = max(0, repository.forked.size - 1) if repository.owner_index is None else 20_000
        for place in (0, last):
            number = fork_id(repository, place)
            assert number < 2**31
            assert number not in taken
