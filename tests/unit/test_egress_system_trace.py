"""What traceroute, tracepath and tracert print, in English and Chinese."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from probes.wayout import system_trace
from probes.wayout.system_trace import decoded, hops_of

LINUX = """\
traceroute to 180.101.50.242 (180.101.50.242), 30 hops max, 60 byte packets
 1  192.168.1.1  0.512 ms  0.498 ms
 2  * *
 3  * 61.155.1.1  3.318 ms
 4  202.97.1.1  4.1 ms !N  202.97.1.2  4.2 ms
 5  * *
"""
BUSYBOX = """\
traceroute to 180.101.50.242 (180.101.50.242), 30 hops max, 46 byte packets
 1  192.168.1.1  0.012 ms  0.007 ms
 2  180.101.50.242  1.002 ms  0.9 ms
"""
TRACEPATH = """\
 1?: [LOCALHOST]                      pmtu 1500
 1:  192.168.1.1                                           0.341ms
 1:  192.168.1.1                                           0.318ms pmtu 1492
 2:  no reply
 3:  61.155.1.1                                            3.318ms asymm  4
 4:  180.101.50.242                                        9.1ms reached
     Resume: pmtu 1492 hops 4 back 4
"""
TRACERT_EN = """\

Tracing route to 180.101.50.242 over a maximum of 30 hops

  1    <1 ms    <1 ms    <1 ms  192.168.1.1
  2     *        *        *     Request timed out.
  3     3 ms     *        2 ms  61.155.1.1
  4  192.168.1.1  reports: Destination host unreachable.

Trace complete.
"""
TRACERT_ZH = """\

通过最多 30 个跃点跟踪到 180.101.50.242 的路由

  1    <1 毫秒   <1 毫秒   <1 毫秒 192.168.1.1
  2     *        *        *     请求超时。
  3     3 ms     *        2 ms  61.155.1.1
  4  192.168.1.1  报告: 无法访问目标主机。

跟踪完成。
"""
OUTPUTS = [
    ("traceroute", LINUX, ["192.168.1.1", None, "61.155.1.1", "202.97.1.1", None]),
    ("busybox", BUSYBOX, ["192.168.1.1", "180.101.50.242"]),
    ("tracepath", TRACEPATH, ["192.168.1.1", None, "61.155.1.1", "180.101.50.242"]),
    ("tracert, English", TRACERT_EN, ["192.168.1.1", None, "61.155.1.1", "192.168.1.1"]),
    ("tracert, Chinese", TRACERT_ZH, ["192.168.1.1", None, "61.155.1.1", "192.168.1.1"]),
    ("tracert, IPv6", "  1    <1 ms     1 ms     1 ms  2001:da8:1002::1\r\n", ["2001:da8:1002::1"]),
    ("an error", "无法解析目标系统名称 x。\n", []),
    ("hops beyond all bounds", " 300  10.0.0.1  1 ms\n 0  10.0.0.1\n", []),
]


@pytest.mark.parametrize(("output", "hops"), [row[1:] for row in OUTPUTS], ids=[row[0] for row in OUTPUTS])
def test_hops(output: str, hops: list[str | None]) -> None:
    assert hops_of(output) == hops


def test_a_chinese_console_writes_gbk() -> None:
    assert hops_of(decoded(TRACERT_ZH.encode("gbk"))) == ["192.168.1.1", None, "61.155.1.1", "192.168.1.1"]


@pytest.fixture
def only_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")
    monkeypatch.setattr(system_trace, "PROGRAMS", (system_trace.PROGRAMS[0],))
    return tmp_path / "traceroute"


def write(program: Path, body: str) -> None:
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def test_the_program_gets_numbers_only_and_bounds(only_program: Path) -> None:
    write(only_program, f'printf "%s\\n" "$*" > {only_program}.asked\ncat <<END\n{BUSYBOX}END')
    found = system_trace.trace("180.101.50.242")
    assert (found.hops, found.method, found.reached) == (("192.168.1.1", "180.101.50.242"), "traceroute", True)
    asked = Path(f"{only_program}.asked").read_text()
    assert asked == "-n -q 2 -w 1 -m 30 180.101.50.242\n"


def test_what_was_found_when_the_time_was_up_counts_but_no_half_line(only_program: Path) -> None:
    write(only_program, "echo ' 1  192.168.1.1  1 ms'\nprintf ' 2  202.112.1.2'\nexec sleep 30")
    assert system_trace.trace("180.101.50.242", limit_s=0.5).hops == ("192.168.1.1",)


def test_no_program_or_no_address_gives_no_hops(monkeypatch: pytest.MonkeyPatch, only_program: Path) -> None:
    write(only_program, "echo ' 1  192.168.1.1  1 ms'")
    assert system_trace.trace("www.example.cn; reboot").hops == ()
    monkeypatch.setenv("PATH", "/nowhere")
    assert system_trace.trace("180.101.50.242").hops == ()
