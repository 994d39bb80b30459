"""Files that cannot be read as a table: what reads them, or which may have been meant, for the error that says so."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Collection, Sequence
from itertools import islice
from pathlib import Path

from ipymlops.errors import BadInput, near

# ending -> what pandas reads such a file with; {} stands for its path
OTHERS = {
    ".xlsx": "pd.read_excel({})",
    ".xlsm": "pd.read_excel({})",
    ".xls": "pd.read_excel({})",
    ".ods": "pd.read_excel({})",
    ".json": "pd.read_json({})",
    ".jsonl": "pd.read_json({}, lines=True)",
    ".ndjson": "pd.read_json({}, lines=True)",
    ".tsv": r"pd.read_csv({}, sep='\t')",
    ".tab": r"pd.read_csv({}, sep='\t')",
    ".orc": "pd.read_orc({})",
    ".dta": "pd.read_stata({})",
    ".sas7bdat": "pd.read_sas({})",
}
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")  # which pandas unpacks by itself
MOST = 1000  # files of a folder among which one that was meant is looked for
SEPARATORS = {";": "';'", "\t": r"'\t'", "|": "'|'"}  # other than the comma, as they are typed


def is_unread(path: str | Path) -> bool:
    """Whether the ending is that of a table, or of a packed file, which is not read."""
    return Path(path).suffix.lower() in (*OTHERS, *PACKED)


def refusal(path: Path, readable: Collection[str]) -> BadInput:
    """The refusal of a file of another kind, with how its table is made one that can be given."""
    if path.is_dir():
        return BadInput(f"Found the folder {path.name!r}", expected="one file", next_step="name a file of it")
    call = _call(path)
    return BadInput(
        f"Found the file {path.name!r}" if call or path.exists() else _no_file(path),
        expected=f"a table in {', '.join(readable)}",
        next_step=_by_hand(path, call.format(repr(str(path)))) if call else "",
    )


def missing(path: str | Path) -> BadInput:
    """The refusal of a path at which nothing lies, with the file beside it that is called nearly so."""
    return BadInput(_no_file(Path(path)), expected="a path that exists", next_step="check the path")


def refuse_another_separator(path: Path, header: Sequence[str], known: Collection[str]) -> None:
    """Raise BadInput where the names in a CSV file's header are parted by something else than commas. Which it is is
    never guessed for the reader: a column may be called ``a;b`` where it is a ``known`` one."""
    if any(name in known for name in header):
        return
    for sign, typed in SEPARATORS.items():
        if sum(name.count(sign) for name in header) >= len(header):
            columns = "one column" if len(header) == 1 else f"{len(header)} columns"
            decimals = ", or with decimal=',' too if its numbers have commas" if sign == ";" else ""
            raise BadInput(
                f"Found {path.name!r} with {columns}, called {','.join(header)[:80]!r}",
                expected="columns parted by commas",
                next_step=_by_hand(path, f"pd.read_csv({str(path)!r}, sep={typed})", decimals),
            )


def no_utf8(path: Path) -> BadInput:
    """The refusal of text in another encoding, which is told where its first bytes name it and never guessed."""
    with path.open("rb") as file:
        start = file.read(len(BOM_UTF16_LE))
    if start in (BOM_UTF16_LE, BOM_UTF16_BE):
        found, encoding = "in UTF-16", "encoding='utf-16'"
    else:
        found, encoding = "in another encoding than UTF-8, such as Windows-1252", "encoding='cp1252'"
    call = f"pd.read_csv({str(path)!r}, {encoding})"
    return BadInput(
        f"Found {path.name!r} {found}",
        expected="text in UTF-8",
        next_step=f"save it as UTF-8 (in Excel: CSV UTF-8), or {_by_hand(path, call)}",
    )


def _call(path: Path) -> str:
    """What pandas reads it with; empty where the name does not tell."""
    names = [suffix.lower() for suffix in path.suffixes]
    if not names or names[-1] not in PACKED:
        return OTHERS.get(names[-1], "") if names else ""
    return {".csv": "pd.read_csv({})", **OTHERS}.get("".join(names[-2:-1]), "")


def _no_file(path: Path) -> str:
    close = near(path.name, _beside(path))
    return f"No file is at {str(path)!r}" + (f"; did you mean {str(path.with_name(close[0]))!r}?" if close else "")


def _beside(path: Path) -> list[str]:
    try:
        return [entry.name for entry in islice(path.parent.iterdir(), MOST) if not entry.name.startswith(".")]
    except OSError:
        return []


def _by_hand(path: Path, call: str, remark: str = "") -> str:
    """One way in a notebook, where a dataframe can be given, and one for the command line, which takes files only."""
    stem = path.name.partition(".")[0] or "table"
    return f"read it with df = {call}{remark}; give df, or the file of df.to_parquet('{stem}.parquet')"
