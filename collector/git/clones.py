"""The clone to read from: a local one where it lies, or our own bare one of an address, kept up to date."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from collector.errors import CollectorError
from collector.git import transfers
from collector.git.program import (
    GitDirectory,
    environment,
    failure,
    told,
    without_credentials,
)

#: Where our own clones live, beside the database.
CLONES = Path("var/clones")
#: The protocols that an address may use; `ext::` and other helpers would run any program.
PROTOCOLS = ("https", "http", "ssh", "git", "file")
#: The branch of our own clones that follows the default branch of the address.
BRANCH = "refs/heads/default"
#: A transfer may take this long, in seconds, and is given up when it is slower than
#: 1,000 bytes a second for a minute.
TRANSFER_LIMIT = 6 * 3600.0
SLOWEST = ("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60")

_ADDRESS = re.compile(r"(?P<protocol>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/]*)")
#: `user@host:path`, as ssh writes it.
_SSH_ADDRESS = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!:)[^\s-]\S*")
_FULL_NAME = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_DAMAGED = re.compile(
    r"bad object|corrupt|did not send all necessary objects|unable to read|missing (?:blob|tree|commit)|"
    r"not a git repository|loose object|packfile|unable to resolve reference|bad config",
    re.IGNORECASE,
)


@contextmanager
def opened(address: str, full_name: str) -> Iterator[GitDirectory]:
    """The git directory of a path or URL, fit for reading while the block lasts.

    A path is read where it lies. A URL is cloned bare into `var/clones/OWNER+NAME.git`
    and fetched from then on; a clone that an interruption left behind is taken up, a damaged one
    is made anew. Raises `CollectorError` when there is no repository, or the address is refused.
    """
    with ExitStack() as stack:
        if is_remote(address):
            repository = stack.enter_context(_fetched(address, full_name))
        else:
            repository = local(Path(address).expanduser())
        yield stack.enter_context(_without_lazy_fetches(repository))


def is_remote(address: str) -> bool:
    """Whether an address is a URL (or `user@host:path`) and not a path; refuses what could run a program."""
    shown = without_credentials(address)
    advice = f"Give a path, or a URL that begins with {', '.join(f'{name}://' for name in PROTOCOLS)}"
    if not address or address.startswith("-") or "\0" in address:
        raise CollectorError(
            "is no address of a repository", to=shown or "--git", next_step=advice, retry=False
        )
    if re.match(r"[A-Za-z0-9+.-]+::", address):
        raise CollectorError("would run a helper program", to=shown, next_step=advice, retry=False)
    url = _ADDRESS.match(address)
    if url is None:
        return _SSH_ADDRESS.fullmatch(address) is not None and not Path(address).exists()
    if url["protocol"].lower() not in PROTOCOLS:
        raise CollectorError(f"{url['protocol']}:// is not read", to=shown, next_step=advice, retry=False)
    if url["host"].rpartition("@")[2].startswith("-") or url["host"].startswith("-"):
        raise CollectorError("has a host that begins with a dash", to=shown, next_step=advice, retry=False)
    return True


def local(path: Path) -> GitDirectory:
    """The git directory of a folder: a bare repository, or one with a work tree."""
    shown = str(path)
    if not path.is_dir():
        happened = "is a file, not a folder" if path.exists() else "does not exist"
        raise CollectorError(
            happened, to=shown, next_step="Give the folder of a git repository, or its URL", retry=False
        )
    path = path.resolve()
    # Only the folder itself counts: a folder inside some other repository is not that repository.
    here = GitDirectory(path, shown)
    finding = environment(GIT_CEILING_DIRECTORIES=str(path.parent))
    found = _run(["rev-parse", "--absolute-git-dir"], here, finding, limit=60)
    if found.returncode:
        raise failure(found.stderr.decode("utf-8", "replace"), shown)
    return GitDirectory(Path(os.fsdecode(found.stdout.removesuffix(b"\n"))), shown)


def head(repository: GitDirectory) -> str | None:
    """The hash of the newest commit of the default branch; None in a repository without commits."""
    found = told(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], repository, fails=True)
    if found:
        return found
    branch = told(["symbolic-ref", "--quiet", "HEAD"], repository, fails=True)
    if branch and told(["rev-parse", "--verify", "--quiet", branch], repository, fails=True) is None:
        others = told(
            ["for-each-ref", "--count=1", "--format=%(refname)", "refs/heads", "refs/remotes"], repository
        )
        if not others:
            return None
        raise CollectorError(
            f"its HEAD names {branch}, which has no commits, though {others} has",
            to=repository.shown,
            next_step=f"Run: git -C {repository.path} symbolic-ref HEAD {others}",
            retry=False,
        )
    raise CollectorError(
        "the newest commit of its default branch is missing or damaged",
        to=repository.shown,
        next_step="Run git fsck there, or clone it anew",
        retry=False,
    )


def boundary(repository: GitDirectory) -> frozenset[str]:
    """The commits at which a shallow clone breaks off; their own parents and sizes are not known."""
    place = told(["rev-parse", "--git-path", "shallow"], repository) or ""
    file = Path(repository.variables.get("GIT_SHALLOW_FILE") or repository.path / place)
    try:
        return frozenset(file.read_text().split())
    except FileNotFoundError:
        return frozenset()


def digest(commits: frozenset[str]) -> str | None:
    """A short name for a set of commits, by which a changed one is noticed; None for the empty set."""
    if not commits:
        return None
    return hashlib.blake2b("".join(sorted(commits)).encode(), digest_size=8).hexdigest()


@contextmanager
def _fetched(address: str, full_name: str) -> Iterator[GitDirectory]:
    if not _FULL_NAME.fullmatch(full_name):
        raise CollectorError("is no repository", to=full_name, next_step="Write OWNER/NAME", retry=False)
    folder = (CLONES / (full_name.replace("/", "+") + ".git")).absolute()
    repository = GitDirectory(folder, without_credentials(address))
    with transfers.alone(folder.with_suffix(".lock"), str(folder)) as lock:
        _bring_up_to_date(repository, address, lock)
        yield repository


def _bring_up_to_date(repository: GitDirectory, address: str, lock: int) -> None:
    complaint = _fetch(repository, address, lock)
    if complaint is not None and _DAMAGED.search(complaint) and repository.path.exists():
        shutil.rmtree(repository.path)
        complaint = _fetch(repository, address, lock)
    if complaint is not None:
        raise failure(complaint, repository.shown)


def _fetch(repository: GitDirectory, address: str, lock: int) -> str | None:
    """Makes the clone unless it is there, and fetches the default branch; returns git's complaint, if any."""
    repository.path.mkdir(exist_ok=True)
    # Nobody else is at work here: what a killed git left behind is in the way, or only takes up room.
    for pattern in ("*.lock", "objects/pack/tmp_*", "objects/??/tmp_obj_*", "refs/**/*.lock"):
        for left_behind in repository.path.glob(pattern):
            left_behind.unlink(missing_ok=True)
    variables = environment(":".join(PROTOCOLS), GIT_DIR=str(repository.path))
    made = _run(["init", "--quiet", "--bare"], repository, variables, limit=60)
    if made.returncode == 0:
        made = _run(["symbolic-ref", "HEAD", BRANCH], repository, variables, limit=60)
    if made.returncode:
        return made.stderr.decode("utf-8", "replace") or "the clone cannot be made"
    got = _run(
        [
            *SLOWEST,
            "fetch",
            "--quiet",
            "--no-tags",
            "--force",
            "--end-of-options",
            address,
            f"+HEAD:{BRANCH}",
        ],
        repository,
        variables,
        limit=TRANSFER_LIMIT,
        lock=lock,
    )
    complaint = got.stderr.decode("utf-8", "replace")
    if got.returncode == 0 or "couldn't find remote ref HEAD" in complaint:
        return None
    return complaint or f"git fetch ended with status {got.returncode}"


def _run(
    arguments: list[str],
    repository: GitDirectory,
    variables: dict[str, str],
    *,
    limit: float,
    lock: int | None = None,
) -> subprocess.CompletedProcess[bytes]:
    command = ["git", *arguments]  # an address is checked and comes after --end-of-options
    try:
        if lock is not None:
            return transfers.transfer(
                arguments,
                folder=repository.path,
                variables=variables,
                limit=limit,
                lock=lock,
                noted=repository.path.with_suffix(".lock"),
            )
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=variables,
            cwd=repository.path,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CollectorError(
            f"git {arguments[-3]} was not done after {limit / 3600:.1f} hours"
            if limit > 3600
            else "git does not answer",
            to=repository.shown,
            next_step="Check the network and the disk; the next scheduled run tries again",
        ) from error
    except FileNotFoundError as error:
        raise CollectorError(
            "git is not installed", to=repository.shown, next_step="Install git 2.31 or later", retry=False
        ) from error


@contextmanager
def _without_lazy_fetches(repository: GitDirectory) -> Iterator[GitDirectory]:
    """A partial clone seen without its remote, so that git says what is absent and does not fetch it.

    An empty repository stands in front of the clone's objects; the others are read as they are.
    """
    partial = told(
        ["config", "--get-regexp", r"^(remote\..*\.(promisor|partialclonefilter)|extensions\.partialclone)$"],
        repository,
        fails=True,
    )
    newest = head(repository) if partial else None
    if newest is None:
        yield repository
        return
    objects, shallow, kind = (
        told(["rev-parse", *wanted], repository) or ""
        for wanted in (("--git-path", "objects"), ("--git-path", "shallow"), ("--show-object-format",))
    )
    with tempfile.TemporaryDirectory(prefix="flowmeter-git-") as folder:
        front = Path(folder)
        made = _run(
            ["init", "--quiet", "--bare", f"--object-format={kind}", folder],
            replace(repository, path=front),
            environment(),
            limit=60,
        )
        if made.returncode:
            raise failure(made.stderr.decode("utf-8", "replace"), repository.shown)
        (front / "HEAD").write_text(f"{newest}\n")
        variables = {"GIT_OBJECT_DIRECTORY": str(repository.path / objects)}
        if (repository.path / shallow).exists():
            variables["GIT_SHALLOW_FILE"] = str(repository.path / shallow)
        yield GitDirectory(front, repository.shown, variables)
