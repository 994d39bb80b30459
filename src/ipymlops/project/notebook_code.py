"""Which of a model's classes and functions no package has, and the modules that a bundle takes along for them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ipymlops.errors import UnsafeModel
from ipymlops.registry.code import NOTEBOOK, Code, loaded, name_of
from ipymlops.registry.code_audit import audit

if TYPE_CHECKING:
    from ipymlops.project.registering import Candidate

Objects = dict[str, list[Any]]


def codes_of(candidate: Candidate) -> tuple[tuple[Code, ...], Objects]:
    """The modules, and the model's own classes and functions by the module that they will be found in."""
    from ipymlops.registry.serializers.parts import named_parts, parts

    place = Path(candidate.journal.folder if candidate.journal else ".").resolve()
    for part in named_parts(candidate.model):
        if _is_named_tuple(part.value) and _is_own(type(part.value).__module__, place):
            raise UnsafeModel(
                f"{part.place} is a named tuple, {type(part.value).__name__}, which does not come back from a file",
                expected="a plain tuple, a dictionary or a data class in its place",
                next_step=f"keep tuple(...) or ._asdict() of it in {part.attribute}, or make it a @dataclass",
            )
    held = _held(parts(candidate.model), place)
    codes: list[Code] = []
    objects: Objects = {}
    for origin, things in held.items():
        code = _code(candidate, origin, sorted({str(name_of(t)) for t in things}))
        if code is not None:
            audit(code.source, code.module)
            codes.append(code)
            objects[code.module] = things
    return tuple(codes), objects


def _held(found: Iterable[Any], place: Path) -> Objects:
    """Classes and functions by their module, as far as that is no installed one."""
    held: dict[str, dict[int, Any]] = {}
    for part in found:
        thing = part if isinstance(part, type | FunctionType) else type(part)
        for one in (thing, *_bases(thing)):
            origin = getattr(one, "__module__", None)
            if isinstance(origin, str) and _is_own(origin, place) and name_of(one) is not None:
                held.setdefault(origin, {})[id(one)] = one
    return {origin: list(things.values()) for origin, things in held.items()}


def _is_named_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields")


def _bases(thing: Any) -> tuple[type, ...]:
    return thing.__mro__[1:-1] if isinstance(thing, type) else ()


def _is_own(origin: str, place: Path) -> bool:
    """Whether a module is the notebook, a file beside it, or one that a bundle brought."""
    if origin == NOTEBOOK or loaded(origin, ()) is not None:
        return True
    file = Path(getattr(sys.modules.get(origin), "__file__", None) or "")
    if file.suffix != ".py" or origin.partition(".")[0] in sys.stdlib_module_names:
        return False
    return place in file.resolve().parents and not {"site-packages", "dist-packages"} & set(file.parts)


def _code(candidate: Candidate, origin: str, names: list[str]) -> Code | None:
    """None where nothing is known of it: the serializer then says what is in the way."""
    if (known := loaded(origin, names)) is not None:
        return known
    if origin != NOTEBOOK:
        return _local(origin, names)
    if candidate.journal is None or not candidate.targets:
        return None
    from ipymlops.pipelines.model_code import code_of

    return code_of(candidate.journal, candidate.targets[0], names)


def _local(origin: str, names: list[str]) -> Code:
    from ipymlops.pipelines.local_modules import imported_by

    file = Path(str(sys.modules[origin].__file__))
    source = file.read_text(encoding="utf-8")
    for module in sorted(imported_by(file)):
        if (file.parent / f"{module}.py").exists():
            raise UnsafeModel(
                f"This model holds {names[0]!r} of {file.name}, which imports {module!r} that lies beside it",
                expected="one file that needs installed packages only",
                next_step="put both into one file, or make a package of them and install it",
            )
    return Code(source, tuple(names), origin)
