"""What really changes in the simulated credit market, month by month: the truth that drift checks are held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

# covariate: who applies (or what is recorded of them) changes · prior: everybody's odds of default change alike
# concept: the same applicant means another risk than before
ShiftKind = Literal["covariate", "prior", "concept"]


@dataclass(frozen=True, slots=True)
class Market:
    """Every number of the simulation that a shift may change; the defaults are the stable first months."""

    income_factor: float = 1.0
    young_share: float = 0.0
    debt_ratio_missing: float = 0.04
    # home improvement, car, debt consolidation, education, medical, solar
    purpose_shares: tuple[float, ...] = (0.28, 0.24, 0.30, 0.10, 0.08, 0.0)
    # log-odds of default
    base: float = -2.35
    per_debt_ratio: float = 3.2
    per_loan_to_income: float = 2.0
    home_owner: float = -0.9
    self_employed: float = 0.5
    temporary: float = 0.9


@dataclass(frozen=True, slots=True)
class Shift:
    """One change of the market, in force from the month ``since`` to the month ``until`` (None: for good).

    ``columns`` are the columns whose distribution moves (covariate), the label (prior), or the columns whose
    meaning for the label changes while they themselves stay as they were (concept).
    """

    since: str
    until: str | None
    kind: ShiftKind
    columns: tuple[str, ...]
    words: str
    changes: Mapping[str, Any] = field(repr=False)

    def holds_in(self, month: str) -> bool:
        return self.since <= month and (self.until is None or month <= self.until)


SHIFTS = (
    Shift(
        "2025-07",
        None,
        "covariate",
        ("income",),
        "applicants report income before tax instead of after: a quarter more",
        {"income_factor": 1.25},
    ),
    Shift(
        "2025-08",
        None,
        "covariate",
        ("purpose",),
        "a partner sells loans for solar panels, a purpose not seen before",
        {"purpose_shares": (0.22, 0.18, 0.25, 0.09, 0.07, 0.19)},
    ),
    Shift(
        "2025-09",
        "2025-10",
        "covariate",
        ("debt_ratio",),
        "the credit bureau answers badly: a quarter of the debt ratios are missing",
        {"debt_ratio_missing": 0.25},
    ),
    Shift(
        "2025-10",
        None,
        "covariate",
        ("age", "years_employed", "home_owner"),
        "a campaign for the young: a quarter of the applicants are 18 to 26",
        {"young_share": 0.25},
    ),
    # Strictly, raising all odds alike is the mildest change of P(label | columns); nothing but the rate of defaults
    # moves and the ranking stays right, which is what people mean by a prior shift and what they should see.
    Shift(
        "2025-11",
        None,
        "prior",
        ("defaulted",),
        "the economy weakens: everybody's odds of default rise by two thirds",
        {"base": -1.85},
    ),
    Shift(
        "2026-01",
        None,
        "concept",
        ("home_owner", "employment", "debt_ratio"),
        "mortgage rates jump: owners now default more than tenants, the self-employed far more than before",
        {"home_owner": 1.0, "self_employed": 1.9, "per_debt_ratio": 1.2, "base": -1.55},
    ),
)


def market_of(month: str) -> Market:
    """The market in a month written ``2025-07``, with every shift then in force."""
    market = Market()
    for shift in SHIFTS:
        if shift.holds_in(month):
            market = replace(market, **shift.changes)
    return market


def truly_shifted(month: str) -> tuple[str, ...]:
    """The input columns whose distribution in that month differs from the stable first half of 2025.

    Prior and concept shifts move no input column, so they are not among them.

    >>> truly_shifted("2025-06")
    ()
    >>> truly_shifted("2025-09")
    ('income', 'purpose', 'debt_ratio')
    """
    holding = [s for s in SHIFTS if s.kind == "covariate" and s.holds_in(month)]
    return tuple(name for shift in holding for name in shift.columns)
