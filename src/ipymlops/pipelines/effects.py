"""What library calls change: the one table of knowledge behind the slice.

A row says whether a call may change its receiver or arguments, what its result shares memory with, and whether it
draws from a global random generator. A call without a row may change everything it is given: the slice then keeps
too much, never too little.

Checked against the libraries themselves (tests/pipelines/test_effects.py): pandas 2.2 and 3.1, numpy 2.4,
scikit-learn 1.7 and 1.9, statsmodels 0.15, torch 2.13, xgboost 3.2, LightGBM 4.7. Where versions differ, a function
that takes the notebook's versions decides (``copy_on_write``).
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import Literal

from ipymlops.pipelines.settings import SETTERS

# fresh: shares nothing · receiver: is the receiver (or first argument) itself · holds: may hand out or keep what it
# was given, so changing one changes the other · sees: keeps what it was given, and never changes it
# settings: of its library, so changing it changes how that works
Result = Literal["fresh", "receiver", "holds", "sees", "settings"]
Generator = Literal["numpy", "python", "torch"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What one call does. ``arguments``: positions and keywords it changes; None means all of them."""

    receiver: bool = False
    arguments: tuple[int | str, ...] | None = ()
    result: Result = "fresh"
    stores: bool = False  # the receiver keeps the arguments
    draws: tuple[Generator, ...] = ()  # surely moves these global generators
    seeds: tuple[Generator, ...] = ()
    kind: str = ""  # of the result: "frame", "array", "container", "iterator", "estimator", "figure"
    settings: bool = False  # changes its module's settings
    known: bool = True
    entropy: bool = False  # asks the operating system for randomness, which nothing can replay
    opaque: bool = False  # may bind any name


PURE = Effect()
UNKNOWN = Effect(receiver=True, arguments=None, result="holds", stores=True, known=False)
CONSTRUCTOR = Effect(result="holds", kind="estimator")
CLONING = Effect(result="sees", kind="estimator")
FRAME = Effect(kind="frame")
FIGURE = Effect(kind="figure")
ARRAY = Effect(kind="array")
CONTAINER = Effect(result="holds", kind="container")
ITERATOR = Effect(result="holds", kind="iterator")
SEEDS_ALL = Effect(seeds=("numpy", "python", "torch"))
DRAWS_TORCH = Effect(draws=("torch",), kind="array")
RESULTS = Effect(result="holds", kind="estimator")

VIEW = Effect(result="holds", kind="array")
# What these give may share memory with what they were given, with or without a word such as ``copy=False``.
_NUMPY_VIEWS = """
    array_split asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray asmatrix atleast_1d atleast_2d
    atleast_3d broadcast_arrays broadcast_to diag diagonal diff double dsplit einsum expand_dims flip fliplr flipud
    float64 from_dlpack frombuffer histogram histogram_bin_edges histogramdd hsplit imag ix_ ma matrix_transpose
    moveaxis permute_dims polyder polyint ravel real real_if_close rec require reshape rollaxis rot90 split squeeze
    swapaxes transpose trim_zeros unstack vsplit lib.stride_tricks linalg.diagonal linalg.matrix_power
    linalg.matrix_transpose
"""

# Given a function, these call it only when their result is used.
CALLS_LATER = frozenset({"functools.partial", "functools.wraps", "functools.lru_cache", "functools.cache"})
# Functions by dotted path: the longest row that is the path, or a prefix of it, wins.
FUNCTIONS: dict[str, Effect] = {
    "pandas": FRAME,
    "pandas.set_option": Effect(settings=True),
    "pandas.reset_option": Effect(settings=True),
    "pandas.set_eng_float_format": PURE,
    "polars": FRAME,
    "narwhals": FRAME,
    "pyarrow": FRAME,
    "numpy": ARRAY,
    **{f"numpy.{name}": VIEW for name in _NUMPY_VIEWS.split()},
    "numpy.nditer": Effect(result="holds", kind="iterator"),
    "numpy.copyto": Effect(arguments=(0, "dst")),
    "numpy.put": Effect(arguments=(0, "a")),
    "numpy.place": Effect(arguments=(0, "arr")),
    "numpy.putmask": Effect(arguments=(0,)),
    "numpy.put_along_axis": Effect(arguments=(0, "arr")),
    "numpy.fill_diagonal": Effect(arguments=(0, "a")),
    "numpy.seterr": Effect(settings=True),
    "numpy.seterrcall": Effect(settings=True),
    "numpy.setbufsize": Effect(settings=True),
    "numpy.set_printoptions": PURE,
    "numpy.random": Effect(draws=("numpy",), kind="array"),
    "numpy.random.shuffle": Effect(arguments=(0, "x"), draws=("numpy",)),
    "numpy.random.seed": Effect(seeds=("numpy",)),
    "lightning.seed_everything": SEEDS_ALL,
    "lightning.pytorch.seed_everything": SEEDS_ALL,
    "pytorch_lightning.seed_everything": SEEDS_ALL,
    "transformers.set_seed": SEEDS_ALL,
    "keras.utils.set_random_seed": SEEDS_ALL,
    "tensorflow.keras.utils.set_random_seed": SEEDS_ALL,
    "numpy.random.set_state": Effect(seeds=("numpy",)),
    "numpy.random.get_state": Effect(draws=("numpy",)),  # reading the state needs what made it
    "numpy.random.default_rng": Effect(kind="generator"),
    "numpy.random.RandomState": Effect(kind="generator"),
    "numpy.random.Generator": Effect(kind="generator", result="holds"),
    "numpy.random.SeedSequence": Effect(kind="generator"),
    "numpy.random.PCG64": Effect(kind="generator"),
    "numpy.random.MT19937": Effect(kind="generator"),
    "random": Effect(draws=("python",)),
    "random.shuffle": Effect(arguments=(0,), draws=("python",)),
    "random.seed": Effect(seeds=("python",)),
    "random.setstate": Effect(seeds=("python",)),
    "random.getstate": Effect(draws=("python",)),
    "random.Random": Effect(kind="generator"),
    "random.SystemRandom": Effect(kind="generator", entropy=True),
    "secrets": Effect(entropy=True),
    "uuid": Effect(entropy=True),
    "os.urandom": Effect(entropy=True),
    "scipy": ARRAY,
    "sklearn": ARRAY,
    "sklearn.set_config": Effect(settings=True),
    "sklearn.base.clone": FRAME,
    "sklearn.utils.validation.check_is_fitted": PURE,
    "sklearn.pipeline.make_pipeline": CONSTRUCTOR,
    "sklearn.pipeline.make_union": CONSTRUCTOR,
    "sklearn.compose.make_column_transformer": CLONING,
    "sklearn.compose.make_column_selector": CLONING,
    "sklearn.metrics.make_scorer": CONSTRUCTOR,
    "statsmodels": CLONING,
    "statsmodels.api.add_constant": FRAME,
    "statsmodels.tools.add_constant": FRAME,
    "joblib": PURE,
    "joblib.dump": Effect(arguments=(1,)),
    "pickle.dump": Effect(arguments=(1, "file")),
    "cloudpickle.dump": Effect(arguments=(1, "file")),
    "dill.dump": Effect(arguments=(1, "file")),
    "json.dump": Effect(arguments=(1, "fp")),
    "joblib.Parallel": UNKNOWN,
    "joblib.load": CONTAINER,
    "pickle": PURE,
    "cloudpickle": PURE,
    "matplotlib": FIGURE,
    "seaborn": FIGURE,
    "plotly": FIGURE,
    "altair": FIGURE,
    "bokeh": FIGURE,
    "missingno": FIGURE,
    "IPython.display": PURE,
    "IPython": PURE,
    "tqdm": Effect(result="holds"),
    "math": PURE,
    "cmath": PURE,
    "statistics": PURE,
    "decimal": PURE,
    "decimal.getcontext": Effect(result="settings"),
    "decimal.setcontext": Effect(settings=True),
    "fractions": PURE,
    "operator": PURE,
    "string": PURE,
    "textwrap": PURE,
    "re": PURE,
    "json": PURE,
    "csv": ITERATOR,
    "datetime": PURE,
    "calendar": PURE,
    "time": PURE,
    "timeit": PURE,
    "pathlib": PURE,
    "glob": PURE,
    "os": PURE,
    "os.chdir": Effect(settings=True),
    "os.putenv": Effect(settings=True),
    "os.unsetenv": Effect(settings=True),
    "os.environ.update": Effect(settings=True),
    "os.environ.setdefault": Effect(settings=True),
    "os.environ.pop": Effect(settings=True),
    "os.environ.clear": Effect(settings=True),
    "platform": PURE,
    "hashlib": PURE,
    "base64": PURE,
    "collections": CONTAINER,
    "collections.defaultdict": Effect(result="holds", kind="defaultdict"),
    "copy": PURE,
    "copy.copy": CONTAINER,
    "itertools": ITERATOR,
    "functools": CONTAINER,
    "typing": PURE,
    "dataclasses": PURE,
    "dataclasses.dataclass": Effect(result="receiver"),
    "warnings": PURE,
    "logging": PURE,
    "gc": PURE,
    "sys.getsizeof": PURE,
    "pprint": PURE,
    "urllib.request": PURE,
    "requests": PURE,
    "ipymlops": PURE,
    "shap": PURE,
    "importlib.reload": Effect(settings=True, arguments=(0,)),
    "importlib.import_module": PURE,
    # xgboost, LightGBM and CatBoost seed themselves (0 unless told otherwise); ``train`` gives the booster.
    "xgboost": ARRAY,
    "xgboost.train": RESULTS,
    "xgboost.plot_importance": FIGURE,
    "lightgbm": ARRAY,
    "lightgbm.train": RESULTS,
    "lightgbm.plot_importance": FIGURE,
    "catboost": ARRAY,
    "catboost.train": RESULTS,
    # statsmodels reads the table that it is given, and its formulas read the notebook's names.
    "statsmodels.tools.tools.add_constant": FRAME,
    "statsmodels.api.qqplot": FIGURE,
    "patsy": FRAME,
    "category_encoders": CONSTRUCTOR,
    "feature_engine": CONSTRUCTOR,
    "imblearn": ARRAY,
    "imblearn.pipeline.make_pipeline": CONSTRUCTOR,
    # torch: what makes parameters or numbers draws from its own global generator.
    "torch": Effect(result="holds", kind="array"),
    "torch.tensor": ARRAY,  # copies, as its older forms do
    "torch.FloatTensor": ARRAY,
    "torch.LongTensor": ARRAY,
    "torch.Tensor": ARRAY,
    "torch.manual_seed": Effect(seeds=("torch",)),
    "torch.seed": Effect(seeds=("torch",), entropy=True),
    "torch.random.manual_seed": Effect(seeds=("torch",)),
    "torch.set_rng_state": Effect(seeds=("torch",)),
    "torch.get_rng_state": DRAWS_TORCH,
    "torch.rand": DRAWS_TORCH,
    "torch.randn": DRAWS_TORCH,
    "torch.randint": DRAWS_TORCH,
    "torch.randperm": DRAWS_TORCH,
    "torch.rand_like": DRAWS_TORCH,
    "torch.randn_like": DRAWS_TORCH,
    "torch.randint_like": DRAWS_TORCH,
    "torch.normal": DRAWS_TORCH,
    "torch.bernoulli": DRAWS_TORCH,
    "torch.multinomial": DRAWS_TORCH,
    "torch.nn.functional.dropout": DRAWS_TORCH,
    "torch.nn.init": Effect(arguments=(0,), result="receiver", draws=("torch",)),
    "torch.utils.data.random_split": Effect(result="holds", draws=("torch",), kind="container"),
    "torch.Generator": Effect(kind="generator"),
    "torch.set_default_dtype": Effect(settings=True),
    "torch.use_deterministic_algorithms": Effect(settings=True),
    "torch.set_printoptions": PURE,
    "torch.no_grad": PURE,
    "torch.save": Effect(arguments=(1,)),
    "torch.cuda": PURE,
}

# Objects of these classes work on clones of the estimators they are given.
CLONING_CLASSES = re.compile(
    r"(SearchCV|Voting|Stacking|Bagging|AdaBoost|ColumnTransformer|Calibrated|MultiOutput|OneVs|OutputCode|Chain|RFE"
    r"|SelectFrom|SequentialFeature|TransformedTarget|SelfTraining|IterativeImputer|TunedThreshold)"
)

# Libraries of estimators, of which every class is known to be one.
ESTIMATOR_LIBRARIES = ("xgboost", "lightgbm", "catboost", "imblearn", "statsmodels", "category_encoders", "torch")
_ROOTS = {path.split(".")[0] for path in FUNCTIONS}

# The classes of these do what the row of their library says: statsmodels' models do not change the data they are given.
OWN_CLASSES = ("pandas.", "numpy.", "pathlib.", "collections.", "statsmodels.")
_CAMEL = re.compile(r"^_?[A-Z]\w*[a-z]\w*$")


def of_function(path: str) -> Effect:
    """The row of a function or class by its dotted path; UNKNOWN where there is none."""
    last = path.rsplit(".", 1)[-1]
    if path in FUNCTIONS:
        return FUNCTIONS[path]
    if _CAMEL.match(last) and not path.startswith(OWN_CLASSES):
        return CLONING if CLONING_CLASSES.search(last) else CONSTRUCTOR
    prefix = path
    while "." in prefix:
        prefix = prefix.rsplit(".", 1)[0]
        if prefix in FUNCTIONS:
            return _setter(FUNCTIONS[prefix], last)
    return UNKNOWN


def _setter(row: Effect, name: str) -> Effect:
    """The row of a library for a function whose name says that it sets something."""
    return replace(row, settings=True) if row not in (PURE, FIGURE) and SETTERS.search(name) else row


def is_known(path: str) -> bool:
    """Whether importing this changes nothing that we do not know of."""
    root = path.split(".")[0]
    return root in sys.stdlib_module_names or root in _ROOTS or root in ESTIMATOR_LIBRARIES
