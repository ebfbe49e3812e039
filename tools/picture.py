"""Make docs/images/report.png again from a report of the demo: its verdict, and beside it what was found of Wi-Fi.

    make demo && .venv/bin/python tools/picture.py demo/2026….html

It takes Chromium, and pngquant (in Debian and Ubuntu), without which the picture would be three times as large.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "images" / "report.png"
WIDTH, HEIGHT = 1680, 1240

ARRANGE = """() => {
  const take = (list, ...selectors) => list.append(...selectors.map(one => document.querySelector(one)));
  const columns = [document.createElement("div"), document.createElement("div")];
  document.querySelector(".floors figure:last-of-type use").replaceWith(document.querySelector(".floors image"));
  document.querySelectorAll(".floors figure:not(:last-of-type)").forEach(one => one.remove());
  document.querySelectorAll(".floors details").forEach(one => one.remove());
  take(columns[0], "header.head", "section.front", "section[aria-labelledby=next]");
  take(columns[1], "section.exhibit.floors", "section.exhibit.aps", "article[id='i-1.1.2']");
  columns.forEach(one => { one.style.cssText = "flex: 1 1 0; min-width: 0; padding: 0 1.5rem;"; });
  const page = document.createElement("div");
  page.style.cssText = "display: flex; padding-top: 1.5rem;";
  page.append(...columns);
  document.body.replaceChildren(document.querySelector("svg.defs"), page);
  document.body.style.cssText = "max-width: none; margin: 0; padding: 0 1rem;";
}"""


def main(report: Path) -> None:
    """Arrange parts of the page in two columns, and take a picture of them."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox"] if os.geteuid() == 0 else [],  # Chromium's sandbox does not work for root
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(report.resolve().as_uri())
        page.evaluate(ARRANGE)
        page.screenshot(path=PICTURE)
        browser.close()
    subprocess.run(["pngquant", "--force", "--ext", ".png", "64", str(PICTURE)], check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
