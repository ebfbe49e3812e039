"""Before anything is sent: somebody answers for the search, its ranges may be searched, and its secrets are there."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Self

import pytest

from auditor import permission
from auditor.cli import main
from probes.discovery.ranges import Area, read_range
from probes.text import Text

FAR = "2999-01-01"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "--authorised"),
        (["--authorised", "张三 2020-01-01"], "ended on 2020-01-01"),
        (["--authorised", "  "], "nobody allows"),
        (["--authorised", "张三 2999-13-01"], "is no date"),
        (["--authorised", f"张三 {FAR}", "--range", "8.8.8.0/24"], "not private"),
        (["--authorised", f"张三 {FAR}", "--range", "10.0.0.0/8"], "more than 4096"),
        (["--authorised", f"张三 {FAR}", "--range", "fd00::/64"], "IPv6"),
        (["--authorised", f"张三 {FAR}", "--range", "10.0.0.0/24", "--leave-out", "10.0.0.0/24"], "0 addresses"),
        (["--authorised", f"张三 {FAR}", "--interface", "eth77"], "no card eth77"),
        (["--authorised", f"张三 {FAR}", "--snmp", "hunter2"], "--snmp takes a reference"),
        (["--authorised", f"张三 {FAR}", "--snmp", "env:NOT_SET_ANYWHERE"], "NOT_SET_ANYWHERE is not set"),
        (["--authorised", f"张三 {FAR}", "--snmp-v3", "a,SHA256"], "--snmp-v3 takes"),
        (["--authorised", f"张三 {FAR}", "--snmp-v3", "a,SHA256,hunter2"], "--snmp-v3 takes"),
        (["--authorised", f"张三 {FAR}", "--ssh", "admin:hunter2"], "--ssh takes"),
        (["--authorised", f"张三 {FAR}", "--ssh", "admin,hunter2"], "--ssh takes"),
        (["--authorised", f"张三 {FAR}", "--listen", "1000"], "out of bounds"),
    ],
)
def test_nothing_is_sent_without_permission(
    options: list[str],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    if "--range" not in options:
        options = [*options, "--range", "10.66.0.0/30"]
    code = main(["--lang", "en", "inspect", *options, "--out", str(tmp_path / "out")])
    told = capsys.readouterr()
    assert code == 2
    assert said in told.err
    assert "hunter2" not in told.err + told.out
    assert not (tmp_path / "out").exists()


def test_the_warning_names_what_is_sent_and_what_may_happen() -> None:
    found = read_range("10.20.16.0/24")
    assert not isinstance(found, Text)
    told = str(permission.warning(Area.of([found])))
    for words in ("10.20.16.0/24", "254 addresses", "1000 a second", "5 to one host", "falter", "Ctrl-C"):
        assert words in told


@pytest.mark.parametrize(("typed", "allowed"), [("李四 2999-01-01", True), ("", False)])
def test_at_a_terminal_the_user_is_asked(typed: str, allowed: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal(typed + "\n"))
    if allowed:
        assert permission._authorised(None, "en")[0] == typed
    else:
        with pytest.raises(permission.PermissionMissingError, match="nobody"):
            permission._authorised(None, "en")


def test_a_permission_without_a_date_holds_for_today_where_the_school_is(monkeypatch: pytest.MonkeyPatch) -> None:
    class Evening(datetime):
        """The laptop's clock, in UTC, when the school's next day has begun."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(2026, 11, 25, 23, 50, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(permission, "datetime", Evening)
    assert permission._authorised("me", "en")[1] == date(2026, 11, 26)
