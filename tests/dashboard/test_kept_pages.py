"""Pages are kept until the numbers change, and for nobody but those who ask the same."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from types import ModuleType

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update

from dashboard.app import create_app
from dashboard.kept_pages import LONGEST, Kept, Shelf
from db.changes import begin_refresh
from db.engine import writing
from db.schema import table
from db.upsert import upsert

PAGE = "/metrics/commits"


@pytest.fixture
def served(engine: Engine, made_up: ModuleType) -> FlaskClient:
    """A dashboard over a made-up community, on either database."""
    made_up.fill(engine)
    client: FlaskClient = create_app(engine, now=lambda: made_up.NOW).server.test_client()
    return client


def question(path: str = PAGE, search: str = "") -> dict[str, object]:
    """What Dash's script asks for a page's content."""
    outputs = {"id": "_pages_content", "property": "children"}, {"id": "_pages_store", "property": "data"}
    return {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": list(outputs),
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": search},
        ],
        "changedPropIds": ["_pages_location.pathname"],
    }


def content(client: FlaskClient, path: str = PAGE, search: str = "", **headers: str) -> str:
    """What Dash's script is told of it."""
    answer = client.post("/_dash-update-component", json=question(path, search), headers=headers)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def change(engine: Engine, value: float) -> None:
    """Give every month of commits another value, as nobody but a refresh does."""
    held = table("metric_values")
    with writing(engine).begin() as connection:
        connection.execute(update(held).where(held.c.metric == "commits").values(value=value))


def refresh_signed(engine: Engine) -> None:
    """Leave what a refresh leaves."""
    row = {
        "metric": "commits",
        "refreshed_at": datetime(2024, 3, 1, tzinfo=UTC),
        "facts_until": date(2024, 2, 29),
        "seconds": 0.1,
        "rows": 7,
    }
    with writing(engine).begin() as connection:
        begin_refresh(connection, [])
        upsert(connection, table("metric_refreshes"), [row])


def test_a_page_is_kept_until_a_refresh_and_made_anew_after_it(served: FlaskClient, engine: Engine) -> None:
    before = content(served)
    change(engine, 424_242)
    assert content(served) == before
    assert "424,242" in content(served, search="?grain=quarter")
    refresh_signed(engine)
    assert "424,242" in content(served)


def test_a_second_process_over_the_same_database_agrees(
    served: FlaskClient, engine: Engine, made_up: ModuleType
) -> None:
    other = create_app(engine, now=lambda: made_up.NOW).server.test_client()
    content(served)
    content(other)
    change(engine, 424_242)
    refresh_signed(engine)
    assert "424,242" in content(served)
    assert "424,242" in content(other)


def test_a_kept_page_is_given_in_no_other_language_and_to_no_other_account(
    served: FlaskClient, engine: Engine
) -> None:
    english = content(served, **{"Accept-Language": "en"})
    korean = content(served, **{"Accept-Language": "ko"})
    assert korean != english
    assert content(served, **{"Accept-Language": "en"}) == english
    change(engine, 424_242)
    # Whatever says who asks is a question of its own: nothing that is kept answers it.
    for header in ("Authorization", "X-Forwarded-User", "X-Anything-Else"):
        assert "424,242" in content(served, **{"Accept-Language": "en", header: "somebody=else"}), header
    served.set_cookie("session", "somebody")
    assert "424,242" in content(served, **{"Accept-Language": "en"})
    served.delete_cookie("session")
    # What only tells the way here is not.
    assert (
        content(served, **{"Accept-Language": "en", "User-Agent": "another", "X-Real-IP": "::1"}) == english
    )


def test_pages_of_facts_are_made_anew_each_time(served: FlaskClient, engine: Engine) -> None:
    held = table("collector_runs")
    content(served, "/data")
    with writing(engine).begin() as connection:
        connection.execute(update(held).values(error="broke off a moment ago", state="failed"))
    assert "broke off a moment ago" in content(served, "/data")


def test_a_kept_page_comes_compressed_where_a_browser_takes_that(served: FlaskClient) -> None:
    plain = content(served)
    for _ in range(2):
        answer = served.post(
            "/_dash-update-component", json=question(), headers={"Accept-Encoding": "gzip, br"}
        )
        assert answer.headers["Content-Encoding"] == "br"
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert len(answer.data) < len(plain) / 3


def test_a_shelf_keeps_no_more_than_its_room_and_lets_go_what_was_not_asked_for() -> None:
    shelf = Shelf(room=1_000)
    made: list[str] = []

    def page(name: str) -> None:
        def make() -> Kept:
            made.append(name)
            return Kept(b"x" * 400, "", "text/plain", shelf.clock())

        assert shelf.page((name,), make) is not None

    for name in ("a", "b", "a", "c", "a", "b"):
        page(name)
        assert shelf.held <= 1_000
    # c took the place of b, which had not been asked for the longest; then b that of c.
    assert made == ["a", "b", "c", "b"]


def test_a_kept_page_is_made_anew_after_a_minute() -> None:
    moments = iter([0.0, 0.0, LONGEST - 1, LONGEST + 1, LONGEST + 1, LONGEST + 1])
    now = [0.0]
    shelf = Shelf(clock=lambda: now[0])
    made: list[float] = []

    def make() -> Kept:
        made.append(now[0])
        return Kept(b"", "", "text/plain", now[0])

    for now[0] in moments:
        shelf.page(("page",), make)
    assert made == [0.0, LONGEST + 1]


def test_what_many_ask_at_once_is_made_once() -> None:
    shelf = Shelf()
    made: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def make() -> Kept:
        made.append(1)
        begun.set()
        go_on.wait(10)
        return Kept(b"page", "", "text/plain", shelf.clock())

    found: list[Kept | None] = []
    threads = [threading.Thread(target=lambda: found.append(shelf.page(("page",), make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert made == [1]
    assert {one.body for one in found if one} == {b"page"}
    assert len(found) == 8


def test_a_fault_is_not_kept() -> None:
    shelf = Shelf()

    def fail() -> Kept:
        raise LookupError("away")

    with pytest.raises(LookupError):
        shelf.page(("page",), fail)
    assert shelf.page(("page",), lambda: None) is None
    kept = Kept(b"well", "", "text/plain", shelf.clock())
    assert shelf.page(("page",), lambda: kept) is kept
