"""Web pages as they come: bytes of doubtful encoding, HTML of doubtful shape, turned into a small tree.

The standard library's tolerant parser, the end tags that HTML lets people leave out, and nothing else: scripts,
styles and comments never become text.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self

# Longer pages are cut: no school's front page is longer, and hostile markup costs time by its length.
CHARACTERS = 1_500_000
NODES = 200_000

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"]
)
SILENT = frozenset(["script", "style", "noscript", "template", "textarea", "select", "svg", "object", "iframe"])
# An opening tag ends these when they are open, up to the nearest of the tags that hold them (HTML 4.01, optional tags).
ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), frozenset({"ul", "ol", "menu"})),
    "dt": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "dd": (frozenset({"dt", "dd"}), frozenset({"dl"})),
    "tr": (frozenset({"tr", "td", "th"}), frozenset({"table"})),
    "td": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "th": (frozenset({"td", "th"}), frozenset({"tr", "table"})),
    "p": (frozenset({"p"}), frozenset({"td", "li", "div", "body"})),
    "a": (frozenset({"a"}), frozenset({"td", "li", "div", "body"})),
}

ICP = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]\s*ICP\s*[备证]\s*(?:字\s*)?(?:第\s*)?\d{6,10}\s*号(?:\s*-\s*\d{1,3})?",
    re.IGNORECASE,
)


@dataclass(eq=False)
class Node:
    """An element: its children are elements and, between them, strings."""

    tag: str
    attributes: dict[str, str]
    parent: Self | None = None
    children: list[Self | str] = field(default_factory=list)

    def ancestors(self) -> Iterator[Self]:
        """The element itself and everything around it, inside out."""
        node: Self | None = self
        while node is not None:
            yield node
            node = node.parent

    def walk(self) -> Iterator[tuple[Self, str]]:
        """Every string below, in document order, with the element it stands in."""
        pending: list[tuple[Self, Self | str]] = [(self, child) for child in reversed(self.children)]
        while pending:
            parent, child = pending.pop()
            if isinstance(child, str):
                yield parent, child
            else:
                pending.extend((child, inner) for inner in reversed(child.children))

    def elements(self, *tags: str) -> Iterator[Self]:
        """Every element below with one of these tags (any, when none is named), in document order."""
        pending = [child for child in reversed(self.children) if not isinstance(child, str)]
        while pending:
            node = pending.pop()
            if not tags or node.tag in tags:
                yield node
            pending.extend(child for child in reversed(node.children) if not isinstance(child, str))

    @property
    def text(self) -> str:
        """All text below, white space folded."""
        return " ".join("".join(string for _, string in self.walk()).split())


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("document", {})
        self._open = self.root
        self._silent: list[str] = []
        self._nodes = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent.append(tag)
        if self._silent or self._nodes > NODES:
            return
        if tag in ENDS:
            self._imply_end(*ENDS[tag])
        self._nodes += 1
        node = Node(tag, {key: value or "" for key, value in reversed(attrs)}, self._open)
        self._open.children.append(node)
        if tag not in VOID:
            self._open = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
            return
        # A stray end tag is searched for no further than people nest; one that is not found is ignored.
        for depth, node in enumerate(self._open.ancestors()):
            if node.tag == tag and node.parent is not None:
                self._open = node.parent
                return
            if depth > 64:  # noqa: PLR2004  named in the comment above
                return

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self._open.children.append(unicodedata.normalize("NFKC", data))

    def _imply_end(self, ended: frozenset[str], holders: frozenset[str]) -> None:
        last: Node | None = None
        for depth, node in enumerate(self._open.ancestors()):
            if node.tag in holders or depth > 64:  # noqa: PLR2004  as above
                break
            if node.tag in ended:
                last = node
        if last is not None and last.parent is not None:
            self._open = last.parent


def parse(markup: str) -> Node:
    """The tree of a page; never fails, whatever the markup.

    What stands between two ``<br>`` becomes an element ``line`` of its own.
    """
    builder = _Builder()
    builder.feed(_plain(markup[:CHARACTERS]))
    builder.close()
    for node in {id(br.parent): br.parent for br in builder.root.elements("br")}.values():
        if node is not None:
            _break_lines(node)
    return builder.root


def _plain(markup: str) -> str:
    """The markup without comments and declarations: unclosed ones take Python's parser a time that grows squared."""
    kept, at = [], 0
    while (start := markup.find("<!--", at)) >= 0:
        kept.append(markup[at:start])
        end = markup.find("-->", start + 4)
        at = end + 3 if end >= 0 else len(markup)
    kept.append(markup[at:])
    return re.sub(r"<(?=[!?])", "&lt;", re.sub(r"<[!?][^>]{0,300}>", "", "".join(kept)))


def _break_lines(node: Node) -> None:
    lines = [Node("line", {}, node)]
    for child in node.children:
        if isinstance(child, Node) and child.tag == "br":
            lines.append(Node("line", {}, node))
            continue
        if isinstance(child, Node):
            child.parent = lines[-1]
        lines[-1].children.append(child)
    node.children = [line for line in lines if line.children]


def decode(body: bytes, content_type: str = "") -> str:
    """A page's text, whatever its header claims.

    School sites say ``gb2312`` and send GBK, say nothing, or say UTF-8 and send GBK. So the bytes decide: a byte
    order mark, else whichever of UTF-8 and GB 18030 (which contains GB 2312 and GBK) leaves fewer broken characters;
    the declared charset is asked only when both are bad.

    >>> decode("校园新闻".encode("gbk"), "text/html; charset=utf-8")
    '校园新闻'
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    utf8, gb = body.decode("utf-8", "replace"), body.decode("gb18030", "replace")
    broken = {"utf-8": utf8.count("\ufffd"), "gb18030": gb.count("\ufffd")}
    best = utf8 if broken["utf-8"] <= broken["gb18030"] else gb
    if min(broken.values()) * 50 > len(best):
        declared = re.search(rb"charset\s*=\s*[\"']?\s*([\w-]+)", content_type.encode() + b" " + body[:2048])
        try:
            return body.decode(declared[1].decode(), "replace") if declared else best
        except LookupError:
            return best
    return best


def icp_number(page: Node) -> str:
    """The ICP filing number (工业和信息化部备案号) shown on the page, without blanks, or ``""``.

    >>> icp_number(parse("<p>备案号：苏ICP备 12345678 号－1</p>"))
    '苏ICP备12345678号-1'
    """
    found = ICP.search(page.text)
    return re.sub(r"\s+", "", found[0]).replace("icp", "ICP") if found else ""
