"""Drawings as static SVG: elements whose attributes and words are escaped, and lengths that stay short.

Words in a drawing would shrink with it on a phone, so names and figures stand in the page beside it wherever they can.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from markupsafe import Markup, escape

from reports.visible import visible


def element(name: str, *inside: Markup | str, **attributes: object) -> Markup:
    """One element; a trailing underscore of an attribute is dropped, others become hyphens, ``None`` is left out.

    >>> element("rect", x=1.50, class_="bar", stroke_width=2)
    Markup('<rect x="1.5" class="bar" stroke-width="2"/>')
    >>> element("text", "<b>", y=3)
    Markup('<text y="3">&lt;b&gt;</text>')
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(number(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(str(escape(visible(one) if type(one) is str else one)) for one in inside)
    return Markup(f"<{name}{written}>{content}</{name}>" if inside else f"<{name}{written}/>")  # noqa: S704  escaped


def number(value: object) -> str:
    """A length with one decimal at most; anything else as it is.

    >>> number(1.25), number(3.0), number("0 0 3 4")
    ('1.2', '3', '0 0 3 4')
    """
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)


def drawing(
    width: float, height: float, words: str, *parts: Markup, class_: str = "", fit: Literal["", "stretch", "own"] = ""
) -> Markup:
    """A whole drawing with the sentence that stands for it; without one it only repeats what stands beside it.

    ``fit``: ``stretch`` fills whatever space there is, for bars that hold no words; ``own`` has a size of its own, so
    that its words are as large as those around it; else it is as wide as the space and keeps its proportions.
    """
    spoken = {"role": "img", "aria_label": visible(words)} if words else {"aria_hidden": "true", "focusable": "false"}
    view = f"0 0 {number(float(width))} {number(float(height))}"
    fitted: dict[str, object] = {"preserveAspectRatio": "none"} if fit == "stretch" else {}
    if fit == "own":
        fitted = {"width": float(width), "height": float(height)}
    return element("svg", *parts, viewBox=view, class_=class_ or None, **fitted, **spoken)


def boxes(places: Iterable[tuple[float, float]], side: float, class_: str) -> Markup:
    """Many equal squares as one path, which keeps the drawing of a thousand ports small.

    >>> boxes([(0, 0), (12, 0)], 10, "up")
    Markup('<path d="M0 0h10v10h-10zM12 0h10v10h-10z" class="up"/>')
    """
    side_ = number(float(side))
    box = f"h{side_}v{side_}h-{side_}z"
    path = "".join(f"M{number(float(x))} {number(float(y))}{box}" for x, y in places)
    return element("path", d=path, class_=class_) if path else Markup("")
