"""Test rows that reached the training: reported where the record shows it, and never repaired.

Said are fits on rows from before the split whose results reach the model, searches on them, early stopping and
selection on the test rows, and a last fit on everything. What only may be so is not said.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ipymlops.capture.journal import Journal
from ipymlops.pipelines.all_rows import AllRows, Split, flow, names_of_test_rows, splits_of
from ipymlops.pipelines.arguments import outside
from ipymlops.pipelines.call_log import FITS, History, Noted, called, names_in
from ipymlops.pipelines.choices import chooses_by_score
from ipymlops.pipelines.early_statistics import early_statistics
from ipymlops.pipelines.fit_call import Unclear, find_fit, fits_of_target
from ipymlops.pipelines.held_out import find_held_out

LEAKED = "the test rows have leaked into training"
# These learn nothing of a feature from other rows; encoders of labels only number them.
# fmt: off
HARMLESS = frozenset({
    "LabelEncoder", "LabelBinarizer", "MultiLabelBinarizer", "FunctionTransformer", "Normalizer", "Binarizer",
    "PolynomialFeatures", "HashingVectorizer", "FeatureHasher",
})
# fmt: on
MOST = 8  # sentences; nobody reads more of them
GIVING = ("fit_transform", "fit_predict", "fit_resample")  # what they give is made of the rows they are given


def leaks(journal: Journal, target: str) -> tuple[str, ...]:
    """Sentences on how test rows reached the training of ``target``, in execution order; empty where none is seen."""
    history = History(journal, target)
    splits = splits_of(history) or _by_hand(history)
    if not splits:
        return ()
    needed = flow(history, (i for i in history.read(history.target).needs if i < history.end))
    found = dict(_refitted(history, splits))
    for split in [s for s in splits if s.index in needed][:1]:  # the first put the test rows aside
        found |= dict(early_statistics(AllRows(history, split)))
        found |= dict(_fitted_on_all(AllRows(history, split), needed))
        found |= dict(_stopped_on_test(history, split))
        found |= dict(_selected_on_test(history, split, needed))
    said = [words for _, words in sorted((index, words) for words, index in found.items())]
    more = [f"{len(said) - MOST} more statements let test rows into training"] if len(said) > MOST else []
    return (*said[:MOST], *more)


def _by_hand(history: History) -> list[Split]:
    """The split that put the test rows aside without ``train_test_split``: by a slice, a mask, a sample."""
    try:
        fit = find_fit(history)
        held_out = find_held_out(history, fit.X, fit.y, fit.index) if fit.y is not None else None
    except Unclear:
        return []
    if held_out is None:
        return []
    return [Split(held_out.index, tuple(names_in(held_out.X) | names_in(held_out.y)))]


Found = Iterator[tuple[str, int]]  # words, and the statement they are about


def _fitted_on_all(rows: AllRows, needed: set[int]) -> Found:
    """Transformers, selectors, samplers and searches that learnt from all rows."""
    history, split = rows.history, rows.split
    own = {id(f) for f in fits_of_target(history)}
    for fit in history.log.noted:
        kind = _class_of(history, fit)
        if fit.method not in FITS or id(fit) in own or fit.index not in needed or not kind or kind in HARMLESS:
            continue
        data = outside(fit.node.args[0], fit.frames) if fit.node.args else None
        reaches = fit.method in GIVING and fit.index in rows.statements
        if data is None or not rows.is_all(data, fit.index, reaches=reaches):
            continue
        place, where = history.place(fit.index), history.place(split.index)
        if kind.endswith("SearchCV"):
            yield f"{place} tunes {kind} on all rows, the test rows of the split in {where} included", fit.index
        elif fit.index <= split.index:
            yield f"{place} fits {kind} on all rows before the split in {where}: {LEAKED}", fit.index
        else:
            yield f"{place} fits {kind} on all rows, the test rows of the split in {where} included", fit.index


def _class_of(history: History, fit: Noted) -> str:
    """The class of what was fitted; empty where it is not certain, or the notebook's own."""
    makers = {history.log.made[t][0].rpartition(".")[2] for t in fit.receivers if t in history.log.made}
    names = {n for n in makers if n[:1].isupper()} | {"Pipeline" for n in makers if n == "make_pipeline"}
    return names.pop() if len(names) == 1 and len(makers) == 1 else ""


def _refitted(history: History, splits: list[Split]) -> Found:
    """The model itself was fitted on what a split had divided."""
    try:
        fit = find_fit(history)
    except Unclear:
        return
    for split in reversed(splits):
        if split.index < fit.index and AllRows(history, split).is_all(fit.X, fit.index):
            place, where = history.place(fit.index), history.place(split.index)
            yield f"{place} fits the model on all rows, the test rows of the split in {where} included", fit.index
            return


def _stopped_on_test(history: History, split: Split) -> Found:
    """Early stopping that watched the test rows."""
    names = names_of_test_rows(history, split)
    for fit in fits_of_target(history):
        watched = [k.value for k in fit.node.keywords if k.arg in ("eval_set", "validation_data")]
        said = [outside(w, fit.frames) for w in watched]
        if any(w is not None and names_in(w) & names for w in said) and _stops_early(history, fit):
            place, where = history.place(fit.index), history.place(split.index)
            yield f"{place} stops training early on the test rows of the split in {where}: {LEAKED}", fit.index


def _stops_early(history: History, fit: Noted) -> bool:
    makers = [made[1] for t in fit.receivers if (made := history.log.made.get(t))]
    makers += [n.node for n in history.log.noted if n.method == "set_params" and n.receivers & fit.receivers]
    callbacks = {n for k in fit.node.keywords if k.arg == "callbacks" for n in names_in(k.value)}
    given = [value for _, name, value in history.assigned() if name in callbacks]
    for part in (p for node in (fit.node, *makers, *given) for p in ast.walk(node)):
        if isinstance(part, ast.keyword) and part.arg in ("early_stopping_rounds", "use_best_model"):
            return not (isinstance(part.value, ast.Constant) and not part.value.value)
        if called(part) in ("early_stopping", "EarlyStopping"):
            return True
    return False


def _selected_on_test(history: History, split: Split, needed: set[int]) -> Found:
    """A model that was chosen by how it does on the test rows."""
    names = names_of_test_rows(history, split)
    readers = [(history.end, history.read(history.target)), *((i, history.executed[i].access) for i in needed)]
    for index in sorted(i for i in needed if i > split.index and names_in(history.nodes[i]) & names):
        wanted = {n for at, a in readers if index in a.needs for n in a.reads if index in history.makers(n, at)}
        if chooses_by_score(history.nodes[index], names, wanted):
            place, where = history.place(index), history.place(split.index)
            yield f"{place} selects by the score on the test rows of the split in {where}: {LEAKED}", index
