"""Code that a model needs and no installed package has: what its notebook defined, as one module of the bundle.

The module is named after its source (``notebook_code_3fa9c1d2e4b5``), so that two versions with different code live in
one process, and a name cannot be given to other code. Loading runs nothing of it: the source is audited first, and
may hold only imports, definitions and plain constants. What the definitions do runs when the model is asked
something, and is as trusted as the pipeline that trained it.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from ipymlops.errors import UnsafeModel
from ipymlops.registry.code_audit import audit

FOLDER = "code/"
NOTEBOOK = "__main__"
_SOURCE, _CLASSES = "__ipymlops_source__", "__ipymlops_classes__"  # of a module that was audited


@dataclass(frozen=True, slots=True)
class Code:
    """One module: ``names`` of it are what the model holds, and ``origin`` is the module they came from."""

    source: str
    names: tuple[str, ...]
    origin: str = NOTEBOOK
    statements: tuple[int, ...] = ()  # of the journal, that it was made of

    @property
    def module(self) -> str:
        base = "notebook_code" if self.origin == NOTEBOOK else self.origin.rpartition(".")[2]
        return f"{base}_{digest_of(self.source)}"

    @property
    def file(self) -> str:
        """Its place in a bundle."""
        return f"{FOLDER}{self.module}.py"

    @property
    def fact(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "module": self.module,
            "names": list(self.names),
            "origin": self.origin,
            "statements": list(self.statements),
        }


def digest_of(source: str) -> str:
    """The part of a module's name that stands for its source."""
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def codes_in(manifest: Mapping[str, Any], read: Any) -> tuple[Code, ...]:
    """The modules of a bundle; ``read`` gives a file by name, with its hash already checked."""
    serializer = manifest.get("serializer")
    listed = serializer.get("code", ()) if isinstance(serializer, dict) else ()
    if not isinstance(listed, list | tuple):
        raise _no_code(listed)
    return tuple(_code_of(fact, read) for fact in listed)


def _code_of(fact: Any, read: Any) -> Code:
    """One module, if the manifest says of it what ``Code.fact`` does."""
    try:
        module, names, origin, statements = (fact.get(key, ()) for key in ("module", "names", "origin", "statements"))
        texts = all(isinstance(text, str) for text in (module, origin, *names))
        if not texts or not module.isidentifier() or not all(type(n) is int for n in statements):
            raise _no_code(fact)
        source = read(f"{FOLDER}{module}.py").decode()
    except (AttributeError, TypeError, UnicodeDecodeError) as error:
        raise _no_code(fact) from error
    code = Code(source, tuple(names), origin, tuple(statements))
    if code.module != module:
        raise UnsafeModel(
            f"The module {module!r} of this bundle holds other code than its name says",
            expected=f"code whose name ends in {digest_of(source)}",
            next_step="do not use this bundle; ask where it came from",
        )
    return code


def _no_code(fact: Any) -> UnsafeModel:
    return UnsafeModel(
        f"The manifest lists code that is none: {str(fact)[:80]!r}",
        expected="a module, its names and where they came from",
        next_step="do not use this bundle; ask where it came from",
    )


def load(code: Code) -> ModuleType:
    """The module, audited and then made under its name; the one that is there already if it is the same."""
    known = sys.modules.get(code.module)
    if known is not None and _source_of(known) == code.source:
        return known
    classes = audit(code.source, code.module, _classes_beside())
    module = ModuleType(code.module, "Code that a notebook defined, of a bundle.")
    setattr(module, _SOURCE, code.source)
    setattr(module, _CLASSES, classes)
    sys.modules[code.module] = module
    try:
        exec(compile(code.source, f"<{code.module}>", "exec"), module.__dict__)
    except BaseException as error:
        del sys.modules[code.module]
        if not isinstance(error, Exception):
            raise
        raise UnsafeModel(
            f"The code of this bundle cannot be loaded: {type(error).__name__}: {error}",
            expected="the packages of its requirements.txt",
            next_step="install what the message names",
        ) from error
    return module


def _classes_beside() -> dict[str, bool]:
    """The classes of all audited modules: a bundle lists a module after those that it imports."""
    found: dict[str, bool] = {}
    for module in list(sys.modules.values()):
        found |= getattr(module, "__dict__", {}).get(_CLASSES, {})
    return found


def holds(name: str) -> bool:
    """Whether ``module.name`` is a class or function that a loaded module of ours defines."""
    module_name, _, own = name.rpartition(".")
    module = sys.modules.get(module_name)
    source = _source_of(module) if module is not None else None
    if source is None or not module_name.endswith(digest_of(source)):
        return False
    value = vars(module).get(own)
    return isinstance(value, type | FunctionType) and value.__module__ == module_name


def found(name: str) -> Any:
    """The class or function that ``holds`` says is there."""
    module_name, _, own = name.rpartition(".")
    return vars(sys.modules[module_name])[own]


def loaded(module_name: str, names: Iterable[str]) -> Code | None:
    """The code behind a module of ours that is imported already: a retrained model brings it along."""
    module = sys.modules.get(module_name)
    source = _source_of(module) if module is not None else None
    base, _, digest = module_name.rpartition("_")
    if source is None or digest != digest_of(source):
        return None
    return Code(source, tuple(sorted(names)), NOTEBOOK if base == "notebook_code" else base)


def name_of(thing: Any) -> str | None:
    """The name to find a class or function by; a lambda has the one that its module or notebook gave it, if any."""
    if thing.__name__ != "<lambda>":
        return str(thing.__qualname__)
    return next((name for name, value in thing.__globals__.items() if value is thing and name[0] != "_"), None)


@contextmanager
def named(objects: Mapping[str, Iterable[Any]]) -> Iterator[None]:
    """While a model is written, classes and functions of the notebook say that they live in the module, and lambdas say
    their name: module name -> the objects."""
    before = [(thing, thing.__module__, thing.__name__) for things in objects.values() for thing in things]
    try:
        for module, things in objects.items():
            for thing in things:
                thing.__module__, thing.__name__ = module, name_of(thing) or thing.__name__
        yield
    finally:
        for thing, module, name in before:
            thing.__module__, thing.__name__ = module, name


def _source_of(module: ModuleType) -> str | None:
    """The source of a module of ours; a file beside an exported script is read."""
    made: str | None = vars(module).get(_SOURCE)
    file = vars(module).get("__file__")
    if made is not None or file is None or not module.__name__.endswith(tuple("0123456789abcdef")):
        return made
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
