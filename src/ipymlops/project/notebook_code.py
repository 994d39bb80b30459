"""Which of a model's classes and functions no package has, and the modules that a bundle takes along for them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

from ipymlops.errors import UnsafeModel
from ipymlops.registry.code import NOTEBOOK, Code, loaded, name_of
from ipymlops.registry.code_audit import audit

if TYPE_CHECKING:
    from ipymlops.project.candidate import Candidate

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
    making = _Making(candidate, place, {o: sorted({str(name_of(t)) for t in things}) for o, things in held.items()})
    objects: Objects = {}
    for origin, things in held.items():
        code = making.code(origin)
        if code is not None:
            objects[code.module] = things
    classes: dict[str, bool] = {}
    for code in making.codes:
        classes |= audit(code.source, code.module, classes)
    return making.codes, objects


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


@dataclass(slots=True)
class _Making:
    """The modules made so far, each after those that it imports."""

    candidate: Candidate
    place: Path
    names: dict[str, list[str]]  # origin -> what the model holds of it
    made: dict[str, Code | None] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    @property
    def codes(self) -> tuple[Code, ...]:
        return tuple(code for code in self.made.values() if code is not None)

    def code(self, origin: str) -> Code | None:
        """None where nothing is known of it: the serializer then says what is in the way."""
        if origin in self.waiting:
            raise UnsafeModel(
                f"The modules {' and '.join(self.waiting)} import each other",
                expected="modules of your own that import each other one way",
                next_step="put what both need into a third one",
            )
        if origin not in self.made:
            self.waiting.append(origin)
            code = self._code(origin, self.names.get(origin, []))
            self.waiting.pop()
            self.made[origin] = code
        return self.made[origin]

    def _code(self, origin: str, names: list[str]) -> Code | None:
        from ipymlops.pipelines.linked_modules import Place, imports_of, linked

        if (known := loaded(origin, names)) is not None:
            for module in imports_of(known.source):
                if loaded(module, ()) is not None:
                    self.code(module)
            return known
        if origin != NOTEBOOK:
            file = self._file(origin)
            source = file.read_text(encoding="utf-8")
            _refuse_if_changed(origin, source)
            return Code(linked(source, Place.of(origin, file), self._named), tuple(names), origin)
        if self.candidate.journal is None or not self.candidate.targets:
            return None
        from ipymlops.pipelines.model_code import code_of

        code = code_of(self.candidate.journal, self.candidate.targets[0], names)
        return replace(code, source=linked(code.source, Place("", self.place), self._named))

    def _named(self, origin: str) -> str:
        code = self.code(origin)
        assert code is not None
        return code.module

    def _file(self, origin: str) -> Path:
        module = sys.modules.get(origin)
        if module is not None:
            return Path(str(module.__file__))
        spec = importlib.util.find_spec(origin)  # imported only when it is used
        return Path(str(spec.origin if spec else ""))


def _refuse_if_changed(origin: str, source: str) -> None:
    from ipymlops.project.imported_code import changed_since_import

    module = sys.modules.get(origin)
    if module is not None and (name := changed_since_import(module, source)):
        raise UnsafeModel(
            f"{name} of the module {origin} is not what its file says now: this model ran what was imported before",
            expected="a file that is as it was imported",
            next_step=f"importlib.reload({origin}) or restart the kernel, fit the model again, then register it",
        )
