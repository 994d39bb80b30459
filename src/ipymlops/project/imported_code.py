"""Whether a module's file still says what this process imported from it: a bundle takes the file, the model ran the
import."""

from __future__ import annotations

from collections.abc import Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

KINDS = 0x3FF  # flags that say what a function is; the higher ones are the future imports of its file


def changed_since_import(module: ModuleType, source: str) -> str:
    """The first function of the module that ``source``, its file now, does not hold as it was imported; or nothing.

    >>> module = ModuleType("feats")
    >>> exec(compile("def f(x): return x + 1", "feats.py", "exec"), vars(module))
    >>> changed_since_import(module, "def f(x):  # a comment" + chr(10) + "    return x + 1")
    ''
    >>> changed_since_import(module, "def f(x): return x + 2")
    'f'
    """
    there: dict[str, list[Any]] = {}
    for code in _codes(compile(source, "<file>", "exec", dont_inherit=True)):
        there.setdefault(code.co_qualname, []).append(_shape(code))
    for function in _functions(module):
        code = function.__code__
        if _shape(code) not in there.get(code.co_qualname, ()):
            return code.co_qualname
    return ""


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """Those whose text is the module's own, methods included."""
    for value in vars(module).values():
        members = vars(value).values() if isinstance(value, type) and value.__module__ == module.__name__ else (value,)
        for member in members:
            function = getattr(member, "__func__", getattr(member, "fget", member))
            if isinstance(function, FunctionType) and function.__globals__ is vars(module):
                yield function


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _shape(code: CodeType) -> tuple[Any, ...]:
    """What it does, without where it stands."""
    constants = tuple(_shape(c) if isinstance(c, CodeType) else (type(c), repr(c)) for c in code.co_consts)
    arguments = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags & KINDS
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return (code.co_code, constants, *arguments, *names)
