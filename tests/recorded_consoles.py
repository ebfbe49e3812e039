"""Consoles behind a real OpenSSH server that play what oxidized recorded of a device and note every key typed."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

SESSIONS = Path(__file__).resolve().parents[2] / "shared" / "recordings" / "cli" / "oxidized-sessions"
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/bin")

# Runs as the forced command: answers whole lines out of the recording, its pages one by one, and notes the keys.
PLAYER = """
import json, os, sys, tty
played = json.load(open(sys.argv[1]))
log = open(sys.argv[2], "ab", buffering=0)
if os.isatty(0):
    tty.setraw(0)
def say(words):
    os.write(1, words.encode())
say(played["greeting"] or played["prompt"])  # a greeting is a question: the prompt comes after its answer
line, pages = "", []
while True:
    keys = os.read(0, 1024)
    if not keys:
        break
    log.write(keys)
    for key in keys.decode(errors="replace"):
        if pages:
            page = pages.pop(0)
            say(page if key == " " else "\\r\\n" + played["prompt"])
            pages = pages if key == " " else []
        elif key not in "\\r\\n":
            line += key
        else:
            if line in played["live"]:
                with open(played["live"][line], newline="") as file:
                    say(line + "\\r\\n" + file.read().replace("\\n", "\\r\\n") + played["prompt"])
                line = ""
                continue
            first, *pages = played["answers"].get(line) or [line + "\\r\\n" + played["unknown"] + played["prompt"]]
            say(first if line else "\\r\\n" + played["prompt"])
            line = ""
"""


@dataclass(frozen=True)
class Recorded:
    """A recorded session: the prompt, and for each line the pages that it prints, echo included, or a growing file."""

    prompt: str
    answers: Mapping[str, Sequence[str]]
    live: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, name: str) -> Recorded | None:
        """A session by its file's name, or ``None`` where the recordings are not at hand."""
        file = SESSIONS / f"{name}.yaml"
        if not file.is_file():
            return None
        content: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
        said = content["commands"]
        pairs = [pair for one in said for pair in one.items()] if isinstance(said, list) else list(said.items())
        answers: dict[str, list[str]] = {}
        last = ""
        for typed, shown in pairs:
            if typed == " ":
                answers[last].append(_escapes(shown))
            else:
                last = typed.strip("\n")
                answers[last] = [_escapes(shown)]
        return cls(_escapes(content["init_prompt"]), answers)


@contextmanager
def openssh(folder: Path, console: Recorded, unknown: str, greeting: str = "") -> Iterator[tuple[int, Path, Path]]:
    """A real sshd on loopback whose only command is the console; its port, the client's key, the log of keys."""
    assert SSHD is not None
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "player.py").write_text(PLAYER)
    played = {
        "greeting": greeting,
        "prompt": console.prompt,
        "answers": console.answers,
        "unknown": unknown,
        "live": dict(console.live),
    }
    (folder / "played.json").write_text(json.dumps(played))
    log = folder / "typed.log"
    log.touch()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    Path("/run/sshd").mkdir(exist_ok=True)
    command = f"{sys.executable} -I -S {folder / 'player.py'} {folder / 'played.json'} {log}"
    lines = [
        f"HostKey {folder / 'host'}",
        f"ListenAddress 127.0.0.1:{port}",
        f"AuthorizedKeysFile {folder / 'client'}.pub",
        "PidFile none",
        "UsePAM no",
        "StrictModes no",
        "PasswordAuthentication no",
        "PermitRootLogin yes",
        "MaxStartups 200",
        "SetEnv SHLVL=5",  # without it bash reads root's .bashrc first, which may take half a second
        f"ForceCommand {command}",
    ]
    (folder / "sshd_config").write_text("\n".join(lines) + "\n")
    errors = (folder / "sshd.log").open("w")
    daemon = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=errors)
    try:
        _wait_for(port)
        yield port, folder / "client", log
    finally:
        daemon.terminate()
        daemon.wait(10)
        errors.close()


def _escapes(shown: str) -> str:
    r"""Text in which control characters are written as ``\x20`` and ``\r``, and line ends are CR LF or plain."""
    return shown.encode("utf-8").decode("unicode_escape").encode("latin-1", "ignore").decode("utf-8", "replace")


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    message = "sshd did not start"
    raise TimeoutError(message)
