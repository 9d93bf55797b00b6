"""Serves simulated repositories to git: real ones, built when first cloned, through git http-backend."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from collector.simulator.community import Community
from collector.simulator.history import BUILD_REFERENCE, fast_import, tip
from collector.simulator.http import Request, Response
from collector.simulator.releases import release_tips
from collector.simulator.repository import Repository

SERVICES = ("/info/refs", "/git-upload-pack", "/HEAD")


class GitError(Exception):
    """Git refused to do what the simulator needs of it."""


def _git(folder: Path, *arguments: str, stream: Iterable[bytes] | None = None) -> str:
    """Runs git in a folder and returns what it prints. Raises GitError when it fails."""
    command = ["git", "-C", str(folder), *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=_environment()
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise GitError(f"No pipe to {' '.join(command)}.")
        try:
            for chunk in stream or ():
                process.stdin.write(chunk)
            process.stdin.close()
        except BrokenPipeError:
            pass  # git ended early; what it printed says why
        printed = process.stdout.read().decode(errors="replace")
    if process.returncode != 0:
        raise GitError(f"{' '.join(command)} failed with status {process.returncode}: {printed[-500:]}")
    return printed


def _environment() -> dict[str, str]:
    """The environment git runs in: nobody's configuration but its own."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }


class GitServer:
    """Bare repositories in a folder, each with all commits up to the horizon, its branch at the present."""

    def __init__(self, community: Community, folder: Path) -> None:
        self._community = community
        self._folder = folder
        self._served: dict[int, str] = {}
        self._lock = Lock()

    def handles(self, path: str) -> bool:
        """Whether a path is git's."""
        return ".git/" in path and path.endswith(SERVICES)

    def repository_folder(self, repository: Repository) -> Path:
        """Where a repository is, built if it was not, its branch and tags brought up to now."""
        # The folder may be kept from run to run: its name says which community it holds.
        community = self._community
        version = f"seed{community.seed}-scale{community.scale:g}-end{community.end}"
        folder = self._folder / version / f"{repository.specification.full_name}.git"
        with self._lock:
            if not folder.exists():
                self._build(repository, folder)
            self._bring_up_to_now(repository, folder)
        return folder

    def _build(self, repository: Repository, folder: Path) -> None:
        growing = folder.with_suffix(".growing")
        shutil.rmtree(growing, ignore_errors=True)
        growing.mkdir(parents=True)
        _git(growing, "init", "--quiet", "--bare", ".")
        for key, value in (
            ("uploadpack.allowFilter", "true"),
            ("uploadpack.allowAnySHA1InWant", "false"),
            ("transfer.hideRefs", "refs/flowmeter"),
            ("gc.auto", "0"),
        ):
            _git(growing, "config", key, value)
        _git(growing, "fast-import", "--quiet", "--force", stream=fast_import(repository))
        built = _git(growing, "rev-parse", BUILD_REFERENCE).strip()
        expected = self._community.names.of(repository)[-1]
        if built != expected:
            raise GitError(
                f"{repository.full_name} was built as {built}, but its commits were named up to {expected}."
            )
        growing.rename(folder)

    def _bring_up_to_now(self, repository: Repository, folder: Path) -> None:
        newest = tip(repository, self._community.clock())
        names = self._community.names.of(repository)
        if newest < 0 or self._served.get(repository.identity) == names[newest]:
            return
        branch = repository.specification.branch
        references = {f"refs/heads/{branch}": names[newest]}
        for tag, place in release_tips(self._community.snapshot(repository)).items():
            references[f"refs/tags/{tag}"] = names[place]
        updates = (f"update {reference} {name}\n".encode() for reference, name in references.items())
        _git(folder, "update-ref", "--stdin", stream=updates)
        _git(folder, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
        self._served[repository.identity] = names[newest]

    def respond(self, request: Request, query: str) -> Response:
        """What git http-backend answers to a request of git's smart protocol."""
        name, _, rest = request.path.removeprefix("/").partition(".git/")
        repository = self._community.repository(name)
        if repository is None:
            return Response(404, b"Repository not found.\n", {"Content-Type": "text/plain"})
        folder = self.repository_folder(repository)
        environment = {
            **_environment(),
            "GIT_PROJECT_ROOT": str(folder.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{folder.name}/{rest}",
            "QUERY_STRING": query,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "REMOTE_ADDR": "127.0.0.1",
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        }
        spool = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends the answer closes it
        done = subprocess.run(
            ["git", "http-backend"],
            input=request.body,
            stdout=spool,
            stderr=subprocess.PIPE,
            env=environment,
            check=False,
        )
        if done.returncode != 0:
            spool.close()
            raise GitError(
                f"git http-backend failed for {repository.full_name}: {done.stderr.decode()[-500:]}"
            )
        return _from_cgi(spool)


def _from_cgi(spool: BinaryIO) -> Response:
    """The answer in what a CGI program printed: headers, an empty line, the body."""
    size = spool.seek(0, os.SEEK_END)
    spool.seek(0)
    response = Response(200, file=spool)
    while line := spool.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        if name.lower() == "status":
            response.status = int(value.split()[0])
        else:
            response.headers[name] = value.strip()
    response.headers["Content-Length"] = str(size - spool.tell())
    return response
