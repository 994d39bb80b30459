"""The words at the head of a script: what it is, where it came from, and whether it is proved."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ipymlops.pipelines.results import Verification

WIDTH = 100


def docstring(
    model: str, version: int, notebook: str | None, verification: Verification | None, notes: Sequence[str] = ()
) -> str:
    """What the file is, where it came from, and whether it is proved; nothing in it changes what the script does."""
    source = f" from {notebook}" if notebook else ""
    paragraphs = [
        f"Retrains {model}. Exported by ipymlops{source}: the statements behind {model}@{version}, in their order.",
        f"Verification: {verification_words(verification)}",
        *(f"Note: {note}" for note in notes),
    ]
    filled = [_fill(p) for p in paragraphs]
    return '"""' + "\n\n".join(filled) + '\n"""\n'


def verification_words(verification: Verification | None) -> str:
    """One sentence on what was proved."""
    if verification is None or verification.verdict == "not verified":
        cause = verification.cause.rstrip(".") if verification else ""
        return f"not verified. Cannot tell whether it reproduces the model: {cause}." if cause else "not verified yet."
    if not verification.reproduced:
        return f"NOT REPRODUCED. {verification.cause.rstrip('.')}."
    compared = _grouped(verification.compared)
    if verification.verdict == "identical":
        return f"identical. Run alone in a clean process it gives the registered model bit for bit: {compared}."
    return f"within tolerance (largest difference {verification.largest_difference:.3g}): {compared}."


def _grouped(compared: Sequence[str]) -> str:
    """``predict on 60 benchmark rows`` and its like, said once for all methods that saw the same rows."""
    methods: dict[str, list[str]] = {}
    for words in compared:
        method, _, rows = words.partition(" on ")
        methods.setdefault(rows, []).append(method)
    rows_of: dict[str, list[str]] = {}
    for rows, asked in methods.items():
        rows_of.setdefault(_listed(asked), []).append(rows)
    said = (f"{asked} on {_listed(rows)}" if all(rows) else asked for asked, rows in rows_of.items())
    return "; ".join(said)  # what was learned is compared on no rows


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def with_verification(text: str, old: str, new: str) -> str:
    """The script with another docstring, and nothing else changed."""
    if not text.startswith(old):
        raise ValueError("the script does not begin with its docstring")
    return new + text[len(old) :]


def _fill(paragraph: str) -> str:
    safe = paragraph.replace("\\", "/").replace('"""', "'''").replace("\0", "")
    safe = " ".join(safe.split())
    if safe.endswith('"'):
        safe += " "
    return "\n".join(textwrap.wrap(safe, WIDTH, break_long_words=False, break_on_hyphens=False))
