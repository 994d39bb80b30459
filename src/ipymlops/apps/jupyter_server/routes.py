"""``GET ipymlops/api/models?path=FOLDER``: the models of the project that a folder belongs to."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tornado.web
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join

from ipymlops.apps.jupyter_server.changes import SCHEMA, Watcher
from ipymlops.apps.jupyter_server.picture import Pictures, inside
from ipymlops.errors import BadInput, MlopsError
from ipymlops.wire import error_wire

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

PATH = r"ipymlops/api/models"


class ModelsHandler(APIHandler):
    """Reads only. Blocking work runs in a thread: a slow disk must not hold up the kernels' traffic."""

    def initialize(self, root: Path, pictures: Pictures, watcher: Watcher | None) -> None:
        self.root = root
        self.pictures = pictures
        self.watcher = watcher

    @tornado.web.authenticated
    async def get(self) -> None:
        try:
            folder = inside(self.root, self.get_query_argument("path", "", strip=False))
            answer, read_at = await asyncio.to_thread(self.pictures.of, folder)
        except BadInput as error:
            self._refuse(400, error.message)
        except MlopsError as error:
            self._refuse(500, error.message)
        else:
            if self.watcher:
                self.watcher.watch(folder, read_at)
            self.finish(json.dumps(answer, allow_nan=False))

    def write_error(self, status_code: int, **details: Any) -> None:
        """Whatever else goes wrong, in the same shape; the traceback is in the server's log only."""
        next_step = "log in again" if status_code in (401, 403) else "look at the log of the Jupyter server"
        self._refuse(status_code, f"The request failed: {self._reason}. Next: {next_step}.")

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(error_wire(message)))


def attach(server: ServerApp) -> None:
    """Add our route, and tell front ends about changes where the server has an event logger."""
    root = Path(getattr(server.contents_manager, "root_dir", None) or server.root_dir).expanduser().absolute()
    watcher = _watcher(server)
    shared = {"root": root, "pictures": Pictures(), "watcher": watcher}
    route = url_path_join(server.web_app.settings["base_url"], PATH)
    server.web_app.add_handlers(".*$", [(route, ModelsHandler, shared)])  # type: ignore[no-untyped-call]
    server.log.info("ipymlops: models panel served at %s", route)


def _watcher(server: ServerApp) -> Watcher | None:
    logger = getattr(server, "event_logger", None)
    if logger is None:
        return None
    logger.register_event_schema(SCHEMA)
    return Watcher(lambda folder: logger.emit(schema_id=SCHEMA["$id"], data={"folder": folder}))
