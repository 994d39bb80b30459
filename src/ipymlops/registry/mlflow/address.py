"""Where a tracking server is, and what it is told of who asks.

The variables are MLflow's own: ``MLFLOW_TRACKING_URI``; ``MLFLOW_TRACKING_USERNAME`` with ``MLFLOW_TRACKING_PASSWORD``,
else ``MLFLOW_TRACKING_TOKEN``. Credentials go to the server that they are meant for and to no other: those of the
environment belong to ``MLFLOW_TRACKING_URI`` where it is set, and no redirect is followed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from ipymlops.errors import BadInput

URI = "MLFLOW_TRACKING_URI"
USER, PASSWORD, TOKEN = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"
CERTIFICATE = "MLFLOW_TRACKING_SERVER_CERT_PATH"
_LONGEST = 200  # characters of an address that are shown
_HOST = re.compile(r"([^/?#]*)(.*)", re.DOTALL)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]+")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """A tracking server. ``url`` has no credentials and may be shown and stored."""

    url: str
    authorization: str = field(default="", repr=False)  # the header; empty where nothing is known
    certificate: str = ""  # of the authority that signed the server's; empty: those of the machine

    @classmethod
    def of(cls, said: str | None, option: str, environment: Mapping[str, str]) -> Address:
        """The server that was ``said``, else the one of the environment. BadInput where there is none or it is no
        server: ``option`` is how to say it."""
        uri = said or environment.get(URI, "")
        if not uri:
            raise BadInput("No tracking server was named", expected=f"{option} http://host:5000, or {URI} set")
        parts = _parts(uri)
        own = _basic(unquote(parts.username), unquote(parts.password or "")) if parts.username else ""
        meant = not said or not environment.get(URI) or same_server(environment[URI], uri)
        known = own or (_of_environment(environment) if meant else "")
        return cls(shown(uri).rstrip("/"), known, environment.get(CERTIFICATE, ""))


def same_server(one: str, other: str) -> bool:
    """Whether two addresses are of one scheme, host and port."""
    try:
        origins = [_origin(urlsplit(uri)) for uri in (one, other)]
    except ValueError:
        return False
    return origins[0] == origins[1]


def _parts(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable, parts = False, SplitResult("", "", "", "", "")
    if not usable or parts.query or parts.fragment or not uri.isprintable() or " " in uri:
        raise BadInput(
            f"Found {shown(uri)!r} as the address of a tracking server",
            expected="http://host:5000 or https://host",
            next_step="start one over what you have: mlflow server --backend-store-uri ...",
        )
    return parts


def shown(uri: str) -> str:
    """As much of an address as may be shown and stored: scheme, host, port and path. Queries sign downloads, names and
    passwords stand before an ``@``; where it cannot be told where a password ends, only the scheme is left."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return re.split(r"[?#]", uri, maxsplit=1)[0].rpartition("@")[2][:_LONGEST]
    host, beyond = _HOST.match(rest).groups()  # type: ignore[union-attr]  # it matches anything
    if "@" in beyond and ":" in host.rpartition("@")[2]:
        return f"{scheme}://..."
    path = re.split(r"[?#]", beyond, maxsplit=1)[0]
    return f"{scheme}://{host.rpartition('@')[2]}{path}"[:_LONGEST]


def shown_in(text: str) -> str:
    """A server's own words, with each address in them as it may be shown."""
    return _ADDRESS.sub(lambda found: shown(found[0]), text)


def _of_environment(environment: Mapping[str, str]) -> str:
    user, password = environment.get(USER, ""), environment.get(PASSWORD, "")
    if user and password:
        return _basic(user, password)
    token = environment.get(TOKEN, "")
    if not token.isprintable() or not token.isascii():
        raise BadInput(f"{TOKEN} holds characters that no header may", expected="a token as the server gave it")
    return f"Bearer {token}" if token else ""


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme.lower(), parts.hostname, parts.port or _PORTS.get(parts.scheme.lower())
