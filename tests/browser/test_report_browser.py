"""The report in a real Chromium: on a desk, on a phone, on paper, and for people who cannot see colours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from reports.edition import Edition
from reports.html import render
from reports.redaction import redacted
from tests.editions import believable, hostile
from tests.furnished import furnished

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WIDTHS = {"desk": 1280, "phone": 375}

# The lowest contrast of any text on the page against the nearest background that is painted (WCAG 2.2, 1.4.3).
LOWEST_CONTRAST = """() => {
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let lowest = [99, ''];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility()) continue;
    const drawn = node.closest('svg');
    const ink = light(parse(getComputedStyle(node)[drawn ? 'fill' : 'color']));
    let behind = node, paper = [255, 255, 255];
    while (behind) {
      const found = parse(getComputedStyle(behind).backgroundColor);
      if (found.length === 3 || found[3] > 0) { paper = found; break; }
      behind = behind.parentElement;
    }
    const pair = [ink, light(paper)].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < lowest[0]) lowest = [contrast, node.className + ': ' + node.textContent.slice(0, 40)];
  }
  return lowest;
}"""


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    contexts = []

    def open_(edition: Edition, width: int = 1280, *, reviewer: bool = False) -> Any:
        file = tmp_path / "report.html"
        file.write_text(render(edition, reviewer=reviewer), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.heard = []
        page.on("console", lambda message: page.heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: page.heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: page.heard.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: page.heard.append(f"request: {request.url}"))
        page.goto(file.as_uri())
        page.wait_for_load_state("networkidle")
        page.heard.remove(f"request: {file.as_uri()}")
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("make", [furnished, hostile], ids=["furnished", "hostile"])
def test_it_is_quiet_and_fits_the_screen(opened: Callable[..., Any], make: Callable[[], Edition], width: int) -> None:
    page = opened(make(), width)
    assert [one for one in page.heard if not one.startswith("request: data:")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.scripts.length") == 0


def test_hostile_text_is_read_in_the_order_it_is_written(opened: Callable[..., Any]) -> None:
    page = opened(hostile())
    assert page.locator("h1").inner_text() == "<script>alert('1')</script>⟨U+202E⟩gnp.exe"
    assert "⟨U+202E⟩gnp.exe" in page.title()


def test_the_columns_of_the_reviewers_stand_under_their_headings(opened: Callable[..., Any]) -> None:
    page = opened(believable(), reviewer=True)
    lefts = "row => [...row.cells].map(cell => Math.round(cell.getBoundingClientRect().left))"
    head = page.locator("table.reviewer thead tr").evaluate(lefts)
    rows = page.locator("table.reviewer tbody tr").evaluate_all(f"rows => rows.map({lefts})")
    assert len(head) == 10
    assert rows
    assert [row for row in rows if row[-7:] != head[-7:]] == []


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_every_text_has_enough_contrast(opened: Callable[..., Any], width: int) -> None:
    contrast, where = opened(furnished(), width).evaluate(LOWEST_CONTRAST)
    assert contrast >= 4.5, where


def test_headings_tables_and_drawings_can_be_read_aloud(opened: Callable[..., Any]) -> None:
    page = opened(furnished())
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(a, b) for a, b in pairwise(levels) if b > a + 1] == []
    assert page.evaluate("[...document.querySelectorAll('th')].filter(th => !th.scope).length") == 0
    unnamed = "[...document.querySelectorAll('svg')].filter(s => s.ariaHidden !== 'true' && s.role !== 'img').length"
    assert page.evaluate(unnamed) == 0
    assert page.get_by_role("img", name="已证实").count() >= 7  # the score's band and six sections
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


# The rules that take long on a long page are left to the shorter ones, and contrast to the test above.
LOOKS: dict[str, tuple[Callable[[], Edition], int, dict[str, Any]]] = {
    "section, desk": (lambda: furnished(section="信息安全"), 1280, {}),
    "section for publication, phone": (lambda: redacted(furnished("en", "信息安全")), 375, {}),
    "whole, phone": (furnished, 375, {"rules": {"color-contrast": {"enabled": False}}}),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("make", "width", "options"), LOOKS.values(), ids=LOOKS)
def test_axe_finds_nothing_serious(
    opened: Callable[..., Any], make: Callable[[], Edition], width: int, options: dict[str, Any]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = opened(make(), width)
    found = axe.Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    grave = {"serious", "critical"}
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in grave] == []


def test_everything_can_be_reached_with_the_keyboard(opened: Callable[..., Any]) -> None:
    page = opened(furnished(section="信息安全"))
    focusable = page.evaluate(
        "[...document.querySelectorAll('a[href], summary')].filter(e => e.checkVisibility()).length"
    )
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 80)"))
        ring = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.evaluate(ring) != "none"  # and it can be seen where one is
    assert focusable > 40
    assert len(reached) > 8


def test_a_drawing_is_as_wide_as_the_phone_and_its_table_is_stacked(opened: Callable[..., Any]) -> None:
    page = opened(furnished(), 375)
    calendar = page.locator("svg.calendar").first.bounding_box()
    assert 280 <= calendar["width"] <= 375
    row = page.locator(".exhibit.rooms tbody tr").first
    assert row.evaluate("row => getComputedStyle(row).display") == "flex"


def test_a_link_to_raw_output_opens_what_is_folded(opened: Callable[..., Any]) -> None:
    page = opened(believable())
    link = page.locator("a[href^='#r-']").first
    target = page.locator(link.get_attribute("href"))
    assert not target.is_visible()
    link.click()
    assert target.is_visible()
    assert "ifHighSpeed" in target.inner_text()


def test_what_is_folded_on_the_screen_is_open_on_paper(opened: Callable[..., Any]) -> None:
    page = opened(believable())
    passing = page.locator("#i-1\\.1\\.1 details.members:not([open]) tbody tr").first
    height = "row => row.checkVisibility({contentVisibilityAuto: true}) ? row.getBoundingClientRect().height : 0"
    assert passing.evaluate(height) == 0
    page.emulate_media(media="print")
    assert passing.evaluate(height) > 0


def test_it_prints_on_a4(opened: Callable[..., Any]) -> None:
    document = opened(believable(section="信息安全")).pdf(prefer_css_page_size=True)
    assert document.startswith(b"%PDF")
    sheets = {
        tuple(round(float(one)) for one in found) for found in re.findall(rb"MediaBox \[0 0 (\S+) (\S+)\]", document)
    }
    assert sheets == {(595, 842)}  # A4 in points
    assert 4 <= document.count(b"/Type /Page\n") <= 10
