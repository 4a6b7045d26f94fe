"""How far people come in Link: the funnel, and what stops them (Plaid docs: Link analytics)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from statistics import median

import msgspec
from msgspec import Struct

from gingham.clock import SECOND
from gingham.store.funnel import Happened

STEPS = {
    "open": {"OPEN"},
    "institution": {"SELECT_INSTITUTION"},
    "login": {"SUBMIT_CREDENTIALS", "OPEN_OAUTH"},
    "mfa": {"SUBMIT_MFA"},
    "handoff": {"HANDOFF"},
}
"""By the events that reach them. Update mode has no institution step, and few logins have an MFA step."""


class Steps(Struct, frozen=True, kw_only=True):
    """Sessions that reached each step."""

    open: int = 0
    institution: int = 0
    login: int = 0
    mfa: int = 0
    handoff: int = 0


class Funnel(Struct, frozen=True, kw_only=True):
    """`conversion`: handoffs by openings, 0 to 1; null without any. `median_seconds`: from the first opening
    to the first handoff."""

    sessions: Steps
    conversion: float | None
    median_seconds: float | None


class OfInstitution(Struct, frozen=True, kw_only=True):
    institution_id: str
    institution_name: str | None
    funnel: Funnel


class OfCustomization(Struct, frozen=True, kw_only=True):
    link_customization_name: str
    funnel: Funnel


class Errors(Struct, frozen=True, kw_only=True):
    """`institution_id`: null for errors before one was chosen. `count`: of errors, not of sessions."""

    institution_id: str | None
    error_type: str | None
    error_code: str
    count: int


class Statistics(Struct, frozen=True, kw_only=True):
    total: Funnel
    institutions: list[OfInstitution]
    """By the institution chosen last; most sessions first."""
    customizations: list[OfCustomization]
    errors: list[Errors]
    """Most frequent first."""


class _Told(Struct):
    institution_id: str | None = None
    institution_name: str | None = None
    error_type: str | None = None
    error_code: str | None = None


class _Asked(Struct):
    link_customization_name: str | None = None


class Course(Struct, frozen=True, kw_only=True):
    """One session: when each step was first reached, and the errors met."""

    customization: str
    institution_id: str | None
    institution_name: str | None
    reached: dict[str, int]
    errors: tuple[tuple[str | None, str | None, str], ...]


DEFAULT = "default"
"""The customization of a link_token that names none."""


def courses(happened: Iterable[Happened]) -> list[Course]:
    """`happened`: session by session, each in order."""
    return [_course(list(events)) for _, events in groupby(happened, key=lambda each: each.link_session_id)]


def _course(events: Sequence[Happened]) -> Course:
    told = [msgspec.json.decode(each.metadata, type=_Told) for each in events]
    chosen = next((each for each in reversed(told) if each.institution_id is not None), _Told())
    reached: dict[str, int] = {}
    for each in events:
        for step, names in STEPS.items():
            if each.name in names:
                reached.setdefault(step, each.at)
    asked = msgspec.json.decode(events[0].request, type=_Asked)
    return Course(
        customization=asked.link_customization_name or DEFAULT,
        institution_id=chosen.institution_id,
        institution_name=chosen.institution_name,
        reached=reached,
        errors=tuple(
            (said.institution_id, said.error_type, said.error_code)
            for each, said in zip(events, told, strict=True)
            if each.name == "ERROR" and said.error_code is not None
        ),
    )


def statistics(found: Sequence[Course]) -> Statistics:
    errors = Counter(error for course in found for error in course.errors)
    names = {course.institution_id: course.institution_name for course in found}
    return Statistics(
        total=funnel(found),
        institutions=[
            OfInstitution(institution_id=key, institution_name=names[key], funnel=funnel(own))
            for key, own in _grouped(found, lambda course: course.institution_id)
        ],
        customizations=[
            OfCustomization(link_customization_name=key, funnel=funnel(own))
            for key, own in _grouped(found, lambda course: course.customization)
        ],
        errors=[
            Errors(institution_id=institution_id, error_type=kind, error_code=code, count=count)
            for (institution_id, kind, code), count in sorted(
                errors.items(), key=lambda each: (-each[1], each[0][2], each[0][0] or "")
            )
        ],
    )


def _grouped(found: Sequence[Course], key: Callable[[Course], str | None]) -> list[tuple[str, list[Course]]]:
    groups: dict[str, list[Course]] = {}
    for course in found:
        if (name := key(course)) is not None:
            groups.setdefault(name, []).append(course)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))


def funnel(found: Sequence[Course]) -> Funnel:
    counts = Counter(step for course in found for step in course.reached)
    times = [
        (course.reached["handoff"] - course.reached["open"]) / SECOND
        for course in found
        if {"open", "handoff"} <= course.reached.keys()
    ]
    opened = counts["open"]
    return Funnel(
        sessions=Steps(**{step: counts[step] for step in STEPS}),
        conversion=round(counts["handoff"] / opened, 4) if opened else None,
        median_seconds=round(median(times), 3) if times else None,
    )
