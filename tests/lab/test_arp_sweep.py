"""The sweep of a segment whose hosts answer late, or lose what they are asked."""

from __future__ import annotations

import json
import sys

import pytest

from tests.namespaces import NoNamespacesError
from tests.segment import segment

pytestmark = pytest.mark.lab

SWEEP = """
import json, sys
from ipaddress import IPv4Network
from probes.discovery import arp
from probes.discovery.interface import interfaces

addresses = [str(one) for one in IPv4Network(sys.argv[1]).hosts()]
answers = arp.sweep(interfaces()[0], addresses, 1000, lambda *_: None)
print(json.dumps([len(answers.macs), answers.yields]))
"""


@pytest.mark.parametrize(
    ("network", "last", "delay_s", "loss"),
    [
        ("10.66.0.0/28", "10.66.0.8", 0.25, 0.0),
        ("10.66.0.0/28", "10.66.0.8", 0.7, 0.0),
        ("10.66.0.0/25", "10.66.0.60", 0.2, 0.3),
    ],
    ids=["a few slow hosts", "a few very slow hosts", "slow hosts on a bad line"],
)
def test_slow_hosts_are_found_and_not_taken_for_lost_frames(
    network: str, last: str, delay_s: float, loss: float
) -> None:
    try:
        with segment() as net:
            net.add("hosts")
            net.python("hosts", "tests.arp_hosts", "10.66.0.3", last, str(delay_s), str(loss))
            done = net.run_in("near", [sys.executable, "-c", SWEEP, network])
    except NoNamespacesError as error:
        pytest.skip(str(error))
    assert done.returncode == 0, done.stderr
    found, yields = json.loads(done.stdout)
    there = int(last.rpartition(".")[2]) - 2
    assert found >= there - (1 if loss else 0)
    assert sum(yields) == found
    if not loss and delay_s < 0.3:
        assert yields == [there, 0]
