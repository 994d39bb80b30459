"""The story that the magic and the command line share: open the project, run the verb, write the page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput

if TYPE_CHECKING:
    from ipymlops.apps.commands.parsing import Request
    from ipymlops.apps.commands.resolve import Resolve

PAGES = (".html", ".htm")


def execute(request: Request, resolve: Resolve, start: str | Path | None = None) -> Any:
    """The result of a request; the project is looked for from ``start`` upward unless the request names
    one, which is that very folder."""
    from ipymlops.project import Project

    arguments = request.arguments
    page = _page(getattr(arguments, "html", None))
    create = request.verb.creates
    project = (
        Project.named(arguments.project, create=create) if arguments.project else Project.open(start, create=create)
    )
    if getattr(arguments, "allow_pickle", False):
        project = project.allowing_pickle()
    result = request.verb.command.run(project, arguments, resolve)
    if page is not None:
        _write_page(result, page, request.prog, arguments.project)
    return result


def plain(result: Any) -> Any:
    """The result as values that JSON can hold."""
    from ipymlops.wire import to_wire

    return to_wire(result)


def _page(name: str | None) -> Path | None:
    """Where the page goes: never over a file of another kind, which a slip of the hand would lose."""
    path = Path(name) if name else None
    if path is not None and path.suffix.lower() not in PAGES:
        raise BadInput(
            f"Found --html {name}",
            expected=f"a name that ends in {PAGES[0]}",
            next_step=f"write --html {path.stem}.html",
        )
    return path


def _write_page(result: Any, path: Path, prog: str, folder: str | None) -> None:
    from ipymlops.views.table import report_page

    page = report_page(result, prompt=prog, project=folder, made=datetime.now(UTC))
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"{str(path)!r} could not be written: {error.strerror}", expected="a folder to write in"
        ) from error
