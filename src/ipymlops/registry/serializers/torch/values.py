"""Plain values as JSON that gives the same types back: what a module of a notebook keeps besides its parameters."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType
from typing import Any

import torch

from ipymlops.registry import code

_PLAIN = (type(None), bool, int, str)
_FUNCTIONS = "relu sigmoid tanh exp log1p sqrt sin cos softmax"
_ACTIVATIONS = "relu sigmoid tanh gelu silu mish elu selu leaky_relu softplus hardtanh softmax log_softmax logsigmoid"
FUNCTIONS: dict[str, Any] = {
    **{f"torch.nn.functional.{name}": getattr(torch.nn.functional, name) for name in _ACTIVATIONS.split()},
    **{f"torch.{name}": getattr(torch, name) for name in _FUNCTIONS.split()},
}
_Write = Callable[[Any], str]  # stores a tensor, gives its name


def written(value: Any, tensor: _Write) -> Any:
    """ValueError, in words, for what does not come back."""
    kind = type(value)
    if kind in _PLAIN or (kind is float and math.isfinite(value)):
        return value
    if kind is float:
        return {"float": repr(value)}
    if kind in (list, tuple, torch.Size):
        return {kind.__name__.lower(): [written(v, tensor) for v in value]}
    if kind is dict and all(type(key) in _PLAIN for key in value):
        return {"dict": [[key, written(v, tensor)] for key, v in value.items()]}
    if kind is torch.Tensor:
        return {"tensor": tensor(value)}
    if kind is torch.dtype:
        return {"dtype": str(value).removeprefix("torch.")}
    if kind in (FunctionType, BuiltinFunctionType):
        for name, function in FUNCTIONS.items():
            if function is value:
                return {"function": name}
    own = f"{getattr(value, '__module__', '')}.{getattr(value, '__name__', '')}"
    if kind in (FunctionType, type) and code.holds(own):
        return {"own": own}
    if isinstance(value, torch.nn.Module):
        raise ValueError("a module in a plain attribute, list or dictionary: keep it in nn.ModuleList or ModuleDict")
    raise ValueError(f"a {kind.__module__}.{kind.__qualname__}")


def read(value: Any, tensors: dict[str, Any]) -> Any:
    """The value of ``written``; ValueError, KeyError or TypeError for anything else."""
    if type(value) in (*_PLAIN, float):
        return value
    if not isinstance(value, dict) or len(value) != 1:
        raise ValueError("a value is of no known kind")
    (kind, held), *_ = value.items()
    match kind:
        case "float" if held in ("inf", "-inf", "nan"):
            return float(held)
        case "list" | "tuple" | "size":
            parts = [read(v, tensors) for v in held]
            return {"list": list, "tuple": tuple, "size": torch.Size}[kind](parts)
        case "dict":
            return {_plain(key): read(v, tensors) for key, v in held}
        case "tensor":
            return tensors[held]
        case "dtype" if isinstance(getattr(torch, str(held), None), torch.dtype):
            return getattr(torch, held)
        case "function":
            return FUNCTIONS[held]
        case "own" if code.holds(held):
            return code.found(held)
    raise ValueError(f"a value is of the kind {str(kind)[:20]!r}")


def _plain(key: Any) -> Any:
    if type(key) not in _PLAIN:
        raise ValueError("a key is no plain value")
    return key
