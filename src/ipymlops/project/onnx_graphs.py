"""An ONNX graph that a notebook registers, made a model that answers tables: which columns, what its outputs mean."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import BadInput

if TYPE_CHECKING:
    from ipymlops.project.candidate import Candidate


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
    X = None if rows is None else rows[0]
    model = family.on_tables(candidate.model, None if X is None else _columns(X), candidate.outputs, X)  # type: ignore[arg-type]
    said = candidate.outputs is None and model.outputs not in ("labels", "labels and probabilities")
    words = (f"outputs {model.outputs} from the graph's last operation (--outputs)",) if said else ()
    return replace(candidate, model=model, inferred=(*candidate.inferred, *words))


def _columns(X: Any) -> tuple[str, ...]:
    from ipymlops.frames import as_table

    return as_table(X).names
