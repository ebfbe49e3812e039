"""The SSH connection under a console: modern algorithms offered before weak ones, and known host keys asked for.

In SSH the first algorithm of the client's list that the server has too is taken (RFC 4253, 7.1), so a device that can
do better does, and a weak algorithm in ``Link.weak`` is one without which there would have been no session. paramiko's
own order is not that: it has CBC before GCM.

Imported where a session opens: paramiko costs 0.15 s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import paramiko

# Key exchange and signatures by SHA-1, groups of 1024 bits: RFC 9142, table 12, and RFC 8332, 5.2. CBC: RFC 4253, 9.3.1
# and CVE-2008-5161. RC4: RFC 8758. MD5 and MACs of 96 bits: RFC 6151 and what scanners in use call weak.
WEAK = frozenset(
    {
        "diffie-hellman-group1-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group-exchange-sha1",
        "ssh-rsa",
        "ssh-dss",
        "aes128-cbc",
        "aes192-cbc",
        "aes256-cbc",
        "3des-cbc",
        "blowfish-cbc",
        "cast128-cbc",
        "arcfour",
        "arcfour128",
        "arcfour256",
        "hmac-md5",
        "hmac-md5-96",
        "hmac-sha1-96",
    }
)

# The key of type ssh-rsa may sign in three ways.
_SIGNATURES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")}


def modern_first(names: Iterable[str]) -> tuple[str, ...]:
    """The algorithms with the weak ones behind the others, otherwise in their order.

    >>> modern_first(["aes128-ctr", "aes128-cbc", "aes128-gcm@openssh.com"])
    ('aes128-ctr', 'aes128-gcm@openssh.com', 'aes128-cbc')
    """
    return tuple(sorted(names, key=WEAK.__contains__))


class Link(paramiko.Transport):  # type: ignore[misc]  # paramiko ships no types
    """paramiko's transport in our order of preference; it remembers which key exchange was agreed upon."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.agreed_kex = ""
        offered = self.get_security_options()
        offered.kex = modern_first(offered.kex)
        offered.key_types = modern_first(offered.key_types)
        offered.ciphers = modern_first(offered.ciphers)
        offered.digests = modern_first(offered.digests)

    def prefer(self, key_types: Iterable[str]) -> None:
        """Ask for the kinds of host key that are known of the server: one of another kind could not be compared."""
        known = [name for key_type in key_types for name in _SIGNATURES.get(key_type, (key_type,))]
        offered = self.get_security_options()
        offered.key_types = tuple(sorted(offered.key_types, key=lambda name: name not in known))

    @property
    def agreed(self) -> tuple[str, ...]:
        """The algorithms in use: key exchange, host key, and for each direction cipher and MAC."""
        both = (self.agreed_kex, self.host_key_type, self.local_cipher, self.remote_cipher)
        macs = () if "gcm" in self.remote_cipher else (self.local_mac, self.remote_mac)  # GCM brings its own
        return tuple(dict.fromkeys((*both, *macs)))

    @property
    def weak(self) -> tuple[str, ...]:
        """Those of them that are weak."""
        return tuple(name for name in self.agreed if name in WEAK)

    def _parse_kex_init(self, message: Any) -> None:
        # paramiko forgets the key exchange once it is done.
        super()._parse_kex_init(message)
        classes = {cls: name for name, cls in self._kex_info.items()}
        self.agreed_kex = classes.get(type(self.kex_engine), type(self.kex_engine).__name__)


class Client(paramiko.SSHClient):  # type: ignore[misc]  # the same
    """paramiko's client over a ``Link``, which asks for the kinds of host key that are known already."""

    def __init__(self, key_types: Sequence[str]) -> None:
        super().__init__()
        self._key_types = tuple(key_types)

    def connect(self, *arguments: Any, **options: Any) -> None:
        """See ``paramiko.SSHClient.connect``."""

        def link(*socket: Any, **settings: Any) -> Link:
            made = Link(*socket, **settings)
            made.prefer(self._key_types)
            return made

        super().connect(*arguments, transport_factory=link, **options)
