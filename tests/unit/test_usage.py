"""Help and usage errors speak one language throughout, argparse's own words included."""

from __future__ import annotations

import argparse

import pytest

from auditor.cli import main
from auditor.usage import worded


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main(arguments)
    shown = capsys.readouterr()
    return shown.out + shown.err


@pytest.mark.parametrize(
    "command", ["", "demo", "audit", "probe", "respond", "judge", "report", "check", "lint", "schema"]
)
def test_chinese_help_has_no_english_words(capsys: pytest.CaptureFixture[str], command: str) -> None:
    shown = said(capsys, "--lang", "zh", *command.split(), "--help")
    assert "用法：" in shown
    assert "显示本帮助并退出" in shown
    assert [word for word in ("usage", "options", "arguments", "show ", " and ", "the ") if word in shown] == []


@pytest.mark.parametrize(
    ("arguments", "chinese", "english"),
    [
        (["paint"], "无效的取值 'paint'", "invalid choice: 'paint'"),
        (["audit"], "缺少必需的参数：INVENTORY", "the following arguments are required: INVENTORY"),
        (["respond", "--port", "a"], "无效的 int 值：'a'", "invalid int value: 'a'"),
        (["respond", "--port"], "须带一个参数值", "expected one argument"),
        (["check", "a", "b"], "无法识别的参数：b", "unrecognized arguments: b"),
    ],
)
def test_usage_errors_in_both_languages(
    capsys: pytest.CaptureFixture[str], arguments: list[str], chinese: str, english: str
) -> None:
    assert chinese in said(capsys, "--lang", "zh", *arguments)
    assert english in said(capsys, "--lang", "en", *arguments)


def test_argparse_gets_its_own_words_back() -> None:
    before = vars(argparse)["_"]
    with worded(str.upper):
        assert vars(argparse)["_"]("usage: ") == "USAGE: "
    assert vars(argparse)["_"] is before
