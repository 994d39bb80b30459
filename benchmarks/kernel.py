"""A Jupyter kernel in a folder: run cells as a front end does, and look at a value without leaving a trace."""

from __future__ import annotations

import ast
import os
import re
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from jupyter_client.manager import KernelManager

SECONDS = 300.0  # for one cell
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


class Kernel:
    """Started on entry, ended on exit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manager = KernelManager(kernel_name="python3")

    def __enter__(self) -> Kernel:
        spec = self._manager.kernel_spec
        assert spec is not None, "ipykernel is not installed"
        spec.argv[0] = sys.executable
        environment = {**os.environ, "MPLBACKEND": "Agg", "IPYTHONDIR": str(self._folder / ".ipython")}
        self._manager.start_kernel(cwd=str(self._folder), env=environment)
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        return self

    def __exit__(self, *about: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def run(self, source: str) -> str:
        """Run a cell; the error in one line where it failed."""
        content = self._reply(source, store_history=True)
        if content["status"] == "ok":
            return ""
        said = _COLOR.sub("", f"{content.get('ename')}: {content.get('evalue')}")
        return said.strip().splitlines()[0]

    def value(self, program: str, expression: str) -> str:
        """The text that ``expression`` gives, with what ``program`` defines; no cell is recorded for it."""
        asked = f"(lambda ns: (exec({program!r}, ns), eval({expression!r}, {{**globals(), **ns}}))[1])(dict())"
        asked = asked.replace("found(globals())", "found(dict(globals()))") if not program else asked
        content = self._reply("", silent=True, user_expressions={"value": asked})
        found = content["user_expressions"]["value"]
        if found["status"] != "ok":
            raise RuntimeError(f"{found['ename']}: {found['evalue']}")
        text: str = ast.literal_eval(found["data"]["text/plain"])
        return text

    def _reply(self, source: str, **options: Any) -> dict[str, Any]:
        # a kernel that stops on an error drops the next cell, too, where it comes at once
        asked = self._client.execute(source, allow_stdin=False, stop_on_error=False, **options)
        while True:
            reply = self._client.get_shell_msg(timeout=SECONDS)
            if reply["parent_header"].get("msg_id") == asked:
                content: dict[str, Any] = reply["content"]
                return content
