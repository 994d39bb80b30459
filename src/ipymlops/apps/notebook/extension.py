"""``%load_ext ipymlops``: the magic, the hooks, the completion and the display of results, and nothing heavy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from ipymlops.apps.notebook import completion
from ipymlops.apps.notebook.display import Display
from ipymlops.apps.notebook.hooks import Hooks
from ipymlops.apps.notebook.magics import Magic

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

MAGIC = "mlops"
# The shell keeps its extension here, so that nothing of ours is global.
HELD = "_ipymlops"


class Extension:
    """Everything of ours in one shell."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self.hooks = Hooks(shell)
        self.display = Display(shell)

    def register(self) -> None:
        self.hooks.register()
        self.display.register()
        completion.register(self._shell)
        magic = Magic(self._shell, self.display, self.hooks.recorder.journal)
        # IPython's annotation of this decorated method says the wrong arguments
        cast(Callable[..., None], self._shell.register_magic_function)(magic.function(), "line_cell", MAGIC)

    def unregister(self) -> None:
        self.hooks.unregister()
        self.display.unregister()
        completion.unregister(self._shell)
        for kind in ("line", "cell"):
            del self._shell.magics_manager.magics[kind][MAGIC]


def load(shell: InteractiveShell) -> None:
    """Add ``%mlops`` to a shell. Loading twice changes nothing."""
    if held(shell) is None:
        extension = Extension(shell)
        setattr(shell, HELD, extension)
        extension.register()


def unload(shell: InteractiveShell) -> None:
    """Take everything away again; the record of this kernel's cells goes with it."""
    extension = held(shell)
    if extension is not None:
        delattr(shell, HELD)
        extension.unregister()


def held(shell: InteractiveShell) -> Extension | None:
    """What ``load`` left in the shell."""
    return getattr(shell, HELD, None)
