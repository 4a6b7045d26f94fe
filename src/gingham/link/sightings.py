"""Link sessions that meet an issue: noted with the turn, so that /issues/search finds it by the session, or by the
request_id that an app had in onEvent or onExit."""

from collections.abc import Sequence

import msgspec

from gingham.items import issues
from gingham.link.flow.failures import INSTITUTIONS_OWN
from gingham.platform import Platform
from gingham.store import Writer
from gingham.store import issues as stored
from gingham.store.issues import IssueSightingRow
from gingham.store.links import LinkEventRow, LinkTokenRow

_DEGRADED = "SELECT_DEGRADED_INSTITUTION"
_TELLING = frozenset({"ERROR", "EXIT", _DEGRADED})


async def note(
    platform: Platform, writer: Writer, token: LinkTokenRow, happened: Sequence[LinkEventRow]
) -> None:
    """Opens the issues that the events tell of. An exit opens none: it belongs to what was met before."""
    for event in happened:
        if event.name not in _TELLING:
            continue
        told = msgspec.json.decode(event.metadata)
        institution = platform.banks.institution(told["institution_id"])
        if institution is None or (event.name != _DEGRADED and told["error_code"] not in INSTITUTIONS_OWN):
            continue
        if event.name == "EXIT":
            seen = await stored.of_session(writer, token.client_id, token.environment, event.link_session_id)
            met = [each.issue_id for each in seen]
        else:
            met = [(await issues.opened(platform, writer, institution)).issue_id]
        for issue_id in dict.fromkeys(met):
            await stored.add_sighting(
                writer,
                IssueSightingRow(
                    link_session_id=event.link_session_id,
                    request_id=told["request_id"],
                    issue_id=issue_id,
                    client_id=token.client_id,
                    environment=token.environment,
                ),
            )
