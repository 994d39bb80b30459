"""Connection strings and passwords of a slice, as parameters that a named environment variable holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipymlops.capture.journal import Journal
from ipymlops.errors import BadInput
from ipymlops.pipelines.inputs import find_inputs, kind_of, parameterised
from ipymlops.pipelines.variables import value_of, variable_of, variables
from ipymlops.project import Project

URL = "postgresql+psycopg2://ada:<secret PASSWORD>@db.host:5432/warehouse"

NAMED = {
    URL: "env:WAREHOUSE_URL",
    "postgresql://localhost/my-shop": "env:MY_SHOP_URL",
    "mysql://ada@h.example/": "env:H_URL",
    "snowflake://ada:<secret PASSWORD>@account/db/schema?warehouse=w": "env:SCHEMA_URL",
    "https://ada:<secret PASSWORD>@example.org/data/x.csv": "env:X_URL",
    "<secret API_KEY>": "env:API_KEY",
    "https://example.org/x.csv": "",
    "sqlite:///shop.db": "",
    "data/x.csv": "",
}


@pytest.mark.parametrize(("text", "variable"), NAMED.items(), ids=NAMED)
def test_variables_are_named_after_the_database(text: str, variable: str) -> None:
    assert variable_of(text) == variable


# statements -> {parameter: path}, {statement: rewritten text}
REWRITING: dict[str, tuple[list[str], dict[str, str], dict[int, str]]] = {
    "an engine": (
        [f'engine = create_engine("{URL}")', 'df = pd.read_sql("select * from t", engine)'],
        {"warehouse_url": "env:WAREHOUSE_URL"},
        {0: "engine = create_engine(warehouse_url)", 1: 'df = pd.read_sql("select * from t", engine)'},
    ),
    "a variable": (
        [f'DB = "{URL}"', "engine = create_engine(DB)"],
        {"warehouse_url": "env:WAREHOUSE_URL"},
        {0: "DB = warehouse_url"},
    ),
    "in read_sql": (
        [f'df = pd.read_sql("select 1", con="{URL}")'],
        {"warehouse_url": "env:WAREHOUSE_URL"},
        {0: 'df = pd.read_sql("select 1", con=warehouse_url)'},
    ),
    "put together": (
        ['user = "ada"', 'pw = "<secret PW>"', 'engine = create_engine(f"postgresql://{user}:{pw}@h/db")'],
        {"db_url": "env:DB_URL"},
        {2: "engine = create_engine(db_url)"},
    ),
    "put together, and used by itself": (
        ['pw = "<secret PW>"', 'engine = create_engine(f"postgresql://ada:{pw}@h/db")', "log_in(pw)"],
        {"db_url": "env:DB_URL", "pw_value": "env:PW"},
        {0: "pw = pw_value", 1: "engine = create_engine(db_url)", 2: "log_in(pw)"},
    ),
    "a password": (
        ['c = psycopg2.connect(host="h", password="<secret PASSWORD>")'],
        {"password": "env:PASSWORD"},
        {0: 'c = psycopg2.connect(host="h", password=password)'},
    ),
    "the environment already": (['engine = create_engine(os.environ["DB"])'], {}, {}),
    "SQLite in memory": (['engine = create_engine("sqlite://")'], {}, {}),
}


@pytest.mark.parametrize(("statements", "inputs", "rewritten"), REWRITING.values(), ids=REWRITING)
def test_rewriting(make_slice: Any, tmp_path: Path, statements: list[str], inputs: Any, rewritten: Any) -> None:
    slice_ = make_slice(statements)
    found = find_inputs(slice_, str(tmp_path))
    assert {i.name: i.default for i in found} == inputs
    texts = parameterised(slice_, found)
    for position, text in rewritten.items():
        assert texts[position] == text


def test_a_file_of_sqlite_is_a_file(make_slice: Any, tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_bytes(b"SQLite format 3")
    slice_ = make_slice(['engine = create_engine("sqlite:///shop.db")'])
    (found,) = find_inputs(slice_, str(tmp_path))
    assert (found.name, found.default, found.size) == ("shop", "shop.db", 15)
    assert parameterised(slice_, (found,))[0] == 'engine = create_engine(f"sqlite:///{shop}")'


def test_two_servers_with_databases_of_one_name_are_refused_by_name(make_slice: Any) -> None:
    slice_ = make_slice(['a = create_engine("mysql://one/shop")', 'b = create_engine("mysql://two/shop")'])
    with pytest.raises(BadInput, match="2 connection strings of the notebook would all be SHOP_URL"):
        variables(slice_)


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "mysql://h/shop")
    assert value_of("env:SHOP_URL") == "mysql://h/shop"
    monkeypatch.delenv("SHOP_URL")
    with pytest.raises(BadInput, match="The environment variable SHOP_URL is not set"):
        value_of("env:SHOP_URL")


def test_kinds(tmp_path: Path) -> None:
    (tmp_path / "x.csv").touch()
    kinds = [kind_of(p) for p in ("env:A", "https://h/x", f"{tmp_path}/*.csv", str(tmp_path), f"{tmp_path}/x.csv")]
    assert kinds == ["variable", "address", "pattern", "folder", "file"]


# --- from the notebook to the proof

DRIVER = """import sqlite3
from urllib.parse import urlsplit


def connect(url):
    parts = urlsplit(url)
    assert (parts.scheme, parts.username, len(parts.password)) == ("postgresql", "ada", 7), parts.scheme
    return sqlite3.connect(HERE + parts.path)
"""
SQL = [
    "import pandas as pd\nfrom sklearn.ensemble import RandomForestClassifier\nfrom driver import connect",
    'con = connect("postgresql://ada:hunter2@warehouse.example/shop")',
    'df = pd.read_sql("select * from sales", con)\nX = df[["a", "b"]]; y = df["t"]',
    "model = RandomForestClassifier(5).fit(X, y)",
]


@pytest.fixture
def warehouse(tmp_path: Path, run_notebook: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A driver that takes an address with a password, and a database behind it."""
    import sqlite3
    import sys

    place = tmp_path / "work"
    (place / "driver.py").write_text(f"HERE = {str(tmp_path)!r}\n{DRIVER}")
    monkeypatch.setattr(sys, "path", [str(place), *sys.path])
    monkeypatch.delitem(sys.modules, "driver", raising=False)
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"a": random.normal(size=150), "b": random.normal(size=150)})
    with sqlite3.connect(tmp_path / "shop") as con:
        rows.assign(t=(rows["a"] > 0).astype(int)).to_sql("sales", con, index=False)
    con.close()
    monkeypatch.delenv("SHOP_URL", raising=False)
    return tmp_path


@pytest.fixture
def registered(warehouse: Path, run_notebook: Any) -> Project:
    project: Project = run_notebook(*SQL)
    return project


def test_no_file_of_the_project_or_the_pipeline_holds_the_password(registered: Project, warehouse: Path) -> None:
    registered.export("line@1", warehouse / "out")
    written = [p for folder in (registered.root, warehouse / "out") for p in folder.rglob("*") if p.is_file()]
    assert len(written) > 20
    assert [p for p in written if b"hunter2" in p.read_bytes()] == []
    assert "warehouse.example" not in (warehouse / "out" / "retrain.py").read_text()
    assert any("In [2] holds a password" in w for w in registered.registry.resolve("line@1").facts["warnings"])


def test_without_the_variable_nothing_is_proved_and_the_cause_names_it(registered: Project, warehouse: Path) -> None:
    proof = registered.export("line@1", warehouse / "out").verification
    assert proof.verdict == "not verified"
    assert proof.cause.startswith("the environment variable SHOP_URL is not set")


def test_with_the_variable_it_is_proved(registered: Project, warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "postgresql://ada:hunter2@warehouse.example/shop")
    export = registered.export("line@1", warehouse / "out")
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    assert [(i.name, i.default) for i in export.inputs] == [("shop_url", "env:SHOP_URL")]


def test_the_kernel_that_registered_it_has_not_forgotten(
    warehouse: Path, run_notebook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    journals = []
    register = Project.register

    def remembered(self: Project, *arguments: Any, **options: Any) -> Any:
        journals.append(options["journal"])
        return register(self, *arguments, **options)

    monkeypatch.setattr(Project, "register", remembered)
    project = run_notebook(*SQL)
    export = project.export("line@1", warehouse / "out", journal=journals[0])
    assert (export.verification.verdict, export.verification.cause) == ("identical", "")
    other = project.export("line@1", warehouse / "other", journal=Journal(()))
    assert other.verification.verdict == "not verified"
