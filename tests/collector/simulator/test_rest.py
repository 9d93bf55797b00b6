import collections
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from collector.simulator.server import Simulator

TENSORFLOW = "/repos/tensorflow/tensorflow"
Pages = Callable[[str], list[Any]]
Ask = Callable[..., Any]


def test_paging_through_everything_finds_as_many_as_graphql_counts(pages: Pages, graphql: Ask) -> None:
    rows = pages(f"{TENSORFLOW}/issues?state=all&per_page=100")
    pulls = [row for row in rows if "pull_request" in row]
    counts = graphql(
        '{repository(owner:"tensorflow",name:"tensorflow"){issues{totalCount} pullRequests{totalCount}'
        " open: issues(states:[OPEN]){totalCount} merged: pullRequests(states:[MERGED]){totalCount}}}"
    )["data"]["repository"]
    assert len({row["number"] for row in rows}) == len(rows)
    assert len(rows) - len(pulls) == counts["issues"]["totalCount"]
    assert len(pulls) == counts["pullRequests"]["totalCount"] == len(pages(f"{TENSORFLOW}/pulls?state=all"))
    opened = [row for row in rows if row["state"] == "open" and "pull_request" not in row]
    assert len(opened) == counts["open"]["totalCount"]
    merged = [row for row in pulls if row["pull_request"]["merged_at"]]
    assert len(merged) == counts["merged"]["totalCount"]


def test_open_issues_count_is_what_paging_finds_open(
    pages: Pages, github: Simulator, session: requests.Session
) -> None:
    found = session.get(github.url + TENSORFLOW, timeout=10).json()
    assert found["open_issues_count"] == len(pages(f"{TENSORFLOW}/issues?state=open"))


def test_since_keeps_what_changed_later(pages: Pages) -> None:
    since = "2021-06-01T00:00:00Z"
    every = pages(f"{TENSORFLOW}/issues?state=all&per_page=100")
    later = pages(f"{TENSORFLOW}/issues?state=all&since={since}&sort=updated&direction=asc&per_page=50")
    assert {row["number"] for row in later} == {row["number"] for row in every if row["updated_at"] >= since}
    changed = [row["updated_at"] for row in later]
    assert changed == sorted(changed)


def test_a_page_past_ten_thousand_items_is_refused(github: Simulator, session: requests.Session) -> None:
    answer = session.get(f"{github.url}{TENSORFLOW}/issues?state=all&per_page=100&page=101", timeout=10)
    assert answer.status_code == 422


def test_comments_under_items_are_the_comments_of_the_repository(pages: Pages) -> None:
    every = pages(f"{TENSORFLOW}/issues/comments?per_page=100")
    items = pages(f"{TENSORFLOW}/issues?state=all&per_page=100")
    assert len(every) == sum(row["comments"] for row in items)
    by_issue = collections.Counter(row["issue_url"].rpartition("/")[2] for row in every)
    busiest = max(items, key=lambda row: row["comments"])
    number = busiest["number"]
    under = pages(f"{TENSORFLOW}/issues/{number}/comments?per_page=7")
    assert len(under) == busiest["comments"] == by_issue[str(number)]
    ids = [row["id"] for row in every]
    assert ids == sorted(set(ids))
    latest = {row["issue_url"].rpartition("/")[2]: row["created_at"] for row in every}
    assert all(latest.get(str(row["number"]), "") <= row["updated_at"] for row in items)


def test_reviews_and_remarks_agree(pages: Pages, github: Simulator, session: requests.Session) -> None:
    remarks = pages("/repos/keras-team/keras/pulls/comments?per_page=100")
    by_pull = collections.Counter(int(row["pull_request_url"].rpartition("/")[2]) for row in remarks)
    number, count = by_pull.most_common(1)[0]
    pull = session.get(f"{github.url}/repos/keras-team/keras/pulls/{number}", timeout=10).json()
    assert pull["review_comments"] == count
    reviews = {row["id"] for row in pages(f"/repos/keras-team/keras/pulls/{number}/reviews")}
    belonging = {row["pull_request_review_id"] for row in remarks if row["pull_request_url"] == pull["url"]}
    assert belonging <= reviews


def test_the_timeline_ends_with_how_the_item_stands(
    pages: Pages, github: Simulator, session: requests.Session
) -> None:
    closed = pages(f"{TENSORFLOW}/issues?state=closed&per_page=100")[0]
    events = pages(f"{TENSORFLOW}/issues/{closed['number']}/timeline")
    assert [row for row in events if row["event"] == "closed"][-1]["created_at"] == closed["closed_at"]
    assert len([row for row in events if row["event"] == "commented"]) == closed["comments"]
    labelled = {row["label"]["name"] for row in events if row["event"] == "labeled"}
    assert labelled == {row["name"] for row in closed["labels"]}


def test_star_history_adds_up_to_the_total_and_names_nobody(
    pages: Pages, github: Simulator, session: requests.Session
) -> None:
    weeks = pages(f"{TENSORFLOW}/stargazers/history")
    total = session.get(github.url + TENSORFLOW, timeout=10).json()["stargazers_count"]
    assert sum(week["total"] for week in weeks) == total
    assert all(week["total"] == sum(week["days"]) and len(week["days"]) == 7 for week in weeks)
    starts = [datetime.fromtimestamp(week["week"], UTC) for week in weeks]
    assert all(later - earlier == timedelta(days=7) for later, earlier in itertools.pairwise(starts))
    assert starts[0].strftime("%A") == "Sunday"
    assert starts[-1] <= datetime(2015, 11, 9, tzinfo=UTC) < starts[-1] + timedelta(days=7)
    first_page = session.get(f"{github.url}{TENSORFLOW}/stargazers/history?per_page=100", timeout=10).json()
    assert len(first_page) == 30
    assert session.get(f"{github.url}{TENSORFLOW}/stargazers", timeout=10).status_code == 403


def test_forks_are_as_many_as_the_repository_says(
    pages: Pages, github: Simulator, session: requests.Session
) -> None:
    forks = pages(f"{TENSORFLOW}/forks?per_page=100")
    assert len(forks) == session.get(github.url + TENSORFLOW, timeout=10).json()["forks_count"]
    assert len({row["id"] for row in forks}) == len(forks)


def test_a_release_thanks_people_who_committed_and_are_not_the_stewards(pages: Pages) -> None:
    releases = pages(f"{TENSORFLOW}/releases?per_page=100")
    tags = {row["tag_name"]: row["published_at"] for row in releases}
    assert tags["v1.0.0"].startswith("2017-02-15")
    assert any("Thanks to our Contributors" in row["body"] for row in releases)


def test_search_counts_what_its_parts_count(github: Simulator, session: requests.Session) -> None:
    def count(text: str) -> int:
        answer = session.get(f"{github.url}/search/repositories", params={"q": text}, timeout=30)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["total_count"])

    whole = count("topic:tensorflow")
    parts = [
        count("topic:tensorflow created:<2018-01-01"),
        count("topic:tensorflow created:2018-01-01..2019-12-31"),
        count("topic:tensorflow created:>2019-12-31"),
    ]
    assert sum(parts) == whole > 100
    assert count("topic:tensorflow stars:>=5") + count("topic:tensorflow stars:0..4") == whole


def test_search_finds_what_it_was_asked_for(github: Simulator, session: requests.Session) -> None:
    answer = session.get(
        f"{github.url}/search/repositories",
        params={"q": "topic:tensorflow language:python stars:>1", "sort": "stars", "per_page": 100},
        timeout=30,
    ).json()
    stars = [row["stargazers_count"] for row in answer["items"]]
    assert stars == sorted(stars, reverse=True)
    assert all("tensorflow" in row["topics"] and row["language"] == "Python" for row in answer["items"])
    assert all(star > 1 for star in stars)


def test_an_account_is_found_by_login_and_by_number(
    pages: Pages, github: Simulator, session: requests.Session
) -> None:
    author = next(row["user"] for row in pages(f"{TENSORFLOW}/issues?state=all") if row["user"])
    by_login = session.get(f"{github.url}/users/{author['login']}", timeout=10).json()
    by_number = session.get(f"{github.url}/user/{author['id']}", timeout=10).json()
    assert by_login == by_number
    assert {"company", "location", "bio", "created_at", "email"} <= by_login.keys()


def test_apps_wear_bot_in_rest_and_plain_accounts_do_not(pages: Pages) -> None:
    logins = {
        row["user"]["login"]: row["user"]["type"]
        for row in pages(f"{TENSORFLOW}/issues/comments?per_page=100")
        if row["user"]
    }
    assert logins["googlebot"] == "User"
    assert logins["google-ml-butler[bot]"] == "Bot"


def test_links_name_the_repository_by_number(github: Simulator, session: requests.Session) -> None:
    answer = session.get(f"{github.url}{TENSORFLOW}/issues?state=all", timeout=10)
    following = answer.links["next"]["url"]
    assert following.startswith(f"{github.url}/repositories/45717250/issues?")
    assert "after=" in following
    assert session.get(following, timeout=10).json()[0]["number"] < answer.json()[-1]["number"]
