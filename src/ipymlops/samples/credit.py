"""Simulated credit applications: dated, of mixed types, labelled late, with shifts that are known (``SHIFTS``)."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from ipymlops import frames
from ipymlops.errors import BadInput
from ipymlops.samples.shifts import Market, market_of

Floats = npt.NDArray[np.float64]
Columns = dict[str, npt.NDArray[Any]]

FEATURES = (
    "income",
    "loan_amount",
    "debt_ratio",
    "age",
    "years_employed",
    "employment",
    "region",
    "purpose",
    "home_owner",
)
LABEL = "defaulted"

EMPLOYMENTS = ("salaried", "self-employed", "temporary", "public", "retired")
EMPLOYMENT_SHARES = (0.52, 0.16, 0.13, 0.14, 0.05)
REGIONS = ("north", "south", "east", "west", "capital")
REGION_SHARES = (0.22, 0.18, 0.17, 0.19, 0.24)
PURPOSES = ("home improvement", "car", "debt consolidation", "education", "medical", "solar")
YEARS_EMPLOYED_MISSING = 0.07
EMPLOYMENT_MISSING = 0.02


def credit_applications(start: str = "2025-01", months: int = 14, rows_per_month: int = 1000, seed: int = 7) -> Any:
    """Applications for consumer loans as a pandas DataFrame, one row each, oldest first.

    Columns: ``application_date``; ``FEATURES``: ``income`` (a year, in currency), ``loan_amount`` (currency),
    ``debt_ratio`` (monthly debt over monthly income, sometimes missing), ``age`` (years), ``years_employed``
    (sometimes missing), ``employment`` (sometimes missing), ``region``, ``purpose``, ``home_owner``; the label
    ``defaulted`` (0 or 1) and ``label_known_on``, the day it is known: 30 to 75 days after the application.

    The calendar decides: before 2025-07 nothing changes, from then on ``SHIFTS`` tells what does. The same
    arguments give the same rows, and a month is the same whichever month the table starts with.

    >>> table = credit_applications(months=2, rows_per_month=3)
    >>> table.shape, sorted(set(table["application_date"].dt.month))
    ((6, 12), [1, 2])
    """
    _check(start, months, rows_per_month)
    first = np.datetime64(start, "M")
    parts = [_one_month(first + i, rows_per_month, seed) for i in range(months)]
    return frames.from_columns({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})


def _check(start: str, months: int, rows_per_month: int) -> None:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", start):
        raise BadInput(f"Found the start {start!r}", expected="a month, such as '2025-01'")
    if months < 1 or rows_per_month < 1:
        raise BadInput(f"Found {months} months of {rows_per_month} rows", expected="at least one of each")


def _one_month(month: np.datetime64, rows: int, seed: int) -> Columns:
    # Seeded by the month itself, so that a month does not depend on the months asked for before it.
    random = np.random.default_rng([seed, int(month.astype(int))])
    market = market_of(str(month))
    columns = _dates(month, rows, random) | _applicants(rows, market, random)
    columns[LABEL] = (random.random(rows) < _risk(columns, market)).astype(np.int64)
    columns["label_known_on"] = columns["application_date"] + _delay_in_days(rows, random)
    _lose_values(columns, market, random)
    return columns


def _dates(month: np.datetime64, rows: int, random: np.random.Generator) -> Columns:
    first_day = month.astype("datetime64[D]")
    days = int(((month + 1).astype("datetime64[D]") - first_day).astype(int))
    dates = first_day + np.sort(random.integers(0, days, rows)).astype("timedelta64[D]")
    return {"application_date": dates.astype("datetime64[us]")}


def _applicants(rows: int, market: Market, random: np.random.Generator) -> Columns:
    """Income, loan and debt share a hidden standing, so that they go together as they do in life; a change of
    what is *reported* as income therefore moves income alone."""
    standing = random.standard_normal(rows)
    age = _ages(rows, market, random)
    return {
        "income": np.round(market.income_factor * 36_000 * np.exp(0.42 * standing), -1),
        "loan_amount": np.round(9_500 * np.exp(0.22 * standing + 0.5 * random.standard_normal(rows)), -2),
        "debt_ratio": np.round(_logistic(-0.9 - 0.35 * standing + 0.75 * random.standard_normal(rows)), 3),
        "age": age,
        "years_employed": np.floor((age - 18) * random.beta(1.2, 2.2, rows)),
        "employment": _pick(EMPLOYMENTS, EMPLOYMENT_SHARES, rows, random),
        "region": _pick(REGIONS, REGION_SHARES, rows, random),
        "purpose": _pick(PURPOSES, market.purpose_shares, rows, random),
        "home_owner": random.random(rows) < _logistic((age - 42) / 11 + 0.3 * standing),
    }


def _ages(rows: int, market: Market, random: np.random.Generator) -> npt.NDArray[np.int64]:
    usual = np.floor(18 + 57 * random.beta(1.9, 2.6, rows))
    young = random.integers(18, 27, rows)
    return np.where(random.random(rows) < market.young_share, young, usual).astype(np.int64)


def _risk(columns: Columns, market: Market) -> Floats:
    """The probability of default, from the columns before any value is lost."""
    years = columns["years_employed"]
    log_odds = (
        market.base
        + market.per_debt_ratio * (columns["debt_ratio"] - 0.3)
        + market.per_loan_to_income * np.log(columns["loan_amount"] / columns["income"] / 0.26)
        + market.home_owner * columns["home_owner"]
        + market.self_employed * (columns["employment"] == "self-employed")
        + market.temporary * (columns["employment"] == "temporary")
        - 0.6 * (columns["employment"] == "public")
        + 0.8 * np.exp(-years / 3)
        + 0.5 * (columns["purpose"] == "debt consolidation")
        - 0.3 * (columns["region"] == "capital")
    )
    return _logistic(log_odds)


def _delay_in_days(rows: int, random: np.random.Generator) -> npt.NDArray[np.timedelta64]:
    days = np.minimum(30 + random.gamma(2.0, 7.0, rows), 75)
    return days.astype(np.int64).astype("timedelta64[D]")


def _lose_values(columns: Columns, market: Market, random: np.random.Generator) -> None:
    rows = len(columns[LABEL])
    columns["debt_ratio"][random.random(rows) < market.debt_ratio_missing] = np.nan
    columns["years_employed"][random.random(rows) < YEARS_EMPLOYED_MISSING] = np.nan
    columns["employment"][random.random(rows) < EMPLOYMENT_MISSING] = None


def _pick(
    levels: tuple[str, ...], shares: tuple[float, ...], rows: int, random: np.random.Generator
) -> npt.NDArray[np.object_]:
    codes = np.searchsorted(np.cumsum(shares)[:-1], random.random(rows), side="right")
    return np.array(levels, dtype=object)[codes]


def _logistic(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
