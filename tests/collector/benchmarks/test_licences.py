"""The licence of a folder or archive is kept with each source that it covers."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from collector.benchmarks.licences import covering


def test_the_nearest_licence_above_a_file_covers_it() -> None:
    held = {"round": "Apache-2.0", "round/acme": "MIT"}
    assert covering("round/acme/results/a.txt", held) == "MIT"
    assert covering("round/other/results/a.txt", held) == "Apache-2.0"
    assert covering("elsewhere/a.txt", held) is None


def test_sources_of_a_folder_and_of_an_archive_keep_its_licence(
    submission: Callable[..., Path], history: Callable[..., str], tmp_path: Path, ingested: Callable[..., Any]
) -> None:
    folder = submission(tmp_path)
    (folder / "LICENSE.md").write_text("Apache License\nVersion 2.0, January 2004")
    told = ingested(folder)
    assert [one["license"] for one in told.sources] == ["Apache-2.0"]
    assert told.refused == {}
    content = history([[{"name": "a", "value": 1, "unit": "s"}]]).encode()
    granted = b"Permission is hereby granted, free of charge, to any person obtaining a copy of this"
    members = {"x/LICENSE": granted, "x/y/data.js": content}
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    assert [one["license"] for one in ingested(tmp_path / "a.tar.gz").sources] == ["MIT"]
