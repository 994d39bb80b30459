"""What is set for a whole library or the whole process: by which calls and stores, and who looks at it."""

from __future__ import annotations

import ast
import re

# Libraries whose objects look at its settings while they work, wherever these were set.
LOOKING = frozenset({"decimal", "numpy", "pandas", "polars", "sklearn", "torch", "xgboost"})
# Setting attributes below these changes the settings of their library.
STORES = re.compile(r"^(pandas\.options|torch\.backends|decimal\.\w*Context)\b")
# Setting attributes below these changes what is shown, or is watched apart (os, sys).
NO_PATCH = re.compile(r"^(matplotlib|seaborn|plotly|altair|bokeh|IPython|warnings|logging|os|sys|pandas\.options)\b")
# Calls that change environment variables, the language, the import path.
ENVIRONMENT = re.compile(r"^(dotenv\.(main\.)?load_dotenv|locale\.(setlocale|resetlocale)|site\.addsitedir)$")
# Methods and functions that write or read dates in the language of the process.
SPEAKING = frozenset({"strftime", "strptime", "to_datetime", "day_name", "month_name"})
# Calls after which all libraries compute in another way.
PROCESS = re.compile(r"^(threadpoolctl\.threadpool_limits|sklearnex\.(un)?patch_sklearn|daal4py\..*patch_sklearn)$")
# Functions of unknown libraries that, without arguments, hand out what all of the library looks at.
HANDLES = re.compile(
    r"^(get_?)?((default|current|global|active)_?\w*|context|\w*config\w*|settings|options|instance|session)$",
    re.IGNORECASE,
)
# Functions of known libraries by whose names they set something.
SETTERS = re.compile(r"^(set|reset|enable|disable|use)_[a-z]")
WARNING_FILTERS = ("warnings.filterwarnings", "warnings.simplefilter")
SHOWN = frozenset({"display", "print_changed_only"})  # options of scikit-learn


def is_patch(path: str) -> bool:
    """Whether setting this attribute changes how a library computes."""
    return "." in path and not NO_PATCH.search(path)


def only_shows(path: str) -> bool:
    """Whether what lies below this changes only what is displayed."""
    return path.startswith(("pandas.options.display.", "pandas.options.plotting.", "polars.Config."))


def is_display_setting(node: ast.expr) -> bool:
    """Whether the call sets only what is displayed."""
    if not isinstance(node, ast.Call):
        return False
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Constant):
        return str(first.value).startswith(("display.", "plotting."))
    return not node.args and bool(node.keywords) and all(k.arg in SHOWN for k in node.keywords)


def makes_errors(path: str, node: ast.expr) -> bool:
    """Whether warnings may stop a statement from now on, or no longer."""
    if path == "warnings.resetwarnings":
        return True
    if path not in WARNING_FILTERS or not isinstance(node, ast.Call):
        return False
    action = next(iter([*node.args, *(k.value for k in node.keywords if k.arg == "action")]), None)
    return not isinstance(action, ast.Constant) or action.value == "error"
