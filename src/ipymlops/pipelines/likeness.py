"""Whether two fitted models are the same: their parameters, and every answer they give to the same rows.

Predictions on the training rows alone are no proof: two different trees can agree on all of them. So rows are made
up that neither model has seen, from plausible values, and of these some with gaps and with levels that are new; and
what the models show of what they learned is compared, too. Where even these rows tell nothing, because they all get the
same answer or none, equality counts only if the two models hold the same, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ipymlops.phrases import a
from ipymlops.pipelines import learned
from ipymlops.pipelines.answering import Answers, Inquiry, compared
from ipymlops.pipelines.learned_values import compared_learned
from ipymlops.pipelines.sparse_rows import is_sparse
from ipymlops.pipelines.unusual import put_unusual

ATTRIBUTES = ("feature_names_in_", "classes_", "n_features_in_")
HELD = "parameters and buffers"  # of torch modules
LEARNED, NUMBERS = "learned_", "learned numbers"  # a model may give all that it learned as one array
UNSEEN = "perturbed"  # the table of rows that neither model was trained on


@dataclass(frozen=True, slots=True)
class Likeness:
    """Everything that was compared. ``digest`` stands for the trained model's answers."""

    answers: tuple[Answers, ...]
    differences: tuple[str, ...]  # of parameters and attributes, in words
    digest: str
    unsteady: tuple[str, ...] = ()  # methods whose answers to the same rows are others each time
    weak: str = ""  # in words, why equal answers tell little here
    held_alike: bool = False  # whether the models hold the same, bit for bit; only asked where answers tell little
    refused: tuple[str, ...] = ()  # in words, the rows that both models refuse alike: nothing to compare

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Likeness:
        answers = tuple(Answers(**a) for a in record["answers"])
        words = {name: tuple(record[name]) for name in ("differences", "unsteady", "refused")}
        return cls(**{**record, **words, "answers": answers})


def compare_models(registered: Any, trained: Any, tables: Mapping[str, Any]) -> Likeness:
    """Compare two fitted models on tables: name -> rows, in the shape that the models take."""
    inquiry = Inquiry(registered, trained)
    for data, table in tables.items():
        inquiry.put(data, table)
    weak = _weakness(tables, inquiry.told)
    has_columns = UNSEEN in inquiry.told and not is_sparse(tables[UNSEEN])  # in which to put gaps and new levels
    refused = put_unusual(inquiry, tables[UNSEEN]) if has_columns else []
    held = _compared_held(registered, trained) if inquiry.answers else None
    shown = held or _shown(registered, trained, inquiry.answers)
    alike = bool(weak) and (held.identical if held is not None else learned.same(registered, trained))
    return Likeness(
        (*inquiry.answers, *([shown] if shown is not None else [])),
        tuple(_differences(registered, trained)),
        inquiry.digest.hexdigest(),
        tuple(dict.fromkeys(inquiry.unsteady)),
        weak,
        alike,
        tuple(refused),
    )


def _shown(registered: Any, trained: Any, answers: list[Answers]) -> Answers | None:
    if not answers:
        return None
    rounded = all(a.close for a in answers) and not all(a.identical for a in answers)
    return compared_learned(registered, trained, without=ATTRIBUTES, rounded=rounded)


def _compared_held(registered: Any, trained: Any) -> Answers | None:
    """All that the models learned, number by number, where both give it."""
    if hasattr(registered, "tensors") and hasattr(trained, "tensors"):
        return _compared_tensors(registered.tensors(), trained.tensors())
    if hasattr(registered, LEARNED) and hasattr(trained, LEARNED):
        was, now = getattr(registered, LEARNED), getattr(trained, LEARNED)
        return compared(NUMBERS, "", len(was), was, now)
    return None


def _compared_tensors(expected: Mapping[str, Any], found: Mapping[str, Any]) -> Answers:
    """What torch modules hold, number by number."""
    import numpy as np

    kinds = ({name: (array.shape, array.dtype) for name, array in side.items()} for side in (expected, found))
    if next(kinds) != next(kinds):
        return Answers(HELD, "", 0, False, False, 0, 0.0, "names, types or shapes differ")
    flat = (np.concatenate([np.zeros(0), *(side[name].ravel() for name in sorted(side))]) for side in (expected, found))
    was, now = next(flat), next(flat)
    return compared(HELD, "", len(was), was, now)


def _weakness(tables: Mapping[str, Any], told: Mapping[str, bool]) -> str:
    if not told:
        return ""
    if UNSEEN in tables and UNSEEN not in told:
        return "no answer could be had to rows that were not trained on"
    return "" if any(told.values()) else "every row that was compared gets the same answer"


def _differences(registered: Any, trained: Any) -> list[str]:
    if type(registered).__name__ != type(trained).__name__:
        return [f"it is {a(type(trained).__name__)}, the registered model is {a(type(registered).__name__)}"]
    words = []
    was, now = _params(registered), _params(trained)
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            words.append(f"its parameter {name} is {now.get(name, 'not there')}, was {was.get(name, 'not there')}")
    for name in ATTRIBUTES:
        one, other = _words(getattr(registered, name, None)), _words(getattr(trained, name, None))
        if one != other:
            words.append(f"its {name} is {other}, was {one}")
    return words


def _params(model: Any) -> dict[str, str]:
    if not hasattr(model, "get_params"):
        return {}
    return {name: _words(value) for name, value in model.get_params(deep=True).items()}


def _words(value: Any) -> str:
    """A value as text that is equal for equal values: no addresses, no estimator's insides (they are listed apart)."""
    if isinstance(value, type):
        return value.__qualname__
    if hasattr(value, "get_params") or hasattr(value, "get_state") or hasattr(value, "bit_generator"):
        return type(value).__name__
    if hasattr(value, "tolist"):
        return _words(value.tolist())
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_words(k)}: {_words(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_words(v) for v in value) + "]"
    if callable(value):
        return getattr(value, "__qualname__", type(value).__name__)
    text = repr(value)
    return type(value).__name__ if " at 0x" in text else text
