"""The panel's route in a real Jupyter server, and the parts behind it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, Request, build_opener, urlopen

import pytest

from ipymlops.apps.jupyter_server.changes import SCHEMA, Watcher
from ipymlops.apps.jupyter_server.picture import Pictures, inside, stamp
from ipymlops.errors import BadInput
from ipymlops.project import Project
from ipymlops.registry.registry import Registry

TOKEN = "a-token-for-one-test-run"


def _register(registry: Registry, name: str = "churn") -> None:
    registry.add_version(name, "0" * 64, {"estimator": "Ridge"}, who="ada", why="a try", evidence={})


# --- which folder --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "/srv/work"),
        ("/", "/srv/work"),
        (".", "/srv/work"),
        ("credit/notebooks", "/srv/work/credit/notebooks"),
        ("/credit/", "/srv/work/credit"),
        ("credit/../churn", "/srv/work/churn"),
        ("a: b/été", "/srv/work/a: b/été"),
        ("//etc", "/srv/work/etc"),
    ],
)
def test_paths_are_below_the_servers_root(path: str, expected: str) -> None:
    assert inside(Path("/srv/work"), path) == Path(expected)


@pytest.mark.parametrize("path", ["..", "../other", "credit/../../other", "../workshop", "a\0b", "./../.."])
def test_paths_that_lead_out_are_refused(path: str) -> None:
    with pytest.raises(BadInput, match="leads out"):
        inside(Path("/srv/work"), path)


# --- what is shown -------------------------------------------------------------------------------------------------


def test_looking_creates_nothing(tmp_path: Path) -> None:
    assert Pictures().of(tmp_path)[0]["project"] is None
    (tmp_path / ".mlops").mkdir()
    picture, _ = Pictures().of(tmp_path / "not" / "there")
    assert picture["models"] == []
    assert picture["project"] == {"name": tmp_path.name, "folder": str(tmp_path)}
    assert list((tmp_path / ".mlops").iterdir()) == []


def test_a_picture_is_kept_until_the_store_changes(tmp_path: Path) -> None:
    registry = Project.open(tmp_path).registry
    _register(registry)
    pictures = Pictures()
    first, at = pictures.of(tmp_path)
    assert pictures.of(tmp_path / "deeper")[0] is first
    assert stamp(tmp_path) == at, "reading must not look like a change"
    registry.set_alias("churn", "champion", 1, kind="promote", who="grace", why="better", evidence={})
    second, _ = pictures.of(tmp_path)
    assert first["models"][0]["champion"] is None
    assert second["models"][0]["champion"] == 1
    assert [e["kind"] for e in second["models"][0]["versions"][0]["events"]] == ["promote", "register"]


def test_no_more_pictures_are_kept_than_needed(tmp_path: Path) -> None:
    pictures = Pictures()
    for number in range(40):
        folder = tmp_path / str(number)
        (folder / ".mlops").mkdir(parents=True)
        pictures.of(folder)
    assert len(pictures._kept) == 32


# --- being told ----------------------------------------------------------------------------------------------------


def test_the_watcher_tells_once_for_a_change_since_the_answer(tmp_path: Path) -> None:
    registry = Project.open(tmp_path).registry
    _register(registry)
    told: list[str] = []

    async def story() -> None:
        watcher = Watcher(told.append, every=0.01)
        watcher.watch(tmp_path, stamp(tmp_path))
        _register(registry)  # before the first look: it must not be missed
        await _until(lambda: bool(told))
        await asyncio.sleep(0.1)
        assert told == [str(tmp_path)]
        watcher.watch(tmp_path, stamp(tmp_path))
        _register(registry, "credit")
        await _until(lambda: len(told) == 2)

    asyncio.run(story())


def test_the_watcher_sleeps_when_nobody_asks_any_more(tmp_path: Path) -> None:
    async def story() -> bool:
        watcher = Watcher(lambda _: None, every=0.01, forget=0.05)
        watcher.watch(tmp_path, None)
        assert watcher._task is not None
        await asyncio.wait_for(watcher._task, 30)
        return not watcher._seen

    assert asyncio.run(story())


async def _until(condition: Any) -> None:
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never happened")


# --- over HTTP -----------------------------------------------------------------------------------------------------


@dataclass
class Server:
    url: str
    root: Path

    def get(self, path: str | None = None, *, token: str | None = TOKEN, method: str = "GET") -> tuple[int, Any]:
        query = "" if path is None else "?" + urlencode({"path": path})
        headers = {"Authorization": f"token {token}"} if token else {}
        return _ask(Request(f"{self.url}ipymlops/api/models{query}", headers=headers, method=method))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home, root = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("work")
    folders = {
        name: str(home / name.lower())
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    }
    log = home / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *_options(root)],
            env={**os.environ, **folders},
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield Server(_address(process, home / "jupyter_runtime_dir", log), root)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def _options(root: Path) -> list[str]:
    options = {
        "ServerApp.port": "0",
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.root_dir": str(root),
        "ServerApp.allow_root": "True",
        "ServerApp.open_browser": "False",
        "ServerApp.jpserver_extensions": "{'ipymlops': True}",  # also where ipymlops is only on the path
        "IdentityProvider.token": TOKEN,
    }
    return [f"--{name}={value}" for name, value in options.items()]


def _address(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    for _ in range(600):
        for found in runtime.glob("jpserver-*.json"):
            text = found.read_text()
            if text.rstrip().endswith("}"):
                return str(json.loads(text)["url"])
        if process.poll() is not None:
            break
        time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text()[-3000:]}")


def _ask(request: Request) -> tuple[int, Any]:
    try:
        with urlopen(request, timeout=30) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null")


def test_the_models_of_a_folder_are_answered(server: Server) -> None:
    _register(Project.open(server.root / "credit").registry)
    (server.root / "credit" / "notebooks").mkdir()
    status, answer = server.get("credit/notebooks")
    assert status == 200
    assert answer["project"]["name"] == "credit"
    assert [m["name"] for m in answer["models"]] == ["churn"]
    assert answer["models"][0]["versions"][0]["estimator"] == "Ridge"


@pytest.mark.parametrize("path", [None, "", "nowhere/near"])
def test_a_folder_without_a_project_is_an_empty_answer(server: Server, path: str | None) -> None:
    assert server.get(path) == (200, {"kind": "models", "project": None, "models": []})


def test_leading_out_of_the_root_is_refused_in_words(server: Server) -> None:
    status, answer = server.get("../../etc")
    assert status == 400
    assert answer["kind"] == "error"
    assert "leads out of the server's folder" in answer["message"]


def test_a_store_that_cannot_be_read_is_an_error_in_one_line(server: Server) -> None:
    folder = server.root / "broken" / ".mlops"
    folder.mkdir(parents=True)
    (folder / "registry.db").write_bytes(b"not a database at all, and longer than its header" * 50)
    status, answer = server.get("broken")
    assert status == 500
    assert answer["kind"] == "error"
    assert "Next:" in answer["message"]
    assert "\n" not in answer["message"]


@pytest.mark.parametrize("token", [None, "a-wrong-one"])
def test_nobody_unknown_is_answered(server: Server, token: str | None) -> None:
    status, answer = server.get("credit", token=token)
    assert status == 403
    assert "credit" not in json.dumps(answer)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_there_is_nothing_to_write(server: Server, method: str) -> None:
    status, answer = server.get("credit", method=method)
    assert status == 405
    assert answer["kind"] == "error"


def test_a_cookie_alone_does_not_let_another_page_in(server: Server) -> None:
    """A browser sends the cookie of the log-in from any page; only our own page knows what else to send."""
    jar = CookieJar()
    browser = build_opener(HTTPCookieProcessor(jar))
    browser.open(f"{server.url}api/status?token={TOKEN}", timeout=30).close()
    assert jar, "the log-in gave no cookie, so this test would prove nothing"
    foreign = Request(f"{server.url}ipymlops/api/models", headers={"Origin": "http://elsewhere.invalid"})
    with pytest.raises(HTTPError) as refused:
        browser.open(foreign, timeout=30)
    assert refused.value.code in (403, 404)
    refused.value.close()


def test_front_ends_are_told_through_jupyter_events(server: Server) -> None:
    from tornado.httpclient import HTTPRequest
    from tornado.websocket import websocket_connect

    registry = Project.open(server.root / "told").registry
    url = server.url.replace("http", "ws") + "api/events/subscribe"

    async def story() -> dict[str, Any]:
        socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"}))
        await asyncio.to_thread(server.get, "told")
        await asyncio.to_thread(_register, registry)
        while True:
            message = json.loads(str(await asyncio.wait_for(socket.read_message(), 30)))
            if message.get("schema_id") == SCHEMA["$id"]:
                socket.close()
                return dict(message)

    assert asyncio.run(story())["folder"] == str(server.root / "told")
