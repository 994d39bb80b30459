"""``python -m ipymlops.samples FOLDER``: the files that the quickstart works on, as a data warehouse would leave them."""

from __future__ import annotations

import argparse
from pathlib import Path

from ipymlops.samples.credit import credit_applications

ROWS_PER_MONTH = 2000
MONTHS = tuple(f"2025-{m:02}" for m in range(7, 13)) + ("2026-01", "2026-02")


def main(arguments: list[str] | None = None) -> None:
    """Write the first half of 2025 as one file, and each later month as a file of its own."""
    parser = argparse.ArgumentParser(prog="python -m ipymlops.samples", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    first = credit_applications("2025-01", 6, ROWS_PER_MONTH)
    first.to_csv(folder / "applications.csv", index=False)
    for month in MONTHS:
        credit_applications(month, 1, ROWS_PER_MONTH).to_csv(folder / f"applications-{month}.csv", index=False)
    print(f"{len(first):,} applications of January to June 2025 and {len(MONTHS)} later months are in {folder}/")


if __name__ == "__main__":
    main()
