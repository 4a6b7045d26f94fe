"""Types of request fields that many endpoints share.

A type says what the decoder accepts; `extra={"must": …}` says how a client is told when it does not:
"`path` must `must`". `extra={"code": …}` replaces INVALID_FIELD by another code of the table, with the
table's own text.

How a field may be left out:

    token: AccessToken                              required
    count: Count = 100                              optional; null is as good as absent
    webhook: Url | None = None                      optional; null is as good as absent
    options: Options | UnsetType = UNSET            optional, but never null

Patterns end in `$(?!\\n)`: in Python `$` also matches before a last newline.
"""

import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

_WELL_FORMED = {"must": "be a properly formatted, non-empty string"}

NonEmpty = Annotated[str, Meta(min_length=1, max_length=10_000, extra={"must": "be a non-empty string"})]

# msgspec takes exactly YYYY-MM-DD for a date and refuses days that do not exist.
Day = Annotated[datetime.date, Meta(extra={"must": "be a string of the format 'YYYY-MM-DD'"})]

# What clients have always been let through with: anything with a scheme, a dot or a port, so
# `localhost:3000` too. The longest URL is bounded before the pattern is tried, so no text makes the pattern
# slow.
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2048,
        pattern=r"^\S*(?:://\S|\S\.\S|\S:\d)\S*$(?!\n)",
        extra={"must": "be a non-empty string URL"},
    ),
]

# The shape is checked here, whether the Item has such an account by the endpoint.
AccountId = Annotated[str, Meta(pattern=r"^[A-Za-z0-9]{37}$(?!\n)", extra={"must": "be a valid account ID"})]
AccountIds = Annotated[
    list[AccountId], Meta(min_length=1, extra={"must": "be a non-empty array of valid account ids"})
]

Count = Annotated[int, Meta(ge=1, le=500)]
Offset = Annotated[int, Meta(ge=0, le=2**31 - 1)]

# Shape and existence of these tokens have errors of their own (INVALID_ACCESS_TOKEN …), which the endpoints
# raise.
AccessToken = Annotated[str, Meta(min_length=1, max_length=1024, extra=_WELL_FORMED)]
PublicToken = AccessToken
ProcessorToken = AccessToken

# A malformed link_token is an INVALID_FIELD, unlike the other tokens.
LinkToken = Annotated[
    str,
    Meta(
        pattern=r"^link-(?:sandbox|production)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$(?!\n)",
        extra={"must": "be of the format link-<environment>-<identifier>"},
    ),
]

# Likewise INVALID_USER_TOKEN and USER_NOT_FOUND.
UserToken = AccessToken
UserId = AccessToken

ItemIds = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=256, extra=_WELL_FORMED)]],
    Meta(max_length=1000, extra={"must": "be an array of at most 1000 Item ids"}),
]

InstitutionId = Annotated[str, Meta(min_length=1, max_length=256, extra=_WELL_FORMED)]

CountryCode = Literal[
    "US", "GB", "ES", "NL", "FR", "IE", "CA", "DE", "IT", "PL",
    "DK", "NO", "SE", "EE", "LT", "LV", "PT", "BE", "AT", "FI",
]  # fmt: skip
CountryCodes = Annotated[
    list[CountryCode],
    Meta(min_length=1, extra={"must": "be a non-empty array of supported ISO-3166-1 alpha-2 country codes"}),
]

Language = Annotated[
    Literal[
        "da", "nl", "en", "et", "fr", "de", "hi", "it", "lv", "lt", "no", "pl", "pt", "ro", "es", "sv", "vi"
    ],
    Meta(extra={"must": "be a supported language"}),
]


class Nested(Struct, forbid_unknown_fields=True, frozen=True):
    """The base of objects inside a request: unknown fields are refused there too."""
