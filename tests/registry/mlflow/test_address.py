"""Where a tracking server is, and who gets to see which credentials."""

from __future__ import annotations

import base64

import pytest

from ipymlops.errors import BadInput
from ipymlops.registry.mlflow.address import Address, same_server, shown, shown_in

HERE = "http://127.0.0.1:5000"


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("said", "environment", "url", "authorization"),
    [
        (HERE + "/", {}, HERE, ""),
        (None, {"MLFLOW_TRACKING_URI": "https://mlflow.example/team/"}, "https://mlflow.example/team", ""),
        (HERE, {"MLFLOW_TRACKING_TOKEN": "t"}, HERE, "Bearer t"),
        (HERE, {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "p:1"}, HERE, basic("ada:p:1")),
        (HERE, {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_TOKEN": "t"}, HERE, "Bearer t"),
        (
            HERE,
            {"MLFLOW_TRACKING_USERNAME": "a", "MLFLOW_TRACKING_PASSWORD": "b", "MLFLOW_TRACKING_TOKEN": "t"},
            HERE,
            basic("a:b"),
        ),
        ("http://ada:s%40fe@127.0.0.1:5000", {"MLFLOW_TRACKING_TOKEN": "t"}, HERE, basic("ada:s@fe")),
        (HERE, {"MLFLOW_TRACKING_URI": HERE, "MLFLOW_TRACKING_TOKEN": "t"}, HERE, "Bearer t"),
        # The token is meant for another server than the one that is asked.
        (HERE, {"MLFLOW_TRACKING_URI": "https://mlflow.example", "MLFLOW_TRACKING_TOKEN": "t"}, HERE, ""),
        (HERE, {"MLFLOW_TRACKING_URI": "http://127.0.0.1:5001", "MLFLOW_TRACKING_TOKEN": "t"}, HERE, ""),
        ("http://[::1]:5000", {}, "http://[::1]:5000", ""),
    ],
)
def test_an_address(said: str | None, environment: dict[str, str], url: str, authorization: str) -> None:
    found = Address.of(said, "--to", environment)
    assert (found.url, found.authorization) == (url, authorization)


def test_credentials_are_in_no_repr() -> None:
    found = Address.of("http://ada:secret@127.0.0.1", "--to", {})
    assert found.authorization
    assert "secret" not in repr(found)
    assert found.authorization not in repr(found)


@pytest.mark.parametrize(
    "uri",
    ["sqlite:///mlflow.db", "file:///tmp/x", "./mlruns", "databricks", "http://", "http://h:99999", "http://h/?a=1",
     "http://h x", "http://h\nHost: other"],
)  # fmt: skip
def test_what_is_no_server(uri: str) -> None:
    with pytest.raises(BadInput, match="as the address of a tracking server"):
        Address.of(uri, "--to", {})


def test_a_wrong_address_does_not_show_its_password() -> None:
    with pytest.raises(BadInput) as refused:
        Address.of("postgresql://ada:secret@db/models", "--to", {})
    assert "secret" not in str(refused.value)


def test_no_server_at_all() -> None:
    with pytest.raises(
        BadInput, match=r"No tracking server was named\. Expected: --from http.*MLFLOW_TRACKING_URI set"
    ):
        Address.of(None, "--from", {})


def test_a_token_that_would_end_the_header() -> None:
    with pytest.raises(BadInput, match="MLFLOW_TRACKING_TOKEN holds characters"):
        Address.of(HERE, "--to", {"MLFLOW_TRACKING_TOKEN": "t\r\nHost: other"})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://h", "http://h:80/x", True),
        ("HTTPS://H", "https://h:443", True),
        ("http://h", "https://h", False),
        ("http://h:5000", "http://h:5001", False),
        ("http://h", "http://h.example", False),
        ("http://h:port", "http://h", False),
    ],
)
def test_which_addresses_are_one_server(one: str, other: str, same: bool) -> None:
    assert same_server(one, other) is same


@pytest.mark.parametrize(
    ("uri", "seen"),
    [
        ("https://ada:secret@h:1/a/b?sig=secret#secret", "https://h:1/a/b"),
        ("https://h/x?a=secret@y&sig=secret", "https://h/x"),
        ("https://h:1/x?sig=secret@y", "https://..."),  # where a password ends cannot be told
        ("http://ada:se?secret@h/", "http://..."),
        ("wasbs://box@account.blob/x?sv=1&sig=secret", "wasbs://account.blob/x"),
        ("/login?X-Amz-Signature=secret", "/login"),
        ("ada:secret@h:5000", "h:5000"),
        ("sqlite:///mlflow.db", "sqlite:///mlflow.db"),
    ],
)
def test_what_is_shown_of_an_address(uri: str, seen: str) -> None:
    assert shown(uri) == seen
    assert shown_in(f"see {uri} there") == f"see {seen if '://' in uri else uri} there"
