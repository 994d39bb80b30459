"""Paths that stand in a configuration: found when the script runs, inputs from the proof on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.pipelines.inputs import find_inputs, parameterised, reads_unseen
from ipymlops.pipelines.script import write_script

CONF = 'cfg = json.load(open("config.json"))'
# statements -> the last of them as the script has it; the same text where nothing is looked up
TEXTS: dict[str, tuple[list[str], str]] = {
    "a key": ([CONF, 'df = pd.read_csv(cfg["data"], sep=";")'], 'df = pd.read_csv(F(cfg["data"]), sep=";")'),
    "keys of keys": ([CONF, 'df = pd.read_csv(cfg["a"]["b"])'], 'df = pd.read_csv(F(cfg["a"]["b"]))'),
    "a key with a default": ([CONF, 'df = pd.read_csv(cfg.get("data", "x.csv"))'], None),  # type: ignore[dict-item]
    "a name": ([CONF, 'path = cfg["data"]', "df = pd.read_csv(path)"], "df = pd.read_csv(F(path))"),
    "an attribute": (
        ['cfg = OmegaConf.load("config.yaml")', "df = pd.read_csv(cfg.paths.data)"],
        "df = pd.read_csv(F(cfg.paths.data))",
    ),
    "in a with": (
        ['with open("config.yml") as f:\n    cfg = yaml.safe_load(f)', 'df = pd.read_csv(cfg["data"])'],
        'df = pd.read_csv(F(cfg["data"]))',
    ),
    "configparser": (
        ["cfg = ConfigParser()", 'cfg.read("settings.ini")', 'df = pd.read_csv(cfg.get("paths", "data"))'],
        'df = pd.read_csv(F(cfg.get("paths", "data")))',
    ),
    "a folder of it": (
        [CONF, 'df = pd.read_csv(Path(cfg["d"]) / "x.csv")'],
        'df = pd.read_csv(F(Path(cfg["d"]) / "x.csv"))',
    ),
    "put together": ([CONF, "df = pd.read_csv(f\"{cfg['d']}/x.csv\")"], "df = pd.read_csv(F(f\"{cfg['d']}/x.csv\"))"),
    "a loop": (
        [CONF, 'for f in cfg["files"]:\n    df = pd.read_csv(f)'],
        'for f in cfg["files"]:\n    df = pd.read_csv(F(f))',
    ),
    "a comprehension": (
        [CONF, 'df = pd.concat([pd.read_csv(f) for f in cfg["files"]])'],
        'df = pd.concat([pd.read_csv(F(f)) for f in cfg["files"]])',
    ),
    "a function": (
        [CONF, 'df = load(cfg["data"])', "def load(path):\n    return pd.read_csv(path)"],
        "def load(path):\n    return pd.read_csv(F(path))",
    ),
    "a function's answer": (
        ["def conf():\n    return json.load(open('config.json'))", 'df = pd.read_csv(conf()["data"])'],
        'df = pd.read_csv(F(conf()["data"]))',
    ),
    "opened": ([CONF, 'text = Path(cfg["data"]).read_text()'], 'text = F(Path(cfg["data"])).read_text()'),
    "the environment": (['df = pd.read_csv(os.environ["DATA"])'], 'df = pd.read_csv(F(os.environ["DATA"]))'),
    "a default of the environment": (['p = os.getenv("D", "x.csv")', "df = pd.read_csv(p)"], "df = pd.read_csv(F(p))"),
    "a table of files": (
        ['files = pd.read_csv("files.csv")', 'for f in files["path"]:\n    df = pd.read_csv(f)'],
        'for f in files["path"]:\n    df = pd.read_csv(F(f))',
    ),
    "an annotated name": ([CONF, 'path: str = cfg["data"]', "df = pd.read_csv(path)"], "df = pd.read_csv(F(path))"),
    "a walk through two names": ([CONF, 'd = cfg["a"]', 'p = d["b"]', "df = pd.read_csv(p)"], "df = pd.read_csv(F(p))"),
}
NOT: dict[str, list[str]] = {
    "a name of its own": ['paths = {"data": x}', 'df = pd.read_csv(paths["data"])'],
    "an open file": ["with open(y) as f:\n    df = pd.read_csv(f)"],
    "text in memory": ["text = open(y).read()", "df = pd.read_csv(io.StringIO(text))"],
    "a table of a workbook": ["book = pd.ExcelFile(y)", "df = pd.read_excel(book)"],
    "a parameter": ["def load(path):\n    return pd.read_csv(path)"],
}


@pytest.mark.parametrize(("statements", "text"), TEXTS.values(), ids=TEXTS)
def test_what_reads_a_path_that_was_looked_up_asks_the_pipeline(
    make_slice: Any, tmp_path: Path, statements: list[str], text: str | None
) -> None:
    slice_ = make_slice(statements)
    written = parameterised(slice_, find_inputs(slice_, str(tmp_path)))[len(statements) - 1]
    expected = text or 'df = pd.read_csv(F(cfg.get("data", "x.csv")))'
    assert written.replace("__pipeline__.file(", "F(") == expected
    (words,) = reads_unseen(slice_)
    assert "it becomes an input when the pipeline is proved" in words


@pytest.mark.parametrize("statements", NOT.values(), ids=NOT)
def test_what_is_no_path_out_of_a_file_stays_as_it_is(make_slice: Any, tmp_path: Path, statements: list[str]) -> None:
    slice_ = make_slice(statements)
    assert list(parameterised(slice_, find_inputs(slice_, str(tmp_path))).values()) == statements


def test_the_script_has_its_own_name_for_the_pipeline(make_slice: Any) -> None:
    slice_ = make_slice([CONF, 'pipeline = pd.read_csv(cfg["data"])', "model = pipeline"])
    script = write_script(slice_, (), model="line", version=1, notebook=None)
    assert 'pipeline = pd.read_csv(retraining.file(cfg["data"]))' in script
    assert "__pipeline__" not in script


CELLS = (
    "import json\nimport pandas as pd\nfrom sklearn.linear_model import LogisticRegression",
    'with open("config.json") as f:\n    cfg = json.load(f)',
    'df = pd.read_csv(cfg["data"])\nX = df[["a", "b"]]; y = df["t"]',
    "model = LogisticRegression(C=cfg['C']).fit(X, y)",
)


def rows(seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"a": random.normal(size=120), "b": random.normal(size=120)})
    return table.assign(t=(table["a"] + random.normal(size=120) > 0).astype(int))


def configured(folder: Path) -> None:
    (folder / "data").mkdir()
    rows().to_csv(folder / "data" / "rows.csv", index=False)
    (folder / "config.json").write_text(json.dumps({"data": "data/rows.csv", "C": 0.5}))


def program(script: Path, *words: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, str(script), *words, "--json"]
    done = subprocess.run(command, cwd=script.parent, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


def test_the_folder_runs_elsewhere_with_both_files_given(run_notebook: Any, tmp_path: Path) -> None:
    work = tmp_path / "work"
    configured(work)
    exported = run_notebook(*CELLS).export("line@1", work / "out", lock=False)
    assert exported.verification.verdict == "identical"
    assert {i.name: i.default for i in exported.inputs} == {"config": "config.json", "rows": "data/rows.csv"}
    assert all(i.sha256 for i in exported.inputs)
    assert program(work / "out" / "retrain.py", "--check")[1]["decision"] == "nothing to do"

    elsewhere = tmp_path / "elsewhere"
    shutil.move(work / "out", elsewhere)
    shutil.move(work / "config.json", tmp_path / "c.json")
    shutil.move(work / "data" / "rows.csv", tmp_path / "r.csv")
    given = ("--input", f"config={tmp_path / 'c.json'}", "--input", f"rows={tmp_path / 'r.csv'}")
    assert program(elsewhere / "retrain.py", "--verify", *given)[1]["verdict"] == "identical"
    (tmp_path / "r.csv").write_text(rows(1).to_csv(index=False))
    code, answer, _ = program(elsewhere / "retrain.py", "--dry-run", "--project", str(work), *given)
    assert (code, answer["decision"]) == (0, "checked")
    assert [i["name"] for i in answer["inputs"] if i["changed"]] == ["rows"]
    code, _, said = program(elsewhere / "retrain.py", "--dry-run", "--project", str(work), *given[:2])
    assert code == 2
    assert "The input rows is missing" in said


def test_a_path_that_a_module_looks_up_is_named_as_the_cause(
    run_notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    configured(work)
    (work / "tables_of_ours.py").write_text(
        "import pandas as pd\ndef table(cfg):\n    return pd.read_csv(cfg['data'])\n"
    )
    monkeypatch.syspath_prepend(work)
    changed = CELLS[2].replace('pd.read_csv(cfg["data"])', "table(cfg)")
    project = run_notebook(CELLS[0] + "\nfrom tables_of_ours import table", CELLS[1], changed, CELLS[3])
    proof = project.export("line@1", work / "out", lock=False).verification
    assert proof.verdict == "not reproduced"
    assert "reads a file that is not an input and not there: data/rows.csv" in proof.cause


def test_a_file_that_the_script_wrote_itself_is_read_where_it_wrote_it(run_notebook: Any, tmp_path: Path) -> None:
    work = tmp_path / "work"
    configured(work)
    (work / "config.json").write_text(json.dumps({"data": "data/rows.csv", "clean": "clean.csv", "C": 0.5}))
    cells = list(CELLS)
    cells[2] = (
        'pd.read_csv(cfg["data"]).query("a > -1").to_csv(cfg["clean"])\n'
        'df = pd.read_csv(cfg["clean"])\nX = df[["a", "b"]]; y = df["t"]'
    )
    exported = run_notebook(*cells).export("line@1", work / "out", lock=False)
    assert exported.verification.verdict == "identical"
    assert [i.name for i in exported.inputs] == ["config", "rows"]


def test_an_export_without_a_proof_says_that_a_path_is_not_known(run_notebook: Any, tmp_path: Path) -> None:
    configured(tmp_path / "work")
    exported = run_notebook(*CELLS).export("line@1", tmp_path / "work" / "out", lock=False, verify=False)
    assert [i.name for i in exported.inputs] == ["config"]
    assert any("In [3] reads `cfg['data']`, a path that only a run finds" in note for note in exported.notes)
