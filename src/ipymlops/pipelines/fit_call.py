"""The call that trained a model, and with what: read from the executed statements, newest first.

The expressions it gives are evaluated again when the model is registered, so each must still mean what it meant at
the fit. Where that is not certain nothing is given, and the words say what was seen and which option to use.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import partial

from ipymlops.pipelines.arguments import outside
from ipymlops.pipelines.call_log import History, Noted, assignments, called, expression, names_in, shown
from ipymlops.pipelines.chunks import reader_of, whole
from ipymlops.pipelines.given import is_spread

TRAINING = ("fit", "partial_fit", "fit_predict")
GOES_ON = ("init_model", "xgb_model")  # arguments that make a fit go on from another model
INNER = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
READS = ("read", "load", "fetch", "make_", "open", "scan")
TRAIN = "give --train X y"


class Unclear(Exception):
    """Why something cannot be told, with the option that says it."""


@dataclass(frozen=True, slots=True)
class FitCall:
    """The statement that trained the model and the expressions it was given; ``y`` is None where there was none."""

    index: int
    method: str
    X: ast.expr
    y: ast.expr | None
    since: int  # the first statement that fitted on them: from there on they must be what they were


def find_fit(history: History) -> FitCall:
    """The last fit of the target; raises Unclear where there is none, or where it does not tell the training data."""
    found = fits_of_target(history)
    if not found:
        raise Unclear(f"No cell was seen that fits `{shown(history.target)}`: {TRAIN}")
    last = max(f.index for f in found)
    place = history.place(last)
    if history.executed[last].raised:
        raise Unclear(f"The fit in {place} raised, so the rows it was trained on cannot be told: {TRAIN}")
    words = f"{place} fits it more than once, with different rows: {TRAIN}"
    counted = [f for f in found if f.index == last]
    if any(f.method == "partial_fit" for f in counted):
        words = _partial_words(history, counted[-1])
        counted = [f for f in found if f.index >= _last_start(history, found)]
    elif _goes_on(history, found):
        words = f"The fit in {place} goes on from an earlier one, so its rows are not all of them: {TRAIN}"
        if _from_another(history, counted[-1]):
            raise Unclear(words)
        counted = found
    calls = [_read(history, f, words) for f in counted]
    if len({_text(c) for c in calls}) > 1:
        raise Unclear(words)
    return replace(calls[-1], since=min(c.index for c in calls))


def last_rows(history: History) -> FitCall:
    """What the last of several calls was given, as the notebook's names stood after it; raises Unclear."""
    found = fits_of_target(history)
    last = max((f for f in found if not f.frames), key=lambda f: f.index, default=None)
    X, y = _arguments(history, last) if last else (None, None)
    if last is None or X is None or history.executed[last.index].raised or history.executed[last.index].access.awaits:
        raise Unclear(TRAIN)
    if names_in(X) & _bound_inside(history.nodes[last.index], last):
        raise Unclear(TRAIN)
    return FitCall(last.index, last.method, X, y, last.index)


def _partial_words(history: History, fit: Noted) -> str:
    place = history.place(fit.index)
    if reader := reader_of(history.nodes[fit.index], fit.node, partial(_meaning, history, fit.index)):
        return f"partial_fit in {place} goes over the pieces of {reader}, which are not kept: {TRAIN}"
    return f"partial_fit in {place} goes on from earlier rows, so these are not all of them: {TRAIN}"


def _last_start(history: History, found: list[Noted]) -> int:
    """The last fit that began anew; 0 where none did."""
    return max((f.index for f in found if f.method != "partial_fit"), default=0)


def fit_that_raised(history: History) -> str:
    """The cell whose fit of the target raised and was the last one; empty where the last came to its end, or where it
    cannot be told: what raised may have been the making of its arguments, and then the model is as it was."""
    things = history.things(history.target)
    fits = [f for f in history.log.noted if f.method in TRAINING and f.index < history.end and f.receivers & things]
    last = max((f.index for f in fits), default=-1)
    if last < 0 or not (history.executed[last].raised and _is_simple(history, last)):
        return ""
    entered = history.failed_in(last)
    alone = len([f for f in history.log.noted if f.index == last]) == 1
    was_there = all(t.born < last for f in fits if f.index == last for t in f.receivers & things)
    method = next(f.method for f in fits if f.index == last)
    return history.place(last) if entered and alone and was_there and method in entered else ""


def check_unchanged(history: History, node: ast.expr, since: int, what: str, option: str) -> None:
    """Raise Unclear unless the expression can be evaluated now, and means what it meant at the statement ``since``."""
    text, access = shown(node), history.read(node)
    if missing := sorted(access.missing):
        raise Unclear(f"{missing[0]} is gone since the {what} in {history.place(since)}: {option}")
    later = [i for i in sorted(access.needs) if i >= since and not access.needs[i].startswith("the ")]
    if later:
        name = access.needs[later[0]]
        when = f"after the {what}, in" if later[0] > since else f"by the very statement of the {what},"
        raise Unclear(f"{name} {_changed(history, name, later[0])} {when} {history.place(later[0])}: {option}")
    if access.changes or access.unknown or access.draws or access.may_draw or access.awaits or _reads(node):
        raise Unclear(f"`{text}` cannot be evaluated again without doing something: {option}")


def _changed(history: History, name: str, index: int) -> str:
    access = history.executed[index].access
    return "was changed" if name in access.binds or not access.unknown else "may have been changed"


def fits_of_target(history: History) -> list[Noted]:
    """Fits of the very object; else of what stands in the containers on the way to it."""
    things = history.things(history.target)
    fits = [f for f in history.log.noted if f.method in TRAINING and f.index < history.end]
    fits = [f for f in fits if not (history.executed[f.index].raised and _is_simple(history, f.index))]
    direct = [f for f in fits if f.receivers & things]
    if direct:
        return direct
    wide = history.log.opened(things)
    return [f for f in fits if history.log.opened(f.receivers) & wide]


def _is_simple(history: History, index: int) -> bool:
    return isinstance(history.nodes[index], ast.Assign | ast.Expr | ast.AnnAssign)


def _goes_on(history: History, found: list[Noted]) -> bool:
    """Whether the last fit kept what earlier ones learnt."""
    last = max(found, key=lambda f: f.index)
    if any(k.arg in GOES_ON and not _is_off(k.value) for k in last.node.keywords):
        return True
    receivers = {t for f in found for t in f.receivers}
    makers = [made[1] for t in receivers if (made := history.log.made.get(t))]
    makers += [n.node for n in history.log.noted if n.method == "set_params" and n.receivers & receivers]
    keywords = (k for m in makers for k in ast.walk(m) if isinstance(k, ast.keyword))
    warm = any(k.arg and k.arg.endswith("warm_start") and not _is_off(k.value) for k in keywords)
    return warm and (len(found) > 1 or not _is_simple(history, last.index) or bool(last.frames))


def _from_another(history: History, fit: Noted) -> bool:
    """Whether it goes on from a model that is not the target itself: whose rows are not looked for."""
    given = [k.value for k in fit.node.keywords if k.arg in GOES_ON and not _is_off(k.value)]
    return any(ast.unparse(value) != ast.unparse(history.target) for value in given)


def _is_off(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _read(history: History, fit: Noted, words: str) -> FitCall:
    """The arguments of one fit, as the notebook would say them. Where it was fitted piece by piece, of all pieces;
    ``words`` say that these cannot be told."""
    place = history.place(fit.index)
    X, y = _arguments(history, fit)
    if X is None:
        raise Unclear(f"The fit in {place} does not say its rows as arguments: {TRAIN}")
    if fit.method == "partial_fit" and not fit.frames:
        X, y = (
            n and whole(history.nodes[fit.index], fit.node, n, partial(_meaning, history, fit.index)) for n in (X, y)
        )
        if X is None or y is None:
            raise Unclear(words)
    said = [None if n is None else _said(history, fit, n, place) for n in (X, y)]
    assert said[0] is not None
    return FitCall(fit.index, fit.method, said[0], said[1], fit.index)


def _meaning(history: History, at: int, name: str) -> ast.expr | None:
    """What one statement bound the name to, if that still means the same at ``at``."""
    binding = history.binding(name, at)
    if binding is None or len(binding.defs) != 1:
        return None
    (index,) = binding.defs
    value = next((v for n, v in assignments(history.nodes[index]) if n == name), None)
    names = {name, *(names_in(value) if value is not None else ())}
    known = [n for n in names if history.binding(n, at) is not None and n != name]
    bound = all(_defs(history, n, index) == _defs(history, n, at) for n in known)
    return value if bound and not any(history.changes(n, index, at) for n in names) else None


def _defs(history: History, name: str, at: int) -> frozenset[int]:
    binding = history.binding(name, at)
    return binding.defs if binding else frozenset()


def _said(history: History, fit: Noted, node: ast.expr, place: str) -> ast.expr:
    inner = _bound_inside(history.nodes[fit.index], fit)
    code = fit.frames[-1].code if fit.frames else None
    inner |= _bound_inside(code, fit) if isinstance(code, ast.FunctionDef) else set()
    node_outside = None if names_in(node) & inner else outside(node, fit.frames)
    if node_outside is None:
        where = f"within {_name(fit)}" if fit.frames else "within the loop"
        raise Unclear(f"`{shown(node)}`, fitted in {place}, exists only {where}: {TRAIN}")
    return node_outside


def _name(fit: Noted) -> str:
    name = getattr(fit.frames[-1].code, "name", "a lambda")
    return name if name == "a lambda" else f"{name}()"


def _bound_inside(statement: ast.AST, fit: Noted) -> set[str]:
    """The names of comprehensions around the call: they are gone when the statement has run."""
    around = [n for n in ast.walk(statement) if isinstance(n, INNER) and any(c is fit.node for c in ast.walk(n))]
    stored = (n for a in around if not isinstance(a, ast.Lambda) for g in a.generators for n in ast.walk(g.target))
    return {n.id for n in stored if isinstance(n, ast.Name)}


def _arguments(history: History, fit: Noted) -> tuple[ast.expr | None, ast.expr | None]:
    if is_spread(fit.node):
        return None, None
    named = {k.arg: k.value for k in fit.node.keywords}
    X = fit.node.args[0] if fit.node.args else named.get("X", named.get("x"))
    if X is None:
        return _of_statsmodels(history, fit)
    return X, fit.node.args[1] if len(fit.node.args) > 1 else named.get("y")


def _of_statsmodels(history: History, fit: Noted) -> tuple[ast.expr | None, ast.expr | None]:
    """``OLS(y, X).fit()`` and ``ols("y ~ a + b", data=df).fit()``: the data went to the constructor."""
    makers = [made for t in fit.receivers if (made := history.log.made.get(t)) and "statsmodels" in made[0]]
    if len(makers) != 1 or is_spread(makers[0][1]):
        return None, None
    call = makers[0][1]
    given = dict(zip(("endog", "exog"), call.args, strict=False)) | {k.arg: k.value for k in call.keywords if k.arg}
    formula = given.get("formula", given.get("endog"))
    if isinstance(formula, ast.Constant) and isinstance(formula.value, str):
        frame, target = given.get("data", given.get("exog")), formula.value.partition("~")[0].strip()
        if frame is None or not target.isidentifier():
            return None, None
        text = ast.unparse(frame)
        return expression(f"{text}.drop(columns={target!r})"), expression(f"{text}[{target!r}]")
    return without_constant(given.get("exog")), given.get("endog")


def without_constant(node: ast.expr | None) -> ast.expr | None:
    """``X`` of ``sm.add_constant(X)``: the column of ones is the model's, and no column of the data."""
    while node is not None and called(node) == "add_constant" and isinstance(node, ast.Call) and node.args:
        node = node.args[0]
    return node


def _reads(node: ast.expr) -> bool:
    """Whether evaluating it reads a file or makes up data."""
    return any(called(part).startswith(READS) for part in ast.walk(node))


def _text(call: FitCall) -> str:
    return ", ".join(ast.unparse(n) for n in (call.X, call.y) if n is not None)
