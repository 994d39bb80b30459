"""``python -m ipymlops``: the command line, where no script is on the path."""

from ipymlops.apps.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
