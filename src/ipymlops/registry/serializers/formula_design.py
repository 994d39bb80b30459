"""The matrix behind a model formula, from stored numbers: what patsy wrote down when the model was fitted.

patsy's description of a fitted formula has factors (``np.log(area)``, ``C(city)`` with its categories) and terms, each
a product of columns of factors, where a category's columns are the rows of a matrix of contrasts. These are stored as
texts and numbers; ``formula_terms`` says what a text may be. The matrix is put together as patsy does it, in the same
order, so that it is the same to the last bit. patsy itself is not needed for that.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops.errors import BadInput
from ipymlops.frames import Table
from ipymlops.registry.serializers.formula_terms import columns_of, value_of

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[Any]
Category = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Factor:
    """``text`` as patsy has it; ``categories`` in their order, None where it is a number."""

    text: str
    categories: tuple[Category, ...] | None = None

    def values(self, table: Table) -> Rows:
        """Numbers; of categories their positions, -1 where missing."""
        found = _whole(value_of(self.text, lambda name: _column(table, name)), table.rows)
        if self.categories is None:
            return found.astype(np.float64)
        return _positions(found, self.categories, self.text)


@dataclass(frozen=True, slots=True)
class Product:
    """Columns of the matrix: of each factor, by its position, its number or its row of contrasts, multiplied."""

    factors: tuple[int, ...]
    contrasts: tuple[tuple[tuple[float, ...], ...] | None, ...]  # one for each factor; None for a number

    @property
    def width(self) -> int:
        return math.prod(len(c[0]) for c in self.contrasts if c is not None)

    def fill(self, out: Floats, values: list[Rows]) -> None:
        """As patsy fills it: the first factor's columns turn fastest, and the product is taken from left to right."""
        out[...] = 1
        matrices = [None if c is None else np.array(c, dtype=np.float64) for c in self.contrasts]
        choices = [range(1 if m is None else m.shape[1]) for m in matrices]
        for at, reverse in enumerate(itertools.product(*reversed(choices))):
            for factor, matrix, column in zip(self.factors, matrices, reverse[::-1], strict=True):
                out[:, at] *= values[factor] if matrix is None else matrix[values[factor], column]


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that makes rows of a table rows of the matrix."""

    factors: tuple[Factor, ...]
    products: tuple[Product, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table that it reads."""
        return tuple(dict.fromkeys(name for f in self.factors for name in columns_of(f.text)))

    @property
    def width(self) -> int:
        return sum(product.width for product in self.products)

    def matrix(self, table: Table) -> Floats:
        """One row for each of the table's; NaN throughout where any factor is missing, which the library leaves out."""
        values = [factor.values(table) for factor in self.factors]
        out = np.empty((table.rows, self.width), order="F")  # as pandas keeps it: sums are rounded by that
        start = 0
        for product in self.products:
            product.fill(out[:, start : start + product.width], values)
            start += product.width
        for factor, found in zip(self.factors, values, strict=True):
            out[np.isnan(found) if factor.categories is None else found < 0] = np.nan
        return out

    def to_record(self) -> dict[str, Any]:
        factors = [{"text": f.text, "categories": f.categories and list(f.categories)} for f in self.factors]
        return {
            "factors": factors,
            "products": [{"factors": list(p.factors), "contrasts": list(p.contrasts)} for p in self.products],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Design:
        """The design of ``to_record`` again; ValueError, KeyError or TypeError, if it is anything else."""
        design = cls(
            tuple(Factor(_text(f["text"]), _categories(f["categories"])) for f in record["factors"]),
            tuple(Product(tuple(p["factors"]), tuple(map(_matrix, p["contrasts"]))) for p in record["products"]),
        )
        for product in design.products:
            _check_product(product, design.factors)
        _ = design.columns  # reads every factor
        return design


def design_of(spec: Any) -> Design:
    """patsy's ``DesignInfo`` of a fitted formula as numbers; ValueError, in words, for what is not stored."""
    at = {factor: position for position, factor in enumerate(spec.factor_infos)}
    factors = tuple(_factor(info) for info in spec.factor_infos.values())
    products = tuple(_product(part, at) for parts in spec.term_codings.values() for part in parts)
    return Design.from_record(Design(factors, products).to_record())  # checked as a file is


def _factor(info: Any) -> Factor:
    text = _text(info.factor.code)
    if info.state["transforms"]:
        raise ValueError(f"{text} remembers something of the rows that it was fitted on")
    if info.type == "numerical" and info.num_columns != 1:
        raise ValueError(f"{text} makes {info.num_columns} columns of one")
    return Factor(text, None if info.type == "numerical" else tuple(_plain(c) for c in info.categories))


def _product(part: Any, at: Mapping[Any, int]) -> Product:
    matrices = [part.contrast_matrices.get(factor) for factor in part.factors]
    contrasts = tuple(None if m is None else tuple(map(tuple, m.matrix.tolist())) for m in matrices)
    return Product(tuple(at[factor] for factor in part.factors), contrasts)


def _plain(category: Any) -> Any:
    return category.item() if isinstance(category, np.generic) else category


def _column(table: Table, name: str) -> Rows:
    kind = table.kinds[name]
    if kind in ("number", "integer", "boolean"):
        return table.numbers(name)
    if kind == "category":
        return table.strings(name)
    raise BadInput(f"Column {name!r} holds {kind} values", expected="numbers, true and false, or texts in a formula")


def _whole(values: Rows, rows: int) -> Rows:
    """A factor without a column has one value for all rows."""
    return values if values.shape == (rows,) else np.broadcast_to(values, (rows,))


def _positions(values: Rows, categories: tuple[Category, ...], text: str) -> Rows:
    """Numbers are looked up as numbers, and texts as texts."""
    known: dict[Any, int] = {
        (str(c) if values.dtype.kind == "O" else c): position for position, c in enumerate(categories)
    }
    found: dict[Any, int] = {}
    for value in values.tolist() if values.dtype.kind == "O" else np.unique(values).tolist():
        if value is None or value != value:
            continue
        if value not in known:
            names = ", ".join(map(str, categories[:8])) + (", ..." if len(categories) > 8 else "")
            raise BadInput(f"{text} is {value!r} in a row, which it was not fitted on", expected=f"one of {names}")
        found[value] = known[value]
    return np.array([found.get(value, -1) for value in values.tolist()], dtype=np.intp)


# --- the audit of what a file says


def _text(found: Any) -> str:
    if not isinstance(found, str):
        raise ValueError("a factor is no text")
    return found


def _categories(found: Any) -> tuple[Category, ...] | None:
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(c, str | int | float) for c in found) or not found:
        raise ValueError("categories are no texts or numbers")
    return tuple(found)


def _matrix(found: Any) -> tuple[tuple[float, ...], ...] | None:
    if found is None:
        return None
    matrix = np.array(found, dtype=np.float64)
    if matrix.ndim != 2 or not matrix.shape[1] or not np.isfinite(matrix).all():
        raise ValueError("contrasts are no matrix of numbers")
    return tuple(map(tuple, matrix.tolist()))


def _check_product(product: Product, factors: tuple[Factor, ...]) -> None:
    if len(product.factors) != len(product.contrasts):
        raise ValueError("a term's contrasts do not fit its factors")
    for position, contrasts in zip(product.factors, product.contrasts, strict=True):
        if type(position) is not int or not 0 <= position < len(factors):
            raise ValueError("a term names a factor that is not there")
        categories = factors[position].categories
        if (None if contrasts is None else len(contrasts)) != (None if categories is None else len(categories)):
            raise ValueError("a term's contrasts do not fit its categories")
