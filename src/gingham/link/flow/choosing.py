"""Consent and the choice of an institution.

In update mode the institution is known and there is no list; where the Item's login is kept, there is none to sign
in to either. A preselected institution in normal mode comes
straight after consent, but the list can still be reached from it.
"""

from msgspec import Struct
from msgspec.structs import replace

from gingham.link.flow.events import event, open_event, transition_event
from gingham.link.flow.failures import (
    INSTITUTION_DOWN,
    INSTITUTION_NO_LONGER_SUPPORTED,
    INVALID_INSTITUTION,
    products_not_supported,
)
from gingham.link.flow.going_away import ask_where
from gingham.link.flow.model import (
    Action,
    Back,
    ChooseAnother,
    Event,
    FindInstitutions,
    Found,
    HealthChanged,
    InstitutionCard,
    LinkError,
    LookUpInstitution,
    Open,
    OpenItem,
    Retry,
    Search,
    Selected,
    SelectInstitution,
    Session,
    Step,
    View,
)
from gingham.link.flow.moves import enter, fail, fetch, go, stay, tag, wait

FINDING = tag(FindInstitutions(query=""))
LOOKING_UP = tag(LookUpInstitution(institution_id=""))


_REASONS = {"MATCHED_SELECT_INSTITUTION": "routing_number"}

MAX_QUERY_CHARACTERS = 100
"""No institution's name is longer; the rest is dropped, so that a pasted page does not end in an event."""


class Obstacle(Struct, frozen=True, kw_only=True):
    """Why an institution cannot be used in this session."""

    error: LinkError
    event_name: str | None = None
    exit_status: str = "requires_credentials"


def obstacle(session: Session) -> Obstacle | None:
    """What stands between the person and the chosen institution's login; None when nothing does."""
    institution, config = session.institution, session.config
    if institution is None:
        return None
    lacking = tuple(product for product in config.products if product not in institution.products)
    if not institution.supported:
        return Obstacle(error=INSTITUTION_NO_LONGER_SUPPORTED, exit_status="institution_not_supported")
    if lacking and not config.update_mode:
        return Obstacle(
            error=products_not_supported(lacking),
            event_name="SELECT_FILTERED_INSTITUTION",
            exit_status="institution_not_supported",
        )
    if institution.health == "DOWN":
        return Obstacle(error=INSTITUTION_DOWN, event_name="SELECT_DOWN_INSTITUTION")
    return None


def may_choose(session: Session) -> bool:
    """False in update mode: the connection that is renewed has its institution."""
    config = session.config
    return not (config.update_mode and (config.institution_id is not None or config.pending is not None))


def opened(session: Session, _: Open) -> Step:
    """Consent, unless somebody comes back with the code of a micro-deposit: they have given it. A bank that was
    chosen on an embedded tile is told of before the first pane."""
    first = enter(session, View.CONSENT if session.config.pending is None else View.SAME_DAY_CODE)
    chosen = (event(first, "SELECT_INSTITUTION"),) if session.institution is not None else ()
    begun = open_event(replace(first, institution=None))
    return Step(session=first, events=(begun, *chosen, transition_event(first)))


def begin(session: Session, _: Action) -> Step:
    """From consent to the institution of the link_token, or to the popular ones."""
    if session.config.institution_id is not None:
        return fetch(session, LookUpInstitution(institution_id=session.config.institution_id))
    return fetch(session, FindInstitutions(query=""), asked="")


def search(session: Session, action: Search) -> Step:
    query = action.query.strip()[:MAX_QUERY_CHARACTERS]
    if query == session.asked:
        return stay(session)
    effect = FindInstitutions(query=query)
    return Step(session=replace(session, asked=query, waiting=tag(effect)), effect=effect)


def found(session: Session, action: Found) -> Step:
    """Results of the last query. SEARCH_INSTITUTION tells of those that were waited for, not of every letter
    typed."""
    if session.waiting != FINDING or action.query != session.asked:
        return stay(session)
    results = replace(
        session,
        query=action.query,
        results=action.institutions,
        matched=action.matched or session.matched,
        waiting=None,
    )
    if session.view is View.LOADING:
        return go(results, View.SELECT_INSTITUTION)
    if not action.query:
        return Step(session=results)
    searched = event(results, "SEARCH_INSTITUTION", institution_search_query=action.query)
    return Step(session=results, events=(searched,))


def select(session: Session, action: SelectInstitution) -> Step:
    return fetch(session, LookUpInstitution(institution_id=action.institution_id), asked=session.query)


def select_portal(session: Session, action: SelectInstitution) -> Step:
    """Only one of the brand's: whatever else was sent is none of this pane's choices."""
    if action.institution_id not in {card.institution_id for card in session.portals}:
        return stay(session)
    return fetch(session, LookUpInstitution(institution_id=action.institution_id))


def selected(session: Session, action: Selected) -> Step:
    """Shows the login of the institution, or what keeps the person from it; for a brand, its portals."""
    if session.waiting != LOOKING_UP:
        return stay(session)
    if action.institution is None:
        return fail(session, INVALID_INSTITUTION)
    brand = action.institution.brand
    asked_for = action.institution.institution_id == session.config.institution_id
    if brand is not None and action.portals and not session.portals and not asked_for:
        asked = event(session, "SELECT_BRAND", brand_name=brand)
        return go(session, View.SELECT_BRAND, asked, portals=action.portals)
    chosen = replace(session, institution=action.institution)
    found_obstacle = obstacle(chosen)
    told = _choice_events(chosen, action.institution, found_obstacle)
    if session.institution is not None:
        told = tuple(
            each for each in told if each.name != "SELECT_INSTITUTION"
        )  # an embedded tile told of it
    if (
        found_obstacle is None
        and action.institution.instant_deposits
        and session.config.auth.instant_microdeposits
    ):
        # Its accounts are reached by their numbers alone, and such an Item has no institution (Plaid docs: Auth).
        return go(chosen, View.NUMBERS, *told, institution=None)
    if found_obstacle is None and session.config.keeps_login:
        return wait(chosen, OpenItem(), *told)
    if found_obstacle is None and action.institution.oauth:
        away = ask_where(chosen)
        return replace(away, events=(*told, *away.events))
    if found_obstacle is None:
        return go(chosen, View.CREDENTIALS, *told)
    return fail(chosen, found_obstacle.error, *told, exit_status=found_obstacle.exit_status)


def _choice_events(
    session: Session, institution: InstitutionCard, found_obstacle: Obstacle | None
) -> tuple[Event, ...]:
    if session.config.update_mode:
        return ()  # nobody chose: the Item names its institution
    matched = institution.institution_id in session.matched
    names = ["MATCHED_SELECT_INSTITUTION" if matched else "SELECT_INSTITUTION"]
    if found_obstacle is not None and found_obstacle.event_name is not None:
        names.append(found_obstacle.event_name)
    elif found_obstacle is None and institution.health == "DEGRADED":
        names.append("SELECT_DEGRADED_INSTITUTION")
    return tuple(event(session, name, match_reason=_REASONS.get(name)) for name in names)


def health_changed(session: Session, action: HealthChanged) -> Step:
    """Link's looks follow the health of the chosen institution (Plaid docs: Institution status)."""
    if session.institution is None or session.institution.health == action.health:
        return stay(session)
    return stay(session, institution=replace(session.institution, health=action.health))


def health_changed_before_login(session: Session, action: HealthChanged) -> Step:
    """A bank that goes down before anything was typed keeps the person from typing in vain."""
    changed = health_changed(session, action).session
    if changed.institution is None or changed.institution.health != "DOWN" or changed.away is not None:
        return Step(session=changed)
    return fail(changed, INSTITUTION_DOWN)


def back_to_consent(session: Session, _: Back) -> Step:
    return go(session, View.CONSENT, institution=None, portals=(), numbers_needed=False, asked=session.query)


def back_from_credentials(session: Session, action: Back) -> Step:
    preselected = session.config.institution_id
    if session.institution is not None and session.institution.institution_id == preselected:
        return back_to_consent(session, action)
    if session.portals:
        return go(session, View.SELECT_BRAND, institution=None)
    return to_list(session)


def back_to_list(session: Session, _: Back) -> Step:
    return to_list(session)


def choose_another(session: Session, _: ChooseAnother) -> Step:
    return to_list(session) if may_choose(session) else stay(session)


def retry(session: Session, action: Retry) -> Step:
    """Signs in anew at the same institution; before one was chosen, looks for institutions anew."""
    if session.config.pending is not None:
        return go(session, View.SAME_DAY_CODE)
    if session.institution is None:
        return begin(session, action)
    if obstacle(session) is not None:
        return stay(session)
    if session.config.keeps_login:
        return wait(session, OpenItem())
    return ask_where(session) if session.institution.oauth else go(session, View.CREDENTIALS)


def to_list(session: Session) -> Step:
    """The list as it was left, or the popular institutions when it was never shown."""
    without = replace(
        session,
        institution=None,
        portals=(),
        challenge=None,
        accounts=(),
        reused=False,
        numbers_needed=False,
        wrong_codes=0,
        verification_status=None,
        asked=session.query,
    )
    if session.results:
        return go(without, View.SELECT_INSTITUTION)
    return fetch(without, FindInstitutions(query=""), asked="", exit_status="institution_not_found")
