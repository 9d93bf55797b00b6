"""One commit's files of a repository, fetched without its history."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

from collector.errors import CollectorError
from collector.git.clones import PROTOCOLS, SLOWEST, TRANSFER_LIMIT
from collector.git.program import GitDirectory, environment, failure, told, without_credentials

COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
#: What a branch or tag may be called here: git's own rule is wider, and lets in options and patterns.
NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,199}")
#: Attributes of the repository would leave files out of an archive, or change their bytes.
AS_IT_IS: Final = "* -export-ignore -export-subst -text -ident -filter !eol !working-tree-encoding\n"
QUESTION_LIMIT: Final = 120.0


def commit_of(address: str, revision: str) -> str:
    """The commit that a branch, tag or HEAD of an address is at; a whole hash is one already.

    Raises `CollectorError` when there is no such revision or repository.
    """
    if COMMIT.fullmatch(revision):
        return revision
    shown = without_credentials(address)
    if not NAME.fullmatch(revision) or ".." in revision:
        raise _unknown(revision, shown)
    wanted = ["HEAD"] if revision == "HEAD" else [f"refs/tags/{revision}^{{}}"]
    wanted += [] if revision == "HEAD" else [f"refs/tags/{revision}", f"refs/heads/{revision}"]
    answer = _git(
        ["ls-remote", "--quiet", "--end-of-options", address, *wanted], Path.cwd(), shown, QUESTION_LIMIT
    )
    held = {name: commit for commit, _, name in (line.partition("\t") for line in answer.splitlines())}
    found = next((held[name] for name in wanted if name in held), None)
    if found is None:
        raise _unknown(revision, shown)
    return found


def fetched(address: str, commit: str, folder: Path) -> GitDirectory:
    """The commit's files in a new bare repository in a folder, as they were committed."""
    shown = without_credentials(address)
    repository = folder / "repository.git"
    _git(["init", "--quiet", "--bare", str(repository)], folder, shown, QUESTION_LIMIT)
    (repository / "info").mkdir(exist_ok=True)
    (repository / "info" / "attributes").write_text(AS_IT_IS)
    transfer = [*SLOWEST, "-C", str(repository), "fetch", "--quiet", "--no-tags", "--depth=1"]
    _git(
        [*transfer, "--end-of-options", address, f"{commit}:refs/heads/taken"], folder, shown, TRANSFER_LIMIT
    )
    return GitDirectory(repository, shown)


def licence_text(repository: GitDirectory) -> str | None:
    """What the licence file at the top of the repository says, or None without one."""
    for name in (told(["ls-tree", "--name-only", "refs/heads/taken"], repository) or "").splitlines():
        if re.fullmatch(r"(?:LICEN[CS]E|COPYING)(?:\.(?:md|txt|rst))?", name, re.IGNORECASE):
            return told(["cat-file", "blob", f"refs/heads/taken:{name}"], repository, fails=True)
    return None


def _git(arguments: list[str], folder: Path, shown: str, limit: float) -> str:
    try:
        done = subprocess.run(  # the address is checked, and stands behind --end-of-options
            ["git", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment(":".join(PROTOCOLS)),
            cwd=folder,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CollectorError(
            f"git {arguments[0]} was not done after {limit:.0f} seconds",
            to=shown,
            next_step="Check the network; the next scheduled run tries again",
        ) from error
    except FileNotFoundError as error:
        raise CollectorError(
            "git is not installed", to=shown, next_step="Install git 2.31 or later", retry=False
        ) from error
    if done.returncode:
        raise failure(done.stderr.decode("utf-8", "replace"), shown)
    return done.stdout.decode("utf-8", "replace")


def _unknown(revision: str, shown: str) -> CollectorError:
    return CollectorError(
        f"has no revision {revision[:80]!r}",
        to=shown,
        next_step="Name a branch, a tag or a commit's whole hash behind the @",
        retry=False,
    )
