"""A torch module that a notebook registers, made a model that answers tables: what it takes, what its outputs mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput
from ipymlops.phrases import a

if TYPE_CHECKING:
    from ipymlops.project.candidate import Candidate, Parcel

MEANT = "give --outputs numbers, logits, probabilities or log-probabilities"


def answering_tables(candidate: Candidate, parcel: Parcel) -> Candidate:
    """The candidate with a model that can be judged; any other than a torch module as it is."""
    from ipymlops.registry.serializers import onnx
    from ipymlops.registry.serializers import torch as family

    known = candidate.model if family.accepts(candidate.model) else None
    module = candidate.model.module if known is not None else candidate.model
    if known is None and not family.is_module(module):
        if candidate.outputs and not onnx.accepts(module):
            raise BadInput(
                f"Found {a(type(module).__name__)} and --outputs",
                expected="--outputs for a torch module or an ONNX graph only",
            )
        return candidate
    train, test = (_plain(data) for data in (candidate.train, candidate.test))
    rows = train or test
    if rows is None:
        if known is not None:
            return candidate
        raise BadInput(
            "A torch module does not say which columns it takes, and no fit tells its training data",
            expected="the table of numbers that it was trained on and the targets, row by row",
            next_step="give --train X y, and --test X_test y_test to have it judged",
        )
    said = candidate.outputs or (known.outputs if known else "")
    outputs, words = (said, ()) if said else _told(candidate)
    columns = _columns(rows[0])
    model = family.on_tables(_on_cpu(module, parcel), columns, outputs, rows[0])  # type: ignore[arg-type]
    _check_count(candidate, model.width)
    inferred = (*candidate.inferred, *words)
    return replace(candidate, model=model, train=train, test=test, inferred=inferred)


def _told(candidate: Candidate) -> tuple[str, tuple[str, ...]]:
    """What the loss of the notebook takes the outputs for, and the words that say so."""
    loss = _loss(candidate)
    if loss is None:
        raise BadInput(
            "What the outputs of this torch module mean is not told for certain by the loss it was trained with",
            expected="numbers (a regression), logits, probabilities or log-probabilities",
            next_step=MEANT,
        )
    return loss.outputs, (f"outputs {loss.outputs} from {loss.name} in {loss.place} (--outputs)",)


def _check_count(candidate: Candidate, width: int) -> None:
    """An inferred meaning must fit how many outputs there are."""
    loss = None if candidate.outputs else _loss(candidate)
    if loss is not None and (loss.count == "one") != (width == 1):
        raise BadInput(
            f"This torch module has {width} output{'s' if width > 1 else ''} a row and was trained with {loss.name}",
            expected="one class or one number a row: several labels a row cannot be judged yet",
            next_step=MEANT,
        )


def _loss(candidate: Candidate) -> Any:
    from ipymlops.pipelines.torch_losses import loss_of

    if candidate.journal is None or not candidate.targets:
        return None
    return loss_of(candidate.journal, candidate.targets[0])


def _plain(data: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
    """Tensors as arrays, which is what everything else reads."""
    from ipymlops.frames import without_torch

    return None if data is None else (without_torch(data[0]), without_torch(data[1]))


def _columns(X: Any) -> tuple[str, ...]:
    from ipymlops.frames import as_table

    table = as_table(X)
    if strange := [n for n in table.names if table.kinds[n] not in ("number", "integer", "boolean")]:
        raise BadInput(
            f"The column {strange[0]!r} of the training data is {a(table.kinds[strange[0]])}",
            expected="columns of numbers: they become one tensor of floats",
            next_step="give --train the table as the module takes it, with numbers only",
        )
    return table.names


def _on_cpu(module: Any, parcel: Parcel) -> Any:
    devices = {str(t.device) for t in (*module.parameters(), *module.buffers())}
    if elsewhere := sorted(devices - {"cpu"}):
        import copy

        parcel.warnings.append(
            f"The module was on {', '.join(elsewhere)}; it is stored, judged and proved on the CPU, where last digits "
            "can be others"
        )
        return copy.deepcopy(module).cpu()
    return module
