"""Where the host keys of an inventory's devices are remembered."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path


def host_keys_of(inventory: Path) -> Path:
    """The file beside the inventory (``school.toml`` has ``school.known_hosts``); writes nothing.

    Where that folder may not be written to, it is a file in the user's own state directory, one for each inventory.
    """
    inventory = inventory.absolute()
    beside = inventory.with_suffix(".known_hosts")
    if beside.exists() or os.access(inventory.parent, os.W_OK):
        return beside
    digest = hashlib.sha256(str(inventory).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return _state_directory() / f"{inventory.stem}-{digest}.known_hosts"


def _state_directory() -> Path:
    """The user's state directory: XDG's (basedir-spec 0.8) or that of Windows."""
    given = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME", "")
    parent = Path(given) if Path(given).is_absolute() else Path("~/.local/state").expanduser()
    return parent / "campus-auditor"
