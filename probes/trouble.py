"""What the operating system says went wrong, as a sentence that can be translated."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from types import MappingProxyType

from probes.text import Text, in_its_words, text

SAID: Mapping[int, Text] = MappingProxyType(
    {
        errno.ENOENT: text("no such file or directory"),
        errno.EACCES: text("permission denied"),
        errno.EPERM: text("not permitted"),
        errno.EISDIR: text("it is a directory"),
        errno.ENOTDIR: text("it is not a directory"),
        errno.ENOSPC: text("the disk is full"),
        errno.EDQUOT: text("the disk quota is used up"),
        errno.EROFS: text("the file system is read-only"),
        errno.EIO: text("the disk reports an error"),
        errno.ENAMETOOLONG: text("the name is too long"),
        errno.ELOOP: text("too many symbolic links"),
        errno.EMFILE: text("too many open files"),
        errno.ECONNREFUSED: text("connection refused"),
        errno.ECONNRESET: text("connection reset by the other end"),
        errno.EHOSTUNREACH: text("no route to it"),
        errno.ENETUNREACH: text("network unreachable"),
        errno.ETIMEDOUT: text("took too long"),
        errno.EADDRINUSE: text("another program already listens there"),
        errno.EADDRNOTAVAIL: text("this computer does not have that address"),
    }
)


def said_by(error: OSError | ValueError) -> Text:
    """The error in words; those of the system, in its language, where it is an unusual one."""
    known = SAID.get(error.errno or 0) if isinstance(error, OSError) else None
    if known is not None:
        return known
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return in_its_words(words)
