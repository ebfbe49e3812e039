"""The dated items of a page, and the newest of them: when did the school last publish something?

The one rule: a date counts only with an item, in the same row as a link with words. A date elsewhere on the page (a
clock, a copyright, an appointment) never does, because a date wrongly taken for news would prove freshness that is
not there. Therefore also: dates in the future never count, and a date of today (or yesterday, for servers that live
in UTC) in a lone row is taken for a clock unless other dated rows keep it company.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from probes.dates import Item, Stamp, is_clock, split_stamp, stamps
from probes.markup import Node

ROWS = frozenset({"li", "tr", "article", "dd", "dt"})
EDGES = frozenset("document html body ul ol dl table tbody thead form frameset main marquee".split())
FRAME = frozenset({"header", "nav", "footer"})
LINKS_IN_A_ROW = 4
TITLE_LEAST = 4
WORDS = 700

# Links that every page has and that are nobody's news.
FURNITURE = re.compile(
    r"设为首页|加入收藏|收藏本站|联系我们|网站地图|用户登[录陆]|登[录陆]|注册|退出|返回|首\s*页|更多|查看|上一|下一|尾页|末页|邮箱|投稿|欢迎|学校概况|学校简介"
    r"|办公系统|管理入口|后台|手机版|无障碍|简体|繁體|繁体|English|English Version|home\s*page|log\s*?in|sign\s*(?:in|up)|contact|sitemap|rss|more|next|previous"
    r"|ICP\s*备|ICP\s*证|公网安备|版权|copyright|技术支持|主办|承办|打印|关闭窗口|天气",
    re.IGNORECASE,
)


@dataclass(eq=False)
class Row:
    """A row with a stamp and a link: possibly an item."""

    holder: Node
    stamp: Stamp
    link: Node
    title: str

    @property
    def shape(self) -> tuple[str, ...]:
        """What rows of one list have in common."""
        above = self.holder.parent or self.holder
        return self.holder.tag, self.holder.attributes.get("class", ""), above.tag, above.attributes.get("class", "")


def page_items(page: Node, now: datetime, zone: ZoneInfo) -> list[Item]:
    """The items of a page that bear a date up to today, in the page's order."""
    today = now.astimezone(zone).date()
    rows = [row for row in _rows(page) if not _tells_the_time(row, now, zone)]
    items = []
    for row in rows:
        day = row.stamp.resolve(today, row.link.attributes.get("href", ""))
        if day is None or day > today:
            continue
        if day >= today - timedelta(days=1) and not _has_company(row, rows):
            continue
        items.append(Item(day, row.title, "page"))
    return items


def _rows(page: Node) -> Iterator[Row]:
    seen: set[tuple[int, Stamp]] = set()
    for parent, stamp in _stamped(page):
        holder, link = _row_of(parent)
        if holder is not None and link is not None and (id(holder), stamp) not in seen:
            seen.add((id(holder), stamp))
            yield Row(holder, stamp, link, _title(link))


def _stamped(page: Node) -> Iterator[tuple[Node, Stamp]]:
    """Every stamp of the page with the element it stands in."""
    last_parent, last = page, ""
    for parent, string in page.walk():
        in_link = any(node.tag == "a" for node in parent.ancestors())
        alone = [*stamps(string, before=last, in_link=in_link)]
        for stamp in alone:
            yield parent, stamp
        if not alone and last and (spread := split_stamp(last, string)) is not None and _near(last_parent, parent):
            yield parent, spread
        last_parent, last = parent, string
    for node in page.elements("time"):
        for stamp in stamps(node.attributes.get("datetime", "").strip()):
            if not any(True for _ in stamps(node.text)) or stamp.time is not None:
                yield node, stamp


def _near(one: Node, other: Node) -> bool:
    """Whether two pieces of text stand in one little box: the same element, or a common parent or grandparent."""
    around = [node for node, _ in zip(one.ancestors(), range(3), strict=False) if node.tag not in EDGES]
    return any(node is box for node, _ in zip(other.ancestors(), range(3), strict=False) for box in around)


def _row_of(parent: Node) -> tuple[Node | None, Node | None]:
    """The smallest element around a date that holds a proper link too, and that link."""
    for node in parent.ancestors():
        if node.tag in EDGES or (node.tag in FRAME and not _inside_item(node)):
            return None, None
        links = [one for one in (*([node] if node.tag == "a" else ()), *node.elements("a")) if _title(one)]
        if len(links) > LINKS_IN_A_ROW:
            return None, None
        proper = [one for one in links if _is_proper(one)]
        if proper:
            return (node, max(proper, key=lambda one: len(_title(one)))) if len(node.text) <= WORDS else (None, None)
        if node.tag == "dd":
            return _term_of(node)
        if node.tag in ROWS:
            return None, None
    return None, None


def _inside_item(node: Node) -> bool:
    return any(one.tag in {"article", "li", "section"} for one in node.ancestors())


def _term_of(dd: Node) -> tuple[Node | None, Node | None]:
    """``<dt><a>title</a></dt><dd>date</dd>``: the link stands in the term before."""
    siblings = dd.parent.children if dd.parent else []
    terms = [one for one in siblings[: siblings.index(dd)] if not isinstance(one, str) and one.tag == "dt"]
    links = [one for one in terms[-1].elements("a") if _is_proper(one)] if terms else []
    return (dd, links[0]) if links else (None, None)


def _is_proper(link: Node) -> bool:
    """A link to something to read, with words to call it by."""
    href = link.attributes.get("href", "").strip().lower()
    title = _title(link)
    if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")) or len(title) < TITLE_LEAST:
        return False
    return not (FURNITURE.search(title) and len(title) <= 16)  # noqa: PLR2004  「关于更新网站地图的通知…」 is longer


def _title(link: Node) -> str:
    """A link's words without the date in them; the ``title`` attribute where the words are cut short."""
    shown, full = link.text, " ".join(link.attributes.get("title", "").split())
    if len(full) > len(shown) or not shown:
        shown = full
    if not shown:
        shown = next((image.attributes.get("alt", "") for image in link.elements("img")), "")
    bare = re.sub(r"[\[(【]?(?:(?:19|20)\d\d[-/.年])?\d{1,2}[-/.月]\d{1,2}日?[\])】]?$|^[\[(【]?(?:(?:19|20)\d\d[-/.年])\d{1,2}[-/.月]\d{1,2}日?[\])】]?", "", shown.strip())
    return bare.strip(" ·•|-—:：")[:200]


def _tells_the_time(row: Row, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the stamp is, to the minute, the present: no item, a clock."""
    if row.stamp.time is None or row.stamp.year is None:
        return False
    hour, minute, second = row.stamp.time
    try:
        plain = datetime(row.stamp.year, row.stamp.month, row.stamp.day, hour, minute, second)  # noqa: DTZ001  zone next line
    except ValueError:
        return True
    return any(is_clock(plain.replace(tzinfo=one), now) for one in (zone, UTC))


def _has_company(row: Row, rows: list[Row]) -> bool:
    """Another dated row of the same shape; or it is a row of a list that has no other rows."""
    if any(one.shape == row.shape and one.link is not row.link for one in rows):
        return True
    if row.holder.tag not in ROWS or row.holder.parent is None:
        return False
    return sum(1 for one in row.holder.parent.children if not isinstance(one, str) and one.tag == row.holder.tag) == 1


def feed_addresses(page: Node, base: str) -> list[str]:
    """The feeds that a page names with ``<link rel="alternate">``, absolute, at most three, comments left out."""
    found = []
    for link in page.elements("link"):
        kind = link.attributes.get("type", "").lower()
        is_feed = any(name in kind for name in ("rss", "atom", "feed+json"))
        if "alternate" in link.attributes.get("rel", "").lower() and is_feed:
            address = urljoin(base, link.attributes.get("href", ""))
            if urlsplit(address).scheme in {"http", "https"} and "comment" not in address:
                found.append(address)
    return list(dict.fromkeys(found))[:3]


def refresh_address(page: Node, base: str) -> str | None:
    """Where ``<meta http-equiv="refresh">`` sends a visitor at once (within five seconds), or ``None``."""
    for meta in page.elements("meta"):
        content = re.match(
            r"\s*([0-5])\s*[;,]\s*url\s*=\s*['\"]?([^'\"]+)", meta.attributes.get("content", ""), re.IGNORECASE
        )
        if meta.attributes.get("http-equiv", "").lower() == "refresh" and content:
            target = urljoin(base, content[2].strip())
            return target if urlsplit(target).scheme in {"http", "https"} and target != base else None
    return None
