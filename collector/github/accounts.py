"""The accounts that a page names, once each, as rows of `identities`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from db.people.identities import login_identity

Actor = Mapping[str, Any]


def instant(text: str) -> datetime:
    """GitHub's way to write a time, as an aware UTC datetime; `ValueError` for anything else."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def instant_or_none(text: str | None) -> datetime | None:
    """The same for what may not have happened."""
    return instant(text) if text else None


def login_of(actor: Actor) -> str | None:
    """The login as REST and git write it: GraphQL leaves out an app's `[bot]`; None for one without."""
    login = _words(actor.get("login"))
    is_app = (actor.get("__typename") or actor.get("type")) == "Bot"
    return f"{login}[bot]" if login and is_app and not login.endswith("[bot]") else login


def storable(value: str) -> str:
    """Text as both databases take it: without NUL signs, halves of characters replaced."""
    if "\0" in value:
        value = value.replace("\0", "")
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


class Accounts:
    """Gathers the accounts of a page; each keeps its earliest and latest act and all that is known of it.

    Its login is that of its latest act, in whatever order acts are seen.
    """

    def __init__(self) -> None:
        self._rows: dict[int, dict[str, Any]] = {}

    def seen(self, actor: Actor | None, at: datetime) -> int | None:
        """The identity of an account that acted at an instant; None when the account is gone.

        Takes an actor as GraphQL writes it (`databaseId`, `__typename`) or as REST does (`id`, `type`).
        One without a number or a login, as ghosts and old answers have it, is nobody that is known.
        """
        if not isinstance(actor, Mapping):
            return None
        number = _number(actor.get("databaseId") or actor.get("id"))
        login = login_of(actor)
        if number is None or login is None:
            return None
        kind = _words(actor.get("__typename") or actor.get("type"))
        known = {name: _words(actor.get(name)) for name in ("name", "company")}
        row = login_identity(number, login, kind, at, at, **known)
        held = self._rows.get(row["identity_id"])
        if held is not None:
            row["first_seen"] = min(held["first_seen"], at)
            row["last_seen"] = max(held["last_seen"], at)
            if at < held["last_seen"]:
                row["login"] = held["login"]
            for name in ("account_type", *known):
                row[name] = row[name] or held[name]
        self._rows[row["identity_id"]] = row
        identity: int = row["identity_id"]
        return identity

    def rows(self) -> list[dict[str, Any]]:
        """The rows gathered."""
        return list(self._rows.values())


def _number(value: object) -> int | None:
    """An account's number, also when it is written as text; GraphQL's own ids are none."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    return value if type(value) is int and 0 < value < 2**63 else None


def _words(value: object) -> str | None:
    """What a profile says, as both databases take it."""
    return storable(value).strip() or None if isinstance(value, str) else None
