"""Maps of coverage in a real Chromium: on a desk, on a phone, on paper, with and without names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from reports.edition import Edition
from reports.html import render
from reports.redaction import redacted
from tests.walked import walked_edition

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

AIR_PX = 2.0
MAKES: dict[str, tuple[Callable[[], Edition], int]] = {
    "desk": (lambda: walked_edition("zh", "智慧环境"), 1280),
    "phone": (lambda: walked_edition("en", "智慧环境"), 375),
    "for publication, phone": (lambda: redacted(walked_edition("zh", "智慧环境")), 375),
}


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[[Edition, int], Any]]:
    contexts = []

    def open_(edition: Edition, width: int) -> Any:
        file = tmp_path / "report.html"
        file.write_text(render(edition), encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
        page = contexts[-1].new_page()
        page.heard = []
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.goto(file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize(("make", "width"), MAKES.values(), ids=MAKES)
def test_maps_fit_the_screen_and_axe_finds_nothing_serious(
    opened: Callable[..., Any], make: Callable[[], Edition], width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = opened(make(), width)
    assert page.locator("svg.floor").count() == 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = page.locator("svg.floor").first.bounding_box()["width"]
    assert 0.7 * min(width, 900) <= wide <= width
    found = axe.Axe().run(page, context=".exhibit.floors", options={"resultTypes": ["violations"]})
    grave = {"serious", "critical"}
    assert [one["id"] for one in found.response["violations"] if one["impact"] in grave] == []
    assert page.heard == []


def test_the_three_states_are_told_apart_without_colour_and_stand_on_paper(opened: Callable[..., Any]) -> None:
    page = opened(walked_edition("zh", "智慧环境"), 1280)
    page.emulate_media(media="print")
    fills = "e => getComputedStyle(e).fill"
    drawn = {name: page.locator(f"svg.floor .{name}").first.evaluate(fills) for name in ("met", "unmet", "unsure")}
    assert len(set(drawn.values())) == 3
    assert [name for name, fill in drawn.items() if "url(" in fill] == ["unmet", "unsure"]
    assert page.locator("svg.floor").first.bounding_box()["height"] > 100
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


WRITTEN = """map => [...map.querySelectorAll("text")].filter(one => one.checkVisibility()).map(one => {
  const box = one.getBoundingClientRect(), scale = map.getBoundingClientRect().width / map.viewBox.baseVal.width;
  const high = parseFloat(getComputedStyle(one).fontSize) * scale;
  const {left, top, right} = box;
  return {said: one.textContent, level: one.classList.contains("dbm"), high, box: [left, top, right, top + high]};
})"""


@pytest.mark.parametrize("width", [360, 641, 1280])
def test_what_stands_on_a_map_can_be_read(opened: Callable[..., Any], width: int) -> None:
    page = opened(walked_edition("zh", "智慧环境"), width)
    for drawn in page.locator("svg.floor").all():
        written = drawn.evaluate(WRITTEN)
        assert sum(one["level"] for one in written) >= 12
        assert [one["said"] for one in written if one["high"] < (9 if one["level"] else 8)] == []
        if width < 400:
            assert [
                (one["said"], other["said"]) for one, other in combinations(written, 2) if _overlap(one, other)
            ] == []


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two words lie upon each other, by more than the air around them."""
    (left, top, right, bottom), (its_left, its_top, its_right, its_bottom) = one["box"], other["box"]
    across, down = min(right, its_right) - max(left, its_left), min(bottom, its_bottom) - max(top, its_top)
    return across > AIR_PX and down > AIR_PX
