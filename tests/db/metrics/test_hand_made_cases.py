# ruff: noqa: E501
"""Known answers for what is easily counted wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, text

from db.engine import writing
from db.metrics import read
from db.metrics.refresh import refresh
from db.people.decisions import Decision, record
from db.people.identities import email_identity, login_identity
from db.repositories import refresh_scopes, register
from db.schema import table
from db.upsert import upsert

NOW = datetime(2024, 6, 20, 12, tzinfo=UTC)
NAME = "tensorflow/tensorflow"
MARCH = date(2024, 3, 1)


def at(day: str, hour: int = 12) -> datetime:
    """An instant of 2024."""
    return datetime.fromisoformat(f"2024-{day}T{hour:02d}:00:00+00:00")


class Case:
    """A repository into which facts are put one by one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with writing(engine).begin() as connection:
            self.repository = register(connection, {NAME: "core"})[NAME]
            refresh_scopes(connection, "TensorFlow")
        self.number = 0

    def put(self, name: str, /, **row: Any) -> None:
        with writing(self.engine).begin() as connection:
            upsert(connection, table(name), [row])

    def account(self, number: int, login: str, kind: str = "User", company: str | None = None) -> int:
        row = login_identity(number, login, kind, at("01-01"), at("06-01"), company=company)
        self.put("identities", **row)
        return int(row["identity_id"])

    def address(self, address: str, name: str, first: str, last: str) -> int:
        row = email_identity(address, name, at(first), at(last))
        self.put("identities", **row)
        return int(row["identity_id"])

    def commit(self, address: str, committed: str, authored: str | None = None, name: str = "Ann") -> str:
        written, when = at(authored or committed), at(committed)
        author = self.address(address, name, authored or committed, authored or committed)
        self.number += 1
        sha = f"{self.number:040x}"
        self.put(
            "commits", repository_id=self.repository, sha=sha, author_id=author, committer_id=author,
            authored_at=written, author_offset=0, committed_at=when, date_repaired=False, day=when.date(),
            parents=1, files=1, additions=1, deletions=0, subject="Change", pull_request=None,
        )  # fmt: skip
        return sha

    def request(self, author: int | None, opened: datetime, merged: datetime | None = None) -> int:
        self.number += 1
        self.put(
            "pull_requests", repository_id=self.repository, number=self.number, title="Change", author_id=author,
            author_association=None, state="merged" if merged else "open", merge_evidence=None,
            created_at=opened, updated_at=opened, closed_at=merged, merged_at=merged, day=opened.date(),
            closed_day=merged.date() if merged else None, merged_day=merged.date() if merged else None,
        )  # fmt: skip
        return self.number

    def comment(self, number: int, author: int | None, when: datetime) -> None:
        self.put(
            "comments", repository_id=self.repository, kind="conversation", github_id=int(when.timestamp()),
            number=number, author_id=author, author_association=None, created_at=when, day=when.date(),
        )  # fmt: skip

    def refresh(self, *metrics: str) -> None:
        refresh(self.engine, now=NOW, metrics=metrics)

    def values(self, metric: str, grain: str = "month") -> dict[tuple[str, str], float]:
        """(period, segment) → value, all segments, computed from what was put so far."""
        self.refresh(metric)
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT period, segment, value FROM metric_values v JOIN scopes s ON s.scope_id = v.scope_id "
                    "WHERE metric = :metric AND grain = :grain AND s.name = :name"
                ),
                {"metric": metric, "grain": grain, "name": NAME},
            )
            return {(str(period), segment): value for period, segment, value in rows}


@pytest.fixture
def case(engine: Engine) -> Iterator[Case]:
    """An empty repository on either database."""
    return Case(engine)


def test_neither_the_author_nor_a_bot_nor_somebody_gone_is_a_first_response(case: Case) -> None:
    ann, ben = case.account(1, "ann"), case.account(2, "ben")
    butler = case.account(3, "tensorflowbutler")
    opened = at("03-04", 0)
    number = case.request(ann, opened)
    case.comment(number, butler, opened + timedelta(minutes=1))
    case.comment(number, ann, opened + timedelta(hours=1))
    case.comment(number, None, opened + timedelta(hours=2))
    case.comment(number, ben, opened + timedelta(hours=30))
    assert case.values("time_to_first_response") == {("2024-03-01", "median"): 30, ("2024-03-01", "p90"): 30}


def test_what_is_unanswered_counts_as_waiting_longest_and_gives_no_number_of_its_own(case: Case) -> None:
    ann, ben = case.account(1, "ann"), case.account(2, "ben")
    for hours in (1, 5, None):
        opened = at("03-04", 0)
        number = case.request(ann, opened)
        if hours:
            case.comment(number, ben, opened + timedelta(hours=hours))
    # Of three, the second is the median; the 90th of a hundred is the one that still waits.
    assert case.values("time_to_first_response") == {("2024-03-01", "median"): 5}
    assert case.values("unanswered_change_requests") == {("2024-03-01", "all"): pytest.approx(1 / 3)}


def test_a_person_called_abbott_answers_like_any_other(case: Case) -> None:
    number = case.request(case.account(1, "ann"), at("03-04", 0))
    case.comment(number, case.account(2, "abbott"), at("03-04", 2))
    assert case.values("time_to_first_response")["2024-03-01", "median"] == 2


def test_a_proxy_is_the_stewards_work_and_nobody(case: Case) -> None:
    for _ in range(6):
        case.commit("gardener@tensorflow.org", "03-05", name="A. Unique TensorFlower")
    case.commit("ann@gmail.com", "03-06")
    case.commit("ben@nvidia.com", "03-06", name="Ben")
    assert case.values("commits") == {
        ("2024-03-01", "steward"): 6,
        ("2024-03-01", "independent"): 1,
        ("2024-03-01", "organization"): 1,
        ("2024-03-01", "all"): 8,
    }
    assert case.values("outside_share_of_commits") == {("2024-03-01", "all"): 0.25}
    assert case.values("contributors")["2024-03-01", "all"] == 2
    assert ("2024-03-01", "steward") not in case.values("contributors")
    # One of the two people suffices for half of what people wrote.
    assert case.values("contributor_absence_factor")["2024-03-01", "all"] == 1
    # Google alone carries six of the seven commits made for an organisation; outside it there is NVIDIA.
    assert case.values("elephant_factor") == {("2024-03-01", "all"): 1, ("2024-03-01", "outside"): 1}


def test_exactly_half_is_half(case: Case) -> None:
    for domain, number in (("google.com", 4), ("nvidia.com", 3), ("intel.com", 1)):
        for _ in range(number):
            case.commit(f"a@{domain}", "03-05", name=domain)
    for domain, number in (("google.com", 3), ("nvidia.com", 3), ("intel.com", 1)):
        for _ in range(number):
            case.commit(f"a@{domain}", "04-05", name=domain)
    factor = case.values("elephant_factor")
    assert factor["2024-03-01", "all"] == 1, "four of eight are half"
    assert factor["2024-04-01", "all"] == 2, "three of seven are not"


def test_a_heavy_tail_like_the_published_example_needs_two_people(case: Case) -> None:
    for place, share in enumerate((20, 9, 7, 7, 4, 4, 2, 1)):
        for _ in range(share):
            case.commit(f"p{place}@gmail.com", "03-05", name=str(place))
    # 20 + 9 are more than half of 54; 20 alone are not.
    assert case.values("contributor_absence_factor")["2024-03-01", "all"] == 2


def test_unknown_stays_unknown_and_is_never_outside(case: Case) -> None:
    case.commit("ann@a-company-that-nobody-knows.com", "03-05")
    case.commit("ben@gmail.com", "03-05", name="Ben")
    assert case.values("commits")["2024-03-01", "unknown"] == 1
    assert case.values("outside_share_of_commits")["2024-03-01", "all"] == 0.5
    assert case.values("affiliation_coverage")["2024-03-01", "all"] == 0.5
    assert case.values("new_contributors")["2024-03-01", "all"] == 1


def test_activity_counts_on_the_commit_date_and_affiliation_on_the_author_date(case: Case) -> None:
    case.address("7+ann@users.noreply.github.com", "Ann", "01-01", "06-01")
    with writing(case.engine).begin() as connection:
        record(
            connection,
            [
                Decision("affiliate", "github:7", name, "told", NOW, first, last)
                for name, first, last in (
                    ("NVIDIA", date(2024, 1, 1), date(2024, 3, 15)),
                    ("Google", date(2024, 3, 16), date(2024, 12, 31)),
                )
            ],
        )
    case.commit("7+ann@users.noreply.github.com", committed="04-02", authored="03-10")
    case.commit("7+ann@users.noreply.github.com", committed="04-20", authored="04-19")
    assert case.values("commits") == {
        ("2024-04-01", "organization"): 1,
        ("2024-04-01", "steward"): 1,
        ("2024-04-01", "all"): 2,
    }
    assert case.values("joined_the_steward") == {("2024-04-01", "joined"): 1}


def test_a_coauthor_contributes_and_a_commit_stays_one_commit(case: Case) -> None:
    sha = case.commit("ann@gmail.com", "03-05")
    other = case.address("ben@gmail.com", "Ben", "03-05", "03-05")
    case.put("commit_coauthors", repository_id=case.repository, sha=sha, coauthor_id=other)
    assert case.values("commits")["2024-03-01", "all"] == 1
    assert case.values("contributors")["2024-03-01", "all"] == 2
    assert case.values("contributors_by_kind") == {
        ("2024-03-01", "commit"): 1,
        ("2024-03-01", "coauthored_commit"): 1,
    }


def test_a_period_without_activity_has_no_row_and_one_that_is_not_over_is_marked(case: Case) -> None:
    for day in ("01-10", "03-10", "03-31"):
        case.commit("ann@gmail.com", day)
    case.commit("ann@gmail.com", "05-20")
    case.refresh("commits")
    with case.engine.connect() as connection:
        months = read.values(connection, "commits", NAME, "month")
        found = read.latest(connection, "commits", NAME, "month")
    assert [day.month for day in months["period"]] == [1, 3, 5]
    assert list(months["complete"]) == [True, True, False]
    assert found is not None
    assert (found.period, found.value, found.before, found.partial) == (MARCH, 2.0, None, False)


def test_a_quiet_repository_that_github_was_asked_about_has_complete_periods(case: Case) -> None:
    case.commit("ann@gmail.com", "03-10")
    case.put("cursors", job="issues", target=NAME, cursor="{}", updated_at=NOW, finished_at=NOW)
    case.refresh("commits")
    with case.engine.connect() as connection:
        assert read.values(connection, "commits", NAME, "month")["complete"].all()


def test_somebody_new_in_two_repositories_is_new_once_in_the_project(case: Case) -> None:
    case.commit("ann@gmail.com", "03-10")
    with writing(case.engine).begin() as connection:
        case.repository = register(connection, {"keras-team/keras": "core"})["keras-team/keras"]
        refresh_scopes(connection, "TensorFlow")
    case.commit("ann@gmail.com", "04-10")
    case.refresh("new_contributors")
    with case.engine.connect() as connection:
        per_scope = {
            name: [
                day.month
                for day in read.values(connection, "new_contributors", name, "month", segments=["all"])[
                    "period"
                ]
            ]
            for name in ("project", NAME, "keras-team/keras")
        }
    assert per_scope == {"project": [3], NAME: [3], "keras-team/keras": [4]}


def test_nothing_collected_gives_no_row_and_no_error(engine: Engine) -> None:
    results = refresh(engine, now=NOW)
    assert {result.rows for result in results} == {0}
    with engine.connect() as connection:
        assert read.as_of(connection).facts_until is None
        assert len(read.definitions(connection)) == len(results)


def test_a_reopened_issue_is_open_and_was_never_closed(case: Case) -> None:
    ann = case.account(1, "ann")
    for number, state, closed in ((1, "open", None), (2, "closed", at("04-04"))):
        case.put(
            "issues", repository_id=case.repository, number=number, title="Broken", author_id=ann, state=state,
            author_association=None, state_reason="reopened" if closed is None else "completed",
            created_at=at("03-04"), updated_at=at("05-20"), closed_at=closed, day=date(2024, 3, 4),
            closed_day=closed.date() if closed else None,
        )  # fmt: skip
    waiting = case.values("open_issues")
    assert waiting["2024-03-01", "all"] == 2
    assert waiting["2024-04-01", "all"] == 1
    # 4 March to 31 March: both have waited 27 days; no later month is held whole.
    assert case.values("open_issue_age") == {("2024-03-01", "median"): 27, ("2024-03-01", "p90"): 27}


def test_a_change_that_copybara_landed_was_accepted_and_is_its_authors(case: Case) -> None:
    ann = case.account(1, "ann", company="NVIDIA")
    number = case.request(ann, at("03-04"), merged=at("03-06"))
    case.put(
        "pull_requests", repository_id=case.repository, number=number, title="Change", author_id=ann,
        author_association=None, state="merged", merge_evidence="closed by a commit that imports it",
        created_at=at("03-04"), updated_at=at("03-06"), closed_at=at("03-06"), merged_at=at("03-06"),
        day=date(2024, 3, 4), closed_day=date(2024, 3, 6), merged_day=date(2024, 3, 6),
    )  # fmt: skip
    case.commit("gardener@tensorflow.org", "03-06", name="TensorFlower Gardener")
    assert case.values("change_request_acceptance_ratio") == {("2024-03-01", "all"): 1}
    assert case.values("change_requests_declined") == {}
    assert case.values("change_requests_merged") == {
        ("2024-03-01", "organization"): 1,
        ("2024-03-01", "all"): 1,
    }
    assert case.values("commits") == {("2024-03-01", "steward"): 1, ("2024-03-01", "all"): 1}


def test_a_months_edge_is_midnight_in_utc_whatever_the_authors_clock_says(case: Case) -> None:
    pacific = timezone(timedelta(hours=-8))
    for minute in (29, 31):
        # A minute to four in the afternoon of 31 March in California is a minute to midnight in UTC.
        when = datetime(2024, 3, 31, 15, minute, tzinfo=pacific) + timedelta(minutes=30)
        author = case.address("ann@gmail.com", "Ann", "03-01", "04-02")
        case.put(
            "commits", repository_id=case.repository, sha=f"{minute:040x}", author_id=author, committer_id=author,
            authored_at=when.astimezone(UTC), author_offset=-480, committed_at=when.astimezone(UTC),
            date_repaired=False, day=when.astimezone(UTC).date(), parents=1, files=1, additions=1, deletions=0,
            subject="Change", pull_request=None,
        )  # fmt: skip
    found = case.values("commits")
    assert found["2024-03-01", "all"] == 1
    assert found["2024-04-01", "all"] == 1


def test_who_returns_after_a_month_away_is_episodic_and_who_stays_is_not(case: Case) -> None:
    for day in ("01-10", "02-10", "04-10"):
        case.commit("ann@gmail.com", day)
    case.commit("ben@gmail.com", "04-11", name="Ben")
    found = case.values("contributors_by_return")
    assert {key: value for key, value in found.items() if key[1] != "all"} == {
        ("2024-01-01", "new"): 1,
        ("2024-02-01", "continuing"): 1,
        ("2024-04-01", "episodic"): 1,
        ("2024-04-01", "new"): 1,
    }
    quarters = case.values("contributors_by_return", "quarter")
    assert quarters["2024-04-01", "continuing"] == 1


def test_an_outside_change_ships_with_the_next_release_and_candidates_are_none(case: Case) -> None:
    ann = case.account(1, "ann", company="NVIDIA")
    case.request(ann, at("03-01"), merged=at("03-04"))
    case.request(ann, at("03-01"), merged=at("05-04"))
    for tag, day, candidate in (("v1", "03-02", False), ("v2-rc0", "03-10", True), ("v2", "03-24", False)):
        case.put(
            "releases", repository_id=case.repository, tag=tag, prerelease=candidate, published_at=at(day),
            day=at(day).date(),
        )  # fmt: skip
    # The change of May has not shipped: it waits longest, and gives no number.
    assert case.values("merge_to_release") == {("2024-03-01", "median"): 20, ("2024-03-01", "p90"): 20}
