"""The HTML report: what it says, what it keeps out, what it costs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

from probes.observation import Status
from reports.edition import Edition
from reports.html import render
from reports.wording import points
from rules.assessment import Outcome
from rules.load import load_rubric
from tests.editions import BACKWARDS, ENDLESS, FORMULA, SCRIPT, believable, hostile, large

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.pieces: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = [tag]

    def handle_data(self, data: str) -> None:
        if self._open != ["style"]:
            self.pieces.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.pieces))

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(attribute)) is not None]


@pytest.fixture(scope="module")
def edition() -> Edition:
    return believable()


@pytest.fixture(scope="module")
def page(edition: Edition) -> Page:
    return Page(render(edition))


def test_the_head_says_who_when_where_and_by_what(page: Page, edition: Edition) -> None:
    for fact in (
        "内部资料",
        "南京市示例初级中学",
        "2026 年 11 月 23 日 20:32",  # 12:32 UTC in the school's time zone
        "至 20:40",
        "监测机-01",
        "campus-auditor 0.1.0",
        "20261123T123200Z-3f2a",
        "jiangsu-2018",
        edition.assessment.rubric.sha256[:12],
        "完整",
    ):
        assert fact in page.text
    assert "提前中止" not in page.text


def test_an_audit_cut_short_says_so_and_what_is_missing() -> None:
    page = Page(render(believable(cut_short=True)))
    assert "本次审计提前中止。 有 3 个计划任务未执行" in page.text
    assert "core-1 · sw-b1" in page.text


def test_the_score_stands_in_one_sentence_and_as_a_drawing(page: Page, edition: Edition) -> None:
    score = edition.assessment.score
    sentence = (
        f"已证实 {points(score.proven)} 分，最多可得 {points(score.possible)} 分，"
        f"及格线 80 分，满分 {points(score.total)} 分"
    )
    assert page.text.count(sentence) == 2  # for the eye, and as the drawing's title
    assert score.total == 108  # one indicator of two points is waived
    assert (
        f"已证实，靠实测 {points(score.proven - score.attested)} 已证实，靠佐证 {points(score.attested)}" in page.text
    )


def test_every_indicator_is_in_the_table_in_the_official_order(edition: Edition) -> None:
    table = re.search(r'<table class="official">.*?</table>', render(edition), re.DOTALL)
    assert table is not None
    rows = re.findall(r'<td class="l3"><a href="#i-([\d.]+)">', table[0])
    assert rows == [one.id for one in load_rubric("jiangsu-2018").indicator]
    assert len(rows) == 73


@pytest.mark.parametrize(
    ("indicator", "state", "score"),
    [("1.1.6", "达标", "1"), ("1.1.2", "互相矛盾", "0.5"), ("1.2.4", "不适用", "–"), ("6.1.1", "未达标", "0"),
     ("2.1.1", "未测", "0可至 2"), ("1.1.3", "部分达标", "0.5可至 1")],
)  # fmt: skip
def test_a_row_gives_state_and_suggested_score_in_words(
    edition: Edition, indicator: str, state: str, score: str
) -> None:
    row = re.search(rf'<td class="l3"><a href="#i-{indicator}">.*?</tr>', render(edition), re.DOTALL)
    assert row is not None
    cells = {name: _words(cell) for name, cell in re.findall(r'<td class="(?:n )?(\w+)">(.*?)</td>', row[0], re.DOTALL)}
    assert (cells["state"], cells["score"]) == (state, score)
    assert cells["remark"]


def _words(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html)).strip()


def test_the_next_five_steps_are_those_that_earn_most(edition: Edition) -> None:
    shown = [float(gain) for gain in re.findall(r'class="gain">\+([\d.]+) 分', render(edition))]
    gains = sorted((float(one.next.gain) for one in edition.assessment.findings if one.next), reverse=True)
    assert shown == gains
    first = re.search(r'<ol class="steps">.*?</ol>', render(edition), re.DOTALL)
    assert first is not None
    assert first[0].count("<li>") == 5


def test_every_observation_a_finding_rests_on_can_be_followed_to_its_raw_output(edition: Edition, page: Page) -> None:
    ids = page.values("id")
    assert [one for one, times in Counter(ids).items() if times > 1] == []
    targets = {link.removeprefix("#") for link in page.values("href") if link.startswith("#")}
    assert targets - set(ids) == set()
    used = {id_ for finding in edition.assessment.findings for id_ in finding.observations}
    assert {f"o-{id_}" for id_ in used} <= set(ids)
    raw = {digest[:12] for id_ in used for digest in edition.assessment.observations[id_].raw}
    assert raw
    assert {f"r-{digest}" for digest in raw} <= targets & set(ids)


def test_what_failed_stands_with_its_reason_and_remedy(page: Page, edition: Edition) -> None:
    failed = [one for one in edition.assessment.observations.values() if one.status is Status.UNAVAILABLE]
    assert len(failed) == 6
    for sentence in ("设备没有应答。 1", "设备拒绝连接。 4", "文件或目录不存在。 1"):
        assert sentence in page.text
    assert "请更正清单中的路径，或把日志存储挂载到本机。" in page.text
    assert "10.0.0.13 port 161/udp: 3 tries of 2 s" in page.text


def test_thresholds_of_our_own_are_marked_as_proposals(edition: Edition) -> None:
    html = render(edition)
    asked = [part.criterion for one in edition.assessment.findings for part in one.parts]
    proposals = sum(criterion.basis == "proposal" for criterion in asked)
    assert proposals > 0
    assert html.count("建议阈值，非官方</span>") == proposals


def test_a_conflict_says_who_disagrees_in_the_table(page: Page) -> None:
    assert "≠" not in page.text  # states are words and drawings, never signs of a font
    assert "人工佐证与实测不一致" in page.text
    assert "设备设置保存 180 天，实际记录只有 41 天" in page.text


def test_waivers_and_attestations_are_shown_with_who_answers_for_them(page: Page) -> None:
    assert "由王校长批准豁免至 2027-06-30：行政楼改造，公用终端暂停使用" in page.text
    assert "行政楼大厅经信息中心李老师批准，在 2027-01-31 之前不计入：施工期间关闭无线" in page.text
    assert "智慧校园建设规划2026.pdf" in page.text
    assert "校长办公会 2026 年第 7 次会议通过" in page.text
    assert "未附材料" in page.text


@pytest.mark.parametrize("make", [believable, hostile], ids=["believable", "hostile"])
def test_nothing_in_it_can_run_or_ask_for_anything(make: type[Edition]) -> None:
    page = Page(render(make()))
    metas = [attributes for tag, attributes in page.tags if tag == "meta"]
    assert [one["content"] for one in metas if one.get("http-equiv") == "Content-Security-Policy"] == [POLICY]
    forbidden = {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "base",
        "audio",
        "video",
        "image",
        "use",
    }
    assert {tag for tag, _ in page.tags} & forbidden == set()
    names = {name for _, attributes in page.tags for name in attributes}
    assert {name for name in names if name.startswith("on") or name in {"src", "srcset", "style", "action"}} == set()
    assert {link for link in page.values("href") if not link.startswith("#")} == {"data:,"}
    assert "url(" not in re.sub(r"url\(#(open|hatch|unmet|unsure)\)", "", render(make()))


def test_hostile_names_stay_text_and_hidden_characters_are_seen() -> None:
    html = render(hostile())
    assert SCRIPT not in html
    assert "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;" in html
    assert unescape(html).count(FORMULA) >= 1
    assert BACKWARDS not in html
    assert "⟨U+202E⟩gnp.exe" in html
    assert "⟨U+001B⟩[31mred⟨U+0000⟩⟨U+0007⟩" in html
    assert "{{ 7*7 }}" in html
    assert ENDLESS[:1000] not in re.sub(r"<pre.*?</pre>", "", html, flags=re.DOTALL)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", html)
    html.encode("utf-8")


def test_long_raw_output_is_cut_in_the_middle_and_names_its_hash(edition: Edition) -> None:
    html = render(edition)
    digest, whole = max(edition.raw.items(), key=lambda pair: len(pair[1]))
    assert len(whole.decode()) > 4_000
    excerpt = re.search(rf'<pre id="r-{digest[:12]}".*?</pre>', html, re.DOTALL)
    assert excerpt is not None
    left_out = len(whole.decode()) - 4_000
    assert f"略去 {left_out} 个字符；全文 SHA-256：{digest}" in excerpt[0]
    assert len(_words(excerpt[0])) < 4_300


def test_a_section_is_a_document_of_its_own() -> None:
    edition = believable(section="信息安全")
    html = render(edition)
    page = Page(html)
    assert "智慧校园审计报告 · 1.4 信息安全" in page.text
    assert re.search(r"本部分已证实 [\d.]+ 分，最多可得 [\d.]+ 分，满分 3 分", page.text)
    assert re.findall(r'<article id="i-([\d.]+)"', html) == ["1.4.1", "1.4.2", "1.4.3", "1.4.4"]
    assert "及格线" not in page.text  # which belongs to the whole rubric
    assert "log:fw-nat" in page.text
    assert "设备拒绝连接" not in page.text  # throughput is none of this section's business
    ids = set(page.values("id"))
    assert {link[1:] for link in page.values("href") if link.startswith("#")} <= ids


def test_a_section_of_the_first_level_has_all_its_categories() -> None:
    html = render(believable(section="1"))
    assert re.findall(r'<h3 id="s-([\d.]+)"', html) == ["1.1", "1.2", "1.3", "1.4", "1.5"]


def test_english_on_request() -> None:
    page = Page(render(believable("en")))
    assert page.tags[0] == ("html", {"lang": "en"})
    assert "the pass line is 80 of 108 points" in page.text
    assert "Gigabit to the school: the link" in page.text
    assert "Broadband for every school" in page.text


def test_the_same_edition_gives_the_same_bytes(edition: Edition) -> None:
    assert render(edition) == render(believable())


def test_an_audit_without_any_evidence_still_gives_a_document(edition: Edition) -> None:
    from rules.judge import judge  # noqa: PLC0415

    assessment = judge(edition.assessment.rubric, [], edition.assessment.campus, edition.assessment.now)
    page = Page(render(replace(edition, assessment=assessment, raw={})))
    assert "已证实 0 分，最多可得 108 分" in page.text
    assert "这一部分尚无证据。" in page.text
    assert {one.outcome for one in assessment.findings} == {Outcome.NOT_MEASURED, Outcome.NOT_APPLICABLE}


def test_raw_output_that_the_bundle_lost_is_named_but_not_linked(edition: Edition) -> None:
    page = Page(render(replace(edition, raw={})))
    assert [link for link in page.values("href") if link.startswith("#r-")] == []
    assert [one for one in page.values("id") if one.startswith("r-")] == []


def test_five_hundred_switches_and_two_hundred_rooms_stay_light() -> None:
    edition = large()
    assert len(edition.assessment.observations) == 25_400
    html = render(edition)
    assert len(html.encode()) < 5_000_000
    page = Page(html)
    assert "教室 P-198" in page.text  # fails, so it is shown whatever else is cut
    assert "49 个端口" in page.text  # the ports of a switch on which nothing rests, as one row
