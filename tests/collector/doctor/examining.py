"""Asking the doctor, planting what is wrong, and doing what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import Engine
from typer.testing import CliRunner

import flowmeter
from collector.doctor import Finding, examine
from collector.simulator.http import Handler, Request, Response
from collector.simulator.server import Simulator
from db.engine import writing
from db.schema import table

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime.now(UTC).replace(microsecond=0)


def examined() -> list[Finding]:
    """What `flowmeter doctor` looks at, now."""
    return examine(datetime.now(UTC), lambda: flowmeter._reporting().post.addressed())


def found(check: str) -> Finding:
    """The one finding of that name that is not good."""
    findings = [each for each in examined() if each.check == check and each.state != "good"]
    assert len(findings) == 1, findings
    return findings[0]


def configured(home: Path, before: str, after: str) -> None:
    path = home / "flowmeter.toml"
    written = path.read_text()
    assert before in written
    path.write_text(written.replace(before, after))


def insert(engine: Engine, into: str, /, **row: object) -> None:
    with writing(engine).begin() as connection:
        connection.execute(table(into).insert(), row)


@contextmanager
def github(monkeypatch: pytest.MonkeyPatch, **headers: str) -> Iterator[Simulator]:
    def with_headers(request: Request, handler: Handler) -> Response:
        answer = handler(request)
        answer.headers.update(headers)
        return answer

    with Simulator(scale=0.001, seed=3, middleware=[with_headers]) as server:
        monkeypatch.setenv("FLOWMETER_GITHUB_URL", server.url)
        monkeypatch.setenv("GITHUB_TOKEN", "a-token")
        yield server


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(flowmeter.app, arguments or ["doctor"])


#: A command within a sentence: up to what no argument of ours holds.
COMMAND = re.compile(r"(?<![\w-])((?:flowmeter|rm -r|mv|kill) [^;:(),]+)")


def command(finding: Finding) -> list[str]:
    """The command that somebody copies out of what is to be done."""
    written = COMMAND.search(finding.next_step)
    assert written, finding
    return shlex.split(written[1])


def followed(finding: Finding) -> None:
    """Carries out what a finding says is to be done, as somebody does who copies the command out of it."""
    program, *arguments = command(finding)
    if program == "flowmeter":
        done = asked(*arguments)
        assert done.exit_code == 0, done.output
    else:
        subprocess.run([program, *arguments], check=True)


def states() -> dict[str, str]:
    """What the doctor says of each check; of several lines the last."""
    return {each.check: each.state for each in examined()}
