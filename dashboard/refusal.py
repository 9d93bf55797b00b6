"""What a request cannot have, in words and with the status that programs read."""

from __future__ import annotations


class Refused(Exception):
    """A request that is not answered: why, one sentence each, and the HTTP status."""

    def __init__(self, status: int, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.status = status
        self.sentences = sentences
