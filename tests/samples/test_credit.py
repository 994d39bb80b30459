"""The simulator's truth: what SHIFTS says moves does move, and nothing else does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ipymlops.errors import BadInput
from ipymlops.samples import FEATURES, LABEL, SHIFTS, credit_applications, truly_shifted

MONTHS = [str(m) for m in np.arange("2025-01", "2026-03", dtype="datetime64[M]")]


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return credit_applications(rows_per_month=2000)


def _month(table: pd.DataFrame, month: str) -> pd.DataFrame:
    return table[table["application_date"].dt.strftime("%Y-%m") == month]


def _p_value(reference: pd.Series, current: pd.Series) -> float:
    """Of the hypothesis that both come from one distribution, missing values counted as a level or apart."""
    if reference.dtype == "float64" or reference.dtype == "int64":
        missing = stats.fisher_exact([[s.isna().sum(), s.notna().sum()] for s in (reference, current)]).pvalue
        values = stats.ks_2samp(reference.dropna(), current.dropna()).pvalue
        return 2 * min(float(missing), float(values))
    counts = [s.astype(object).where(s.notna(), "missing").value_counts() for s in (reference, current)]
    both = pd.concat(counts, axis=1).fillna(0).to_numpy()
    return float(stats.chi2_contingency(both).pvalue)


@pytest.mark.parametrize("month", MONTHS[1:])
def test_exactly_the_documented_columns_move(table: pd.DataFrame, month: str) -> None:
    stable = table[table["application_date"] < "2025-07-01"]
    if month < "2025-07":
        stable = stable[stable["application_date"].dt.strftime("%Y-%m") != month]
    moved = {name for name in FEATURES if _p_value(stable[name], _month(table, month)[name]) < 1e-4}
    assert moved == set(truly_shifted(month))


def test_the_label_moves_with_prior_and_concept(table: pd.DataFrame) -> None:
    rates = [_month(table, month)[LABEL].mean() for month in ("2025-06", "2025-10", "2025-11", "2026-01")]
    assert rates[1] < rates[2] - 0.03 < rates[3] - 0.06
    concept = {name for s in SHIFTS if s.kind == "concept" for name in s.columns}
    assert concept == {"home_owner", "employment", "debt_ratio"}
    owners = [_month(table, m).groupby("home_owner")[LABEL].mean().diff().iloc[-1] for m in ("2025-06", "2026-01")]
    assert owners[0] < 0 < owners[1]


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    first = credit_applications(months=2, rows_per_month=50, seed=3)
    pd.testing.assert_frame_equal(first, credit_applications(months=2, rows_per_month=50, seed=3))
    assert not first.equals(credit_applications(months=2, rows_per_month=50, seed=4))


def test_a_month_does_not_depend_on_the_first_month_asked_for(table: pd.DataFrame) -> None:
    alone = credit_applications(start="2025-09", months=1, rows_per_month=2000)
    pd.testing.assert_frame_equal(alone, _month(table, "2025-09").reset_index(drop=True))


def test_types_dates_and_missing_values(table: pd.DataFrame) -> None:
    assert set(FEATURES) < set(table.columns)
    assert table["home_owner"].dtype == bool
    assert table["age"].dtype == np.int64
    assert table["application_date"].is_monotonic_increasing
    delay = (table["label_known_on"] - table["application_date"]).dt.days
    assert delay.min() >= 30
    assert delay.max() <= 75
    with_missing = set(table.columns[table.isna().any()])
    assert with_missing == {"debt_ratio", "years_employed", "employment"}


def test_the_solar_purpose_is_new_in_august(table: pd.DataFrame) -> None:
    solar = table[table["purpose"] == "solar"]
    assert str(solar["application_date"].min())[:7] == "2025-08"


def test_a_model_of_the_first_months_ranks_well_until_the_concept_changes(table: pd.DataFrame) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    inputs = pd.get_dummies(table[list(FEATURES)].fillna({"debt_ratio": 0.3, "years_employed": 8.0}))
    early = (table["application_date"] < "2025-05-01").to_numpy()
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(inputs[early], table[LABEL][early])
    scores = model.predict_proba(inputs)[:, 1]
    auc = {m: roc_auc_score(table[LABEL][at], scores[at]) for m in MONTHS if (at := _in(table, m)).any()}
    assert all(0.75 < auc[m] < 0.86 for m in MONTHS[4:12])
    assert max(auc["2026-01"], auc["2026-02"]) < 0.74


def _in(table: pd.DataFrame, month: str) -> np.ndarray:
    return (table["application_date"].dt.strftime("%Y-%m") == month).to_numpy()


@pytest.mark.parametrize(
    "arguments", [{"start": "January"}, {"start": "2025-13"}, {"months": 0}, {"rows_per_month": 0}]
)
def test_impossible_arguments_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="Expected"):
        credit_applications(**arguments)  # type: ignore[arg-type]
