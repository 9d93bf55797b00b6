"""How a lake lies on the disk: snapshots of all tables, of which `current` is the newest that is whole.

    DIR/current → snapshots/000042
    DIR/snapshots/000042/manifest.json
    DIR/snapshots/000042/commits/year=2024/3f2a….parquet

A file's name is made from what is in it, and a file that stays as it was is the same file in both
snapshots (a hard link). A snapshot takes its place by one renaming of `current`.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from db.errors import DatabaseError

CURRENT, SNAPSHOTS, MANIFEST, LOCK = "current", "snapshots", "manifest.json", ".lock"
#: What a snapshot is called while it is written.
DRAFT = ".draft"
#: So long a snapshot stays after the next one took its place: whoever reads it may go on.
GRACE = timedelta(hours=1)


@dataclass(frozen=True)
class Part:
    """One file: its path within the snapshot, its rows, its bytes, and which part of its table it is."""

    path: str
    rows: int
    bytes: int
    number: int = 0


@dataclass(frozen=True)
class LakeColumn:
    """A column, with its type in DuckDB's words and what it means."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class LakeTable:
    """A table: what it holds, its columns and the files that make it up.

    `marks` are those that the database held of the table and of its parts (see `db.lake.marks`).
    """

    meaning: str
    columns: tuple[LakeColumn, ...]
    parts: tuple[Part, ...]
    marks: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return sum(part.rows for part in self.parts)


@dataclass(frozen=True)
class Manifest:
    """A whole snapshot: when it was made, of which revision of the schema, and its tables.

    `private` says that it holds more than what is public, `forgotten` how many marks of
    people who were forgotten the database held. Tables are split by months from the year
    `months_since` on; `made_by` is what the names of files were made with.
    """

    made_at: datetime
    revision: str
    private: bool
    forgotten: int
    tables: dict[str, LakeTable]
    months_since: int = 0
    made_by: str = ""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot that is whole: its folder and its manifest."""

    folder: Path
    manifest: Manifest

    def files(self, name: str) -> list[str]:
        """The files of a table, whole paths."""
        return [str(self.folder / part.path) for part in self.manifest.tables[name].parts]


def current(lake: Path) -> Snapshot | None:
    """The newest whole snapshot, under its own path; None when there is no lake.

    Raises `DatabaseError` when there is one that cannot be read.
    """
    folder = (lake / CURRENT).resolve()
    if folder.parent.name != SNAPSHOTS or not folder.is_dir():
        return None
    try:
        return Snapshot(folder, _read(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatabaseError(
            f"has a manifest that cannot be read ({error})",
            to=str(folder),
            next_step="Remove the folder of the lake and run `flowmeter db export --lake` again",
        ) from error


@contextmanager
def alone(lake: Path, *, private: bool) -> Iterator[None]:
    """Make the folder if need be, and keep every other export out of it while this one lasts."""
    try:
        lake.mkdir(parents=True, exist_ok=True)
        _require_own(lake)
        if private:
            lake.chmod(0o700)
        (lake / SNAPSHOTS).mkdir(exist_ok=True)
        with (lake / LOCK).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise DatabaseError(
                    "is being written by another export", to=str(lake), next_step="Wait until it has ended"
                ) from error
            yield
    except OSError as error:
        raise DatabaseError(
            f"cannot be written ({error.strerror or error})",
            to=str(lake),
            next_step="Name a place with room that can be written, on a file system with symbolic links",
        ) from error


def _require_own(lake: Path) -> None:
    """Whatever else lies in the folder stays; what goes by the names of a lake has to be one."""
    link, within = lake / CURRENT, lake / SNAPSHOTS
    foreign = [link] if link.exists() and not link.is_symlink() else []
    if within.exists():
        foreign += [
            each
            for each in within.iterdir()
            if not each.name.startswith(".") and not (each / MANIFEST).is_file()
        ]
    if foreign:
        raise DatabaseError(
            "is none of a lake's files", to=str(foreign[0]), next_step="Name another folder, or an empty one"
        )


@contextmanager
def draft(lake: Path) -> Iterator[Path]:
    """An empty folder for a new snapshot; what is still there afterwards is removed.

    What an export that was killed left behind goes first.
    """
    for left in [each for each in (lake / SNAPSHOTS).iterdir() if each.name.startswith(".")]:
        shutil.rmtree(left)
    folder = lake / SNAPSHOTS / DRAFT
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(before: Snapshot, part: Part, folder: Path) -> bool:
    """Take a file of another snapshot over as it is; says whether it is there, and whole."""
    held, here = before.folder / part.path, folder / part.path
    if not held.is_file() or held.stat().st_size != part.bytes:
        return False
    here.parent.mkdir(parents=True, exist_ok=True)
    try:
        here.hardlink_to(held)
    except OSError:
        # A file system without hard links: the snapshot before goes soon.
        shutil.copyfile(held, here)
    return True


def publish(lake: Path, folder: Path, manifest: Manifest) -> Snapshot:
    """Write the manifest beside the files of a draft and make it the current snapshot."""
    text = json.dumps(asdict(manifest), default=str, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    _to_the_disk(folder / MANIFEST)
    held = current(lake)
    names = [each.name for each in (lake / SNAPSHOTS).iterdir() if each.name.isdigit()]
    number = max([0, *map(int, names), int(held.folder.name) if held else 0]) + 1
    made = lake / SNAPSHOTS / f"{number:06d}"
    folder.rename(made)
    _to_the_disk(lake / SNAPSHOTS)
    link = lake / f".{CURRENT}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(SNAPSHOTS) / made.name)
    link.replace(lake / CURRENT)
    _to_the_disk(lake)
    return Snapshot(made, manifest)


def prune(lake: Path, *, now: datetime, at_once: bool) -> None:
    """Remove every snapshot but the current one, and the one before it for as long as it may be read.

    `at_once` says that nobody may go on reading what was: somebody asked to be forgotten.
    """
    held = current(lake)
    numbered = sorted(each for each in (lake / SNAPSHOTS).iterdir() if each.name.isdigit())
    kept = {held.folder.name} if held else set()
    before = [each for each in numbered if held and each.name < held.folder.name]
    if held and before and not at_once and now - held.manifest.made_at < GRACE:
        kept.add(before[-1].name)
    for folder in numbered:
        if folder.name not in kept:
            # Nobody may take half of one for a whole one.
            gone = folder.rename(folder.with_name(f".{folder.name}"))
            shutil.rmtree(gone)


def sync(path: Path) -> None:
    """Have a file that was written outlive a power cut, and its folder know of it."""
    _to_the_disk(path)
    _to_the_disk(path.parent)


def _to_the_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(held: dict[str, object]) -> Manifest:
    tables: dict[str, LakeTable] = {}
    listed = held["tables"]
    if not isinstance(listed, dict):
        raise TypeError("its tables are no object")
    for name, told in listed.items():
        columns = tuple(LakeColumn(**column) for column in told["columns"])
        parts = tuple(Part(**part) for part in told["parts"])
        tables[name] = LakeTable(told["meaning"], columns, parts, told.get("marks", {}))
    return Manifest(
        datetime.fromisoformat(str(held["made_at"])),
        str(held["revision"]),
        bool(held["private"]),
        int(str(held["forgotten"])),
        tables,
        int(str(held.get("months_since", 0))),
        str(held.get("made_by", "")),
    )
