"""Which dates on a page are dates of items: the table is the specification."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from probes.news.feeds import feed_items
from probes.news.markup import decode, icp_number, parse
from probes.news.newest_item import feed_addresses, page_items, refresh_address

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)  # 10:30 at school
LINK = '<a href="/info/1021/5566.htm">我校举行秋季田径运动会</a>'


def newest(markup: str, now: datetime = NOW) -> date | None:
    return max((item.on for item in page_items(parse(markup), now, ZONE)), default=None)


def in_list(stamp: str) -> str:
    older = "<a href='/info/1.htm'>关于寒假放假的通知</a><span>2025-01-05</span>"
    return f"<ul><li>{LINK}<span>{stamp}</span></li><li>{older}</li></ul>"


@pytest.mark.parametrize(
    "stamp",
    [
        "2026-11-20",
        "2026/11/20",
        "2026.11.20",
        "2026年11月20日",
        "2026 年 11 月 20 日",
        "[2026-11-20]",
        "【2026-11-20】",
        "（2026-11-20）",
        "２０２６－１１－２０",
        "11-20",
        "[11-20]",
        "11/20",
        "11月20日",
        "2026-11-20 08:15",
        "2026-11-20 08:15:59",
        "2026-11-20T08:15:59",
        "发布时间：2026-11-20",
        "发布日期: 2026年11月20日 点击：33次",
        "日期：2026-11-20　来源：教务处",
        "2026-11-20 浏览：128",
        "<b>20</b><i>2026-11</i>",
        "<b>2026.11</b> <i>20</i>",
        "<em>11-20</em><em>2026</em>",
        '<span class="day">20</span><span class="ym">2026年11月</span>',
        '<time datetime="2026-11-20">三天前</time>',
        '<time datetime="2026-11-19T17:00:00Z">on Friday</time>',
    ],
)
def test_styles_of_dates(stamp: str) -> None:
    assert newest(in_list(stamp)) == date(2026, 11, 20)


@pytest.mark.parametrize(
    "row",
    [
        f"<li><span>2026-11-20</span>{LINK}</li>",
        '<li><a href="/n/1.htm" title="关于召开家长会的通知">关于召开家长…</a>[11-20]</li>',
        '<li><a href="/n/1.htm"><span>关于召开家长会的通知</span><span>2026-11-20</span></a></li>',
        '<li><a href="/n/1.htm">[2026-11-20] 关于召开家长会的通知</a></li>',
        '<li><a href="/n/1.htm">关于召开家长会的通知 2026-11-20</a></li>',
        '<li><a href="/n/1.htm">关于召开家长会的通知（11-20）</a></li>',
        f"<table><tr><td>·</td><td>{LINK}</td><td>2026-11-20</td></tr></table>",
        f"<table><tr><td>{LINK}<td>2026-11-20<tr><td><a href=/b>另一条没有日期的新闻</a></table>",
        f"<dl><dt>{LINK}</dt><dd>2026-11-20</dd></dl>",
        f"<article>{LINK}<footer>发布：<time datetime='2026-11-20T09:00+08:00'>11月20日</time></footer></article>",
        f"<article><header><h2>{LINK}</h2><p>2026-11-20</p></header><p>运动会于10月举行</p></article>",
        f"<div class=item><div><p>20</p><p>2026-11</p></div><div class=body><h3>{LINK}</h3></div></div>",
        f"<p>{LINK} 2026-11-20</p>",
        '<li><a href="#">校园科技节开幕</a> 2026-11-20</li>',
        '<li><a href="/1">校训</a> 2026-11-20</li>',
        f"<td>{LINK}[11-20]<br><a href=/2>教师节表彰大会顺利召开</a>[10-09]<br></td>",
        '<li><a href="/n/1.htm"><img src=a.jpg alt="第十届校园科技节开幕"></a><span>2026-11-20</span></li>',
        "<ul><li><a href=/1>第一条校园新闻</a><em>11-20</em><li><a href=/2>第二条校园新闻</a><em>11-18</em></ul>",
    ],
)
def test_shapes_of_rows(row: str) -> None:
    assert newest(row) == date(2026, 11, 20)


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<p>今天是2026年11月23日 星期一</p>", id="clock alone"),
        pytest.param(f"<div>今天是2026年11月23日 {LINK}</div>", id="clock beside a link"),
        pytest.param(f"<li>今天是<span>2026年11月23日</span>{LINK}</li>", id="clock after a label"),
        pytest.param(f"<li><span>2026年11月23日</span><span>星期一</span>{LINK}</li>", id="clock before a weekday"),
        pytest.param(f"<li>现在时间：2026-11-23 10:30:00 {LINK}</li>", id="clock with a time"),
        pytest.param(f"<ul><li>{LINK} 2026-11-23 10:29</li></ul>", id="to the minute"),
        pytest.param(f"<ul><li>{LINK} 2026-11-23 02:29</li></ul>", id="to the minute in UTC"),
        pytest.param('<div class="top">2026-11-23 <a href="/en/">校园风光图片集锦</a></div>', id="lone box of today"),
        pytest.param(
            '<table><tr><td>2026-11-23</td><td><a href="/x">校园风光图片集锦</a></td></tr></table>',
            id="lone table row of today",
        ),
        pytest.param(
            '<ul><li>2026-11-22 <a href="/x">校园风光图片集锦</a></li><li><a href="/y">教师风采展示专栏</a></li></ul>',
            id="one dated entry of a menu",
        ),
        pytest.param('<li>2026-11-20 <a href="/">设为首页</a> <a href="/c">联系我们</a></li>', id="furniture"),
        pytest.param('<p>2026-11-20 <a href="#">展开全部内容列表</a></p>', id="no address"),
        pytest.param('<li>2026-11-20 <a href="javascript:void(0)">展开</a></li>', id="script address"),
        pytest.param(f"<div>2026-11-20</div>{LINK}", id="not in one row"),
        pytest.param(
            "<div>2026-11-20<ul>"
            + "".join(f"<li><a href=/{n}>栏目导航第{n}项</a></li>" for n in range(9))
            + "</ul></div>",
            id="menu",
        ),
        pytest.param(
            '<p>© 2008-2026 示例中学 <a href="https://beian.miit.gov.cn">苏ICP备12345678号-1</a></p>', id="copyright"
        ),
        pytest.param(
            '<p>2026-11-20 <a href="https://beian.miit.gov.cn">苏ICP备12345678号-1</a></p>', id="filing number"
        ),
        pytest.param("<li><a href='/t'>联系电话办公室 0518-2026-1120</a> 025-11-20</li>", id="telephone"),
        pytest.param(f"<li>{LINK} 报名截止时间：2026-11-20</li>", id="deadline"),
        pytest.param(f"<li>{LINK} <b>截止：</b><span>2026-11-20</span></li>", id="deadline in a label"),
        pytest.param(f"<li>{LINK} 2026-11-18至2026-11-20</li>", id="period"),
        pytest.param(f"<li>{LINK}<p>11月20日，我校在操场举行了运动会。</p></li>", id="in a sentence"),
        pytest.param(f"<li>{LINK}<p>2026年11月20日下午，全体师生参加。</p></li>", id="in a longer sentence"),
        pytest.param('<li><a href="/n">关于2026年11月20日调休安排的通知</a></li>', id="in a title"),
        pytest.param(f"<li>{LINK} 2026-12-01</li>", id="future"),
        pytest.param(f"<li>{LINK} 2026-13-45</li>", id="no such day"),
        pytest.param(f"<li>{LINK} 2026-11-20-3</li>", id="a longer number"),
        pytest.param(f"<script>document.write('<li>{LINK} 2026-11-20</li>')</script>", id="script"),
        pytest.param(f"<!-- <li>{LINK} 2026-11-20</li> -->", id="comment"),
        pytest.param("", id="empty"),
        pytest.param("<li>" * 50_000, id="hostile depth"),
    ],
)
def test_dates_that_are_nobodys(markup: str) -> None:
    assert newest(markup) is None


def test_a_future_announcement_does_not_hide_the_news_below_it() -> None:
    assert newest(in_list("2026-12-24") + in_list("2026-10-01")) == date(2026, 10, 1)


def test_a_clock_does_not_make_old_news_fresh() -> None:
    head = '<div id="top">今天是2026年11月23日 星期一 <a href="/x">设为首页</a> <a href="/y">校园风光图片集锦</a></div>'
    assert newest(head + in_list("2024-03-01")) == date(2025, 1, 5)


def test_todays_news_counts_among_other_news() -> None:
    assert newest(in_list("2026-11-23")) == date(2026, 11, 23)


def test_todays_news_counts_as_the_only_entry_of_a_list() -> None:
    assert newest(f"<ul><li>{LINK} 2026-11-23</li></ul>") == date(2026, 11, 23)


def test_today_is_the_schools_day() -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # already the 23rd at school
    assert newest(in_list("2026-11-23"), late) == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("stamp", "address", "expected"),
    [
        ("[11-23]", "/n.htm", date(2026, 11, 23)),
        ("[11-24]", "/n.htm", date(2025, 11, 24)),
        ("[02-29]", "/n.htm", date(2024, 2, 29)),
        ("[11-20]", "/2019/1120/c55a.htm", date(2019, 11, 20)),
        ("[11-20]", "/art/2019/11/20/art_1.html", date(2019, 11, 20)),
        ("[11-20]", "/xw/t20191120_8.html", date(2019, 11, 20)),
    ],
)
def test_the_year_that_is_not_printed(stamp: str, address: str, expected: date) -> None:
    rows = "".join(f'<li><a href="{address}">校园新闻标题第{n}条</a>{stamp}</li>' for n in range(2))
    assert newest(f"<ul>{rows}</ul>") == expected


def test_the_title_is_the_links_without_its_date() -> None:
    markup = '<li><a href="/n/1.htm" title="关于召开2026年秋季家长会的通知">[2026-11-20] 关于召开…</a></li>'
    (item,) = page_items(parse(markup), NOW, ZONE)
    assert item.title == "关于召开2026年秋季家长会的通知"


RSS = """<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel><title>新闻</title>
<lastBuildDate>Mon, 23 Nov 2026 10:30:00 +0800</lastBuildDate><pubDate>Mon, 23 Nov 2026 10:30:00 +0800</pubDate>
<item><title>科技节</title><pubDate>Fri, 20 Nov 2026 09:00:00 +0800</pubDate></item>
<item><title>时钟</title><pubDate>Mon, 23 Nov 2026 02:29:00 GMT</pubDate></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-11-23T02:30:00Z</updated>
<entry><title>A</title><published>2026-11-19T16:30:00Z</published><updated>2026-11-22T00:00:00Z</updated></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="r" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<item><title>A</title><dc:date>2026-11-20</dc:date></item></rdf:RDF>"""
SITEMAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>http://s/</loc><lastmod>2026-11-23</lastmod></url><url><loc>http://s/index.html</loc><lastmod>2026-11-23</lastmod></url>
<url><loc>http://s/n/1.html</loc><lastmod>2026-11-20</lastmod></url><url><loc>http://s/n/2.html</loc><lastmod>2026-11-01</lastmod></url></urlset>"""
JSON = """{"version": "https://jsonfeed.org/version/1.1",
"items": [{"title": "A", "date_published": "2026-11-20T08:00:00+08:00"}]}"""


@pytest.mark.parametrize("body", [RSS, ATOM, RDF, SITEMAP, JSON], ids=["rss", "atom", "rdf", "sitemap", "json"])
def test_feeds_give_the_days_of_their_items_only(body: str) -> None:
    items = feed_items(body, NOW, ZONE)
    assert items is not None
    assert max(item.on for item in items) == date(2026, 11, 20)


def test_a_sitemap_stamped_by_its_generator_says_nothing() -> None:
    pages = "".join(f"<url><loc>http://s/n/{n}.html</loc><lastmod>2026-11-23</lastmod></url>" for n in range(3))
    assert feed_items(f"<urlset>{pages}</urlset>", NOW, ZONE) == []


@pytest.mark.parametrize(
    "body",
    [
        "<html><body>page</body></html>",
        "<!doctype html><p>",
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rss>&a;</rss>',
        "<rss><channel><item>",
        '{"version": 1}',
        "{" * 100_000,
        "",
    ],
)
def test_what_is_no_feed(body: str) -> None:
    assert feed_items(body, NOW, ZONE) is None


@pytest.mark.parametrize(
    "declared",
    [
        "",
        "text/html",
        "text/html; charset=utf-8",
        "text/html; charset=gb2312",
        "text/html; charset=iso-8859-1",
        "text/html; charset=nonsense",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_the_bytes_decide_the_encoding(encoding: str, declared: str) -> None:
    words = "示例中学校园新闻：朱镕基、王喆，2026年11月20日" * 3
    assert decode(words.encode(encoding), declared) == words


def test_a_broken_byte_does_not_change_the_encoding() -> None:
    assert "校园新闻" in decode("校园新闻".encode() * 20 + b"\xff\xe6" + "校园新闻".encode())
    assert "校园新闻" in decode("校园新闻".encode("gbk") * 20 + b"\xff\xff" + "校园新闻".encode("gbk"))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("苏ICP备12345678号-1", "苏ICP备12345678号-1"),
        ("<a>苏ICP备</a><span>12345678号</span>", "苏ICP备12345678号"),
        ("备案：苏icp备 12345678 号－2 ", "苏ICP备12345678号-2"),
        ("京ICP证030173号", "京ICP证030173号"),
        ("苏公网安备 32070502010018号", ""),
        ("苏ICP备XXXXXXXX号", ""),
        ("ICP备12345678号", ""),
    ],
)
def test_filing_number(text: str, number: str) -> None:
    assert icp_number(parse(f"<p>{text}</p>")) == number


def test_feeds_named_by_the_page() -> None:
    head = """<link rel="alternate" type="application/rss+xml" href="/rss.xml"><link rel=stylesheet href=a.css>
    <link rel="alternate" type="application/rss+xml" href="/comments/rss.xml">
    <link rel="alternate" hreflang="en" href="/en">"""
    assert feed_addresses(parse(head), "http://s/a/") == ["http://s/rss.xml"]


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0;url=main/index.html", "http://s/a/main/index.html"),
        ("0; URL='/b'", "http://s/b"),
        ("300;url=/", None),
        ("0;url=javascript:x", None),
        ("60", None),
    ],
)
def test_refresh(content: str, target: str | None) -> None:
    assert refresh_address(parse(f'<meta http-equiv="Refresh" content="{content}">'), "http://s/a/") == target
