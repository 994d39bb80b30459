"""Inputs that no script may spell: connection strings and passwords, which a named environment variable holds.

Such an input's path is ``env:NAME``. That is what scripts, records and results hold; the value is looked up when the
training starts, and is written nowhere.
"""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from ipymlops.errors import BadInput
from ipymlops.pipelines.paths import is_address, is_database
from ipymlops.pipelines.results import Slice
from ipymlops.pipelines.secrets import MARK
from ipymlops.pipelines.sites import Site, tree_of, walk
from ipymlops.pipelines.source_text import bound_here

ENV = "env:"


def is_variable(path: str) -> bool:
    """Whether the path of an input names an environment variable."""
    return path.startswith(ENV)


def variable_of(text: str) -> str:
    """``env:WAREHOUSE_URL`` for what a script may not spell: a secret, or the address of a database server; nothing
    for any other text.

    >>> variable_of("postgresql://ada:<secret PASSWORD>@host/warehouse")
    'env:WAREHOUSE_URL'
    >>> variable_of("<secret API_KEY>"), variable_of("https://example.org/x.csv")
    ('env:API_KEY', '')
    """
    secret = MARK.search(text)
    if is_database(text) or (secret and is_address(text)):
        return f"{ENV}{_place(text)}_URL"
    return f"{ENV}{secret[1]}" if secret else ""


def value_of(path: str) -> str:
    """What the variable holds. Raises BadInput where it is not set."""
    name = path.removeprefix(ENV)
    if name not in os.environ:
        raise unset(name)
    return os.environ[name]


def unset(name: str) -> BadInput:
    return BadInput(
        f"The environment variable {name} is not set",
        expected="the connection string or password that the notebook had written out",
        next_step=f"set {name} where this runs",
    )


def _place(address: str) -> str:
    """The name of the database, else that of the host, as environment variables are written."""
    parts = urlsplit(MARK.sub("secret", address))
    name = PurePosixPath(parts.path).stem or (parts.hostname or "").partition(".")[0] or parts.scheme
    return re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_") or "DATABASE"


def path_of(site: Site) -> str:
    """What is handed to the pipeline for it: the path, or the environment variable of what may not be spelled."""
    return variable_of(site.text) or site.text


def variables(slice_: Slice) -> tuple[str, ...]:
    """The paths ``env:NAME`` of the connection strings and passwords in the slice. A password that only goes into a
    connection string is part of that."""
    texts: dict[str, set[str]] = {}
    parts: dict[str, set[str]] = {}  # variable of a bare secret -> the names that it was assigned to
    loads: Counter[str] = Counter()
    for kept, sites in walk(slice_.kept):
        tree = tree_of(kept.statement)
        held = [s for s in sites if variable_of(s.text)]
        loads.update(_loads(tree))
        for site in held:
            texts.setdefault(variable_of(site.text), set()).add(site.text)
            if is_address(site.text):
                loads.subtract(_loads(site.node))
            if isinstance(tree.body[0], ast.Assign) and tree.body[0].value.end_col_offset == site.node.end_col_offset:
                parts.setdefault(variable_of(site.text), set()).update(bound_here(tree))
    for variable, found in texts.items():
        if len(found) > 1:
            raise BadInput(
                f"{len(found)} connection strings of the notebook would all be {variable.removeprefix(ENV)}",
                expected="one for each name of a database",
                next_step="read them from environment variables of your own: os.environ[...]",
            )
    spent = {v for v, names in parts.items() if not is_address(*texts[v]) and not any(loads[n] > 0 for n in names)}
    return tuple(v for v in texts if v not in spent)


def values_typed(typed: Slice, stored: Slice) -> dict[str, str]:
    """Variable -> what the notebook had written out for it. ``typed`` is the slice with its secrets still in it."""
    pairs = zip(walk(typed.kept), walk(stored.kept), strict=True)
    sites = ((one, other) for (_, ones), (_, others) in pairs for one, other in zip(ones, others, strict=True))
    return {v.removeprefix(ENV): one.text for one, other in sites if (v := variable_of(other.text))}


def _loads(node: ast.AST) -> Counter[str]:
    return Counter(n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
