"""Take the pictures of the report that the README shows: light, dark, and on a phone."""

from __future__ import annotations

import base64
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "contract_tests" / "report" / "screenshots"
LARGEST = 120_000
PICTURES: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1200, "height": 1500}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1200, "height": 1500}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 375, "height": 1200}, "color_scheme": "light", "device_scale_factor": 2},
}


def main() -> int:
    """Write one picture per way of looking at the red run that README.md explains; print the size of each."""
    # The project is not installed: its packages are found beside this folder.
    sys.path.insert(0, str(ROOT))
    from contract_tests.report.html import html
    from contract_tests.report.record import load
    from tests.browser import CHROMIUM, launch
    from tests.quoted_runs import red

    if CHROMIUM is None:
        print("screenshots: chromium is not installed; install the system's package of that name", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = Path(folder) / "contract.html"
        page.write_text(html(load(red(Path(folder)).reports / "contract.json")), encoding="utf-8")
        browser = launch(playwright)
        for name, settings in PICTURES.items():
            picture = _picture(browser, page, settings)
            if len(picture) > LARGEST:
                print(
                    f"screenshots: {name} has {len(picture):,} bytes, at most {LARGEST:,} are allowed", file=sys.stderr
                )
                return 1
            file = FOLDER / f"report-{name}.webp"
            file.write_bytes(picture)
            print(f"{file.relative_to(ROOT)}  {len(picture):,} bytes")
        browser.close()
    return 0


def _picture(browser: Browser, page: Path, settings: dict[str, Any]) -> bytes:
    context = browser.new_context(offline=True, **settings)
    tab = context.new_page()
    tab.goto(page.as_uri())
    # Playwright itself writes no WebP, which is a third of the size of PNG here; the browser does.
    taken = context.new_cdp_session(tab).send("Page.captureScreenshot", {"format": "webp", "quality": 75})
    context.close()
    return base64.b64decode(taken["data"])


if __name__ == "__main__":
    sys.exit(main())
