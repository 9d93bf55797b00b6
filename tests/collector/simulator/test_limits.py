from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from collector.simulator.faults import Rule
from collector.simulator.limits import Limits
from collector.simulator.server import Simulator
from tests.collector.simulator.conftest import NOW

REPOSITORY = "/repos/tensorflow/tensorflow"
NODES = "query Nodes($ids: [ID!]!) { nodes(ids: $ids) { id ... on User { login databaseId company } } }"


@pytest.fixture
def server() -> Iterator[Simulator]:
    with Simulator(scale=0.001, seed=3, now=NOW, wall_clock=lambda: 1_000_000.0) as running:
        yield running


def ask(server: Simulator, path: str = REPOSITORY, who: str = "mine", **more: Any) -> requests.Response:
    return requests.get(server.url + path, headers={"Authorization": f"token {who}"}, timeout=10, **more)


def query(server: Simulator, text: str, who: str = "mine", **variables: Any) -> requests.Response:
    body, headers = {"query": text, "variables": variables}, {"Authorization": f"token {who}"}
    return requests.post(f"{server.url}/graphql", json=body, headers=headers, timeout=10)


def test_usage_counts_requests_points_and_what_was_refused(server: Simulator) -> None:
    first = ask(server)
    headers = {"Authorization": "token mine", "If-None-Match": first.headers["ETag"]}
    assert requests.get(server.url + REPOSITORY, headers=headers, timeout=10).status_code == 304
    ask(server, "/search/repositories?q=topic:tensorflow&per_page=1")
    ask(server, "/rate_limit")
    assert ask(server, "/nowhere").status_code == 404
    # One request for the repositories, one for each one's issues, one for each issue's labels: 1+1+100+5000.
    text = """query Dear { repository(owner: "tensorflow", name: "tensorflow") { issues(first: 100) { nodes {
      comments(first: 50) { nodes { issue { labels(first: 60) { nodes { name } } } } } } } } }"""
    assert query(server, text).status_code == 200
    requests.get(f"{server.url}/tensorflow/serving.git/info/refs?service=git-upload-pack", timeout=30)
    used = requests.get(f"{server.url}/_simulator/usage", timeout=10).json()
    assert used["requests"] == {"core": 4, "search": 1, "graphql": 1, "git": 1}
    assert used["spent"] == {"core": 2, "search": 1, "graphql": 51}
    assert used["statuses"] == {"200": 5, "304": 1, "404": 1}
    assert used["operations"] == {"Dear": {"requests": 1, "points": 51, "nodes": 100 + 5_000 + 300_000}}
    assert used["endpoints"]["GET {repository}"] == 2
    assert used["bytes"] > len(first.content)
    assert used == server.usage.described()
    assert requests.delete(f"{server.url}/_simulator/usage", timeout=10).json()["requests"] == {}


def test_limits_are_set_over_http(server: Simulator) -> None:
    address = f"{server.url}/_simulator/limits"
    assert requests.get(address, timeout=10).json()["core"] == 5000
    assert requests.put(address, json={"core": 2, "graphql": 1}, timeout=10).json()["core"] == 2
    assert [ask(server).status_code for _ in range(3)] == [200, 200, 403]
    assert "data" in query(server, "{ viewer { login } }").json()
    refused = query(server, "{ viewer { login } }")
    assert (refused.status_code, refused.json()["errors"][0]["type"]) == (200, "RATE_LIMITED")
    assert server.usage.described()["refused"] == {"primary": 2}
    assert requests.put(address, json={}, timeout=10).json()["core"] == 5000
    assert ask(server).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"cores": 3}, "cores cannot be set here; give any of core, search"),
        ({"core": "many"}, "The limit core is 'many'; give a whole number from 0."),
        ({"core": True}, "The limit core is True; give a whole number from 0."),
        ({"concurrent": -1}, "The limit concurrent is -1; give a whole number from 0 or null."),
        ([], "cannot be set here"),
    ],
)
def test_a_limit_that_cannot_be_is_named(server: Simulator, wanted: Any, words: str) -> None:
    answer = requests.put(f"{server.url}/_simulator/limits", json=wanted, timeout=10)
    assert answer.status_code == 422
    assert words in answer.json()["message"]
    assert server.budgets.limits == Limits()


def test_a_query_is_one_point_of_the_minute_whatever_it_costs(server: Simulator) -> None:
    server.budgets.restrict(Limits(secondary_graphql=2, secondary_status=429, secondary_says_when=False))
    text = """{ repository(owner: "tensorflow", name: "tensorflow") { issues(first: 100) { nodes {
      comments(first: 50) { nodes { issue { labels(first: 60) { nodes { name } } } } } } } } }"""
    assert [query(server, text).status_code for _ in range(2)] == [200, 200]
    refused = query(server, "{ viewer { login } }")
    assert refused.status_code == 429
    assert "Retry-After" not in refused.headers
    assert "secondary rate limit" in refused.json()["message"]


def test_too_many_requests_at_once_are_refused(server: Simulator) -> None:
    server.budgets.restrict(Limits(concurrent=2))
    server.faults.replace([Rule("delay", seconds=0.5)])
    with ThreadPoolExecutor(5) as clients:
        statuses = sorted(clients.map(lambda _: ask(server).status_code, range(5)))
    assert statuses == [200, 200, 403, 403, 403]
    server.faults.clear()
    assert ask(server).status_code == 200


def test_a_list_ends_at_ten_thousand_items_by_page(server: Simulator) -> None:
    for path in ("issues", "pulls", "issues/comments", "pulls/comments"):
        for tail in ("per_page=100&page=101", "page=334"):
            answer = ask(server, f"{REPOSITORY}/{path}?state=all&{tail}")
            assert (answer.status_code, path) == (422, path)
            assert "cursor" in answer.json()["message"]
        assert ask(server, f"{REPOSITORY}/{path}?per_page=100&page=100").status_code == 200


def test_a_search_ends_at_a_thousand(server: Simulator) -> None:
    address = "/search/repositories?q=stars:>=0&per_page=100&page="
    assert ask(server, address + "10").status_code == 200
    answer = ask(server, address + "11")
    assert (answer.status_code, answer.json()["message"]) == (
        422,
        "Only the first 1000 search results are available",
    )


def test_what_asks_for_too_much_is_refused_and_costs_nothing(server: Simulator) -> None:
    deep = """query($n: Int!) { repository(owner: "tensorflow", name: "tensorflow") { issues(first: 100) {
      nodes { comments(first: 100) { nodes { issue { labels(first: $n) { nodes { name } } } } } } } } }"""
    most = """query { repository(owner: "tensorflow", name: "tensorflow") { issues(first: 101) {
      nodes { number } } } }"""
    none = '{ repository(owner: "tensorflow", name: "tensorflow") { issues { nodes { number } } } }'
    assert "data" in query(server, deep, n=48).json()  # 100 + 10,000 + 480,000
    spent = server.usage.spent["graphql"]
    for text, n, kind in (
        (deep, 49, "MAX_NODE_LIMIT_EXCEEDED"),  # 500,100
        (most, 0, "EXCESSIVE_PAGINATION"),
        (none, 0, "MISSING_PAGINATION_BOUNDARIES"),
    ):
        answer = query(server, text, **({"n": n} if n else {})).json()
        assert answer["errors"][0]["type"] == kind
        assert "data" not in answer
    assert server.usage.spent["graphql"] == spent


def test_who_starred_or_watches_is_closed(server: Simulator) -> None:
    for path in ("stargazers", "subscribers"):
        assert ask(server, f"{REPOSITORY}/{path}").status_code == 403
    assert ask(server, f"{REPOSITORY}/stargazers/history").status_code == 200


def test_nodes_that_are_not_there_are_null_beside_those_that_are(server: Simulator) -> None:
    rows = [row["user"] for row in ask(server, REPOSITORY + "/pulls?state=all&per_page=100").json()]
    people = [row for row in rows if row and row["type"] == "User"]
    answer = query(server, NODES, ids=[people[0]["node_id"], "U_kgAAAAAAAA", people[1]["node_id"]]).json()
    assert [node and node["databaseId"] for node in answer["data"]["nodes"]] == [
        people[0]["id"],
        None,
        people[1]["id"],
    ]
    assert [(error["type"], error["path"]) for error in answer["errors"]] == [("NOT_FOUND", ["nodes", 1])]


def test_a_hundred_nodes_are_the_most(server: Simulator) -> None:
    found = requests.get(f"{server.url}/users/googlebot", timeout=10).json()["node_id"]
    assert len(query(server, NODES, ids=[found] * 100).json()["data"]["nodes"]) == 100
    refused = query(server, NODES, ids=[found] * 101).json()
    assert refused["errors"][0]["type"] == "ARGUMENT_LIMIT"
    assert "you provided 101" in refused["errors"][0]["message"]


def test_a_fault_that_comes_after_the_work_is_charged(server: Simulator) -> None:
    server.faults.replace([Rule("bad-gateway"), Rule("unavailable")])
    ask(server)
    assert server.usage.spent["core"] == 1
    server.faults.replace([Rule("unavailable")])
    ask(server)
    assert server.usage.spent["core"] == 1
    assert server.usage.described()["statuses"] == {"502": 1, "503": 1}


def test_a_plan_and_limits_hold_for_every_token(server: Simulator) -> None:
    server.budgets.restrict(Limits(core=1))
    assert [ask(server, who=name).status_code for name in ("a", "b", "a", "b")] == [200, 200, 403, 403]
