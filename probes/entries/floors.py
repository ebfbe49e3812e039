"""Floor plans: how large a floor is, where its places and access points are, and the picture it is drawn on.

All positions are metres from the plan's top left corner, to the right and down, as in surveys; so a plan may be
exchanged for a better picture without measuring anew.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from probes.entries.base import Entry, Id

Metres = Annotated[float, Field(ge=0, le=2000, allow_inf_nan=False)]
Pixels = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Position = tuple[Metres, Metres]


class Scale(Entry):
    """Two points of the picture and how far apart they really are, for plans without a known scale."""

    one: tuple[Pixels, Pixels] = Field(description="第一点的像素坐标 [右, 下] / pixels of the one point [right, down]")
    other: tuple[Pixels, Pixels] = Field(description="第二点的像素坐标 / pixels of the other point")
    metres: Annotated[float, Field(gt=0, le=2000)] = Field(description="两点实际距离（米） / metres between them")


class FloorPlace(Entry):
    """Where a place is on the floor."""

    id: Id = Field(description="场所编号 / id of the place")
    outline: Annotated[tuple[Position, ...], Field(min_length=3, max_length=64)] = Field(
        description="轮廓各角坐标（米） / its corners, metres"
    )


class FloorAccessPoint(Entry):
    """Where an access point hangs; what is not known of it stays out."""

    name: Annotated[str, Field(min_length=1, max_length=64)] = Field(description="AP 名称 / its name")
    at: Position = Field(description="位置（米） / where, metres")
    bands_ghz: tuple[Annotated[str, Field(pattern=r"^(2\.4|5|6)$")], ...] = Field(
        ("2.4", "5"), description="发射的频段 / bands that it sends on"
    )


class Floor(Entry):
    """A floor of a building, on which coverage is mapped."""

    id: Id
    name: str = ""
    building: str = Field("", description="楼栋，与场所的 building 一致 / building, as places name it")
    floor: str = Field("", description="楼层，与场所的 floor 一致；留空同 id / floor, as places name it; else the id")
    width_m: Annotated[float, Field(gt=0, le=2000)] | None = Field(
        None, description="宽（米），无平面图时必填 / width in metres; needed without a plan"
    )
    height_m: Annotated[float, Field(gt=0, le=2000)] | None = Field(
        None, description="高（米），无平面图时必填 / height in metres; needed without a plan"
    )
    plan: str | None = Field(None, description="平面图文件（PNG、SVG、PDF） / picture of the plan: PNG, SVG or PDF")
    page: Annotated[int, Field(ge=1, le=1000)] = Field(1, description="PDF 的页码 / page of a PDF")
    metres_per_pixel: Annotated[float, Field(gt=0, le=10)] | None = Field(
        None, description="每像素多少米 / metres that one pixel stands for"
    )
    scale: Scale | None = Field(None, description="比例尺：两个参照点 / the scale by two points of reference")
    outline: Annotated[tuple[Position, ...], Field(min_length=3, max_length=256)] | None = Field(
        None,
        description="建筑轮廓各角坐标（米），其外不绘制 / its corners, metres; nothing is mapped outside",
    )
    place: tuple[FloorPlace, ...] = Field((), description="场所在图上的轮廓 / outlines of its places")
    access_point: tuple[FloorAccessPoint, ...] = Field((), description="AP 位置 / where access points hang")

    @property
    def label(self) -> str:
        """What places call the floor."""
        return self.floor or self.id

    @property
    def metres_a_pixel(self) -> float | None:
        """The scale of the picture, however it was given."""
        if self.scale is None:
            return self.metres_per_pixel
        (x0, y0), (x1, y1) = self.scale.one, self.scale.other
        pixels = float(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5)
        return self.scale.metres / pixels if pixels else None
