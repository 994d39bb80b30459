"""Where a tracking server is, and what it is told of who asks.

The variables are MLflow's own: ``MLFLOW_TRACKING_URI``; ``MLFLOW_TRACKING_USERNAME`` with ``MLFLOW_TRACKING_PASSWORD``,
else ``MLFLOW_TRACKING_TOKEN``. Credentials go to the server that they are meant for and to no other: those of the
environment belong to ``MLFLOW_TRACKING_URI`` where it is set, and no redirect is followed.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from ipymlops.errors import BadInput

URI = "MLFLOW_TRACKING_URI"
USER, PASSWORD, TOKEN = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"
CERTIFICATE = "MLFLOW_TRACKING_SERVER_CERT_PATH"
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
        return cls(_shown(parts), known, environment.get(CERTIFICATE, ""))


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
            f"Found {_without_secrets(uri)!r} as the address of a tracking server",
            expected="http://host:5000 or https://host",
            next_step="start one over what you have: mlflow server --backend-store-uri ...",
        )
    return parts


def _shown(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"


def _without_secrets(uri: str) -> str:
    """As much as may be shown of what is no address: nothing before an ``@``, nothing after a ``?``."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        scheme, rest = "", uri
    return f"{scheme}{separator}{rest.rpartition('@')[2].partition('?')[0]}"


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
