"""Which types a stored model may hold beyond those that skops trusts by itself.

Each is scikit-learn's, NumPy's or SciPy's own, holds plain data, and runs nothing of the file's choosing when
constructed. Functions are listed one by one: a function of scikit-learn is not harmless for being scikit-learn's.
The types whose *content* could still crash the interpreter (trees of indices) are checked in ``structure.py``, and
those of XGBoost and LightGBM in ``boosters.py``, before they are constructed.
"""

from __future__ import annotations

import functools
import inspect
from types import FunctionType

from ipymlops.registry.serializers import distributions, tables
from ipymlops.registry.serializers.boosters import TYPES as _BOOSTERS

_TREES = {
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
}
_PARTS = {
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.compose._column_transformer.make_column_selector",
    "sklearn.multiclass._ConstantPredictor",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.metrics._scorer._MultimetricScorer",
    "sklearn.metrics._scorer._CurveScorer",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._dist_metrics.ChebyshevDistance64",
    "scipy.interpolate._bsplines.BSpline",
    "scipy.sparse._csr.csr_matrix",
    "scipy.sparse._csc.csc_matrix",
    "scipy.sparse._csr.csr_array",
    "scipy.sparse._csc.csc_array",
    tables.NAME,  # makes pandas objects of audited text
    distributions.NAME,  # makes distributions of scipy.stats of a name and numbers
    "numpy.dtype",
    "collections.OrderedDict",
    "datetime.date",
    "datetime.datetime",
    "datetime.timedelta",
    "datetime.timezone",
    "functools.partial",  # of a function that is trusted too
}
_FUNCTIONS = {
    "numpy.mean",
    "sklearn.utils.validation.check_array",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",
    *(
        f"sklearn.feature_selection._univariate_selection.{name}"
        for name in ("chi2", "f_classif", "f_regression", "r_regression")
    ),
    *(f"sklearn.feature_selection._mutual_info.{name}" for name in ("mutual_info_classif", "mutual_info_regression")),
}


@functools.cache
def trusted_types() -> frozenset[str]:
    """The full names, as skops writes them."""
    return frozenset(_TREES | _PARTS | _FUNCTIONS | _BOOSTERS | _kernels() | _splitters() | _metrics())


def _kernels() -> set[str]:
    from sklearn.gaussian_process import kernels

    return {_name(c) for c in vars(kernels).values() if inspect.isclass(c) and issubclass(c, kernels.Kernel)}


def _splitters() -> set[str]:
    from sklearn import model_selection

    found = vars(model_selection).values()
    return {_name(c) for c in found if inspect.isclass(c) and c.__module__ == "sklearn.model_selection._split"}


def _metrics() -> set[str]:
    """scikit-learn's public metrics: what the scorer inside a fitted search refers to."""
    from sklearn import metrics

    found = vars(metrics).values()
    return {_name(f) for f in found if inspect.isfunction(f) and f.__module__.startswith("sklearn.metrics.")}


def _name(thing: type | FunctionType) -> str:
    return f"{thing.__module__}.{thing.__name__}"
