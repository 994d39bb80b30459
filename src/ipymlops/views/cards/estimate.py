"""An estimate without labels as a card: where it is worse than expected, and whether labels contradict it."""

from __future__ import annotations

from ipymlops.evaluation.label_free.results import PerformanceEstimate, WindowEstimate, too_few
from ipymlops.evaluation.place import as_word, asked_again
from ipymlops.evaluation.results import Estimate
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Cell, Figure, Grid, Lines, Step, fold, headings
from ipymlops.views.cards.positive import about_the_positive
from ipymlops.views.cards.trained_on import flattering
from ipymlops.views.words import State

_STATES: dict[str, State] = {"expected": "pass", "alert": "fail", "disagrees": "fail"}
_METHODS = {
    "CBPE": "Estimated from calibrated probabilities (CBPE), learned on {rows} labelled rows of the benchmark.",
    "DLE": "Estimated by a model of the size of the errors (DLE), learned on {rows} labelled rows of the benchmark.",
}
_ASSUMES = "It holds as long as rows that look alike have labels as they had: only labels can show that they do not."


def estimate_card(result: PerformanceEstimate) -> Card:
    """The deciding metric over all windows, the worst of them, and every figure with its interval."""
    ref = words.version_ref(result.model, result.version)
    labelled = any(w.realized is not None for w in result.windows)
    verdict, *more = (*flattering(result), estimate_verdict(result))
    return Card(
        title=f"Estimated performance of {ref} on {result.data}{'' if labelled else ', without labels'}",
        verdict=verdict,
        more=" ".join(more),
        badge=_badge(result),
        figures=_figures(result),
        warnings=_warnings(result),
        steps=_steps(result),
        folds=(
            *fold(_of_windows(result), _grid(result), open=len(_primary(result)) > 1),
            *fold("How this was estimated", Lines(_method(result))),
        ),
    )


def estimate_verdict(result: PerformanceEstimate) -> str:
    """``ROC AUC is likely to be 0.961 (0.955 to 0.967), below what the benchmark leads one to expect.``"""
    name, windows = words.metric(result.primary), _primary(result)
    if not windows:
        return f"Too few rows to tell: no {name} can be estimated of {words.count(result.n_rows, 'row')}."
    if len(windows) == 1:
        return _of_one(name, windows[0], bool(result.too_wide))
    bad = [w for w in windows if w.state == "alert"]
    odd = [w for w in windows if w.state == "disagrees"]
    said = []
    if odd:
        said.append(f"Labels contradict the estimate in {_counted(odd, windows)}.")
    if bad:
        said.append(f"{_capital(name)} is likely to be worse than expected in {_counted(bad, windows)}.")
    wide = [w for w in result.too_wide if not w.alert]
    if wide:
        said.append(f"Too few rows to tell in {_counted(wide, windows)}.")
    quiet = len([w for w in windows if not w.alert and w not in wide])
    if quiet == len(windows):
        said.append(f"{_capital(name)} is likely to be as expected in all {quiet} windows.")
    elif quiet and not (odd or bad):
        said.append(f"{_capital(name)} is likely to be as expected in {_others(quiet)}.")
    return " ".join(said)


def _others(windows: int) -> str:
    return f"the other {windows}" if windows > 1 else "the other one"


def _of_one(name: str, window: WindowEstimate, too_wide: bool) -> str:
    e = window.estimate
    said = f"{_capital(name)} is likely to be {words.interval(e.value, e.low, e.high, e.unit)}"
    shown = window.realized
    if window.state == "disagrees":
        assert shown is not None
        return f"{said}, and the labels show {words.number(shown.value)}."
    expected = words.span(window.low_limit, window.high_limit)
    if too_wide and window.state == "expected":
        said = f"Too few rows to tell: {name} {said.removeprefix(_capital(name)).strip()}"
        return f"{said}, where {expected} is expected.{_agreed(shown)}"
    return f"{said}, {'worse than' if window.state == 'alert' else 'as'} expected ({expected}).{_agreed(shown)}"


def _agreed(shown: Estimate | None) -> str:
    """What the labels show where they do not contradict the estimate."""
    if shown is None:
        return ""
    show = words.numbered(shown.n_rows, "shows", "show")
    return f" The {words.count(shown.n_rows, 'label')} {show} {words.interval(shown.value, shown.low, shown.high)}."


def _counted(some: list[WindowEstimate], windows: tuple[WindowEstimate, ...]) -> str:
    return f"{len(some)} of {words.count(len(windows), 'window')}: {words.listed([w.window for w in some])}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _primary(result: PerformanceEstimate) -> tuple[WindowEstimate, ...]:
    return result.of(result.primary)


def _badge(result: PerformanceEstimate) -> Badge:
    if result.flattered:
        return Badge("cannot tell", "trained on these rows")
    if result.contradicted:
        return Badge("fail", "labels disagree")
    if result.alarming:
        return Badge("fail", "worse than expected")
    return Badge("cannot tell", "too few rows") if result.undecided else Badge("pass", "as expected")


def _figures(result: PerformanceEstimate) -> tuple[Figure, ...]:
    windows = _primary(result)
    rows = Figure("rows", f"{result.n_rows:,}", f"learned from {result.reference_rows:,} with labels")
    if not windows:
        return (rows,)
    known = next(e for e in result.reference if e.name == result.primary)
    worst = min(windows, key=lambda w: w.estimate.value * (1 if known.greater_is_better else -1))
    name = words.metric(result.primary)
    figures = [
        _figure(f"{name}, worst window" if len(windows) > 1 else name, worst),
        Figure("on the benchmark", words.number(known.value), words.span(known.low, known.high)),
        rows,
    ]
    realized = [w for w in windows if w.realized is not None]
    if realized:
        figures.append(Figure("with labels", f"{len(realized)} of {len(windows)}", "windows"))
    return tuple(figures)


def _figure(label: str, window: WindowEstimate) -> Figure:
    e = window.estimate
    note = words.span(e.low, e.high)
    return Figure(label, words.number(e.value), note if window.window == "all rows" else f"{window.window}: {note}")


def _warnings(result: PerformanceEstimate) -> tuple[str, ...]:
    if not result.contradicted:
        return (words.sentence(result.doubt),) if result.doubt else ()
    seen = [
        f"{w.window}: {words.metric(w.estimate.name)} was estimated at {words.number(w.estimate.value)}, and the "
        f"{words.count(w.realized.n_rows, 'label')} {words.numbered(w.realized.n_rows, 'shows', 'show')} "
        f"{words.number(w.realized.value)}"
        for w in result.windows
        if w.state == "disagrees" and w.realized is not None
    ]
    more = (f"{len(seen) - 3} more below.",) if len(seen) > 3 else ()
    return ("What the model learned no longer holds here: do not trust estimates without labels.", *seen[:3], *more)


def _steps(result: PerformanceEstimate) -> tuple[Step, ...]:
    ref = words.version_ref(result.model, result.version)
    cut = words.cut_again(result.by, result.time)
    if result.flattered:
        other = asked_again("new", result.given, " --labels ")
        return (Step("Look at rows that it was not trained on", f"estimate {ref} --data {other}"),)
    labelled = f"evaluate {ref} --data {_as_given(result)}"
    if result.contradicted:
        return (Step("Judge it on the rows with labels, and retrain", labelled),)
    if result.alarming:
        return (Step("See which columns moved", f"drift {ref} --data {result.data}{cut}"),)
    if _primary(result) and all(w.realized is not None for w in _primary(result)):
        return (Step("Judge it on the rows with labels", labelled),)
    again = f"estimate {ref} --data {as_word(result.data)}{cut} --labels {as_word(_labels_said(result))}"
    came = any(w.realized is not None for w in _primary(result))
    return (Step(f"Hold it against the {'other ' if came else ''}labels when they come", again),)


def _labels_said(result: PerformanceEstimate) -> str:
    """As they were named already; ``y`` where they were not."""
    return (result.given.words if result.given else "") or "y"


def _as_given(result: PerformanceEstimate) -> str:
    """The rows and labels of this estimate, as they were said; other rows where the labels have no name."""
    said = result.given.words if result.given else ""
    return f"{as_word(result.data)} {as_word(said)}" if said else asked_again("labelled", None)


def _of_windows(result: PerformanceEstimate) -> str:
    windows = len(_primary(result))
    figures = words.count(len(result.metrics), "figure")
    in_utc = ", cut in UTC" if result.zone else ""
    return f"All {figures} in {words.count(windows, 'window')}{in_utc}" if windows > 1 else f"All {figures}"


def _grid(result: PerformanceEstimate) -> Grid:
    many = len(_primary(result)) > 1
    labelled = any(w.realized is not None for w in result.windows)
    columns = ["figure", *(["window"] if many else []), "#rows", "#estimate", "#expected"]
    heads = headings(*columns, *(["#with labels"] if labelled else []), "state")
    return Grid("Estimates with their intervals", heads, tuple(_row(w, many, labelled) for w in result.windows))


def _row(w: WindowEstimate, many: bool, labelled: bool) -> tuple[Cell, ...]:
    e = w.estimate
    cells: list[Cell] = [words.metric(e.name), *([w.window] if many else []), f"{e.n_rows:,}"]
    cells += [words.interval(e.value, e.low, e.high), words.span(w.low_limit, w.high_limit)]
    if labelled:
        cells.append(words.NOTHING if w.realized is None else words.number(w.realized.value))
    few = w.state == "expected" and too_few(e)
    return (*cells, Badge("cannot tell", "too few rows") if few else Badge(_STATES[w.state], w.state))


def _method(result: PerformanceEstimate) -> tuple[str, ...]:
    level = words.level(result.windows[0].estimate.level)
    return (
        _METHODS[result.method].format(rows=f"{result.reference_rows:,}"),
        _ASSUMES,
        f"An interval holds the figure that the labels of these rows will show, at {level}.",
        "Expected is the figure of the benchmark, give or take three standard deviations for so many rows.",
        *about_the_positive(result),
        *(words.stopped(note) for note in result.notes),
    )
