"""What the audit of a bundle's code knows by name: see ``code_audit``."""

from __future__ import annotations

# By their full names; what an import renames is looked up first.
DECORATORS = frozenset({
    "dataclasses.dataclass", "functools.wraps", "functools.lru_cache", "functools.cache", "functools.cached_property",
    "functools.total_ordering", "staticmethod", "classmethod", "property", "abc.abstractmethod", "typing.override",
    "typing.overload", "typing.final", "numba.jit", "numba.njit", "torch.no_grad", "torch.inference_mode",
})  # fmt: skip
CALLS = frozenset({
    "re.compile", "frozenset", "set", "tuple", "list", "dict", "range", "float", "int", "str", "bool", "complex",
    "numpy.array", "numpy.log", "numpy.log1p", "numpy.exp", "numpy.sqrt", "numpy.float32", "numpy.float64", "math.log",
    "math.sqrt", "math.exp", "pathlib.Path", "datetime.date", "datetime.datetime", "datetime.timedelta",
    "collections.namedtuple", "dataclasses.field", "enum.auto", "typing.TypeVar", "pandas.Timestamp",
    "pandas.Timedelta",
})  # fmt: skip
# Python calls these while a class or an object is made from a file, or whenever it looks at one.
REFUSED_METHODS = frozenset({
    "__new__", "__setstate__", "__reduce__", "__reduce_ex__", "__del__", "__init_subclass__", "__set_name__",
    "__class_getitem__", "__getattribute__", "__setattr__", "__class__", "__prepare__", "__instancecheck__",
    "__subclasscheck__", "__mro_entries__", "__dict__",
})  # fmt: skip
# Packages whose classes do nothing of a subclass's own while that is defined. Not those with compiled content behind
# them, which is checked by the name of its class.
BASES = frozenset({"abc", "category_encoders", "enum", "feature_engine", "imblearn", "sklearn", "typing"})
# Classes of packages of which not every class is so.
BASE_CLASSES = frozenset(f"torch.nn.{name}" for name in ("Module", "Sequential", "ModuleList", "ModuleDict"))
PLAIN_BASES = frozenset({"int", "str", "float", "bytes", "tuple"})  # of an enumeration, beside its kind
TAKES_CLASSES = frozenset({"dataclasses.field", "typing.TypeVar"})  # they keep what they are handed, and ask it nothing
MODULE_WORDS = frozenset({"__all__", "__author__", "__doc__", "__version__"})
RUNS_WHEN_IMPORTED = frozenset({"__main__", "antigravity", "idlelib", "test", "this", "turtledemo"})
