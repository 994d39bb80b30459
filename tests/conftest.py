"""Rules for all tests: on CI a skip is a failure, and nobody's real project or identity leaks in."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _a_known_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYMLOPS_USER", "ada")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, None]:
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("IPYMLOPS_NO_SKIPS") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
