"""The Chinese catalogue holds every sentence of the code, with the same parameters, and is compiled."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "catalogue.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    pytest.importorskip("babel", reason="the catalogue is extracted with babel (pip install -e .[dev])")
    spec = importlib.util.spec_from_file_location("catalogue", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parameters(template: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(template) if name is not None})


def test_sentences_are_found_in_code_and_templates(tool: ModuleType) -> None:
    found = {str(one.id): [file for file, _ in one.locations] for one in tool.extracted() if one.id}
    assert "reports/wording.py" in found["The device did not answer."]
    assert "reports/templates/table.html.j2" in found["Suggested score"]
    assert "auditor/arguments/files.py" in found["inventory file (TOML)"]


def test_every_sentence_is_translated(tool: ModuleType) -> None:
    assert tool.untranslated(tool.merged()) == []


def test_translations_have_the_parameters_of_their_sentence(tool: ModuleType) -> None:
    wrong = {
        str(one.id): one.string
        for one in tool.merged()
        if one.id and one.string and parameters(one.id) != parameters(one.string)
    }
    assert wrong == {}


def test_both_files_are_up_to_date(tool: ModuleType) -> None:
    assert tool.PO.read_bytes() == tool.written(tool.merged()), "run tools/catalogue.py"
    assert tool.MO.read_bytes() == tool.compiled(tool.merged()), "run tools/catalogue.py"
