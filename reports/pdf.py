"""The HTML report printed by a browser that is installed: Chromium, Chrome or Edge on Linux, Windows and macOS."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from probes.errors import AuditorError
from probes.text import text

TIMEOUT_S = 180.0
CHOSEN = "CAMPUS_AUDITOR_BROWSER"
"""Environment variable that names the browser, where it is none of those below."""

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "chrome", "msedge")
MACOS = ("Google Chrome", "Chromium", "Microsoft Edge")
WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
WINDOWS = (r"Microsoft\Edge\Application\msedge.exe", r"Google\Chrome\Application\chrome.exe",
           r"Chromium\Application\chrome.exe")  # fmt: skip

# Nothing but the file is loaded, nothing is asked of the person, and nothing of a profile is used or left behind.
FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-component-update",
    "--no-first-run",
    "--no-default-browser-check",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
)
WRITTEN_AT = re.compile(rb"\(D:\d{14}")
SAID = 300


class PrintError(AuditorError):
    """The report could not be printed."""

    exit_code = 3


def printed(html: str, now: datetime, *, timeout_s: float = TIMEOUT_S) -> bytes:
    """The report as a PDF of A4 pages.

    Args:
        html: the whole document.
        now: written into the file as its date, so that the same report gives the same file.
        timeout_s: after this the browser is ended.

    Raises:
        PrintError: no browser, no Chinese font, or the browser failed; the sentence says what to do.
    """
    browser = find_browser()
    if browser is None:
        raise PrintError(
            text(
                "no browser for the PDF was found: install Chromium, Chrome or Edge, or name one in {variable}; "
                "or open the HTML report in any browser and print it from there",
                variable=CHOSEN,
            )
        )
    if lacks_chinese_fonts():
        raise PrintError(
            text("no font with Chinese characters is installed: install {package}", package="fonts-noto-cjk")
        )
    with tempfile.TemporaryDirectory(prefix="campus-auditor-", ignore_cleanup_errors=True) as folder:
        page, target = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(html, encoding="utf-8")
        _run([str(browser), *_flags(Path(folder)), f"--print-to-pdf={target}", page.as_uri()], timeout_s, target)
        moment = f"(D:{now.astimezone(UTC):%Y%m%d%H%M%S}".encode()
        return WRITTEN_AT.sub(moment, target.read_bytes())


def _flags(folder: Path) -> Iterator[str]:
    yield from FLAGS
    yield f"--user-data-dir={folder / 'profile'}"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "--no-sandbox"  # Chromium's sandbox refuses to work for root


def _run(command: list[str], timeout_s: float, target: Path) -> None:
    try:
        done = subprocess.run(  # noqa: S603  the browser found above, with our own flags
            command, capture_output=True, timeout=timeout_s, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise PrintError(
            text("{browser} did not finish the PDF within {n} s", browser=command[0], n=round(timeout_s))
        ) from error
    except OSError as error:
        raise PrintError(text("{browser} could not be started: {error}", browser=command[0], error=error)) from error
    if not target.is_file() or not target.stat().st_size:
        said = done.stderr.decode(errors="replace").strip()[-SAID:]
        raise PrintError(text("{browser} made no PDF: {said}", browser=command[0], said=said or done.returncode))


def find_browser(environment: Mapping[str, str] | None = None, platform: str = sys.platform) -> Path | None:
    """The browser that is named in the environment, else the first of those installed; ``None`` where there is none."""
    environment = os.environ if environment is None else environment
    chosen = environment.get(CHOSEN)
    if chosen:
        found = shutil.which(chosen) or chosen
        return Path(found) if Path(found).is_file() else None
    return next((path for path in _candidates(environment, platform) if path.is_file()), None)


def _candidates(environment: Mapping[str, str], platform: str) -> Iterator[Path]:
    if platform == "darwin":
        for home in (Path("/"), Path(environment.get("HOME", "/"))):
            yield from (home / "Applications" / f"{name}.app/Contents/MacOS/{name}" for name in MACOS)
    if platform == "win32":
        roots = (environment[root] for root in WINDOWS_ROOTS if environment.get(root))
        yield from (Path(root) / tail.replace("\\", os.sep) for root in roots for tail in WINDOWS)
    for name in NAMES:
        found = shutil.which(name, path=environment.get("PATH"))
        if found:
            yield Path(found)


def lacks_chinese_fonts() -> bool:
    """Whether fontconfig knows of no font with Chinese characters; other systems bring theirs along."""
    lister = shutil.which("fc-list") if sys.platform.startswith("linux") else None
    if lister is None:
        return False
    try:
        found = subprocess.run(  # noqa: S603  the system's own lister
            [lister, ":lang=zh", "family"], capture_output=True, timeout=20, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return found.returncode == 0 and not found.stdout.strip()
