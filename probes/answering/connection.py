"""Systems with protocols of their own (cards, recorders, alarms): a TCP connection, and what it is greeted with."""

from __future__ import annotations

from time import monotonic

from probes.answering.answer import Answer, failed, since, tcp
from probes.discovery.words import said
from probes.text import text

GREETING_S = 1.0


def ask(host: str, port: int) -> Answer:
    """Whether it accepts a connection; nothing is sent over it."""
    began = monotonic()
    try:
        with tcp(host, port) as wire:
            latency = since(began)
            wire.settimeout(GREETING_S)
            try:
                greeting = said(wire.recv(512).split(b"\n")[0], 100)
            except OSError:
                greeting = ""  # it waits to be spoken to
    except OSError as error:
        return failed("tcp", error)
    shown = text("port {port} open", port=port)
    if greeting:
        shown = text("{shown}: {greeting}", shown=shown, greeting=greeting)
    return Answer(reachable=True, protocol="tcp", evidence=shown, latency_ms=latency)
