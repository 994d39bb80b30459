"""What MLflow calls to load a bundle (``loader_module`` in its ``MLmodel``). MLflow itself is not imported."""

from __future__ import annotations

from typing import Any

from ipymlops.registry.bundle import Bundle


class PyfuncModel:
    """A bundle's model that takes tables as they come: columns are checked, chosen and ordered by its schema."""

    def __init__(self, bundle: Bundle) -> None:
        self.schema = bundle.schema()
        self.model = bundle.model()

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """The model's answer, one a row; it takes no ``params``."""
        return self.model.predict(self.schema.conform(data))

    def get_raw_model(self) -> Any:
        """The estimator itself."""
        return self.model


def _load_pyfunc(path: str) -> PyfuncModel:
    return PyfuncModel(Bundle.from_folder(path))
