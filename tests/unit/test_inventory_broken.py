"""One bad inventory a mistake: each file says in its head what has to be said of it, and nothing else may be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from auditor import inventory

BROKEN = sorted((Path(__file__).parents[1] / "broken" / "inventories").glob("*.toml"))
_EXPECT = re.compile(r"# expect (\d+|-): (.+)")


def test_there_is_a_bad_file_for_every_kind_of_mistake() -> None:
    assert len(BROKEN) >= 72


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_mistake_is_named_with_line_key_value_and_what_is_allowed(path: Path) -> None:
    expected = [match.groups() for line in path.read_text("utf-8").splitlines() if (match := _EXPECT.match(line))]
    assert expected
    with pytest.raises(inventory.InventoryError) as caught:
        inventory.load(path)
    found = [(str(one.line or "-"), str(one.text)) for one in caught.value.mistakes]
    assert found == expected
    assert caught.value.exit_code == 2
    assert "hunter2" not in str(caught.value)  # the secret that some of them hold


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_every_sentence_can_be_translated(path: Path) -> None:
    with pytest.raises(inventory.InventoryError) as caught:
        inventory.load(path)
    seen: list[str] = []
    caught.value.text.render(lambda template: seen.append(template) or template)
    assert all("hunter2" not in template for template in seen)
    assert str(path) not in "".join(seen)  # values are parameters, never part of a template
