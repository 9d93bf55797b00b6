"""Folders and archives walked safely: escapes, bombs, links and damage are refused by name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from collector.benchmarks.files import Limits, found_in
from collector.benchmarks.ingest import Tally, ingest, recognise
from collector.errors import CollectorError

BENCH = {"name": "load", "value": 2.5, "unit": "ms"}


@pytest.fixture
def data(history: Callable[..., str]) -> bytes:
    return history([[BENCH]]).encode()


def tar(path: Path, members: list[tuple[str, bytes]], kind: str = "w:xz") -> Path:
    """A tar archive with exactly these names, whatever they are."""
    with tarfile.open(path, kind) as archive:  # type: ignore[call-overload]
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def tally(path: Path, now: datetime, limits: Limits | None = None) -> Tally:
    total = Tally()
    for page in ingest([str(path)], now=now, limits=limits):
        total.add(page)
    return total


def reasons(total: Tally) -> str:
    return "; ".join(f"{one.what}: {one.why}" for one in total.examples.values())


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.js", lambda data: data),
        ("a.js.gz", gzip.compress),
        ("a.js.xz", lzma.compress),
        ("a.js.bz2", bz2.compress),
    ],
)
def test_a_file_is_read_plain_and_packed(
    name: str, pack: Callable[[bytes], bytes], data: bytes, tmp_path: Path, now: datetime
) -> None:
    (tmp_path / name).write_bytes(pack(data))
    assert tally(tmp_path / name, now).results == 1


@pytest.mark.parametrize(("name", "kind"), [("a.tar.xz", "w:xz"), ("a.tgz", "w:gz"), ("a.tar.bz2", "w:bz2")])
def test_an_archive_is_read_whatever_packs_it(
    name: str, kind: str, data: bytes, tmp_path: Path, now: datetime
) -> None:
    total = tally(tar(tmp_path / name, [("bench/data.js", data)], kind), now)
    assert (total.results, total.sources, reasons(total)) == (1, 1, "")


def test_a_zip_is_read(data: bytes, tmp_path: Path, now: datetime) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bench/data.js", data)
        archive.writestr("../../outside.js", data)
    total = tally(tmp_path / "a.zip", now)
    assert total.results == 1
    assert reasons(total) == "a.zip: ../../outside.js: its path points outside of the archive"


@pytest.mark.parametrize(
    "name", ["../escape/data.js", "/etc/data.js", "a/../../data.js", "..\\data.js", "C:/data.js"]
)
def test_a_path_out_of_the_archive_is_refused_and_writes_nothing(
    name: str, data: bytes, tmp_path: Path, now: datetime
) -> None:
    inside = tmp_path / "deep" / "down"
    inside.mkdir(parents=True)
    total = tally(tar(inside / "a.tar.xz", [(name, data), ("good.js", data)]), now)
    assert total.results == 1
    assert "its path points outside of the archive" in reasons(total)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a.tar.xz"]


def test_links_in_archives_and_folders_are_not_followed(data: bytes, tmp_path: Path, now: datetime) -> None:
    secret = tmp_path / "secret.js"
    secret.write_bytes(data)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.js").symlink_to(secret)
    total = tally(folder, now)
    assert (total.results, reasons(total)) == (0, "link.js: is a link")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("link.js")
        member.type, member.linkname = tarfile.SYMTYPE, str(secret)
        archive.addfile(member)
    total = tally(tmp_path / "a.tar.gz", now)
    assert total.results == 0
    assert "is a link or a device" in reasons(total)


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.js.gz", "bomb.tar.xz", "other.tar.xz"])
def test_a_bomb_is_refused_before_it_is_unpacked(
    name: str, data: bytes, tmp_path: Path, now: datetime
) -> None:
    content = data + b" " * (40 << 20)
    path = tmp_path / name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data.js", content)
    elif name.endswith(".gz"):
        path.write_bytes(gzip.compress(content))
    else:
        # What no format knows is skipped, but skipping unpacks it as well.
        tar(
            path,
            [
                (
                    "data.js" if name.startswith("bomb") else "data.bin",
                    content if name.startswith("bomb") else content[1:],
                )
            ],
        )
    total = tally(path, now, Limits(free_bytes=4 << 20))
    assert total.results == 0
    assert "unpacks to more than 300 times its size" in reasons(total)


def test_limits_on_size_and_number_hold(data: bytes, tmp_path: Path, now: datetime) -> None:
    path = tar(tmp_path / "a.tar.xz", [(f"{number}.js", data) for number in range(5)])
    assert "holds more than 2 files" in reasons(tally(path, now, Limits(files=2)))
    assert "more than 700 bytes" in reasons(tally(path, now, Limits(total_bytes=700)))
    (tmp_path / "b.js").write_bytes(data)
    assert "at most 100 are read" in reasons(tally(tmp_path / "b.js", now, Limits(file_bytes=100)))


def test_damage_is_refused_and_the_rest_of_the_folder_is_read(
    data: bytes, tmp_path: Path, now: datetime
) -> None:
    whole = tar(tmp_path / "whole.tar.xz", [("data.js", data * 50)]).read_bytes()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "cut.tar.xz").write_bytes(whole[: len(whole) // 2])
    (folder / "cut.js.gz").write_bytes(gzip.compress(data)[:60])
    (folder / "no.zip").write_bytes(b"PK\x03\x04 this is none")
    (folder / "no.tar.gz").write_bytes(b"this is none either")
    (folder / "empty.js").write_bytes(b"")
    (folder / "good.js").write_bytes(data)
    pages = list(ingest([str(folder)], now=now))
    assert sum(len(page.rows.get("benchmark_results", ())) for page in pages) == 1
    refused = {rejection.what: rejection.why for page in pages for rejection in page.rejections}
    assert refused.pop("folder/empty.js").startswith("is of no known format")
    assert sorted(refused) == [
        f"folder/{name}" for name in ("cut.js.gz", "cut.tar.xz", "no.tar.gz", "no.zip")
    ]
    assert all("cannot be read to its end" in why for why in refused.values())


def test_a_name_that_stands_twice_in_an_archive_counts_once(
    data: bytes, tmp_path: Path, now: datetime
) -> None:
    total = tally(tar(tmp_path / "a.tar.xz", [("data.js", data), ("data.js", b"other")]), now)
    assert total.results == 1
    assert "stands twice in the archive" in reasons(total)


def test_files_of_no_known_format_are_counted_and_named(data: bytes, tmp_path: Path, now: datetime) -> None:
    for number in range(8):
        (tmp_path / f"{number}.bin").write_bytes(b"\0\1\2")
    (tmp_path / "data.js").write_bytes(data)
    total = tally(tmp_path, now)
    assert total.results == 1
    assert "8 files are of no known format" in reasons(total)
    assert "0.bin" in reasons(total)


def test_a_missing_path_is_an_error_that_names_it(tmp_path: Path, now: datetime) -> None:
    with pytest.raises(CollectorError, match="there is no such file or folder") as raised:
        list(ingest([str(tmp_path / "nowhere")], now=now))
    assert raised.value.to == str(tmp_path / "nowhere")


def test_nothing_is_left_behind_in_the_temporary_folder(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    path = tar(tmp_path / "a.tar.xz", [("data.js", data)])
    with found_in(path, recognise) as found:
        assert [file.path for file, _ in found.files] == ["a/data.js"]
        assert len(list(scratch.rglob("*"))) == 2
    assert list(scratch.iterdir()) == []
