"""Zip files whose bytes depend on nothing but what is in them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip file can name; the same for every entry, because only the content counts."""
MODE = 0o644 << 16
STAMPED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def packed(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip of these names and contents, in their order."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, MODE, 3
            archive.writestr(entry, data)
    return file.getvalue()


def repacked(data: bytes, now: datetime) -> bytes:
    """An Office file with the time of writing in it replaced by another."""
    moment = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return packed(
            (one.filename, STAMPED.sub(rb"\g<1>" + moment, content) if one.filename == "docProps/core.xml" else content)
            for one in archive.infolist()
            for content in (archive.read(one),)
        )
