"""``python -m ipymlops.samples FOLDER``: the files of the quickstart, as a data warehouse would leave them."""

from __future__ import annotations

import argparse
from pathlib import Path

from ipymlops.samples.credit import credit_applications

ROWS_PER_MONTH = 2000
MONTHS = tuple(f"2025-{m:02}" for m in range(6, 13)) + ("2026-01", "2026-02")


def main(arguments: list[str] | None = None) -> None:
    """Write January to May 2025 as one file, each later month as one of its own, and the first six together."""
    parser = argparse.ArgumentParser(prog="python -m ipymlops.samples", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    first = credit_applications("2025-01", 5, ROWS_PER_MONTH)
    first.to_csv(folder / "applications.csv", index=False)
    for month in MONTHS:
        credit_applications(month, 1, ROWS_PER_MONTH).to_csv(folder / f"applications-{month}.csv", index=False)
    grown = credit_applications("2025-01", 6, ROWS_PER_MONTH)
    grown.to_csv(folder / "applications-until-2025-06.csv", index=False)
    print(
        f"{len(first):,} applications of January to May 2025, each of {len(MONTHS)} later months, "
        f"and all until June are in {folder}/"
    )


if __name__ == "__main__":
    main()
