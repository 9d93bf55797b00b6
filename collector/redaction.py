"""What never stands in a log line or in the ledger: secrets of the environment, tokens, e-mail addresses."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

#: Variables (and those of these names and _FILE) whose values never stand in a line.
_SECRET = re.compile(r"TOKEN|PASSWORD|KEY|SECRET|_URL$", re.IGNORECASE)
#: Shorter ones are no secrets, and striking them out would make lines unreadable.
_SHORTEST = 6
_TOKENS = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{20,})|(?<=://)[^/@\s]+(?=@)"
    r"|(?<=Bearer )[^\s\"']{8,}"
)
#: Of a person; `git@` is how the address of a clone over SSH begins.
_ADDRESSES = re.compile(r"(?<![\w.+%-])(?!git@)[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")


def secrets_of(environment: Mapping[str, str]) -> list[str]:
    """Every secret that the environment holds or names a file of, the longest first."""
    found: set[str] = set()
    for name, value in environment.items():
        if _SECRET.search(name.removesuffix("_FILE")) and name.startswith(("FLOWMETER_", "GITHUB_")):
            found.update(_parts(name, value))
    return sorted(found, key=len, reverse=True)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with *** in place of these secrets and of whatever looks like a token."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return _TOKENS.sub("***", text)


def redacted(words: str, environment: Mapping[str, str] = os.environ) -> str:
    """Words of others, as they may be kept and shown: without secrets and without e-mail addresses."""
    return _ADDRESSES.sub("***", without_secrets(words, secrets_of(environment)))


def _parts(name: str, value: str) -> Iterable[str]:
    if name.endswith("_FILE"):
        try:
            value = Path(value).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return  # whoever needs it says that it cannot be read
    if name.removesuffix("_FILE").endswith("_URL"):
        # Of an address only the password is secret.
        password = re.search(r"://[^/@\s]*?:([^/@\s]+)@", value)
        parts = [password[1]] if password else []
    else:
        parts = [part.strip() for part in value.split("\n" if "KEY" in name else ",")]
    yield from (part for part in parts if len(part) >= _SHORTEST)
