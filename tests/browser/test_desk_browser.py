"""The desk in a real Chromium: attesting with files, the score that moves, an audit that is watched, and no noise."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from tests.desks import PDF, Desk, opened

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

WIDTHS = {"desk": 1280, "phone": 375}
# Files dropped on an element as a person drops them: the event carries them, and the page has to take them.
DROP = """([selector, name, data]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([Uint8Array.from(atob(data), c => c.charCodeAt(0))], name));
  for (const type of ['dragenter', 'dragover', 'drop'])
    document.querySelector(selector).dispatchEvent(
      new DragEvent(type, {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(tmp_path_factory.mktemp("desk")) as found:
        yield found


@pytest.fixture(scope="module")
def cookies(browser: Any, desk: Desk) -> Any:
    """Of the one browser that was let in."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(desk.address)
    assert page.url == f"{desk.base}/"
    assert page.goto(desk.address).status == 403  # the address has worked
    found = context.cookies()
    assert page.evaluate("document.cookie") == ""
    context.close()
    return found


@pytest.fixture
def visit(browser: Any, desk: Desk, cookies: Any) -> Iterator[Callable[..., Any]]:
    contexts = []

    def open_(path: str, width: int = 1280, *, script: bool = True) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
        context.add_cookies(cookies)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.heard = []
        page.on("console", lambda message: page.heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: page.heard.append(f"error: {error}"))
        page.on("dialog", lambda dialog: page.heard.append(f"dialog: {dialog.message}"))
        page.on("request", lambda one: one.url.startswith(desk.base) or page.heard.append(f"request: {one.url}"))
        page.goto(desk.base + path)
        return page

    yield open_
    heard = [one for context in contexts for page in context.pages for one in page.heard]
    for context in contexts:
        context.close()
    assert [one for one in heard if not one.startswith("request: data:")] == []


def points(page: Any) -> str:
    return str(page.locator(".live").inner_text())


def test_attest_with_a_file_by_the_form(visit: Callable[..., Any], desk: Desk, tmp_path: Path) -> None:
    paper = tmp_path / "领导小组 <script>.pdf"
    paper.write_bytes(PDF)
    page = visit("/i/5.1.1")
    before = points(page)
    page.get_by_role("radio", name="达标", exact=True).check()
    page.get_by_label("材料").set_input_files(str(paper))
    page.get_by_label("佐证人").fill("李四 <b>校办</b>")
    page.get_by_role("button", name="记录").click()
    assert "已记录，为第" in page.get_by_role("status").inner_text()
    assert points(page) != before
    assert 'by = "李四 <b>校办</b>"' in desk.attestations
    kept = desk.folder / "documents" / "5.1.1" / "领导小组 _script_.pdf"
    assert kept.read_bytes() == PDF
    said = page.locator(".said li").first.inner_text()
    assert "李四 <b>校办</b>" in said
    assert hashlib.sha256(PDF).hexdigest()[:12] in said
    with page.expect_download() as download:
        page.get_by_role("link", name="领导小组 _script_.pdf").click()
    assert Path(download.value.path()).read_bytes() == PDF


def test_attest_by_drag_and_drop(visit: Callable[..., Any], desk: Desk) -> None:
    page = visit("/i/5.1.2")
    page.evaluate(DROP, ["[data-drop]", "任命书.pdf", base64.b64encode(PDF + b"1").decode()])
    page.evaluate(DROP, ["[data-drop]", "会议纪要.pdf", base64.b64encode(PDF + b"2").decode()])
    assert page.locator("[data-chosen] li").count() == 2
    page.evaluate(DROP, ["h1", "beside.pdf", base64.b64encode(PDF).decode()])  # beside the zone: nothing happens
    assert page.url.endswith("/i/5.1.2")
    page.get_by_role("radio", name="达标", exact=True).check()
    page.get_by_label("佐证人").fill("王五")
    page.get_by_role("button", name="记录").click()
    page.get_by_role("status").wait_for()
    assert sorted(one.name for one in (desk.folder / "documents" / "5.1.2").iterdir()) == ["任命书.pdf", "会议纪要.pdf"]
    assert "beside" not in desk.attestations


def test_a_large_file_goes_through_with_its_bar(visit: Callable[..., Any], desk: Desk, tmp_path: Path) -> None:
    large = tmp_path / "照片.zip"
    large.write_bytes(os.urandom(1 << 20) * 3)
    page = visit("/i/5.1.3")
    page.get_by_role("radio", name="部分达标").check()
    page.get_by_label("部分达标的分值").fill("0.5")
    page.get_by_label("材料").set_input_files(str(large))
    page.get_by_label("佐证人").fill("王五")
    page.get_by_role("button", name="记录").click()
    page.get_by_role("status").wait_for()
    assert (desk.folder / "documents" / "5.1.3" / "照片.zip").stat().st_size == 3 << 20
    assert "points = 0.5" in desk.attestations


def test_everything_works_without_script(visit: Callable[..., Any], desk: Desk, tmp_path: Path) -> None:
    paper = tmp_path / "预算.pdf"
    paper.write_bytes(PDF)
    page = visit("/i/5.3.1", script=False)
    page.locator("input[value=met]").check()
    page.locator("input[type=file]").set_input_files(str(paper))
    page.locator("form[data-upload] input[name=by]").fill("赵六")
    page.get_by_role("button", name="记录").click()
    assert "已记录" in page.locator("[role=status]").inner_text()
    assert (desk.folder / "documents" / "5.3.1" / "预算.pdf").exists()


def test_a_drill_too_long_ago_is_refused_and_nothing_typed_is_lost(visit: Callable[..., Any], desk: Desk) -> None:
    page = visit("/i/1.4.1")
    page.get_by_role("radio", name="达标", exact=True).check()
    page.locator("#date-drill").fill((datetime.now(UTC) - timedelta(days=400)).date().isoformat())
    page.get_by_label("佐证人").fill("钱七")
    page.get_by_label("备注").fill("见附件")
    page.get_by_role("button", name="记录").click()
    alert = page.get_by_role("alert")
    assert "已过期" in alert.inner_text()
    assert page.evaluate("document.activeElement.id") == "error"
    assert page.get_by_label("备注").input_value() == "见附件"
    assert '"1.4.1"' not in desk.attestations
    page.locator("#date-drill").fill((datetime.now(UTC) - timedelta(days=30)).date().isoformat())
    page.get_by_role("button", name="记录").click()
    page.get_by_role("status").wait_for()
    assert '"1.4.1"' in desk.attestations
    page.heard[:] = [one for one in page.heard if "422" not in one]  # Chromium tells of the refusal
    page.get_by_text("撤回这条佐证").click()
    page.get_by_role("button", name="撤回").click()
    page.get_by_role("status").wait_for()
    assert '"1.4.1"' not in desk.attestations
    assert "撤回" in page.locator(".said li").first.inner_text()


def test_an_audit_is_started_watched_and_read(visit: Callable[..., Any], desk: Desk) -> None:
    page = visit("/audit")
    page.get_by_role("radio", name="只运行以下探测").check()
    page.get_by_role("checkbox", name="website").check()
    page.get_by_role("button", name="开始").click()
    page.get_by_role("link", name="打开报告").wait_for()
    assert "website" in page.locator("[data-log]").inner_text()
    page.reload()
    assert "[1/1]" in page.locator("[data-log]").inner_text()
    page.get_by_role("link", name="打开报告").click()
    with page.context.expect_page() as shown:
        page.get_by_role("link", name="打开", exact=True).first.click()
    report = shown.value
    report.wait_for_load_state()
    assert "江苏省示例实验中学" in report.locator("h1").inner_text()
    report.close()
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON", exact=True).first.click()
    assert b'"findings"' in Path(download.value.path()).read_bytes()


def test_an_audit_can_be_stopped_and_outlives_a_reload(visit: Callable[..., Any], desk: Desk) -> None:
    page = visit("/audit")
    page.get_by_role("radio", name="只运行以下探测").check()
    page.get_by_role("checkbox", name="ports").check()
    page.get_by_role("button", name="开始").click()
    stop = page.get_by_role("button", name="停止")
    stop.wait_for()
    until = monotonic() + 60
    while not list(desk.folder.glob("bundles/*Z*/plan.json")):  # stopped earlier there would be nothing to keep
        assert monotonic() < until
        sleep(0.1)
    page.reload()
    stop.click()
    page.get_by_text("已停止；已测的内容保留。").wait_for()


PLACES = ["/", "/?open=1", "/i/1.4.1", "/i/1.1.1", "/audit", "/reports", "/journal"]


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_axe_finds_nothing_serious_and_nothing_runs_out_of_the_screen(visit: Callable[..., Any], width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    page = visit("/", width)
    base = page.url.rstrip("/")
    for place in PLACES:
        page.goto(base + place)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        found = axe.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        grave = [
            (one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in {"serious", "critical"}
        ]
        assert grave == [], place


def test_the_form_can_be_filled_with_the_keyboard_alone(visit: Callable[..., Any]) -> None:
    page = visit("/i/5.4.1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    names = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        names.add(page.evaluate("document.activeElement.name || document.activeElement.type || ''"))
    assert {"claim", "points", "documents", "note", "by", "submit"} <= names


def test_english_on_request(browser: Any, tmp_path: Path) -> None:
    with opened(tmp_path, "en") as desk:
        context = browser.new_context()
        page = context.new_page()
        page.goto(desk.address)
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.get_by_role("heading", name="Where the school stands now").is_visible()
        context.close()
