"""What a metric is called in a sentence, wherever the sentence is made; results and JSON keep its key."""

from __future__ import annotations

NAMES = {
    "roc_auc": "ROC AUC",
    "roc_auc_ovr": "ROC AUC, one vs rest",
    "auc": "ROC AUC",
    "average_precision": "average precision",
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1",
    "f1_macro": "macro F1",
    "macro_f1": "macro F1",
    "log_loss": "log loss",
    "brier": "Brier score",
    "error_rate": "share of wrong answers",
    "ece": "calibration error",
    "mcc": "MCC",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
    "r2": "R²",
}


def metric_name(key: str) -> str:
    """How people call a metric.

    >>> metric_name("roc_auc"), metric_name("false_positive_rate")
    ('ROC AUC', 'false positive rate')
    """
    return NAMES.get(key, key.replace("_", " "))
