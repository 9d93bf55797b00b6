"""The processes of docker-compose.yml as plain ones: their commands, users, environment and health checks.

Run in a mount namespace of its own, as root (unshare --mount python -m tests.faults.compose FOLDER URL PORT):
the file system is read-only but for what the services mount, as in the containers. Of the containers'
paths, those that would have to be made on this machine (/run/secrets, /etc/flowmeter, /flowmeter) lie in the
folder instead. PostgreSQL runs already, at URL. Tells what it saw as JSON.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parents[2]
#: Where the folder is seen from inside.
INSIDE = Path("/mnt/flowmeter")
#: How long a service may take to become what others wait for, in seconds.
PATIENCE = 180.0


def composed() -> dict[str, Any]:
    """The services of docker-compose.yml, anchors and merges resolved."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return found


def entrypoint() -> list[str]:
    """What the image runs a service's command with; its Python is this one."""
    written = re.search(r"^ENTRYPOINT (\[.*\])$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.M)
    assert written
    assert json.loads(written[1]) == ["/opt/flowmeter/bin/flowmeter"]
    return [sys.executable, "-m", "flowmeter"]


def mapped(value: str, port: int) -> str:
    """A value of the containers as it is here: paths lie in the folder, and the port is a free one."""
    value = value.replace("/run/secrets", f"{INSIDE}/secrets").replace("/etc/flowmeter", str(ROOT))
    return re.sub(r"\b8050\b", str(port), value)


def make_room(folder: Path) -> None:
    """The namespace: a read-only world in which the folder's `var` and a fresh /tmp may be written."""
    mount("--make-rprivate", "/")
    closed = next((each for each in Path(sys.base_prefix).parents if not each.stat().st_mode & 1), None)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/mnt")
    INSIDE.mkdir()
    mount("--bind", str(folder), str(INSIDE))
    if closed is not None:
        # This Python lies where only root may go; in the image everybody may.
        way = Path("/mnt/python")
        way.mkdir()
        mount("--bind", sys.base_prefix, str(way))
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(closed))
        Path(sys.base_prefix).mkdir(parents=True)
        mount("--bind", str(way), sys.base_prefix)
    checkout = Path("/mnt/checkout")
    checkout.mkdir()
    mount("--bind", str(ROOT), str(checkout))
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/tmp")
    if Path("/tmp") in ROOT.parents:
        ROOT.mkdir(parents=True)
        mount("--bind", str(checkout), str(ROOT))
    mount("-o", "remount,bind,ro", "/")


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


class Service:
    """One service as a plain process."""

    def __init__(self, name: str, described: Mapping[str, Any], port: int) -> None:
        self.name = name
        self._port = port
        self._described = described
        user, group = (int(part) for part in described["user"].split(":"))
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": "/tmp",
            "LANG": "C.UTF-8",
        }
        environment |= {key: mapped(value, port) for key, value in described["environment"].items()}
        # The simulator in GitHub's place: nothing of the outside is asked here.
        environment |= {
            "FLOWMETER_GITHUB_URL": os.environ["FLOWMETER_GITHUB_URL"],
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._environment = environment
        self.log = INSIDE / "logs" / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*entrypoint(), *(mapped(part, port) for part in described["command"])],
                cwd=INSIDE / "flowmeter",
                env=environment,
                stdout=log,
                stderr=log,
                user=user,
                group=group,
                extra_groups=[],
                start_new_session=True,
            )

    def wait_until_healthy(self) -> None:
        """Run the health check of the file until it is content."""
        kind, *command = self._described["healthcheck"]["test"]
        assert kind == "CMD"
        asked = [sys.executable if part == "python" else mapped(part, self._port) for part in command]
        deadline = time.monotonic() + PATIENCE
        while subprocess.run(asked, env=self._environment, capture_output=True, check=False).returncode:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{self.name} is not healthy:\n{self.log.read_text()}")
            time.sleep(0.3)

    def end(self) -> dict[str, float]:
        """SIGTERM, as `docker compose stop` sends it, and what came of it within the grace period."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(float(self._described["stop_grace_period"].removesuffix("s")))
        return {"status": status, "seconds": round(time.monotonic() - began, 1)}


def prove(folder: Path, port: int) -> dict[str, Any]:
    """Migrate once, then scheduler and dashboard together, then stop them."""
    services = composed()["services"]
    make_room(folder)
    migration = Service("migration", services["migration"], port)
    status = migration.process.wait(PATIENCE)
    if status:
        raise SystemExit(f"migration ended with {status}:\n{migration.log.read_text()}")
    for name in ("scheduler", "dashboard"):
        waits = services[name]["depends_on"]["migration"]["condition"]
        assert waits == "service_completed_successfully"
    scheduler, dashboard = (Service(name, services[name], port) for name in ("scheduler", "dashboard"))
    dashboard.wait_until_healthy()
    seen: dict[str, Any] = {"status": status, "users": [_user(each) for each in (scheduler, dashboard)]}
    base = f"http://127.0.0.1:{port}"
    seen["ready"] = _get(f"{base}/readyz")
    deadline = time.monotonic() + PATIENCE
    while " leads" not in (found := _doctor(scheduler)) and time.monotonic() < deadline:
        time.sleep(0.5)
    seen["doctor"] = found
    while not re.search(r'job_last_success\S*\{[^}]*job="repositories"', _get(f"{base}/metrics")):
        if scheduler.process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"the scheduler collects nothing:\n{scheduler.log.read_text()[-4000:]}")
        time.sleep(0.5)
    seen["ends"] = {each.name: each.end() for each in (scheduler, dashboard)}
    seen["logs"] = scheduler.log.read_text() + dashboard.log.read_text()
    return seen


def _user(service: Service) -> list[str]:
    told = Path(f"/proc/{service.process.pid}/status").read_text()
    return [line for line in told.splitlines() if line.startswith(("Uid", "Gid", "CapEff"))]


def _get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return str(answer.read().decode())


def _doctor(service: Service) -> str:
    """What the doctor says in the container of a service."""
    described = service._described
    user, group = (int(part) for part in described["user"].split(":"))
    asked: Sequence[str] = [*entrypoint(), "doctor", "--format", "csv"]
    done = subprocess.run(
        asked,
        cwd=INSIDE / "flowmeter",
        env=service._environment,
        capture_output=True,
        text=True,
        user=user,
        group=group,
        extra_groups=[],
        check=False,
    )
    return done.stdout + done.stderr


def prepare(folder: Path, url: str) -> None:
    """The folder that the services see: their secrets, as `make secrets` makes them, and their volume."""
    for name in ("secrets", "flowmeter/var", "logs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in composed()["secrets"]:
        words = {"database_url": url, "github_token": "opens-the-sample", "identity_key": "f" * 64}
        (folder / "secrets" / name).write_text(words.get(name, "unused") + "\n")
    shutil.chown(folder / "flowmeter/var", 10001, 10001)
    folder.chmod(0o755)


def main() -> None:
    """Prepare the folder, prove, and tell."""
    folder, url, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    prepare(folder, url)
    print(json.dumps(prove(folder, port)))


if __name__ == "__main__":
    main()
