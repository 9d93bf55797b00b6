"""Running git as a program: what it may reach, how long it may take, and what its complaints mean."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from collector.errors import CollectorError
from collector.git.ahead import Reader

#: Variables that would make git read another repository than the one asked about (a hook sets them, say).
PLACES = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_SHALLOW_FILE",
    "GIT_PREFIX",
)
#: What the pipe from git holds, in bytes: with the usual 64 KiB git would wait for every turn of our threads.
PIPE = 1 << 20
#: git says nothing for at most this long, in seconds, before it counts as stuck.
SILENCE_LIMIT = 600.0
#: A short question is answered within this, in seconds.
QUESTION_LIMIT = 300.0
#: Keeps git's own memory small: packs are mapped piecewise instead of whole, and fewer bases of deltas kept.
FRUGAL = (
    *("-c", "core.packedGitWindowSize=1m"),
    *("-c", "core.packedGitLimit=16m"),
    *("-c", "core.deltaBaseCacheLimit=16m"),
)

_ABSENT = re.compile(
    r"unable to read|could not read|failed to read|cannot read|missing (?:blob|tree|object)|bad object|"
    r"promisor|unable to find [0-9a-f]{40}|could not fetch|object file .* is empty|bad tree object|corrupt",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"//[^/@\s]*@")


class ContentsAbsent(Exception):
    """git stopped because the clone lacks a file's contents or a folder's listing."""


@dataclass(frozen=True)
class GitDirectory:
    """A git directory to read from, and how it is called in messages."""

    path: Path
    shown: str
    variables: Mapping[str, str] = field(default_factory=dict)


def environment(protocols: str = "none", **more: str) -> dict[str, str]:
    """The variables for a git child: plain English, never a prompt, only the given protocols.

    With no protocol at all, git cannot fetch absent contents one by one behind the reader's back.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in PLACES}
    return {
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=30",
        **inherited,
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "GIT_OPTIONAL_LOCKS": "0",
        # Output goes down in whole buffers instead of once a commit.
        "GIT_FLUSH": "0",
        "GIT_ALLOW_PROTOCOL": protocols,
        **more,
    }


def without_credentials(text: str) -> str:
    """The text with the user and password of any address in it struck out."""
    return _CREDENTIALS.sub("//***@", text)


def failure(complaint: str, shown: str) -> CollectorError:
    """The error for what git wrote on standard error about a repository.

    The first `fatal:` or `error:` line is git's reason; what follows it is advice for people at a prompt.
    """
    lines = [line.strip() for line in without_credentials(complaint).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith(("fatal:", "error:", "remote:", "ssh:"))]
    reason = next(iter(told or lines), "no reason given").removeprefix("fatal: ").removeprefix("error: ")
    whole = " ".join(lines).lower()
    advice, retry = "Try again; if it stays, run the same git command by hand", True
    if "dubious ownership" in whole:
        advice, retry = f"Run: git config --global --add safe.directory {shown}", False
    elif (
        "could not read username" in whole or "authentication failed" in whole or "permission denied" in whole
    ):
        advice, retry = "Check that the repository exists and is public, or give git the credentials", False
    elif "not found" in whole or "does not exist" in whole or "does not appear to be a git repo" in whole:
        advice, retry = "Check the address", False
    elif "not a git repository" in whole:
        advice, retry = "Give the folder that holds .git, or a bare repository", False
    elif "no space left" in whole:
        advice = "Make room on the disk"
    elif "could not resolve host" in whole or "unable to access" in whole or "timed out" in whole:
        advice = "Check the network; the next scheduled run tries again"
    return CollectorError(f"git says: {reason.rstrip('.')}", to=shown, next_step=advice, retry=retry)


def ask(
    arguments: Sequence[str],
    repository: GitDirectory,
    *,
    given: bytes | None = None,
    fails: bool = False,
) -> bytes | None:
    """git's answer to a short question, without the final newline.

    With `fails`, an exit status other than 0 means None; otherwise it raises `CollectorError`.
    """
    command = ["git", *FRUGAL, *arguments]
    variables = environment(GIT_DIR=str(repository.path), **repository.variables)
    try:
        done = subprocess.run(
            command,
            input=given if given is not None else b"",
            capture_output=True,
            env=variables,
            cwd=repository.path,
            timeout=QUESTION_LIMIT,
            check=False,
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise _cannot_run(error, repository.shown) from error
    if done.returncode == 0:
        return done.stdout.removesuffix(b"\n")
    if fails:
        return None
    complaint = done.stderr.decode("utf-8", "replace")
    if _ABSENT.search(complaint):
        raise ContentsAbsent(complaint)
    raise failure(complaint, repository.shown)


def told(arguments: Sequence[str], repository: GitDirectory, *, fails: bool = False) -> str | None:
    """As `ask`, for an answer that is text."""
    answer = ask(arguments, repository, fails=fails)
    return None if answer is None else os.fsdecode(answer)


@contextmanager
def streaming(arguments: Sequence[str], repository: GitDirectory) -> Iterator[Iterator[bytes]]:
    """git's output in chunks while it is made; the child is ended when the block is left.

    After the last chunk, a child that failed raises `ContentsAbsent` or `CollectorError`.
    """
    with tempfile.TemporaryFile() as complaints:
        try:
            child = subprocess.Popen(
                ["git", *FRUGAL, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=environment(GIT_DIR=str(repository.path), **repository.variables),
                cwd=repository.path,
                bufsize=0,
                pipesize=PIPE,
            )
        except OSError as error:
            raise _cannot_run(error, repository.shown) from error
        if child.stdout is None:
            raise RuntimeError("git was started without a pipe")
        with Reader(child.stdout) as reader:

            def chunks() -> Iterator[bytes]:
                while chunk := reader.take(SILENCE_LIMIT, repository.shown):
                    yield chunk
                if child.wait(timeout=SILENCE_LIMIT):
                    complaints.seek(0)
                    complaint = complaints.read().decode("utf-8", "replace")
                    if _ABSENT.search(complaint):
                        raise ContentsAbsent(complaint)
                    raise failure(complaint, repository.shown)

            try:
                yield chunks()
            finally:
                if child.poll() is None:
                    child.kill()
                child.wait()


def _cannot_run(error: Exception, shown: str) -> CollectorError:
    if isinstance(error, subprocess.TimeoutExpired):
        return CollectorError(
            f"git did not answer within {error.timeout:.0f} seconds",
            to=shown,
            next_step="Check the disk and the network; the next scheduled run tries again",
        )
    if isinstance(error, FileNotFoundError) and error.filename == "git":
        return CollectorError(
            "git is not installed", to=shown, next_step="Install git 2.31 or later", retry=False
        )
    return CollectorError(
        f"git cannot be started ({error})", to=shown, next_step="Check the folder", retry=False
    )
