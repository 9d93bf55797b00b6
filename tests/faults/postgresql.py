"""A PostgreSQL server that a test may stop, kill and start again as it likes."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, text

from collector.supervisor import free_port


class Server:
    """A server of one's own, on loopback, with a password as in docker-compose.yml."""

    def __init__(self, programs: Path, data: Path | None = None, ahead: Path | None = None) -> None:
        """`data` is an empty folder for its rows, `ahead` one for its log of what it is about to write.

        Where one of them is given the two lie apart.
        """
        user, password = "flowmeter", secrets.token_hex(8)
        # Its own folder: pytest's are shut to the postgres user.
        self.folder = Path(tempfile.mkdtemp(prefix="flowmeter-pg-", dir="/tmp"))
        self.port = free_port()
        self.url = f"postgresql+psycopg://{user}:{password}@127.0.0.1:{self.port}/postgres"
        self.password = password
        self._programs = programs
        self._as: list[str] = []
        file = self.folder / "password"
        file.write_text(password)
        if os.geteuid() == 0:
            self._as = ["runuser", "-u", "postgres", "--"]
            shutil.chown(self.folder, "postgres")
            shutil.chown(file, "postgres")
        self._data = data or self.folder / "data"
        apart = ["-X", ahead or self.folder / "log-ahead"] if data or ahead else []
        self._small = ["min_wal_size=2MB", "max_wal_size=8MB", "wal_recycle=off"] if ahead else []
        apart += ["--wal-segsize=1"] if ahead else []
        for given in (data, ahead):
            if given and self._as:
                shutil.chown(given, "postgres")
                given.chmod(0o700)
        made = ["initdb", "-D", str(self._data), "-U", user, "-A", "scram-sha-256", f"--pwfile={file}"]
        self._run(*made, "-E", "UTF8", "--no-sync", *apart)

    def start(self) -> None:
        """Start, or start again."""
        settings = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder} "
            "-c fsync=off -c max_connections=80"
        ) + "".join(f" -c {each}" for each in self._small)
        self._control("-w", "-l", self.folder / "log", "-o", settings, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop: `fast` ends sessions with a word, `immediate` as a power cut does."""
        self._control("-w", "-m", mode, "stop")

    def restart(self, mode: str = "fast") -> None:
        """Stop and start."""
        self.stop(mode)
        self.start()

    def mend(self) -> None:
        """Start it when it has ended by itself, as whatever starts it would, until it takes sessions."""
        deadline = time.monotonic() + 60
        while not self._asked("pg_isready", "-q", "-h", "127.0.0.1", "-p", self.port):
            if time.monotonic() > deadline:
                raise TimeoutError(self.said[-2000:])
            if not self._asked("pg_ctl", "-D", self._data, "status"):
                self.start()
            time.sleep(0.05)

    @property
    def said(self) -> str:
        """Its log."""
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    def database(self, name: str) -> str:
        """The URL of a fresh, empty database."""
        admin = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
        admin.dispose()
        return f"{self.url.rpartition('/')[0]}/{name}"

    def remove(self) -> None:
        """Stop for good."""
        subprocess.run(
            [*self._as, self._programs / "pg_ctl", "-D", self._data, "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
            cwd="/tmp",
        )
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *arguments: object) -> None:
        self._run("pg_ctl", "-D", self._data, *arguments)

    def _asked(self, program: str, *arguments: object) -> bool:
        command = [*self._as, str(self._programs / program), *(str(each) for each in arguments)]
        return subprocess.run(command, check=False, capture_output=True, cwd="/tmp").returncode == 0

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._as, str(self._programs / program), *(str(each) for each in arguments)]
        # To a file, not a pipe: the server keeps whatever it was started with open.
        with (self.folder / f"{program}.out").open("ab") as out:
            subprocess.run(command, check=True, stdout=out, stderr=out, cwd="/tmp", timeout=120)
