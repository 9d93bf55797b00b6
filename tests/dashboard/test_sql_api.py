"""Ad hoc SQL over HTTP: the same rows in every form, refusals in words, and places that come free again."""

from __future__ import annotations

import contextlib
import csv
import http.client
import io
import json
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlencode

import pyarrow.parquet
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.serving import make_server

from dashboard import sql_api
from dashboard.app import create_app
from db.adhoc import turns
from db.adhoc.stored import read_stored
from db.engine import writing
from db.repositories import register

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x > 0) SELECT COUNT(*) FROM n"
MANY = (
    "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 60000) "
    "SELECT x, '=x' AS f FROM n"
)


@pytest.fixture
def asking(engine: Engine) -> FlaskClient:
    with writing(engine).begin() as connection:
        register(connection, {"owner/one": "core", "owner/two": "peer"})
    client: FlaskClient = create_app(engine).server.test_client()
    return client


@pytest.fixture
def small(sqlite_engine: Engine) -> FlaskClient:
    client: FlaskClient = create_app(sqlite_engine).server.test_client()
    return client


def test_every_form_gives_the_same_rows(asking: FlaskClient) -> None:
    asked = {
        "q": "SELECT full_name, stars, role FROM repositories WHERE role <> :role ORDER BY 1",
        "role": "x",
    }
    rows = asking.get("/api/sql.json", query_string=asked)
    assert rows.get_json() == [
        {"full_name": "owner/one", "stars": None, "role": "core"},
        {"full_name": "owner/two", "stars": None, "role": "peer"},
    ]
    assert rows.headers["X-Flowmeter-Rows"] == "2"
    assert rows.headers["X-Flowmeter-Cut-Short"] == "no"
    assert rows.headers["X-Flowmeter-Limits"].startswith("rows=10000, seconds=5")
    assert rows.headers["Cache-Control"] == "no-store"
    arrays = asking.post("/api/sql.json", data={**asked, "_shape": "arrays", "_rows": "1"}).get_json()
    assert arrays == {
        "columns": ["full_name", "stars", "role"],
        "rows": [["owner/one", None, "core"]],
        "cut_short": "rows",
    }
    text = asking.get("/api/sql.csv", query_string=asked).get_data(as_text=True)
    assert list(csv.reader(io.StringIO(text)))[1:] == [["owner/one", "", "core"], ["owner/two", "", "peer"]]
    table = pyarrow.parquet.read_table(
        io.BytesIO(asking.get("/api/sql.parquet", query_string=asked).get_data())
    )
    assert table.to_pylist() == rows.get_json()


def test_kinds_of_values_are_said_or_guessed(asking: FlaskClient) -> None:
    def given(**values: str) -> object:
        asked = {"q": "SELECT COUNT(*) AS n FROM repositories WHERE full_name <> :v", **values}
        answer = asking.get("/api/sql.json", query_string=asked)
        return answer.get_json()[0]["n"] if answer.status_code == 200 else answer.get_json()["errors"][0]

    assert given(v="owner/one") == 1
    assert given(**{"v:text": "007"}) == 2
    assert ":v is not a day. Write it like 2024-03-31" in str(given(**{"v:day": "2024-02-30"}))
    assert "kinds are text" in str(given(**{"v:colour": "1"})).casefold()
    assert "It has :v" in str(given(v="1", w="2"))
    assert "parameter :v has no value" in str(given())


def test_refusals_say_what_and_where(small: FlaskClient) -> None:
    for asked, words, position in (
        ("SELECT 1; SELECT 2", "2 statements", None),
        ("DELETE FROM repositories", "only SELECT is allowed", None),
        ("SELECT holder FROM leases", "leases is private: how the machine keeps its house", 19),
        ("SELECT i.hireable FROM identities i", "Use affiliations", 9),
        ("SELECT name FROM scopes WHERE (", "cannot be read as SQL", 30),
        ("", "There is no query", None),
        ("nothing_of_that_name", "there is no stored query", None),
        (ENDLESS, "more than 0.3 s", None),
    ):
        answer = small.get("/api/sql.csv", query_string={"q": asked, "_seconds": "0.3"})
        told = answer.get_json()
        assert answer.status_code == 400, asked
        assert words in told["errors"][0]
        assert told.get("position") == position, asked
    assert small.get("/api/sql.exe?q=SELECT+1").status_code == 404
    assert small.get("/api/sql.json?q=SELECT+1&_rows=0").status_code == 400
    assert small.get("/api/sql.json?q=SELECT+1&q=SELECT+2").status_code == 400
    assert small.post("/api/sql.json", data={"q": "x" * 300_000}).status_code == 413


def test_stored_queries_are_listed_and_asked_by_name(small: FlaskClient) -> None:
    listed = small.get("/api/sql/stored.json").get_json()
    assert [each["name"] for each in listed] == list(read_stored())
    answer = small.get("/api/sql.json", query_string={"q": "numbers_of_a_metric", "grain": "year"})
    assert answer.get_json() == []
    assert small.get("/api/sql.json?q=xla_gains&model:text=res%25").status_code == 200
    wrong = small.get("/api/sql.json?q=numbers_of_a_metric&grains=year").get_json()
    assert "has no parameter :grains" in wrong["errors"][0]


def test_a_large_answer_comes_in_pieces_and_is_whole(small: FlaskClient) -> None:
    asked = {"q": MANY, "_rows": "100000"}
    answer = small.get("/api/sql.csv", query_string=asked, buffered=False)
    assert "X-Flowmeter-Rows" not in answer.headers
    lines = b"".join(answer.iter_encoded()).decode().split("\r\n")
    assert (lines[0], lines[1], lines[60_000], len(lines)) == ("x,f", "1,'=x", "60000,'=x", 60_002)
    table = pyarrow.parquet.read_table(
        io.BytesIO(small.get("/api/sql.parquet", query_string=asked).get_data())
    )
    assert table.column("x").to_pylist() == list(range(1, 60_001))


def test_columns_of_mixed_kinds_fit_into_parquet(small: FlaskClient) -> None:
    asked = "SELECT 1 AS a, NULL AS b, 1 AS c, x'00ff' AS d UNION ALL SELECT 2.5, NULL, 'x', 9e999"
    answer = small.get("/api/sql.parquet", query_string={"q": asked})
    assert pyarrow.parquet.read_table(io.BytesIO(answer.get_data())).to_pylist() == [
        {"a": 1.0, "b": None, "c": "1", "d": "00ff"},
        {"a": 2.5, "b": None, "c": "x", "d": None},
    ]


@pytest.fixture
def served(sqlite_engine: Engine) -> Iterator[tuple[str, int]]:
    server = make_server("127.0.0.1", 0, create_app(sqlite_engine).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield "127.0.0.1", server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def _ask(served: tuple[str, int], query: str, **options: str) -> http.client.HTTPConnection:
    connection = http.client.HTTPConnection(*served, timeout=20)
    connection.request("GET", f"/api/sql.json?{urlencode({'q': query, **options})}")
    return connection


def test_a_client_that_goes_away_ends_its_query_and_others_are_told_to_come_back(
    served: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_api, "MOST_SECONDS", 60.0)
    waiting = [_ask(served, ENDLESS) for _ in range(turns.AT_ONCE)]
    deadline = time.monotonic() + 15
    status = 0
    while status != 429 and time.monotonic() < deadline:
        refused = _ask(served, "SELECT 1").getresponse()
        status, said = refused.status, json.loads(refused.read())
        if status == 200:
            # The probe itself may have taken a place from one of them.
            waiting.append(_ask(served, ENDLESS))
    assert status == 429
    assert refused.headers["Retry-After"] == str(sql_api.COME_BACK)
    ticket = refused.headers[sql_api.TICKET]
    again = _asked_again(served, ticket)
    assert again.getheader(sql_api.TICKET) == ticket, "it keeps the place in the line"
    assert "try again" in said["errors"][0]
    for connection in waiting:
        connection.close()
    while status != 200 and time.monotonic() < deadline:
        status = _asked_again(served, ticket).status
    assert status == 200


def test_a_download_waits_for_its_turn_and_few_wait_at_once(served: tuple[str, int]) -> None:
    taken = [turns.LINE.take(0) for _ in range(turns.AT_ONCE)]
    first = _ask(served, "SELECT 1 AS one", _wait="20")
    deadline = time.monotonic() + 15
    while sql_api.WAITING._value == 2 and time.monotonic() < deadline:
        assert _ask(served, "SELECT 1").getresponse().status == 429
    for _ in range(sql_api.WAITING._value):
        sql_api.WAITING.acquire()
    assert _ask(served, "SELECT 1", _wait="20").getresponse().status == 429
    for turn in taken:
        turn.end()
    answer = first.getresponse()
    assert (answer.status, json.loads(answer.read())) == (200, [{"one": 1}])
    assert sql_api.WAITING._value == 1, "who has had a turn waits no more"
    sql_api.WAITING.release()
    assert _ask(served, "SELECT 1", _wait="21").getresponse().status == 400


def _asked_again(served: tuple[str, int], ticket: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(*served, timeout=20)
    connection.request("GET", "/api/sql.json?q=SELECT+1", headers={sql_api.TICKET: ticket})
    return connection.getresponse()


def test_the_names_of_columns_are_no_formulas_of_a_spreadsheet(small: FlaskClient) -> None:
    asked = {"q": """SELECT 1 AS "=HYPERLINK(""x"")", '=2' AS "@b", 3 AS c"""}
    text = small.get("/api/sql.csv", query_string=asked).get_data(as_text=True)
    assert list(csv.reader(io.StringIO(text))) == [['\'=HYPERLINK("x")', "'@b", "c"], ["1", "'=2", "3"]]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
    ],
)
def test_a_client_is_an_address_or_the_network_of_one_that_has_more_than_can_be_counted(
    small: FlaskClient, one: str, other: str, same: bool
) -> None:
    def who(address: str) -> str:
        with small.application.test_request_context("/api/sql.json", environ_base={"REMOTE_ADDR": address}):
            return sql_api._who()

    assert (who(one) == who(other)) == same


@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/sql.json", "multipart/form-data; boundary=b"),
        ("/api/sql.json", "application/x-www-form-urlencoded"),
        ("/_dash-update-component", "application/json"),
    ],
)
def test_a_body_without_a_length_is_cut_off_like_one_that_tells_it(
    served: tuple[str, int], path: str, kind: str
) -> None:
    """A file in a form would be written to the disk, however long it is."""
    pieces = [
        b'--b\r\nContent-Disposition: form-data; name="q"; filename="x"\r\n\r\n',
        *[b"x" * 100_000] * 80,
    ]
    connection = http.client.HTTPConnection(*served, timeout=20)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.request("POST", path, iter(pieces), {"Content-Type": kind}, encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status in (400, 413), answer.read()
    connection.close()
    assert _ask(served, "SELECT 1 AS one").getresponse().status == 200
