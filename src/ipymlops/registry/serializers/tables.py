"""pandas objects inside a model: in its file they are audited text, see ``frames.stored``. So are distributions.

skops would write pandas' insides, and reading these back calls whatever they name. So a model that holds a table, a
column, an index or a time is written as a copy in which a ``Stored`` stands for each. The file then asks for nothing
but the making of a ``Stored`` from one text, and what is made is the pandas object itself.
"""

from __future__ import annotations

import copy
from typing import Any

from ipymlops.errors import BadInput, UnsafeModel
from ipymlops.frames.stored import from_text, is_pandas, to_text
from ipymlops.registry.serializers.distributions import StoredDistribution, is_distribution, stored
from ipymlops.registry.serializers.parts import Part, named_parts


class Stored:
    """``Stored(text)`` is the pandas object of the text. An object of this class stands for one while it is written."""

    text: str

    def __new__(cls, text: str) -> Any:
        if type(text) is not str:
            raise ValueError("a pandas object is stored as a text")
        return from_text(text)

    def __reduce__(self) -> tuple[type[Stored], tuple[str]]:
        return Stored, (self.text,)

    def __deepcopy__(self, memo: Any) -> Stored:
        return self


NAME = f"{Stored.__module__}.{Stored.__qualname__}"


def without_tables(model: Any) -> Any:
    """The model itself if it holds no such part, else a copy in which what is stored as a text stands for each.

    Raises UnsafeModel, with the attribute, where a part cannot be stored.
    """
    found = [part for part in named_parts(model) if is_pandas(part.value) or is_distribution(part.value)]
    if not found:
        return model
    return copy.deepcopy(model, {id(part.value): _stored(part) for part in found})


def _stored(part: Part) -> Stored | StoredDistribution:
    if is_distribution(part.value):
        return stored(part.value, part.place)
    made: Stored = object.__new__(Stored)
    try:
        made.text = to_text(part.value)
    except BadInput as error:
        raise UnsafeModel(
            f"{part.place} cannot be stored: {error.found[0].lower()}{error.found[1:]}",
            expected=error.expected,
            next_step=error.next_step,
        ) from error
    return made
