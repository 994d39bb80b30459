"""Where a version came from, in words and tables; the picture is in ``charts/lineage``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ipymlops.registry.lineage import Ancestor, Lineage, ReadFile, SliceCell
from ipymlops.views import words
from ipymlops.views.card import Card, Cell, Figure, Fold, Grid, Lines, Reference, Step, fold, headings

NOT_RECORDED = "not recorded"
CHAMPION = "★ champion"
DIGITS = 12  # of a hash
_FIRST, _LAST = 1, 3  # versions of a long line that are named, itself among the last; those between are counted
_MOST_CELLS = 8


def lineage_card(result: Lineage) -> Card:
    """What led to the version: the line of versions, and what went into this one."""
    ref = words.version_ref(result.model, result.version)
    return Card(
        title=f"Where {ref} comes from",
        verdict=lineage_verdict(result),
        figures=_figures(result),
        steps=(_step(result, ref),),
        folds=(
            *lineage_folds(result, open=True),
            *fold("Files that its training read", _file_grid(result.inputs or ()), open=True),
            *fold("Cells that lead to it", _cell_grid(result.cells or ())),
        ),
    )


def lineage_verdict(result: Lineage) -> str:
    """Who made it, out of what, and after which version."""
    ref = words.version_ref(result.model, result.version)
    if result.made == "pipeline":
        whose = f"the pipeline of {result.pipeline}" if result.pipeline else "a pipeline that is not of this project"
        made = f"was retrained by {whose}"
    elif result.made == "notebook":
        made = f"was registered from {result.notebook or 'a session without a notebook'}"
    else:
        made = "was registered by code of which there is no record"
    after = f", after version {result.before}" if result.before is not None else ""
    return f"{ref} {made}{after}."


def lineage_folds(result: Lineage, *, open: bool = False) -> tuple[Fold, ...]:
    """The way to it in a line or two, the facts in a table, and the line of versions where there is one."""
    return (
        *fold("Where it comes from", Lines(tuple(_lines(result))), _fact_grid(result), open=open),
        *fold("Versions that led to it", _version_grid(result) if len(result.chain) > 1 else None),
    )


def shortened(chain: Sequence[Ancestor]) -> list[Ancestor | int]:
    """The line with the middle of a long one as a number: how many versions are not named."""
    left = len(chain) - _FIRST - _LAST
    return list(chain) if left < 2 else [*chain[:_FIRST], left, *chain[-_LAST:]]


def made_from(result: Lineage) -> str:
    """What its model was trained by: cells of a notebook, a pipeline, or nobody knows what."""
    if result.made == "pipeline":
        return f"pipeline of {result.pipeline}" if result.pipeline else "pipeline from elsewhere"
    if result.made == "python":
        return NOT_RECORDED
    if result.cells is None:
        return result.notebook or NOT_RECORDED
    return f"{cell_count(result)} of {result.notebook or 'a session'}"


def cell_count(result: Lineage) -> str:
    """``5 of 41 cells``: that lead to it, of those that were executed by then."""
    needed = len(result.cells or ())
    return words.count(needed, "cell") if result.executed is None else f"{needed:,} of {result.executed:,} cells"


def cell_names(cells: Sequence[SliceCell], most: int = _MOST_CELLS) -> str:
    """``In [1], In [3] … In [9]``; the middle of many is left out."""
    names = [f"In [{c.execution}]" for c in cells]
    return ", ".join(names) if len(names) <= most else f"{', '.join(names[: most - 1])} … {names[-1]}"


def commit_words(result: Lineage) -> tuple[str, str]:
    """The commit, and what of the code it does not hold."""
    commit = result.commit
    if commit is None:
        return NOT_RECORDED, ""
    if commit.has_notebook is False:
        return commit.sha[:DIGITS], "the notebook is not in git"
    return commit.sha[:DIGITS], "with uncommitted changes" if commit.dirty else "nothing uncommitted"


def _figures(result: Lineage) -> tuple[Figure, ...]:
    files, cells = result.inputs, result.cells
    executed = f"of {result.executed:,} executed" if result.executed is not None else ""
    commit, state = commit_words(result)
    return (
        Figure("files read", NOT_RECORDED if files is None else f"{len(files):,}"),
        *((Figure("cells that lead to it", f"{len(cells):,}", executed),) if cells is not None else ()),
        Figure("training rows", NOT_RECORDED if result.training_rows is None else f"{result.training_rows:,}"),
        Figure("commit", commit, state),
        Figure("versions before it", f"{len(result.chain) - 1:,}"),
    )


def _lines(result: Lineage) -> Iterator[str]:
    ref = words.version_ref(result.model, result.version)
    if len(result.chain) > 1:
        yield " → ".join(_named(result.model, a) for a in shortened(result.chain))
    files = [f.path or f.name for f in result.inputs or ()]
    read = words.listed(files) if files else NOT_RECORDED if result.inputs is None else "no files"
    by = made_from(result)
    used = f" ({cell_names(result.cells)})" if result.cells else ""
    yield f"{read} → {by}{used} → {ref}{_is_champion(result.chain[-1])}"


def _named(model: str, ancestor: Ancestor | int) -> str:
    if isinstance(ancestor, int):
        return f"… {ancestor:,} more …"
    return words.version_ref(model, ancestor.number) + _is_champion(ancestor)


def _is_champion(ancestor: Ancestor) -> str:
    return f" ({CHAMPION})" if ancestor.champion else ""


def _fact_grid(result: Lineage) -> Grid:
    commit, state = commit_words(result)
    found = result.environment
    rows: list[tuple[Cell, ...]] = [
        ("trained by", made_from(result), cell_names(result.cells or ())),
        ("commit", commit, state),
        (
            "training rows",
            NOT_RECORDED if result.training_rows is None else f"{result.training_rows:,}",
            f"as a hash: {result.fingerprint[:DIGITS]}" if result.fingerprint else "no hash recorded",
        ),
        (
            "environment",
            NOT_RECORDED if found is None else environment_words(found.python, found.packages),
            f"as a hash: {found.sha256[:DIGITS]}" if found else "",
        ),
    ]
    return Grid("What went into it", headings("what", "which", "and"), tuple(rows))


def environment_words(python: str, packages: int) -> str:
    """``Python 3.11.9, 14 packages``."""
    return f"{f'Python {python}' if python else 'Python'}, {words.count(packages, 'package')}"


def _file_grid(files: Sequence[ReadFile]) -> Grid:
    rows = tuple(
        (
            Reference(f.name),
            Reference(f.path) if f.path else NOT_RECORDED,
            words.NOTHING if f.size is None else words.size(f.size),
            f.sha256[:DIGITS] if f.sha256 else "not hashed",
        )
        for f in files
    )
    return Grid("Files that its training read", headings("input", "path", "#size", "sha256"), rows)


def _cell_grid(cells: Sequence[SliceCell]) -> Grid:
    rows = tuple((f"In [{c.execution}]", c.id or NOT_RECORDED, f"{c.statements:,}") for c in cells)
    return Grid("Cells that lead to it", headings("cell", "id in the notebook", "#statements needed"), rows)


def _version_grid(result: Lineage) -> Grid:
    rows = tuple(
        (
            Reference(words.version_ref(result.model, a.number)),
            "retrained by a pipeline" if a.retrained else "registered by a person",
            a.when,
            a.who,
            CHAMPION if a.champion else words.NOTHING,
        )
        for a in reversed(result.chain)
    )
    return Grid("Versions that led to it, newest first", headings("version", "how", "when", "who", "now"), rows)


def _step(result: Lineage, ref: str) -> Step:
    if result.before is not None:
        before = words.version_ref(result.model, result.before)
        return Step("See what is different from the version before", f"diff {before} {ref}")
    if result.made == "notebook":
        return Step("See the lines that lead to it", f"export {ref} --show")
    return Step("See everything known of it", f"show {ref}")
