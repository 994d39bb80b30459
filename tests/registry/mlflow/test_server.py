"""Servers that are away, refuse, or are not what they say: one line each, and no credentials for anybody else."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ipymlops.errors import BadInput, IntegrityError, ServerError, UnknownName
from ipymlops.registry.mlflow.address import Address
from ipymlops.registry.mlflow.server import Refused, Server
from ipymlops.registry.mlflow.tracking import Tracking

Answer = tuple[int, dict[str, str], bytes]


class Scripted(ThreadingHTTPServer):
    """Answers what it was told to, by the last part of the path, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def say(self, end: str, body: Any, status: int = 200, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[end] = status, {k.replace("_", "-"): v for k, v in headers.items()}, data

    def tracking(self, authorization: str = "") -> Tracking:
        return Tracking(Server(Address(self.url, authorization), seconds=5))


class Handler(BaseHTTPRequestHandler):
    server: Scripted

    def _answer(self) -> None:
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        end = self.path.partition("?")[0].rpartition("/")[2]
        status, headers, body = self.server.answers.get(end, (404, {}, b"{}"))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Scripted]:
    yield from running()


@pytest.fixture
def other() -> Iterator[Scripted]:
    yield from running()


def running() -> Iterator[Scripted]:
    made = Scripted()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(server: Scripted, other: Scripted, status: int) -> None:
    server.say("get", b"", status, Location=f"{other.url}/api/2.0/mlflow/registered-models/get")
    other.say("get", {"registered_model": {}})
    with pytest.raises(Refused, match=f"sends on to '{other.url}.*which is not followed") as refused:
        server.tracking("Bearer secret").model("churn")
    assert other.asked == []
    assert server.asked[0][2]["Authorization"] == "Bearer secret"
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("authorization", "status", "words"),
    [
        ("", 401, r"refuses a visitor without credentials \(401\).*MLFLOW_TRACKING_TOKEN"),
        ("Bearer t", 403, r"refuses this user \(403\): GET /api/2.0/mlflow/registered-models/get"),
    ],
)
def test_who_may_not(server: Scripted, authorization: str, status: int, words: str) -> None:
    server.say("get", {"error_code": "PERMISSION_DENIED", "message": "no"}, status)
    with pytest.raises(ServerError, match=words) as refused:
        server.tracking(authorization).model("churn")
    assert refused.value.exit_code == 2


def test_a_server_that_is_away() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ServerError, match=f"{url} does not answer: .*refused.*MLFLOW_TRACKING_URI"):
        Tracking(Server(Address(url))).model("churn")


def test_a_server_that_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ServerError, match="does not answer: timed out"):
            Tracking(Server(Address(url), seconds=0.2)).model("churn")


@pytest.mark.parametrize(
    "body",
    [b"<html>hello</html>", b"[]", b"{}", b'{"registered_model": 1}', b'{"registered_model": {"aliases": 3}}',
     b'{"registered_model": {"aliases": [{"alias": "champion", "version": "../3"}]}}', b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_tracking_server(server: Scripted, body: bytes) -> None:
    server.say("get", body)
    with pytest.raises(ServerError, match=r"answers is|holds no usable"):
        server.tracking().model("churn")


def test_its_words_are_cut_and_on_one_line(server: Scripted) -> None:
    server.say("get", {"error_code": "INTERNAL_ERROR", "message": "a\n\x1b[31m" + "b" * 5000}, 500)
    with pytest.raises(ServerError, match="answered 500 INTERNAL_ERROR to GET") as refused:
        server.tracking().model("churn")
    assert len(str(refused.value)) < 700
    assert "\n" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_a_model_that_is_not_there(server: Scripted) -> None:
    server.say("get", {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no"}, 404)
    assert server.tracking().model("churn") is None
    with pytest.raises(UnknownName, match="has no registered model 'churn'"):
        server.tracking().find("churn", None)


def test_an_alias_that_is_not_there(server: Scripted) -> None:
    server.say("get", {"registered_model": {"aliases": [{"alias": "champion", "version": "3"}]}})
    with pytest.raises(UnknownName, match="did you mean 'champion'"):
        server.tracking().find("churn", "champoin")


def test_more_bytes_than_were_announced(server: Scripted) -> None:
    server.say("model.skops", b"x" * 1001)
    assert server.tracking().server.get("0/r/model.skops", 1001) == b"x" * 1001
    with pytest.raises(IntegrityError, match=r"sends more than 1,000 bytes for model.skops"):
        server.tracking().server.get("0/r/model.skops", 1000)


def test_fewer_bytes_than_it_says(server: Scripted) -> None:
    server.say("model.skops", b"x" * 10, Content_Length="100")
    with pytest.raises(ServerError, match=r"broke off after 10 of 100 bytes|does not answer"):
        server.tracking().server.get("0/r/model.skops", 1000)


@pytest.mark.parametrize(
    "uri",
    ["s3://bucket/0/r/artifacts", "file:///etc", "/etc", "dbfs:/x", "mlflow-artifacts:/../../etc", "mlflow-artifacts:/",
     "mlflow-artifacts:/0/%2e%2e/%2e%2e/etc", "mlflow-artifacts://other.example/0/r/artifacts",
     "http://other.example/api/2.0/mlflow-artifacts/artifacts/0/r", "http://ada:secret@other.example/x", "http://[::1"],
)  # fmt: skip
def test_files_that_lie_elsewhere_are_not_got(server: Scripted, uri: str) -> None:
    with pytest.raises(BadInput, match=r"does not hand them on.*--serve-artifacts") as refused:
        server.tracking().path_of(uri)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    "below", ["mlflow-artifacts:/0/r/artifacts", "mlflow-artifacts://{host}/0/r/artifacts/",
              "http://{host}/api/2.0/mlflow-artifacts/artifacts/0/r/artifacts"],
)  # fmt: skip
def test_files_that_the_server_has(server: Scripted, below: str) -> None:
    uri = below.format(host=server.url.removeprefix("http://"))
    assert server.tracking().path_of(uri) == "0/r/artifacts"


def test_pages_of_versions_that_never_end(server: Scripted) -> None:
    version = {"name": "churn", "version": "1", "status": "READY"}
    server.say("search", {"model_versions": [version], "next_page_token": "again"})
    assert len(server.tracking().versions("churn")) == 2


def test_pages_of_versions_that_always_differ(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    tracking, asked = server.tracking(), []

    def page(path: str, **query: str) -> dict[str, Any]:
        asked.append(path)
        return {"model_versions": [{"name": "churn", "version": "1"}], "next_page_token": str(len(asked))}

    monkeypatch.setattr(tracking.server, "ask", page)
    with pytest.raises(ServerError, match="without end"):
        tracking.versions("churn")
    assert len(asked) == 100


@pytest.mark.parametrize("location", ["https://h/x?X-Amz-Signature=secret", "https://ada:secret@h/x"])
def test_where_it_sends_on_is_told_without_secrets(server: Scripted, location: str) -> None:
    server.say("get", b"", 302, Location=location)
    with pytest.raises(Refused, match="sends on to 'https://h/x'") as refused:
        server.tracking().model("churn")
    assert "secret" not in str(refused.value)


def test_a_version_that_does_not_become_ready(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    from ipymlops.registry.mlflow.tracking import Run

    server.say("create", {"model_version": {"name": "churn", "version": "1", "status": "FAILED_REGISTRATION"}})
    with pytest.raises(ServerError, match=r"churn/1 on .* is FAILED_REGISTRATION"):
        server.tracking().create_version("churn", Run("r", "mlflow-artifacts:/0/r"), "s", {}, "")


def test_a_certificate_that_is_not_there() -> None:
    with pytest.raises(ServerError, match=r"The certificate 'missing.pem' cannot be read"):
        Server(Address("https://127.0.0.1", certificate="missing.pem"))
