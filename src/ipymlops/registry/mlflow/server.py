"""Every request to a tracking server, and what its answers may be.

The server may be anybody's: it is not followed elsewhere, nothing is read beyond what was asked for, and what it says
goes into an error as text of limited length.
"""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ipymlops.errors import IntegrityError, MlopsError, ServerError
from ipymlops.registry.mlflow.address import PASSWORD, TOKEN, URI, USER, Address, shown, shown_in

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
SECONDS = 60.0  # without a byte
_MOST_JSON = 2**24  # bytes of an answer; a page of a thousand versions has a few hundred thousand
_CHUNK = 2**20


class Refused(ServerError):
    """The server said no. ``code`` is MLflow's own word, such as RESOURCE_DOES_NOT_EXIST."""

    def __init__(self, found: str, status: int, code: str, *, expected: str = "", next_step: str = "") -> None:
        super().__init__(found, expected=expected, next_step=next_step)
        self.status = status
        self.code = code

    @property
    def missing(self) -> bool:
        """Whether what was asked for is not there."""
        return self.status == 404 or self.code == "RESOURCE_DOES_NOT_EXIST"


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: where it leads must not see our token."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Server:
    """One tracking server. Raises ServerError where it is away or refuses, in one line that names it."""

    def __init__(self, address: Address, seconds: float = SECONDS) -> None:
        self.address = address
        self._seconds = seconds
        self._opener = urllib.request.build_opener(_Stay, urllib.request.HTTPSHandler(context=_trust(address)))

    def ask(self, path: str, **query: str) -> dict[str, Any]:
        """``GET`` of MLflow's API: the answer's object."""
        return self._json("GET", f"{API}/{path}?{urlencode(query)}", None)

    def tell(self, path: str, body: Mapping[str, Any], method: str = "POST") -> dict[str, Any]:
        """``POST`` to MLflow's API: the answer's object."""
        return self._json(method, f"{API}/{path}", json.dumps(body).encode())

    def put(self, path: str, data: bytes) -> None:
        """Store an artifact."""
        self._send("PUT", f"{ARTIFACTS}/{quote(path)}", data, _MOST_JSON, "application/octet-stream")

    def get(self, path: str, most: int) -> bytes:
        """An artifact. Raises IntegrityError where it has more than ``most`` bytes."""
        return self._send("GET", f"{ARTIFACTS}/{quote(path)}", None, most)

    def listing(self, path: str) -> dict[str, Any]:
        """What lies in a folder of artifacts, as the server tells it."""
        return self._json("GET", f"{ARTIFACTS}?{urlencode({'path': path})}", None)

    def remove(self, path: str) -> None:
        """Take an artifact, or a folder of them, away."""
        self._send("DELETE", f"{ARTIFACTS}/{quote(path)}", None, _MOST_JSON)

    def _json(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        raw = self._send(method, path, body, _MOST_JSON, "application/json")
        try:
            found = json.loads(raw or b"{}")
        except (ValueError, RecursionError) as error:
            raise self._strange("is not JSON") from error
        if not isinstance(found, dict):
            raise self._strange("is no object")
        return found

    def _send(self, method: str, path: str, body: bytes | None, most: int, kind: str = "") -> bytes:
        headers = {"User-Agent": "ipymlops", "Accept": "*/*"} | ({"Content-Type": kind} if kind else {})
        if self.address.authorization:
            headers["Authorization"] = self.address.authorization
        request = urllib.request.Request(self.address.url + path, body, headers, method=method)
        try:
            with self._opener.open(request, timeout=self._seconds) as answer:
                return self._read(answer, path, most)
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error, method, path) from error
        except MlopsError:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: headers that are none
            raise ServerError(
                f"{self.address.url} does not answer: {_reason(error)}",
                expected="a tracking server (mlflow server)",
                next_step=f"check the address and that it runs, then do it again ({URI} names the default)",
            ) from error

    def _read(self, answer: Any, path: str, most: int) -> bytes:
        parts, size = [], 0
        while chunk := answer.read(min(_CHUNK, most + 1 - size)):
            size += len(chunk)
            if size > most:
                what = path.partition("?")[0].rpartition("/")[2]
                raise IntegrityError(
                    f"{self.address.url} sends more than {most:,} bytes for {what}",
                    expected="the size that was announced",
                    next_step="ask who keeps that server",
                )
            parts.append(chunk)
        said = answer.headers.get("Content-Length", "")
        if said.isdigit() and int(said) != size:  # http.client tells this of a whole read only
            raise ServerError(f"{self.address.url} broke off after {size:,} of {said} bytes", next_step="do it again")
        return b"".join(parts)

    def _refusal(self, error: urllib.error.HTTPError, method: str, path: str) -> MlopsError:
        place, status = self.address.url, error.code
        if 300 <= status < 400:
            return Refused(
                f"{place} sends on to {shown(str(error.headers.get('Location', 'nowhere')))!r}, which is not followed",
                status, "", expected="the server itself, which alone is given credentials",
                next_step="name the address that it sends to, if you trust it",
            )  # fmt: skip
        code, words = _said(error)
        if status in (401, 403):
            who = "this user" if self.address.authorization else "a visitor without credentials"
            return Refused(
                f"{place} refuses {who} ({status}): {method} {path.partition('?')[0]}",
                status, code, expected=f"{USER} and {PASSWORD}, or {TOKEN}, set for {URI}",
                next_step="set them in the environment, or ask for the permission",
            )  # fmt: skip
        return Refused(
            f"{place} answered {status}{f' {code}' if code else ''} to {method} {path.partition('?')[0]}: {words}",
            status, code,
            next_step="see what the server logs" if status >= 500 else "check that it is an MLflow tracking server",
        )  # fmt: skip

    def _strange(self, what: str) -> ServerError:
        return ServerError(
            f"What {self.address.url} answers {what}",
            expected="an MLflow tracking server",
            next_step="check the address in a browser",
        )


def _trust(address: Address) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=address.certificate or None)
    except OSError as error:
        raise ServerError(f"The certificate {address.certificate!r} cannot be read: {error.strerror}") from error


def _said(error: urllib.error.HTTPError) -> tuple[str, str]:
    """MLflow's word for what went wrong and its sentence, as far as it gives any."""
    try:
        raw = error.read(_CHUNK)
        found = json.loads(raw)
        return str(found.get("error_code", ""))[:60], shown_in(str(found.get("message", "no reason given")))[:300]
    except (ValueError, RecursionError, AttributeError, OSError, http.client.HTTPException):
        return "", str(error.reason)[:100]


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", error)
    return shown_in(str(getattr(inner, "strerror", None) or inner) or type(inner).__name__)[:200]
