"""How a camera or recorder is asked for its recordings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from probes.entries.base import Entry, Id, PortNumber


class VideoAccess(Entry):
    """How a camera or recorder is reached; the account needs no right but to look."""

    protocol: Literal["onvif", "isapi", "dahua", "rtsp"] = Field(
        description="onvif；isapi 海康威视；dahua 大华；rtsp 仅看实时画面 / rtsp shows the live picture only"
    )
    credential: Id | None = Field(None, description="kind = http 的只读账号 / a read-only login of kind http")
    port: PortNumber | None = Field(None, description="留空为 80，tls 时为 443 / 80 when left out, 443 with tls")
    tls: bool = False
    rtsp_port: PortNumber = 554
    rtsp_path: Annotated[str, StringConstraints(pattern=r"^/[^\s]*$", max_length=400)] = Field(
        "/", description="protocol = rtsp 时的路径 / path of the live picture with protocol rtsp"
    )
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 8.0
