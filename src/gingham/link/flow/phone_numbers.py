"""Phone numbers as people type them.

Numbers of the United States, Canada, the United Kingdom and Mexico are taken (Plaid docs: Link, returning
user); with the country's code in front, or as they are written at home in the country that is likeliest.
"""

from collections.abc import Collection, Sequence

COUNTRIES = ("US", "CA", "GB", "MX")
DEFAULT = "US"
HINT_DIGITS = 4


def countries_for(country_codes: Collection[str]) -> tuple[str, ...]:
    """Those of a link_token whose numbers are taken, the default first: the US where it is among them."""
    return tuple(country for country in COUNTRIES if country in country_codes)


def e164(typed: str, countries: Sequence[str]) -> str | None:
    """The number in the form `+14155550011`; None when it is none, or is of a country that is not taken."""
    import phonenumbers  # its tables take 40 ms to read, and most sessions have no number

    try:
        number = phonenumbers.parse(typed, countries[0] if countries else DEFAULT)
    except phonenumbers.NumberParseException:
        return None
    # Possible, not valid: the numbers of the sandbox are of a range that nobody was ever given.
    if not phonenumbers.is_possible_number(number) or number.extension:
        return None
    taken = {phonenumbers.country_code_for_region(country) for country in countries}
    if number.country_code not in taken or len(str(number.national_number)) != _NATIONAL_DIGITS:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


_NATIONAL_DIGITS = 10
"""In all four countries."""


def hint(number: str) -> str:
    """The last four digits: enough to recognise one's own number by."""
    return number[-HINT_DIGITS:]
