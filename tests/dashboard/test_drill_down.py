"""From a number to the rows behind it: as many as it says, sorted and paged by the address, with links."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any
from urllib.parse import parse_qs, quote

import pyarrow.parquet
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from dashboard.drill_down import LEADING, address_of
from dashboard.filters import Filters
from dashboard.place import Place, read_place
from db.listing import Condition
from db.metrics.kinds_of_rows import KINDS


def shown(client: FlaskClient, path: str, search: str) -> tuple[Any, str]:
    """What Dash's page callback answers for an address: its tree and its text."""
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
    tree = json.loads(answer.get_data(as_text=True))
    return tree, json.dumps(tree, ensure_ascii=False)


def cells(tree: Any) -> list[list[str]]:
    """The body of the page's table, as texts."""

    def texts(node: Any) -> str:
        if isinstance(node, dict):
            return texts(node["props"].get("children"))
        return "".join(map(texts, node)) if isinstance(node, list) else "" if node is None else str(node)

    def rows(node: Any) -> list[list[str]]:
        if isinstance(node, dict):
            if node.get("type") == "Tbody":
                return [
                    [texts(cell) for cell in row["props"]["children"]] for row in node["props"]["children"]
                ]
            return [row for value in node.values() for row in rows(value)]
        return [row for value in node for row in rows(value)] if isinstance(node, list) else []

    return rows(tree)


def test_the_page_shows_what_the_number_counts_newest_first(
    counted: FlaskClient, counted_engine: Engine
) -> None:
    tree, body = shown(counted, "/rows/commits", "?scope=tensorflow/tensorflow&grain=year&period=2023-05-05")
    with counted_engine.connect() as connection:
        expected = connection.execute(
            text(
                "SELECT subject, day FROM commits JOIN repositories USING (repository_id) "
                "WHERE full_name = 'tensorflow/tensorflow' AND day BETWEEN '2023-01-01' AND '2023-12-31' "
                "ORDER BY day DESC, sha"
            )
        ).all()
    found = cells(tree)
    assert f"{len(expected)} commits" in body
    assert len(found) == 50 < len(expected)
    assert [row[2] for row in found] == [row.subject for row in expected[:50]]
    assert "facts have changed since" not in body
    second, _ = shown(
        counted, "/rows/commits", "?scope=tensorflow/tensorflow&grain=year&period=2023-01-01&page=2"
    )
    assert [row[2] for row in cells(second)] == [row.subject for row in expected[50:100]]


def test_rows_are_sorted_by_the_column_that_the_address_names(counted: FlaskClient) -> None:
    def column(sort: str) -> list[str]:
        search = f"?grain=year&period=2023-01-01&scope=tensorflow/tensorflow&sort={sort}"
        rows = cells(shown(counted, "/rows/change_requests_opened", search)[0])
        return [row[1] for row in rows]

    forwards, backwards = column("number"), column("-number")
    assert forwards == sorted(forwards, key=int)
    assert backwards == sorted(backwards, key=int, reverse=True)
    assert forwards != backwards


def test_a_single_segment_shows_only_its_rows(counted: FlaskClient) -> None:
    query = "?grain=year&period=2023-01-01"
    whole = counted.get(f"/api/metrics/commits/rows.json{query}").get_json()
    parts = [
        counted.get(f"/api/metrics/commits/rows.json{query}&segment={segment}").get_json()
        for segment in ("steward", "organization", "independent", "unknown", "bot")
    ]
    assert sum(map(len, parts)) == len(whole)
    assert {row["commit"] for part in parts for row in part} == {row["commit"] for row in whole}
    two = counted.get(f"/api/metrics/commits/rows.json{query}&segment=steward&segment=bot").get_json()
    assert len(two) == len(parts[0]) + len(parts[4])


def test_all_rows_can_be_taken_along(counted: FlaskClient) -> None:
    query = "?grain=quarter&period=2023-04-01&sort=name"
    answer = counted.get(f"/api/metrics/contributors/rows.csv{query}")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    value = counted.get(
        "/api/metrics/contributors.json?grain=quarter&segment=all&from=2023-04-01&to=2023-04-01"
    )
    assert len(rows) == value.get_json()[0]["value"] > 0
    assert [row["name"] for row in rows] == sorted(row["name"] for row in rows)
    again = counted.get(
        f"/api/metrics/contributors/rows.csv{query}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


def test_values_in_a_cards_table_lead_to_their_rows(counted: FlaskClient) -> None:
    _, body = shown(counted, "/metrics/commits", "?scope=tensorflow/tensorflow&grain=year")
    address = "/rows/commits?scope=tensorflow/tensorflow&grain=year&segment=steward&period=2023-01-01"
    assert address in body
    assert "commits behind it" in body


def test_what_the_address_gets_wrong_is_said(counted: FlaskClient) -> None:
    _, body = shown(counted, "/rows/commits", "?sort=password&page=-1&period=never")
    assert "sort “password” is not known" in body
    assert "page “-1” is no number of a page" in body
    assert "period “never” is no day" in body
    assert "There is no such metric" in shown(counted, "/rows/nothing", "")[1]
    assert "it is no count of things" in shown(counted, "/rows/outside_share_of_commits", "")[1]
    assert "is beyond the last" in shown(counted, "/rows/commits", "?page=9999")[1]
    assert counted.get("/api/metrics/commits/rows.json?sort=password").status_code == 400
    assert counted.get("/api/metrics/outside_share_of_commits/rows.json").status_code == 404


def test_a_place_written_into_an_address_reads_back_the_same() -> None:
    place = Place(date(2023, 4, 3), "-day", 7)
    assert place.query(Filters()) == "?period=2023-04-03&sort=-day&page=7"
    assert place.query(Filters(grain="week")).startswith("?grain=week&period=")
    assert read_place({"period": "2023-04-03", "sort": "-day", "page": "7"}, KINDS["commits"], "week") == (
        place,
        [],
    )


def test_conditions_written_into_an_address_read_back_the_same() -> None:
    conditions = (
        Condition("subject", "has", "50% & _x"),
        Condition("day", "min", date(2023, 1, 2)),
        Condition("additions", "max", -3),
    )
    written = Place(conditions=conditions).query(Filters(grain="week"))
    query = {name: values[0] for name, values in parse_qs(written.removeprefix("?")).items()}
    assert read_place(query, KINDS["commits"], "week") == (Place(conditions=conditions), [])


def test_rows_are_chosen_by_what_their_columns_hold(counted: FlaskClient) -> None:
    query = "?scope=tensorflow/tensorflow&grain=year&period=2023-01-01"
    whole = counted.get(f"/api/metrics/commits/rows.json{query}").get_json()
    author = whole[0]["author"]
    additions = sorted(row["additions"] for row in whole)[len(whole) // 2]
    chosen = f"{query}&author.has={quote(author[:6].upper())}&additions.min={additions}&day.max=2023-06-30"
    found = counted.get(f"/api/metrics/commits/rows.json{chosen}").get_json()
    expected = [
        row
        for row in whole
        if author[:6].lower() in (row["author"] or "").lower()
        and row["additions"] >= additions
        and row["day"] <= "2023-06-30"
    ]
    assert found == expected
    assert 0 < len(found) < len(whole)
    tree, body = shown(counted, "/rows/commits", chosen)
    assert len(cells(tree)) == min(50, len(found))
    assert f"{len(found)} commits" in body
    assert "facts have changed since" not in body
    # What stands for other letters in LIKE finds nothing but itself.
    assert counted.get(f"/api/metrics/commits/rows.json{query}&subject.has=%25").get_json() == [
        row for row in whole if "%" in row["subject"]
    ]


def test_what_rows_cannot_be_chosen_by_is_said(counted: FlaskClient) -> None:
    query = "?password.has=x&author.min=3&additions.min=many&day.max=1&subject.has=%00"
    _, body = shown(counted, "/rows/commits", query)
    for said in (
        "“password.has” chooses no rows",
        "“author.min” chooses no rows",
        "additions.min “many” is not understood: write a whole number",
        "day.max “1” is not understood: write a day",
        "subject.has",
    ):
        assert said in body
    refused = counted.get(f"/api/metrics/commits/rows.json{query}")
    assert refused.status_code == 400
    assert len(refused.get_json()["errors"]) == 5


def test_a_list_is_taken_along_as_it_is_chosen(counted: FlaskClient) -> None:
    whole = counted.get("/api/lists/repositories.json").get_json()
    address = "/api/lists/repositories.json?role.is=core&role.is=ecosystem&sort=repository"
    core = counted.get(address)
    assert [row["repository"] for row in core.get_json()] == sorted(
        row["repository"] for row in whole if row["role"] in ("core", "ecosystem")
    )
    assert counted.get(address, headers={"If-None-Match": core.headers["ETag"]}).status_code == 304
    parquet = counted.get("/api/lists/repositories.parquet?sort=repository").get_data()
    assert len(pyarrow.parquet.read_table(io.BytesIO(parquet))) == len(whole)
    assert counted.get("/api/lists/repositories.json?role.is=king").status_code == 400
    assert counted.get("/api/lists/nothing.json").status_code == 404


def test_every_kind_of_row_has_columns_to_sort_by_and_to_lead_from() -> None:
    for name, kind in KINDS.items():
        assert kind.order.removeprefix("-") in kind.sortable
        if name in LEADING:
            assert LEADING[name] in [field.name for field in kind.fields]


@pytest.mark.parametrize(
    ("kind", "row", "expected"),
    [
        ("commits", {"repository": "a/b", "commit": "f00"}, "https://github.com/a/b/commit/f00"),
        ("issues", {"repository": "a/b", "number": 7}, "https://github.com/a/b/issues/7"),
        ("pull_requests", {"repository": "a/b", "number": 7}, "https://github.com/a/b/pull/7"),
        ("releases", {"repository": "a/b", "tag": "v1/x?"}, "https://github.com/a/b/releases/tag/v1%2Fx%3F"),
        ("people", {"login": "somebody"}, "https://github.com/somebody"),
        ("people", {"login": None}, ""),
        ("papers", {"scheme": "arxiv", "identifier": "1603.04467"}, "https://arxiv.org/abs/1603.04467"),
        ("use_cases", {"repository": "a/b"}, "https://github.com/a/b"),
        ("organizations", {"organisation": "Arm"}, ""),
    ],
)
def test_a_row_leads_to_the_thing_itself(kind: str, row: dict[str, Any], expected: str) -> None:
    assert address_of(kind, row) == expected
