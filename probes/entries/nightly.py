"""What an inventory may say about the nightly run around the audit: when, how long bundles stay, who hears of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from probes.entries.base import Entry, SecretRef
from probes.night.settings import TimeOfDay

Topic = Literal["fell", "rose", "silent", "expiring", "failed"]
"""What may be worth a message; ``failed`` is the audit itself."""


class ScheduleSettings(Entry):
    """When the timer starts the night's audit: the table ``[schedule]``."""

    at: TimeOfDay | None = Field(
        None, description="启动时间，默认为夜间窗口开始 / start, by default when the night's window opens"
    )
    delay_minutes: Annotated[int, Field(ge=0, le=240)] = Field(
        20, description="随机推迟的上限（分钟） / started up to so many minutes later, at random"
    )
    sample: bool = Field(
        default=True, description="出口有端口时每 5 分钟读一次计数器 / read the uplinks' counters every 5 minutes"
    )


class RetentionSettings(Entry):
    """How long bundles are kept: the table ``[retention]``."""

    days: Annotated[int, Field(ge=7, le=3650)] = Field(365, description="证据包保留天数 / days that a bundle is kept")
    monthly: bool = Field(default=True, description="每月最后一包长期保留 / the newest of each month stays for good")
    zip_after_days: Annotated[int, Field(ge=1, le=3650)] | None = Field(
        None,
        description="多少天后压缩为 .zip；不写则不压缩 / pack into a .zip after so many days; never where left out",
    )


class NotifySettings(Entry):
    """Who hears of changes: the table ``[notify]``.

    Attributes:
        to: addresses as apprise writes them; they hold tokens, so they stand here only by reference.
        about: the topics that are told.
        least_points: smaller changes of an indicator are not told.
        before_days: how long before something expires it is told, once each.
    """

    to: Annotated[tuple[SecretRef, ...], Field(min_length=1, max_length=20)] = Field(
        description="接收地址的引用（apprise 格式） / references to addresses as apprise writes them"
    )
    language: Literal["zh", "en"] = Field("zh", description="消息语言 / language of the message")
    about: Annotated[tuple[Topic, ...], Field(min_length=1)] = Field(
        ("fell", "rose", "silent", "expiring", "failed"),
        description="通知哪些变化：下降、上升、探测中断、即将到期、审计失败 / what is told",
    )
    least_points: Annotated[float, Field(ge=0, le=110)] = Field(
        0.0, description="变化小于此分值不通知 / smaller changes of an indicator are not told"
    )
    before_days: Annotated[tuple[Annotated[int, Field(ge=0, le=365)], ...], Field(min_length=1, max_length=6)] = Field(
        (30, 7, 0),
        description="到期前多少天提醒，各一次 / days before something expires at which it is told, once each",
    )
