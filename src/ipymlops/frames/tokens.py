"""Texts as words, by Arrow's and NumPy's loops: nothing is done word by word in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

AT_ONCE = 100_000  # texts
LETTERS = r"\p{L}\p{Nl}\p{No}"  # what Python calls alphanumeric, digits apart
APOSTROPHES = "'\u2019"  # inside of a word
SPACE, APOSTROPHE = 32, 39


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The words of some texts, in lower case: n of them, k different ones."""

    first: int  # the place of the first of these texts among all
    texts: int
    words: list[str]  # the different ones, (k,)
    codes: npt.NDArray[np.intp]  # which of them each is, (n,)
    owners: npt.NDArray[np.intp]  # which of the texts it is of, (n,)


def lengths(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """How many characters each text has."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    return np.asarray(pc.utf8_length(pa.array(texts, pa.large_string())).to_numpy(), dtype=np.float64)


def tokens(texts: Sequence[str]) -> Iterator[Tokens]:
    """Runs of letters, in lower case, apostrophes between letters kept; in pieces of ``AT_ONCE`` texts.

    >>> [piece] = tokens(["Don't panic: 42 towels!", "towels"])
    >>> piece.words, piece.codes.tolist(), piece.owners.tolist()
    (["don't", 'panic', 'towels'], [0, 1, 2, 2], [0, 0, 0, 1])
    """
    import pyarrow as pa

    for begin in range(0, len(texts), AT_ONCE):
        piece = pa.array(texts[begin : begin + AT_ONCE], pa.large_string())
        yield _tokens(begin, piece)


def _tokens(first: int, piece: Any) -> Tokens:
    import numpy as np
    import pyarrow.compute as pc

    split = _split_ascii(piece) if pc.all(pc.string_is_ascii(piece)).as_py() else _split(piece)
    owners, found = pc.list_parent_indices(split).to_numpy(), split.flatten()
    kept = pc.not_equal(found, "")
    coded = found.filter(kept).dictionary_encode()
    codes = coded.indices.to_numpy().astype(np.intp)
    return Tokens(first, len(piece), coded.dictionary.to_pylist(), codes, owners[kept.to_numpy(zero_copy_only=False)])


def _split_ascii(piece: Any) -> Any:
    """By a table of 256 letters."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    _, ends, data = piece.buffers()
    if data is None or not data.size:
        return pc.ascii_split_whitespace(piece)
    letters = _table()[np.frombuffer(data, np.uint8)]
    padded = np.concatenate([[SPACE], letters, [SPACE]])
    marks = np.flatnonzero(letters == APOSTROPHE)
    bounds = np.frombuffer(ends, np.int64)
    inside = _is_letter(padded[marks]) & _is_letter(padded[marks + 2])
    for side in (marks, marks + 1) if len(marks) else ():  # a text's first or last
        inside &= bounds[np.minimum(np.searchsorted(bounds, side), len(bounds) - 1)] != side
    letters[marks[~inside]] = SPACE
    cleaned = pa.Array.from_buffers(pa.large_string(), len(piece), [None, ends, pa.py_buffer(letters)])
    return pc.ascii_split_whitespace(cleaned)


def _table() -> npt.NDArray[np.uint8]:
    """Letters to lower case, apostrophes to themselves, everything else to a space."""
    import numpy as np

    table = np.full(256, SPACE, np.uint8)
    small = np.arange(ord("a"), ord("z") + 1)
    table[small] = table[small - 32] = small
    table[APOSTROPHE] = APOSTROPHE
    return table


def _is_letter(letters: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    return letters > APOSTROPHE


def _split(piece: Any) -> Any:
    """By regular expressions, for texts of all languages."""
    import pyarrow as pa
    import pyarrow.compute as pc

    between = rf"[^{LETTERS}{APOSTROPHES}]+|[{APOSTROPHES}]{{2,}}"
    spaced = pc.replace_substring_regex(pc.utf8_lower(piece), pattern=between, replacement=" ")
    split = pc.split_pattern(spaced, " ")
    trimmed = pc.utf8_trim(split.values, characters=APOSTROPHES)
    return (
        pa.LargeListArray.from_arrays(split.offsets, trimmed)
        if str(split.type)[0:5] == "large"
        else (pa.ListArray.from_arrays(split.offsets, trimmed))
    )
