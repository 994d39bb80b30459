"""Which expressions of a slice are files, what their parameters are called, and how the text is rewritten."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

import pytest

from ipymlops.pipelines.inputs import find_inputs, fingerprint, parameterised, uncertain_reads
from ipymlops.pipelines.results import PipelineInput

# name -> (statements, {parameter: default}, {statement: rewritten text})
REWRITING: dict[str, tuple[list[str], dict[str, str], dict[int, str]]] = {
    "a literal": (
        ['df = pd.read_csv("data/x.csv", sep=";")  # the file'],
        {"x": "data/x.csv"},
        {0: 'df = pd.read_csv(x, sep=";")  # the file'},
    ),
    "a keyword": (
        ["df = pd.read_csv(sep=';', filepath_or_buffer='x.csv')"],
        {"x": "x.csv"},
        {0: "df = pd.read_csv(sep=';', filepath_or_buffer=x)"},
    ),
    "a name": (
        ['path = "data/x.csv"', "df = pd.read_csv(path)"],
        {"x": "data/x.csv"},
        {0: "path = x", 1: "df = pd.read_csv(path)"},
    ),
    "a name that changes": (
        ['path = "a.csv"', "one = pd.read_csv(path)", 'path = "b.csv"', "two = pd.read_csv(path)"],
        {"a": "a.csv", "b": "b.csv"},
        {0: "path = a", 2: "path = b"},
    ),
    "an f-string of constants": (
        ['folder = "data"', 'df = pd.read_parquet(f"{folder}/x.parquet")'],
        {"x": "data/x.parquet"},
        {1: "df = pd.read_parquet(x)"},
    ),
    "a sum": (['folder = "data/"', 'df = pd.read_json(folder + "x.json")'], {"x": "data/x.json"}, {}),
    "Path / name": (
        ['DATA = Path("data")', 'df = pd.read_csv(DATA / "x.csv")'],
        {"x": "data/x.csv"},
        {0: 'DATA = Path("data")', 1: "df = pd.read_csv(x)"},
    ),
    "Path in a variable": (
        ['p = Path("data") / "x.csv"', "df = pd.read_csv(p)"],
        {"x": "data/x.csv"},
        {0: "p = Path(x)", 1: "df = pd.read_csv(p)"},
    ),
    "a whole Path": (['p = pathlib.Path("x.csv")', "t = p.read_text()"], {"x": "x.csv"}, {0: "p = pathlib.Path(x)"}),
    "joinpath": (['df = pd.read_csv(Path("data").joinpath("x.csv"))'], {"x": "data/x.csv"}, {}),
    "os.path.join": (
        ['df = pd.read_csv(os.path.join("data", "x.csv"))'],
        {"x": "data/x.csv"},
        {0: "df = pd.read_csv(x)"},
    ),
    "numpy": (['a = np.load("a.npy")', 'b = np.loadtxt("b.txt")'], {"a_file": "a.npy", "b_file": "b.txt"}, {}),
    "joblib": (['m = joblib.load("m-1.pkl")'], {"m_1": "m-1.pkl"}, {0: "m = joblib.load(m_1)"}),
    "open to read": (
        ['with open("conf.json", encoding="utf-8") as f:\n    c = json.load(f)'],
        {"conf": "conf.json"},
        {0: 'with open(conf, encoding="utf-8") as f:\n    c = json.load(f)'},
    ),
    "HDF5": (['f = h5py.File("a1.h5", "r")', 'g = pd.HDFStore("b1.h5")'], {"a1": "a1.h5", "b1": "b1.h5"}, {}),
    "Arrow's own readers": (
        ['t = pq.read_table("a1.parquet")', 'f = pq.ParquetFile("b1.parquet")'],
        {"a1": "a1.parquet", "b1": "b1.parquet"},
        {0: "t = pq.read_table(a1)", 1: "f = pq.ParquetFile(b1)"},
    ),
    "open to write is none": (['f = open("log.txt", "w")', 'g = open("log2.txt", mode="a")'], {}, {}),
    "written, then read back": (['df.to_csv("clean.csv")', 'df = pd.read_csv("clean.csv")'], {}, {}),
    "a URL": (
        ['df = pd.read_csv("https://example.org/x.csv?y=1")'],
        {"x": "https://example.org/x.csv?y=1"},
        {0: "df = pd.read_csv(x)"},
    ),
    "twice the same file": (
        ['a = pd.read_csv("x.csv")', "b = pd.read_csv('x.csv')"],
        {"x": "x.csv"},
        {0: "a = pd.read_csv(x)", 1: "b = pd.read_csv(x)"},
    ),
    "two files of one name": (
        ['a = pd.read_csv("d1/x.csv")', 'b = pd.read_csv("d2/x.csv")'],
        {"x": "d1/x.csv", "x_file": "d2/x.csv"},
        {},
    ),
    "the name is taken": (['x = pd.read_csv("x.csv")'], {"x_file": "x.csv"}, {0: "x = pd.read_csv(x_file)"}),
    "a keyword of Python": (['df = pd.read_csv("class.csv")'], {"class_file": "class.csv"}, {}),
    "a built-in's name": (['df = pd.read_csv("list.csv")'], {"list_file": "list.csv"}, {}),
    "begins with a digit": (['df = pd.read_csv("2025-07.csv")'], {"data_2025_07": "2025-07.csv"}, {}),
    "letters outside ASCII": (
        ['label = "Größe"; df = pd.read_csv("Größe.csv", names=["é"])'],
        {"größe": "Größe.csv"},
        {0: 'label = "Größe"; df = pd.read_csv(größe, names=["é"])'},
    ),
    "inside a function": (
        ['def load():\n    return pd.read_csv("x.csv")'],
        {"x": "x.csv"},
        {0: "def load():\n    return pd.read_csv(x)"},
    ),
    "a function's own name is not ours": (['path = "x.csv"', "def load(path):\n    return pd.read_csv(path)"], {}, {}),
    "several lines": (
        ['df = pd.read_csv(\n    "data/"\n    "x.csv",\n    sep=";",\n)'],
        {"x": "data/x.csv"},
        {0: 'df = pd.read_csv(\n    x,\n    sep=";",\n)'},
    ),
    "a pattern": (
        ['files = glob.glob("data/2025-*.csv")', 'more = glob("x/*.csv")'],
        {"data_files": "data/2025-*.csv", "x_files": "x/*.csv"},
        {0: "files = glob.glob(data_files)", 1: "more = glob(x_files)"},
    ),
    "a folder that is looked into": (
        ['a = Path("data").glob("*.csv")', 'b = os.listdir("more")', 'D = Path("third")\nc = D.rglob("*")'],
        {"data": "data", "more": "more"},
        {0: 'a = Path(data).glob("*.csv")', 1: "b = os.listdir(more)"},
    ),
    "after the folder changed": (
        ['a = pd.read_csv("a1.csv")', 'os.chdir("data")', 'b = pd.read_csv("b1.csv")', 'c = pd.read_csv("/abs.csv")'],
        {"a1": "a1.csv", "data": "data", "b1": "data/b1.csv", "abs_file": "/abs.csv"},
        {1: "os.chdir(data)", 2: "b = pd.read_csv(b1)"},
    ),
    "the working folder": (
        ['a = pd.read_csv(Path.cwd() / "data" / "a1.csv")', 'b = pd.read_csv(os.path.join(os.getcwd(), "b1.csv"))'],
        {"a1": "data/a1.csv", "b1": "b1.csv"},
        {0: "a = pd.read_csv(a1)", 1: "b = pd.read_csv(b1)"},
    ),
    "the home folder": (['a = pd.read_csv(os.path.expanduser("~/a1.csv"))'], {"a1": "~/a1.csv"}, {}),
    "written over after it was read": (
        ['a = pd.read_csv("x.csv")', 'a.to_csv("x.csv")', 'with open("x.csv", "a") as f:\n    f.write("1,2")'],
        {"x": "x.csv"},
        {0: "a = pd.read_csv(x)", 1: "a.to_csv(x)", 2: 'with open(x, "a") as f:\n    f.write("1,2")'},
    ),
    "bundled data is none": (["X, y = load_iris(return_X_y=True)"], {}, {}),
    "text in memory is none": (['df = pd.read_csv(io.StringIO("a,b"))'], {}, {}),
}


@pytest.mark.parametrize(("statements", "inputs", "rewritten"), REWRITING.values(), ids=REWRITING)
def test_rewriting(make_slice, tmp_path, statements, inputs, rewritten) -> None:  # type: ignore[no-untyped-def]
    slice_ = make_slice(statements)
    found = find_inputs(slice_, str(tmp_path))
    assert {i.name: i.default for i in found} == inputs
    texts = parameterised(slice_, found)
    for position, text in rewritten.items():
        assert texts[position] == text
    for text in texts.values():
        ast.parse(text)


EXISTING = {
    "handed to a helper": (["df = load('x.csv')"], "df = load(x)"),
    "in a list": (["frames = [pd.read_csv(p) for p in ['x.csv']]"], "frames = [pd.read_csv(p) for p in [x]]"),
    "sqlite": (["con = sqlite3.connect('x.csv')"], "con = sqlite3.connect(x)"),
}


@pytest.mark.parametrize(("statements", "text"), EXISTING.values(), ids=EXISTING)
def test_a_literal_that_names_a_file_is_an_input(make_slice, tmp_path, statements, text) -> None:  # type: ignore[no-untyped-def]
    slice_ = make_slice(statements)
    assert find_inputs(slice_, str(tmp_path)) == ()  # near miss: no such file
    (tmp_path / "x.csv").write_text("a\n1\n")
    found = find_inputs(slice_, str(tmp_path))
    assert [i.default for i in found] == ["x.csv"]
    assert parameterised(slice_, found)[0] == text


NEITHER = [
    "with ZipFile(z) as f:\n    df = pd.read_csv(f.open('x.csv'))",
    "df['x.csv'] = 1",
    '"""x.csv"""',
    "print(f'x.csv {n}')",
    "df.to_csv('x.csv')",
    "pq.write_table(pa.Table.from_pandas(df), 'x.csv')",
    "writer = pq.ParquetWriter('x.csv', schema)",
    "pyarrow.feather.write_feather(df, dest='x.csv')",
    "torch.save(weights, 'x.csv')",
    "with h5py.File('x.csv', 'w') as f:\n    f['a'] = a",
    "store = pd.HDFStore('x.csv', mode='w')",
]


@pytest.mark.parametrize("statement", NEITHER)
def test_keys_docstrings_messages_and_outputs_are_no_inputs(make_slice, tmp_path, statement) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "x.csv").write_text("a\n1\n")
    assert find_inputs(make_slice([statement]), str(tmp_path)) == ()


def test_a_recorded_input_stays_one_when_its_file_is_gone(make_slice, tmp_path) -> None:  # type: ignore[no-untyped-def]
    slice_ = make_slice(["df = load('x.csv')"])
    assert [i.name for i in find_inputs(slice_, str(tmp_path), recorded={"x.csv"})] == ["x"]


def test_files_are_hashed_from_the_notebooks_folder(make_slice, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "x.csv").write_bytes(b"a,b\n1,2\n")
    slice_ = make_slice(['df = pd.read_csv("x.csv")', 'other = pd.read_csv("missing.csv")'])
    expected = hashlib.sha256(b"a,b\n1,2\n").hexdigest()
    assert find_inputs(slice_, str(tmp_path)) == (
        PipelineInput("x", "x.csv", expected, 8),
        PipelineInput("missing", "missing.csv", None, None),
    )


def test_a_pattern_is_hashed_by_the_files_that_match_it(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a")
    (tmp_path / "note.txt").write_text("a")
    before = fingerprint(tmp_path / "*.csv")
    assert before[1] == 1
    (tmp_path / "note.txt").write_text("b")
    assert fingerprint(tmp_path / "*.csv") == before
    (tmp_path / "2.csv").write_text("")
    assert fingerprint(tmp_path / "*.csv")[0] != before[0]
    assert fingerprint(tmp_path / "*.parquet") == (None, None)
    assert fingerprint(tmp_path) == (None, None)


@pytest.mark.parametrize(
    ("statement", "rewritten"),
    [
        (
            "for m in months:\n    df = pd.read_csv(f'data/{m}.csv', sep=';')",
            "for m in months:\n    df = pd.read_csv(Path(folder, f'data/{m}.csv'), sep=';')",
        ),
        ("df = pd.read_csv(DATA / name)", "df = pd.read_csv(Path(folder, DATA / name))"),
        ("df = pd.read_csv('%s.csv' % name)", "df = pd.read_csv(Path(folder, '%s.csv' % name))"),
        ("df = pd.read_csv('{}.csv'.format(name))", "df = pd.read_csv(Path(folder, '{}.csv'.format(name)))"),
        ("df = pd.read_csv(anything)", None),
        ("df = pd.read_csv(io.StringIO('a'))", None),
        ("df = pd.read_csv(download(url))", None),
    ],
)
def test_a_path_made_while_running_starts_in_the_folder(make_slice, statement, rewritten) -> None:  # type: ignore[no-untyped-def]
    slice_ = make_slice([statement])
    found = find_inputs(slice_, ".")
    assert [(i.name, i.default, i.sha256) for i in found] == ([("folder", ".", None)] if rewritten else [])
    assert parameterised(slice_, found)[0] == (rewritten or statement)
    assert len(uncertain_reads(slice_)) == bool(rewritten)
