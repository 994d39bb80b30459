"""Write labextension/src/wire.ts: the TypedDicts of ipymlops.wire and the names of metrics. Run by ``make wire``."""

from __future__ import annotations

import inspect
import json
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from ipymlops import metric_names, wire

TARGET = Path(__file__).parent / "src" / "wire.ts"
HEAD = "// Generated from src/ipymlops/wire.py and metric_names.py by `make wire`; do not edit.\n"
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def render() -> str:
    """The text of wire.ts."""
    return "\n".join([HEAD, _names(), *(_interface(shape) for shape in wire.SHAPES)])


def _names() -> str:
    named = (f"  {key}: {json.dumps(name, ensure_ascii=False)}" for key, name in metric_names.NAMES.items())
    begin = "/** What a metric is called in a sentence. */\nexport const METRIC_NAMES: Record<string, string> = {"
    return "\n".join([begin, ",\n".join(named), "};", ""])


def _interface(shape: type) -> str:
    about = " ".join((inspect.getdoc(shape) or "").replace("``", "`").split())
    lines = [f"/** {about} */", f"export interface {_name(shape)} {{"]
    lines += [f"  {field}: {_type(hint)};" for field, hint in get_type_hints(shape).items()]
    return "\n".join([*lines, "}", ""])


def _type(hint: Any) -> str:
    if hint in PLAIN:
        return PLAIN[hint]
    if is_typeddict(hint):
        return _name(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " | ".join(json.dumps(value) for value in arguments)
    if origin in (Union, types.UnionType):
        return " | ".join(_type(argument) for argument in arguments)
    if origin is list:
        inner = _type(arguments[0])
        return f"({inner})[]" if "|" in inner else f"{inner}[]"
    raise TypeError(f"No TypeScript is known for {hint!r}: add it here")


def _name(shape: type) -> str:
    return shape.__name__


if __name__ == "__main__":
    TARGET.write_text(render())
    print(f"wrote {TARGET.name}: {len(wire.SHAPES)} shapes")
