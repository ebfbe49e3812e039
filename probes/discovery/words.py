"""What hosts say, made fit to be kept: one line, bounded, nothing invisible, no whole MAC address."""

from __future__ import annotations

from probes.switching.mac import mask_text
from probes.transport.snmp_text import plain_text

LONGEST = 120
_LOOKED_AT = 2048


def said(words: bytes | str, longest: int = LONGEST) -> str:
    r"""The words as one readable line.

    >>> said(b"SSH-2.0-OpenSSH_9.2\r\n"), said("<b>\x1b[31mx" + "y" * 5000, 10)
    ('SSH-2.0-OpenSSH_9.2', '<b>[31mxyy')
    """
    return mask_text(plain_text(words[:_LOOKED_AT], longest))
