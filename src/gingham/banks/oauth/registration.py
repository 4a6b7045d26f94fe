"""How the platform is known at the sandbox's OAuth bank. Bank and connector both look here, so neither has to be
told."""

from gingham.vault import Vault

CLIENT_ID = "gingham"

RETURN_PATH = "/link/oauth/return"
"""Where the bank sends people back to, under the platform's origin."""


def client_secret(vault: Vault) -> str:
    """Follows from the key ring: nothing to register, nothing to keep."""
    return vault.keyed_digest(CLIENT_ID, "oauth bank client").hex()
