import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from collector.simulator.faults import Plan, Rule
from collector.simulator.interventions import InterventionError
from collector.simulator.server import Simulator
from tests.collector.simulator.conftest import NOW

NAME = "tensorflow/tensorflow"
OTHER = "tensorflow/serving"
NODE = "query($id: ID!) { node(id: $id) { id } }"
ISSUE = """query($number: Int!) { repository(owner: "tensorflow", name: "tensorflow") {
  issue(number: $number) { number title closed locked updatedAt timelineItems(first: 50) { nodes {
    __typename ... on ConvertedToDiscussionEvent { createdAt } } } } } }"""


@pytest.fixture
def server() -> Iterator[Simulator]:
    with Simulator(scale=0.002, seed=3, now=NOW) as running:
        yield running


@pytest.fixture
def get(server: Simulator) -> Callable[..., requests.Response]:
    def ask(path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": "token mine"}
        return requests.get(server.url + path, headers=headers, timeout=10, **more)

    return ask


@pytest.fixture
def ask(server: Simulator) -> Callable[..., Any]:
    def post(query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        headers = {"Authorization": "token mine"}
        return requests.post(f"{server.url}/graphql", json=body, headers=headers, timeout=10).json()

    return post


@pytest.fixture
def order(server: Simulator) -> Callable[..., requests.Response]:
    def patch(path: str, **wanted: Any) -> requests.Response:
        return requests.patch(f"{server.url}/_simulator/{path}", json=wanted, timeout=10)

    return patch


def open_issues(get: Callable[..., requests.Response], name: str = NAME) -> list[dict[str, Any]]:
    rows = get(f"/repos/{name}/issues?state=open&per_page=100").json()
    return [row for row in rows if "pull_request" not in row]


def names(ask: Callable[..., Any], name: str) -> Any:
    query = (
        "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { nameWithOwner } }"
    )
    owner, _, short = name.partition("/")
    return ask(query, owner=owner, name=short)


def test_a_renamed_repository_is_found_under_both_names(
    server: Simulator, get: Callable[..., Any], ask: Callable[..., Any], tmp_path: Path
) -> None:
    number = get(f"/repos/{OTHER}").json()["id"]
    server.interventions.rename(OTHER, "keras-team/served")
    redirect = get(f"/repos/{OTHER}/issues?state=all&per_page=2", allow_redirects=False)
    assert redirect.status_code == 301
    assert redirect.headers["Location"] == (f"{server.url}/repositories/{number}/issues?state=all&per_page=2")
    assert len(get(f"/repos/{OTHER}/issues?state=all&per_page=2").json()) == 2
    for found in (get(f"/repos/{OTHER}").json(), get("/repos/keras-team/served").json()):
        assert (found["id"], found["full_name"], found["name"]) == (number, "keras-team/served", "served")
        assert found["owner"]["login"] == "keras-team"
    for name in (OTHER, "Keras-Team/Served"):
        assert names(ask, name)["data"]["repository"]["nameWithOwner"] == "keras-team/served"
    subprocess.run(
        ["git", "clone", "-q", f"{server.url}/keras-team/served.git", str(tmp_path / "clone")], check=True
    )


def test_a_former_name_can_be_taken(server: Simulator, get: Callable[..., Any]) -> None:
    model = get("/repos/tensorflow/models").json()["id"]
    server.interventions.rename(OTHER, "tensorflow/served")
    with pytest.raises(InterventionError, match="There is a repository tensorflow/served already"):
        server.interventions.rename("tensorflow/models", "tensorflow/served")
    server.interventions.rename("tensorflow/models", OTHER)
    assert get(f"/repos/{OTHER}", allow_redirects=False).json()["id"] == model


def test_a_rename_does_not_rewrite_history(server: Simulator, get: Callable[..., Any]) -> None:
    before = [row["sha"] for row in get(f"/repos/{OTHER}/commits?per_page=100").json()]
    with Simulator(scale=0.002, seed=3, now=NOW) as fresh:
        author = get(f"/repos/{OTHER}/commits?per_page=100").json()[0]["author"]["login"]
        fresh.interventions.rename(OTHER, "tensorflow/served")
        fresh.interventions.rename_user(author, "somebody-else")
        address = f"{fresh.url}/repos/tensorflow/served/commits?per_page=100"
        assert [row["sha"] for row in requests.get(address, timeout=10).json()] == before


@pytest.mark.parametrize("state", ["private", "deleted"])
def test_a_private_or_deleted_repository_is_not_there(
    get: Callable[..., Any], ask: Callable[..., Any], order: Callable[..., Any], state: str
) -> None:
    assert order(f"repositories/{OTHER}", state=state).status_code == 200
    assert get(f"/repos/{OTHER}").status_code == get(f"/repos/{OTHER}/issues").status_code == 404
    answer = names(ask, OTHER)
    assert answer["data"] == {"repository": None}
    assert answer["errors"][0]["type"] == "NOT_FOUND"
    assert get(f"/{OTHER}.git/info/refs?service=git-upload-pack").status_code == 404
    found = get("/search/repositories?q=repo:tensorflow/serving").json()
    assert found["total_count"] == 0
    assert order(f"repositories/{OTHER}", state="public").status_code == 200
    assert get(f"/repos/{OTHER}").status_code == 200


@pytest.mark.parametrize(("reason", "status"), [("dmca", 451), ("tos", 403)])
def test_a_blocked_repository_says_why(
    get: Callable[..., Any], ask: Callable[..., Any], order: Callable[..., Any], reason: str, status: int
) -> None:
    number = get(f"/repos/{OTHER}").json()["id"]
    order(f"repositories/{OTHER}", state="blocked", reason=reason)
    for path in (f"/repos/{OTHER}", f"/repos/{OTHER}/issues", f"/repositories/{number}"):
        answer = get(path)
        assert answer.status_code == status
        assert answer.json()["message"] == "Repository access blocked"
        assert answer.json()["block"]["reason"] == reason
    assert names(ask, OTHER)["errors"][0]["message"] == "Repository access blocked"


def test_a_deleted_issue_is_gone_everywhere(
    server: Simulator, get: Callable[..., Any], ask: Callable[..., Any], pages: Callable[..., Any]
) -> None:
    issue = max(open_issues(get), key=lambda row: int(row["comments"]))
    number, node = issue["number"], issue["node_id"]
    remark = get(f"/repos/{NAME}/issues/{number}/comments").json()[0]
    counted = get(f"/repos/{NAME}").json()["open_issues_count"]
    total = 'query { repository(owner: "tensorflow", name: "tensorflow") { issues { totalCount } } }'
    before = ask(total)["data"]["repository"]["issues"]["totalCount"]
    server.interventions.delete_issue(NAME, number)
    for path in ("", "/comments", "/timeline"):
        answer = get(f"/repos/{NAME}/issues/{number}{path}")
        assert (answer.status_code, answer.json()["message"]) == (410, "This issue was deleted")
    answer = ask(ISSUE, number=number)
    assert answer["data"]["repository"]["issue"] is None
    assert answer["errors"][0]["type"] == "NOT_FOUND"
    assert ask(NODE, id=node)["data"]["node"] is None
    assert ask(NODE, id=remark["node_id"])["data"]["node"] is None
    assert number not in [row["number"] for row in open_issues(get)]
    assert get(f"/repos/{NAME}").json()["open_issues_count"] == counted - 1
    assert ask(total)["data"]["repository"]["issues"]["totalCount"] == before - 1
    assert ask(ISSUE, number=number - 1).get("data")
    with pytest.raises(InterventionError, match="has been deleted already"):
        server.interventions.delete_issue(NAME, number)


def test_comments_of_a_deleted_issue_leave_the_list_of_all(
    server: Simulator, get: Callable[..., Any]
) -> None:
    def listed() -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        address: str | None = f"/repos/{NAME}/issues/comments?per_page=100"
        while address:
            answer = get(address)
            rows += answer.json()
            address = answer.links.get("next", {}).get("url", "").removeprefix(server.url)
        return rows

    before = listed()
    issue = max(open_issues(get), key=lambda row: int(row["comments"]))
    server.interventions.delete_issue(NAME, issue["number"])
    left = [row["id"] for row in before if not row["issue_url"].endswith(f"/issues/{issue['number']}")]
    assert [row["id"] for row in listed()] == left
    assert len(left) == len(before) - issue["comments"]
    rest = "query($id: ID!) { node(id: $id) { ... on IssueComment { databaseId } } }"
    body = {"query": rest, "variables": {"id": before[-1]["node_id"]}}
    answer = requests.post(
        f"{server.url}/graphql", json=body, headers={"Authorization": "token mine"}, timeout=10
    )
    assert answer.json()["data"]["node"]["databaseId"] == before[-1]["id"]


def test_a_transferred_issue_leads_to_its_new_self(
    get: Callable[..., Any], ask: Callable[..., Any], order: Callable[..., Any]
) -> None:
    number = open_issues(get)[0]["number"]
    there = open_issues(get, OTHER)[0]
    assert order(
        f"repositories/{NAME}/issues/{number}", state="transferred", to=OTHER, number=there["number"]
    ).json()["done"]
    redirect = get(f"/repos/{NAME}/issues/{number}", allow_redirects=False)
    assert redirect.status_code == 301
    assert get(f"/repos/{NAME}/issues/{number}").json()["id"] == there["id"]
    assert isinstance(get(f"/repos/{NAME}/issues/{number}/comments").json(), list)
    assert ask(ISSUE, number=number)["errors"][0]["type"] == "NOT_FOUND"
    events = get(f"/repos/{OTHER}/issues/{there['number']}/timeline?per_page=100").json()
    assert "transferred" in [event["event"] for event in events]
    query = """query($number: Int!) { repository(owner: "tensorflow", name: "serving") {
      issue(number: $number) { timelineItems(first: 9, itemTypes: [TRANSFERRED_EVENT]) { nodes {
        ... on TransferredEvent { fromRepository { nameWithOwner } } } } } } }"""
    nodes = ask(query, number=there["number"])["data"]["repository"]["issue"]["timelineItems"]["nodes"]
    assert nodes == [{"fromRepository": {"nameWithOwner": NAME}}]
    order(f"repositories/{OTHER}", state="private")
    assert get(f"/repos/{NAME}/issues/{number}").status_code == 404


def test_an_issue_turned_into_a_discussion_stays_closed_and_locked(
    get: Callable[..., Any], ask: Callable[..., Any], order: Callable[..., Any]
) -> None:
    number = open_issues(get)[0]["number"]
    order(f"repositories/{NAME}/issues/{number}", state="discussion")
    found = get(f"/repos/{NAME}/issues/{number}").json()
    assert (found["state"], found["locked"], found["closed_at"]) == ("closed", True, "2026-11-01T12:00:00Z")
    issue = ask(ISSUE, number=number)["data"]["repository"]["issue"]
    assert (issue["closed"], issue["locked"], issue["updatedAt"]) == (True, True, "2026-11-01T12:00:00Z")
    kinds = [node["__typename"] for node in issue["timelineItems"]["nodes"]]
    assert kinds[-2:] == ["ClosedEvent", "ConvertedToDiscussionEvent"]


def test_a_touched_item_moves_to_the_front(get: Callable[..., Any], order: Callable[..., Any]) -> None:
    rows = get(f"/repos/{NAME}/issues?state=all&sort=updated&per_page=100").json()
    last = rows[-1]["number"]
    order(f"repositories/{NAME}/issues/{last}", touched=True, title="Another title")
    first = get(f"/repos/{NAME}/issues?state=all&sort=updated&per_page=1").json()[0]
    assert (first["number"], first["title"]) == (last, "Another title")
    assert first["updated_at"] == "2026-11-01T12:00:00Z"
    since = get(f"/repos/{NAME}/issues?state=all&since=2026-11-01T12:00:00Z").json()
    assert last in [row["number"] for row in since]


def test_items_may_move_while_pages_turn(server: Simulator, get: Callable[..., Any]) -> None:
    address = f"/repos/{NAME}/issues?state=all&sort=updated&direction=desc&per_page=20"
    before = [row["number"] for row in get(address).json()]
    server.faults.replace([Rule("touched", path="*/issues", items=5)])
    after = [row["number"] for row in get(address).json()]
    assert before != after
    assert server.faults.happened == 1
    assert get(address).json()[0]["updated_at"] == "2026-11-01T12:00:00Z"


def test_a_login_can_be_renamed_and_reused(
    server: Simulator, get: Callable[..., Any], ask: Callable[..., Any], order: Callable[..., Any]
) -> None:
    rows = get(f"/repos/{NAME}/issues?state=all&per_page=100").json()
    people = {
        row["user"]["login"]: row["user"] for row in rows if row["user"] and row["user"]["type"] == "User"
    }
    (first, one), (second, other) = list(people.items())[:2]
    assert order(f"users/{first}", login=second).status_code == 422  # it is taken
    order(f"users/{first}", login="renamed-account")
    assert get(f"/users/{first}").status_code == 404
    assert get("/users/renamed-account").json()["id"] == one["id"]
    order(f"users/{second}", login=first)
    assert get(f"/users/{first}").json()["id"] == other["id"]
    again = get(f"/repos/{NAME}/issues?state=all&per_page=100").json()
    logins = {row["user"]["id"]: row["user"]["login"] for row in again if row["user"]}
    assert logins[one["id"]] == "renamed-account"
    assert logins[other["id"]] == first
    query = "query($id: ID!) { node(id: $id) { ... on User { login databaseId } } }"
    assert ask(query, id=one["node_id"])["data"]["node"] == {
        "login": "renamed-account",
        "databaseId": one["id"],
    }


def test_a_deleted_account_has_written_nothing_that_names_it(
    get: Callable[..., Any], ask: Callable[..., Any], order: Callable[..., Any]
) -> None:
    row = next(row for row in open_issues(get) if row["user"])
    order(f"users/{row['user']['login']}", state="deleted")
    assert get(f"/repos/{NAME}/issues/{row['number']}").json()["user"]["login"] == "ghost"
    assert get(f"/users/{row['user']['login']}").status_code == 404
    assert ask(NODE, id=row["user"]["node_id"])["errors"][0]["type"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("path", "wanted", "words"),
    [
        ("repositories/nobody/nothing", {"state": "private"}, "There is no repository nobody/nothing."),
        (f"repositories/{NAME}", {"state": "sold"}, "state cannot be set here; give name (OWNER/NAME)"),
        (f"repositories/{NAME}", {"name": "tensor"}, "'tensor' is no name of a repository"),
        (
            f"repositories/{NAME}/issues/99999999",
            {"state": "deleted"},
            "has no issue or pull request 99999999",
        ),
        (f"repositories/{NAME}/issues/1", {}, "Nothing cannot be set here"),
        ("users/nobody-at-all", {"state": "deleted"}, "There is no account nobody-at-all."),
    ],
)
def test_what_cannot_be_done_is_said(
    order: Callable[..., Any], path: str, wanted: dict[str, Any], words: str
) -> None:
    answer = order(path, **wanted)
    assert answer.status_code == 422
    assert words in answer.json()["message"]


def test_pull_requests_are_deleted_at_most(server: Simulator, get: Callable[..., Any]) -> None:
    number = get(f"/repos/{NAME}/pulls?state=all").json()[0]["number"]
    with pytest.raises(InterventionError, match="is a pull request"):
        server.interventions.convert_issue(NAME, number)
    server.interventions.delete_issue(NAME, number)
    assert get(f"/repos/{NAME}/pulls/{number}").status_code == 410
    assert number not in [item["number"] for item in get(f"/repos/{NAME}/pulls?state=all").json()]
    about = f"/repos/{NAME}/pulls/{number}"
    remarks = get(f"/repos/{NAME}/pulls/comments?per_page=100").json()
    assert not [remark for remark in remarks if remark["pull_request_url"].endswith(about)]


def test_a_plan_may_start_with_the_server() -> None:
    with Simulator(scale=0.001, now=NOW, faults=Plan([Rule("gone")])) as server:
        assert requests.get(server.url + "/meta", timeout=10).status_code == 410
