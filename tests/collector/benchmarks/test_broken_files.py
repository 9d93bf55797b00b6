"""Sixty broken files of all formats: none crashes, hangs, escapes, fills the memory or passes silently."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from collector.benchmarks.ingest import ingest
from collector.benchmarks.readers import discovered
from db.engine import connect
from db.migration import upgrade
from db.schema import table

#: The whole program may take so much, in MiB, and so long, in seconds.
MEMORY = 700
PATIENCE = 180
#: Runs a command and says what it took at most, in KiB. The kernel counts what stood in memory before a
#: program was started to it, so it has to be started by something small, which a whole test run is not.
MEASURED = (
    "import os, sys; pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ); "
    "_, status, usage = os.wait4(pid, 0); print(usage.ru_maxrss); sys.exit(os.waitstatus_to_exitcode(status))"
)
HUGE = "9" * 400
ESCAPE = "escaped.csv"
TABLE = b"name,metric,value,unit,measured_at\ngood,latency,2.5,ms,2026-01-02\n"


def gbench(**changed: Any) -> dict[str, Any]:
    entry = {
        "name": "BM_x",
        "run_type": "iteration",
        "real_time": 2,
        "cpu_time": 1,
        "time_unit": "us",
    } | changed
    return {"context": {"date": "2024-05-06T07:08:09Z", "num_cpus": 8}, "benchmarks": [entry]}


def pytest_file(*benches: Any) -> dict[str, Any]:
    return {
        "machine_info": {},
        "commit_info": {"id": "c0"},
        "datetime": "2024-05-06T07:08:09",
        "benchmarks": benches,
    }


def asv(**results: Any) -> dict[str, Any]:
    told = {"commit_hash": "beef", "date": 1_700_000_000_000, "params": {"machine": "m"}, "requirements": {}}
    return told | {"results": results}


def lnt(**test: Any) -> dict[str, Any]:
    run = {"start_time": "2024-05-06 07:08:09"}
    return {"format_version": "2", "machine": {"name": "m"}, "run": run, "tests": [{"name": "t"} | test]}


def xla(**told: Any) -> dict[str, Any]:
    return {
        "config_id": "a_l4_1h1d_presubmit",
        "run_timestamp": "2025-06-01T10:00:00Z",
        "metrics": {"CPU_TIME": told},
    }


def history(*benches: Any, **changed: Any) -> bytes:
    run = {"commit": {"id": "a"}, "date": 1_700_000_000_000, "tool": "cargo", "benches": benches} | changed
    return b"window.BENCHMARK_DATA = " + json.dumps({"repoUrl": "", "entries": {"s": [run]}}).encode()


def tflite(average: str) -> bytes:
    times = (
        f"Inference timings in us: Init: 1, First inference: 2, Warmup (avg): 3, Inference (avg): {average}"
    )
    return f"STARTING!\nNum threads: [4]\nGraph: [/tmp/net.tflite]\n{times}\n".encode()


def training(*lines: str) -> bytes:
    return "".join(f":::MLLOG {line}\n" for line in lines).encode()


START = '{"key": "run_start", "time_ms": 1600000000000, "value": null, "metadata": {}}'
STOP = '{"key": "run_stop", "time_ms": %s, "value": null, "metadata": {"status": "success"}}'


def summary(result: str, verdict: str = "VALID") -> bytes:
    rule = "=" * 48
    head = f"{rule}\nMLPerf Results Summary\n{rule}\nSUT name : box\nScenario : Offline\n"
    return (
        f"{head}Mode     : PerformanceOnly\nSamples per second : {result}\nResult is : {verdict}\n".encode()
    )


def results_json(**changed: Any) -> list[dict[str, Any]]:
    row = {
        "Organization": "Acme",
        "Platform": "box",
        "Model": "resnet",
        "Scenario": "Offline",
        "version": "v3.0",
    }
    return [row | {"Division": "closed", "Result": 5.0, "Units": "Samples/s", "git_url": ""} | changed]


def submission(result: str, units: str = "Samples/s") -> bytes:
    head = "Organization,Division,Platform,Model,Scenario,Result,Units,version"
    return f"{head}\nAcme,closed,box,resnet,Offline,{result},{units},v3.0\n".encode()


def phone(throughput: Any) -> dict[str, Any]:
    run = {"throughput": throughput, "start_datetime": "2022-08-17T06:10:36Z", "loadgen_validity": True}
    settings = {"accelerator_code": "snpe_dsp", "accelerator_desc": "HTP"}
    told = {"benchmark_id": "IC", "loadgen_scenario": "SingleStream", "backend_settings": settings}
    told["backend_info"] = {"accelerator_name": "HTP"}
    return {"results": [told | {"performance_run": run}]}


def tensorflow_results(**entry: Any) -> dict[str, Any]:
    return {"target": "//a:b", "entries": {"entry": [{"name": "B.x"} | entry]}, "start_time": "1556900000"}


def perfzero(**result: Any) -> dict[str, Any]:
    parts = {"ml_framework_info": {"name": "tensorflow"}, "benchmark_info": {}, "system_info": {}}
    told = {"name": "a.B.c", "succeeded": True, "wall_time": 3.0} | result
    return {"execution_timestamp": 1_556_938_921.0, "benchmark_result": told} | parts


def models(value: str, unit: str = "examples/sec") -> bytes:
    step = '"global_step": 1, "timestamp": "2019-05-04T03:02:01.5Z", "name": "speed"'
    return f'{{{step}, "value": {value}, "unit": "{unit}", "extras": []}}\n'.encode()


def cnn(total: str) -> bytes:
    return f"Model:       resnet50\nBatch size:  64 global\ntotal images/sec: {total}\n".encode()


def own_run(**changed: Any) -> dict[str, Any]:
    return {
        "flowmeter_bench_run": 1,
        "run": "r",
        "suite": "xla-cpu",
        "measured_at": "2026-01-02T03:04:05Z",
    } | changed


def deep(head: str) -> bytes:
    """JSON that nests without end."""
    return head.encode() + b"[" * 100_000


def cut(content: Any, share: float = 0.8) -> bytes:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return data[: int(len(data) * share)]


def tar(members: list[tuple[str, bytes]], mode: str = "w:gz") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return held.getvalue()


def link(target: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        member = tarfile.TarInfo("link.csv")
        member.type, member.linkname = tarfile.SYMTYPE, target
        archive.addfile(member)
    return held.getvalue()


def zipped(*members: tuple[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return held.getvalue()


def broken() -> dict[str, tuple[Any, str]]:
    """Path → content, and what its refusal says. What is no bytes is written as JSON."""
    zeros = bytes(40 << 20)
    bench = {"name": "b", "value": 1.5, "unit": "ms"}
    mean = {"fullname": "t::a", "stats": {"mean": 1.0}}
    return {
        # Google Benchmark
        "google/cut.json": (cut(gbench()), "is not whole JSON"),
        "google/nan.json": (gbench(real_time=float("nan")), "the value is nan"),
        "google/unit.json": (gbench(time_unit="fortnights"), "the unit 'fortnights' is not known"),
        "google/huge.json": (json.dumps(gbench(real_time=1)).replace("1,", HUGE + ",").encode(), "too large"),
        "google/deep.json": (deep('{"benchmarks": [{"real_time": '), "is not whole JSON"),
        # pytest-benchmark
        "pytest/missing.json": (
            pytest_file({"fullname": "t::a", "stats": {"mean": -1}}),
            "stands for missing",
        ),
        "pytest/twice.json": (pytest_file(mean, mean), "stands more than once"),
        "pytest/latin.json": (
            json.dumps(pytest_file(mean)).encode().replace(b"t::a", b"t::\xe9"),
            "is not UTF-8",
        ),
        # asv
        "asv/nan.json": (asv(time_x=float("nan")), "the value is nan"),
        "asv/matrix.json": (
            asv(time_x={"params": [["1"]], "result": [1, 2]}),
            "not what its parameters make",
        ),
        "asv/unknown.json": (asv(track_x=3.0), "nothing says what is measured"),
        "asv/twice.json": (
            json.dumps(asv(time_x=1.0)).replace('"time_x": 1.0', '"time_x": 1.0, "time_x": 2.0').encode(),
            "the key 'time_x' stands twice",
        ),
        # LNT
        "lnt/unknown.json": (lnt(shininess=3), "is in no schema that is known"),
        "lnt/negative.json": (lnt(compile_time=-5.0), "is negative"),
        "lnt/cut.json": (cut(lnt(compile_time=1.0), 0.9), "is not whole JSON"),
        # OpenXLA
        "openxla/unit.json": (xla(value=3, unit="parsecs"), "the unit 'parsecs' is not known"),
        "openxla/none.json": (xla(value=None, unit="ms"), "is not a number"),
        "openxla/utf16.json": (json.dumps(xla(value=3, unit="ms")).encode("utf-16"), "is of no known format"),
        # github-action-benchmark
        "history/cut.js": (cut(history(bench)), "is not whole JSON"),
        "history/twice.js": (history(bench, bench), "stands more than once in one run"),
        "history/tool.js": (history(bench, tool="magic"), "the tool 'magic' is not known"),
        "history/nan.js": (history(bench | {"value": float("nan")}), "the value is nan"),
        "history/latin.js": (history(bench).replace(b'"ms"', b'"m\xb5"'), "is not UTF-8"),
        "history/deep.js": (deep('window.BENCHMARK_DATA = {"entries": '), "is not whole JSON"),
        # TensorFlow Lite
        "tflite/cut.txt": (tflite("5")[:60], "no inference timings"),
        "tflite/nan.txt": (tflite("nan"), "the value is nan"),
        "tflite/missing.txt": (tflite("-1"), "stands for missing"),
        # plain CSV
        "csv/column.csv": (TABLE.replace(b"unit", b"units"), "the column 'units' is none of those"),
        "csv/unit.csv": (TABLE.replace(b"ms", b"mss"), "the unit 'mss' is not known"),
        "csv/twice.csv": (TABLE + TABLE.splitlines()[1], "the same result stands twice"),
        "csv/latin.csv": (TABLE + b"caf\xe9,latency,2,ms,2026-01-02\n", "the row is not UTF-8"),
        "csv/quote.csv": (TABLE + b'"open,latency,2,ms,2026-01-02\n', "the row is no CSV"),
        # MLPerf
        "training_results_v2.0/A/results/b/resnet/result_0.txt": (training(START), "no run_stop"),
        "training_results_v2.0/A/results/c/resnet/result_0.txt": (
            training(START, STOP % HUGE),
            "cannot be read",
        ),
        "training_results_v2.0/A/results/d/resnet/result_0.txt": (
            training(START, STOP % 1_500_000_000_000),
            "is negative",
        ),
        "inference_results_v3.0/closed/A/results/b/resnet/Offline/performance/run_1/mlperf_log_summary.txt": (
            summary("nan"),
            "nan",
        ),
        "inference_results_v3.0/closed/A/results/c/resnet/Offline/performance/run_1/mlperf_log_summary.txt": (
            summary("5").partition(b"Samples")[0],
            "the log is cut off",
        ),
        "results/cm-result.json": (results_json(Units="furlongs"), "furlongs"),
        "more/cm-result.json": (cut(results_json()), "is not whole JSON"),
        "submission/summary.csv": (submission("-1"), "stands for missing"),
        "submission/words.csv": (submission("fast"), "is not a number"),
        "mobile_results_v2.1/closed/A/results/p/a.json": (phone("fast"), "is not a number"),
        "mobile_results_v2.1/closed/A/results/q/a.json": (cut(phone(3.0), 0.9), "is not whole JSON"),
        # TensorFlow
        "tensorflow/nan.json": (tensorflow_results(wall_time=float("nan")), "the value is nan"),
        "tensorflow/cut.json": (cut(tensorflow_results(wall_time=3.0)), "is not whole JSON"),
        "perfzero/cut.json": (cut(perfzero(), 0.95), "is not whole JSON"),
        "perfzero/nan.json": (perfzero(wall_time=float("nan")), "the value is nan"),
        "models/metric.log": (models("NaN"), "the value is nan"),
        "others/metric.log": (models("3", "hogsheads"), "the unit 'hogsheads' is not known"),
        "cnn/nan.log": (cnn("nan"), "nan"),
        "own/empty.json": (own_run(), "lacks a readable run"),
        "own/later.json": (own_run(flowmeter_bench_run=9), "version 9 of these files is not known"),
        # archives
        "archives/escape.tar.gz": (
            tar([(f"../../{ESCAPE}", TABLE), (f"/tmp/{ESCAPE}", TABLE)]),
            "points outside",
        ),
        "archives/link.tar.gz": (link("/etc/passwd"), "is a link or a device"),
        "archives/bomb.zip": (zipped(("a.csv", TABLE + zeros)), "as zip bombs do"),
        "archives/bomb.csv.xz": (lzma.compress(TABLE + zeros, preset=0), "as zip bombs do"),
        "archives/nested.zip": (
            zipped(("inner.tar.gz", tar([("a.csv", TABLE)]))),
            "an archive within an archive",
        ),
        "archives/cut.tar.xz": (tar([("a.csv", TABLE * 99)], "w:xz")[:150], "cannot be read to its end"),
        "archives/sum.csv.gz": (gzip.compress(TABLE)[:-8] + bytes(8), "cannot be read to its end"),
    }


def write(root: Path) -> dict[str, str]:
    """The folder of sixty, and what each refusal is to say."""
    expected: dict[str, str] = {}
    for name, (content, why) in broken().items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        expected[name] = why
    # Not broken itself: without it the metrics beside it would not be looked at.
    ran = {"model_name": "net", "run_date": "2019-05-04T03:02:01Z", "run_parameters": []}
    for folder in ("models", "others"):
        (root / folder / "benchmark_run.log").write_text(json.dumps(ran))
    # A line of two gigabytes that takes no room on the disk.
    with (root / "csv" / "endless.csv").open("wb") as endless:
        endless.write(TABLE)
        endless.truncate(2 << 30)
    expected["csv/endless.csv"] = "at most 1073741824 are read"
    return expected


def test_sixty_broken_files_are_each_refused_by_name_and_do_no_harm(tmp_path: Path) -> None:
    root = tmp_path / "deep" / "down" / "folder"
    root.mkdir(parents=True)
    expected = write(root)
    assert len(expected) == 60
    os.symlink(tmp_path / "secret.csv", root / "out.csv")
    (tmp_path / "secret.csv").write_bytes(TABLE.replace(b"good", b"secret"))
    with (root / "csv" / "long.csv").open("wb") as long:  # one line that is read, piece by piece
        long.write(TABLE)
        long.truncate(128 << 20)
    (root / "good.csv").write_bytes(TABLE)
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(root)}

    report, database = tmp_path / "refused.csv", tmp_path / "flowmeter.db"
    environment = os.environ | {"FLOWMETER_DATABASE_URL": f"sqlite:///{database}", "TMPDIR": str(tmp_path)}
    upgrade(connect(f"sqlite:///{database}"))
    command = [sys.executable, "-m", "flowmeter", "bench", "ingest", str(root), "--rejected", str(report)]
    child = subprocess.run(
        [sys.executable, "-c", MEASURED, *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-2000:]
    assert "Traceback" not in child.stderr
    assert int(child.stdout.splitlines()[-1]) / 1024 < MEMORY

    with report.open(newline="", encoding="utf-8") as text:
        refused = [(row["what"], row["why"]) for row in csv.DictReader(text)]
    assert missed(expected, refused) == {}
    assert ("out.csv", "is a link") in refused
    assert any("long.csv" in what and "the line is longer than" in why for what, why in refused)

    # Nothing lies outside of the folder that did not before, but the report and the database.
    after = {path for path in tmp_path.rglob("*") if not path.is_relative_to(root)}
    assert {path.name.partition("-")[0] for path in after - before} <= {report.name, database.name, "said"}
    assert not Path(f"/tmp/{ESCAPE}").exists()

    engine = connect(f"sqlite:///{database}")
    results, cases, sources = table("benchmark_results"), table("benchmark_cases"), table("benchmark_sources")
    with engine.connect() as connection:
        values = connection.execute(select(results.c.value)).scalars().all()
        names = set(connection.execute(select(cases.c.name)).scalars())
        formats = set(connection.execute(select(sources.c.format)).scalars())
        counted = connection.execute(select(func.sum(sources.c.rejected))).scalar()
    engine.dispose()
    assert all(0 < value < 1e300 for value in values)
    assert "good" in names
    assert "secret" not in names
    assert formats == {format.name for format in discovered()}
    assert counted is not None
    assert counted <= len(refused)


def missed(expected: dict[str, str], refused: list[tuple[str, str]]) -> dict[str, str]:
    """Files of which no refusal says what is wrong, with what is said of them."""
    missing: dict[str, str] = {}
    for name, why in expected.items():
        # An archive's own name, or what came out of it; MLPerf's runs go by their folder.
        stems = {
            name,
            name.partition(".tar")[0],
            name.removesuffix(".zip"),
            name.removesuffix(".gz").removesuffix(".xz"),
            name.rpartition("/")[0],
        }
        stems.discard(name.partition("/")[0])
        said = [
            f"{what}: {told}" for what, told in refused if any(stem in f"{what} {told}" for stem in stems)
        ]
        if not any(why in each for each in said):
            missing[name] = "; ".join(said)
    return missing


def test_what_damages_a_compressed_file_is_named_by_each_packer(tmp_path: Path) -> None:
    packers = {"gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress}
    for suffix, pack in packers.items():
        data = bytearray(pack(TABLE * 50))
        data[len(data) // 2] ^= 0xFF
        (tmp_path / f"a.csv.{suffix}").write_bytes(bytes(data))
    (page,) = ingest([str(tmp_path)], now=datetime(2026, 1, 1, tzinfo=UTC))
    refused = [
        one.what.rpartition("/")[2] for one in page.rejections if "cannot be read to its end" in one.why
    ]
    assert refused == ["a.csv.bz2", "a.csv.gz", "a.csv.xz"]
    assert not page.rows.get("benchmark_results")
