"""torch modules: their structure as JSON, their tensors in the safetensors format; no pickle, no code but the audited.

Importing this file does not import torch, which need not be installed. What a bundle gives back is a ``TorchModel``
(``models.py``): the module in evaluation mode, with the answers of a fitted model on tables.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipymlops.errors import MlopsError, UnsafeModel, first_line
from ipymlops.registry.serializers.libraries import require, versions

if TYPE_CHECKING:
    from ipymlops.registry.serializers.torch.models import Outputs, TorchModel

STRUCTURE, TENSORS = "model.json", "model.safetensors"


def is_module(model: Any) -> bool:
    """Whether it is a module of torch, asked without importing it."""
    nn = getattr(sys.modules.get("torch"), "nn", None)
    return nn is not None and isinstance(model, nn.Module)


def accepts(model: Any) -> bool:
    return is_module(getattr(model, "module", None)) and hasattr(model, "outputs")


def on_tables(module: Any, columns: Sequence[str], outputs: Outputs, rows: Any) -> TorchModel:
    """The module with the methods of a fitted model. ``rows`` (n, columns) are asked to learn its number of outputs,
    and again when it is stored. Raises BadInput or UnsafeModel for modules that are not supported."""
    from ipymlops.registry.serializers.torch.models import checked

    return checked(module, tuple(columns), outputs, rows)


def likewise(module: Any, known: TorchModel) -> TorchModel:
    """Another module of the same line, which takes and answers the same."""
    from ipymlops.registry.serializers.torch import models

    return models.likewise(module, known)


def served(model: TorchModel) -> TorchModel:
    return model


def dump(model: TorchModel) -> tuple[dict[str, bytes], dict[str, Any]]:
    from ipymlops.registry.serializers.torch import structure, tensors

    tree, held = structure.described(model.module)
    files = {
        STRUCTURE: json.dumps(tree, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode(),
        TENSORS: tensors.to_bytes(held),
    }
    facts = {
        "file": STRUCTURE,
        "format": "torch",
        "libraries": versions(["torch"]),
        "columns": list(model.columns),
        "outputs": model.outputs,
        "width": model.width,
    }
    _check_same(model, load(files.__getitem__, facts))
    return files, facts


def load(read: Callable[[str], bytes], facts: Mapping[str, Any]) -> TorchModel:
    require(["torch"], facts)
    from ipymlops.registry.serializers.torch import structure, tensors
    from ipymlops.registry.serializers.torch.models import OUTPUTS, made

    try:
        columns, outputs, width = facts["columns"], facts["outputs"], facts["width"]
        if outputs not in OUTPUTS or type(width) is not int or not all(isinstance(c, str) for c in columns):
            raise ValueError("what it takes and answers is not said")
        held = tensors.from_bytes(read(TENSORS))
        return made(structure.built(json.loads(read(STRUCTURE)), held), tuple(columns), outputs, width)
    except MlopsError:
        raise
    except Exception as error:  # a hostile file may raise anything on its way through torch
        raise UnsafeModel(
            f"The torch module of this bundle could not be read: {first_line(error)}",
            expected="files that `register` wrote",
            next_step="do not use this bundle; ask where it came from",
        ) from error


def _check_same(model: TorchModel, again: TorchModel) -> None:
    """What comes back must answer bit for bit as what was given did."""
    from ipymlops.registry.serializers.torch.models import same_bits

    if model.sample is not None and not same_bits(model.raw(model.sample), again.raw(model.sample)):
        raise UnsafeModel(
            "This torch module answers otherwise when it was stored and loaded",
            expected="a module whose outputs follow from its parameters, buffers and plain attributes",
            next_step="keep what forward uses in those: no globals that cells change, no random numbers",
        )
