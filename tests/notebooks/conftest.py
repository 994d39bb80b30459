"""Tables for the messy notebooks: the real ones where they lie beside the checkout, else made up with their columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

MESSY = Path(__file__).parent / "messy"
ABOVE = Path(__file__).parents[2].parents


@pytest.fixture
def messy(tmp_path: Path) -> Callable[[str], Path]:
    """A notebook by name, in a folder of its own, with the table that it reads."""

    def place(name: str) -> Path:
        notebook = tmp_path / f"{name}.ipynb"
        notebook.write_bytes((MESSY / notebook.name).read_bytes())
        if name in TABLES:
            file, make = TABLES[name]
            (tmp_path / "data").mkdir()
            real = next((p / "shared" / "data" / file for p in ABOVE if (p / "shared" / "data" / file).exists()), None)
            if real is not None:
                (tmp_path / "data" / file).symlink_to(real)
            else:
                make(np.random.default_rng(5)).to_csv(tmp_path / "data" / file, index=False)
        return notebook

    return place


def _hotels(random: np.random.Generator, rows: int = 6000) -> pd.DataFrame:
    lead = random.gamma(1, 85, rows).round()
    price = random.normal(103, 35, rows).clip(0).round(2)
    requests = random.poisson(0.6, rows)
    cancelled = random.random(rows) < 1 / (1 + np.exp(2.2 - lead / 90 - price / 150 + requests))
    table = pd.DataFrame(
        {
            "Booking_ID": [f"INN{n:05}" for n in range(rows)],
            "no_of_adults": random.integers(1, 4, rows),
            "no_of_children": random.poisson(0.1, rows),
            "no_of_weekend_nights": random.integers(0, 3, rows),
            "no_of_week_nights": random.poisson(2.2, rows),
            "type_of_meal_plan": random.choice(["Meal Plan 1", "Meal Plan 2", "Not Selected"], rows),
            "required_car_parking_space": (random.random(rows) < 0.03).astype(int),
            "room_type_reserved": random.choice(["Room_Type 1", "Room_Type 4"], rows),
            "lead_time": lead,
            "arrival_year": random.choice([2017, 2018], rows),
            "arrival_month": random.integers(1, 13, rows),
            "arrival_date": random.integers(1, 32, rows),  # the real one has days that do not exist, too
            "market_segment_type": random.choice(["Online", "Offline", "Corporate"], rows),
            "repeated_guest": (random.random(rows) < 0.03).astype(int),
            "no_of_previous_cancellations": random.poisson(0.02, rows),
            "no_of_previous_bookings_not_canceled": random.poisson(0.15, rows),
            "avg_price_per_room": price,
            "no_of_special_requests": requests,
            "booking_status": np.where(cancelled, "Canceled", "Not_Canceled"),
        }
    )
    for column in ("no_of_adults", "type_of_meal_plan", "lead_time", "avg_price_per_room"):
        table.loc[random.random(rows) < 0.02, column] = np.nan
    return table


def _bikes(random: np.random.Generator) -> pd.DataFrame:
    when = pd.date_range("2011-01-01", "2012-12-31 23:00", freq="h")
    rows, hour, day = len(when), when.hour.to_numpy(), when.day_of_year.to_numpy()
    working = (when.day_of_week < 5).astype(int)
    warm = np.clip(0.5 - 0.3 * np.cos(2 * np.pi * day / 365) + random.normal(0, 0.06, rows), 0, 1)
    mean = 30 + 250 * warm * np.exp(-(((hour - 15) / 5) ** 2)) + 150 * working * np.isin(hour, (8, 17, 18))
    count = random.poisson(mean * (1 + 0.6 * (when.year == 2012)))
    return pd.DataFrame(
        {
            "instant": np.arange(1, rows + 1),
            "dteday": when.strftime("%Y-%m-%d"),
            "season": when.quarter,
            "yr": when.year - 2011,
            "mnth": when.month,
            "hr": hour,
            "holiday": (random.random(rows) < 0.03).astype(int),
            "weekday": (when.day_of_week + 1) % 7,
            "workingday": working,
            "weathersit": random.choice([1, 2, 3, 4], rows, p=[0.66, 0.25, 0.085, 0.005]),
            "temp": warm.round(2),
            "atemp": (warm * 0.95).round(4),
            "hum": random.beta(5, 3, rows).round(2),
            "windspeed": random.beta(2, 8, rows).round(4),
            "casual": count // 5,
            "registered": count - count // 5,
            "cnt": count,
        }
    )


TABLES = {
    "bikes": ("bike_sharing_hour.csv", _bikes),
    "hotels": ("inn_hotels_reservations_2017_2018.csv", _hotels),
}
