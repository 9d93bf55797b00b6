"""A grammar of SQL that a stranger may think of: what is allowed and what is not, mixed and then damaged."""

from __future__ import annotations

import random

TABLES = ("scopes", "repositories", "identities", "calendar", "people", "metric_values")
PRIVATE = (
    *(
        "leases",
        "people_decisions",
        "forgotten_identities",
        "public.leases",
        "main.leases",
        "alembic_version",
    ),
    *(
        "main.identities",
        "public.identities",
        "sqlite_master",
        "sqlite_schema",
        "pg_class",
        "pg_stat_activity",
    ),
    *(
        "pragma_table_info('leases')",
        "pg_catalog.pg_authid",
        "information_schema.tables",
        "dbstat",
        "temp.leases",
    ),
)
COLUMNS = (
    *(
        "name",
        "full_name",
        "role",
        "stars",
        "login",
        "domain",
        "day",
        "period",
        "kind",
        "display_name",
        "value",
    ),
    *("address_hash", "hireable", "holder", "why", "rowid", "ctid", "tableoid", "oid", "xmin", "*"),
)
FUNCTIONS = (
    *(
        "count",
        "sum",
        "min",
        "max",
        "lower",
        "upper",
        "length",
        "coalesce",
        "abs",
        "round",
        "substr",
        "replace",
    ),
    *("group_concat", "string_agg", "hex", "zeroblob", "printf", "randomblob", "load_extension", "readfile"),
    *("pg_sleep", "pg_read_file", "set_config", "current_setting", "lo_import", "lo_create", "query_to_xml"),
    *(
        "pg_notify",
        "pg_terminate_backend",
        "pg_backend_pid",
        "pg_advisory_lock",
        "row_to_json",
        "to_regclass",
    ),
    *("repeat", "generate_series", "char", "chr", "quote", "sqlite_version", "version", "ts_stat", "nextval"),
)
LITERALS = (
    *(
        "1",
        "0",
        "-1",
        "9223372036854775807",
        "1e308",
        "0.5",
        "NULL",
        "''",
        "'x'",
        "'SECRET%'",
        "'2020-01-01'",
    ),
    *("x'00ff'", "'leases'", "'public.leases'", "E'\\''", "$$x$$", "U&'x'", ":p", "?1", "$1", "'%s'", "true"),
)
OPERATORS = ("=", "<>", "<", ">", "||", "+", "-", "*", "/", "%", "LIKE", "AND", "OR", "IS", "IN", "->>", "::")
STATEMENTS = (
    *("DELETE FROM repositories", "UPDATE repositories SET stars = 1", "DROP TABLE repositories", "COMMIT"),
    *(
        "INSERT INTO scopes (scope_id) VALUES (1)",
        "ATTACH 'stolen.db' AS s",
        "VACUUM INTO 'copy.db'",
        "BEGIN",
    ),
    *(
        "PRAGMA query_only = 0",
        "PRAGMA writable_schema = 1",
        "SET ROLE postgres",
        "DO $$ BEGIN END $$",
        "RESET ALL",
    ),
    *(
        "COPY public.leases TO PROGRAM 'cat'",
        "LISTEN x",
        "NOTIFY x",
        "CREATE TEMP TABLE t (a int)",
        "DISCARD ALL",
    ),
    *(
        "CREATE TABLE x (y int)",
        "SET default_transaction_read_only = off",
        "LOCK TABLE public.scopes",
        "EXPLAIN",
    ),
)
NOISE = (
    "/*",
    "*/",
    "--",
    "\n",
    ";",
    "'",
    '"',
    "(",
    ")",
    ",",
    "\x00",
    "\u00a0",
    "ＳＥＬＥＣＴ",
    "\\",
    "`",
    "[",
    "]",
)


class Grammar:
    """Statements by chance, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def statement(self) -> str:
        """One statement: mostly a SELECT, sometimes several or another, sometimes damaged."""
        made = self._chance.random()
        if made < 0.08:
            written = self._chance.choice(STATEMENTS)
        elif made < 0.16:
            written = f"{self._select(2)}; {self._chance.choice(STATEMENTS)}"
        elif made < 0.22:
            written = f"WITH x AS ({self._chance.choice((*STATEMENTS, self._select(1)))}) {self._select(2)}"
        else:
            written = self._select(3)
        return self._damaged(written) if self._chance.random() < 0.25 else written

    def _damaged(self, written: str) -> str:
        for _ in range(self._chance.randrange(1, 4)):
            place = self._chance.randrange(len(written) + 1)
            cut = self._chance.randrange(4)
            written = written[:place] + self._chance.choice((*NOISE, "")) + written[place + cut :]
        return written

    def _select(self, depth: int) -> str:
        chance = self._chance
        columns = ", ".join(self._term(depth) for _ in range(chance.randrange(1, 4)))
        written = f"SELECT {chance.choice(('', '', '', 'DISTINCT '))}{columns}"
        if chance.random() < 0.85:
            written += f" FROM {self._source(depth)}"
            if chance.random() < 0.3:
                kind = chance.choice(("JOIN", "LEFT JOIN", "CROSS JOIN", "NATURAL JOIN", ","))
                on = "" if kind in ("CROSS JOIN", "NATURAL JOIN", ",") else f" ON {self._term(1)}"
                written += f" {kind} {self._source(1)}{on}"
        if chance.random() < 0.4:
            written += f" WHERE {self._term(depth)}"
        if chance.random() < 0.2:
            written += f" GROUP BY {chance.choice(COLUMNS)}"
        if chance.random() < 0.2:
            written += f" ORDER BY {self._term(1)}"
        if depth and chance.random() < 0.2:
            written += (
                f" {chance.choice(('UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT'))} {self._select(depth - 1)}"
            )
        if chance.random() < 0.15:
            written += chance.choice((" LIMIT 5", " FOR UPDATE", " LIMIT ALL OFFSET 1", " INTO x"))
        if chance.random() < 0.1:
            name = chance.choice((*TABLES, "leases", "x"))
            written = f"WITH {chance.choice(('', 'RECURSIVE '))}{name} AS ({self._select(0)}) {written}"
        return written

    def _source(self, depth: int) -> str:
        chance = self._chance
        if depth and chance.random() < 0.2:
            return f"({self._select(depth - 1)}) {chance.choice(('q', 'leases', 'AS identities'))}"
        name = chance.choice(TABLES if chance.random() < 0.6 else PRIVATE)
        return name + chance.choice(("", "", "", " t", " AS leases"))

    def _term(self, depth: int) -> str:
        chance = self._chance
        made = chance.random()
        if depth <= 0 or made < 0.35:
            return chance.choice((*COLUMNS, *LITERALS))
        if made < 0.6:
            inner = ", ".join(self._term(depth - 1) for _ in range(chance.randrange(0, 3)))
            return f"{chance.choice(FUNCTIONS)}({inner})"
        if made < 0.85:
            return f"{self._term(depth - 1)} {chance.choice(OPERATORS)} {self._term(depth - 1)}"
        if made < 0.92:
            return f"({self._select(depth - 1)})"
        kind = chance.choice(("text", "int", "date", "regclass", "xml"))
        return f"CAST({self._term(depth - 1)} AS {kind})"
