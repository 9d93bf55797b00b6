"""Sources that are named: addresses on a real HTTP server, and real repositories at a revision."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine

from collector.benchmarks.downloads import Bounds, without_secrets
from collector.benchmarks.ingest import collect, ingest
from collector.benchmarks.licences import licence
from collector.benchmarks.sources import opened
from collector.errors import CollectorError

BENCH = {"name": "load", "value": 2.5, "unit": "ms"}
TABLE = b"name,metric,value,unit,measured_at\nload,latency,2.5,ms,2026-01-02\n"
MIT = "Some License\n\nPermission is hereby granted, free of charge, to any person\nobtaining a copy of this"


class Server(ThreadingHTTPServer):
    """Files by path, with ETags; some paths misbehave; `asked` is what came in."""

    files: dict[str, bytes]
    asked: list[tuple[str, dict[str, str]]]
    repositories: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers.items())))
        path = self.path.partition("?")[0]
        if ".git/" in path:
            self.git(b"")
        elif path.startswith("/to/"):
            self.answer(302, b"", Location=path.removeprefix("/to"))
        elif path.startswith("/away"):
            self.answer(302, b"", Location=self.path.partition("?")[2])
        elif path == "/loop":
            self.answer(302, b"", Location="/loop")
        elif path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(TABLE)
            self.close_connection = True
        elif path == "/endless.csv":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(TABLE * 1000)
            except OSError:
                self.close_connection = True
        elif path not in self.server.files:
            self.answer(503 if path == "/busy" else 404, b"no")
        else:
            content = self.server.files[path]
            etag = f'"{hashlib.sha256(content).hexdigest()[:8]}"'
            if self.headers.get("If-None-Match") == etag:
                self.answer(304, b"")
            else:
                self.answer(200, content, ETag=etag, **{"Last-Modified": "Fri, 02 Jan 2026 03:04:05 GMT"})

    def do_POST(self) -> None:
        self.git(self.rfile.read(int(self.headers["Content-Length"])))

    def git(self, body: bytes) -> None:
        """git's own server program answers."""
        path, _, query = self.path.partition("?")
        told = {
            "GIT_PROJECT_ROOT": str(self.server.repositories),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], input=body, capture_output=True, check=True, env=os.environ | told
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(fields.pop("Status", "200").split()[0])
        self.answer(status, content, **fields)

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as running:
        running.files, running.asked = {"/bench/table.csv": TABLE}, []
        running.repositories = tmp_path / "repositories"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def sources(written: str, now: datetime) -> list[dict[str, Any]]:
    return [
        dict(row) for page in ingest([written], now=now) for row in page.rows.get("benchmark_sources", ())
    ]


def test_a_file_behind_an_address_is_read_with_its_checksum_and_etag(server: Server, now: datetime) -> None:
    (source,) = sources(f"{server.url}/bench/table.csv", now)
    assert source["location"] == f"{server.url}/bench/table.csv"
    assert source["checksum"] == hashlib.sha256(TABLE).hexdigest()
    assert source["revision"] == f'ETag "{source["checksum"][:8]}"'
    assert (source["results"], source["rejected"]) == (1, 0)


def test_an_archive_behind_an_address_is_unpacked_and_redirects_are_followed(
    server: Server, history: Callable[..., str], now: datetime
) -> None:
    server.files["/deep/a.csv.gz"] = gzip.compress(TABLE)
    (source,) = sources(f"{server.url}/to/deep/a.csv.gz", now)
    assert source["location"] == f"{server.url}/to/deep/a.csv"
    assert source["results"] == 1


def test_what_has_not_changed_is_not_read_again(server: Server, now: datetime) -> None:
    url = f"{server.url}/bench/table.csv"
    with opened(url) as first:
        assert first is not None
        assert json.loads(first.state)["checksum"] == hashlib.sha256(TABLE).hexdigest()
    with opened(url, first.state) as again:
        assert again is None
    assert server.asked[-1][1]["If-None-Match"] == json.loads(first.state)["etag"]
    # A server that knows no ETags sends all of it: the bytes tell.
    with opened(url, json.dumps({"checksum": hashlib.sha256(TABLE).hexdigest()})) as again:
        assert again is None
    server.files["/bench/table.csv"] = TABLE.replace(b"2.5", b"3.5")
    with opened(url, first.state) as changed:
        assert changed is not None


@pytest.mark.parametrize(
    ("path", "bounds", "why"),
    [
        ("/nowhere.csv", Bounds(), "the server answers 404"),
        ("/busy", Bounds(), "the server answers 503"),
        ("/loop", Bounds(), "leads on more than 5 times"),
        ("/cut", Bounds(), "cannot be downloaded|ended after"),
        ("/away?file:///etc/passwd", Bounds(), "leads from http:// to file://, which is not followed"),
        ("/bench/table.csv", Bounds(bytes=10), "is larger than 10 bytes"),
        ("/endless.csv", Bounds(bytes=1 << 20), "is larger than 1048576 bytes"),
        ("/endless.csv", Bounds(seconds=0), "was not downloaded within 0 seconds"),
    ],
)
def test_what_goes_wrong_on_the_way_is_an_error_that_names_the_address(
    server: Server, path: str, bounds: Bounds, why: str
) -> None:
    url = f"{server.url}{path}".replace("http://", "http://somebody:hunter2@")
    with pytest.raises(CollectorError, match=why) as raised, opened(url, bounds=bounds):
        pass
    assert "hunter2" not in str(raised.value)
    assert "127.0.0.1" in raised.value.to


def test_a_server_that_is_not_there_is_an_error_of_the_network(now: datetime) -> None:
    with pytest.raises(CollectorError, match="cannot be downloaded") as raised:
        sources("http://u:hunter2@127.0.0.1:1/a.csv", now)
    assert raised.value.retry
    assert "hunter2" not in str(raised.value)


def test_a_password_goes_to_its_own_host_alone_and_is_kept_nowhere(
    server: Server, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another name of this machine is another host; and a .netrc would open both.
    other = f"http://localhost:{server.server_address[1]}/bench/table.csv"
    (tmp_path / "netrc").write_text("machine localhost login thief password stolen\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    url = f"{server.url}/away/a.csv?{other}".replace("http://1", "http://me:hunter2@1", 1)
    (source,) = sources(url, now)
    first, second = (headers.get("Authorization") for _, headers in server.asked)
    assert first == "Basic " + base64.b64encode(b"me:hunter2").decode()
    assert second is None
    assert "hunter2" not in repr(source)


def test_keys_in_an_address_are_struck_out() -> None:
    url = "https://me:pw@example.org/a.csv?X-Amz-Signature=abc&id=7&access_token=def#part"
    assert without_secrets(url) == "https://example.org/a.csv?X-Amz-Signature=***&id=7&access_token=***"


class Repository:
    """A bare repository with commits made from given files."""

    def __init__(self, path: Path) -> None:
        self.work, self.path = path.with_suffix(".work"), path
        self.git("init", "-q", "-b", "main", str(self.work), at=path.parent)

    def git(self, *arguments: str, at: Path | None = None) -> str:
        who = {
            f"GIT_{who}_{what}": "a@b.example"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        }
        dates = {f"GIT_{who}_DATE": "1700000000 +0000" for who in ("AUTHOR", "COMMITTER")}
        alone = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        (at or self.work).mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["git", *arguments], cwd=at or self.work, check=True, capture_output=True, text=True,
            env=os.environ | who | dates | alone,
        )  # fmt: skip
        return done.stdout.strip()

    def commit(self, **files: bytes | str) -> str:
        for name, content in files.items():
            file = self.work / name.replace("__", "/").replace("_dot_", ".")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "-m", "Change")
        self.git("clone", "-q", "--mirror", ".", str(self.path)) if not self.path.exists() else self.git(
            "push", "-q", "--mirror", str(self.path)
        )
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repositories" / "acme" / "rockets.git")


def test_a_repository_is_read_at_a_revision_with_its_licence(
    repository: Repository, server: Server, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repository.commit(bench__table_dot_csv=TABLE, LICENSE=MIT)
    repository.git("tag", "-a", "-m", "One", "v1")
    second = repository.commit(bench__table_dot_csv=TABLE.replace(b"2.5", b"3.5"))
    # GitHub's place is wherever FLOWMETER_GITHUB_URL says that its API is.
    monkeypatch.setenv("FLOWMETER_GITHUB_URL", f"{server.url}/api/v3")
    for written, commit in (
        ("acme/rockets", second),
        ("acme/rockets@main", second),
        ("acme/rockets@v1", first),
        (f"acme/rockets@{first}", first),
        (f"{repository.path.as_uri()}@v1", first),
        (f"{server.url}/acme/rockets.git@v1", first),
    ):
        (source,) = sources(written, now)
        assert (source["revision"], source["license"]) == (commit, "MIT"), written
        assert source["location"] == ("rockets" if "://" in written else "acme/rockets") + "/bench/table.csv"


def test_a_repository_that_stands_still_is_not_fetched_again(repository: Repository) -> None:
    commit = repository.commit(table_dot_csv=TABLE)
    with opened(repository.path.as_uri()) as first:
        assert first is not None
        assert first.state == commit
    with opened(repository.path.as_uri(), commit) as again:
        assert again is None
    repository.commit(other_dot_csv=TABLE)
    with opened(repository.path.as_uri(), commit) as moved:
        assert moved is not None


def test_a_repositorys_archives_are_opened_its_links_are_not_and_its_attributes_hide_nothing(
    repository: Repository, now: datetime, tmp_path: Path
) -> None:
    (tmp_path / "secret.csv").write_bytes(TABLE)
    repository.work.joinpath("link.csv").symlink_to(tmp_path / "secret.csv")
    repository.commit(
        deep__packed_dot_csv_dot_gz=gzip.compress(TABLE),
        hidden_dot_csv=TABLE,
        _dot_gitattributes="hidden.csv export-ignore\n*.csv text eol=crlf\n",
    )
    pages = list(ingest([repository.path.as_uri()], now=now))
    found = [row for page in pages for row in page.rows.get("benchmark_sources", ())]
    assert {row["location"] for row in found} == {"rockets/deep/packed.csv", "rockets/hidden.csv"}
    assert {row["checksum"] for row in found} == {hashlib.sha256(TABLE).hexdigest()}
    refused = {one.what: one.why for page in pages for one in page.rejections}
    assert refused["rockets: link.csv"] == "is a link or a device, not a file"


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("{url}@nothing", "has no revision 'nothing'"),
        ("{url}@--upload-pack=touch /tmp/x", "has no revision '--upload-pack=touch /tmp/x'"),
        ("{url}@" + "0" * 40, "git says"),
        ("file:///nowhere/at/all.git", "git says"),
        ("ext::sh -c touch% /tmp/x", "there is no such file or folder"),
        ("ftp://example.org/a.csv", "ftp:// is not read"),
        ("file://elsewhere/a.csv", "is a file of another machine"),
        ("file:///nowhere/a.csv", "there is no such file or folder"),
    ],
)
def test_a_source_that_cannot_be_had_is_an_error_that_says_why(
    written: str, why: str, repository: Repository
) -> None:
    repository.commit(table_dot_csv=TABLE)
    with pytest.raises(CollectorError, match=why), opened(written.format(url=repository.path.as_uri())):
        pass


def test_a_path_of_that_name_counts_before_any_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    (tmp_path / "acme" / "rockets").mkdir(parents=True)
    (tmp_path / "acme" / "rockets" / "a.csv").write_bytes(TABLE)
    monkeypatch.chdir(tmp_path)
    (source,) = sources("acme/rockets", now)
    assert source["location"] == "rockets/a.csv"
    (source,) = sources((tmp_path / "acme" / "rockets" / "a.csv").as_uri(), now)
    assert source["location"] == "a.csv"


def test_the_schedule_reads_addresses_and_repositories_when_they_change(
    repository: Repository,
    server: Server,
    sqlite_engine: Engine,
    write_pages: Callable[..., None],
    now: datetime,
) -> None:
    repository.commit(a_dot_csv=TABLE)
    url = f"{server.url}/bench/table.csv?token=hunter2".replace("http://", "http://me:hunter2@")
    wanted = (f"{server.url}/gone.csv", url, repository.path.as_uri())
    configuration = SimpleNamespace(benchmarks=SimpleNamespace(sources=wanted))
    source: Any = SimpleNamespace(configuration=configuration, now=now)

    def run(cursor: Any) -> tuple[list[str], Any]:
        read: list[str] = []
        missing = ""
        try:
            for page in collect(source, cursor):
                write_pages(sqlite_engine, [page])
                read += [row["location"] for row in page.rows.get("benchmark_sources", ())]
                cursor = page.cursor
        except CollectorError as error:
            missing = error.happened
        assert "404" in missing
        return [location for location in read if "csv" in location], cursor

    read, cursor = run({})
    # The address's secrets are neither in its location nor in the cursor that the database keeps.
    assert read == [f"{server.url}/bench/table.csv", "rockets/a.csv"]
    assert "hunter2" not in json.dumps(cursor)
    assert run(cursor)[0] == []
    server.files["/bench/table.csv"] = TABLE + b"more,latency,2,ms,2026-01-02\n"
    read, cursor = run(cursor)
    assert read == [f"{server.url}/bench/table.csv"]
    repository.commit(a_dot_csv=TABLE + b"most,latency,2,ms,2026-01-02\n")
    assert run(cursor)[0] == ["rockets/a.csv"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MIT, "MIT"),
        ("  Apache License\n   Version 2.0, January 2004", "Apache-2.0"),
        (
            "Apache License Version 2.0 …\n---- LLVM Exceptions to the Apache 2.0 License ----",
            "Apache-2.0 WITH LLVM-exception",
        ),
        ("Redistribution and use in source and binary forms … Neither the name of", "BSD-3-Clause"),
        ("Redistribution and use in source and binary forms", "BSD-2-Clause"),
        ("SPDX-License-Identifier: BSL-1.0\n", "BSL-1.0"),
        ("\nDo as you like.\nReally.", "Do as you like."),
        (" \n", None),
    ],
)
def test_a_licence_is_named_as_spdx_does_or_by_its_first_line(text: str, name: str | None) -> None:
    assert licence(text) == name
