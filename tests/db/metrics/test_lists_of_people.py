"""Lists of people and organisations are what pandas makes of the facts, for any period, on both databases."""

from __future__ import annotations

from datetime import date
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, select, text

from db.listing import ANY, Condition, Kind, Part, Source, read_list
from db.metrics.refresh import refresh
from db.people import acting_for, leading
from db.people.contributors import CONTRIBUTORS, contributors, spans
from db.people.newcomers import newcomers
from db.schema import table
from db.schema.sums import COUNTS

EVERYBODY = (Condition("kind", "is", ANY),)
PERIODS = (
    (None, None),
    (date(2022, 3, 1), None),
    (date(2023, 8, 17), None),
    (date(2022, 3, 1), date(2023, 5, 31)),
    (None, date(2022, 1, 15)),
    (date(2031, 1, 1), date(2031, 12, 31)),
)


@pytest.fixture
def held(engine: Engine, community: ModuleType) -> Engine:
    """A made-up community whose people are summed up."""
    community.made_up(seed=20170213).write(engine)
    refresh(engine, now=community.NOW, metrics=["commits"])
    return engine


def frame(connection: Connection, name: str) -> pd.DataFrame:
    rows = connection.execute(select(table(name))).mappings().all()
    return pd.DataFrame([dict(row) for row in rows], columns=list(table(name).c.keys()))


def acts(connection: Connection) -> pd.DataFrame:
    """Every act with its repository, kind, day and person, straight from the facts."""
    facts = {name: frame(connection, name) for name in ("commits", "issues", "pull_requests", "reviews")}
    facts["comments"] = frame(connection, "comments")
    requests = facts["pull_requests"][facts["pull_requests"].state != "deleted"]
    merged = requests[(requests.state == "merged") & requests.merged_day.notna()]
    beside = frame(connection, "commit_coauthors").merge(
        facts["commits"][["repository_id", "sha", "day"]], on=["repository_id", "sha"]
    )
    parts = {
        "commit": facts["commits"],
        "coauthored_commit": beside.rename(columns={"coauthor_id": "author_id"}),
        "issue": facts["issues"][facts["issues"].state.isin(["open", "closed"])],
        "pull_request": requests,
        "merged_pull_request": merged.assign(day=merged.merged_day),
        "review": facts["reviews"],
        "comment": facts["comments"],
    }
    found = pd.concat(
        [part[["repository_id", "day", "author_id"]].assign(kind=kind) for kind, part in parts.items()]
    ).dropna(subset="author_id")
    identities = frame(connection, "identities")[["identity_id", "person_id"]].dropna()
    found = found.merge(identities, left_on="author_id", right_on="identity_id")
    people = frame(connection, "people")[["person_id", "kind"]].rename(columns={"kind": "person_kind"})
    return found.merge(people, on="person_id").astype({"person_id": "int64"})


def in_scope(connection: Connection, done: pd.DataFrame, scope: str) -> tuple[int, pd.DataFrame]:
    scopes, members = frame(connection, "scopes"), frame(connection, "scope_repositories")
    scope_id = int(scopes[scopes.name == scope].scope_id.iloc[0])
    return scope_id, done[done.repository_id.isin(members[members.scope_id == scope_id].repository_id)]


def within(done: pd.DataFrame, first: date | None, last: date | None) -> pd.DataFrame:
    """What was done in months that begin from the one day to the other."""
    months = done.day.map(lambda day: day.replace(day=1))
    return done[
        months.map(lambda m: (first is None or m >= first) and (last is None or m <= last)).astype(bool)
    ]


def everything(connection: Connection, kind: Kind, source: Source, *conditions: Condition) -> Any:
    found = read_list(connection, kind, source, Part(conditions=conditions))
    assert found.count == len(found.rows)
    return found.rows


@pytest.mark.parametrize("scope", ["project", "tensorflow/tensorflow"])
def test_contributors_are_counted_as_pandas_counts_them(held: Engine, scope: str) -> None:
    with held.connect() as connection:
        scope_id, done = in_scope(connection, acts(connection), scope)
        first_days = done.groupby("person_id").day.min()
        for first, last in PERIODS:
            chosen = within(done, first, last)
            counted = chosen.groupby(["person_id", "kind"]).size().unstack(fill_value=0)
            expected = {
                person: {name: int(row.get(kind, 0)) for name, kind in COUNTS.items()}
                for person, row in counted.iterrows()
            }
            source = contributors(connection, scope_id, first, last)
            rows = everything(connection, CONTRIBUTORS, source, *EVERYBODY)
            found = {int(row["person"]): {name: row[name] for name in COUNTS} for row in rows}
            assert found == expected, (first, last)
            assert [row["contributions"] for row in rows] == sorted(
                (sum(each.values()) for each in expected.values()), reverse=True
            )
            assert all(row["first"] == first_days[int(row["person"])] for row in rows)
            people = everything(connection, CONTRIBUTORS, source)
            assert len(people) == chosen[chosen.person_kind == "human"].person_id.nunique()


@pytest.mark.parametrize("looked_at", [2, 4, 100])
def test_whoever_heads_a_list_is_found_among_few(
    held: Engine, looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leading, "LOOKED_AT", looked_at)
    with held.connect() as connection:
        ways = set()
        for scope in ("project", "tensorflow/tensorflow"):
            scope_id = in_scope(connection, acts(connection), scope)[0]
            for order in leading.ORDERS:
                for first, last in (*PERIODS, (date(2023, 2, 10), date(2023, 6, 30))):
                    for limit in (1, 5):
                        source = contributors(connection, scope_id, first, last)
                        expected = read_list(connection, CONTRIBUTORS, source, Part(order, limit=limit)).rows
                        asked = (connection, scope_id, first, last, order, limit)
                        assert leading.leading(*asked) == expected, (scope, order, first, last)
                        ways.add(leading._among_few(*asked) is None)
    assert False in ways
    assert looked_at == 100 or True in ways


def test_what_was_never_collected_is_unknown_and_not_zero(held: Engine) -> None:
    with held.connect() as connection:
        scope_id, _done = in_scope(connection, acts(connection), "project")
        source = contributors(connection, scope_id, None, None)
        before = everything(connection, CONTRIBUTORS, source)
        for name in ("reviews", "comments"):
            connection.execute(text(f"DELETE FROM {name}"))
        rows = everything(connection, CONTRIBUTORS, source)
        connection.rollback()
    assert rows == tuple({**row, "reviews": None, "answers": None} for row in before)


def test_contributors_are_chosen_and_sorted_the_same_in_any_period(held: Engine) -> None:
    with held.connect() as connection:
        scope_id, _done = in_scope(connection, acts(connection), "project")
        for first, last in PERIODS[:4]:
            source = contributors(connection, scope_id, first, last)
            rows = everything(connection, CONTRIBUTORS, source)
            many = everything(connection, CONTRIBUTORS, source, Condition("commits", "min", 2))
            assert list(many) == [row for row in rows if row["commits"] >= 2]
            unknown = Condition("affiliation_now", "is", ("unknown",))
            assert list(everything(connection, CONTRIBUTORS, source, unknown)) == [
                row for row in rows if row["affiliation_now"] == "unknown"
            ]
            paged = [
                row["person"]
                for offset in range(0, len(rows), 7)
                for row in read_list(
                    connection, CONTRIBUTORS, source, Part("-reviews", limit=7, offset=offset)
                ).rows
            ]
            assert len(paged) == len(set(paged)) == len(rows)
            by_name = read_list(connection, CONTRIBUTORS, source, Part("name")).rows
            assert [row["name"] for row in by_name] == sorted(
                (row["name"] for row in rows), key=lambda name: name.encode()
            ) or held.dialect.name == "postgresql"


def test_newcomers_are_who_came_in_the_period_with_what_they_did_in_it(held: Engine) -> None:
    first, last = date(2023, 1, 1), date(2023, 3, 31)
    with held.connect() as connection:
        scope_id, done = in_scope(connection, acts(connection), "project")
        humans = done[done.person_kind == "human"]
        came = humans.groupby("person_id").day.min()
        expected = set(came[came.map(lambda day: first <= day <= last).astype(bool)].index)
        found, count = newcomers(connection, scope_id, first, last, 1000)
        assert {each.person_id for each in found} == expected
        assert count == len(expected) > 0
        chosen = humans[humans.day.map(lambda day: first <= day <= last).astype(bool)]
        for each in found:
            own = chosen[chosen.person_id == each.person_id].kind.value_counts()
            assert each.counts == {name: int(own.get(kind, 0)) for name, kind in COUNTS.items()}
            if each.work is not None:
                assert first <= each.work.day <= last
                assert own[each.work.kind] > 0
        some, same = newcomers(connection, scope_id, first, last, 2)
        assert (some, same) == (found[:2], count)


def test_organisations_are_counted_as_their_peoples_days(held: Engine) -> None:
    with held.connect() as connection:
        daily = frame(connection, "contributions")
        scope_id, daily = in_scope(connection, daily[daily.organization_id != 0], "project")
        names = frame(connection, "organizations").set_index("organization_id").name
        for first, last in ((None, None), (date(2022, 3, 1), date(2023, 5, 31))):
            chosen = daily[
                daily.day.map(
                    lambda d, a=first, b=last: (a is None or d >= a) and (b is None or d <= b)
                ).astype(bool)
            ]
            source = acting_for.organizations(scope_id, first, last)
            rows = {
                row["organisation"]: row for row in everything(connection, acting_for.ORGANIZATIONS, source)
            }
            assert set(rows) == {names[each] for each in chosen.organization_id.unique()}
            for organization_id, own in chosen.groupby("organization_id"):
                row = rows[names[organization_id]]
                assert row["people"] == own[own.person_kind == "human"].person_id.nunique()
                assert row["commits"] == own[own.kind == "commit"].quantity.sum()
                assert row["reviews"] == own[own.kind == "review"].quantity.sum()
                assert (row["first"], row["last"]) == (own.day.min(), own.day.max())
        people = everything(
            connection,
            acting_for.ORGANIZATION_PEOPLE,
            acting_for.everybody(scope_id),
            Condition("organisation", "is", ("Google",)),
        )
        google = daily[daily.organization_id == int(names[names == "Google"].index[0])]
        assert {int(row["person"]): row["contributions"] for row in people} == dict(
            google.groupby("person_id").quantity.sum()
        )
        done = acting_for.done_for(connection, int(names[names == "Google"].index[0]), scope_id, "year")
        assert sum(quantity for _period, _kind, quantity in done) == google.quantity.sum()


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2023, 2, 1), date(2023, 4, 30), [("month", date(2023, 2, 1), date(2023, 4, 1))]),
        (date(2023, 1, 1), date(2024, 12, 31), [("year", date(2023, 1, 1), date(2024, 1, 1))]),
        (
            date(2022, 11, 2),
            date(2024, 1, 5),
            [
                ("month", date(2022, 12, 1), date(2022, 12, 1)),
                ("year", date(2023, 1, 1), date(2023, 1, 1)),
                ("month", date(2024, 1, 1), date(2024, 1, 1)),
            ],
        ),
        (date(2023, 5, 2), date(2023, 5, 31), []),
    ],
)
def test_a_period_is_read_as_few_years_and_months(first: date, last: date, expected: Any) -> None:
    assert spans(first, last) == expected
