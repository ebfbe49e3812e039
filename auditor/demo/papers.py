"""Small invented documents with which the demo's school vouches for what no probe can see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from auditor.demo.school import SCHOOL

_VALID_DAYS = 365


@dataclass(frozen=True)
class Paper:
    """A claim with its document.

    Attributes:
        criterion: the part of the indicator that is vouched for; the whole of it where none is named.
        ago: days since somebody signed it.
        valid_days: days from then until the evidence expires.
    """

    indicator: str
    title: str
    body: str
    criterion: str | None = None
    claim: str = "met"
    points: float | None = None
    by: str = "教务处 王示例"
    ago: int = 30
    valid_days: int = _VALID_DAYS

    @property
    def file(self) -> str:
        """Name of the document."""
        return f"{self.indicator}-{self.title}.txt"

    def content(self) -> str:
        """Text of the document."""
        return f"{SCHOOL}\n{self.title}\n\n{self.body}\n\n（演示用虚构文件）\n"

    def attestation(self, today: date) -> dict[str, Any]:
        """The entry in ``attestations.toml``."""
        on = today - timedelta(days=self.ago)
        optional = {"criterion": self.criterion, "points": self.points}
        return {
            "indicator": self.indicator,
            "claim": self.claim,
            **{key: value for key, value in optional.items() if value is not None},
            "by": self.by,
            "on": on,
            "valid_until": on + timedelta(days=self.valid_days),
            "documents": [f"documents/{self.file}"],
        }


PAPERS: tuple[Paper, ...] = (
    Paper("1.4.2", "出口防火墙台账", "出口防火墙一台，策略已启用。", criterion="firewall", by="信息中心 陈示例"),
    Paper("1.4.2", "上网行为管理台账", "上网行为管理一台，审计已启用。", criterion="behaviour", by="信息中心 陈示例"),
    Paper(
        "5.1.1", "信息化工作领导小组文件", "组长：校长。每学期召开专题会议两次，会议记录附后。", by="校长办公室 李示例"
    ),
    Paper("5.1.2", "首席信息官任命书", "任命副校长为校级首席信息官，任期三年。", by="校长办公室 李示例"),
    Paper("5.1.3", "智慧校园建设三年规划", "分年度列出建设目标、任务与完成情况。", by="校长办公室 李示例"),
    Paper("5.2.1", "信息中心职责说明", "信息中心三人，负责网络、平台与培训。", by="信息中心 陈示例"),
    Paper("5.2.2", "网络管理员证书", "市级网络管理证书，有效期一年。", by="信息中心 陈示例", ago=405),
    Paper("5.2.3", "学科信息化联络教师名单", "每学科一名，共十三名。"),
    Paper("5.3.1", "信息化经费预算批复", "本年度专项经费用于无线网络改造。", by="总务处 赵示例"),
    Paper("5.3.2", "公用经费使用说明", "部分年度未达到约定比例。", claim="partly", points=1.5, by="总务处 赵示例"),
    Paper("5.4.1", "信息化管理制度汇编", "网络、机房、平台、数据安全四类制度。", by="信息中心 陈示例"),
    Paper("5.4.2", "信息化应用激励办法", "每学年评选信息化应用先进教师。"),
    Paper("3.2.1", "教师培训合格名单", "全体专任教师通过应用能力提升工程培训。"),
    Paper("3.3.1", "校长培训结业证明", "参加省级信息化领导力培训。", by="校长办公室 李示例"),
    Paper("4.1.1", "信息化备课统计", "本学期平台备课课时占总课时的百分之九十三。"),
    Paper("2.1.1", "数字资源清单", "各学科同步资源与校本资源目录。"),
)
