"""An ONNX graph that a notebook registers, made a model that answers tables: which columns, what its outputs mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput
from ipymlops.project.torch_modules import MEANT

if TYPE_CHECKING:
    from ipymlops.project.candidate import Candidate

LABELS = ("labels", "labels and probabilities")


def asked_by_tables(candidate: Candidate) -> Candidate:
    """The candidate with a model that can be judged; any other than an ONNX graph as it is."""
    from ipymlops.registry.serializers import onnx as family

    if family.is_session(candidate.model):
        raise BadInput(
            "Found a session of onnxruntime, which does not give back the graph that it runs",
            expected="the graph: a ModelProto",
            next_step="register onnx.load(PATH) of the file that it was made of",
        )
    if not family.is_graph(candidate.model):
        return candidate
    rows = candidate.train or candidate.test
    X = None if rows is None else _readable(rows[0])
    columns = None if X is None else X.names
    model = family.on_tables(candidate.model, columns, candidate.outputs, None if X is None else X.native)  # type: ignore[arg-type]
    told = candidate.outputs is None and model.outputs not in LABELS
    if told:
        _check_meant(model.outputs, rows)
    words = (f"outputs {model.outputs} from the graph's last operation (--outputs)",) if told else ()
    return replace(candidate, model=model, inferred=(*candidate.inferred, *words))


def _check_meant(outputs: str, rows: tuple[Any, Any] | None) -> None:
    """One number a row may be a regression's, or what becomes the probability of a class; the targets tell."""
    from ipymlops.evaluation.targets import looks_like_classes
    from ipymlops.frames import vector

    if outputs == "numbers" and rows is not None and looks_like_classes(vector(rows[1])):
        raise BadInput(
            "This ONNX graph answers one number a row, and the targets look like classes",
            expected="numbers (a regression), or the logit or probability of the second class",
            next_step=MEANT,
        )


def _readable(X: Any) -> Any:
    from ipymlops.frames import as_table

    return as_table(X)
