"""Which bank serves which institution."""

from gingham.banks.catalogue import Catalogue
from gingham.banks.oauth import OAuthBank
from gingham.banks.oauth.absent import AbsentBank
from gingham.banks.oauth.grant import Grant as OAuthGrant
from gingham.banks.protocol import Bank, Institution
from gingham.banks.sandbox import SandboxBank


class Banks:
    """The catalogue and the banks behind it.

    `oauth` logs people in at the institutions that have pages of their own; without it these are served by nobody.
    `sandbox` serves all others.
    """

    def __init__(
        self, catalogue: Catalogue, sandbox: SandboxBank | None = None, oauth: OAuthBank | None = None
    ) -> None:
        self.catalogue = catalogue
        self.sandbox = sandbox or SandboxBank()
        self.oauth = oauth

    def bank_for(self, institution: Institution) -> Bank:
        """The bank that logs people in. Where there is none for an OAuth institution, the sandbox's says so."""
        return self.oauth if institution.oauth and self.oauth is not None else self.sandbox

    def bank_of_grant(self, institution: Institution, grant: bytes) -> Bank:
        """The bank that left the grant behind: an Item at an OAuth institution may have been made without its pages
        (`/sandbox/public_token/create`), and then the sandbox reads it."""
        if institution.oauth and OAuthGrant.is_one(grant):
            return self.oauth or AbsentBank()
        return self.sandbox

    def institution(self, institution_id: str | None) -> Institution | None:
        """The catalogue's entry; None for an unknown id, and for an Item that has no institution."""
        return self.catalogue.get(institution_id) if institution_id is not None else None

    async def close(self) -> None:
        """Lets go of connections to banks."""
        if self.oauth is not None:
            await self.oauth.close()
