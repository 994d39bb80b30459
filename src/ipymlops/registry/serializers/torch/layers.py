"""Which layers of ``torch.nn`` are stored, each with the arguments of its constructor; the attributes keep them.

A layer is made again by its constructor, so that all its derived settings and the shapes of its parameters are what
torch itself makes of the arguments. Its parameters are made on the ``meta`` device: no memory, no random numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

_BIAS = "bias"  # an argument that says whether there is a parameter of that name
_CONV = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", _BIAS, "padding_mode")
_NORM = ("num_features", "eps", "momentum", "affine", "track_running_stats")
_POOL = ("kernel_size", "stride", "padding")
_MAX_POOL = (*_POOL, "dilation", "return_indices", "ceil_mode")
_AVERAGE = (*_POOL, "ceil_mode", "count_include_pad")
_RECURRENT = ("input_size", "hidden_size", "num_layers", _BIAS, "batch_first", "dropout", "bidirectional")
_EMBEDDING = ("num_embeddings", "embedding_dim", "padding_idx", "max_norm", "norm_type", "scale_grad_by_freq", "sparse")
_INPLACE = ("inplace",)
_DROPOUT = ("p", *_INPLACE)
LAYERS: dict[str, tuple[str, ...]] = {
    "Identity": (), "Linear": ("in_features", "out_features", _BIAS),
    "Bilinear": ("in1_features", "in2_features", "out_features", _BIAS),
    "ReLU": _INPLACE, "ReLU6": _INPLACE, "SELU": _INPLACE, "SiLU": _INPLACE, "Mish": _INPLACE, "Hardswish": _INPLACE,
    "Hardsigmoid": _INPLACE, "ELU": ("alpha", *_INPLACE), "CELU": ("alpha", *_INPLACE), "GELU": ("approximate",),
    "LeakyReLU": ("negative_slope", *_INPLACE), "PReLU": ("num_parameters", "init"), "Sigmoid": (), "Tanh": (),
    "LogSigmoid": (), "Softplus": ("beta", "threshold"), "Softsign": (), "Tanhshrink": (),
    "Hardtanh": ("min_val", "max_val", *_INPLACE), "Softmax": ("dim",), "LogSoftmax": ("dim",), "GLU": ("dim",),
    "Dropout": _DROPOUT, "Dropout1d": _DROPOUT, "Dropout2d": _DROPOUT, "AlphaDropout": _DROPOUT,
    "BatchNorm1d": _NORM, "BatchNorm2d": _NORM, "InstanceNorm1d": _NORM, "InstanceNorm2d": _NORM,
    "LayerNorm": ("normalized_shape", "eps", "elementwise_affine", _BIAS),
    "RMSNorm": ("normalized_shape", "eps", "elementwise_affine"),
    "GroupNorm": ("num_groups", "num_channels", "eps", "affine"),
    "Conv1d": _CONV, "Conv2d": _CONV, "MaxPool1d": _MAX_POOL, "MaxPool2d": _MAX_POOL, "AvgPool1d": _AVERAGE,
    "AvgPool2d": (*_AVERAGE, "divisor_override"), "AdaptiveAvgPool1d": ("output_size",),
    "AdaptiveAvgPool2d": ("output_size",), "AdaptiveMaxPool1d": ("output_size", "return_indices"),
    "AdaptiveMaxPool2d": ("output_size", "return_indices"), "Flatten": ("start_dim", "end_dim"),
    "Unflatten": ("dim", "unflattened_size"), "Embedding": _EMBEDDING, "LSTM": (*_RECURRENT, "proj_size"),
    "GRU": _RECURRENT,
}  # fmt: skip
CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict"})
LARGEST = 2**27  # of a number that a layer is given: more rows than the largest table of embeddings has
# What a recurrent layer derives from its parameters.
_DERIVED = frozenset({"_flat_weights", "_flat_weight_refs"})
MACHINERY = frozenset(vars(nn.Module())) | _DERIVED
HOOKS = tuple(name for name in sorted(MACHINERY) if name.endswith("_hooks"))


def listed_name(module: Any) -> str:
    """The name in ``torch.nn`` of a layer or container that is stored; nothing for everything else."""
    name = type(module).__name__
    known = name in LAYERS or name in CONTAINERS
    return name if known and getattr(nn, name) is type(module) else ""


def arguments_of(module: Any) -> dict[str, Any]:
    """The arguments that make this layer; ValueError where it is another one than they make."""
    names = LAYERS[listed_name(module)]
    arguments = {name: getattr(module, name) for name in names}
    if _BIAS in names and type(arguments[_BIAS]) is not bool:
        arguments[_BIAS] = arguments[_BIAS] is not None
    _check_like(module, made(listed_name(module), arguments))
    return arguments


def made(name: str, arguments: Mapping[str, Any]) -> Any:
    """The layer, its parameters without content."""
    with torch.device("meta"):
        return getattr(nn, name)(**arguments)


def check_sizes(name: str, arguments: Mapping[str, Any]) -> None:
    """ValueError for numbers that no layer has: torch would pad, or pool, by 2**40 places and never end."""
    for key, value in arguments.items():
        parts = value if isinstance(value, (tuple, list)) else (value,)
        if any(isinstance(part, int) and abs(part) > LARGEST for part in parts):
            raise ValueError(f"a {name} has a {key} beyond {LARGEST:,}")


def settings_of(module: Any) -> dict[str, Any]:
    """The attributes that its author gave a module, without torch's own."""
    return {name: value for name, value in vars(module).items() if name not in MACHINERY}


def _check_like(module: Any, plain: Any) -> None:
    settings, expected = settings_of(module), settings_of(plain)
    for name in sorted(settings.keys() | expected.keys()):
        if name not in settings or name not in expected or settings[name] != expected[name]:
            raise ValueError(f"its {type(module).__name__} was given another {name!r} by hand")
    if module._modules:
        raise ValueError(f"its {type(module).__name__} was given modules by hand")
