"""Results of statsmodels: they answer as before from their numbers alone, and a file that says more is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from ipymlops.errors import BadInput, UnsafeModel
from ipymlops.registry import serializers
from ipymlops.registry.serializers.statsmodels import FILE

RANDOM = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "a": RANDOM.normal(size=120),
        "b": RANDOM.uniform(1, 5, 120),
        "n": RANDOM.integers(0, 4, 120),
        "city": RANDOM.choice(["Bonn", "Köln", "Ulm"], 120),
        "flag": RANDOM.random(120) > 0.5,
        "a name": RANDOM.normal(size=120),
    }
)
TABLE["level"] = pd.Categorical(TABLE["n"])
TABLE["t"] = (TABLE["a"] + RANDOM.normal(size=120) > 0).astype(int)
TABLE["y"] = TABLE["a"] + TABLE["b"] + RANDOM.normal(size=120)
X, A = TABLE[["a", "b"]], TABLE[["a", "b"]].to_numpy()
XC, AC = sm.add_constant(X), sm.add_constant(A)
LACKING = TABLE.assign(a=TABLE["a"].where(TABLE.index % 9 > 0), city=TABLE["city"].where(TABLE.index % 7 > 0))
families, links = sm.families, sm.families.links

# What is fitted, and the rows that the library itself is asked about.
ARRAYS: dict[str, tuple[Callable[[], Any], Any]] = {
    "OLS": (lambda: sm.OLS(TABLE["y"], XC).fit(), XC),
    "OLS without a constant": (lambda: sm.OLS(TABLE["y"], X).fit(), X),
    "OLS, the constant last": (
        lambda: sm.OLS(TABLE["y"], sm.add_constant(X, prepend=False)).fit(),
        XC[["a", "b", "const"]],
    ),
    "OLS on an array": (lambda: sm.OLS(TABLE["y"].to_numpy(), AC).fit(), AC),
    "OLS on whole numbers": (lambda: sm.OLS(TABLE["y"], TABLE[["n"]]).fit(), TABLE[["n"]]),
    "OLS with robust errors": (lambda: sm.OLS(TABLE["y"], XC).fit(cov_type="HC3"), XC),
    "OLS, regularised": (lambda: sm.OLS(TABLE["y"], XC).fit_regularized(alpha=0.1), XC),
    "WLS": (lambda: sm.WLS(TABLE["y"], XC, weights=TABLE["b"]).fit(), XC),
    "GLS": (lambda: sm.GLS(TABLE["y"], XC).fit(), XC),
    "GLSAR": (lambda: sm.GLSAR(TABLE["y"], XC, rho=1).iterative_fit(2), XC),
    "Logit": (lambda: sm.Logit(TABLE["t"], XC).fit(disp=0), XC),
    "Logit, regularised": (lambda: sm.Logit(TABLE["t"], XC).fit_regularized(alpha=0.1, disp=0), XC),
    "Probit": (lambda: sm.Probit(TABLE["t"], XC).fit(disp=0), XC),
    "Poisson": (lambda: sm.Poisson(TABLE["n"], XC).fit(disp=0), XC),
    "GLM of numbers": (lambda: sm.GLM(TABLE["y"], XC).fit(), XC),
    "GLM of yes and no": (lambda: sm.GLM(TABLE["t"], XC, family=families.Binomial()).fit(), XC),
    "GLM of shares": (lambda: sm.GLM(TABLE["t"] / 2, XC, family=families.Binomial()).fit(), XC),
    **{
        f"GLM of yes and no, {link.__name__}": (
            lambda link=link: sm.GLM(TABLE["t"], XC, family=families.Binomial(link())).fit(),
            XC,
        )
        for link in (links.Probit, links.Cauchy, links.CLogLog, links.LogLog)
    },
    "GLM of counts": (lambda: sm.GLM(TABLE["n"], XC, family=families.Poisson()).fit(), XC),
    "GLM of counts, Sqrt": (lambda: sm.GLM(TABLE["n"], XC, family=families.Poisson(links.Sqrt())).fit(), XC),
    "GLM of spread counts": (lambda: sm.GLM(TABLE["n"], XC, family=families.NegativeBinomial(alpha=0.7)).fit(), XC),
    "GLM of amounts": (lambda: sm.GLM(TABLE["b"], XC, family=families.Gamma(links.Log())).fit(), XC),
    "GLM of amounts, a power": (lambda: sm.GLM(TABLE["b"], XC, family=families.Tweedie(links.Power(0.5))).fit(), XC),
    "GLM with weights": (lambda: sm.GLM(TABLE["n"], XC, family=families.Poisson(), freq_weights=TABLE["n"]).fit(), XC),
}
FORMULAS: dict[str, Callable[[], Any]] = {
    "names": lambda: smf.ols("y ~ a + b", TABLE).fit(),
    "no constant": lambda: smf.ols("y ~ a + b - 1", TABLE).fit(),
    "categories": lambda: smf.ols("y ~ a * city + flag + level", TABLE).fit(),
    "categories of numbers": lambda: smf.ols("y ~ C(n) + C(n):b", TABLE).fit(),
    "contrasts": lambda: smf.ols("y ~ C(n, Sum) + C(city, Treatment(reference='Köln'))", TABLE).fit(),
    "functions": lambda: smf.ols(
        "y ~ np.log(b) + np.exp(-a ** 2) + I(a / b) + np.power(b, 3) + I(2 * a - 1)", TABLE
    ).fit(),
    "comparisons": lambda: smf.ols("y ~ I(a > 0.5):b + I(city == 'Ulm') + np.where(a > b, 1, a)", TABLE).fit(),
    "powers of terms": lambda: smf.ols("y ~ (a + b + city) ** 2", TABLE).fit(),
    "a name in quotes": lambda: smf.ols("y ~ Q('a name')", TABLE).fit(),
    "a changed target": lambda: smf.ols("np.log(y ** 2) ~ a", TABLE).fit(),
    "Logit": lambda: smf.logit("t ~ a + city", TABLE).fit(disp=0),
    "GLM": lambda: smf.glm("n ~ a + city", TABLE, family=families.Poisson()).fit(),
    "rows left out": lambda: smf.ols("y ~ a + city", LACKING).fit(),
}


def quiet(fit: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit()


def stored(result: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    files, facts = serializers.dump(serializers.served(result))
    return files, facts


def again(result: Any) -> Any:
    files, facts = stored(result)
    return serializers.load(files.__getitem__, facts)


@pytest.mark.parametrize("name", ARRAYS)
def test_a_model_answers_as_before_bit_for_bit(name: str) -> None:
    fit, rows = ARRAYS[name]
    result = quiet(fit)
    model = again(result)
    assert model.predict(rows).tobytes() == np.asarray(result.predict(rows)).tobytes()
    assert model.params.tobytes() == np.asarray(result.params).tobytes()
    assert model.predict(model.take(rows)).tobytes() == model.predict(rows).tobytes()  # the constant or none
    assert stored(model) == stored(result)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_answers_as_before_bit_for_bit(name: str) -> None:
    result = quiet(FORMULAS[name])
    model = again(result)
    given = result.model.data.frame
    matrix = model.matrix(given)
    assert np.array_equal(matrix[~np.isnan(matrix).any(axis=1)], result.model.exog)
    np.testing.assert_allclose(model.predict(given), result.predict(given), rtol=1e-13)
    assert model.predict(model.take(given)).tobytes() == model.predict(given).tobytes()
    complete = given.dropna()
    assert model.predict(complete).tobytes() == np.asarray(result.predict(complete)).tobytes()
    assert set(model.columns) <= set(TABLE.columns) - {"y", "t"}


def test_what_it_says_of_yes_and_no() -> None:
    model = again(sm.Logit(TABLE["t"], XC).fit(disp=0))
    assert model.classes_.tolist() == [0, 1]
    assert model.predict_proba(X)[:, 1].tolist() == model.predict(X).tolist()
    assert not hasattr(again(sm.OLS(TABLE["y"], XC).fit()), "predict_proba")
    assert not hasattr(again(sm.GLM(TABLE["t"] / 2, XC, family=families.Binomial()).fit()), "classes_")


def test_any_table_will_do() -> None:
    model = again(smf.ols("y ~ a * city + C(n)", TABLE).fit())
    table = TABLE[["n", "city", "a"]]
    assert model.predict(pl.from_pandas(table)).tolist() == model.predict(table).tolist()
    other = table.assign(n=table["n"].astype(float), city=pd.Categorical(table["city"], ["Ulm", "Bonn", "Köln"]))
    assert model.predict(other).tolist() == model.predict(table).tolist()


def test_what_a_row_lacks_is_not_guessed() -> None:
    model = again(smf.ols("y ~ a + city", TABLE).fit())
    answers = model.predict(LACKING)
    assert np.isnan(answers).tolist() == LACKING[["a", "city"]].isna().any(axis=1).tolist()
    with pytest.raises(
        BadInput, match=r"city is 'Rom' in a row, which it was not fitted on. Expected: one of Bonn, Köln"
    ):
        model.predict(TABLE.assign(city="Rom"))
    with pytest.raises(BadInput, match=r"Missing from the table: city"):
        model.predict(X)


def test_training_rows_are_those_that_were_used() -> None:
    result = smf.ols("y ~ a + city", LACKING).fit()
    rows, targets = serializers.rows_for(serializers.served(result), (LACKING.drop(columns="y"), LACKING["y"]))
    assert list(rows.columns) == ["a", "city"]
    assert len(rows) == len(targets) == result.nobs
    assert targets.index.tolist() == rows.index.tolist()


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "not fitted": (lambda: sm.OLS(TABLE["y"], X), "Found a OLS of statsmodels, which holds no parameters"),
    "a time series": (lambda: sm.tsa.ARIMA(TABLE["y"], order=(1, 0, 0)).fit(), "a result of statsmodels' ARIMA"),
    "groups": (lambda: smf.gee("y ~ a", "city", TABLE).fit(), "a result of statsmodels' GEE"),
    "mixed effects": (lambda: smf.mixedlm("y ~ a", TABLE, groups="city").fit(), "a result of statsmodels' MixedLM"),
    "quantiles": (lambda: smf.quantreg("y ~ a", TABLE).fit(), "a result of statsmodels' QuantReg"),
    "several classes": (lambda: sm.MNLogit(TABLE["n"], X).fit(disp=0), "a result of statsmodels' MNLogit"),
    "an offset": (lambda: sm.GLM(TABLE["n"], X, offset=TABLE["a"]).fit(), "with an offset or exposure"),
    "an exposure": (lambda: sm.Poisson(TABLE["n"], X, exposure=TABLE["b"]).fit(disp=0), "with an offset or exposure"),
    "successes and failures": (
        lambda: sm.GLM(TABLE[["t", "n"]].to_numpy() + 1, A, family=families.Binomial()).fit(),
        "its target is two columns, of successes and failures",
    ),
    "a link of one's own": (
        lambda: sm.GLM(TABLE["t"], X, family=families.Binomial(type("Mine", (links.Logit,), {})())).fit(),
        "its link Mine is not stored",
    ),
    "rows that are remembered": (lambda: smf.ols("y ~ center(a)", TABLE).fit(), r"center\(a\) remembers something"),
    "a spline": (lambda: smf.ols("y ~ bs(a, df=4)", TABLE).fit(), r"bs\(a, df=4\) remembers something"),
    "a function of the notebook": (
        lambda: smf.ols("y ~ twice(a)", TABLE).fit(),
        "is not among what is computed",
    ),
    "a value of the notebook": (lambda: smf.ols("y ~ I(a * SCALE)", TABLE).fit(), "reads SCALE, which is no column"),
    "a method": (lambda: smf.ols("y ~ a.abs()", TABLE).fit(), r"'a.abs\(\)' is not among what is computed again"),
    "a command": (
        lambda: smf.ols("y ~ I(a * (__import__('os').system('true') + 1))", TABLE).fit(),
        "is not among what is computed again",
    ),
}
SCALE = 2.0


def twice(values: Any) -> Any:
    return 2 * values


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_stored_is_refused_with_the_reason(name: str) -> None:
    fit, words = REFUSED[name]
    result = quiet(fit)
    with pytest.raises(BadInput, match=words):
        serializers.served(result)


def test_a_result_whose_data_was_removed_is_refused() -> None:
    result = sm.OLS(TABLE["y"], XC).fit()
    result.remove_data()
    with pytest.raises(BadInput, match=r"The data of this OLS was removed.*register it before remove_data"):
        serializers.served(result)


def test_a_function_that_only_looks_like_numpys_is_refused() -> None:
    class np:
        log = staticmethod(lambda values: values * 2)

    result = smf.ols("y ~ np.log(b)", TABLE).fit()
    with pytest.raises(BadInput, match="makes other columns of its training rows than the library did"):
        serializers.served(result)


def edit(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """The edit that puts ``value`` at ``design.factors.0.text``."""

    def apply(record: dict[str, Any]) -> None:
        *way, last = [int(p) if p.isdigit() else p for p in path.split(".")]
        place: Any = record
        for step in way:
            place = place[step]
        place[last] = value

    return apply


TAMPERED: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another format": (edit("format", 2), "its format is 2"),
    "an unknown model": (edit("model", "Popen"), "its model is 'Popen'"),
    "no name of a model": (edit("model", ["OLS"]), ""),
    "an unknown link": (edit("link.0", "CDFLink"), "its link is 'CDFLink'"),
    "more constants": (edit("link.1", {"dbn": 1.0}), "other constants"),
    "fewer parameters": (edit("params", [1.0]), "its parameters do not fit"),
    "a parameter of text": (edit("params.0", "1"), "a parameter is no number"),
    "a parameter that is not finite": (edit("params.0", float("nan")), "its parameters do not fit"),
    "a name of a number": (edit("names.0", 3), "a name is no text"),
    "other columns": (edit("columns", ["a"]), "its columns do not fit"),
    "a constant besides": (edit("constant", 0), "its columns do not fit"),
    "no design": (edit("design", None), "its parameters do not fit its columns"),
    "answers of another kind": (edit("answers", "words"), "its answers are 'words'"),
    "a factor that is not there": (edit("design.products.1.factors", [9]), "a factor that is not there"),
    "a factor before the first": (edit("design.products.1.factors", [-1]), "a factor that is not there"),
    "no contrasts": (edit("design.products.1.contrasts", [None]), "do not fit its categories"),
    "contrasts of texts": (edit("design.products.1.contrasts", [[["x"], ["y"], ["z"]]]), "could not convert"),
    "wide contrasts": (edit("design.products.1.contrasts", [[[0.0] * 99] * 3]), "its parameters do not fit its terms"),
    "categories of lists": (edit("design.factors.0.categories", [[], [], []]), "categories are no texts or numbers"),
    **{
        f"a factor that does more: {text[:30]}": (edit("design.factors.1.text", text), "")
        for text in (
            "__import__('os').system('touch hacked')",
            "np.load('x.npy')",
            "np.log.__class__",
            "a.__class__",
            "a[0]",
            "(lambda: a)()",
            "[a for a in a]",
            "np.log(a, out=a)",
            "'x' * 999999999",
            "'%99999999d' % a",
            "I(open('hacked', 'w'))",
            "Q(__import__('os'))",
            "C(a) + exit()",
            "f'{a}'",
            "(a := 1)",
            "log(*a)",
            "a and b",
            "-" * 990 + "a",
            "(" * 400 + "a" + ")" * 400,
            "a" * 2000,
            "a +",
            "",
        )
    },
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_file_that_training_did_not_write_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, words = TAMPERED[name]
    monkeypatch.chdir(tmp_path)
    files, facts = stored(quiet(lambda: smf.glm("n ~ city + a", TABLE, family=families.Poisson()).fit()))
    record = json.loads(files[FILE])
    change(record)
    data = json.dumps(record).encode()
    with pytest.raises(UnsafeModel, match=f"is not what `register` writes of a statsmodels model: .*{words}"):
        serializers.load(lambda _: data, facts)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, b'{"format": 1}'])
def test_a_file_of_another_kind_is_refused(data: bytes) -> None:
    _, facts = stored(sm.OLS(TABLE["y"], X).fit())
    with pytest.raises(UnsafeModel):
        serializers.load(lambda _: data, facts)


def test_numbers_do_not_grow_for_ever() -> None:
    files, facts = stored(smf.ols("y ~ a", TABLE).fit())
    data = files[FILE].replace(b'"text": "a"', b'"text": "a * 9 ** 9 ** 9 ** 9"')
    assert data != files[FILE]
    answers = serializers.load(lambda _: data, facts).predict(TABLE)  # infinite, and at once
    assert not np.isfinite(answers).any()


WITHOUT = """import importlib.util, json, sys
find = importlib.util.find_spec
sys.modules["statsmodels"] = None
from ipymlops.registry.serializers import libraries
libraries.find_spec = lambda name: None if name == "statsmodels" else find(name)
from ipymlops.registry import serializers
from ipymlops.errors import BadInput
manifest = json.loads(sys.argv[1])
try:
    serializers.load(lambda name: sys.argv[2].encode(), manifest)
except BadInput as error:
    print(error)
"""


def test_a_bundle_says_that_it_needs_the_library() -> None:
    files, facts = stored(sm.OLS(TABLE["y"], X).fit())
    arguments = [sys.executable, "-c", WITHOUT, json.dumps(facts), files[FILE].decode()]
    said = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout
    assert said.startswith(
        f"This bundle needs statsmodels 0.x; found none. Expected: statsmodels {sm.__version__}"
    ) or ("This bundle needs statsmodels 0.x; found none" in said)
