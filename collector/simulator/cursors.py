"""Cursors: opaque to clients, to us the sort key of the last item seen, which holds while items arrive."""

import base64
import binascii

from collector.simulator.http import ApiError

_MARK = "cursor:v2:"


def write_cursor(key: int) -> str:
    """The cursor of an item by its sort key."""
    return base64.b64encode(f"{_MARK}{key}".encode()).decode()


def read_cursor(text: str) -> int:
    """The sort key in a cursor. Raises ApiError 422 for what is none of ours."""
    try:
        plain = base64.b64decode(text, validate=True).decode()
        if not plain.startswith(_MARK):
            raise ValueError(plain)
        return int(plain.removeprefix(_MARK))
    except (binascii.Error, ValueError) as problem:
        raise ApiError(422, f"`{text}` does not appear to be a valid cursor.") from problem
