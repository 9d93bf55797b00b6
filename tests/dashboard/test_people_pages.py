"""Pages of people and organisations: what they show, what leads where, and who is not shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from dashboard.app import create_app
from db.engine import connect
from db.people.forgetting import forget
from db.schema import Record
from db.schema.sums import COUNTS

NOW = datetime(2024, 2, 20, 9, 30, tzinfo=UTC)


def shown(client: FlaskClient, path: str, search: str = "") -> str:
    """The text of what Dash's page callback answers for an address."""
    outputs = {"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}
    answer = client.post(
        "/_dash-update-component",
        json={
            "output": ".._pages_content.children..._pages_store.data..",
            "outputs": list(outputs),
            "inputs": [
                {"id": "_pages_location", "property": "pathname", "value": path},
                {"id": "_pages_location", "property": "search", "value": search},
            ],
            "changedPropIds": ["_pages_location.pathname"],
        },
    )
    assert answer.status_code == 200
    body = json.dumps(json.loads(answer.get_data(as_text=True)), ensure_ascii=False)
    assert "The database does not answer" not in body
    return body


@pytest.fixture(scope="module")
def somebody(counted: FlaskClient) -> dict[str, Any]:
    """The human who did most and has a login."""
    rows = counted.get("/api/lists/contributors.json").get_json()
    return next(row for row in rows if row["login"])


def test_the_list_shows_people_alone_unless_more_is_asked_for(counted: FlaskClient) -> None:
    people = counted.get("/api/lists/contributors.json").get_json()
    assert {row["kind"] for row in people} == {"human"}
    everybody = counted.get("/api/lists/contributors.json?kind.is=any").get_json()
    others = counted.get("/api/lists/contributors.json?kind.is=bot&kind.is=proxy").get_json()
    assert {row["kind"] for row in everybody} == {"human", "bot", "proxy"}
    assert len(people) + len(others) == len(everybody)
    body = shown(counted, "/contributors")
    assert f"{len(people):,} people" in body
    assert "Kind is human" in body
    assert "/contributors?kind.is=any" in body
    every = shown(counted, "/contributors", "?kind.is=any")
    assert f"{len(everybody):,} people" in every
    # A column that says the same in every row says nothing.
    assert '"data-label": "Kind"' in every
    assert '"data-label": "Kind"' not in body


def test_the_list_keeps_filters_order_page_and_view_in_its_links(counted: FlaskClient) -> None:
    search = "?scope=tensorflow/tensorflow&from=2022-01-01&commits.min=1&name.has=e&sort=-reviews"
    body = shown(counted, "/contributors", search)
    kept = "/contributors?scope=tensorflow/tensorflow&from=2022-01-01&name.has=e&commits.min=1&sort=reviews"
    assert kept in body
    assert "/api/lists/contributors.csv?scope=tensorflow/tensorflow&from=2022-01-01&name.has=e" in body
    assert "Name contains “e”" in body
    rows = counted.get(f"/api/lists/contributors.json{search}").get_json()
    assert rows
    assert all("e" in row["name"].lower() and row["commits"] >= 1 for row in rows)


def test_newcomers_of_the_last_period_are_thanked_by_name(counted: FlaskClient) -> None:
    body = shown(counted, "/contributors", "?grain=year")
    assert "Newcomers of 2023 to thank" in body
    days = re.search(r"/contributors\?grain=year&(first\.min=[^\"]*)\"", body)
    assert days is not None
    rows = counted.get(f"/api/lists/contributors.json?{days[1]}").get_json()
    assert rows
    assert all("2023-01-01" <= row["first"] <= "2023-12-31" for row in rows)
    assert f"All {len(rows)} of them" in body
    assert any(f'/contributors/{row["person"]}"' in body for row in rows)


def test_a_persons_page_shows_what_the_list_counts(counted: FlaskClient, somebody: dict[str, Any]) -> None:
    body = shown(counted, f"/contributors/{somebody['person']}", "?grain=year")
    assert somebody["name"] in body
    rows = counted.get(f"/api/lists/contributors.json?name.is={somebody['name']}").get_json()
    assert rows[0]["person"] == somebody["person"]
    drawn = [
        float(value)
        for values in re.findall(r'"y": (\[[^\]]*\])', body)
        for value in json.loads(values)
        if isinstance(value, (int, float))
    ]
    whole = counted.get("/api/lists/contributors.json?kind.is=any&scope=tensorflow/tensorflow").get_json()
    assert whole
    assert sum(drawn) >= somebody["contributions"] == sum(somebody[name] for name in COUNTS)
    assert f"https://github.com/{somebody['login']}" in body
    for heading in ("What they contributed over time", "First ever of each kind", "Affiliations"):
        assert heading in body
    assert "Latest public work" in body
    assert counted.get(f"/contributors/{somebody['person']}").status_code == 200


def test_a_persons_page_says_why_accounts_and_addresses_are_theirs_and_no_address(
    made_up: Any, tmp_path: Any, counted_engine: Engine, somebody: dict[str, Any]
) -> None:
    engine = _copied(counted_engine, f"sqlite:///{tmp_path}/joined.db")
    reasons = (
        "the account has confirmed the address, as GitHub says of commit 0123456",
        f"signs with the name of {somebody['login']}, which is the address's first part too",
        "manual: told me in confidence",
    )
    with engine.begin() as connection:
        for place, reason in enumerate(reasons):
            connection.execute(
                text(
                    "INSERT INTO identities (identity_id, kind, domain, person_id, person_reason) "
                    "VALUES (:number, 'email', :domain, :person, :reason)"
                ),
                {
                    "number": 77_000 + place,
                    "domain": f"example{place}.org",
                    "person": int(somebody["person"]),
                    "reason": reason,
                },
            )
    body = shown(
        create_app(engine, now=lambda: NOW).server.test_client(), f"/contributors/{somebody['person']}"
    )
    assert "an address at example0.org: GitHub says that the account has confirmed it" in body
    assert "an address at example1.org: signs as the account does" in body
    assert "an address at example2.org: decided by hand" in body
    assert "first part" not in body
    assert "in confidence" not in body


def test_nothing_private_of_a_person_is_shown(
    counted: FlaskClient, counted_engine: Engine, somebody: dict[str, Any]
) -> None:
    with counted_engine.connect() as connection:
        hashes = connection.execute(
            text(
                "SELECT address_hash FROM identities WHERE person_id = :person AND address_hash IS NOT NULL"
            ),
            {"person": int(somebody["person"])},
        ).scalars()
        kept = list(hashes)
    body = shown(counted, f"/contributors/{somebody['person']}")
    assert "@" not in re.sub(r"[A-Za-z0-9_-]*@[0-9.]+", "", body.replace("@media", ""))
    assert not any(each in body for each in kept)
    assert "hireable" not in body


def test_rows_lead_to_the_page_of_their_person(counted: FlaskClient) -> None:
    rows = counted.get("/api/metrics/contributors/rows.json?grain=year&period=2023-01-01").get_json()
    body = shown(counted, "/rows/contributors", "?grain=year&period=2023-01-01")
    assert f'"/contributors/{rows[0]["person"]}"' in body
    commits = counted.get("/api/metrics/commits/rows.json?grain=year&period=2023-01-01").get_json()
    body = shown(counted, "/rows/commits", "?grain=year&period=2023-01-01")
    assert f'"/contributors/{commits[0]["person"]}"' in body


def test_an_organisations_page_shows_its_people_work_and_domains(counted: FlaskClient) -> None:
    rows = counted.get("/api/lists/organizations.json").get_json()
    google = next(row for row in rows if row["role"] == "steward")
    assert counted.get(f"/organizations/{google['organisation']}").status_code == 200
    body = shown(counted, f"/organizations/{google['organisation']}")
    assert "the steward, which owns the project" in body
    assert "google.com" in body
    people = counted.get(
        f"/api/lists/organization_people.json?organisation.is={google['organisation']}"
    ).get_json()
    assert f"{len(people):,} people" in body
    assert len([row for row in people if row["kind"] == "human"]) == google["people"]
    assert f"/contributors/{people[0]['person']}" in body
    assert "Its share of commits" in body
    assert "the affiliation of" in body
    listed = shown(counted, "/organizations")
    assert all(f"/organizations/{row['organisation']}".replace(" ", "%20") in listed for row in rows[:5])


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/contributors/7", "There is no such person here"),
        ("/contributors/0", "There is no such person here"),
        ("/contributors/" + "9" * 40, "There is no such person here"),
        ("/contributors/'; DROP TABLE people; --", "There is no such person here"),
        ("/organizations/Nowhere <b>", "No organisation is called “Nowhere <b>”"),
        ("/organizations/%00", "No organisation is called"),
        ("/organizations/" + "x" * 400, "There is no such organisation"),
    ],
)
def test_nobody_is_said_to_be_nobody(counted: FlaskClient, path: str, said: str) -> None:
    assert said in shown(counted, path)


def test_somebody_who_was_forgotten_is_not_found(
    made_up: Any, tmp_path: Any, counted_engine: Engine, somebody: dict[str, Any]
) -> None:
    engine = _copied(counted_engine, f"sqlite:///{tmp_path}/forgotten.db")
    client = create_app(engine, now=lambda: NOW).server.test_client()
    address = f"/contributors/{somebody['person']}"
    assert somebody["name"] in shown(client, address)
    with engine.begin() as connection:
        forget(connection, int(somebody["person"]), NOW)
    body = shown(client, address)
    assert client.get(address).status_code == 404
    assert "they asked to be forgotten" in body
    assert somebody["name"] not in body
    rows = client.get("/api/lists/contributors.json").get_json()
    nobody = next(row for row in rows if row["name"] == "(forgotten)")
    assert nobody["contributions"] == somebody["contributions"]
    assert nobody["login"] is None
    assert "they asked to be forgotten" in shown(client, f"/contributors/{nobody['person']}")
    listed = shown(client, "/contributors")
    assert "(forgotten)" in listed
    assert f'"/contributors/{nobody["person"]}"' not in listed


def _copied(engine: Engine, url: str) -> Engine:
    copy = connect(url)
    source: Any = engine.raw_connection()
    target: Any = copy.raw_connection()
    source.driver_connection.backup(target.driver_connection)
    source.close()
    target.close()
    return copy


@pytest.fixture
def empty(tmp_path: Any) -> Iterator[FlaskClient]:
    """A dashboard over tables without a row."""
    engine = connect(f"sqlite:///{tmp_path}/empty.db")
    Record.metadata.create_all(engine)
    yield create_app(engine, now=lambda: NOW).server.test_client()
    engine.dispose()


def test_pages_come_up_with_nothing_in_them(empty: FlaskClient) -> None:
    assert "0 people" in shown(empty, "/contributors", "?from=2020-01")
    assert "0 organisations" in shown(empty, "/organizations", "?to=2020-01")
    assert empty.get("/api/lists/contributors.csv").get_data(as_text=True).count("\r\n") == 1
