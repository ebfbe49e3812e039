"""What a server's complaint means to whoever asked for the test."""

from __future__ import annotations

from probes.errors import TransportError
from probes.iperf3.protocol import Complaint
from probes.observation import Reason
from probes.text import Text, text


def complained(code: int, peer: str, *, with_secret: bool) -> TransportError:
    """The error that a server's number stands for; ``with_secret`` if we had one to prove."""
    refused = (
        text("{peer} does not accept the shared secret: both ends need the same", peer=peer)
        if with_secret
        else text("{peer} asks for a shared secret: name it as responder_secret in the inventory", peer=peer)
    )
    too_long = (Reason.NOT_PERMITTED, text("{peer} does not allow a test this long", peer=peer))
    known: dict[int, tuple[Reason, Text]] = {
        Complaint.AUTHORISATION: (Reason.AUTHENTICATION_FAILED, refused),
        Complaint.DURATION: too_long,
        Complaint.LONGER_THAN_ALLOWED: too_long,
        Complaint.STREAMS: (Reason.NOT_PERMITTED, text("{peer} does not allow so many streams", peer=peer)),
        Complaint.TOTAL_RATE: (Reason.NOT_PERMITTED, text("{peer} does not allow so high a rate", peer=peer)),
        Complaint.NOT_IMPLEMENTED: (Reason.NOT_SUPPORTED, text("{peer} cannot run this test", peer=peer)),
    }
    other = (Reason.UNEXPECTED_ANSWER, text("{peer} reports the iperf3 error {code}", peer=peer, code=code))
    return TransportError(*known.get(code, other))
