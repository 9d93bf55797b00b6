"""The machine: programs, room on its disks, clones, and what killed processes left behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from collector.doctor.finding import Finding
from collector.errors import CollectorError
from collector.git import clones as kept
from collector.git.program import ContentsAbsent, GitDirectory, ask, told
from db.engine import database_url
from db.errors import DatabaseError
from db.transfer.backup import left_behind as left_behind_in

#: Below this much free disk a collection may soon end in the middle, in bytes.
LITTLE_DISK = 2_000_000_000


def tools() -> Finding:
    """The programs that collecting calls."""
    found = shutil.which("git")
    if found:
        return Finding("git", "good", found)
    return Finding("git", "wrong", "git is not on the PATH", "Install git: commits are read with it")


def disks() -> Iterator[Finding]:
    """Room where clones, files and a SQLite database lie."""
    seen: set[int] = set()
    for folder in _folders():
        device = folder.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        free = shutil.disk_usage(folder).free
        shown = f"{free / 1e9:.1f} GB free at {folder.resolve()}"
        if free < LITTLE_DISK:
            yield Finding("disk", "attention", shown, "Make room before a collection ends in the middle")
        else:
            yield Finding("disk", "good", shown)


def left_behind() -> Iterator[Finding]:
    """Halves of backups whose process was killed: they take room, and are as private as the database."""
    for folder in _folders():
        for left in left_behind_in(folder):
            yield Finding(
                "backup",
                "attention",
                f"{left} is half a backup, of a process that was killed",
                f"rm -r {left} (the next backup into {folder} does it, too)",
            )


def clones() -> Iterator[Finding]:
    """Whether the newest commit of each clone can be read, and all that it holds is there."""
    for path in sorted(kept.CLONES.glob("*.git")):
        clone = GitDirectory(path.absolute(), str(path))
        try:
            if told(["rev-parse", "--verify", "--quiet", kept.BRANCH], clone, fails=True) is None:
                continue  # of a repository without commits, or on its way
            ask(["rev-list", "--objects", "--quiet", "--max-count=1", kept.BRANCH], clone)
        except (ContentsAbsent, CollectorError) as error:
            why = error.happened if isinstance(error, CollectorError) else str(error).splitlines()[0]
            yield Finding(
                "clone", "wrong", f"{path} is damaged: {why}", f"rm -r {path}; the next run clones it anew"
            )


def _folders() -> list[Path]:
    folders = [Path("var") if Path("var").exists() else Path()]
    try:
        url = database_url()
    except DatabaseError:
        return folders  # the check of the database says what is wrong with it
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith(("file:", ":")):
        beside = Path(url.database).absolute().parent
        if beside.exists() and beside != folders[0].absolute():
            folders.append(beside)
    return folders
