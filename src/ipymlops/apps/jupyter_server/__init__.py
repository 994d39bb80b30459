"""HTTP to Project to wire, inside the Jupyter server. Importing it costs the server nothing; see routes.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _load_jupyter_server_extension(server: ServerApp) -> None:
    from ipymlops.apps.jupyter_server.routes import attach

    attach(server)
