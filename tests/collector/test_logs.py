"""A log line is one event on one line, says what it is of, and never holds a secret."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector import logs
from collector.errors import CollectorError
from collector.run import Progress
from collector.simulator.http import Handler, Request, Response
from collector.simulator.server import Simulator

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "ghp_plantedplantedplantedplanted0000"
PASSWORD = "a-planted-password"


@pytest.fixture
def set_up_again() -> Iterator[None]:
    """Logging as it was, after the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    quieter = {name: logging.getLogger(name).level for name in logs.QUIETER}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, each in quieter.items():
        logging.getLogger(name).setLevel(each)


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("form", logs.FORMATS)
def test_an_event_is_one_line_and_says_what_it_is_of(
    form: str, set_up_again: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up({"FLOWMETER_LOG_FORMAT": form})
    log = logging.getLogger("collector.example")
    with logs.about(Progress("issues", "owner/name"), 17):
        log.warning("two\nlines of %s", "it", extra={"seconds": 1.5})
        try:
            raise ValueError("with\na trace")
        except ValueError:
            log.exception("a defect")
    log.info("of nothing")
    first, second, third = told(capsys)
    if form == "text":
        assert first.endswith(
            "WARNING two | lines of it [job=issues repository=owner/name run=17 seconds=1.5]"
        )
        assert "Traceback" in second
        assert third.endswith("INFO of nothing")
        return
    line = json.loads(first)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "source": "collector.example",
        "message": "two\nlines of it",
        "job": "issues",
        "repository": "owner/name",
        "run": 17,
        "seconds": 1.5,
    }
    assert json.loads(second)["trace"].endswith("ValueError: with\na trace")
    assert set(json.loads(third)) == {"time", "level", "source", "message"}


def test_what_cannot_be_closed_any_more_is_named_without_a_trace(
    set_up_again: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up({})
    try:
        raise ConnectionError("of a server that is gone")
    except ConnectionError:
        logging.getLogger("sqlalchemy.pool.impl.QueuePool").error("Error closing cursor", exc_info=True)
    (line,) = told(capsys)
    assert line.endswith("ERROR Error closing cursor (ConnectionError)")


@pytest.mark.parametrize("name", ["FLOWMETER_LOG_FORMAT", "FLOWMETER_LOG_LEVEL"])
def test_a_form_that_is_none_is_refused_with_those_that_are(name: str, set_up_again: None) -> None:
    with pytest.raises(CollectorError, match=rf"{name}: 'xml'|{name}: 'XML'"):
        logs.set_up({name: "xml"})


@pytest.mark.parametrize("form", logs.FORMATS)
def test_no_line_holds_a_secret_wherever_it_came_from(
    form: str, set_up_again: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    kept = tmp_path / "key"
    kept.write_text("a key in a file\n")
    logs.set_up(
        {
            "FLOWMETER_LOG_FORMAT": form,
            "GITHUB_TOKEN": f"first-token-of-two,{TOKEN}",
            "FLOWMETER_DATABASE_URL": f"postgresql://flowmeter:{PASSWORD}@host/name",
            "FLOWMETER_IDENTITY_KEY_FILE": str(kept),
            "FLOWMETER_SMTP_PASSWORD": "short-pw",
        }
    )
    log = logging.getLogger("anything")
    log.warning("sent %s and first-token-of-two to https://somebody:secret-of-theirs@host/path", TOKEN)
    log.warning("%s, a key in a file, short-pw", PASSWORD)
    log.warning("Authorization: Bearer abcdefghijklmnop and another's gho_0123456789abcdef01234567")
    try:
        raise RuntimeError(f"said {TOKEN}")
    except RuntimeError:
        log.exception("it failed")
    written = "\n".join(told(capsys))
    assert written.count("***") >= 7
    for secret in (
        TOKEN,
        "first-token-of-two",
        "secret-of-theirs",
        PASSWORD,
        "a key in a file",
        "short-pw",
        "abcdefghijklmnop",
        "gho_0123456789abcdef01234567",
    ):
        assert secret not in written
    assert "host/path" in written


def test_a_whole_collection_that_goes_wrong_tells_it_in_lines_of_json_without_the_token(
    tmp_path: Path,
) -> None:
    def telling(request: Request, handler: Handler) -> Response:
        """A server that repeats what it was sent, as some do."""
        if request.path.endswith("/rate_limit") or request.path == "/meta":
            return handler(request)
        return Response(422, json.dumps({"message": f"no: {dict(request.headers)}"}).encode())

    with Simulator(scale=0.001, seed=3, middleware=[telling]) as server:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("FLOWMETER_", "GITHUB_"))}
        environment |= {
            "GITHUB_TOKEN": TOKEN,
            "FLOWMETER_GITHUB_URL": server.url,
            "FLOWMETER_LOG_FORMAT": "json",
            "FLOWMETER_LOG_LEVEL": "DEBUG",
            "FLOWMETER_CONFIG": str(ROOT / "flowmeter.toml"),
        }
        for arguments in (["db", "upgrade"], ["collect", "repositories"]):
            ended = subprocess.run(
                [sys.executable, "-m", "flowmeter", *arguments],
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=300,
            )
    assert ended.returncode == 1
    assert TOKEN not in ended.stdout + ended.stderr
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    failed = [line for line in lines if line.get("state") == "failed"]
    assert failed, ended.stderr[-3000:]
    assert {"job", "repository", "run", "seconds"} <= failed[0].keys()
