"""A plan's file as a picture that a report can carry: redrawn, so that nothing hidden in it is published."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from probes.errors import TransportError
from probes.observation import Reason
from probes.plans import svg
from probes.text import text
from probes.trouble import said_by

MOST_OCTETS = 40 * 1024 * 1024
MOST_PIXELS = 100_000_000
LARGEST_PICTURE = 150_000
"""Octets of the picture in the report: in base64 a third more, which leaves room for the map itself."""
SIDES_PX = (1400, 1000, 700, 500, 350)
PDF_PIXELS_A_POINT = 2.0
"""A page of a PDF is drawn at 144 dots an inch, and its scale is meant at that."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What the report shows, and the size in pixels of the file it was made from."""

    data: bytes
    media_type: Literal["image/png", "image/svg+xml"]
    width_px: float
    height_px: float


def read_picture(path: Path, page: int) -> Picture:
    """The picture of a plan.

    Raises:
        TransportError: if the file cannot be read, is no such picture, or is too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_OCTETS + 1)
    except FileNotFoundError as error:
        raise TransportError(Reason.FILE_NOT_FOUND, text("there is no file {path}", path=path)) from error
    except OSError as error:
        sentence = text("cannot read {path}: {error}", path=path, error=said_by(error))
        raise TransportError(Reason.FILE_UNREADABLE, sentence) from error
    if len(data) > MOST_OCTETS:
        raise TransportError(Reason.UNEXPECTED_ANSWER, text("the plan has more than {n} MB", n=MOST_OCTETS >> 20))
    if data.startswith(b"%PDF"):
        return _pdf(data, page)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    drawn, width, height = svg.cleaned(data)
    if len(drawn) > LARGEST_PICTURE:
        sentence = text("the SVG has more than {n} kB of drawing; save it as PNG", n=LARGEST_PICTURE // 1000)
        raise TransportError(Reason.UNEXPECTED_ANSWER, sentence)
    return Picture(drawn, "image/svg+xml", width, height)


def _png(data: bytes) -> Picture:
    from PIL import Image  # noqa: PLC0415  only where there is a plan

    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_large()
            return _shrunk(image)
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (OSError, SyntaxError, ValueError) as error:
        raise TransportError(Reason.UNEXPECTED_ANSWER, text("the PNG is damaged; save it anew")) from error


def _pdf(data: bytes, page: int) -> Picture:
    try:
        import pypdfium2  # noqa: PLC0415  only where a plan is a PDF
    except ImportError as error:
        sentence = text("a plan in a PDF needs the package pypdfium2 (pip install pypdfium2), or save it as PNG")
        raise TransportError(Reason.NOT_SUPPORTED, sentence) from error
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise TransportError(Reason.UNEXPECTED_ANSWER, text("the PDF is damaged or locked")) from error
    with document:
        if page > len(document):
            raise TransportError(Reason.UNEXPECTED_ANSWER, text("the PDF has only {n} pages", n=len(document)))
        width, height = document[page - 1].get_size()
        if width * height * PDF_PIXELS_A_POINT**2 > MOST_PIXELS:
            raise _too_large()
        return _shrunk(document[page - 1].render(scale=PDF_PIXELS_A_POINT).to_pil())


def _shrunk(image: object) -> Picture:
    """As grey PNG, as large as its octets allow; what is transparent becomes white."""
    from PIL import Image  # noqa: PLC0415  only where there is a plan

    assert isinstance(image, Image.Image)
    clear = image.convert("RGBA")
    grey = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("L")
    for side in SIDES_PX:
        small = grey.copy()
        small.thumbnail((side, side))
        for colours in (16, 4):
            written = BytesIO()
            small.quantize(colours).save(written, "PNG", optimize=True)
            if written.tell() <= LARGEST_PICTURE:
                return Picture(written.getvalue(), "image/png", image.width, image.height)
    raise _too_large()


def _too_large() -> TransportError:
    return TransportError(Reason.UNEXPECTED_ANSWER, text("the plan is too large; save it with fewer pixels"))
