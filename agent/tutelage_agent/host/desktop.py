"""What a person's own desktop is asked to show: a page in the browser that they use."""

from __future__ import annotations

import webbrowser


def open_page(address: str) -> bool:
    """Open a page in the default browser of whoever runs this; tell whether one was found."""
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
