"""Hour files out of object stores, over real HTTP by the client that is used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from sqlalchemy import Engine

from collector.archive.sources import Absent, Fetched, Unchanged, Unreachable, source_of
from collector.archive.stores import PART
from collector.errors import CollectorError

HOUR = datetime(2015, 1, 1, 15, tzinfo=UTC)
NAME = "2015-01-01-15.json.gz"


class Bucket:
    """One bucket as both stores' clients ask for it; objects whose names stand in `refused` are not given."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.refused: set[str] = set()
        self.asked: list[tuple[str, str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._answer(with_body=False)

            def do_GET(self) -> None:
                self._answer(with_body=True)

            def _answer(self, *, with_body: bool) -> None:
                parts = urlsplit(self.path)
                outer.asked.append((self.command, self.path, self.headers.get("Authorization")))
                name = unquote(parts.path.removeprefix("/bucket/"))
                body = outer.objects.get(name)
                if name in outer.refused or body is None:
                    self._send(403 if name in outer.refused else 404, b"", with_body=with_body)
                else:
                    self._send(200, body, with_body=with_body)

            def _send(self, status: int, body: bytes, *, with_body: bool) -> None:
                first, last = 0, len(body) - 1
                wanted = self.headers.get("Range")
                if status == 200 and wanted:
                    begin, _, end = wanted.removeprefix("bytes=").partition("-")
                    first, last = int(begin), min(int(end or last), last)
                    status = 206
                self.send_response(status)
                if status == 206:
                    self.send_header("Content-Range", f"bytes {first}-{last}/{len(body)}")
                self.send_header("Content-Length", str(last - first + 1))
                self.send_header("Last-Modified", "Thu, 01 Jan 2015 16:10:00 GMT")
                self.send_header("ETag", '"one"')
                self.end_headers()
                if with_body:
                    self.wfile.write(body[first : last + 1])

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        place = f"127.0.0.1:{self.server.server_port}"
        self.addresses = {
            "s3": f"s3://bucket/gharchive/?region=eu-north-1&scheme=http&endpoint_override={place}",
            "gs": f"gs://bucket/gharchive?scheme=http&endpoint_override={place}",
        }


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket that is still empty, and credentials where AWS's tools look for them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "an-account")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    held = Bucket()
    yield held
    held.server.shutdown()
    held.server.server_close()


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_an_hour_of_a_store_is_brought_whole_and_what_it_lacks_or_refuses_is_told_apart(
    scheme: str, bucket: Bucket, tmp_path: Path
) -> None:
    # Longer than a part, so that it comes in several.
    body = bytes(range(256)) * (PART // 256 + 100)
    bucket.objects[f"gharchive/{NAME}"] = body
    bucket.refused.add("gharchive/2015-01-01-17.json.gz")
    store = source_of(bucket.addresses[scheme])

    found = store.fetch(HOUR, tmp_path, None)
    unchanged = store.fetch(HOUR, tmp_path, len(body))
    absent = store.fetch(HOUR.replace(hour=16), tmp_path, None)
    refused = store.fetch(HOUR.replace(hour=17), tmp_path, None)

    assert isinstance(found, Fetched)
    assert found.path.read_bytes() == body
    assert found.shown == f"{scheme}://bucket/gharchive/{NAME}"
    assert (type(unchanged), type(absent), type(refused)) == (Unchanged, Absent, Unreachable)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert all(by is not None and "an-account" in by for _, _, by in bucket.asked)


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_hours_of_a_store_are_loaded_as_those_of_a_folder(
    scheme: str, bucket: Bucket, sqlite_engine: Engine, archive: Any, load_hours: Any, rows: Any
) -> None:
    path = archive.write("2015-01-01-15", [archive.issue("opened", "2015-01-01T15:00:00Z", 5)])
    bucket.objects[f"gharchive/{NAME}"] = path.read_bytes()

    load_hours(sqlite_engine, bucket.addresses[scheme], ["2015-01-01T15", "2015-01-01T16"])

    assert [row["number"] for row in rows(sqlite_engine, "issues")] == [5]
    lines = [(row["state"], row["source"]) for row in rows(sqlite_engine, "archive_hours")]
    shown = f"{scheme}://bucket/gharchive"
    assert lines == [("loaded", f"{shown}/{NAME}"), ("missing", f"{shown}/2015-01-01-16.json.gz")]


def test_an_option_that_no_store_has_is_named_and_a_secret_in_the_address_is_not() -> None:
    with pytest.raises(CollectorError) as told:
        source_of("s3://an-account:a-secret@bucket/gharchive?nonsense=1")

    assert "nonsense" in str(told.value)
    assert "s3://BUCKET/FOLDER" in str(told.value)
    assert "a-secret" not in str(told.value)
