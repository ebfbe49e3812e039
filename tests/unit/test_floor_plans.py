"""Plans as pictures: read whatever they are, made small, and nothing in them runs, loads or is published unseen."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from probes.errors import TransportError
from probes.floor_plans import floor_plans
from probes.kinds import FloorPlan
from probes.observation import Reason
from probes.plans.picture import LARGEST_PICTURE, read_picture
from probes.plans.svg import cleaned
from tests.world import TestWorld, campus, look

NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg {NAMESPACES} width="400" height="200">%s</svg>'


def png(path: Path, width: int = 800, height: int = 400, *, noisy: bool = False) -> Path:
    if noisy:
        pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    else:
        secret = PngImagePlugin.PngInfo()
        secret.add_text("Author", "张三 13800000000")
        Image.new("RGBA", (width, height), (0, 0, 0, 0)).save(path, pnginfo=secret)
    return path


def test_a_png_loses_what_is_hidden_in_it_and_keeps_its_size(tmp_path: Path) -> None:
    picture = read_picture(png(tmp_path / "a.png"), 1)
    assert (picture.media_type, picture.width_px, picture.height_px) == ("image/png", 800, 400)
    assert b"1380000" not in picture.data
    assert Image.open(BytesIO(picture.data)).convert("L").getextrema() == (255, 255)  # transparent becomes white


def test_a_large_and_noisy_picture_is_made_small(tmp_path: Path) -> None:
    picture = read_picture(png(tmp_path / "a.png", 2500, 1500, noisy=True), 1)
    assert len(picture.data) <= LARGEST_PICTURE
    assert picture.width_px == 2500


def test_a_page_of_a_pdf_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2", reason="plans in PDF need pypdfium2")
    path = tmp_path / "a.pdf"
    Image.new("RGB", (600, 300), "white").save(path, resolution=72)
    picture = read_picture(path, 1)
    assert (picture.width_px, picture.height_px) == (1200, 600)
    with pytest.raises(TransportError, match="only 1 pages"):
        read_picture(path, 2)


@pytest.mark.parametrize("evil", [
    "<script>alert(1)</script>",
    '<rect onclick="alert(1)" width="5" height="5"/>',
    '<image href="http://evil.example/x.png"/>',
    '<use xlink:href="http://evil.example/x.svg#a"/>',
    '<a href="javascript:alert(1)"><text>x</text></a>',
    "<style>@import url(http://evil.example/x.css);</style>",
    '<rect style="fill:url(http://evil.example/x)"/>',
    "<foreignObject><iframe src='http://evil.example'/></foreignObject>",
    '<rect><animate attributeName="href" values="javascript:alert(1)"/></rect>',
    '<g id="a"><use href="#b"/></g><g id="b"><use href="#a"/></g>',
])  # fmt: skip
def test_an_svg_keeps_its_drawing_and_nothing_that_runs_or_loads(evil: str) -> None:
    drawn, width, height = cleaned((SVG % ('<path d="M0 0h9"/>' + evil)).encode())
    assert (width, height) == (400, 200)
    assert b"M0 0h9" in drawn
    for word in (b"evil", b"alert", b"script", b"onclick", b"foreignObject", b"import", b"#a", b"#b"):
        assert word not in drawn


@pytest.mark.parametrize(("data", "words"), [
    (b"", "no SVG"),
    (b"GIF89a", "no SVG"),
    (b"\x89PNG\r\n\x1a\n broken", "PNG is damaged"),
    (b"<html/>", "no SVG"),
    (b'<!DOCTYPE s [<!ENTITY a "aa">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>', "no SVG"),
    (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "does not tell its size"),
])  # fmt: skip
def test_what_is_no_plan_says_so(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "a.svg").write_bytes(data)
    with pytest.raises(TransportError, match=words):
        read_picture(tmp_path / "a.svg", 1)


async def test_each_floor_is_read_and_one_that_cannot_be_does_not_stop_the_others(tmp_path: Path) -> None:
    png(tmp_path / "a.png")
    floors = [
        {"id": "A1", "plan": str(tmp_path / "none.png"), "metres_per_pixel": 0.05},
        {"id": "A2", "plan": str(tmp_path / "a.png"), "scale": {"one": [0, 0], "other": [400, 0], "metres": 20}},
        {"id": "A3", "width_m": 20, "height_m": 10},
    ]
    world = TestWorld(campus(floor=floors))
    missing, found = await look(floor_plans, world, world.campus.school)
    assert (missing.subject, missing.reason) == ("floor:A1", Reason.FILE_NOT_FOUND)
    assert isinstance(found.value, FloorPlan)
    assert (found.value.width_m, found.value.height_m) == (40, 20)
    assert found.value.picture in world.kept
