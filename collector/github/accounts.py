"""The accounts that a page names, once each, as rows of `identities`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from db.people.identities import login_identity

Actor = Mapping[str, Any]


def instant(text: str) -> datetime:
    """GitHub's way to write a time, as an aware UTC datetime; `ValueError` for anything else."""
    return datetime.fromisoformat(text).astimezone(UTC)


def instant_or_none(text: str | None) -> datetime | None:
    """The same for what may not have happened."""
    return instant(text) if text else None


def login_of(actor: Actor) -> str:
    """The login as REST and git write it: GraphQL leaves out an app's `[bot]`."""
    login = str(actor["login"])
    is_app = (actor.get("__typename") or actor.get("type")) == "Bot"
    return f"{login}[bot]" if is_app and not login.endswith("[bot]") else login


class Accounts:
    """Gathers the accounts of a page; each keeps its earliest and latest act and all that is known of it."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, Any]] = {}

    def seen(self, actor: Actor | None, at: datetime) -> int | None:
        """The identity of an account that acted at an instant; None when the account is gone.

        Takes an actor as GraphQL writes it (`databaseId`, `__typename`) or as REST does (`id`, `type`).
        """
        if not actor:
            return None
        number = actor.get("databaseId") or actor.get("id")
        if not isinstance(number, int):
            return None
        kind = actor.get("__typename") or actor.get("type")
        login = login_of(actor)
        known = {name: (actor.get(name) or "").strip() or None for name in ("name", "company")}
        row = login_identity(number, login, kind, at, at, **known)
        held = self._rows.get(row["identity_id"])
        if held is not None:
            row["first_seen"] = min(held["first_seen"], at)
            row["last_seen"] = max(held["last_seen"], at)
            for name in known:
                row[name] = row[name] or held[name]
        self._rows[row["identity_id"]] = row
        identity: int = row["identity_id"]
        return identity

    def rows(self) -> list[dict[str, Any]]:
        """The rows gathered."""
        return list(self._rows.values())
