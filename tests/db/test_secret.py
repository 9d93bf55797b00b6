"""Secrets from variables and from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.engine import database_url
from db.errors import DatabaseError
from db.people.identities import identity_key
from db.secret import secret


def test_a_secret_is_taken_from_its_variable_or_from_the_file_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("  from the file\n", encoding="utf-8")
    assert secret("KEY", {"KEY": "as it is"}) == "as it is"
    assert secret("KEY", {"KEY_FILE": str(file)}) == "from the file"
    assert secret("KEY", {}) == ""


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "cannot be read \\(it is no text\\)"),
        (b"x" * 70_000, "has more than 65,536 characters"),
    ],
)
def test_a_file_that_holds_no_secret_is_named_with_what_is_wrong(
    tmp_path: Path, content: bytes | None, told: str
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DatabaseError, match=f"KEY_FILE: names .*key, which {told}"):
        secret("KEY", {"KEY_FILE": str(file)})


def test_a_secret_that_is_given_twice_is_refused_and_shown_nowhere(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hidden-one", encoding="utf-8")
    with pytest.raises(DatabaseError, match="KEY: is set beside KEY_FILE") as raised:
        secret("KEY", {"KEY": "hidden-two", "KEY_FILE": str(tmp_path / "key")})
    assert "hidden" not in str(raised.value)


def test_the_database_and_the_key_of_addresses_may_stand_in_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text("postgresql://somebody:word@host/name\n", encoding="utf-8")
    (tmp_path / "key").write_text("a key\n", encoding="utf-8")
    monkeypatch.setenv("FLOWMETER_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert database_url().password == "word"
    monkeypatch.delenv("FLOWMETER_IDENTITY_KEY")
    monkeypatch.setenv("FLOWMETER_IDENTITY_KEY_FILE", str(tmp_path / "key"))
    identity_key.cache_clear()
    try:
        assert identity_key() == b"a key"
    finally:
        identity_key.cache_clear()
