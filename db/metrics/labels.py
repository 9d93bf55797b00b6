"""What labels stand for: the readable list in `labels.toml`, and the table that metrics read it from."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sqlalchemy import Connection, delete

from db.errors import DatabaseError
from db.schema import table
from db.upsert import upsert

FILE = Path(__file__).with_name("labels.toml")
KINDS = ("good_first_issue",)


def read_labels(path: Path = FILE) -> dict[str, str]:
    """Label in lower case → kind. Raises `DatabaseError` naming file, entry and what is allowed."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("kind", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DatabaseError(
            f"is not TOML ({error})", to=str(path), next_step="Put that line right"
        ) from error
    found: dict[str, str] = {}
    for entry in entries:
        kind = entry.get("kind")
        if kind not in KINDS:
            raise DatabaseError(
                f"kind {kind!r} is not known", to=str(path), next_step=f"Write one of {', '.join(KINDS)}"
            )
        for name in entry.get("names", ()):
            if found.setdefault(name.lower(), kind) != kind:
                raise DatabaseError(
                    f"{name!r} stands under two kinds", to=str(path), next_step="Leave it under one of them"
                )
    return found


def write_labels(connection: Connection) -> None:
    """Hold exactly the labels of the list in `label_kinds`."""
    held = table("label_kinds")
    found = read_labels()
    connection.execute(delete(held).where(held.c.name.not_in(found)))
    upsert(connection, held, [{"name": name, "kind": kind} for name, kind in found.items()])
