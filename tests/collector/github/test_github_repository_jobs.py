"""What is told of a repository: description and totals, releases, stars a day, commits a month."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.github.client import GitHub
from collector.github.releases import credited_contributors
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from collector.simulator.server import Simulator
from db.engine import writing
from db.repositories import repository_id_for
from db.schema import table
from db.upsert import upsert

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
CORE = "tensorflow/tensorflow"
Collect = Callable[..., Progress]
RowsOf = Callable[[Engine, str], list[dict[str, Any]]]


@contextmanager
def changed(change: Callable[[Request, Response], Response]) -> Iterator[GitHub]:
    """A GitHub whose answers are changed on their way."""

    def layer(request: Request, handler: Handler) -> Response:
        return change(request, handler(request))

    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[layer]) as server:
        github = GitHub(server.url, ["a-token"], sleep=lambda _: None)
        yield github
        github.close()


def one(rows: list[dict[str, Any]], full_name: str) -> dict[str, Any]:
    (row,) = [row for row in rows if row["full_name"] == full_name]
    return row


def test_a_repository_is_described_with_its_totals_and_the_days_popularity(
    engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    assert collect(engine, github, "repositories").state == "done"
    row = one(rows_of(engine, "repositories"), CORE)
    rest = github.get(f"/repos/{CORE}").data
    assert row["github_id"] == rest["id"]
    assert (row["role"], row["state"], row["simulated"]) == ("core", "alive", True)
    assert (row["stars"], row["forks"]) == (rest["stargazers_count"], rest["forks_count"])
    assert row["watchers"] == rest["subscribers_count"]
    assert row["topics"] == " ".join(sorted(rest["topics"]))
    assert (row["default_branch"], row["clone_url"]) == (rest["default_branch"], rest["clone_url"])
    assert row["license"] == "Apache-2.0"
    assert f"{row['created_at']:%Y-%m-%dT%H:%M:%SZ}" == rest["created_at"]

    def count(path: str, **parameters: Any) -> int:
        return sum(len(answer.data) for answer, _ in github.pages(f"/repos/{CORE}/{path}", parameters))

    assert row["pull_requests_total"] == count("pulls", state="all")
    assert row["issues_total"] == count("issues", state="all") - row["pull_requests_total"]
    assert row["commits_total"] == count("commits")
    written_in = {each["language"]: each["bytes"] for each in rows_of(engine, "repository_languages")}
    assert written_in == github.get(f"/repos/{CORE}/languages").data
    assert {each["day"] for each in rows_of(engine, "repository_languages")} == {date(2026, 11, 1)}
    (snapshot,) = rows_of(engine, "popularity")
    assert (snapshot["day"], snapshot["source"]) == (NOW.date(), "snapshot")
    assert (snapshot["stars"], snapshot["forks"]) == (row["stars"], row["forks"])


def test_a_repository_that_has_not_changed_costs_no_request_and_still_has_its_day(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    with Simulator(scale=0.001, seed=3, now=NOW) as server:
        github = GitHub(server.url, ["a-token"], sleep=lambda _: None)

        def again(days: int) -> tuple[dict[str, int], dict[str, Any]]:
            server.usage.reset()
            ended = collect(sqlite_engine, github, "repositories", now=NOW + timedelta(days=days))
            assert ended.state == "done"
            return server.usage.described()["statuses"], one(rows_of(sqlite_engine, "repositories"), CORE)

        first = again(0)
        (answers, row) = again(1)
        assert answers == {"200": 1, "304": 1}
        assert server.usage.described()["spent"] == {"graphql": 1}
        assert row == first[1] | {"seen_at": NOW + timedelta(days=1)}
        stars = {each["day"]: each["stars"] for each in rows_of(sqlite_engine, "popularity")}
        assert stars == dict.fromkeys((NOW.date(), NOW.date() + timedelta(days=1)), row["stars"])
        assert again(7)[0] == {"200": 2}, "once a week the whole is read"
        assert again(8)[0] == {"200": 1, "304": 1}

        server.interventions.hide(CORE)
        assert again(9)[1]["state"] == "deleted"
        server.interventions.restore(CORE)
        assert again(10)[1]["state"] == "alive"
        github.close()


def test_an_etag_goes_with_the_token_that_it_came_with_or_not_at_all() -> None:
    asked: list[tuple[str | None, str]] = []

    def listen(request: Request, response: Response) -> Response:
        asked.append((request.token, request.headers.get("if-none-match", "")))
        return response

    with changed(listen) as github:
        both = GitHub(github.url, ["a-token", "another"])
        tag = github.get(f"/repos/{CORE}").tag
        assert tag is not None
        assert "a-token" not in tag
        for _ in range(3):
            assert both.get(f"/repos/{CORE}", tag=tag).status == 304
        others = GitHub(github.url, ["another"])
        assert others.get(f"/repos/{CORE}", tag=tag).status == 200
        assert others.get(f"/repos/{CORE}", tag='W/"of an older version"').status == 200
        both.close()
        others.close()
    etag = tag.partition(" ")[2]
    assert asked == [("a-token", ""), *[("a-token", etag)] * 3, *[("another", "")] * 2]


@pytest.mark.parametrize(
    ("status", "message", "state"),
    [
        (404, "Not Found", "deleted"),
        (451, "Repository access blocked", "blocked"),
        (403, "Repository access blocked", "blocked"),
        (403, "Resource not accessible", "private"),
    ],
)
def test_a_repository_that_does_not_answer_gets_a_state_and_keeps_what_is_known(
    sqlite_engine: Engine,
    github: GitHub,
    collect: Collect,
    rows_of: RowsOf,
    status: int,
    message: str,
    state: str,
) -> None:
    collect(sqlite_engine, github, "repositories")
    before = one(rows_of(sqlite_engine, "repositories"), CORE)
    gone = Response(status, json.dumps({"message": message}).encode())
    with changed(lambda *_: gone) as other:
        assert collect(sqlite_engine, other, "repositories", now=NOW + timedelta(days=1)).state == "done"
    after = one(rows_of(sqlite_engine, "repositories"), CORE)
    assert after == {**before, "state": state, "seen_at": NOW + timedelta(days=1)}
    assert len(rows_of(sqlite_engine, "popularity")) == 1
    back = NOW + timedelta(days=2)
    collect(sqlite_engine, github, "repositories", now=back)
    assert one(rows_of(sqlite_engine, "repositories"), CORE) == {**before, "seen_at": back}


def test_a_renamed_repository_keeps_its_id_and_takes_its_new_name(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "repositories")
    number = one(rows_of(sqlite_engine, "repositories"), CORE)["repository_id"]
    namesake = {
        "repository_id": repository_id_for("tensorflow/flow"),
        "full_name": "tensorflow/flow",
        "role": "use_case",
    }
    use_case = {
        "repository_id": namesake["repository_id"],
        "domain": "other",
        "platform": "other",
        "cloud": "none_stated",
        "evidence": "",
        "confidence": 0.0,
        "found_by": "topic:tensorflow",
        "day": NOW.date(),
        "active_day": None,
        "found_at": NOW,
    }
    with writing(sqlite_engine).begin() as connection:
        upsert(connection, table("repositories"), [namesake])
        upsert(connection, table("use_cases"), [use_case])

    def rename(request: Request, answer: Response) -> Response:
        if request.path == f"/repos/{CORE}":
            moved = f"{request.root}/repositories/{github_id}"
            return Response(301, b'{"message": "Moved Permanently"}', {"Location": moved})
        answer.body = answer.body.replace(
            b'"full_name":"tensorflow/tensorflow"', b'"full_name":"tensorflow/flow"'
        )
        return answer

    github_id = github.get(f"/repos/{CORE}").data["id"]
    with changed(rename) as other:
        assert collect(sqlite_engine, other, "repositories").state == "done"
    row = one(rows_of(sqlite_engine, "repositories"), "tensorflow/flow")
    assert (row["repository_id"], row["github_id"], row["role"]) == (number, github_id, "core")
    assert rows_of(sqlite_engine, "use_cases") == []


def test_two_names_of_one_repository_are_told_in_a_sentence(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "repositories")
    before = rows_of(sqlite_engine, "repositories")

    def moved(request: Request, answer: Response) -> Response:
        if request.path != "/repos/keras-team/keras":
            return answer
        return Response(
            301, b'{"message": "Moved Permanently"}', {"Location": f"{request.root}/repos/{CORE}"}
        )

    with changed(moved) as other:
        ended = collect(sqlite_engine, other, "repositories", "keras-team/keras")
    assert (ended.state, ended.error) == (
        "failed",
        f"keras-team/keras: is the same repository as {CORE} by now",
    )
    assert ended.next_step == "Take one of the two names out of [repositories] in flowmeter.toml"
    assert rows_of(sqlite_engine, "repositories") == before


def test_a_name_that_was_given_to_another_repository_does_not_mislead(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    collect(sqlite_engine, github, "repositories")
    github_id = one(rows_of(sqlite_engine, "repositories"), CORE)["github_id"]

    def usurp(request: Request, answer: Response) -> Response:
        if request.path == f"/repos/{CORE}":
            data = json.loads(answer.body)
            answer.body = json.dumps({**data, "id": 1, "stargazers_count": 0}).encode()
        return answer

    with changed(usurp) as other:
        collect(sqlite_engine, other, "repositories")
    row = one(rows_of(sqlite_engine, "repositories"), CORE)
    assert row["github_id"] == github_id
    assert row["stars"] > 0


def test_releases_are_held_as_github_lists_them_and_asked_for_again_only_when_they_change(
    sqlite_engine: Engine, new_engine: Callable[[], Engine], github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    first = collect(sqlite_engine, github, "releases")
    listed = [item for answer, _ in github.pages(f"/repos/{CORE}/releases") for item in answer.data]
    held = {row["tag"]: row for row in rows_of(sqlite_engine, "releases")}
    assert first.requests >= 1
    assert held.keys() == {item["tag_name"] for item in listed}
    for item in listed:
        row = held[item["tag_name"]]
        assert (row["github_id"], row["prerelease"]) == (item["id"], item["prerelease"])
        assert row["day"].isoformat() == item["published_at"][:10]
    assert any(row["credited_contributors"] for row in held.values())
    second = collect(sqlite_engine, github, "releases")
    assert (second.state, second.rows, second.requests) == ("done", 0, 1)


def test_releases_cut_off_between_pages_go_on_from_there(
    sqlite_engine: Engine, new_engine: Callable[[], Engine], collect: Collect, rows_of: RowsOf
) -> None:
    asked: list[str] = []

    def in_threes(request: Request, handler: Handler) -> Response:
        if request.path.endswith("/releases"):
            asked.append(request.query.get("page", "1"))
            request.query["per_page"] = "3"  # type: ignore[index]
        return handler(request)

    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[in_threes]) as server:
        github = GitHub(server.url, ["a-token"])
        assert collect(sqlite_engine, github, "releases", pages=2).state == "stopped"
        assert collect(sqlite_engine, github, "releases").state == "done"
        pages = len(asked)
        whole = new_engine()
        collect(whole, github, "releases")
        github.close()
    assert asked[:3] == ["1", "2", "3"]
    assert pages == len(asked) - pages
    assert rows_of(sqlite_engine, "releases") == rows_of(whole, "releases")


def test_notes_that_are_edited_on_a_later_page_are_read_again_at_no_other_pages_cost(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf
) -> None:
    edited: list[bytes] = []

    def in_threes(request: Request, handler: Handler) -> Response:
        if not request.path.endswith("/releases"):
            return handler(request)
        request.query["per_page"] = "3"  # type: ignore[index]
        if not edited or request.query.get("page") != "3":
            return handler(request)
        # Its tag is of no use any more.
        headers = {name: value for name, value in request.headers.items() if name != "if-none-match"}
        answer = handler(replace(request, headers=headers))
        answer.body = answer.body.replace(b'"body":"', edited.pop())
        return answer

    with Simulator(scale=0.001, seed=3, now=NOW, middleware=[in_threes]) as server:
        github = GitHub(server.url, ["a-token"])
        collect(sqlite_engine, github, "releases")
        before = {row["tag"]: row["credited_contributors"] for row in rows_of(sqlite_engine, "releases")}
        assert collect(sqlite_engine, github, "releases").rows == 0
        edited.append(b'"body":"With thanks to @ada and @grace. ')
        left = github.get("/rate_limit").data["resources"]["core"]["remaining"]
        assert collect(sqlite_engine, github, "releases").rows == 3
        assert github.get("/rate_limit").data["resources"]["core"]["remaining"] == left - 1
        assert collect(sqlite_engine, github, "releases").rows == 0
        github.close()
    after = {row["tag"]: row["credited_contributors"] for row in rows_of(sqlite_engine, "releases")}
    more = {tag: (after[tag] or 0) - (before[tag] or 0) for tag in after if after[tag] != before[tag]}
    assert list(more.values()) == [2, 2, 2]


@pytest.mark.parametrize(
    ("notes", "count"),
    [
        ("", None),
        ("# Bug fixes\n* Fixed the thing, and the other", None),
        ("## What's Changed\n* Fix by @ada-lovelace in #1\n* More by @Grace and @ada-lovelace in #2", 2),
        ("* Bump x by @dependabot[bot] in #3\n* By @Emmy", 1),
        ("Write to someone@example.org or see `@tf.function` and @keras/layers", None),
        (
            "# Thanks to our Contributors\n\nThis release contains contributions from many people at "
            "Google, as well as:\n\nAda Lovelace, Grace Hopper, emmy-n, 8bitmp3, Ada Lovelace\n",
            4,
        ),
        (
            "# Thanks to our contributors\nAda Lovelace\n"
            "We are also grateful to all who filed issues or helped resolve them, asked and answered.",
            1,
        ),
        ("# Thanks\n- Ada Lovelace\n- Grace Hopper\n\n# Known issues\n- Breaks here", 2),
    ],
)
def test_contributors_thanked_in_release_notes_are_counted_once_each(notes: str, count: int | None) -> None:
    assert credited_contributors(notes) == count


def test_stars_by_day_are_the_running_sum_of_the_weekly_history(
    sqlite_engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    first = collect(sqlite_engine, github, "star_history")
    weeks = [
        week
        for answer, _ in github.pages(f"/repos/{CORE}/stargazers/history", {"per_page": 30})
        for week in answer.data
    ]
    starred = Counter(
        {
            datetime.fromtimestamp(week["week"], UTC).date() + timedelta(days=place): count
            for week in weeks
            for place, count in enumerate(week["days"])
        }
    )
    held = {row["day"]: row["stars"] for row in rows_of(sqlite_engine, "popularity")}
    opened = min(day for day, count in starred.items() if count)
    assert min(held) == opened
    assert max(held) == NOW.date() - timedelta(days=1)
    assert len(held) == (NOW.date() - opened).days
    for day in (opened, date(2020, 2, 29), max(held)):
        assert held[day] == sum(count for other, count in starred.items() if other <= day)
    assert first.requests == -(-len(weeks) // 30)
    second = collect(sqlite_engine, github, "star_history")
    assert second.requests == 1
    assert {row["day"]: row["stars"] for row in rows_of(sqlite_engine, "popularity")} == held


def test_stars_by_day_go_on_from_week_to_week_as_one_reading_would_have_them(
    sqlite_engine: Engine, new_engine: Callable[[], Engine], collect: Collect, rows_of: RowsOf
) -> None:
    moment = [NOW]
    with Simulator(scale=0.002, seed=3, clock=lambda: int(moment[0].timestamp())) as server:
        github = GitHub(server.url, ["a-token"])
        requests = []
        for days in (0, 1, 6, 20, 60, 95, 130):
            moment[0] = NOW + timedelta(days=days)
            requests.append(collect(sqlite_engine, github, "star_history", now=moment[0]).requests)
        whole = new_engine()
        collect(whole, github, "star_history", now=moment[0])
        github.close()
    assert [count for count in requests if count == 1] == [1, 1, 1, 1, 1]
    assert requests[5] > 1
    assert rows_of(sqlite_engine, "popularity") == rows_of(whole, "popularity")


@pytest.mark.parametrize("answer", [Response(200, b"[]"), Response(404, b'{"message": "Not Found"}')])
def test_no_star_history_is_unavailable_and_not_zero(
    sqlite_engine: Engine, collect: Collect, rows_of: RowsOf, answer: Response
) -> None:
    with changed(lambda *_: answer) as github:
        ended = collect(sqlite_engine, github, "star_history")
    assert (ended.state, ended.rejected) == ("done", 1)
    assert rows_of(sqlite_engine, "popularity") == []


def commits_by_month(github: GitHub) -> Counter[date]:
    """Counted from the commits themselves."""
    commits = [item for answer, _ in github.pages(f"/repos/{CORE}/commits") for item in answer.data]
    return Counter(
        datetime.fromisoformat(item["commit"]["committer"]["date"]).astimezone(UTC).date().replace(day=1)
        for item in commits
    )


def test_commits_a_month_equal_the_commits_listed_and_every_month_since_the_first_has_a_row(
    engine: Engine, github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    first = collect(engine, github, "history_counts")
    held = {row["day"]: row["commits"] for row in rows_of(engine, "history_counts")}
    listed = commits_by_month(github)
    assert {month: count for month, count in held.items() if count} == dict(listed)
    months = (NOW.year - min(listed).year) * 12 + NOW.month - min(listed).month + 1
    assert min(held) == min(listed)
    assert len(held) == months
    assert first.points == -(-months // 12)
    second = collect(engine, github, "history_counts")
    assert (second.points, second.rows) == (1, 4)


def test_counting_cut_off_after_every_page_ends_the_same(
    sqlite_engine: Engine, new_engine: Callable[[], Engine], github: GitHub, collect: Collect, rows_of: RowsOf
) -> None:
    for _ in range(40):
        collect(sqlite_engine, github, "history_counts", pages=2)
    whole = new_engine()
    collect(whole, github, "history_counts")
    assert rows_of(sqlite_engine, "history_counts") == rows_of(whole, "history_counts")


def test_counting_goes_month_by_month_where_a_year_takes_github_too_long(
    sqlite_engine: Engine, new_engine: Callable[[], Engine], collect: Collect, rows_of: RowsOf
) -> None:
    def slow(request: Request, answer: Response) -> Response:
        if request.path == "/graphql":
            variables = json.loads(request.body)["variables"]
            if variables["since0"] != variables["since1"]:
                return Response(504, b"")
        return answer

    with changed(slow) as github:
        ended = collect(sqlite_engine, github, "history_counts", "tensorflow/addons")
    with changed(lambda _, answer: answer) as github:
        whole = new_engine()
        collect(whole, github, "history_counts", "tensorflow/addons")
    assert ended.state == "done"
    assert rows_of(sqlite_engine, "history_counts") == rows_of(whole, "history_counts")
