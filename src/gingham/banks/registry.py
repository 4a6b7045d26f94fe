"""Which bank serves which institution."""

from gingham.banks.catalogue import Catalogue
from gingham.banks.protocol import Bank, Institution
from gingham.banks.sandbox import SandboxBank


class Banks:
    """The catalogue and the banks behind it. `sandbox` serves every institution that no other bank serves."""

    def __init__(self, catalogue: Catalogue, sandbox: SandboxBank | None = None) -> None:
        self.catalogue = catalogue
        self.sandbox = sandbox or SandboxBank()

    def bank_for(self, institution: Institution) -> Bank:  # noqa: ARG002 - every institution is the sandbox's so far
        return self.sandbox

    def institution(self, institution_id: str | None) -> Institution | None:
        """The catalogue's entry; None for an unknown id, and for an Item that has no institution."""
        return self.catalogue.get(institution_id) if institution_id is not None else None
