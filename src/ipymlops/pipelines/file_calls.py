"""What calls do to files: reading one needs who wrote it."""

from __future__ import annotations

import ast

from ipymlops.pipelines.files import DATABASES, FILE, FOLDERS, files_of, key_of
from ipymlops.pipelines.hidden import Hidden
from ipymlops.pipelines.things import Thing


class FileCalls(Hidden):
    """The part of the abstract execution that deals with files."""

    def touch_files(self, node: ast.expr, path: str, method: str) -> set[Thing]:
        """Reading a file needs who wrote it; gives the files that are written."""
        if not isinstance(node, ast.Call):
            return set()
        if FOLDERS.search(path) or method == "mkdir":
            self.change([self.folders], deep=False)
        read, written = files_of(node, path, method)
        if read:
            self.read_environment()
        for thing in [t for named in read for t in self.files_like(self._file_key(named))]:
            self.read_thing(thing, thing.label, surely=thing.label.startswith(FILE))
        if written:
            self.read_thing(self.folders, "the folders")
        things = {self.file_thing(self._file_key(named)) for named in written}
        self.change(things, deep=False)
        if path in DATABASES:
            things |= {self.file_thing(self._file_key(named)) for named in read}
        return things

    def _file_key(self, node: ast.expr) -> str:
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        bound = {name: found for name in names if (found := self.scope.lookup(name)) is not None}
        constants = {name: found.value.constant for name, found in bound.items()}
        return key_of(node, {name: text for name, text in constants.items() if isinstance(text, str)})
