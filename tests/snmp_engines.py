"""Which engine asks in a test: tests that take ``engine`` run once through the fast lane and once without it."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

from probes.transport import snmp_gufo

FAST = pytest.param(
    "gufo-snmp",
    marks=pytest.mark.skipif(find_spec("gufo") is None, reason="no wheel of gufo-snmp for this machine"),
)


@pytest.fixture(params=[FAST, "pysnmp"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The engine's name; ``pysnmp`` is what a machine without gufo-snmp has."""
    name: Any = request.param
    if name == "pysnmp":
        monkeypatch.setattr(snmp_gufo, "fitting", lambda _: False)
    return str(name)
