"""Somebody with a browser and security keys of their own: Chromium's virtual authenticators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from browsing import fill_in

if TYPE_CHECKING:
    from tutelage_wire.events import Event

SPY = """
window.secrets = [];
const real = navigator.credentials.get.bind(navigator.credentials);
navigator.credentials.get = async (asked) => {
  const found = await real(asked);
  const secret = found.getClientExtensionResults().prf?.results?.first;
  if (secret) secrets.push(btoa(String.fromCharCode(...new Uint8Array(secret))));
  return found;
};
"""
"""Notes the secrets that passkeys give to the page."""


class Person:
    """Somebody with a browser of their own, and what they hold in their hand."""

    def __init__(self, chromium: Any, web: str) -> None:
        self.web = web
        self.context = chromium.new_context()
        self.page = self.context.new_page()
        self.sent: list[str] = []
        self.page.on("request", lambda one: self.sent.append(one.url + (one.post_data or "")))
        self.page.add_init_script(SPY)
        self.tools = self.context.new_cdp_session(self.page)
        self.tools.send("WebAuthn.enable")
        self.held: list[str] = []

    def take(self, *, secrets: bool = True) -> str:
        """Take a security key in the hand."""
        options = {
            "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "usb",
            "hasResidentKey": True, "hasUserVerification": True, "hasPrf": secrets,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        made = self.tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.held.append(made["authenticatorId"])
        return self.held[-1]

    def lay_down(self) -> None:
        """Have no security key at hand."""
        for one in self.held:
            self.tools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": one})
        self.held.clear()

    def signs_in(self, name: str, password: str) -> Person:
        fill_in(self.page, self.web, name, password)
        return self

    def adds(self, name: str, password: str, passphrase: str = "") -> str:
        """Add a passkey; return what the page says of it."""
        self.page.goto(f"{self.web}/account/passkeys")
        self.page.fill("#name", name)
        self.page.fill("#password", password)
        if passphrase:
            self.page.fill("#passphrase", passphrase)
        self.page.click("#add-passkey button")
        self.page.wait_for_selector("#done:not([hidden]), #trouble:not([hidden])")
        shown = "#done" if self.page.is_visible("#done") else "#trouble"
        return str(self.page.text_content(shown))

    def opens(self, event: Event) -> str:
        """Open an alert with a passkey; return the words, or what the page says."""
        self.page.goto(f"{self.web}/alerts/{event.id}")
        self.page.click("#open [data-passkey]")
        self.page.wait_for_selector("#opened:not([hidden]), #trouble:not([hidden])")
        shown = "#excerpt" if self.page.is_visible("#opened") else "#trouble"
        return str(self.page.text_content(shown))

    def signs_in_by_passkey(self) -> str:
        """Sign in with a passkey; return what the page says, "" = signed in."""
        self.page.goto(f"{self.web}/sign-in")
        self.page.click("#by-passkey button")
        self.page.wait_for_selector("#passkey-trouble:not([hidden]), a.who")
        if "/sign-in" not in self.page.url:
            return ""
        return str(self.page.text_content("#passkey-trouble"))
