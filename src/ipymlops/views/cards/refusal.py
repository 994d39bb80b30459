"""What to do after gates refused a version: a step for each gate, and another where its figures were seen already."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.views import words
from ipymlops.views.card import Step

_DEEDS: dict[str, tuple[str, str]] = {
    "verified-pipeline": (
        "Write the pipeline that retrains it, and prove it",
        "export {ref} --to pipelines/{model}",
    ),
    "signature": ("Sign it with a key that is trusted here", "sign {ref} --key KEY.pem"),
    "approval": ("Let a second person look at it and say yes", "approve {ref}"),
    "evaluated": ("Register it again with test data", "register MODEL --name {model} --test X_test y_test"),
    "enough-rows": (
        "Begin a line with a larger benchmark: that of this one stays as it is",
        "register MODEL --name NEW_NAME --test X_test y_test",
    ),
}
_LOOKS: dict[str, tuple[str, str]] = {
    "not-worse": ("See by how much it differs from the champion", "compare {model}@champion {ref}"),
    "not-below-champion": ("See by how much it differs from the champion", "compare {model}@champion {ref}"),
    "fairness-gap": ("See the figures of each group", "evaluate {ref} --sensitive COLUMN"),
    "calibration": ("See where its probabilities are off", "evaluate {ref}"),
    "weak-slice": ("See the rows on which its probabilities are off", "evaluate {ref}"),
    "latency": ("See how long it takes to answer", "evaluate {ref}"),
    "size": ("See how large it is", "evaluate {ref}"),
}


def step_after_refusal(codes: Sequence[str], model: str, version: int | None, *, seen: bool) -> Step:
    """What can be done about the first gate that something can be done about; else what shows more of it, or where that
    was ``seen``, to train again."""
    known = _DEEDS if seen else _DEEDS | _LOOKS
    ref = words.version_ref(model, version)
    for code in codes:
        if code in known:
            said, command = known[code]
            return Step(said, command.format(ref=ref, model=model))
    if seen:
        return Step(
            f"Its promotion was refused ({words.listed(codes)}): train it again, and register the next version",
            f"register MODEL --name {model}",
        )
    return Step("See its figures", f"evaluate {ref}")
