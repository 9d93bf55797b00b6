"""Ad hoc SQL reads and does nothing else."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import sqlglot
from sqlalchemy import Engine, text

from db import metrics as metrics_room
from db.adhoc import processes, reading_apart
from db.adhoc.asked import asked
from db.adhoc.growth import require_bounded
from db.adhoc.limits import Limits
from db.adhoc.private import REASONS, TABLES_KEPT
from db.adhoc.public import COLUMNS_KEPT, TABLES, public_columns
from db.adhoc.query import run, stream
from db.adhoc.reading import read
from db.adhoc.reading_apart import read_apart
from db.adhoc.sizes import row_counts
from db.adhoc.turns import AT_ONCE
from db.engine import writing
from db.errors import DatabaseError
from db.repositories import register
from db.schema import Record


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with writing(engine).begin() as connection:
        register(connection, {"owner/one": "core", "owner/two": "peer"})
    return engine


def test_a_select_gives_its_rows_and_says_when_there_are_more(filled: Engine) -> None:
    asked = "SELECT full_name, role FROM repositories ORDER BY full_name"
    assert run(filled, asked).rows == [("owner/one", "core"), ("owner/two", "peer")]
    short = run(filled, asked, limit=1)
    assert (short.columns, len(short.rows), short.truncated) == (["full_name", "role"], 1, True)


def test_parameters_are_values_and_never_sql(filled: Engine) -> None:
    asked = "SELECT full_name FROM repositories WHERE role = :role AND full_name <> 'a:b' AND 5 % 2 = :one"
    assert run(filled, asked, parameters={"role": "peer", "one": "1"}).rows == [("owner/two",)]
    assert run(filled, asked, parameters={"role": "x' OR '1'='1", "one": "1"}).rows == []
    with pytest.raises(DatabaseError, match="parameter :one has no value"):
        run(filled, asked, parameters={"role": "peer"})


@pytest.mark.parametrize(
    "hostile",
    [
        "DELETE FROM repositories",
        "INSERT INTO repositories (repository_id, full_name, role) VALUES (9, 'x', 'core')",
        "UPDATE repositories SET role = 'core'",
        "DROP TABLE repositories",
        "SELECT 1; DELETE FROM repositories",
        "WITH gone AS (DELETE FROM repositories RETURNING 1) SELECT * FROM gone",
        "ATTACH DATABASE 'stolen.db' AS stolen",
        "VACUUM INTO 'copy.db'",
        "PRAGMA query_only = 0",
        "SELECT load_extension('x')",
        "COPY repositories TO PROGRAM 'cat'",
        "",
        "\x00",
    ],
)
def test_anything_but_one_select_is_refused_and_changes_nothing(
    filled: Engine, hostile: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(DatabaseError):
        run(filled, hostile)
    with filled.connect() as connection:
        count = connection.execute(text("SELECT COUNT(*) FROM repositories WHERE role IN ('core', 'peer')"))
        assert count.scalar_one() == 2
    assert {p.name for p in tmp_path.iterdir()} - before <= {"flowmeter.db-wal", "flowmeter.db-shm"}


def test_an_endless_query_ends_in_time_and_the_next_one_works(filled: Engine) -> None:
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x > 0) SELECT COUNT(*) FROM n"
    )
    with pytest.raises(DatabaseError, match=r"more than 0\.3 s"):
        run(filled, endless, timeout=0.3)
    assert run(filled, "SELECT COUNT(*) FROM repositories").rows == [(2,)]


@pytest.mark.parametrize(
    "asked",
    [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_ls_dir('/')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_terminate_backend(pg_backend_pid())",
        "SELECT query_to_xml('SELECT 1', true, true, '')",
        "SELECT set_config('role', 'none', true)",
        "SELECT * FROM pg_stat_activity",
        "SELECT address_hash FROM public.identities",
        "SELECT row_to_json(i) ->> 'address_hash' FROM identities i",
    ],
)
def test_server_functions_and_private_columns_are_refused_on_postgresql(
    postgresql_engine: Engine, asked: str
) -> None:
    with pytest.raises(DatabaseError, match=r"is not allowed|is private"):
        run(postgresql_engine, asked)


def test_counting_private_rows_is_allowed(engine: Engine) -> None:
    asked = "SELECT COUNT(*) AS n, COUNT(DISTINCT domain) AS d, MIN(LOWER(login)) FROM identities"
    assert run(engine, asked).rows == [(0, 0, None)]


def test_every_public_table_has_the_same_columns_on_both_databases(engine: Engine) -> None:
    for name, columns in public_columns().items():
        assert run(engine, f"SELECT * FROM {name}").columns == columns, name
    assert not {"address_hash", "hireable"} & set(public_columns()["identities"])


def test_private_columns_are_refused_by_name_on_sqlite(sqlite_engine: Engine) -> None:
    """Past the words that stand before it, too."""
    path = str(sqlite_engine.url.database)
    asked = {"path": path, "parameters": {}, "public": public_columns()}
    for hostile in ("SELECT address_hash FROM main.identities", "SELECT hireable FROM main.identities"):
        with pytest.raises(DatabaseError, match=r"identities\.\w+ is private"):
            list(processes.ask({**asked, "sql": hostile}, Limits()))


def test_every_table_is_public_or_private_on_purpose() -> None:
    private = {
        *("people_decisions", "people_suggestions", "forgotten_identities", "identity_logins"),
        *("person_roles", "profile_roles", "cursors", "leases", "deliveries", "unsubscriptions"),
        *("fact_changes", "lake_marks", "refresh_marks", "address_accounts", "archive_hours"),
    }
    assert set(Record.metadata.tables) == TABLES | private
    assert "address_hash" not in public_columns()["identities"]


def test_private_tables_are_refused_by_name(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match=r"leases is private: .*Use collector_runs"):
        run(engine, "SELECT holder FROM leases")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("SELECT address_hash FROM identities", "identities.domain"),
        ("SELECT Max(I.Address_Hash) FROM Identities I", "identities.domain"),
        ("SELECT 1 UNION ALL SELECT (SELECT MIN(login) FROM identities WHERE hireable)", "affiliations"),
        ("SELECT x.hireable FROM (SELECT * FROM identities) x", "affiliations"),
        ("SELECT * FROM public.person_roles", "metric_values of contributors_interns"),
        ("SELECT * FROM main.people_decisions", "identities.person_id"),
    ],
)
def test_who_asks_for_something_private_is_told_what_to_ask_instead(
    filled: Engine, asked: str, told: str
) -> None:
    """By the text alone: the same whether anything is held or not."""
    with pytest.raises(DatabaseError) as empty:
        run(filled, asked)
    assert "is private: " in str(empty.value)
    assert told in str(empty.value)
    secret = "f00d" * 8
    with writing(filled).begin() as connection:
        connection.execute(
            text(
                "INSERT INTO identities (identity_id, kind, login, address_hash, hireable) "
                "VALUES (1, 'email', 'one', :secret, true)"
            ),
            {"secret": secret},
        )
    with pytest.raises(DatabaseError) as filled_in:
        run(filled, asked)
    assert str(filled_in.value) == str(empty.value)
    assert secret not in str(filled_in.value)


def test_a_name_that_the_query_gives_itself_is_not_taken_for_a_private_one(filled: Engine) -> None:
    asked = "SELECT q.hireable FROM (SELECT 1 AS hireable) q LEFT JOIN identities i ON i.identity_id = 9"
    assert run(filled, asked).rows == [(1,)]
    assert run(filled, "WITH leases AS (SELECT 2 AS n) SELECT n FROM leases").rows == [(2,)]


def test_all_that_is_private_says_what_to_ask_instead_and_that_is_public() -> None:
    assert set(TABLES_KEPT) == set(Record.metadata.tables) - TABLES
    assert set(REASONS) == {(name, column) for name, columns in COLUMNS_KEPT.items() for column in columns}
    for kept in (*TABLES_KEPT.values(), *REASONS.values()):
        assert any(name in TABLES for name in re.findall(r"[a-z_]+", kept.instead)), kept
        for name, column in re.findall(r"([a-z_]+)\.([a-z_]+)", kept.instead):
            assert column in public_columns()[name]
    metrics = {path.stem for path in Path(metrics_room.__file__).parent.rglob("*.sql")}
    assert set(re.findall(r"[a-z]+_(?:interns|contributors)", TABLES_KEPT["person_roles"].instead)) <= metrics


def test_a_step_that_no_clock_of_sqlite_can_end_is_killed_and_the_next_question_is_answered(
    sqlite_engine: Engine,
) -> None:
    endless = (
        "WITH RECURSIVE t(s) AS (SELECT 'aaaa' UNION ALL SELECT s || s FROM t WHERE length(s) < 1500000) "
        "SELECT max(length(replace(s, substr(s, 1, 700000) || 'b', ''))) FROM t"
    )
    with pytest.raises(DatabaseError, match=r"more than 0\.2 s"):
        run(sqlite_engine, endless, timeout=0.2)
    assert run(sqlite_engine, "SELECT 1").rows == [(1,)]


def test_a_query_that_fills_the_memory_is_refused_in_words(sqlite_engine: Engine) -> None:
    large = (
        "WITH RECURSIVE t(n, s) AS (SELECT 1, 'x' UNION ALL SELECT n + 1, s || 'yyyyyyyyyy' FROM t "
        "LIMIT 20000) SELECT s FROM t ORDER BY s"
    )
    with pytest.raises(DatabaseError, match="more than 8 MB of memory"):
        stream(sqlite_engine, large, limits=Limits(seconds=20, memory=8 * 1024 * 1024))


def test_an_answer_is_cut_at_its_rows_or_bytes_and_says_which(sqlite_engine: Engine) -> None:
    many = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 3000) SELECT x FROM n"
    for limits, rows, cut in (
        (Limits(rows=700), 700, "rows"),
        (Limits(answer=8000), 1001, "bytes"),
        (Limits(rows=3000), 3000, None),
    ):
        answer = stream(sqlite_engine, many, limits=limits)
        assert [row[0] for batch in answer.batches() for row in batch] == list(range(1, rows + 1))
        assert answer.cut_short == cut


def test_leaving_an_answer_early_ends_its_query(sqlite_engine: Engine) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"
    for _ in range(2 * AT_ONCE + 1):
        answer = stream(sqlite_engine, endless, limits=Limits(seconds=60, rows=10**9, answer=10**12))
        assert next(answer.batches())[0] == (1,)
        answer.close()
    assert run(sqlite_engine, "SELECT 1").rows == [(1,)]


def test_values_come_as_the_database_holds_them(sqlite_engine: Engine) -> None:
    asked = "SELECT 9007199254740993, 0.1, NULL, x'00ff', 'é', CAST(x'ff' AS TEXT), 9e999"
    assert run(sqlite_engine, asked).rows == [
        (9007199254740993, 0.1, None, b"\x00\xff", "é", "\ufffd", float("inf"))
    ]


def test_about_how_many_rows_a_table_holds_is_told_of_every_public_one(filled: Engine) -> None:
    with filled.connect() as connection:
        counts = row_counts(connection)
    assert set(counts) == set(public_columns())
    assert (counts["repositories"], counts["metric_values"]) == (2, 0)


def test_numbers_and_times_that_no_program_holds_are_told_as_postgresql_writes_them(
    postgresql_engine: Engine,
) -> None:
    asked = (
        "SELECT round(10::numeric ^ 5000), 9223372036854775807::numeric, 12345678901234567890::numeric, "
        "1.5, -0.25, interval '1 month', time '24:00'"
    )
    (row,) = run(postgresql_engine, asked).rows
    assert row[0] == "1" + "0" * 5000
    assert row[1:5] == (float(2**63 - 1), 12345678901234567890.0, 1.5, -0.25)
    assert row[5:] == ("1 mon", "24:00:00")
    assert run(postgresql_engine, "SELECT 123456789012345678::numeric, -7::numeric").rows == [
        (123456789012345678, -7)
    ]


@pytest.mark.parametrize("share", ["2", "-0.5"])
def test_a_quantile_at_no_share_of_the_values_is_told_with_the_share_and_the_way_out(
    engine: Engine, share: str
) -> None:
    sqlite = engine.dialect.name == "sqlite"
    quantile = "nearest_rank(x, {})" if sqlite else "percentile_disc({}) WITHIN GROUP (ORDER BY x)"
    rows = " FROM (SELECT 1 AS x UNION ALL SELECT 2 UNION ALL SELECT 7) q"
    assert run(engine, "SELECT " + quantile.format("0.5") + rows).rows == [(2,)]
    with pytest.raises(DatabaseError) as told:
        run(engine, "SELECT " + quantile.format(share) + rows)
    assert str(told.value).startswith(f"the query: asks for a quantile at {share}, which is no share")
    assert "Write a number from 0 to 1: 0.5 is the median" in str(told.value)


def test_a_function_of_the_other_database_is_told_with_what_this_one_has_for_it(engine: Engine) -> None:
    sqlite = engine.dialect.name == "sqlite"
    other, told = (
        ("percentile_disc(0.5) WITHIN GROUP (ORDER BY stars)", r"Write nearest_rank\(value, 0\.5\)")
        if sqlite
        else ("nearest_rank(stars, 2)", r"Write PERCENTILE_DISC\(0\.5\) WITHIN GROUP \(ORDER BY value\)")
    )
    with pytest.raises(DatabaseError, match=told):
        run(engine, f"SELECT {other} FROM repositories")
    assert run(engine, "SELECT 'nearest_rank(1, 2) percentile_disc(2)'").rows[0][0].startswith("nearest")


def test_a_quantile_of_numbers_and_texts_is_in_the_order_of_sqlite(sqlite_engine: Engine) -> None:
    kinds = "(SELECT 'a' AS x UNION ALL SELECT 3 UNION ALL SELECT x'00' UNION ALL SELECT 2.5)"
    ordered = [row[0] for row in run(sqlite_engine, f"SELECT x FROM {kinds} ORDER BY x").rows]
    quantiles = ", ".join(f"nearest_rank(x, {rank / 4})" for rank in range(1, 5))
    assert list(run(sqlite_engine, f"SELECT {quantiles} FROM {kinds}").rows[0]) == ordered
    with pytest.raises(DatabaseError, match="quantile at NULL, which is no share"):
        run(sqlite_engine, "SELECT nearest_rank(1, NULL)")


@pytest.mark.parametrize(
    "asked",
    [
        "SELECT :one + 1 AS n",
        "SELECT 1; SELECT 2",
        "SELECT FROM WHERE",
        "SELECT holder FROM leases",
        "\ud800",
    ],
)
def test_a_statement_that_is_read_by_another_process_is_read_alike(engine: Engine, asked: str) -> None:
    found = []
    for reading in (read, read_apart):
        try:
            found.append(reading(asked, engine.dialect.name))
        except DatabaseError as error:
            found.append((str(error), getattr(error, "position", None)))
    assert found[0] == found[1]


def test_a_statement_that_takes_long_to_read_holds_up_nobody_and_is_given_up(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = f"SELECT 1 WHERE {'+'.join(['a'] * 24_000)} > 0"
    began = time.thread_time()
    with pytest.raises(DatabaseError):
        stream(engine, long, pause=lambda: None)
    assert time.thread_time() - began < 0.05
    monkeypatch.setattr(reading_apart, "LONGEST", 0.01)
    with pytest.raises(DatabaseError, match=r"takes more than 0\.01 s to be read\. Write it shorter"):
        read_apart(long, engine.dialect.name)
    monkeypatch.undo()
    assert read_apart("SELECT 1", engine.dialect.name).parameters == []


def test_wide_rows_come_a_few_at_a_time_so_that_none_who_reads_them_is_held_up(engine: Engine) -> None:
    tens = "(SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5)"
    wide = "replace('" + "a" * 2000 + "', 'a', '" + "b" * 100 + "')"
    pauses: list[None] = []
    answer = stream(
        engine, f"SELECT {wide} AS w FROM {tens} a, {tens} b, {tens} c", pause=lambda: pauses.append(None)
    )
    weights = [sum(len(row[0]) for row in batch) for batch in answer.batches()]
    assert sum(weights) == 125 * 200_000
    assert max(weights) <= 500_000 + 200_000
    assert len(pauses) >= len(weights)


def test_what_is_written_like_no_number_stays_a_text_on_sqlite(sqlite_engine: Engine) -> None:
    asked = "SELECT typeof(:v), :v"
    texts = ("nan", "infinity", "1_000", "\uff11", "1e999", "9" * 25, " 1", "")
    numbers = {"-1": "integer", "+2": "integer", "007": "integer", "1.5": "real", "-.5e3": "real"}
    for written, kind in {**dict.fromkeys(texts, "text"), **numbers}.items():
        (row,) = run(sqlite_engine, asked, parameters={"v": written}).rows
        assert row[0] == kind, written
        assert kind != "text" or row[1] == written


def test_documents_come_as_they_are_written_however_deep_they_nest(postgresql_engine: Engine) -> None:
    deep = "[" * 3000 + "]" * 3000
    (row,) = run(postgresql_engine, f"SELECT '{deep}'::json, '{{\"a\": 1}}'::jsonb").rows
    assert row == (deep, '{"a": 1}')


def _doubled(levels: int, how: str = "") -> str:
    lines = "".join(f", a{n} AS {how} (SELECT x.v FROM a{n - 1} x, a{n - 1} y)" for n in range(1, levels + 1))
    return f"WITH a0 AS (SELECT 1 AS v){lines} SELECT count(*) FROM a{levels}"


def _nested(levels: int, times: int) -> str:
    sql = "SELECT scope_id AS a FROM scopes"
    for level in range(levels):
        sql = f"SELECT {'+'.join(['a'] * times)} AS a FROM ({sql}) q{level}"
    return sql


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (_doubled(24), "16,777,216 tables"),
        (_doubled(16, "NOT MATERIALIZED"), "65,536 tables"),
        (_nested(20, 2), "names and signs"),
        (_nested(8, 8), "names and signs"),
        (f"SELECT (SELECT COUNT(*) FROM scopes WHERE a > 1) FROM ({_nested(7, 8)}) q", "names and signs"),
        ("SELECT 1 FROM " + ", ".join(f"scopes s{n}" for n in range(201)), "201 tables"),
        (f"{_nested(8, 8)} UNION ALL SELECT 1", "names and signs"),
        (f"SELECT 1 WHERE 1 IN ({_doubled(9)})", "512 tables"),
    ],
    ids=range(8),
)
def test_a_statement_that_grows_without_bound_when_it_is_put_together_is_refused_before(
    engine: Engine, asked: str, told: str
) -> None:
    with pytest.raises(DatabaseError, match=rf"means [\d,]* ?{told} once its subqueries are put together"):
        run(engine, asked)


def test_what_is_asked_honestly_grows_within_bounds(engine: Engine) -> None:
    for honest in [
        _doubled(4),
        _nested(3, 8),
        "SELECT 1 " + "UNION ALL SELECT 1 " * 40,
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 9) SELECT SUM(x) FROM n",
    ]:
        run(engine, honest)
    for file in Path(metrics_room.__file__).parent.rglob("*.sql"):
        for dialect in ("sqlite", "postgres"):
            for query in sqlglot.parse(file.read_text("utf-8"), dialect=dialect):
                if query is not None:
                    require_bounded(query)


def test_a_fault_of_a_statement_is_told_without_what_the_parser_is_made_of(engine: Engine) -> None:
    with pytest.raises(DatabaseError, match="cannot be read as SQL") as told:
        run(engine, "SELECT <script>alert(1)</script>")
    assert "class" not in str(told.value)
    assert "sqlglot" not in str(told.value)
    with pytest.raises(DatabaseError, match=":a has several values"):
        asked("SELECT :a", {"a": "1", "a:text": "2"})
