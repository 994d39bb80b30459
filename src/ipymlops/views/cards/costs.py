"""What wrong answers cost, in words."""

from __future__ import annotations

from ipymlops.evaluation.results import Costs, Estimate, Evaluation
from ipymlops.views import words
from ipymlops.views.card import Fold, Grid, Lines, fold, headings


def cost_warnings(result: Evaluation) -> tuple[str, ...]:
    """The best threshold and what it saves; nothing where nobody named costs."""
    return (costs_in_words(result.costs, result.positive),) if result.costs else ()


def costs_in_words(found: Costs, positive: str | None = None) -> str:
    """``Flagging 'bad' from 0.17 up saves 0.120 (0.080 to 0.160) a row, against the model's own labels.``"""
    places = words.decimals(found.saving, found.low, found.high)
    interval = f"{words.number(found.saving, places=places)} ({words.span(found.low, found.high, places=places)})"
    if found.low > 0:
        return f"{_capital(best(found, positive))} saves {interval} a row, against the model's own labels."
    none = "No threshold is cheaper than the model's own labels for certain"
    return f"{none}; {best(found, positive)} saves {interval} a row." if found.saving > 0 else f"{none}."


def best(found: Costs, positive: str | None) -> str:
    """``flagging 'bad' from 0.17 up``, or ``flagging none``."""
    at = found.best_threshold
    name = f"{positive!r} " if positive is not None and at is not None else ""
    return f"flagging {name}{_from(at)}"


def prices_in_words(result: Evaluation, found: Costs) -> str:
    """``1 a false positive ('good' flagged as 'bad'), 5 a false negative ('bad' not flagged)``"""
    wrongly = missed = ""
    if result.positive is not None and len(result.classes) == 2:
        wrongly = f" ({result.classes[0]!r} flagged as {result.positive!r})"
        missed = f" ({result.positive!r} not flagged)"
    return (
        f"{words.short(found.false_positive)} a false positive{wrongly}, "
        f"{words.short(found.false_negative)} a false negative{missed}"
    )


def cost_folds(result: Evaluation) -> tuple[Fold, ...]:
    """The cost at the best threshold and by the model's own labels."""
    found = result.costs
    if found is None:
        return ()
    own = "-" if found.own_threshold is None else _from(found.own_threshold)
    grid = Grid(
        f"Cost a row: {prices_in_words(result, found)}",
        headings("answers", "flagged", "#cost a row"),
        (
            ("best threshold", _from(found.best_threshold), _cost(found.best)),
            ("the model's own labels", own, _cost(found.own)),
        ),
    )
    how = "The best threshold is that of all rows; its cost and saving were measured on rows that did not choose it."
    return fold("Costs", grid, Lines((how,)), open=True)


def _from(threshold: float | None) -> str:
    return "none" if threshold is None else f"from {words.short(threshold)} up"


def _cost(e: Estimate) -> str:
    return words.interval(e.value, e.low, e.high)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
