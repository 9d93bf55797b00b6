"""A real Spark standalone cluster on loopback: one master, two workers, from pyspark's own `spark-class`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
#: Seconds until master and workers have to be there.
PATIENCE = 300.0
#: For small loads: code is compiled once and quickly, and nothing runs beside it.
QUICK = """
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.executor.memory 512m
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
spark.driver.memory 512m
"""


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs: its address, and its workers' processes, each leader of its own group."""

    address: str
    workers: list[subprocess.Popen[bytes]]
    log: Path
    conf: Path

    def kill_worker(self, which: int) -> None:
        """Kill a worker with all its executors, as a machine that loses its power."""
        os.killpg(self.workers[which].pid, signal.SIGKILL)
        self.workers[which].wait()

    def cpu(self) -> float:
        """Seconds of CPU that the workers and what they started have used so far."""
        return sum(used(worker.pid) for worker in self.workers)

    def memory(self) -> dict[int, int]:
        """Resident bytes of the workers and what they started, by worker, as they are now."""
        return {n: _resident(worker.pid) for n, worker in enumerate(self.workers)}


@contextmanager
def cluster(
    folder: Path, *, workers: int = 2, cores: int = 1, memory: str = "1g", quick: bool = False
) -> Iterator[Cluster]:
    """A master and its workers, which end when the context does; `quick` ones start fast and work slowly."""
    import pyspark

    home = Path(pyspark.__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    address = f"spark://{HOST}:{port}"
    log = folder / "cluster.log"
    conf = folder / "conf"
    conf.mkdir(exist_ok=True)
    (conf / "spark-defaults.conf").write_text(QUICK if quick else "")
    environment = os.environ | {
        "SPARK_CONF_DIR": str(conf),
        "SPARK_HOME": str(home),
        "SPARK_LOCAL_IP": HOST,
        "SPARK_NO_DAEMONIZE": "1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    }
    running: list[subprocess.Popen[bytes]] = []

    def start(role: str, *arguments: str) -> subprocess.Popen[bytes]:
        with log.open("ab") as out:
            process = subprocess.Popen(
                [home / "bin" / "spark-class", f"org.apache.spark.deploy.{role}", *arguments],
                env=environment,
                stdout=out,
                stderr=out,
                cwd=folder,
                start_new_session=True,
            )
        running.append(process)
        return process

    try:
        start("master.Master", "--host", HOST, "--port", str(port), "--webui-port", "0")
        work = ["--host", HOST, "--webui-port", "0", "--cores", str(cores), "--memory", memory]
        # Workers ask again and again until the master is there.
        labourers = [
            start("worker.Worker", *work, "--work-dir", str(folder / f"worker{n}"), address)
            for n in range(workers)
        ]
        _wait_for(log, workers)
        yield Cluster(address, labourers, log, conf)
    finally:
        for process in running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_for(log: Path, workers: int) -> None:
    ends = time.monotonic() + PATIENCE
    while log.read_text(errors="replace").count("Successfully registered with master") < workers:
        if time.monotonic() > ends:
            raise SystemExit(f"the cluster did not come up; its log is {log}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def _resident(group: int) -> int:
    """Resident bytes of all processes of a group."""
    return sum(int(fields[21]) for fields in _processes(group)) * os.sysconf("SC_PAGE_SIZE")


def used(group: int) -> float:
    """Seconds of CPU of all processes of a group, those that have ended included."""
    ticks = sum(int(field) for fields in _processes(group) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _processes(group: int) -> Iterator[list[str]]:
    """What the system tells of each process of a group, from its state on."""
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        if int(fields[2]) == group:
            yield fields
