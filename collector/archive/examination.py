"""An hour's file looked through before an engine reads it: how many lines, and whether it is whole."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: What is given to the decompressor at once: in a corrupt file so much before the damage is lost, too.
CHUNK = 1 << 14
#: No event is longer; what is would have to stand in memory as a whole.
LONGEST_LINE = 16 << 20
GZIP = b"\x1f\x8b"
#: How a generated archive labels its events; GitHub's have no such key.
SIMULATED = b'"simulated":true'


@dataclass(frozen=True)
class Examined:
    """What a file holds: lines (empty ones aside), lines too long to take, and what is wrong with it.

    `damage` is a clause about the file, None when it is whole; `readable` says whether
    lines were found all the same.
    """

    lines: int
    too_long: int
    damage: str | None
    simulated: bool

    @property
    def readable(self) -> bool:
        """Whether there is anything to take from it."""
        return self.lines > 0


class _Damaged(Exception):
    """Why nothing more can be read of a file."""


def examine(path: Path) -> Examined:
    """Look through a compressed file, a piece at a time; raises `OSError` when it cannot be opened."""
    lines = too_long = 0
    simulated = False
    damage = None
    try:
        for whole, long_ones in _lines(path):
            if whole and not lines:
                simulated = SIMULATED in whole[0]
            lines += len(whole)
            too_long += long_ones
    except _Damaged as why:
        damage = str(why)
    if damage is None and lines == 0:
        damage = "holds not a single line"
    return Examined(lines, too_long, damage, simulated)


def salvage(path: Path, into: Path) -> None:
    """Write what can be read of a damaged file, whole lines alone, as a file that is none."""
    with gzip.open(into, "wb", compresslevel=1) as rescued:
        try:
            for lines, _ in _lines(path):
                rescued.writelines(line + b"\n" for line in lines)
        except _Damaged:
            return  # the last line is cut: it is no event


def _lines(path: Path) -> Iterator[tuple[list[bytes], int]]:
    """Whole lines a piece at a time, empty ones aside, and how many were too long to take.

    What follows the last newline is a line when the file is whole, and none when it is cut.
    """
    tail, skipping = b"", False
    for piece in _pieces(path):
        *lines, rest = piece.split(b"\n")
        too_long = 0
        if lines:
            too_long = int(skipping)
            lines[0] = tail + lines[0]
            if skipping:
                del lines[0]
            tail, skipping = rest, False
        elif not skipping:
            tail += rest
        if len(tail) > LONGEST_LINE:
            tail, skipping = b"", True
        yield [line for line in lines if line and not line.isspace()], too_long
    if skipping or (tail and not tail.isspace()):
        yield [tail] if tail else [], int(skipping)


def _pieces(path: Path) -> Iterator[bytes]:
    """The file's contents, decompressed; raises `_Damaged` where they end before their end."""
    with path.open("rb") as file:
        start = file.read(64)
        if not start:
            raise _Damaged("is empty")
        if not start.startswith(GZIP):
            shown = start[:24].decode("ascii", "replace").replace("\n", " ")
            raise _Damaged(f"is no gzip file: it begins with {shown!r}")
        file.seek(0)
        member = zlib.decompressobj(wbits=31)
        whole = False
        while piece := file.read(CHUNK):
            while piece:
                if whole:
                    if not piece.strip(b"\0"):
                        break  # padding after the last member
                    member, whole = zlib.decompressobj(wbits=31), False
                try:
                    out = member.decompress(piece, 4 << 20)
                except zlib.error as error:
                    raise _Damaged(f"is corrupt after {file.tell():,} bytes ({error})") from error
                if out:
                    yield out
                piece = member.unconsumed_tail
                if member.eof:
                    whole, piece = True, member.unused_data
        while not whole and (out := member.decompress(b"", 4 << 20)):
            yield out
        if not whole and not member.eof:
            raise _Damaged(f"is cut off after {file.tell():,} bytes")
