import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from collector.simulator.server import Simulator

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def github() -> Iterator[Simulator]:
    with Simulator(scale=0.005, seed=7, now=NOW) as running:
        yield running


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        opened.headers["Authorization"] = "Bearer a-token"
        yield opened


@pytest.fixture
def graphql(github: Simulator, session: requests.Session) -> Callable[..., Any]:
    def ask(query: str, **variables: Any) -> Any:
        answer = session.post(
            f"{github.url}/graphql", json={"query": query, "variables": variables}, timeout=30
        )
        assert answer.status_code == 200
        return answer.json()

    return ask


@pytest.fixture
def pages(github: Simulator, session: requests.Session) -> Callable[..., list[Any]]:
    def follow(path: str) -> list[Any]:
        rows: list[Any] = []
        address: str | None = github.url + path
        while address:
            answer = session.get(address, timeout=30)
            assert answer.status_code == 200, answer.text
            rows += answer.json()
            address = answer.links.get("next", {}).get("url")
        return rows

    return follow


@pytest.fixture
def unused_port() -> Callable[[], int]:
    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    return find
