"""Requirements: from imports, from what readers load, from what the author installed; pinned as at registration."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

import ipymlops
from ipymlops.capture import environment
from ipymlops.pipelines import requirements
from ipymlops.pipelines.requirements import requirements_of

OURS = f"ipymlops=={ipymlops.__version__}"
PACKAGES = {
    "pandas": "2.2.3",
    "openpyxl": "3.1.2",
    "lxml": "5.3",
    "PyMySQL": "1.1",
    "s3fs": "2025.1",
    "torch": "2.6.0+cpu",
}


def asked(*modules: str, **rest: Any) -> tuple[list[str], list[str]]:
    """Requirements without our own, and the notes."""
    rest = {"sources": (), "packages": PACKAGES, "folder": Path(), **rest}
    found, notes = requirements_of(modules, **rest)
    assert OURS in found
    return [f for f in found if f != OURS], list(notes)


IMPORTS = {
    "another name": (["sklearn.tree.Tree"], [f"scikit-learn=={metadata.version('scikit-learn')}"]),
    "as it was at registration": (["pandas"], ["pandas==2.2.3"]),
    "without the label of a local build": (["torch.nn"], ["torch==2.6.0"]),
    "not installed any more": (["openpyxl.utils"], ["openpyxl==3.1.2"]),
    "a tool of the notebook that the slice imports": (["psutil"], [f"psutil=={metadata.version('psutil')}"]),
    "the standard library": (["json", "os.path.join"], []),
    "neither installed nor known": (["no_such_module_anywhere"], []),
}


@pytest.mark.parametrize(("modules", "wanted"), IMPORTS.values(), ids=list(IMPORTS))
def test_modules_become_distributions(modules: list[str], wanted: list[str]) -> None:
    assert asked(*modules) == (wanted, [])


LOADED = {
    "df = pd.read_excel('a.xlsx')": ["openpyxl==3.1.2"],
    "pd.ExcelFile('a.xlsx')": ["openpyxl==3.1.2"],
    "t = read_html(page)[0]": ["lxml==5.3"],
    "e = create_engine('mysql+pymysql://h/db')": ["PyMySQL==1.1"],
    "df = pd.read_csv('s3://bucket/a.csv')": ["s3fs==2025.1"],
    "df = await reader.read_xml(f)": ["lxml==5.3"],
    "df = pd.read_hdf('a.h5')": [],  # nothing that reads it was loaded, so it was not read
    "df = pd.read_csv('a.csv')": [],
}


@pytest.mark.parametrize(("source", "wanted"), LOADED.items(), ids=list(LOADED))
def test_what_readers_load(source: str, wanted: list[str]) -> None:
    assert asked(sources=(source,)) == (wanted, [])


TYPED = {
    "pinned as it was": ("pandas", "pandas==2.2.3", ""),
    "another version than was typed": ("pandas==1.0", "pandas==2.2.3", ""),
    "extras are kept": ("pandas[excel]>=2", "pandas[excel]==2.2.3", ""),
    "as typed where it is not there": ("no-such[a]>=1,<2", "no-such[a]<2,>=1", ""),
    "an installer": ("pip", None, ""),
    "a repository that names itself": (
        "git+https://host/x/b.git@v1#egg=b-c",
        "b-c @ git+https://host/x/b.git@v1",
        "",
    ),
    "a repository by its name": ("b @ git+https://host/x/b.git", "b @ git+https://host/x/b.git", ""),
    "a user of git": ("git+ssh://git@host/b.git#egg=b", "b @ git+ssh://git@host/b.git", ""),
    "a password": (
        "git+https://me:secret@host/b.git#egg=b",
        "b @ git+https://host/b.git",
        "The password in the address of b was left out",
    ),
    "a repository without a name": ("git+https://host/x/b.git", None, "is not known: it is not among"),
    "a folder": (".", None, "installs what has no name"),
    "conda's form": ("xgboost=1.7", None, "installs what has no name"),
    "a list that is not there": ("-r none.txt", None, "none.txt, which `pip install -r` named, cannot be read"),
}


@pytest.mark.parametrize(("text", "wanted", "note"), TYPED.values(), ids=list(TYPED))
def test_what_was_typed(text: str, wanted: str | None, note: str, tmp_path: Path) -> None:
    found, notes = asked(typed=[text], folder=tmp_path)
    assert found == ([wanted] if wanted else [])
    assert len(notes) == bool(note)
    assert note in "".join(notes)
    assert "secret" not in "".join([*found, *notes])


def test_a_list_of_the_notebooks_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "req").mkdir()
    (tmp_path / "req" / "more.txt").write_text("lxml  # for tables\n-r ../r.txt\n-r more.txt\n")
    (tmp_path / "r.txt").write_text("# ours\n--index-url https://me:secret@host\npandas>=1\n\n-r req/more.txt\n")
    found, notes = asked(typed=["-r r.txt"], folder=tmp_path)
    assert (found, notes) == (["lxml==5.3", "pandas==2.2.3"], [])


def test_one_address_replaces_the_pin_of_an_import() -> None:
    found, _ = asked("pandas", typed=["git+https://host/pandas.git#egg=pandas"])
    assert found == ["pandas @ git+https://host/pandas.git"]


def test_a_repository_is_known_by_what_was_installed_from_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "their_pkg-1.0.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("Metadata-Version: 2.1\nName: their-pkg\nVersion: 1.0\n")
    (place / "direct_url.json").write_text('{"url": "https://host/x/repo.git", "vcs_info": {"vcs": "git"}}')
    monkeypatch.syspath_prepend(str(tmp_path))
    found, notes = asked(typed=["git+https://host/x/repo.git@main"])
    assert (found, notes) == (["their-pkg @ git+https://host/x/repo.git@main"], [])


def test_what_loads_the_model_comes_as_it_was() -> None:
    assert asked(loaders=["skops==0.13", "scipy==1.14"]) == (["scipy==1.14", "skops==0.13"], [])


def test_of_a_namespace_only_the_part_that_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for part in ("storage", "vision"):
        place = tmp_path / f"google_cloud_{part}-1.0.dist-info"
        place.mkdir()
        (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: google-cloud-{part}\nVersion: 1.0\n")
        (place / "RECORD").write_text(f"google/cloud/{part}/__init__.py,,\n")
        module = tmp_path / "google" / "cloud" / part
        module.mkdir(parents=True)
        (module / "__init__.py").touch()  # where dask has brought importlib_metadata, only files that are there count
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(
        requirements, "distributions", lambda: {"google": ["google-cloud-storage", "google-cloud-vision"]}
    )
    assert asked("google.cloud.storage.Client")[0] == ["google-cloud-storage==1.0"]
    assert len(asked("google")[0]) == 2
    assert environment.distributions()["sklearn"] == ["scikit-learn"]
