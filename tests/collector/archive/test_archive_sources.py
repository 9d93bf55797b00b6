"""Hour files over real HTTP: what breaks off goes on, what is not there is a gap."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.archive.sources import Web, source_of
from collector.errors import CollectorError


class Server:
    """Files from a folder, each with the faults that a test plans for it, and what was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[tuple[str, str | None]] = []
        self.faults: dict[str, list[Callable[[BaseHTTPRequestHandler, bytes], bool]]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                name = self.path.rpartition("/")[2]
                outer.asked.append((name, self.headers.get("Range")))
                path = outer.folder / name
                planned = outer.faults.get(name)
                if planned and planned.pop(0)(self, path.read_bytes() if path.exists() else b""):
                    self.close_connection = True
                    return
                if not path.exists():
                    self.send_response(404)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                body = path.read_bytes()
                start = int((self.headers.get("Range") or "bytes=0-")[6:-1])
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
                self.send_header("Content-Length", str(len(body) - start))
                self.end_headers()
                self.wfile.write(body[start:])

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/archive"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def server(archive: Any) -> Iterator[Server]:
    """A web server over the test's archive."""
    running = Server(archive.folder)
    yield running
    running.close()


def cut_off(at: int) -> Callable[[BaseHTTPRequestHandler, bytes], bool]:
    """The file's beginning, under the length of the whole."""

    def fault(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:at])
        return True

    return fault


def status(code: int) -> Callable[[BaseHTTPRequestHandler, bytes], bool]:
    """An answer without a file."""

    def fault(handler: BaseHTTPRequestHandler, _body: bytes) -> bool:
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return True

    return fault


def reset(_handler: BaseHTTPRequestHandler, _body: bytes) -> bool:
    """No answer at all."""
    return True


def test_downloads_that_break_off_go_on_and_hours_without_a_file_are_missing(
    sqlite_engine: Engine, archive: Any, server: Server, load_hours: Any, rows: Any
) -> None:
    for hour in (0, 1, 3):
        archive.write(
            f"2015-01-01-{hour}", [archive.star(f"2015-01-01T{hour:02}:00:00Z", n) for n in range(90)]
        )
    server.faults = {
        "2015-01-01-0.json.gz": [cut_off(200), status(503)],
        "2015-01-01-1.json.gz": [status(500), status(429)],
    }
    pauses: list[float] = []

    ended = load_hours(
        sqlite_engine,
        Web(server.url, pause=pauses.append),
        [f"2015-01-01T{hour:02}" for hour in range(4)],
    )

    assert ended.state == "done"
    lines = {row["hour"].hour: row for row in rows(sqlite_engine, "archive_hours")}
    assert [lines[hour]["state"] for hour in range(4)] == ["loaded", "loaded", "missing", "loaded"]
    assert [lines[hour]["kept_events"] for hour in range(4)] == [90, 90, 0, 90]
    first = [asked for name, asked in server.asked if name == "2015-01-01-0.json.gz"]
    assert first == [None, "bytes=200-", "bytes=200-"]
    assert sorted(pauses) == [2.0, 2.0, 4.0, 4.0]
    assert lines[0]["source"] == f"{server.url}/2015-01-01-0.json.gz"
    assert not list((archive.folder.parent / "lake" / "staging").glob("*.gz"))


def test_a_file_that_is_never_given_is_a_gap_and_a_source_that_is_away_ends_the_load(
    sqlite_engine: Engine, archive: Any, server: Server, load_hours: Any, rows: Any
) -> None:
    archive.write("2015-01-01-1", [archive.star("2015-01-01T01:00:00Z", 1)])
    server.faults = {"2015-01-01-0.json.gz": [status(503)] * 5}
    ended = load_hours(
        sqlite_engine, Web(server.url, pause=lambda _: None), ["2015-01-01T00", "2015-01-01T01"]
    )
    assert ended.state == "done"
    lines = rows(sqlite_engine, "archive_hours")
    assert [line["state"] for line in lines] == ["unreadable", "loaded"]
    assert lines[0]["problem"] == "was answered with 503, 5 times"

    server.faults = {f"2015-01-02-{n}.json.gz": [reset] * 5 for n in range(5)}
    ended = load_hours(
        sqlite_engine, Web(server.url, pause=lambda _: None), [f"2015-01-02T0{n}" for n in range(5)]
    )
    assert ended.state == "failed"
    assert "The source seems to be away" in (ended.next_step or "")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("ftp://somewhere/", "neither a folder nor an address"),
        ("gs://", "names no bucket"),
        ("s3:///gharchive", "names no bucket"),
        ("/no/such/folder", "is no folder"),
    ],
)
def test_sources_that_are_not_read_are_refused_with_the_way_out(written: str, told: str) -> None:
    with pytest.raises(CollectorError, match=told.replace(".", r"\.")):
        source_of(written)
