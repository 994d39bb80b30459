"""Rules for all tests: on CI a skip is a failure, and nobody's real project or identity leaks in."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

# How long something takes is a matter of the benchmarks: a busy machine must fail no test.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _a_known_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYMLOPS_USER", "ada")
    for name in ("IPYMLOPS_SIGNING_KEY", "IPYMLOPS_SIGNING_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_network_for_locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export of a test locks what is installed; the tests of locks themselves ask uv and pip."""
    if request.node.get_closest_marker("wheel") is None:
        monkeypatch.setattr("ipymlops.pipelines.lock.TOOLS", ())


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A PATH on which there is no node, and nobody's Jupyter folders."""
    home = tmp_path_factory.mktemp("home")
    tools = home / "bin"
    tools.mkdir()
    for name in ("git", "sh", "env", "bash", "uname"):
        found = shutil.which(name)
        if found:
            (tools / name).symlink_to(found)
    assert shutil.which("node", path=str(tools)) is None
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHON", "IPYMLOPS", "VIRTUAL_ENV"))}
    return {**kept, "PATH": str(tools), "JUPYTER_CONFIG_DIR": str(home / "config"), "IPYTHONDIR": str(home / "ipython")}


@dataclass(frozen=True)
class PostgresServer:
    """A server of its own, on loopback, without passwords; each ``url`` is a new, empty database."""

    port: int

    def url(self) -> str:
        import psycopg  # an environment that runs a part of the tests has no need of it

        name = f"test_{uuid4().hex[:12]}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._address(name)

    def _address(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server (Debian: ``postgresql``), for as long as the tests of this process run."""
    tools = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda p: int(p.parent.name))
    if tools is None:
        pytest.skip("no PostgreSQL server is installed (Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a short path: a socket's name lies in it
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    _run([*user, str(tools / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"])
    settings = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=100"
    log = ["-l", str(folder / "log")]
    _run([*user, str(tools / "pg_ctl"), "-D", str(data), "-o", settings, *log, "-w", "start"])
    yield PostgresServer(port)
    _run([*user, str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"])
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a real HTTP server that speaks S3 (moto's), on loopback."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket: ``s3://name``, with the environment that leads to it."""
    import boto3

    for name, value in {"ACCESS_KEY_ID": "ada", "SECRET_ACCESS_KEY": "x", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3)
    name = f"bucket-{uuid4().hex[:12]}"
    boto3.client("s3").create_bucket(Bucket=name)
    return f"s3://{name}"


class KeyPairs:
    """Pairs of elliptic curve keys, made in a folder of their own: ``NAME.pem`` and ``NAME.pub``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str, *, curve: str = "SECP256R1", passphrase: bytes | None = None) -> tuple[Path, Path]:
        from cryptography.hazmat.primitives.asymmetric import ec

        return self.write(name, ec.generate_private_key(getattr(ec, curve)()), passphrase)

    def write(self, name: str, key: Any, passphrase: bytes | None = None) -> tuple[Path, Path]:
        from cryptography.hazmat.primitives import serialization as s

        private, public = self.folder / f"{name}.pem", self.folder / f"{name}.pub"
        lock = s.BestAvailableEncryption(passphrase) if passphrase else s.NoEncryption()
        private.write_bytes(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, lock))
        spki = s.PublicFormat.SubjectPublicKeyInfo
        public.write_bytes(key.public_key().public_bytes(s.Encoding.PEM, spki))
        return private, public


@pytest.fixture
def key_pair(tmp_path_factory: pytest.TempPathFactory) -> KeyPairs:
    pytest.importorskip("model_signing")
    return KeyPairs(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def mlflow_python() -> str:
    """A Python of its own in which MLflow is installed."""
    python = os.environ.get("IPYMLOPS_MLFLOW_PYTHON", "")
    if not python:
        pytest.skip("IPYMLOPS_MLFLOW_PYTHON names no Python with mlflow in it")
    return python


@pytest.fixture(scope="session")
def mlflow_server(mlflow_python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real ``mlflow server`` on loopback: SQLite, and artifacts that it hands on."""
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [mlflow_python, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += [
        "--backend-store-uri",
        f"sqlite:///{folder}/mlflow.db",
        "--artifacts-destination",
        str(folder / "files"),
    ]
    bins = f"{Path(mlflow_python).parent}{os.pathsep}{os.environ['PATH']}"  # it calls uvicorn by its name
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW")}
    kept["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"  # no workers of its own for jobs: nobody gives it any
    log = folder / "server.log"
    with log.open("wb") as said:
        server = subprocess.Popen(
            command, env={**kept, "PATH": bins}, cwd=folder, stdout=said, stderr=said, start_new_session=True
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=120)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 300  # its database takes a minute on a busy machine
    while True:
        assert server.poll() is None, log.read_text()[-3000:]
        assert time.monotonic() < until, log.read_text()[-3000:]
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real tables that lies beside the checkouts of this project's makers, and nowhere else."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no folder of real tables lies beside this checkout")
    return folder


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone") / "ipymlops"
    _run(["git", "clone", "--quiet", "--no-hardlinks", str(CHECKOUT), str(folder)])
    return folder


@pytest.fixture(scope="session")
def wheel(clone: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(clone)]
    _run(command, environment)
    (built,) = folder.glob("*.whl")
    return built


def _run(command: list[str], environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    may_skip = hasattr(report, "wasxfail") or "shared_data" in getattr(item, "fixturenames", ())
    if os.environ.get("IPYMLOPS_NO_SKIPS") and report.skipped and not may_skip:
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
