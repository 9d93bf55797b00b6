from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import requests

from collector.simulator.limits import Limits
from collector.simulator.server import Simulator

Ask = Callable[..., Any]

PULLS = """
query($after: String) {
  repository(owner: "tensorflow", name: "tensorflow") {
    pullRequests(first: 50, after: $after, orderBy: {field: UPDATED_AT, direction: ASC}) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes {
        databaseId number updatedAt state merged
        author { __typename login ... on User { databaseId } ... on Bot { databaseId } }
        mergeCommit { oid }
        comments(first: 100) { totalCount nodes { databaseId createdAt } }
        reviews(first: 100) { totalCount nodes { databaseId state comments { totalCount } } }
        timelineItems(first: 10, itemTypes: [CLOSED_EVENT]) {
          nodes { ... on ClosedEvent { actor { login } closer { __typename ... on Commit { oid } } } }
        }
      }
    }
  }
}
"""


def every_pull(graphql: Ask) -> tuple[list[Any], int]:
    rows: list[Any] = []
    after = None
    while True:
        answer = graphql(PULLS, after=after)
        assert "errors" not in answer, answer["errors"]
        connection = answer["data"]["repository"]["pullRequests"]
        rows += connection["nodes"]
        if not connection["pageInfo"]["hasNextPage"]:
            return rows, connection["totalCount"]
        after = connection["pageInfo"]["endCursor"]


def test_following_cursors_finds_every_pull_request_once_in_order(graphql: Ask) -> None:
    rows, total = every_pull(graphql)
    assert len(rows) == total == len({row["number"] for row in rows})
    changed = [row["updatedAt"] for row in rows]
    assert changed == sorted(changed)


def test_copybara_closes_pull_requests_it_lands_without_the_merged_flag(graphql: Ask) -> None:
    rows, _ = every_pull(graphql)
    landed = [
        row
        for row in rows
        if not row["merged"]
        and any((each["closer"] or {}).get("oid") for each in row["timelineItems"]["nodes"])
    ]
    assert landed
    assert all(row["state"] == "CLOSED" and row["mergeCommit"] is None for row in landed)


def test_what_nests_agrees_with_rest(graphql: Ask, github: Simulator, session: requests.Session) -> None:
    rows, _ = every_pull(graphql)
    row = max(rows, key=lambda each: each["reviews"]["totalCount"])
    address = f"{github.url}/repos/tensorflow/tensorflow"
    reviews = session.get(f"{address}/pulls/{row['number']}/reviews?per_page=100", timeout=10).json()
    assert [each["databaseId"] for each in row["reviews"]["nodes"]] == [each["id"] for each in reviews]
    comments = session.get(f"{address}/issues/{row['number']}/comments?per_page=100", timeout=10).json()
    assert [each["databaseId"] for each in row["comments"]["nodes"]] == [each["id"] for each in comments]


def test_an_app_is_a_bot_without_the_suffix(graphql: Ask) -> None:
    rows, _ = every_pull(graphql)
    bots = {row["author"]["login"] for row in rows if row["author"] and row["author"]["__typename"] == "Bot"}
    assert "copybara-service" in bots
    assert not any(login.endswith("[bot]") for login in bots)


def test_a_deleted_account_is_nobody(graphql: Ask, github: Simulator) -> None:
    population = github.community.population
    repository = github.community.repository("tensorflow/tensorflow")
    assert repository is not None
    gone = [
        int(number)
        for number, author, pull in zip(
            repository.items.number, repository.items.author, repository.items.is_pull, strict=True
        )
        if population.people[author].gone and not pull
    ]
    for number in gone[:3]:
        answer = graphql(
            """query($n: Int!) { repository(owner: "tensorflow", name: "tensorflow") {
              issue(number: $n) { author { login } } } }""",
            n=number,
        )
        assert answer["data"]["repository"]["issue"]["author"] is None
    assert gone, "the community of this seed has nobody whose account is gone"


def test_the_cost_is_githubs_documented_sum(graphql: Ask) -> None:
    # As in GitHub's own example: 1 request for the hundred, 100 for their fifties, 5,000 for the sixties.
    query = """{
      rateLimit { cost nodeCount }
      repository(owner: "tensorflow", name: "tensorflow") {
        pullRequests(first: 100) { nodes {
          reviews(first: 50) { nodes { comments(first: 60) { nodes { id } } } } } }
      }
    }"""
    limit = graphql(query)["data"]["rateLimit"]
    assert limit == {"cost": round((1 + 100 + 100 * 50) / 100), "nodeCount": 100 + 100 * 50 + 100 * 50 * 60}


def test_a_small_query_costs_a_point(graphql: Ask) -> None:
    one = graphql("{rateLimit{cost used}}")["data"]["rateLimit"]
    two = graphql("{rateLimit{cost used}}")["data"]["rateLimit"]
    assert (one["cost"], two["used"] - one["used"]) == (1, 1)


def test_more_than_a_hundred_at_once_is_refused(graphql: Ask) -> None:
    answer = graphql('{repository(owner:"tensorflow",name:"tensorflow"){issues(first:101){nodes{id}}}}')
    assert answer["errors"][0]["type"] == "EXCESSIVE_PAGINATION"
    assert "data" not in answer


def test_a_list_needs_a_size(graphql: Ask) -> None:
    answer = graphql('{repository(owner:"tensorflow",name:"tensorflow"){issues{nodes{id}}}}')
    assert answer["errors"][0]["type"] == "MISSING_PAGINATION_BOUNDARIES"


def test_more_than_half_a_million_nodes_are_refused(graphql: Ask) -> None:
    query = """{repository(owner:"tensorflow",name:"tensorflow"){
      pullRequests(first:100){nodes{reviews(first:100){nodes{comments(first:100){nodes{id}}}}}}}}"""
    assert graphql(query)["errors"][0]["type"] == "MAX_NODE_LIMIT_EXCEEDED"


def test_an_exhausted_budget_answers_200_with_errors(session: requests.Session) -> None:
    with Simulator(scale=0.001, now=datetime(2026, 1, 1, tzinfo=UTC), limits=Limits(graphql=2)) as small:
        query = {"query": "{rateLimit{remaining}}"}
        answers = [session.post(f"{small.url}/graphql", json=query, timeout=10) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[1].json()["data"]["rateLimit"]["remaining"] == 0
    assert answers[2].json()["errors"][0]["type"] == "RATE_LIMITED"
    assert answers[2].headers["X-RateLimit-Remaining"] == "0"


def test_what_is_not_there_is_null_with_an_error(graphql: Ask) -> None:
    answer = graphql('{repository(owner:"nobody",name:"nothing"){id}}')
    assert answer["data"] == {"repository": None}
    assert answer["errors"][0]["type"] == "NOT_FOUND"
    assert answer["errors"][0]["path"] == ["repository"]


def test_an_unknown_field_is_refused_before_it_costs(graphql: Ask) -> None:
    before = graphql("{rateLimit{used}}")["data"]["rateLimit"]["used"]
    assert "errors" in graphql("{nonsense}")
    assert graphql("{rateLimit{used}}")["data"]["rateLimit"]["used"] == before + 1


def test_things_are_found_again_by_their_ids(graphql: Ask) -> None:
    found = graphql(
        """{repository(owner:"tensorflow",name:"tensorflow"){id
          issues(first:1){nodes{id number author{... on User{id}} comments(first:1){nodes{id databaseId}}}}
          pullRequests(last:1){nodes{id number}}}}"""
    )["data"]["repository"]
    issue, pull = found["issues"]["nodes"][0], found["pullRequests"]["nodes"][0]
    answer = graphql(
        """query($ids:[ID!]!){nodes(ids:$ids){__typename id
          ... on Issue{number} ... on PullRequest{number} ... on Repository{nameWithOwner}}}""",
        ids=[found["id"], issue["id"], pull["id"]],
    )["data"]["nodes"]
    assert [each["__typename"] for each in answer] == ["Repository", "Issue", "PullRequest"]
    assert (answer[1]["number"], answer[2]["number"]) == (issue["number"], pull["number"])


def test_history_counts_add_up_over_the_years(graphql: Ask) -> None:
    years = " ".join(
        f'y{year}: history(since:"{year}-01-01T00:00:00Z", until:"{year}-12-31T23:59:59Z"){{totalCount}}'
        for year in range(2001, 2027)
    )
    for owner, name in (("torvalds", "linux"), ("llvm", "llvm-project"), ("keras-team", "keras")):
        query = """query($o: String!, $n: String!) { repository(owner: $o, name: $n) {
          defaultBranchRef { target { ... on Commit { history { totalCount } YEARS } } } } }"""
        answer = graphql(query.replace("YEARS", years), o=owner, n=name)
        counted = answer["data"]["repository"]["defaultBranchRef"]["target"]
        whole = counted.pop("history")["totalCount"]
        assert sum(each["totalCount"] for each in counted.values()) == whole > 50


def test_search_counts_like_rest(graphql: Ask, github: Simulator, session: requests.Session) -> None:
    text = "topic:tensorflow created:2018-01-01..2018-12-31"
    answer = graphql(
        """query($q: String!) { search(type: REPOSITORY, query: $q, first: 100) {
          repositoryCount nodes { ... on Repository { databaseId } } } }""",
        q=text,
    )["data"]["search"]
    rest = session.get(
        f"{github.url}/search/repositories", params={"q": text, "per_page": 100}, timeout=30
    ).json()
    assert answer["repositoryCount"] == rest["total_count"]
    assert [each["databaseId"] for each in answer["nodes"]] == [each["id"] for each in rest["items"]]
