"""The systems of the school that ought to answer, and its cameras."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from probes.entries.base import Entry, Id, PortNumber
from probes.video.settings import VideoAccess


class ServiceKind(StrEnum):
    """What a system of the school is for."""

    WEBSITE = "website"
    BROADCAST = "broadcast"
    TELEVISION = "television"
    CONFERENCE = "conference"
    IOT = "iot"
    CARD = "card"
    COURSE_SELECTION = "course-selection"
    CLASS_BOARD = "class-board"
    RECORDING = "recording"
    SMART_CLASSROOM = "smart-classroom"
    PLATFORM = "platform"
    LIBRARY = "library"
    RESOURCES = "resources"
    SHARING = "sharing"
    IDENTITY = "identity"
    MANAGEMENT = "management"
    HOME_SCHOOL = "home-school"
    VIDEO_SECURITY = "video-security"
    FIRE_ALARM = "fire-alarm"
    EMERGENCY_BROADCAST = "emergency-broadcast"
    FOOD_SAFETY = "food-safety"


class ServiceProtocol(StrEnum):
    """What a system speaks at ``address`` and ``port``."""

    HTTP = "http"
    HTTPS = "https"
    TCP = "tcp"
    SIP = "sip"
    RTSP = "rtsp"
    MQTT = "mqtt"
    COAP = "coap"
    BACNET = "bacnet"
    MODBUS = "modbus"
    LDAP = "ldap"
    LDAPS = "ldaps"
    MULTICAST = "multicast"


class Service(Entry):
    """A system that ought to answer."""

    id: Id
    what: ServiceKind
    name: str = ""
    url: str | None = Field(None, pattern=r"^https?://[^\s]+$")
    news_url: str | None = Field(
        None, pattern=r"^https?://[^\s]+$", description="新闻列表页或 RSS / page or feed that lists the newest items"
    )
    address: str | None = None
    port: PortNumber | None = None
    protocol: ServiceProtocol | None = Field(
        None,
        description="通信协议，留空按端口判断；modbus、bacnet 须写明才会访问 / what it speaks, by its port when left "
        "out; modbus and bacnet are only asked where this says so",
    )


class Camera(Entry):
    """A camera or a channel of a recorder."""

    id: Id
    name: str = ""
    address: str | None = None
    recorder: Id | None = None
    place: Id | None = None
    channel: Annotated[int, Field(ge=1, le=4096)] = Field(1, description="录像机上的通道号 / channel of the recorder")
    keep_days: Annotated[int, Field(ge=30, le=3650)] = Field(
        30, description="应保存天数，反恐重点部位填 90 / days to be kept; 90 where the site is listed as a key unit"
    )
    video: VideoAccess | None = Field(
        None, description="摄像机自身存储录像时 / where the camera itself keeps the recordings"
    )
