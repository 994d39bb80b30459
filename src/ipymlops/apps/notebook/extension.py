"""``%load_ext ipymlops``: the magic, the hooks, the completion and the display of results, and nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from ipymlops.apps.notebook import completion, display
from ipymlops.apps.notebook.hooks import Hooks
from ipymlops.apps.notebook.magics import magic_for

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

MAGIC = "mlops"
# The shell keeps its extension here, so that nothing of ours is global.
HELD = "_ipymlops_hooks"


def load(shell: InteractiveShell) -> None:
    """Add ``%mlops`` to a shell. Loading twice changes nothing."""
    if hasattr(shell, HELD):
        return
    hooks = Hooks(shell)
    setattr(shell, HELD, hooks)
    hooks.register()
    display.register(shell)
    completion.register(shell)
    register = cast(Callable[..., None], shell.register_magic_function)
    register(magic_for(shell, hooks.recorder.journal), "line", MAGIC)


def unload(shell: InteractiveShell) -> None:
    """Take everything away again; the record of this kernel's cells goes with it."""
    hooks: Hooks | None = getattr(shell, HELD, None)
    if hooks is None:
        return
    delattr(shell, HELD)
    hooks.unregister()
    display.unregister(shell)
    completion.unregister(shell)
    del shell.magics_manager.magics["line"][MAGIC]
