"""The catalogues: every language says everything that English says, and says it in its own way."""

import json
import os
import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel import Locale
from tests.link.flow.every_pane import every_text, texts

import gingham
from gingham.link.flow.model import Text
from gingham.link.messages.messages import (
    CLDR,
    ENGLISH,
    FRAME,
    RETURN,
    Message,
    catalogue,
    frame_texts,
    keys,
    languages,
    render,
    render_pane,
)

SOURCE = Path(gingham.__file__).parents[1]
FOLDER = SOURCE / "gingham" / "link" / "messages"
# Plaid docs: /link/token/create, `language`
ALL = frozenset(
    ["da", "de", "en", "es", "et", "fr", "hi", "it", "lt", "lv", "nl", "no", "pl", "pt", "ro", "sv", "vi"]
)
OTHERS = sorted(ALL - {ENGLISH})

QUOTES = {
    "da": "»«", "de": "„“", "en": "“”", "es": "«»", "et": "„”", "fr": "«»", "hi": "“”", "it": "«»", "lt": "„“",
    "lv": "„”", "nl": "‘’", "no": "«»", "pl": "„”", "pt": "«»", "ro": "„”", "sv": "””", "vi": "“”",
}  # fmt: skip
ANY_QUOTE = re.compile("[\"'`´“”„‘‚‹›«»]")
"""Without ’, which is the apostrophe too."""

SAME_AS_ENGLISH = {
    "credentials.field.password": {"it"},
    "credentials.field.pin": {"de", "es", "it", "pl", "pt", "ro"},
    "mfa_device.kind.email": {"vi"},
}
ENGLISH_WORDS = re.compile(r"\b(the|you|your|and|please|with|this|that|again|bank’s)\b", re.IGNORECASE)
OTHER_ADDRESS = {
    "de": r"du|dich|dir|dein\w*",
    "es": r"tú|tu|tus|te|ti",
    "et": r"sa|sina|sinu|sulle|sul|sind",
    "fr": r"tu|ton|ta|tes|toi",
    "hi": r"तुम\w*|तू|तेरा",
    "it": r"tu|tuo|tua|tuoi|tue|ti",
    "lt": r"tu|tavo|tau|tave",
    "lv": r"tu|tavs|tava|tavu|tev",
    "nl": r"je|jij|jou|jouw",
    "pl": r"pan|pani|państwo|państwa|proszę",
    "pt": r"tu|teu|tua|teus|tuas|te|ti",
    "ro": r"tu|tău|ta|tale|tăi|te|ți|îți",
    "vi": r"bạn",
}
"""Words of a form of address other than the one that the catalogue has chosen, as the banks of its country do."""
THIN_SPACE = "\u202f"


def forms(message: Message) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


def every_form(language: str) -> Iterator[tuple[str, str]]:
    """Key and text, each plural form by itself."""
    return ((key, form) for key, message in catalogue(language).items() for form in forms(message))


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", text))


def test_every_language_of_a_link_token_has_a_catalogue() -> None:
    assert languages() == ALL


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_the_keys_of_english_in_their_order(language: str) -> None:
    # The file itself is read: a catalogue borrows from English what it lacks.
    there = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    assert list(there) == list(catalogue(ENGLISH))


@pytest.mark.parametrize("language", sorted(ALL))
def test_every_text_names_what_the_english_one_names(language: str) -> None:
    for key, message in catalogue(language).items():
        expected = places(forms(catalogue(ENGLISH)[key])[-1])
        for form in forms(message):
            assert sorted(set(places(form))) == expected, (key, form)


@pytest.mark.parametrize("language", sorted(ALL))
def test_plural_forms_are_those_that_the_language_needs(language: str) -> None:
    rule = Locale.parse(CLDR.get(language, language)).plural_form
    needed = {rule(count) for count in range(1001)} | {"other"}
    counted = {key: message for key, message in catalogue(language).items() if not isinstance(message, str)}
    assert counted.keys() == {"select_institution.results"}
    assert all(message.keys() == needed for message in counted.values())


@pytest.mark.parametrize("language", sorted(ALL))
def test_no_text_is_empty_or_untidy(language: str) -> None:
    for key, text in every_form(language):
        assert text == text.strip() != "", key
        assert "  " not in text, key
        assert "..." not in text, key
        assert text == unicodedata.normalize("NFC", text), key


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    english = catalogue(ENGLISH)
    same = {key for key, message in catalogue(language).items() if message == english[key]}
    assert same == {key for key, allowed in SAME_AS_ENGLISH.items() if language in allowed}
    leftovers = [text for _, text in every_form(language) if ENGLISH_WORDS.search(text)]
    assert leftovers == []


@pytest.mark.parametrize("language", sorted(OTHER_ADDRESS))
def test_a_person_is_addressed_in_one_way(language: str) -> None:
    words = re.compile(rf"(?<![\w-])({OTHER_ADDRESS[language]})(?![\w’])", re.IGNORECASE)
    assert [text for _, text in every_form(language) if words.search(text)] == []


@pytest.mark.parametrize("language", sorted(ALL))
def test_quotation_marks_are_those_of_the_language(language: str) -> None:
    opening, closing = QUOTES[language]
    space = THIN_SPACE if language == "fr" else ""
    asked = catalogue(language)["select_institution.nothing"]
    assert f"{opening}{space}{{query}}{space}{closing}" in asked
    for key, text in every_form(language):
        assert set(ANY_QUOTE.findall(text)) <= {opening, closing}, key


def test_french_keeps_its_marks_with_a_narrow_space_on_the_line_of_their_word() -> None:
    for key, text in every_form("fr"):
        assert not re.search(rf"[^{THIN_SPACE}][:;!?»]|«[^{THIN_SPACE}]", text), key


def test_polish_leaves_no_single_letter_at_the_end_of_a_line() -> None:
    for key, text in every_form("pl"):
        assert not re.search(r"\b[aiouwz] ", text, re.IGNORECASE), key


@pytest.mark.parametrize("language", OTHERS)
def test_sentences_end_like_sentences_and_titles_like_titles(language: str) -> None:
    for key, message in catalogue(language).items():
        sentence = forms(catalogue(ENGLISH)[key])[0].endswith(".")
        for text in forms(message):
            ends = text.endswith((".", "।")) and not text.endswith("dvs.")  # Romanian for "your"
            assert ends == sentence or (sentence and text.endswith("dvs.")), (key, text)


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_much_longer_or_shorter_than_the_english_one(language: str) -> None:
    for key, message in catalogue(language).items():
        measure = len(forms(catalogue(ENGLISH)[key])[0])
        for text in forms(message):
            assert 0.5 * measure - 5 <= len(text) <= 1.6 * measure + 15, (key, text)


@pytest.mark.parametrize("language", sorted(ALL))
def test_titles_and_buttons_fit_on_a_phone(language: str) -> None:
    for key, message in catalogue(language).items():
        for text in forms(message):
            bare = re.sub(r"\{\w+\}", "", text)
            if key.startswith("button."):
                assert len(bare) <= 25, text
            if ".title" in key:
                assert len(bare) <= 55, text
                assert max(map(len, bare.split())) <= 20, text


@pytest.mark.parametrize("language", sorted(ALL))
def test_every_pane_is_drawn_whole_in_every_language(language: str) -> None:
    shown = set()
    for each in every_text():
        for text in texts(render_pane(each, language)):
            shown.add(text["key"])
            assert text["text"]
            assert not re.search(r"\{\w+\}|  |None", text["text"]), text
    assert shown == {key for key in keys() if not key.startswith((FRAME, RETURN))}


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "1 bank found"),
        ("en", 0, "0 banks found"),
        ("fr", 0, "0 banque trouvée"),
        ("pl", 1, "Znaleziono 1 bank"),
        ("pl", 3, "Znaleziono 3 banki"),
        ("pl", 5, "Znaleziono 5 banków"),
        ("pl", 22, "Znaleziono 22 banki"),
        ("lt", 21, "Rastas 21 bankas"),
        ("lv", 11, "Atrasts: 11 banku"),
        ("pt", 0, "0 bancos encontrados"),
        ("ro", 20, "20 de bănci găsite"),
        ("vi", 1, "Tìm thấy 1 ngân hàng"),
        ("xx", 2, "2 banks found"),
    ],
)
def test_a_count_takes_the_form_its_language_gives_it(language: str, count: int, said: str) -> None:
    assert render(Text(key="select_institution.results", values={"count": str(count)}), language) == said


def test_the_frame_has_its_words_in_every_language() -> None:
    names = {key.removeprefix(FRAME) for key in keys() if key.startswith(FRAME)}
    assert names == {"back", "close", "hide", "show", "try_again", "unreachable", "working"}
    for language in languages():
        assert frame_texts(language).keys() == names
    assert frame_texts("xx") == frame_texts(ENGLISH)


def test_a_catalogue_is_read_in_less_than_two_milliseconds() -> None:
    catalogue(ENGLISH)
    fastest = min(_seconds("hi") for _ in range(20))
    assert fastest < 0.002


def _seconds(language: str) -> float:
    before = time.perf_counter()
    catalogue.__wrapped__(language)
    return time.perf_counter() - before


def test_only_counting_imports_the_plural_rules() -> None:
    program = """
import sys
from gingham.link.flow.model import Text
from gingham.link.messages.messages import frame_texts, languages, render
for language in languages():
    frame_texts(language), render(Text(key="button.continue"), language)
assert "babel" not in sys.modules
render(Text(key="select_institution.results", values={"count": "2"}), "pl")
assert "babel" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": str(SOURCE)})
