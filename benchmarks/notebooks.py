"""Notebooks of other people, run in a real kernel: which of their models does the exported pipeline reproduce?

``python -m benchmarks.notebooks FOLDER [--load first|last] [--peers] [--out TABLE.md]``

Every notebook below FOLDER runs in a copy of the folder there that it lies in. Each fitted model that is left in the
namespace at the end is registered with nothing but its name, exported, and proved. A cell that fails is part of the
notebook. The metadata ``ipymlops_order`` of a notebook may list the ids of its cells in the order in which they were
run, some more than once, some never; ``ipymlops_gone`` holds, by such an id, the lines of cells that were run and are
no longer in the document: deleted ones, and earlier texts of edited ones. With ``--peers`` the same notebook goes
through ``nbconvert --to script``, which IPython runs in a clean process, and its models are compared with the
kernel's.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nbformat

from benchmarks.kernel import Kernel
from benchmarks.nbconvert_peer import compared_by_nbconvert

MODELS = """
def found(namespace):
    import json
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted
    def fitted(value):
        try:
            check_is_fitted(value)
        except Exception:
            return False
        return True
    models, seen = [], set()
    for name, value in list(namespace.items()):
        if name.startswith("_") or isinstance(value, type) or not hasattr(value, "predict") or id(value) in seen:
            continue
        # what lightgbm.train and xgboost.train give has no parameters that scikit-learn would read
        native = type(value).__module__.split(".")[0] in ("statsmodels", "lightgbm", "xgboost")
        if (hasattr(value, "get_params") and fitted(value)) or (native and not hasattr(value, "get_params")):
            seen.add(id(value))
            models.append([name, type(value).__name__])
    return json.dumps(models)
"""
VERDICT = (
    "__import__('json').dumps({'verdict': _export.verification.verdict, 'cause': _export.verification.cause, "
    "'kept': _export.kept, 'total': _export.total, 'widened': _export.verification.widened})"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One model of one notebook."""

    notebook: str
    cells: int
    model: str
    estimator: str
    kept: int | None
    total: int | None
    result: str
    cause: str = ""
    widened: int = 0
    seconds: float = 0.0
    nbconvert: str = ""


def sources(notebook: Path) -> list[str]:
    """The cells in the order in which they were run."""
    document = nbformat.read(notebook, as_version=4)
    cells = {cell.get("id", str(n)): cell.source for n, cell in enumerate(document.cells) if cell.cell_type == "code"}
    cells |= {name: "\n".join(lines) for name, lines in document.metadata.get("ipymlops_gone", {}).items()}
    order = document.metadata.get("ipymlops_order", list(cells))
    return [cells[i] for i in order if cells[i].strip()]


def run(folder: Path, notebook: Path, load: str, peers: bool) -> list[Row]:
    cells = sources(notebook)
    inside = notebook.relative_to(folder).parent
    with tempfile.TemporaryDirectory(prefix="ipymlops-notebook-") as name:
        # the whole folder below FOLDER: a notebook may read what lies above it
        top = Path(*inside.parts[:1])
        shutil.copytree(folder / top, Path(name) / top, dirs_exist_ok=True)
        place = Path(name) / inside
        with Kernel(place) as kernel:
            if load == "first":
                kernel.run("%load_ext ipymlops")
            for cell in cells:
                kernel.run(cell)
            if load == "last":
                kernel.run("%load_ext ipymlops")
            models = json.loads(kernel.value(MODELS, "found(globals())"))
            converted = compared_by_nbconvert(place, notebook.name, kernel, [m for m, _ in models]) if peers else {}
            rows = [_row(kernel, notebook, len(cells), m, kind, converted.get(m, "")) for m, kind in models]
    return rows or [Row(notebook.stem, len(cells), "-", "-", None, None, "no fitted model is left at the end")]


def _row(kernel: Kernel, notebook: Path, cells: int, model: str, estimator: str, converted: str) -> Row:
    start = time.perf_counter()
    about = (notebook.stem, cells, model, estimator)
    line = "m-" + "".join(c if c.isalnum() else "-" for c in model.lower()).strip("-")
    failed = kernel.run(f"%mlops register {model} --name {line}")
    if failed:
        return Row(*about, None, None, "refused at register", failed, nbconvert=converted)
    failed = kernel.run(f"_export = %mlops export {line} --no-lock")
    if failed:
        return Row(*about, None, None, "refused at export", failed, nbconvert=converted)
    said = json.loads(kernel.value("", VERDICT))
    seconds = round(time.perf_counter() - start, 1)
    return Row(
        *about, said["kept"], said["total"], said["verdict"], said["cause"], said["widened"], seconds, converted
    )  # fmt: skip


def table(rows: list[Row], load: str) -> str:
    """As Markdown, with a line that counts."""
    peers = any(row.nbconvert for row in rows)
    head = ["notebook", "cells", "model", "estimator", "kept", "result", "seconds", *(["nbconvert"] if peers else [])]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for r in rows:
        kept = f"{r.kept} of {r.total}" if r.kept is not None else "-"
        cause = f": {r.cause[:160]}" if r.cause else ""
        widened = f" (step {r.widened})" if r.widened else ""
        said = [r.notebook, str(r.cells), r.model, r.estimator, kept, f"{r.result}{widened}{cause}", f"{r.seconds:g}"]
        lines.append("| " + " | ".join(c.replace("|", "/") for c in [*said, *([r.nbconvert] if peers else [])]) + " |")
    models = [r for r in rows if r.model != "-"]
    same = sum(r.result in ("identical", "within tolerance") for r in models)
    share = f"{same / len(models):.0%}" if models else "-"
    return "\n".join([*lines, "", f"Loaded {load}: {same} of {len(models)} models reproduced ({share})."])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--load", choices=("first", "last"), default="first")
    parser.add_argument("--peers", action="store_true", help="compare with nbconvert in the same run")
    parser.add_argument("--only", default="", help="notebooks whose name holds this")
    parser.add_argument("--out", type=Path, help="write the table here, and the rows beside it as JSON")
    asked = parser.parse_args()
    notebooks = sorted(p for p in asked.folder.rglob("*.ipynb") if asked.only in p.name and ".ipynb_" not in str(p))
    rows: list[Row] = []
    for notebook in notebooks:
        try:
            rows += run(asked.folder, notebook, asked.load, asked.peers)
        except Exception as error:  # one notebook must not end the others' run; the table says it
            rows.append(
                Row(notebook.stem, 0, "-", "-", None, None, f"could not be run: {type(error).__name__}: {error}")
            )
        print(table(rows[-1:], asked.load).splitlines()[2], file=sys.stderr, flush=True)
    text = table(rows, asked.load)
    print(text)
    if asked.out:
        asked.out.write_text(text + "\n")
        records: list[dict[str, Any]] = [asdict(r) for r in rows]
        asked.out.with_suffix(".json").write_text(json.dumps(records, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
