"""SVG plans: their size, and a copy in which nothing runs, nothing is loaded and nothing refers to outside."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, register_namespace, tostring

from probes.errors import TransportError
from probes.observation import Reason
from probes.text import text

NAMESPACE = "http://www.w3.org/2000/svg"
LINKS = frozenset({"href", "{http://www.w3.org/1999/xlink}href"})
# Drawing only. What is not listed (script, foreignObject, image, use of other files, animation, filters) is left out.
DRAWN = frozenset(
    {"svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text"}
    | {"tspan", "title", "desc", "linearGradient", "radialGradient", "stop", "clipPath", "pattern", "marker", "mask"}
    | {"style"}
)
_OUTSIDE = re.compile(r"url\s*\(\s*['\"]?(?!#)|@import|expression\s*\(|javascript:|\\", re.IGNORECASE)
_LENGTH = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(px|pt|mm|cm|in)?\s*")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
DEEPEST = 200


def cleaned(data: bytes) -> tuple[bytes, float, float]:
    """The picture without anything but drawing, and its width and height in pixels (CSS: 96 to the inch).

    Raises:
        TransportError: if it is no SVG, declares entities, or does not tell its size.
    """
    from defusedxml import DefusedXmlException  # noqa: PLC0415  only where a plan is an SVG
    from defusedxml.ElementTree import ParseError, fromstring  # noqa: PLC0415

    try:
        root: Element = fromstring(data, forbid_dtd=False)
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise _no_plan() from error
    if root.tag != f"{{{NAMESPACE}}}svg":
        raise _no_plan()
    width, height = _size(root)
    _strip(root, 0)
    _unnest(root)
    root.set("viewBox", root.get("viewBox") or f"0 0 {width:g} {height:g}")
    root.set("width", f"{width:g}")
    root.set("height", f"{height:g}")
    register_namespace("", NAMESPACE)
    return tostring(root, encoding="utf-8"), width, height


def _strip(element: Element, depth: int) -> None:
    for child in list(element):
        name = str(child.tag).removeprefix(f"{{{NAMESPACE}}}")
        styled = name == "style" and _OUTSIDE.search("".join(child.itertext())) is not None
        if name not in DRAWN or styled or depth > DEEPEST:
            element.remove(child)
        else:
            _strip(child, depth + 1)
    for key, value in list(element.attrib.items()):
        local = key.rpartition("}")[2].lower()
        foreign = local == "href" and not value.strip().startswith("#")
        if local.startswith("on") or foreign or (key not in LINKS and "}" in key) or _OUTSIDE.search(value):
            del element.attrib[key]


def _unnest(root: Element) -> None:
    """Leave out every repetition of what repeats something itself: ten of ten of ten would take a browser for ever."""
    use = f"{{{NAMESPACE}}}use"
    repeating = {f"#{one.get('id')}" for one in root.iter() if one.get("id") and any(True for _ in one.iter(use))}
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == use and any(child.get(link, "").strip() in repeating for link in LINKS):
                parent.remove(child)


def _size(root: Element) -> tuple[float, float]:
    given = [_LENGTH.fullmatch(root.get(side, "")) for side in ("width", "height")]
    sizes = [float(one[1]) * _PIXELS[one[2] or ""] for one in given if one is not None]
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    if len(sizes) != len(given):
        try:
            sizes = [float(one) for one in box[2:4]]
        except ValueError:
            sizes = []
    if len(sizes) != len(given) or not all(0 < one < 1e6 for one in sizes):  # noqa: PLR2004  a million pixels
        raise TransportError(Reason.UNEXPECTED_ANSWER, text("the SVG does not tell its size; give it a viewBox"))
    return sizes[0], sizes[1]


def _no_plan() -> TransportError:
    return TransportError(Reason.UNEXPECTED_ANSWER, text("it is no SVG that can be read safely"))
