"""SIP (RFC 3261): OPTIONS over UDP, which rings nowhere and changes nothing. Conference, intercom, IP broadcast."""

from __future__ import annotations

import re
import secrets

from probes.answering.answer import Answer, ask_over_udp, failed, other
from probes.discovery.words import said
from probes.text import in_its_words

PORT = 5060
_STATUS = re.compile(rb"^SIP/2\.0 (\d{3}) ?([^\r\n]{0,80})")
_AGENT = re.compile(rb"(?im)^(?:Server|User-Agent):[ \t]*([^\r\n]{1,100})")


def ask(host: str, port: int | None) -> Answer:
    """Any answer, also a refusal, is a SIP server's."""
    where = f"[{host}]" if ":" in host else host
    mark = secrets.token_hex(6)
    question = (
        f"OPTIONS sip:{where} SIP/2.0\r\nVia: SIP/2.0/UDP campus-auditor.invalid;branch=z9hG4bK{mark};rport\r\n"
        f"Max-Forwards: 1\r\nFrom: <sip:campus-auditor@campus-auditor.invalid>;tag={mark}\r\nTo: <sip:{where}>\r\n"
        f"Call-ID: {mark}\r\nCSeq: 1 OPTIONS\r\nContact: <sip:campus-auditor@campus-auditor.invalid>\r\n"
        "Accept: application/sdp\r\nUser-Agent: campus-auditor\r\nContent-Length: 0\r\n\r\n"
    )
    try:
        answer, latency = ask_over_udp(host, port or PORT, question.encode())
    except OSError as error:
        return failed("sip", error)
    status = _STATUS.match(answer)
    if status is None:
        return other("sip")
    agent = _AGENT.search(answer)
    shown = f"{status[1].decode()} {said(status[2], 80)}" + (f", {said(agent[1], 80)}" if agent else "")
    return Answer(reachable=True, protocol="sip", evidence=in_its_words(shown), latency_ms=latency)
