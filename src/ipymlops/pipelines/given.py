"""What the arguments of a call say: what it changes, shares and draws from."""

from __future__ import annotations

import ast

from ipymlops.pipelines.effects import Effect
from ipymlops.pipelines.outputs import may_overwrite, outputs_from
from ipymlops.pipelines.things import NOTHING, Value

# Methods of pandas that take ``inplace``.
_IN_PLACE = """
    bfill clip drop drop_duplicates dropna eval ffill fillna interpolate mask query rename rename_axis replace
    reset_index set_axis set_index set_names sort_index sort_values where
"""


def changed_by(
    effect: Effect,
    path: str,
    method: str,
    positional: list[Value],
    named: dict[str, Value],
    *,
    spread: bool = False,
) -> list[Value]:
    """``spread``: some arguments are given by ``*`` or ``**``, so that nobody knows which stands where."""
    changed = [named["out"]] if "out" in named else []
    outputs = outputs_from(path, method)
    if spread and (outputs is not None or effect.arguments or may_overwrite(path, 99)):
        return [*positional, *named.values()]
    changed += positional[outputs:] if outputs is not None else []
    if _writes_over(effect, path, positional, named):
        changed += positional[:1] or [*named.values()]
    if effect.arguments is None:
        return [*changed, *positional, *named.values()]
    for position in effect.arguments:
        if isinstance(position, int) and position < len(positional):
            changed.append(positional[position])
        elif isinstance(position, str) and position in named:
            changed.append(named[position])
    return changed


def _writes_over(effect: Effect, path: str, positional: list[Value], named: dict[str, Value]) -> bool:
    if may_overwrite(path, len(positional)):
        return True
    works_in_place = path.endswith(".at") or shares(named)
    return path.startswith(("numpy.", "sklearn.")) and effect.kind != "estimator" and works_in_place


def is_spread(call: ast.Call) -> bool:
    """Whether arguments are given by ``*`` or ``**``, so that they cannot be read."""
    return any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)


def entries_of(value: Value) -> dict[str, Value] | None:
    """The keys of a dictionary with their values, where all are known."""
    (thing,) = value.things if len(value.things) == 1 else (None,)
    return thing.keys if thing is not None else None


def is_in_place(named: dict[str, Value], method: str) -> bool:
    """Whether a method was told, or may have been told by ``**``, to change its receiver."""
    if "inplace" in named:
        return named["inplace"].constant is not False
    return "**" in named and method in _IN_PLACE.split()


def is_given(named: dict[str, Value], path: str) -> bool:
    """Whether the call got a random state of its own, or says that it does not shuffle."""
    given = [named[k] for k in ("random_state", "seed", "rng", "generator") if k in named]
    if any(not is_none(v) and not v.path.startswith("numpy.random") for v in given):
        return True
    # A loader of torch draws a seed for its workers, shuffled or not.
    return "shuffle" in named and named["shuffle"].constant is False and not path.startswith("torch.")


def is_none(value: Value) -> bool:
    return value == NOTHING


def seeds_with_nothing(node: ast.expr) -> bool:
    """``seed()`` and ``seed(None)`` take a seed from the operating system."""
    given = [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else []
    return not given or (isinstance(given[0], ast.Constant) and given[0].value is None)


def shares(named: dict[str, Value]) -> bool:
    """Whether it was told to work on the memory that it is given."""
    kept = [v for k, v in named.items() if k in ("copy", "copy_X", "copy_x")]
    return any(v.constant is False or is_none(v) for v in kept) or any(k.startswith("overwrite_") for k in named)
