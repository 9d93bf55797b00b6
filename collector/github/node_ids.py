"""GraphQL's global ids of accounts, made from the numbers that are held of them.

GitHub writes an id as a prefix for the kind and, in URL-safe base64, the
MessagePack of `[0, number]`; before 2021 as base64 of `04:User123`. Neither form is
promised for good, so whoever asks by such an id checks the number in the answer.
"""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode
from typing import Literal

Form = Literal["new", "old"]
#: In the order in which they are tried.
FORMS: tuple[Form, ...] = ("new", "old")
PREFIXES = {"User": "U", "Bot": "BOT", "Organization": "O", "Mannequin": "M"}


def account_id(number: int, kind: str | None, form: Form = "new") -> str:
    """The id of an account: `kind` is as GitHub says (User when it is not known, as most are)."""
    kind = kind if kind in PREFIXES else "User"
    if form == "old":
        return b64encode(f"0{len(kind)}:{kind}{number}".encode()).decode()
    packed = b"\x92\x00" + _packed(number)
    return f"{PREFIXES[kind]}_{urlsafe_b64encode(packed).decode().rstrip('=')}"


def _packed(number: int) -> bytes:
    """A natural number in MessagePack, as short as it can be."""
    if number < 0x80:
        return bytes([number])
    for mark, size in ((0xCC, 1), (0xCD, 2), (0xCE, 4)):
        if number < 1 << 8 * size:
            return bytes([mark]) + number.to_bytes(size, "big")
    return b"\xcf" + number.to_bytes(8, "big")
