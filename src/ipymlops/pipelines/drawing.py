"""Which functions and classes of libraries draw from a global random generator, unless they get their own state."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

from ipymlops.pipelines.effects import Generator

Drawn = Generator | Literal[""]  # nothing: from none

# Functions that draw from NumPy's global generator unless they are given ``random_state``.
DRAWING_FUNCTIONS = re.compile(
    r"^sklearn\.(model_selection\.(train_test_split|permutation_test_score)|datasets\.make_\w+"
    r"|feature_selection\.mutual_info_\w+|utils\.(resample|shuffle|extmath\.randomized_svd)"
    r"|inspection\.permutation_importance|cluster\.(k_means|kmeans_plusplus|spectral_clustering)"
    r"|decomposition\.(fastica|dict_learning\w*|non_negative_factorization))$"
    r"|^scipy\.(stats\.(.*\.)?(rvs|resample|bootstrap|permutation_test)"
    r"|optimize\.(differential_evolution|dual_annealing|basinhopping)|cluster\.vq\.kmeans2?)$|^imblearn\."
)
# Classes whose objects draw from it when they are used, unless they are given ``random_state``.
DRAWING_CLASSES = re.compile(
    r"(Forest|ExtraTree|GradientBoosting|DecisionTree|MLP|SGD|KMeans|Bagging|AdaBoost|Perceptron|PassiveAggressive"
    r"|LinearSV|^SVC$|^NuSVC$|^Ridge|^Lasso|ElasticNet|Randomized|Halving|Isolation|^PCA$|TruncatedSVD|NMF|TSNE|UMAP"
    r"|ShuffleSplit|KFold|IterativeImputer|QuantileTransformer|Mixture|Spectral|FastICA|LatentDirichlet|SMOTE|Sampler"
    r"|LogisticRegression|RandomProjection|RBFSampler|Nystroem|RANSAC|BernoulliRBM|EllipticEnvelope|RandomTreesEmbedding"
    r"|DictionaryLearning|SparsePCA|FactorAnalysis|TargetEncoder|KBinsDiscretizer|Gaussian|MultiTask"
    r"|AffinityPropagation|^MDS$|MinCovDet|PolynomialCountSketch|TheilSen)"
)
# Of those, the ones that draw only where this keyword is given.
DRAWING_KEYWORDS = {
    "LogisticRegression": "solver",
    "LogisticRegressionCV": "solver",
    "Ridge": "solver",
    "RidgeClassifier": "solver",
    "RidgeCV": "",
    "RidgeClassifierCV": "",
    "LassoLars": "",
    "LassoLarsCV": "",
    "LassoLarsIC": "",
    "KFold": "shuffle",
    "StratifiedKFold": "shuffle",
    "StratifiedGroupKFold": "shuffle",
    "GroupKFold": "shuffle",
    "GaussianNB": "",
    "GaussianProcessRegressor": "n_restarts_optimizer",
}
# Classes of torch whose construction draws the first parameters, and those that draw whenever they are used.
TORCH_LAYERS = re.compile(
    r"^torch\.nn\.(\w*Linear|\w*Conv\w+|Embedding\w*|RNN\w*|LSTM\w*|GRU\w*|\w*Attention|Transformer\w*|PReLU)$"
)
TORCH_USES = re.compile(r"^torch\.(nn\.\w*Dropout\w*|utils\.data\.(DataLoader|RandomSampler|WeightedRandomSampler))$")


def draws_when_called(path: str) -> Drawn:
    """The global generator that a function draws from if it gets no ``random_state``."""
    if TORCH_LAYERS.search(path):
        return "torch"
    return "numpy" if DRAWING_FUNCTIONS.search(path) else ""


def draws_when_used(path: str, keywords: Collection[str]) -> Drawn:
    """The generator that an object of this class, built with these keywords, may draw from if it gets no state."""
    name = path.rsplit(".", 1)[-1]
    if TORCH_USES.search(path):
        return "torch"
    if name in DRAWING_KEYWORDS and DRAWING_KEYWORDS[name] not in keywords:
        return ""
    libraries = path.startswith(("sklearn.", "imblearn.", "umap."))
    return "numpy" if libraries and DRAWING_CLASSES.search(name) else ""
