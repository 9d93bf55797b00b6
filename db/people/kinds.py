"""Human, bot or proxy: the rules of `kinds.toml`, tried from the top."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from db.errors import DatabaseError

FILE = Path(__file__).with_name("kinds.toml")
KINDS = ("bot", "proxy")
HUMAN = ("human", "no rule says otherwise")
SETS = ("domains", "logins", "names")
TEXTS = ("account_type", "login_suffix", "login_prefix")


class Known(Protocol):
    """What a rule looks at: an identity."""

    @property
    def domain(self) -> str | None: ...
    @property
    def login(self) -> str | None: ...
    @property
    def name(self) -> str | None: ...
    @property
    def account_type(self) -> str | None: ...


@dataclass(frozen=True)
class Rule:
    """One rule: every condition that it names has to hold; empty ones are not looked at."""

    kind: str
    reason: str
    domains: frozenset[str]
    logins: frozenset[str]
    names: frozenset[str]
    account_type: str
    login_suffix: str
    login_prefix: str

    def fits(self, domain: str, login: str, name: str, account_type: str) -> bool:
        """Whether it fits an identity, given in lower case."""
        return (
            (not self.domains or domain in self.domains)
            and (not self.logins or login in self.logins)
            and (not self.names or name in self.names)
            and (not self.account_type or account_type == self.account_type)
            and (not self.login_suffix or login.endswith(self.login_suffix))
            and (not self.login_prefix or login.startswith(self.login_prefix))
        )


def read_rules(path: Path = FILE) -> tuple[Rule, ...]:
    """The rules in their order. Raises `DatabaseError` naming file, rule, key and what is allowed."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise DatabaseError(
            f"cannot be read ({error})", to=str(path), next_step="Correct the file"
        ) from error
    return tuple(_rule(path, number, entry) for number, entry in enumerate(written.get("rule", []), 1))


def kind_of(rules: Iterable[Rule], identities: Iterable[Known]) -> tuple[str, str]:
    """The kind of somebody with these identities, and the reason: the first rule that fits any of them."""
    seen = [
        (
            (each.domain or "").lower(),
            (each.login or "").lower(),
            (each.name or "").strip().lower(),
            (each.account_type or "").lower(),
        )
        for each in identities
    ]
    for rule in rules:
        if any(rule.fits(*each) for each in seen):
            return rule.kind, rule.reason
    return HUMAN


def _rule(path: Path, number: int, entry: dict[str, Any]) -> Rule:
    allowed = ("kind", "reason", *SETS, *TEXTS)
    unknown = sorted(set(entry) - set(allowed))
    problem = None
    if unknown:
        problem = f"{unknown[0]!r} is not one of {', '.join(allowed)}"
    elif entry.get("kind") not in KINDS:
        problem = f"kind {entry.get('kind')!r} is not one of {', '.join(KINDS)}"
    elif not entry.get("reason"):
        problem = "needs a reason"
    elif not any(entry.get(name) for name in (*SETS, *TEXTS)):
        problem = f"needs a condition: one of {', '.join((*SETS, *TEXTS))}"
    if problem:
        raise DatabaseError(f"rule {number}: {problem}", to=str(path), next_step="Correct the rule")
    sets = {name: frozenset(str(text).lower() for text in entry.get(name, [])) for name in SETS}
    texts = {name: str(entry.get(name, "")).lower() for name in TEXTS}
    return Rule(
        kind=entry["kind"],
        reason=entry["reason"],
        domains=sets["domains"],
        logins=sets["logins"],
        names=sets["names"],
        account_type=texts["account_type"],
        login_suffix=texts["login_suffix"],
        login_prefix=texts["login_prefix"],
    )
