"""The address of the SQL page on a query, which stands in it, or behind the `#` when it is long."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

#: Before the names of parameters, so that none is taken for a part of the page's own address.
PREFIX = "p."
#: Servers and proxies refuse longer lines.
LONGEST = 3_000


def address_of(sql: str, values: Mapping[str, str] | None = None, *, run: bool = False) -> str:
    """Where the page shows this SELECT with these values; it runs by itself only when asked to."""
    rest = {**{f"{PREFIX}{name}": value for name, value in (values or {}).items()}, **_run(run)}
    whole = f"/sql?{urlencode({'q': sql, **rest})}"
    if len(whole) <= LONGEST:
        return whole
    return f"/sql{'?' if rest else ''}{urlencode(rest)}#q={quote(sql, safe='')}"


def stored_address(name: str, values: Mapping[str, str], *, run: bool = False) -> str:
    """Where the page shows a stored query with these values."""
    given = {f"{PREFIX}{each}": value for each, value in values.items()}
    return f"/sql?{urlencode({'stored': name, **given, **_run(run)})}"


def _run(run: bool) -> dict[str, str]:
    return {"run": "1"} if run else {}
