"""Who gets what: groups of the configuration as recipients, told apart by keyed hashes of addresses."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from dashboard.language import ENGLISH
from dashboard.reports.audiences import EVERYBODY, reader_of
from dashboard.reports.settings import AudienceSettings
from db.people.identities import identity_key

EMAIL, WEBHOOK, FILE = "email", "webhook", "file"


@dataclass(frozen=True)
class Recipient:
    """An address or hook: its channel and group, the keyed hash it goes by, and what pages call it.

    `address` is empty where the place that holds it does not give one; `problem` says why.
    `reader` is one of `audiences.READERS`; `language` is what alerts are told in.
    """

    channel: str
    audience: str
    key: str
    label: str
    address: str = field(repr=False)
    problem: str = ""
    reader: str = EVERYBODY
    language: str = ENGLISH


def recipients(groups: Sequence[AudienceSettings], scope: str) -> list[Recipient]:
    """Everybody in the groups that read of a scope; an address that is named twice in a group comes once."""
    found: dict[tuple[str, str, str], Recipient] = {}
    for group in groups:
        if group.scopes and scope not in group.scopes:
            continue
        reader = reader_of(group.audience, group.reads)
        for each in (*_mails(group), *_hooks(group)):
            found.setdefault((each.audience, each.channel, each.key), replace(each, reader=reader))
    return list(found.values())


def sealed(purpose: str, *parts: str) -> str:
    """A keyed hash (32 hex digits): without the installation's key nobody can test a guess against it."""
    text = "\x1f".join((purpose, *parts)).encode("utf-8", "surrogatepass")
    return hmac.new(identity_key(), text, hashlib.sha256).hexdigest()[:32]


def looked_up(reference: str) -> tuple[str, str]:
    """(value, problem) of `env:VARIABLE`, `file:PATH` or a value that stands there itself."""
    kind, _, where = reference.partition(":")
    if kind == "env":
        value = os.environ.get(where, "").strip()
        return value, "" if value else f"the variable {where} is not set"
    if kind == "file":
        try:
            value = Path(where).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            return "", f"the file {where} cannot be read ({getattr(error, 'strerror', None) or 'no text'})"
        return value, "" if value else f"the file {where} is empty"
    return reference, ""


def _mails(group: AudienceSettings) -> list[Recipient]:
    found = []
    number = 0
    for reference in group.email:
        value, problem = looked_up(reference)
        if problem:
            key = sealed("recipient", EMAIL, reference)
            found.append(Recipient(EMAIL, group.audience, key, f"{group.audience}, {reference}", "", problem))
        lines = [line.strip() for line in value.replace(",", "\n").splitlines()]
        for address in (line for line in lines if line and not line.startswith("#")):
            number += 1
            key = sealed("recipient", EMAIL, address.casefold())
            found.append(Recipient(EMAIL, group.audience, key, f"{group.audience}, mail {number}", address))
    return found


def _hooks(group: AudienceSettings) -> list[Recipient]:
    found = []
    for reference in group.webhook:
        # By its reference: an address that is given anew is the same recipient.
        value, problem = looked_up(reference)
        key = sealed("recipient", WEBHOOK, reference)
        label = f"{group.audience}, webhook {reference.partition(':')[2]}"
        found.append(Recipient(WEBHOOK, group.audience, key, label, value, problem))
    return found
