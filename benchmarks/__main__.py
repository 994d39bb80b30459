"""``make bench``: every benchmark in turn, each in a process of its own; figures go to benchmarks/README.md."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    """Whole-process comparisons print tables of their own; the rest runs under pytest-benchmark."""
    failed = 0
    for path in sorted(HERE.glob("bench_*.py")):
        print(f"\n== {path.stem}", flush=True)
        whole = 'if __name__ == "__main__":' in path.read_text()
        command = [str(path)] if whole else ["-m", "pytest", "-q", "-p", "no:cacheprovider", str(path)]
        failed |= subprocess.run([sys.executable, *command], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
