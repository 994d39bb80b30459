"""The lock beside an exported script: with hashes by uv or by pip, else said to have none. No test asks a network."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from ipymlops.pipelines import lock as locking
from ipymlops.pipelines import resolvers
from ipymlops.pipelines.closure import closure
from ipymlops.pipelines.lock import FILE, lock
from ipymlops.pipelines.results import Lock

MakeWheel = Callable[..., str]


@pytest.fixture(autouse=True)
def _only_our_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_wheel: MakeWheel) -> None:
    """Both programs run as they are, and know nothing but a folder of wheels."""
    monkeypatch.setattr(locking, "TOOLS", ("uv", "pip"))
    for name, value in {"UV_OFFLINE": "1", "UV_NO_CONFIG": "1", "UV_CACHE_DIR": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    for name in ("PIP_EXTRA_INDEX_URL", "UV_INDEX", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null"}.items():
        monkeypatch.setenv(name, value)
    for name in ("UV_FIND_LINKS", "PIP_FIND_LINKS"):
        monkeypatch.setenv(name, str(tmp_path / "wheels"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def locked(folder: Path, *requirements: str, tools: tuple[str, ...] = ("uv", "pip")) -> tuple[Lock, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locking, "TOOLS", tools)
        result = lock(requirements, folder, lambda _: None)
    return result, (folder / FILE).read_text()


def entries(text: str) -> dict[str, list[str]]:
    """Requirement -> hashes."""
    lines = [line for line in text.replace("\\\n", " ").splitlines() if not line.startswith("#")]
    return {line.split("--hash=")[0].strip(): re.findall(r"--hash=sha256:(\w+)", line) for line in lines}


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_every_distribution_with_its_hash(tool: str, make_wheel: MakeWheel, out: Path, tmp_path: Path) -> None:
    alpha, beta = make_wheel("alpha", "1.0", "beta>=1"), make_wheel("beta", "1.5")
    result, text = locked(out, "alpha==1.0", tools=(tool,))
    assert result == Lock(FILE, 2, tool)
    assert entries(text) == {"alpha==1.0": [alpha], "beta==1.5": [beta]}
    assert f"Locked by {tool}" in text
    assert str(tmp_path) not in text
    target = tmp_path / "target"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--target", str(target)]
    subprocess.run([*command, "-r", str(out / FILE)], check=True)
    assert (target / "beta.py").exists()


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_what_the_proof_ran_with_is_what_is_locked(tool: str, make_wheel: MakeWheel, out: Path) -> None:
    installed = metadata.version("packaging")
    make_wheel("alpha", "1.0", "packaging")
    make_wheel("packaging", installed)
    make_wheel("packaging", "999")
    installed_too = ("alpha==1.0", f"packaging=={installed}")
    assert set(entries(locked(out, "alpha==1.0", "packaging", tools=(tool,))[1])) == set(installed_too)


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_extras_bring_what_they_need(tool: str, make_wheel: MakeWheel, out: Path) -> None:
    make_wheel("alpha", "1.0", "beta ; extra == 'more'")
    make_wheel("beta", "1.5")
    found = entries(locked(out, "alpha[more]==1.0", tools=(tool,))[1])
    assert [re.sub(r"\[more\]", "", name) for name in found] == ["alpha==1.0", "beta==1.5"]


def test_pip_answers_where_uv_cannot(make_wheel: MakeWheel, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_wheel("alpha", "1.0")
    monkeypatch.delenv("UV_FIND_LINKS")
    steps: list[str] = []
    assert lock(("alpha==1.0",), out, steps.append) == Lock(FILE, 1, "pip")
    assert steps == ["lock with uv", "lock with pip"]


@pytest.mark.parametrize("tool", ["uv", "pip"])
def test_ipymlops_is_left_out_where_no_index_has_it(
    tool: str, make_wheel: MakeWheel, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "requires", lambda _: ["beta>=1", "gamma ; extra == 'lab'"])
    make_wheel("alpha", "1.0")
    make_wheel("beta", "1.5")
    ours = f"ipymlops=={metadata.version('ipymlops')}"
    result, text = locked(out, "alpha==1.0", ours, tools=(tool,))
    assert set(entries(text)) == {"alpha==1.0", "beta==1.5"}
    wheel = f"{ours.replace('==', '-')}-py3-none-any.whl"
    assert f"leaves out {ours}, because no index has it" in result.problem
    assert wheel in result.problem
    assert f"# Then, because no index had {ours}: python -m pip install --no-deps {wheel}" in text


def test_ipymlops_in_a_folder_of_wheels_is_locked_too(make_wheel: MakeWheel, out: Path) -> None:
    ours = metadata.version("ipymlops")
    sha256 = make_wheel("ipymlops", ours)
    result, text = locked(out, f"ipymlops=={ours}")
    assert entries(text) == {f"ipymlops=={ours}": [sha256]}
    assert not result.problem


@pytest.mark.parametrize(
    ("tools", "why"),
    [((), "neither uv nor pip is installed here"), (("uv",), "uv said: "), (("pip",), "pip said: ")],
)
def test_without_hashes_it_says_so_and_pins_what_is_installed(tools: tuple[str, ...], why: str, out: Path) -> None:
    result, text = locked(out, "scikit-learn==1.6.0", "no-such-thing", tools=tools)
    assert f"has no hashes ({why}" in result.problem
    assert not result.by
    found = entries(text)
    assert not any(found.values())
    assert "scikit-learn==1.6.0" in found, "as at registration"
    assert f"joblib=={metadata.version('joblib')}" in found
    assert "WITHOUT hashes" in text
    assert "Required, but not installed there: no-such-thing" in text


def test_where_neither_program_is_there(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolvers, "program", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "(neither uv nor pip is installed here)" in locked(out, "alpha==1.0")[0].problem


def test_a_program_that_cannot_run(out: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resolvers, "program", lambda _: str(tmp_path / "gone"))
    problem = locked(out, "alpha==1.0", tools=("uv",))[0].problem
    assert "uv could not run: No such file" in problem


def test_no_address_of_an_index_is_said_or_written(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UV_OFFLINE", "PIP_NO_INDEX", "UV_FIND_LINKS", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name)
    closed = "http://me:secret@127.0.0.1:9/simple"  # nobody listens there
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, closed)
    for tool in ("uv", "pip"):
        result, text = locked(out, "alpha==1.0", tools=(tool,))
        assert "has no hashes" in result.problem
        for words in (result.problem, text):
            assert not [w for w in ("secret", "127.0.0.1", "simple") if w in words], words


def test_the_time_is_bounded(out: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "uv"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(resolvers, "program", lambda _: str(slow))
    monkeypatch.setattr(locking, "SECONDS", 0.1)
    assert "uv was not done after 1 seconds" in locked(out, "alpha==1.0", tools=("uv",))[0].problem


def test_a_repository_has_no_hash_and_keeps_its_address(out: Path) -> None:
    here = "rich @ git+https://host.example/rich.git@v1"
    _, text = locked(out, here, tools=())
    assert here in entries(text)


CLOSURES = {
    "what it needs": (["alpha"], {"alpha==1", "beta==2"}),
    "an extra": (["alpha[more]"], {"alpha==1", "beta==2", "gamma==3", "delta==4"}),
    "one version stays as it was asked for": (["alpha", "beta==1.5"], {"alpha==1", "beta==1.5"}),
    "a range does not": (["alpha", "beta>=1"], {"alpha==1", "beta==2"}),
    "a marker that does not hold": (["alpha ; python_version < '3'"], set()),
    "a circle": (["gamma"], {"gamma==3", "delta==4"}),
    "given, not installed": (["epsilon==5"], {"epsilon==5"}),
    "not installed": (["epsilon"], set()),
    "a need that cannot be read": (["old"], {"old==0", "beta==2"}),
}


@pytest.mark.parametrize(("asked", "pinned"), CLOSURES.values(), ids=list(CLOSURES))
def test_closure(asked: list[str], pinned: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version, requires in (
        ("alpha", "1", ["beta", "gamma; extra == 'more'", "zeta; python_version < '3'"]),
        ("beta", "2", []),
        ("gamma", "3", ["delta"]),
        ("delta", "4", ["gamma"]),
        ("old", "0", ["beta (==2", "beta"]),
    ):
        place = tmp_path / "site" / f"{name}-{version}.dist-info"
        place.mkdir(parents=True)
        needed = "".join(f"Requires-Dist: {r}\n" for r in requires)
        (place / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: more\n{needed}"
        )
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    found = closure(asked)
    assert set(found.pinned) == pinned
    assert found.missing == {"epsilon": ("epsilon",), "old": ("beta (==2",)}.get(asked[0], ())
