"""Human, bot or proxy: the rules of `kinds.toml`, tried from the top."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from db.errors import DatabaseError
from db.people.behavior import Behavior

FILE = Path(__file__).with_name("kinds.toml")
KINDS = ("bot", "proxy")
RULED = ("human", *KINDS)
HUMAN = ("human", "no rule says otherwise")
SETS = ("domains", "logins", "names")
TEXTS = ("account_type", "login_suffix", "login_prefix")
BEHAVIORS = ("messages", "repeated_message", "answers_within", "commits")
LIMITS = ("least", "share")
WHOLE = ("least", "repeated_message", "answers_within", "commits")


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
    """One rule: every condition that it names has to hold; empty ones are not looked at.

    Behaviour: at least `least` commits follow one of the `messages` (LIKE patterns),
    one message stands `repeated_message` times, `least` items of others were
    answered within `answers_within` seconds, or there are so many `commits`; `share`
    is how much of all commits or comments that has to be.
    """

    kind: str
    reason: str
    domains: frozenset[str]
    logins: frozenset[str]
    names: frozenset[str]
    account_type: str
    login_suffix: str
    login_prefix: str
    messages: tuple[str, ...] = ()
    repeated_message: int = 0
    answers_within: int = 0
    commits: int = 0
    least: int = 1
    share: float = 0.0

    @property
    def names_behavior(self) -> bool:
        """Whether it looks at what somebody does."""
        return bool(self.messages or self.repeated_message or self.answers_within or self.commits)

    def seen_in(self, behavior: Behavior) -> str | None:
        """The figures, when somebody behaves as the rule says."""
        if self.messages:
            found = sum(behavior.templated[pattern] for pattern in self.messages)
            if found < self.least or found < self.share * behavior.commits:
                return None
            return f"{found:,} of {behavior.commits:,} commits"
        if self.repeated_message:
            if behavior.repeated < self.repeated_message:
                return None
            return f"{behavior.repeated:,} of {behavior.commits:,} commits"
        if self.commits:
            return f"{behavior.commits:,} commits" if behavior.commits >= self.commits else None
        found = behavior.prompt[self.answers_within]
        if found < self.least or found < self.share * behavior.answers:
            return None
        return f"{found:,} of {behavior.answers:,} comments"

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


class Judge:
    """Tells kinds by the rules: the first rule that fits an identity of somebody decides.

    A rule is looked at only where one of the things that it names is there, since
    there are tens of thousands of identities.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules
        self._by_thing: dict[str, dict[str, list[int]]] = {name: {} for name in (*SETS, "account_type")}
        #: Rules that look at the form of a login alone.
        self._by_form: list[int] = []
        self._by_behavior: list[int] = []
        for place, rule in enumerate(rules):
            if rule.names_behavior:
                self._by_behavior.append(place)
                continue
            named = next((name for name in SETS if getattr(rule, name)), None)
            if named is not None:
                things: Iterable[str] = getattr(rule, named)
            elif rule.account_type:
                named, things = "account_type", (rule.account_type,)
            else:
                self._by_form.append(place)
                continue
            for thing in things:
                self._by_thing[named].setdefault(thing, []).append(place)

    def is_person(self, identity: Known) -> bool:
        """Whether no rule on what identities are called fits one."""
        first = self._first(_folded(identity))
        return first is None or self.rules[first].kind == HUMAN[0]

    def kind_of(self, identities: Iterable[Known], behavior: Behavior | None = None) -> tuple[str, str]:
        """The kind of somebody with these identities, and the reason.

        A rule on behaviour fits who does what it says, and is called what it says
        besides; without a behaviour such rules fit nobody.
        """
        seen = [_folded(each) for each in identities]
        first = min((place for each in seen if (place := self._first(each)) is not None), default=None)
        for place in self._by_behavior if behavior is not None else ():
            if first is not None and first < place:
                break
            rule = self.rules[place]
            told = rule.seen_in(behavior) if behavior is not None else None
            if told is not None and any(rule.fits(*each) for each in seen):
                return rule.kind, f"{rule.reason} ({told})"
        if first is None:
            return HUMAN
        return self.rules[first].kind, self.rules[first].reason

    def _first(self, seen: tuple[str, str, str, str]) -> int | None:
        domain, login, name, account_type = seen
        things = self._by_thing
        places = [
            *things["domains"].get(domain, ()),
            *things["names"].get(name, ()),
            *things["account_type"].get(account_type, ()),
        ]
        if login:
            places += [*things["logins"].get(login, ()), *self._by_form]
        if not places:
            return None
        return next((place for place in sorted(places) if self.rules[place].fits(*seen)), None)


def _folded(each: Known) -> tuple[str, str, str, str]:
    return (
        (each.domain or "").lower(),
        (each.login or "").lower(),
        (each.name or "").strip().lower(),
        (each.account_type or "").lower(),
    )


def _rule(path: Path, number: int, entry: dict[str, Any]) -> Rule:
    conditions = (*SETS, *TEXTS, *BEHAVIORS)
    allowed = ("kind", "reason", *conditions, *LIMITS)
    unknown = sorted(set(entry) - set(allowed))
    problem = None
    if unknown:
        problem = f"{unknown[0]!r} is not one of {', '.join(allowed)}"
    elif entry.get("kind") not in RULED:
        problem = f"kind {entry.get('kind')!r} is not one of {', '.join(RULED)}"
    elif not entry.get("reason"):
        problem = "needs a reason"
    elif not any(entry.get(name) for name in conditions):
        problem = f"needs a condition: one of {', '.join(conditions)}"
    elif sum(name in entry for name in BEHAVIORS) > 1:
        problem = f"names more than one of {', '.join(BEHAVIORS)}: write a rule each"
    elif not _sound(entry):
        problem = (
            "least, repeated_message, answers_within and commits are whole numbers from 1, share is from 0 "
            "to 1 and messages are texts"
        )
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
        messages=tuple(str(pattern).lower() for pattern in entry.get("messages", [])),
        repeated_message=entry.get("repeated_message", 0),
        answers_within=entry.get("answers_within", 0),
        commits=entry.get("commits", 0),
        least=entry.get("least", 1),
        share=float(entry.get("share", 0.0)),
    )


def _sound(entry: dict[str, Any]) -> bool:
    numbers = [entry[name] for name in WHOLE if name in entry]
    share, messages = entry.get("share", 0.0), entry.get("messages", [""])
    return (
        all(type(number) is int and number >= 1 for number in numbers)
        and isinstance(share, int | float)
        and 0 <= share <= 1
        and isinstance(messages, list)
        and all(isinstance(pattern, str) for pattern in messages)
    )
