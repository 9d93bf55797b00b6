"""flowmeter.toml is read strictly, and each fault is named with its key, value and cure."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from collector.configuration import ROLES, load
from collector.errors import CollectorError

SHIPPED = Path(__file__).resolve().parents[2] / "flowmeter.toml"
SMALLEST = """
[project]
name = "TensorFlow"
steward = "Google"
repository = "tensorflow/tensorflow"
[repositories]
core = ["tensorflow/tensorflow"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "flowmeter.toml"
    path.write_text(text)
    return path


def test_the_shipped_file_is_valid_and_names_every_role() -> None:
    configuration = load(SHIPPED)
    assert set(configuration.roles.values()) == set(ROLES)
    assert configuration.project.baseline.isoformat() == "2017-02-13"
    assert next(iter(configuration.roles)) == "tensorflow/tensorflow"
    assert configuration.clones("tensorflow/tensorboard")
    assert not configuration.clones("torvalds/linux")
    assert set(tomllib.loads(SHIPPED.read_text())["schedule"]) == set(
        type(configuration.schedule).model_fields
    )


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ('[projekt]\nname = "x"', "projekt is not a key that is known"),
        ("[clone]\nmax_megabytes = 0", r"clone.max_megabytes = 0: input should be greater than 0"),
        ('[clone]\nroles = ["kernel"]', r"clone.roles.0 = 'kernel': input should be 'core', 'ecosystem'"),
        ('[schedule]\nmetrics = "often"', r"schedule.metrics = 'often': write five cron fields"),
        ('[schedule]\nreports = "0 7 * * 1"', r"schedule.reports = '0 7 \* \* 1': write week days by name"),
        ('[[reports]]\nname = "Weekly Digest"', r"reports.0.name = 'Weekly Digest'"),
        ("[targets]\ncommits = true\n[benchmarks]\nsources = 3", r"benchmarks.sources = 3"),
        (
            "[benchmarks]\nrun = ['xla-gpu']",
            r"benchmarks.run.0 = 'xla-gpu': is no suite. Choose from xla-cpu",
        ),
        ('[[reports]]\nname = "weekly"\nscopes = []', r"reports.0.scopes"),
        (
            '[[reports]]\nname = "weekly"\nscopes = ["keras"]',
            r"reports.weekly.scopes names 'keras': it may be project, role:core, role:use_case or",
        ),
        (
            '[[reports]]\nname = "weekly"\n[[reports.queries]]\ntitle = "Who"\nquery = "newcomers"',
            r"“Who”: there is no stored query newcomers: flowmeter sql --list",
        ),
        (
            '[[reports]]\nname = "weekly"\n[[reports.queries]]\ntitle = "Who"\nsql = "SELECT 1"\nfile = "x"',
            r"“Who”: write one of query \(a stored one's name\), sql and file",
        ),
        (
            '[[reports]]\nname = "weekly"\n[[reports.recipients]]\naudience = "a"\nemail = ["a@b.example"]\n'
            'reads = "bosses"',
            r"reads = 'bosses': input should be '', 'everybody', 'maintainers', 'programme-office' or 'exec",
        ),
        ("[targets]\ncomits = 3", r"targets.comits is no metric: did you mean commits\?"),
    ],
)
def test_each_fault_names_file_key_value_and_what_is_allowed(tmp_path: Path, fault: str, named: str) -> None:
    path = written(tmp_path, SMALLEST + fault)
    with pytest.raises(CollectorError, match=named) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert not caught.value.retry


def test_a_repository_that_is_no_name_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, SMALLEST.replace('core = ["tensorflow/tensorflow"]', 'core = ["tensorflow"]'))
    with pytest.raises(CollectorError, match=r"repositories\.core\.0 = 'tensorflow': write OWNER/NAME"):
        load(path)


def test_a_repository_has_one_role(tmp_path: Path) -> None:
    path = written(tmp_path, SMALLEST + 'peer = ["TensorFlow/TensorFlow"]')
    with pytest.raises(CollectorError, match="listed as core and as peer"):
        load(path)


def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(CollectorError, match=r"nowhere.toml: cannot be read"):
        load(tmp_path / "nowhere.toml")
    with pytest.raises(CollectorError, match=r"is not TOML \(Expected '\]'"):
        load(written(tmp_path, "[project"))
