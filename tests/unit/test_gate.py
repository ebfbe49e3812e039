"""What may be typed into a console, and what never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.transport.gate import ANSWERS, Gate, GateError

VRP = Gate(verbs=["display"], lines=["screen-length 0 temporary", "quit"])
TOPSEC = Gate(verbs=["* show"])
RUIJIE = Gate(verbs=["show"])
UNIX = Gate(lines=["date +%s.%N", "timedatectl show"])
# A dialect file that asks for what it must not have.
GREEDY = Gate(
    verbs=["display", "system-view", "reboot", "save", "date", "set", "execute", "config"],
    lines=["reset saved-configuration", "execute time 12:00:00", "date 0101", "reboot", "display clock > flash:/x"],
)


@pytest.mark.parametrize(
    ("gate", "line", "sent"),
    [
        (VRP, "display clock", "display clock"),
        (VRP, "  display   clock ", "display clock"),
        (VRP, "display interface GigabitEthernet0/0/1", "display interface GigabitEthernet0/0/1"),
        (
            VRP,
            "display current-configuration | include ntp-service",
            "display current-configuration | include ntp-service",
        ),
        (VRP, "display this | exclude up", "display this | exclude up"),
        (VRP, "display logbuffer | begin Nov 23", "display logbuffer | begin Nov 23"),
        (VRP, "screen-length 0 temporary", "screen-length 0 temporary"),
        (TOPSEC, "system version show", "system version show"),
        (TOPSEC, "network route show", "network route show"),
        (TOPSEC, "snmp show", "snmp show"),
        (VRP, "display ipv6 routing-table 2001:db8::/32", "display ipv6 routing-table 2001:db8::/32"),
        (VRP, "display mac-address aa:bb:cc:dd:ee:ff", "display mac-address aa:bb:cc:dd:ee:ff"),
        (VRP, "display interface 10GE1/0/1:2", "display interface 10GE1/0/1:2"),
        (UNIX, "date +%s.%N", "date +%s.%N"),
    ],
)
def test_what_passes(gate: Gate, line: str, sent: str) -> None:
    assert gate.check(line) == sent


@pytest.mark.parametrize(
    "line",
    [
        "",
        " ",
        "system-view",
        "reboot",
        "reset counters interface",
        "undo info-center enable",
        "clock datetime 12:00:00 2026-11-23",
        "disp clock",  # an abbreviation may be another command's, too
        "Display clock",
        "display clock > flash:/clock.txt",
        "display clock >> flash:/clock.txt",
        "display clock; reboot",
        "display clock & reboot",
        "display clock && reboot",
        "display clock\nreboot",
        "display clock\rreboot",
        "display clock\x0breboot",
        "display clock\x1areboot",  # Ctrl+Z
        "display clock\x03reboot",
        "display\tclock",  # Tab completes
        "display clock ?",
        "display clock?",
        "display `reboot`",
        "display $(reboot)",
        "display ${IFS}",
        "display 'clock'",
        "display \\ clock",
        "display clock | reboot",
        "display clock | save flash:/x",
        "display clock | redirect flash:/x",
        "display clock | append flash:/x",
        "display clock | tee flash:/x",
        "display clock | no-more",
        "display clock | include a | include b",
        "display clock | include a > flash:/x",
        "display clock | include",
        "display clock |",
        "| include a",
        "display diagnostic-information",
        "display diagnostic-information flash:/d.zip",
        "display tech-support",
        "display diag",  # what consoles complete for themselves
        "display d",
        "display TECH flash:/x",
        "display clock flash:/x",
        "display version tftp://192.0.2.1/x",
        "display startup usb0:",
        "display interface counters clear",
        "display logbuffer reset",
        "dis clock",
        "sh clock",
        "do display clock",
        "DISPLAY clock",
        "\N{FULLWIDTH LATIN SMALL LETTER D}isplay clock",
        "display clock\x08\x08reboot",  # what is typed is not what is seen
        "display clock\x15reboot",  # Ctrl+U
        "display clock\x1b[Areboot",
        "display clock\x00",
        "display clock | no-more > flash:/a",
        "display clock | include x;reboot",
        "reset counters",
        "debugging all",
        "terminal monitor",
        "start shell",
        "diagnose",
        "_display clock",
        "display " + "x" * 300,
        "display clock\N{FULLWIDTH SEMICOLON}reboot",
        "display clock\u2028reboot",
        "display clock\N{NO-BREAK SPACE}x",
        "show clock",  # not a verb of this dialect
        "screen-length 0",  # for every session, and kept
        "screen-length 0 temporary | include x",
    ],
)
def test_what_does_not(line: str) -> None:
    with pytest.raises(GateError):
        VRP.check(line)


@pytest.mark.parametrize(
    "line",
    [
        "system-view",
        "reboot",
        "save",
        "date 0101",
        "date -s 2026-01-01",
        "set time 12:00",
        "reset saved-configuration",
        "execute time 12:00:00",
        "execute reboot",
        "config system console",
        "display clock > flash:/x",
    ],
)
def test_a_dialect_cannot_open_the_gate(line: str) -> None:
    with pytest.raises(GateError):
        GREEDY.check(line)


@pytest.mark.parametrize(
    "line",
    [
        "reload show",
        "write show",
        "system reset",
        "show system",
        "system reboot; show",
        "system reboot show",
        "system config reset show",
        "network interface eth0 shutdown show",
        "firewall policy delete id 1 show",
        "log clear show",
    ],
)
def test_the_verb_behind_is_for_topsec_and_for_questions(line: str) -> None:
    with pytest.raises(GateError):
        TOPSEC.check(line)
    if not line.startswith("show"):
        with pytest.raises(GateError):
            RUIJIE.check(line)


@pytest.mark.parametrize(
    "line", ["show tech", "show tech-support", "show t", "show run | redirect flash:/x", "show x://y"]
)
def test_shows_that_do_more(line: str) -> None:
    with pytest.raises(GateError):
        RUIJIE.check(line)


def test_a_whole_line_is_whole() -> None:
    for line in ("date +%s.%N 1", "date", "timedatectl show -a", "timedatectl set-time 1", "timedatectl"):
        with pytest.raises(GateError):
            UNIX.check(line)


@pytest.mark.parametrize("answer", ["y", "Y", "yes", "n\nreboot", "admin", "\n", "N;"])
def test_answers_only_decline(answer: str) -> None:
    with pytest.raises(GateError):
        VRP.answer(answer)
    assert all(VRP.answer(one) == one for one in ANSWERS)


@pytest.mark.parametrize("asked", ["", "Overwrite? [a]ll", "Press a to erase all", "Press 'y' to accept"])
def test_a_banner_is_all_that_is_ever_accepted(asked: str) -> None:
    with pytest.raises(GateError):
        VRP.answer("a", asked)
    assert VRP.answer("a", "(Press 'a' to accept):") == "a"
    with pytest.raises(GateError):
        VRP.answer("y", "(Press 'a' to accept):")


@given(st.text(max_size=60))
def test_whatever_passes_is_one_plain_reading_line(line: str) -> None:
    for gate in (VRP, TOPSEC, UNIX, GREEDY):
        try:
            sent = gate.check(line)
        except GateError:
            continue
        assert sent.isascii()
        assert sent.isprintable()
        assert not set(sent) & set(">;`$&<\\'\"?!*~(){}[]")


@given(st.sampled_from(["display clock", "display this", "quit"]), st.text(min_size=1, max_size=6), st.integers(0, 14))
def test_no_insertion_turns_a_question_into_two(line: str, inserted: str, at: int) -> None:
    try:
        sent = VRP.check(line[:at] + inserted + line[at:])
    except GateError:
        return
    assert sent.split()[0] in {"display", "quit"}
    assert sent.count("|") <= 1
