"""What wrong answers cost: the expected cost a row at each threshold, the best one, and what it would save."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ipymlops.errors import BadInput, UnknownName
from ipymlops.evaluation.answers import Predictions
from ipymlops.evaluation.curves import own_threshold
from ipymlops.evaluation.results import CostPoint, Costs, Estimate
from ipymlops.evaluation.targets import Floats
from ipymlops.evaluation.uncertainty import Interval, mean_interval, wilson

NAMES = ("fp", "fn")  # a false positive, a false negative
POINTS = 100
FOLDS = 5

Rows = npt.NDArray[np.bool_]


def check_costs(cost: Mapping[str, float]) -> tuple[float, float]:
    """The cost of a false positive and of a false negative; raises UnknownName or BadInput for what cannot be one."""
    for name in cost:
        if name not in NAMES:
            raise UnknownName.of("cost", name, NAMES, next_step="say both: --cost fp=1 fn=5")
    lacking = [name for name in NAMES if name not in cost]
    if lacking:
        raise BadInput(f"Found no cost for {lacking[0]}", expected="both: fp=1 fn=5")
    wrong = next((f"{name}={v:g}" for name, v in cost.items() if not (math.isfinite(v) and v >= 0)), None)
    if wrong or not any(cost.values()):
        raise BadInput(
            f"Found the cost {wrong or 'fp=0 fn=0'}",
            expected="numbers of 0 or more, one of them above 0, as in fp=1 fn=5",
        )
    return float(cost["fp"]), float(cost["fn"])


def check_priceable(p: Predictions) -> None:
    """Raise BadInput where errors cannot be priced: no two classes, no scores to move a threshold along."""
    if p.task != "binary" or p.scores is None:
        found = "a binary model that gives labels only" if p.task == "binary" else f"a {p.task} model"
        raise BadInput(f"Found --cost for {found}", expected="a binary model with probabilities or scores")
    if not p.positive.any() or p.positive.all():
        raise BadInput("Found --cost for labels of one class only", expected="labels of both classes")


def costs(p: Predictions, cost: Mapping[str, float], *, level: float = 0.95, seed: int = 0) -> Costs:
    """The expected cost of a row (in the unit of ``cost``; right answers cost nothing), by threshold.

    The best threshold is that of all rows. What was chosen as the cheapest looks cheaper than it is, so its cost and
    its saving against the model's own labels are measured five times on the fifth of the rows that did not choose.
    Intervals: Wilson's of the two kinds of errors, joined (MOVER, wide rather than narrow); of the saving, Student's t
    of each row's difference.

    It misleads where the share of positives is another one in use, and where there are few errors that cost a lot.

    Reference: Elkan (2001), The foundations of cost-sensitive learning, IJCAI; Zou and Donner (2008), MOVER.
    """
    prices = check_costs(cost)
    check_priceable(p)
    assert p.scores is not None
    order = np.argsort(p.scores, kind="stable")
    ordered = p.scores[order], p.positive[order]
    best = _cheapest(*ordered, prices)
    elsewhere = _chosen_elsewhere(p, order, prices, seed)
    own, cross = _estimate(p, p.predicted == 1, prices, level), _estimate(p, elsewhere, prices, level)
    saved = _each(p.predicted == 1, p.positive, prices) - _each(elsewhere, p.positive, prices)
    low, high, _ = mean_interval(saved, level)
    threshold = None if math.isinf(best) else best
    return Costs(
        *prices, _curve(*ordered, prices), threshold, cross, own_threshold(p), own, float(saved.mean()), low, high
    )


def _each(flagged: Rows, positive: Rows, prices: tuple[float, float]) -> Floats:
    return np.asarray(prices[0] * (flagged & ~positive) + prices[1] * (~flagged & positive), dtype=np.float64)


def _estimate(p: Predictions, flagged: Rows, prices: tuple[float, float], level: float) -> Estimate:
    wrong = int((flagged & ~p.positive).sum()), int((~flagged & p.positive).sum())
    low, high, method = _mover(wrong, len(p.true), prices, level)
    value = sum(price * n for price, n in zip(prices, wrong, strict=True)) / len(p.true)
    return Estimate("cost", value, low, high, level, len(p.true), method, False)


def _mover(wrong: tuple[int, int], rows: int, prices: tuple[float, float], level: float) -> Interval:
    """Of a sum of rates with prices. The two kinds of errors go together negatively, which is left out: wider."""
    low = high = value = 0.0
    for price, n in zip(prices, wrong, strict=True):
        found = wilson(n, rows, level)
        value += price * n / rows
        low += (price * (n / rows - found.low)) ** 2
        high += (price * (found.high - n / rows)) ** 2
    return Interval(max(0.0, value - math.sqrt(low)), value + math.sqrt(high), "Wilson, joined by MOVER")


def _by_threshold(scores: Floats, positive: Rows, prices: tuple[float, float]) -> tuple[Floats, Floats]:
    """Every threshold that parts the rows in another way, the last (infinite) flagging none, and its cost a row.
    ``scores`` ascend."""
    first = np.flatnonzero(np.append(True, scores[1:] != scores[:-1]))
    at = np.append(first, len(scores))
    missed = np.append(0, np.cumsum(positive))[at]
    negatives = len(scores) - missed[-1]
    flagged_wrongly = negatives - (at - missed)
    return np.append(scores[first], np.inf), (prices[0] * flagged_wrongly + prices[1] * missed) / len(scores)


def _cheapest(scores: Floats, positive: Rows, prices: tuple[float, float]) -> float:
    thresholds, found = _by_threshold(scores, positive, prices)
    return float(thresholds[np.argmin(found)])


def _chosen_elsewhere(p: Predictions, order: npt.NDArray[np.intp], prices: tuple[float, float], seed: int) -> Rows:
    """Which rows are flagged, each by the threshold that is the cheapest on the other folds. Folds are dealt from the
    sorted rows, so that the order in which rows came changes nothing. ``order`` sorts the scores."""
    assert p.scores is not None
    fold = np.empty(len(p.true), dtype=np.intp)
    fold[np.lexsort((p.predicted, p.true, p.scores))] = np.random.default_rng(seed).permutation(len(p.true)) % FOLDS
    flagged = np.zeros(len(p.true), dtype=bool)
    for k in np.unique(fold):
        here = fold == k
        others = order[~here[order]]
        threshold = _cheapest(p.scores[others], p.positive[others], prices) if len(others) else math.inf
        flagged[here] = p.scores[here] >= threshold
    return flagged


def _curve(scores: Floats, positive: Rows, prices: tuple[float, float]) -> tuple[CostPoint, ...]:
    """At most 101 thresholds, evenly spaced by rank, and the cheapest."""
    thresholds, found = _by_threshold(scores, positive, prices)
    shown = np.linspace(0, len(thresholds) - 2, min(POINTS, len(thresholds) - 1)).round().astype(np.intp)
    shown = np.union1d(shown, [at] if (at := int(np.argmin(found))) < len(thresholds) - 1 else [])
    return tuple(CostPoint(float(thresholds[i]), float(found[i])) for i in shown.astype(np.intp))
