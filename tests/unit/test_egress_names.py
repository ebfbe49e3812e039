"""Names to addresses through name servers that are given: what they answer, and what they do wrong."""

from __future__ import annotations

import time

import pytest

from probes.wayout.names import NoNameError, resolver
from tests.name_server import Change, name_server

NAMES = {"www.example.cn": "192.0.2.7,192.0.2.8,2001:db8::7", "four.example.cn": "192.0.2.9", "xn--fsq.cn": "192.0.2.1"}


def test_both_families_in_the_servers_order() -> None:
    with name_server(NAMES) as port:
        resolve = resolver(["127.0.0.1"], port=port)
        assert resolve("www.example.cn", 4) == ("192.0.2.7", "192.0.2.8")
        assert resolve("WWW.example.cn.", 6) == ("2001:db8::7",)
        assert resolve("例.cn", 4) == ("192.0.2.1",)


@pytest.mark.parametrize(
    ("name", "family"), [("nowhere.example.cn", 4), ("four.example.cn", 6), ("a..b", 4), ("x" * 64, 4)]
)
def test_a_name_without_address_is_not_a_dead_server(name: str, family: int) -> None:
    with name_server(NAMES) as port, pytest.raises(NoNameError) as caught:
        resolver(["127.0.0.1"], port=port)(name, family)  # type: ignore[arg-type]
    assert caught.value.code == "name"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda reply: reply[:20], id="cut short"),
        pytest.param(lambda reply: reply[:-3], id="cut within the last address"),
        pytest.param(lambda reply: reply[:2] + b"\x81\x82" + reply[4:], id="server failure"),
        pytest.param(lambda reply: reply[:12] + b"\x03abc" + reply[16:], id="another question"),
        pytest.param(lambda reply: reply[:6] + b"\xff\xff" + reply[8:], id="more records than there are"),
        pytest.param(lambda _: None, id="silence"),
    ],
)
def test_a_broken_server_is_a_dead_server_and_takes_no_longer_than_the_limit(change: Change) -> None:
    started = time.monotonic()
    with name_server({"www.example.cn": "192.0.2.7"}, change) as port, pytest.raises(NoNameError) as caught:
        resolver(["127.0.0.1"], port=port, limit_s=0.4)("www.example.cn", 4)
    assert caught.value.code == "dns"
    assert time.monotonic() - started < 2


def test_an_answer_to_another_number_is_not_taken() -> None:
    def forged(reply: bytes) -> bytes:
        return bytes([reply[0] ^ 1]) + reply[1:]

    with name_server(NAMES, forged) as port, pytest.raises(NoNameError, match="dns"):
        resolver(["127.0.0.1"], port=port, limit_s=0.3)("www.example.cn", 4)


def test_the_second_server_stands_in_for_the_first() -> None:
    with name_server(NAMES) as port:
        assert resolver(["127.0.0.2", "127.0.0.1"], port=port)("four.example.cn", 4) == ("192.0.2.9",)


def test_addresses_need_no_server() -> None:
    resolve = resolver(["127.0.0.1"], port=1)
    assert resolve("192.0.2.1", 4) == ("192.0.2.1",)
    assert resolve("2001:db8::1", 6) == ("2001:db8::1",)
    with pytest.raises(NoNameError, match="no IPv6 address"):
        resolve("192.0.2.1", 6)


def test_this_machines_own_resolver() -> None:
    assert "127.0.0.1" in resolver([])("localhost", 4)
