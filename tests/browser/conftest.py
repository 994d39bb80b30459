"""JupyterLab on a port of its own, in a headless Chromium that may talk to nobody else."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

CHECKOUT = Path(__file__).parents[2]
SCREENSHOTS = CHECKOUT / "demo-output" / "screenshots"
TOKEN = "a-token-for-one-test-run"
STARTUP = 90.0
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Lab:
    """A running server: ``root`` is what the browser's file list shows."""

    root: Path
    url: str
    log: Path


@dataclass
class Browser:
    """A page at the lab, and every request it made to somewhere else."""

    page: Any
    lab: Lab
    foreign: list[str] = field(default_factory=list)

    def run(self, script: str, argument: Any = None) -> Any:
        """Evaluate ``script``, a function of (app, argument), in the page."""
        return self.page.evaluate(f"argument => ({script})(window.jupyterapp, argument)", argument)

    def execute(self, command: str, **arguments: Any) -> None:
        """Run one of Lab's commands to its end; what it returns stays in the page."""
        self.run("async (app, [command, args]) => { await app.commands.execute(command, args); }", [command, arguments])

    def open_notebook(self, path: str) -> None:
        """Open it and wait for its kernel: the idle mark in the page shows before there is one."""
        self.execute("docmanager:open", path=path)
        self.page.wait_for_function(
            "path => window.jupyterapp.shell.currentWidget?.context?.path === path", arg=path, timeout=30_000
        )
        self.run(
            """async app => {
                const { sessionContext, context } = app.shell.currentWidget;
                await context.ready;
                await sessionContext.ready;
                await sessionContext.session.kernel.info;
            }"""
        )

    def run_all(self, timeout: float = 300.0) -> list[dict[str, Any]]:
        """Run every cell of the current notebook; the outputs, cell by cell, as nbformat has them."""
        self.page.set_default_timeout(timeout * 1000)
        self.execute("notebook:run-all-cells")
        cells: list[dict[str, Any]] = self.run(
            "app => app.shell.currentWidget.content.widgets.map(cell => cell.model.toJSON())"
        )
        return cells

    def open_panel(self) -> Any:
        self.execute("ipymlops:open-panel")
        panel = self.page.locator("#ipymlops-models")
        panel.wait_for(state="visible")
        return panel

    def widen_panel(self, pixels: int) -> None:
        """Drag the line between the notebook and the panel to the left."""
        box = self.page.locator("#ipymlops-models").bounding_box()
        x, y = box["x"] - 3, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x - pixels, y, steps=5)
        self.page.mouse.up()

    def theme(self, name: str) -> None:
        self.execute("apputils:change-theme", theme=name)
        light = "false" if "Dark" in name else "true"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def screenshot(self, name: str, target: Any = None) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        (target or self.page).screenshot(path=str(path))
        return path


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("chromium is not installed: apt-get install chromium fonts-dejavu-core")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def current_front_end() -> None:
    """What JupyterLab will load is what the sources say; an editable install copies it once."""
    stamp = Path(sys.prefix, "share", "jupyter", "labextensions", "ipymlops", "sources.sha256")
    script = "import hatch_build, pathlib; print(hatch_build.fingerprint(pathlib.Path()))"
    expected = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert stamp.is_file(), "the front end is not installed: pip install -e ."
    assert stamp.read_text() == expected.stdout, "the installed front end is stale: pip install -e ."


@pytest.fixture(scope="session")
def lab(current_front_end: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("home")
    root = tmp_path_factory.mktemp("work")
    environment = _environment(home)
    log = home / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            _command(root), cwd=root, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield Lab(root, _address(process, home / "runtime", log), log)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@pytest.fixture
def browser(chromium: Any, lab: Lab) -> Iterator[Browser]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    driven = Browser(context.new_page(), lab)
    _gate(driven)
    driven.page.goto(f"{lab.url}lab?reset&token={TOKEN}", timeout=60_000)
    driven.page.wait_for_function("() => window.jupyterapp", timeout=60_000)
    driven.run("app => app.restored")
    yield driven
    driven.run("async app => { await app.serviceManager.sessions.shutdownAll(); }")
    context.close()
    assert not driven.foreign, f"requests that left this machine: {driven.foreign}"


def _gate(driven: Browser) -> None:
    def decide(route: Any) -> None:
        if _is_local(route.request.url):
            route.continue_()
        else:
            driven.foreign.append(route.request.url)
            route.abort()

    driven.page.context.route("**/*", decide)
    driven.page.on("websocket", lambda s: None if _is_local(s.url) else driven.foreign.append(s.url))


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob") or parts.hostname in ("127.0.0.1", "localhost")


def _command(root: Path) -> list[str]:
    options = {
        "ServerApp.port": "0",
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": str(root),
        "ServerApp.allow_root": "True",
        "ServerApp.open_browser": "False",
        "IdentityProvider.token": TOKEN,
        "LabApp.expose_app_in_browser": "True",
        "LabApp.extension_manager": "readonly",
    }
    return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the person's own Jupyter, and the news pop-up switched off."""
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    folders = {
        "HOME": home,
        "IPYTHONDIR": home / "ipython",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
    }
    return {**os.environ, **{name: str(folder) for name, folder in folders.items()}, "IPYMLOPS_USER": "ada"}


def _address(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    """The server writes where it listens once it does."""
    deadline = time.monotonic() + STARTUP
    while time.monotonic() < deadline and process.poll() is None:
        for found in runtime.glob("jpserver-*.json"):
            text = found.read_text()
            if text.rstrip().endswith("}"):
                return str(json.loads(text)["url"])
        time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-4000:]}")
