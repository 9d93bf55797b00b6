"""Rows of `identities`, made from a login or an address; the address itself goes no further."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from db.errors import DatabaseError
from db.schema import stable_id
from db.secret import secret

#: GitHub's own noreply form: 12345+login@users.noreply.github.com, or login@ for old accounts.
NOREPLY = re.compile(
    r"(?:(\d+)\+)?([a-z0-9][a-z0-9-]*(?:\[bot\])?)@users\.noreply\.github\.com", re.IGNORECASE
)
KEY_FILE = Path("var/identity.key")


@lru_cache(maxsize=1)
def identity_key() -> bytes:
    """The key that addresses are hashed with: `FLOWMETER_IDENTITY_KEY`, or a file made at first use.

    Without the key nobody can test a guessed address against the database.
    Installations that share a database share the key through the environment.
    """
    written = secret("FLOWMETER_IDENTITY_KEY")
    if written:
        return written.encode()
    try:
        if not KEY_FILE.exists():
            KEY_FILE.parent.mkdir(parents=True, exist_ok=True)
            fresh = os.open(KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(fresh, "w") as file:
                file.write(secrets.token_hex(32))
        return KEY_FILE.read_text().strip().encode()
    except OSError as error:
        raise DatabaseError(
            f"the key for e-mail addresses cannot be kept ({error.strerror})",
            to=str(KEY_FILE),
            next_step="Make the folder writable or set FLOWMETER_IDENTITY_KEY",
        ) from error


def address_hash(address: str) -> str:
    """The keyed hash that stands for an address, case and outer blanks aside (32 hex digits)."""
    folded = address.strip().lower().encode("utf-8", "surrogatepass")
    return hmac.new(identity_key(), folded, hashlib.sha256).hexdigest()[:32]


def email_identity(address: str, name: str | None, first: datetime, last: datetime) -> dict[str, Any]:
    """The row for an e-mail address that acted between two instants.

    A noreply address of GitHub's also gives the login and, in its newer form,
    the numeric user id. An address without `@` has no domain and is kept all the same.
    """
    folded = address.strip().lower()
    hashed = address_hash(folded)
    noreply = NOREPLY.fullmatch(folded)
    _, at, domain = folded.rpartition("@")
    return {
        "identity_id": stable_id("email", hashed),
        "kind": "email",
        "github_user_id": int(noreply[1]) if noreply and noreply[1] else None,
        "login": noreply[2] if noreply else None,
        "account_type": None,
        "name": name or None,
        "company": None,
        "address_hash": hashed,
        "domain": domain if at and domain else None,
        "first_seen": first,
        "last_seen": last,
    }


def login_identity(
    user_id: int,
    login: str,
    account_type: str | None,
    first: datetime,
    last: datetime,
    *,
    name: str | None = None,
    company: str | None = None,
) -> dict[str, Any]:
    """The row for a GitHub account; the numeric id is the key, since logins are renamed and reused."""
    return {
        "identity_id": stable_id("login", user_id),
        "kind": "login",
        "github_user_id": user_id,
        "login": login,
        "account_type": account_type,
        "name": name,
        "company": company,
        "address_hash": None,
        "domain": None,
        "first_seen": first,
        "last_seen": last,
    }
