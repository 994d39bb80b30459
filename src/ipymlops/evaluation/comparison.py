"""Whether one model is better than another, judged on the same rows, and how sure that is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special, stats

from ipymlops.errors import BadInput, UnknownName
from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.enough import too_few_to_judge
from ipymlops.evaluation.evaluation import check_level, primary_of
from ipymlops.evaluation.metrics import NEEDS, Metric, metrics_of, resampling_of
from ipymlops.evaluation.positive import positive_of
from ipymlops.evaluation.predictions import predict
from ipymlops.evaluation.ranking import delong, variance_of_mean
from ipymlops.evaluation.results import Comparison, Verdict
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.uncertainty import Interval, wilson, z_of
from ipymlops.metric_names import metric_name
from ipymlops.phrases import count
from ipymlops.progress import Progress

POWER = 0.8
MOST_LABELS = 100_000_000
SPREAD = 1e-8  # an interval narrower than this is that of a variance of 0, computed in floats


def compare(
    champion: Any,
    candidate: Any,
    X: Any,
    y: Any,
    *,
    champion_ref: str,
    candidate_ref: str,
    metric: str | None = None,
    positive: Any = None,
    margin: float = 0.005,
    level: float = 0.95,
    seed: int = 0,
    progress: Progress | None = None,
) -> Comparison:
    """Candidate minus champion on the same n rows, signed so that positive is better, with a paired interval.

    Pairing is what makes small differences visible: most rows are as hard for one model as for the other.
    The area under the ROC curve is compared by DeLong's paired test, accuracy by McNemar's pairs, other rankings by
    their infinitesimal jackknife, everything else by a bootstrap that draws the same rows for both.
    ``positive`` is the class of two that is flagged (default: the second), whose recall and precision are meant.
    ``margin`` is the loss that does not matter: in the metric's own units, but a share of the champion's value for
    a metric in units of the target (0.005: half a per cent of its RMSE). ``progress`` hears each step as it begins.
    It misleads where the rows were used to choose the candidate, or are not independent.
    """
    check_level(level)
    if not margin >= 0:
        raise BadInput(f"Found the margin {margin}", expected="a loss that does not matter: 0 or more")
    say = progress or (lambda _: None)
    say(f"ask {champion_ref}, 1 of 2")
    before = predict(champion, X, y, positive=positive)
    say(f"ask {candidate_ref}, 2 of 2")
    pair = _Pair.of(before, predict(candidate, X, y, positive=positive))
    say("compare their answers row by row")
    return _judged(pair, (champion_ref, candidate_ref), _metric(metric, pair), margin, level, seed)


@dataclass(frozen=True, slots=True)
class _Pair:
    champion: Predictions
    candidate: Predictions

    @classmethod
    def of(cls, champion: Predictions, candidate: Predictions) -> _Pair:
        if champion.task != candidate.task:
            raise BadInput(
                f"Found a {champion.task} champion and a {candidate.task} candidate", expected="two of one task"
            )
        if set(champion.classes) != set(candidate.classes):
            raise BadInput(
                f"Found the classes {_listed(champion)} for the champion and {_listed(candidate)} for the candidate",
                expected="the same classes",
            )
        if champion.classes != candidate.classes:
            raise BadInput(
                f"Found the classes in the order {_listed(champion)} and {_listed(candidate)}", expected="one order"
            )
        return cls(champion, candidate)

    @property
    def same_answers(self) -> bool:
        """Whether both gave every row the same score. Equal labels alone do not tell that two models are one."""
        a, b = self.champion, self.candidate
        for one, other in ((a.probabilities, b.probabilities), (a.scores, b.scores)):
            if one is not None and other is not None:
                return bool(np.array_equal(one, other))
        return a.task == "regression" and bool(np.array_equal(a.predicted, b.predicted))


def _judged(pair: _Pair, refs: tuple[str, str], metric: Metric, margin: float, level: float, seed: int) -> Comparison:
    old, new = float(metric.value(pair.champion)), float(metric.value(pair.candidate))
    allowed = margin * abs(old) if metric.in_target_units else margin
    difference = (new - old if metric.greater_is_better else old - new) + 0.0  # no minus zero
    found = _interval(metric, pair, difference, level, seed)
    rows = len(pair.champion.true)
    same = pair.same_answers and bool(np.array_equal(pair.champion.predicted, pair.candidate.predicted))
    words = f"the same: both gave each of {count(rows, 'row')} the same answer" if same else ""
    doubt = "" if same else too_few_to_judge(pair.champion.task, rows, _class_rows(pair.champion), level)
    verdict = "cannot tell" if doubt else verdict_of(found.low, found.high, allowed)
    return Comparison(
        metric=metric.name,
        champion=refs[0],
        candidate=refs[1],
        champion_value=old,
        candidate_value=new,
        difference=difference,
        low=found.low,
        high=found.high,
        level=level,
        margin=allowed,
        n_rows=rows,
        verdict=verdict,
        words=words or (f"cannot tell: {doubt}" if doubt else _words(verdict, difference, found, allowed, rows, level)),
        method=found.method,
        same=same,
        doubt=doubt,
        positive=positive_of(pair.champion),
    )


def mcnemar(champion_only: int, candidate_only: int) -> float:
    """The exact two-sided p-value that two models are right equally often.

    ``champion_only`` and ``candidate_only`` count the rows that only that one gets right; rows on which both are
    right or both are wrong say nothing. It says nothing about how large the difference is.

    >>> round(mcnemar(1, 9), 4)
    0.0215

    Reference: McNemar (1947), Psychometrika 12; exact binomial form.
    """
    discordant = champion_only + candidate_only
    if discordant == 0:
        return 1.0
    return float(stats.binomtest(candidate_only, discordant, 0.5).pvalue)


def paired_rates(champion_only: int, candidate_only: int, rows: int, level: float = 0.95) -> Interval:
    """The interval of the difference of two models' accuracy on the same rows.

    One pair is added to each of the discordant counts, which keeps the level for few of them.

    Reference: Bonett and Price (2012), Journal of Educational and Behavioral Statistics 37.
    """
    gained, lost = (candidate_only + 1) / (rows + 2), (champion_only + 1) / (rows + 2)
    half = z_of(level) * math.sqrt((gained + lost - (gained - lost) ** 2) / (rows + 2))
    method = f"paired; McNemar p = {mcnemar(champion_only, candidate_only):.2g}"
    return Interval(max(-1.0, gained - lost - half), min(1.0, gained - lost + half), method)


def verdict_of(low: float, high: float, margin: float) -> Verdict:
    """What an interval of the difference says; see ``Verdict`` for the words."""
    if low > 0:
        return "better"
    if high < 0:
        return "worse"
    return "not worse" if low >= -margin else "cannot tell"


def labels_needed(difference: float, half_width: float, margin: float, rows: int, level: float = 0.95) -> float:
    """About how many labels more than ``rows`` would give an answer, if the difference is what it seems to be.

    An interval shrinks with the square root of the labels. The answer may be "better" or "worse" (the interval
    leaves out 0) or "not worse" (it leaves out a loss above ``margin``); the nearest counts, at which 8 times in 10
    the answer is then reached. It is an estimate from an estimate: take it for the order of magnitude.

    >>> labels_needed(0.004, 0.01, 0.005, 1000)
    1500.0
    """
    distance = max(abs(difference), difference + margin)
    if not distance > 0:
        return math.inf
    z = z_of(level)
    total = rows * (half_width / distance * (z + special.ndtri(POWER)) / z) ** 2
    return _two_digits(max(total - rows, 1.0))


def _interval(metric: Metric, pair: _Pair, difference: float, level: float, seed: int) -> Interval:
    a, b = pair.champion, pair.candidate
    if metric.name == "accuracy":
        right, other = a.true == a.predicted, b.true == b.predicted
        return paired_rates(int((right & ~other).sum()), int((other & ~right).sum()), len(a.true), level)
    if metric.name == "roc_auc":
        found = _normal(difference, _variance_of_auc(a, b), level, "paired DeLong")
    elif metric.influence is not None:
        variance = variance_of_mean(metric.influence(b) - metric.influence(a))
        found = _normal(difference, variance, level, "paired infinitesimal jackknife")
    else:
        found = _paired_bootstrap(metric, pair, level, seed)
    return _or_smallest_class(pair, difference, found, level)


def _or_smallest_class(pair: _Pair, difference: float, found: Interval, level: float) -> Interval:
    """Two rankings without a fault show no spread, which does not mean that their next rows have none. Each may
    then fall short by what as many right answers, one after another, as the smallest class has rows leave open.
    It is on the wide side. A model against itself has no spread in truth."""
    if found.high - found.low > SPREAD or math.isnan(found.low) or not pair.champion.classes or pair.same_answers:
        return found
    counts = np.bincount(pair.champion.true)
    smallest = int(counts[counts > 0].min())
    open_ = 1 - wilson(smallest, smallest, level).low
    low, high = max(-1.0, difference - open_), min(1.0, difference + open_)
    return Interval(low, high, "paired; Wilson on the smallest class")


def _variance_of_auc(a: Predictions, b: Predictions) -> float:
    assert a.scores is not None
    assert b.scores is not None
    _, c = delong(a.positive, np.stack([a.scores, b.scores]))
    return float(c[0, 0] + c[1, 1] - 2 * c[0, 1])


def _normal(difference: float, variance: float, level: float, method: str) -> Interval:
    half = z_of(level) * math.sqrt(max(variance, 0.0)) if variance == variance else math.nan
    return Interval(difference - half, difference + half, method)


def _paired_bootstrap(metric: Metric, pair: _Pair, level: float, seed: int) -> Interval:
    assert metric.terms is not None
    assert metric.of_sums is not None
    of_sums, sign = metric.of_sums, 1 if metric.greater_is_better else -1
    draws = resampling_of(pair.champion, pair.candidate, seed=seed)
    parts = [draws.totals(metric.terms(p)) for p in (pair.champion, pair.candidate)]
    cut = parts[0].shape[1]

    def gain(sums: Floats) -> Floats:
        return np.asarray(sign * (of_sums(sums[..., cut:]) - of_sums(sums[..., :cut])))

    low, high, method = draws.interval(np.concatenate(parts, axis=1), gain, level)
    return Interval(low, high, f"paired {method}")


def _class_rows(p: Predictions) -> dict[str, int]:
    """Rows by true class; empty where there are none."""
    counts = np.bincount(p.true, minlength=len(p.classes)).tolist() if p.classes else []
    return {str(name): n for name, n in zip(p.classes, counts, strict=True)}


def _metric(name: str | None, pair: _Pair) -> Metric:
    both = (pair.champion, pair.candidate)
    known = {m.name: m for m in metrics_of(pair.champion.task) if m.comparable}
    if name is None:
        choices = (m for m in known.values() if m.decides and all(m.missing_need(p) is None for p in both))
        return next(choices, primary_of(pair.champion))
    if name not in known:
        raise UnknownName.of("comparable metric", name, known)
    need = next((n for p in both if (n := known[name].missing_need(p)) is not None), None)
    if need is not None:
        raise BadInput(
            f"{metric_name(name)} cannot be computed: {NEEDS[need].otherwise}", expected="a metric both models allow"
        )
    return known[name]


def _words(verdict: Verdict, difference: float, found: Interval, margin: float, rows: int, level: float) -> str:
    low, high, _ = found
    if math.isnan(low):
        return "cannot tell: too few rows for an interval"
    short = _Rounding((high - low) / 2)
    if verdict == "better":
        return f"better by {short(difference)} ({short(low)} to {short(high)})"
    if verdict == "worse":
        return f"worse by {short(-difference)} ({short(-high)} to {short(-low)})"
    interval = f"difference {short(difference)}, {short(low)} to {short(high)}"
    if verdict == "not worse":
        return f"not worse by more than {margin:,.3g} ({interval})"
    more = labels_needed(difference, (high - low) / 2, margin, rows, level)
    many = f"about {more:,.0f}" if more <= MOST_LABELS else "more than 100 million"
    return f"cannot tell: {many} more labels needed ({interval})"


class _Rounding:
    """As many decimals as the half width has meaning for: two digits of it, and three decimals at least where it
    is small."""

    def __init__(self, half_width: float) -> None:
        digits = 1 - math.floor(math.log10(half_width)) if half_width > 0 else 3
        self.decimals = min(max(digits, 0), 6) if half_width >= 1 else min(max(digits, 3), 6)

    def __call__(self, value: float) -> str:
        return f"{round(value, self.decimals) + 0.0:,.{self.decimals}f}"  # + 0.0: no minus zero


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}") if math.isfinite(value) else value


def _listed(p: Predictions) -> str:
    return ", ".join(repr(c) for c in p.classes)
