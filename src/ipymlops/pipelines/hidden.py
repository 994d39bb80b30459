"""What code reads and changes without naming it: text that is code, attributes put on libraries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from ipymlops.pipelines import effects, settings
from ipymlops.pipelines.bodies import Bodies
from ipymlops.pipelines.memory import copy_on_write
from ipymlops.pipelines.things import NOTHING, Thing, Value

# Importing the left, or calling it, makes these attributes usable.
ENABLES: dict[str, tuple[str, ...]] = {
    "sklearn.experimental.enable_iterative_imputer": ("IterativeImputer",),
    "sklearn.experimental.enable_halving_search_cv": ("HalvingGridSearchCV", "HalvingRandomSearchCV"),
    "sklearn.experimental.enable_hist_gradient_boosting": (
        "HistGradientBoostingClassifier",
        "HistGradientBoostingRegressor",
    ),
    "tqdm.pandas": ("progress_apply", "progress_map", "progress_applymap", "progress_aggregate"),
    "swifter": ("swifter",),
    "pandas_ta": ("ta",),
    "hvplot.pandas": ("hvplot",),
    "cufflinks": ("iplot", "figure"),
    "pandas_profiling": ("profile_report",),
    "ydata_profiling": ("profile_report",),
    "geopandas": ("to_crs", "sjoin"),
}
# Functions that put an attribute named by their argument on tables.
REGISTERS = re.compile(r"^(pandas|polars)\.api\.(extensions\.)?register_\w+$")
# Functions that look names of their caller up in the texts they get: formulas, SQL over tables.
READS_WORDS = re.compile(r"^(statsmodels|patsy|formulaic|linearmodels|duckdb|pandasql|numexpr|plotnine|pandas\.eval)\b")
NAMESPACES = ("globals", "locals", "vars")
WORD = re.compile(r"[A-Za-z_]\w*")
AT_WORD = re.compile(r"@([A-Za-z_]\w*)")


class Hidden(Bodies):
    """The part of the abstract execution that deals with what only happens behind names."""

    def __init__(self, packages: Mapping[str, str] | None = None) -> None:
        """``packages``: the versions that the notebook ran with, where they are known."""
        super().__init__(copy_on_write=copy_on_write(packages))
        self._attributes: dict[str, Thing] = {}
        self.patches = Thing("the libraries", kind="module")
        self.registering = Thing("the methods of tables", kind="module")  # imports of which nothing is known

    # --- text that is code

    def run_text(self, path: str, node: ast.expr, text: object) -> Value | None:
        """``eval`` and ``exec`` of a text written out run its code; of any other text, they may read every name."""
        if path not in ("eval", "exec") or not isinstance(node, ast.Call) or len(node.args) + len(node.keywords) != 1:
            return None
        if not isinstance(text, str):
            self.read_everything()
            return None
        try:
            if path == "eval":
                return self.value(ast.parse(text.strip(), mode="eval").body)
            self.block(ast.parse(text).body)
        except SyntaxError:
            return None
        return NOTHING

    def read_everything(self) -> None:
        """Any name may be read."""
        for name, binding in list(self.module.names.items()):
            self.need(binding.defs, name)
            self.read_things(binding.value.things, name)

    def everything(self) -> Value:
        """Whatever any name stands for."""
        return Value(frozenset[Thing]().union(*(b.value.things for b in self.module.names.values())))

    def read_words(self, node: ast.expr, values: Iterable[Value], pattern: re.Pattern[str]) -> None:
        """A library looks up, among the notebook's names, those in the texts it was given."""
        texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)] + [v.constant for v in values]
        words = {word for text in texts if isinstance(text, str) for word in pattern.findall(text)}
        with self.doubting():
            for word in sorted(words):
                if (binding := self.scope.lookup(word)) is not None:
                    self.need(binding.defs, word)
                    self.read_things(binding.value.things, word)

    # --- settings of libraries and of the process

    def settings_of(self, called: Value) -> list[Thing]:
        """What a function of this library looks at, and all that it makes."""
        names = sorted({called.path.partition(".")[0], *(t.label for t in called.things if t.kind == "module")})
        looking = [name for name in names if name in settings.LOOKING]
        return [self.settings_thing(name) for name in (*looking, *(["the process"] if looking else []))]

    def set_for_all(self, called: Value, node: ast.expr, *, sets: bool) -> None:
        """Do what the call does to all that works with its library. ``sets``: its row says that it sets something."""
        if sets and not settings.is_display_setting(node) and not settings.only_shows(called.path):
            self.change(called.things, deep=False)
            self.change(self.settings_of(called)[:1], deep=False)
        if settings.PROCESS.search(called.path):
            self.change([self.settings_thing("the process")], deep=False)
        if settings.ENVIRONMENT.search(called.path):
            self.change([self.module_thing("os")], deep=False)
        if settings.makes_errors(called.path, node):
            self.change([self.settings_thing("warnings")], deep=False)

    # --- attributes put on libraries

    def attribute_thing(self, name: str) -> Thing:
        """What stands for an attribute that the notebook, or an import, puts on a library's classes."""
        return self._attributes.setdefault(name, Thing(f"the attribute {name}", kind="module"))

    def patch(self, name: str, path: str, value: Value) -> None:
        """The notebook sets an attribute of a library's module or class."""
        if settings.STORES.search(path) and not settings.only_shows(path):
            self.change([self.settings_thing(path.partition(".")[0])], deep=False)
        elif settings.is_patch(path):
            self.change([self.patches, self.attribute_thing(name)], deep=False)
            self.attribute_thing(name).holds |= value.things

    def read_attribute(self, name: str) -> None:
        """Use an attribute of a library's object: somebody may have put it there."""
        if name in self._attributes:
            self.read_things([self._attributes[name]], self._attributes[name].label)
            self.call_back(self._attributes[name].holds, NOTHING)  # for the names that its body reads

    def import_effects(self, path: str) -> None:
        """What importing this changes for others."""
        for name in ENABLES.get(path, ()):
            self.change([self.attribute_thing(name)], deep=False)
        if not effects.is_known(path):
            self.change([self.registering], deep=False)


def is_namespace(node: ast.expr) -> bool:
    """Whether it is ``globals()`` and the like, by which names are read and bound as text."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMESPACES):
        return False
    return not node.args


def text_of(node: ast.expr) -> str | None:
    """The text of a constant."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
