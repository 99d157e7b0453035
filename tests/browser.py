"""The system's chromium, for the tests of the page and the pictures of it."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# No sandbox: it does not start as root in a container, and nothing but our own page is opened.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(playwright: Playwright) -> Browser:
    """Start chromium without a window and without budget of its own."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
