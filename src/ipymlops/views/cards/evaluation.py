"""Evaluations, comparisons and gates as cards."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.evaluation.chance import against_chance, no_better_than_chance, worse_than_chance
from ipymlops.evaluation.enough import doubt, nothing_to_say
from ipymlops.evaluation.place import Place, asked_again
from ipymlops.evaluation.results import Comparison, Estimate, Evaluation, Gate, Outcome
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Cell, Figure, Fold, Grid, Lines, Reference, Step, fold, headings
from ipymlops.views.cards.costs import cost_folds, cost_warnings
from ipymlops.views.cards.fairness import fairness_folds, fairness_warnings
from ipymlops.views.cards.footprint import footprint_folds
from ipymlops.views.cards.one_class import known_figures, known_in_words
from ipymlops.views.cards.positive import about_the_positive, flagged_in_words, positive_lines
from ipymlops.views.cards.refusal import step_after_refusal
from ipymlops.views.cards.slices import slice_folds, slices_in_words
from ipymlops.views.cards.trained_on import equal_rows, flattering, trained_on_warnings
from ipymlops.views.words import State

_OUTCOMES: dict[Outcome, State] = {"pass": "pass", "fail": "fail", "not applicable": "not applicable"}
_TURNED = ("it ranks the wrong way round: the labels or the score may be inverted.", "wrong way round")
_NOTHING = "that does not rule out a model that has learned nothing."
_MIXED = ("guessing would be right more often: classes may be mixed up.", "worse than chance")
# Of a figure that is certainly worse than guessing: what that means, in a sentence and in a word or two.
_WORSE = {
    "roc_auc": _TURNED,
    "roc_auc_ovr": _TURNED,
    "mcc": _TURNED,
    "balanced_accuracy": _MIXED,
    "r2": ("the mean of the true values, said of every row, would be nearer.", "worse than the mean"),
}
_WORDS = {"cannot tell": "undecided"}  # the sentence itself begins with "cannot tell"
_VERDICTS: dict[str, State] = {"better": "pass", "not worse": "pass", "worse": "fail", "cannot tell": "cannot tell"}


def evaluation_card(result: Evaluation) -> Card:
    """The metric that decides, three or four more, and every figure with its interval; of rows too few to say
    anything that alone, and the figures folded. That it was trained on these rows comes before all."""
    ref = words.version_ref(result.model, result.version)
    silent = bool(nothing_to_say(result))
    told = (known_in_words(result),) if silent else (flagged_in_words(result), slices_in_words(result))
    verdict, *more = filter(None, (*flattering(result), evaluation_verdict(result, titled=True), *told))
    return Card(
        title=f"Evaluation of {ref} on {result.data}",
        verdict=verdict,
        more=" ".join(more),
        badge=_badge(result),
        figures=metric_figures(result),
        warnings=(
            *trained_on_warnings(result),
            *(() if silent else (*cost_warnings(result), *fairness_warnings(result))),
        ),
        steps=_evaluation_steps(result),
        folds=evaluation_folds(result),
    )


def evaluation_verdict(result: Evaluation, *, titled: bool = False) -> str:
    """``ROC AUC is 0.812 (0.797 to 0.826) on 4,000 rows of benchmark.``, the data unless a title names them."""
    if doubt(result):
        return words.sentence(doubt(result))
    head = result.headline
    figure = words.interval(head.value, head.low, head.high, head.unit)
    rows = words.count(head.n_rows, "row")
    found = f"{words.metric(head.name)} is {figure} on {rows if titled else f'{rows} of {result.data}'}."
    found = " ".join([found, *_chance_sentence(result)])
    return found[0].upper() + found[1:]


def _chance_sentence(result: Evaluation) -> list[str]:
    held = against_chance(result)
    if held is None or not no_better_than_chance(result):
        return []
    told, _ = held
    shown = f"{words.metric(told.name)} is {words.interval(told.value, told.low, told.high, told.unit)}"
    named = "" if told.name == result.primary else f"{shown}: "
    means = _WORSE[told.name][0] if worse_than_chance(result) else _NOTHING
    return [words.sentence(f"{named}{means}")]


def _badge(result: Evaluation) -> Badge | None:
    if flattering(result):
        return Badge("cannot tell", "trained on these rows")
    return Badge("cannot tell", "too few rows") if doubt(result) else _above_chance(result)


def _above_chance(result: Evaluation) -> Badge | None:
    held = against_chance(result)
    if held is None or not no_better_than_chance(result):
        return None
    if worse_than_chance(result):
        return Badge("fail", _WORSE[held[0].name][1])
    return Badge("cannot tell", "no better than chance?")


def metric_figures(result: Evaluation, limit: int = 4) -> tuple[Figure, ...]:
    """The primary metric first, then the others in their order; of too few rows, what is known still."""
    if nothing_to_say(result):
        return known_figures(result)
    ordered = [result.headline, *(m for m in result.metrics if m.name != result.primary)]
    return tuple(metric_figure(m) for m in ordered[:limit])


def metric_figure(m: Estimate) -> Figure:
    """A metric with its interval below it."""
    places = words.decimals(m.value, m.low, m.high)
    span = words.span(m.low, m.high, places=places)
    return Figure(words.metric(m.name), words.number(m.value, places=places), f"{span} {m.unit}".strip())


def _evaluation_steps(result: Evaluation) -> tuple[Step, ...]:
    if result.version is None:
        return ()
    ref = words.version_ref(result.model, result.version)
    if flattering(result):
        other = asked_again("test", result.given)
        return (Step("Judge it on rows that it was not trained on", f"evaluate {ref} --data {other}"),)
    if doubt(result):
        return (
            Step("Judge it on more rows with labels", f"evaluate {ref} --data {asked_again('more', result.given)}"),
        )
    if _above_chance(result) is not None:
        return (Step("See what it was trained on", f"show {ref}"),)
    stands = result.place or Place()
    if stands.champion:
        return (Step("Check whether new data still looks like its training data", f"drift {ref} --data NEW_DATA"),)
    if stands.refused_by:
        return (step_after_refusal(stands.refused_by, result.model, result.version, seen=True),)
    return (Step("Make it the champion, if its gates pass", f"promote {ref}"),)


def evaluation_folds(result: Evaluation) -> tuple[Fold, ...]:
    """Every metric, what was confused with what, and the notes."""
    return (
        *fold(
            f"All {words.count(len(result.metrics), 'metric')}", _metric_grid(result.metrics), positive_lines(result)
        ),
        *cost_folds(result),
        *fairness_folds(result),
        *slice_folds(result),
        *fold("True and predicted classes", _confusion_grid(result)),
        *footprint_folds(result),
        *fold("Notes", Lines(tuple(words.sentence(n) for n in _notes(result))), open=True),
    )


def _notes(result: Evaluation) -> tuple[str, ...]:
    told = [note for note in result.notes if note != doubt(result)]
    return (*told, *equal_rows(result), *((result.slices.note,) if result.slices and result.slices.note else ()))


def _metric_grid(metrics: Sequence[Estimate]) -> Grid:
    level = words.level(metrics[0].level) if metrics else ""
    return Grid(
        f"Metrics with {level} intervals",
        headings("metric", "#value", "#interval", "better", "#rows", "interval by"),
        tuple(_metric_row(m) for m in metrics),
    )


def _metric_row(m: Estimate) -> tuple[Cell, ...]:
    better = "higher" if m.greater_is_better else "lower"
    figure = metric_figure(m)
    return (figure.label, figure.value, figure.note or words.NOTHING, better, f"{m.n_rows:,}", m.method)


def _confusion_grid(result: Evaluation) -> Grid | None:
    if not result.confusion or len(result.classes) > 12:
        return None
    rows = zip(result.classes, result.confusion, strict=False)
    return Grid(
        "Rows: true class, columns: predicted class",
        headings("true \\ predicted", *(f"#{name}" for name in result.classes)),
        tuple((Reference(name), *(f"{n:,}" for n in row)) for name, row in rows),
    )


def comparison_card(result: Comparison) -> Card:
    """The answer in words, both values, and the difference with its interval."""
    name = words.metric(result.metric)
    return Card(
        title=f"Comparison of {result.candidate} with {result.champion}",
        verdict=words.sentence(result.words),
        badge=comparison_badge(result),
        figures=comparison_figures(result),
        steps=(_comparison_step(result),),
        folds=fold(
            "How this was decided",
            Lines(
                (
                    f"Both versions answered the same {words.count(result.n_rows, 'row')}; the measure is {name}.",
                    f"The difference is signed so that more than zero favours {result.candidate}.",
                    f"A loss of up to {words.short(result.margin)} is accepted as not worse.",
                    f"Interval: {words.level(result.level)}, {result.method}.",
                    *about_the_positive(result),
                )
            ),
        ),
    )


def comparison_badge(result: Comparison) -> Badge:
    """The verdict; that there are not two to choose from is none."""
    if result.same:
        return Badge("not applicable", "the same")
    return Badge(_VERDICTS[result.verdict], _WORDS.get(result.verdict, result.verdict))


def comparison_figures(result: Comparison) -> tuple[Figure, ...]:
    """Champion, candidate, difference."""
    name = words.metric(result.metric)
    places = words.decimals(result.difference, result.low, result.high)
    return (
        Figure(f"{name} of {result.candidate}", words.number(result.candidate_value)),
        Figure(f"{name} of {result.champion}", words.number(result.champion_value)),
        Figure(
            "difference",
            words.signed(result.difference, places=places),
            words.span(result.low, result.high, places=places),
        ),
        Figure("rows", f"{result.n_rows:,}"),
    )


def _comparison_step(result: Comparison) -> Step:
    if result.same:
        return Step("See which versions there are, and where each comes from", f"history {_line(result)}")
    if result.verdict in ("better", "not worse"):
        return Step("Make it the champion, if its gates pass", f"promote {result.candidate}")
    if result.verdict == "worse":
        return Step(f"Keep {result.champion}; see what the other was trained on", f"show {result.candidate}")
    newer = asked_again("new", None)
    return Step(
        f"Keep {result.champion} until there is more labelled data", f"evaluate {result.candidate} --data {newer}"
    )


def _line(result: Comparison) -> str:
    return result.candidate.partition("@")[0]


def gate_card(result: Gate) -> Card:
    """One demand alone."""
    return Card(
        title=f"Gate {result.code}",
        verdict=words.sentence(result.title),
        badge=gate_badge(result),
        folds=fold("Evidence", Lines((words.sentence(result.evidence),)), open=True),
    )


def gate_badge(gate: Gate) -> Badge:
    """A failed gate that only warns says so."""
    word = "warns" if gate.outcome == "fail" and gate.severity == "warns" else gate.outcome
    return Badge("cannot tell" if word == "warns" else _OUTCOMES[gate.outcome], word)


def gate_grid(gates: Sequence[Gate]) -> Grid:
    """What was demanded and how it came out; what failed first."""
    order = {"fail": 0, "pass": 1, "not applicable": 2}
    return Grid(
        "Gates",
        headings("demand", "outcome", "evidence"),
        tuple((g.title, gate_badge(g), g.evidence) for g in sorted(gates, key=lambda g: order[g.outcome])),
    )


def failed(gates: Sequence[Gate]) -> tuple[Gate, ...]:
    """The gates that stand in the way."""
    return tuple(g for g in gates if g.outcome == "fail" and g.severity == "blocks")


def let_through(gates: Sequence[Gate]) -> tuple[Gate, ...]:
    """The gates that failed and only warn."""
    return tuple(g for g in gates if g.outcome == "fail" and g.severity == "warns")
