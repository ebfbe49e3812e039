"""The dated items of a page, and the newest of them: when did the school last publish something?

The one rule: a date counts only with an item, in the same row as a link with words. A date elsewhere on the page (a
clock, a copyright, an appointment) never does, because a date wrongly taken for news would prove freshness that is
not there. Therefore also: dates in the future never count, and a date of today (or yesterday, for servers that live
in UTC) in a lone row is taken for a clock unless other dated rows keep it company.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from probes.news.dates import YEAR_ALONE, Item, Stamp, is_clock, split_stamp, stamps
from probes.news.markup import Node

ROWS = frozenset({"li", "tr", "article", "dd", "dt", "line"})
LISTED = frozenset({"li", "article", "dd"})
EDGES = frozenset(
    ["document", "html", "body", "ul", "ol", "dl", "table", "tbody", "thead", "form", "frameset", "main", "marquee"]
)
FRAME = frozenset({"header", "nav", "footer"})
LINKS_IN_A_ROW = 4
ELEMENTS_IN_A_ROW = 300
STAMPS = 5_000
TITLE_LEAST = 2
TITLE_ALONE = 4
WORDS = 700
NEARBY = 8

# Links that every page has and that are nobody's news.
FURNITURE = re.compile(
    r"\W*(?:设为首页|加入收藏|收藏本站|联系我们|网站地图|(?:用户|教师|学生|会员|管理员?)?登[录陆]|(?:用户)?注册|退出|返回.{0,4}|(?:网站)?首\s*页"
    r"|更多.{0,4}|查看.{0,6}|阅读全文|详细.{0,4}|[上下]一[页篇条].*|[尾末]页|.{0,4}邮箱|.{0,4}投稿|欢迎(?:您|你|访问|光临|来到|进入).*"
    r"|学校(?:概况|简介|介绍|首页)|(?:协同)?办公.{0,4}|管理入口|后台.{0,4}|手机版|移动版|无障碍.{0,4}|适老.{0,4}|简体.{0,3}|繁[體体].{0,3}|关闭窗口|打印.{0,4}"
    r"|english(?:\s*version)?|home(?:\s*page)?|log\s*?in|sign\s*(?:in|up)|contact(?:\s*us)?|site\s*?map|rss|read\s*more|more|next|previous"
    r"|.*ICP\s*[备证].*|.*公网安备.*|.*(?:版权|copyright).*|技术支持.*|天气.{0,4})\W*",
    re.IGNORECASE,
)
DATE_AT_AN_EDGE = re.compile(
    r"[\[(【]?(?:(?:19|20)\d\d[-/.年])?\d{1,2}[-/月]\d{1,2}日?[\])】]?$|^[\[(【]?(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?[\])】]?"
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
    rows = [row for row in _rows(page, zone) if not _tells_the_time(row.stamp, now, zone)]
    company: dict[tuple[str, ...], set[int]] = defaultdict(set)
    for row in rows:
        company[row.shape].add(id(row.link))
    items = []
    for row in rows:
        day = row.stamp.resolve(today, row.link.attributes.get("href", ""))
        if day is None or day > today:
            continue
        alone = len(company[row.shape]) == 1 and not _is_only_child(row.holder)
        if not (alone and day >= today - timedelta(days=1)):
            items.append(Item(day, row.title, "page"))
    return items


def _is_only_child(holder: Node) -> bool:
    """Whether the row is the only one of its list: then the list is short, rather than the date a clock."""
    siblings = [one for one in (holder.parent.children if holder.parent else ()) if isinstance(one, Node)]
    return holder.tag in LISTED and sum(one.tag == holder.tag for one in siblings) == 1


def _rows(page: Node, zone: ZoneInfo) -> Iterator[Row]:
    seen: set[tuple[int, Stamp]] = set()
    for parent, stamp in islice(_stamped(page, zone), STAMPS):
        found = _row_of(parent)
        if found is not None and (id(found[0]), stamp) not in seen:
            seen.add((id(found[0]), stamp))
            yield Row(found[0], stamp, found[1], _title(found[1]))


def _stamped(page: Node, zone: ZoneInfo) -> Iterator[tuple[Node, Stamp]]:
    """Every stamp of the page with the element it stands in."""
    strings = list(page.walk())
    for index, (parent, string) in enumerate(strings):
        if len(string) <= WORDS and any(char.isdigit() for char in string):
            clock = next((node for node in islice(parent.ancestors(), 3) if _is_time(node)), None)
            if clock is None:
                yield from ((parent, stamp) for stamp in _printed(strings, index))
    for node in page.elements("time"):
        stamp = _machine_stamp(node, zone) if _is_time(node) else None
        if stamp is not None:
            yield node, stamp


def _printed(strings: Sequence[tuple[Node, str]], index: int) -> Iterator[Stamp]:
    """The stamps of one piece of text, with an eye on the pieces beside it."""
    parent, string = strings[index]
    before, after = _beside(strings, index, -1), _beside(strings, index, 1)
    in_link = any(node.tag == "a" for node in parent.ancestors())
    spread = next((stamp for other in (before, after) if (stamp := split_stamp(string, other)) is not None), None)
    if spread is not None:
        yield spread
        return
    for stamp in stamps(string, before=_label(strings, index, -1), after=_label(strings, index, 1), in_link=in_link):
        if stamp.year is not None or not any(YEAR_ALONE.match(other.strip()) for other in (before, after)):
            yield stamp


def _beside(strings: Sequence[tuple[Node, str]], index: int, step: int) -> str:
    """The next piece of text in the same little box, or ``""``."""
    if not 0 <= index + step < len(strings):
        return ""
    parent, other = strings[index][0], strings[index + step]
    around = [node for node in islice(parent.ancestors(), 3) if node.tag not in EDGES]
    return other[1] if any(node is box for node in islice(other[0].ancestors(), 3) for box in around) else ""


def _label(strings: Sequence[tuple[Node, str]], index: int, step: int) -> str:
    """The next piece of text if it can be a label of this one: no link, and short or ending in a colon."""
    other = _beside(strings, index, step)
    if not other or any(node.tag == "a" for node in strings[index + step][0].ancestors()):
        return ""
    return other if len(other.strip()) <= NEARBY or other.rstrip().endswith(":") else ""


def _is_time(node: Node) -> bool:
    return node.tag == "time" and bool(node.attributes.get("datetime", "").strip())


def _machine_stamp(node: Node, zone: ZoneInfo) -> Stamp | None:
    """The stamp of ``<time datetime="…">``, in the school's time zone."""
    value = node.attributes["datetime"].strip()
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return next(stamps(value), None)
    if len(value) <= len("2026-11-23"):
        return Stamp(moment.year, moment.month, moment.day)
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone)
    return Stamp(moment.year, moment.month, moment.day, (moment.hour, moment.minute, moment.second))


def _row_of(parent: Node) -> tuple[Node, Node] | None:
    """The smallest element around a date that holds a proper link too, and that link."""
    for node in parent.ancestors():
        if node.tag in EDGES or (node.tag in FRAME and not _inside_item(node)):
            return None
        links = _links(node)
        if links is None:
            return None
        proper = [one for one in links if _is_proper(one)]
        if proper:
            return (node, max(proper, key=lambda one: len(_title(one)))) if len(node.text) <= WORDS else None
        if node.tag == "dd":
            return _term_of(node)
        if node.tag in ROWS:
            return None
    return None


def _links(node: Node) -> list[Node] | None:
    """The links of an element, itself included; ``None`` where it is too large to be a row."""
    if len(node.children) > ELEMENTS_IN_A_ROW:
        return None
    below = list(islice(node.elements(), ELEMENTS_IN_A_ROW + 1))
    links = [one for one in (node, *below) if one.tag == "a" and _title(one)]
    return None if len(below) > ELEMENTS_IN_A_ROW or len(links) > LINKS_IN_A_ROW else links


def _inside_item(node: Node) -> bool:
    return any(one.tag in {"article", "li", "section"} for one in node.ancestors())


def _term_of(dd: Node) -> tuple[Node, Node] | None:
    """``<dt><a>title</a></dt><dd>date</dd>``: the link stands in the term before."""
    siblings = dd.parent.children if dd.parent else []
    terms = [one for one in siblings[: siblings.index(dd)] if isinstance(one, Node) and one.tag == "dt"]
    links = [one for one in terms[-1].elements("a") if _is_proper(one)] if terms else []
    return (dd, links[0]) if links else None


def _is_proper(link: Node) -> bool:
    """A link with words that are not furniture; one that leads nowhere needs a list around it and a longer name."""
    href = link.attributes.get("href", "").strip().lower()
    title = _title(link)
    if len(title) < TITLE_LEAST or href.startswith(("mailto:", "tel:", "data:")) or FURNITURE.fullmatch(title):
        return False
    if href and not href.startswith(("#", "javascript:")):
        return True
    return len(title) >= TITLE_ALONE and any(node.tag in ROWS for node in islice(link.ancestors(), 5))


def _title(link: Node) -> str:
    """A link's words without a date at their edge; the ``title`` attribute where the words are cut short."""
    full = " ".join(link.attributes.get("title", "").split())
    shown = link.text or full or next((image.attributes.get("alt", "") for image in link.elements("img")), "")
    bare = DATE_AT_AN_EDGE.sub("", shown.strip()).strip(" ·•|-—:：")
    return max(bare, full, key=len)[:200]


def _tells_the_time(stamp: Stamp, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the stamp is, to the minute, the present: no item, a clock."""
    if stamp.time is None or stamp.year is None:
        return False
    try:
        plain = datetime(stamp.year, stamp.month, stamp.day, *stamp.time)  # noqa: DTZ001  the zone follows
    except ValueError:
        return True
    return any(is_clock(plain.replace(tzinfo=one), now) for one in (zone, UTC))


def feed_addresses(page: Node, base: str) -> list[str]:
    """The feeds that a page names with ``<link rel="alternate">``, absolute, at most three, comments left out."""
    found = []
    for link in page.elements("link"):
        kind = link.attributes.get("type", "").lower()
        is_feed = any(name in kind for name in ("rss", "atom", "feed+json"))
        if "alternate" in link.attributes.get("rel", "").lower() and is_feed:
            address = _absolute(base, link.attributes.get("href", ""))
            if address is not None and "comment" not in address:
                found.append(address)
    return list(dict.fromkeys(found))[:3]


def refresh_address(page: Node, base: str) -> str | None:
    """Where ``<meta http-equiv="refresh">`` sends a visitor at once (within five seconds), or ``None``."""
    for meta in page.elements("meta"):
        content = re.match(
            r"\s*[0-5]\s*[;,]\s*url\s*=\s*['\"]?([^'\"]+)", meta.attributes.get("content", ""), re.IGNORECASE
        )
        if meta.attributes.get("http-equiv", "").lower() == "refresh" and content:
            return _absolute(base, content[1].strip())
    return None


def _absolute(base: str, address: str) -> str | None:
    try:
        joined = urljoin(base, address)
        return joined if urlsplit(joined).scheme in {"http", "https"} and joined != base else None
    except ValueError:
        return None
