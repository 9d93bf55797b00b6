"""Where a history is read from: paths, addresses through a clone of our own, and what is refused."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest

from collector.errors import CollectorError
from collector.git.clones import is_remote


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clones of this test lie in its own folder."""
    monkeypatch.chdir(tmp_path)


def own_clone() -> Path:
    return Path("var/clones/some+project.git")


def test_a_bare_repository_and_one_with_a_work_tree_give_the_same(
    make_collector: Any, busy_history: Any, tmp_path: Path
) -> None:
    busy_history.git("clone", "-q", "--bare", str(busy_history.path), str(tmp_path / "bare.git"))
    bare, plain = make_collector(tmp_path / "bare.git"), make_collector(busy_history.path)
    bare.run()
    plain.run()
    assert bare.everything() == plain.everything()
    assert not Path("var").exists(), "a local repository is read where it lies"


def test_an_address_is_cloned_bare_and_fetched_from_then_on(make_collector: Any, workshop: Any) -> None:
    workshop.commit("First")
    collector = make_collector(f"file://{workshop.path}")
    collector.run()
    assert own_clone().is_dir()
    assert len(collector.rows("commits")) == 1
    workshop.commit("Second")
    workshop.git("branch", "-q", "-m", "main", "trunk")
    (page,) = collector.run()
    assert len(page.rows["commits"]) == 1
    assert len(collector.rows("commits")) == 2
    assert collector.run() == []


def test_a_force_push_reaches_our_clone(make_collector: Any, workshop: Any) -> None:
    kept = workshop.commit("Kept")
    workshop.commit("Lost")
    collector = make_collector(f"file://{workshop.path}")
    collector.run()
    workshop.git("reset", "-q", "--hard", kept)
    fresh = workshop.commit("Instead")
    collector.run()
    assert {row["sha"] for row in collector.rows("commits")} == {kept, fresh}


def test_an_empty_address_ends_well(make_collector: Any, workshop: Any) -> None:
    collector = make_collector(f"file://{workshop.path}")
    assert [page.rows for page in collector.run()] == [{}]


def test_an_interrupted_clone_is_taken_up(make_collector: Any, workshop: Any) -> None:
    workshop.commit("First")
    collector = make_collector(f"file://{workshop.path}")
    # What a git leaves that was killed while it made the clone and received the pack.
    (own_clone() / "objects/pack").mkdir(parents=True)
    (own_clone() / "refs/heads").mkdir(parents=True)
    left_behind = [own_clone() / name for name in ("objects/pack/tmp_pack_x1", "HEAD.lock", "shallow.lock")]
    left_behind += [own_clone() / "refs/heads/default.lock", own_clone() / "config.lock"]
    for file in left_behind:
        file.write_bytes(b"PACK")
    collector.run()
    assert len(collector.rows("commits")) == 1
    assert not any(file.exists() for file in left_behind)


@pytest.mark.parametrize("damage", ["packs", "head", "config"])
def test_a_damaged_clone_is_made_anew(make_collector: Any, workshop: Any, damage: str) -> None:
    first = workshop.commit("First")
    collector = make_collector(f"file://{workshop.path}")
    collector.run()
    second = workshop.commit("Second")
    if damage == "packs":
        for file in (own_clone() / "objects").rglob("*"):
            if file.is_file():
                file.chmod(0o644)
                file.write_bytes(b"")
    elif damage == "head":
        (own_clone() / "refs/heads/default").write_bytes(b"\0\0\0")
    else:
        (own_clone() / "config").write_bytes(b"[core\n")
    collector.run()
    assert {row["sha"] for row in collector.rows("commits")} == {first, second}


def test_a_clone_that_another_process_uses_is_left_alone(make_collector: Any, workshop: Any) -> None:
    workshop.commit("First")
    own_clone().parent.mkdir(parents=True)
    with own_clone().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CollectorError, match="another process is still cloning") as raised:
            make_collector(f"file://{workshop.path}").run()
    assert raised.value.retry


@pytest.mark.parametrize(
    "address",
    [
        "--upload-pack=touch /tmp/hostile",
        "-c core.sshCommand=x",
        "ext::sh -c 'touch hostile'",
        "fd::17",
        "ftp://host.example/x",
        "ssh://-oProxyCommand=touch/x",
        "ssh://user@-oProxyCommand=touch/x",
        "remote-helper::https://host.example/x",
        "",
        "a\0b",
    ],
)
def test_hostile_addresses_are_refused(make_collector: Any, address: str) -> None:
    with pytest.raises(CollectorError) as raised:
        make_collector(address).run()
    assert not raised.value.retry
    assert not list(Path().rglob("hostile"))


@pytest.mark.parametrize(
    ("address", "remote"),
    [
        ("https://host.example/a/b.git", True),
        ("ssh://git@host.example/a/b", True),
        ("git@host.example:a/b.git", True),
        ("file:///srv/a.git", True),
        ("/srv/a.git", False),
        ("../a b/c.git", False),
        ("a:b", False),
    ],
)
def test_paths_and_addresses_are_told_apart(address: str, remote: bool) -> None:
    assert is_remote(address) is remote


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "does not exist"),
        ("file", "is a file"),
        ("plain", "not a git repository"),
        ("workshop/inner", "not a git repository"),
    ],
)
def test_what_is_no_repository_is_named(
    make_collector: Any, workshop: Any, tmp_path: Path, name: str, message: str
) -> None:
    workshop.commit("First", file="inner/file")
    (tmp_path / "plain").mkdir()
    (tmp_path / "file").write_text("x")
    with pytest.raises(CollectorError, match=message) as raised:
        make_collector(tmp_path / name).run()
    assert str(tmp_path / name) in str(raised.value)
    assert raised.value.next_step


def test_a_head_that_names_no_branch_is_explained(make_collector: Any, workshop: Any) -> None:
    workshop.commit("First")
    workshop.git("symbolic-ref", "HEAD", "refs/heads/master")
    with pytest.raises(CollectorError, match="names refs/heads/master") as raised:
        make_collector(workshop.path).run()
    assert "symbolic-ref HEAD refs/heads/main" in raised.value.next_step


def test_an_unreachable_address_is_one_sentence_without_its_password(make_collector: Any) -> None:
    with pytest.raises(CollectorError) as raised:
        make_collector("https://somebody:s3cret@127.0.0.1:9/a/b.git").run()
    assert raised.value.retry
    assert "s3cret" not in str(raised.value)
    assert "127.0.0.1" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_address_is_not_retried(make_collector: Any, tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match="Check the address") as raised:
        make_collector(f"file://{tmp_path}/nowhere.git").run()
    assert not raised.value.retry
