"""Finds institutions by what a person types.

A match belongs to the first of these classes that holds, and within a class the fewer typing errors, then the
more popular, then the shorter name comes first:

    id           the query is an institution id
    exact        it is the name
    words        the name begins with it, or each of its words begins a word of the name ("plat first")
    initials     it is the initials of the name ("fpb")
    within       it stands somewhere in the name, spaces aside ("firstplat", "latypus")
    significant  as `words`, leaving out what half of all banks are called ("chase bank" means Chase)
    similar      its words are a typing error or two away from words of the name; the last resort

Case, accents and punctuation never count. The index is built once and never changes; a search of 12,000
institutions takes a few milliseconds.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from gingham.banks.protocol import Institution

_LONGEST_QUERY = 100
"""Characters that are read; the longest name of a bank is shorter."""

_GENERIC = frozenset(["a", "and", "bank", "banking", "credit", "cu", "fcu", "of", "online", "the", "union"])
"""Words that tell no bank from another."""

_SHORTEST_INITIALS = 3


class SearchIndex:
    """An immutable index of `institutions`."""

    def __init__(self, institutions: Iterable[Institution]) -> None:
        # Kept in the order of equal matches, so that a search never has to sort names.
        self._institutions = sorted(institutions, key=lambda i: (-i.popularity, len(i.name), i.name))
        self._by_id = {i.institution_id: position for position, i in enumerate(self._institutions)}
        names = [_words(institution.name) for institution in self._institutions]
        self._spaced = [" ".join(words) for words in names]
        self._compact = ["".join(words) for words in names]
        self._initials: dict[str, list[int]] = {}
        self._where: dict[str, list[int]] = {}
        for position, words in enumerate(names):
            self._initials.setdefault("".join(word[0] for word in words), []).append(position)
            for word in set(words):
                self._where.setdefault(word, []).append(position)
        self._vocabulary = sorted(self._where)
        self._by_letter: dict[str, list[tuple[str, int]]] = {}
        for word in self._vocabulary:
            self._by_letter.setdefault(word[0], []).append((word, _letters(word)))

    def search(self, query: str, admits: Callable[[Institution], bool], limit: int) -> list[Institution]:
        """At most `limit` institutions that `admits`, best first; none for a query without a letter."""
        query = query[:_LONGEST_QUERY].strip()
        words = _words(query)
        if not words or limit <= 0:
            return []
        for classes in (self._plain(query, words), self._similar(words)):
            positions = dict.fromkeys(position for positions in classes for position in positions)
            found = (self._institutions[p] for p in positions if admits(self._institutions[p]))
            if best := list(islice(found, limit)):
                return best
        return []

    def _plain(self, query: str, words: list[str]) -> Iterator[Sequence[int]]:
        """Positions of every class but the last, class by class; one may come again in a later class."""
        spaced, compact = " ".join(words), "".join(words)
        by_id = self._by_id.get(query.lower())
        if by_id is not None:
            yield (by_id,)
        containing = [position for position, name in enumerate(self._compact) if compact in name]
        yield [p for p in containing if self._compact[p] == compact]
        begun = (p for p in containing if self._compact[p].startswith(compact))
        # One class: who types "platypus" more likely means the well-known First Platypus Bank than Platypus Payroll.
        yield sorted({*begun, *self._with_words(words)})
        yield self._initials.get(compact, ()) if len(compact) >= _SHORTEST_INITIALS else ()
        yield [p for p in containing if self._stands_in(p, spaced, compact)]
        yield self._with_words(_significant(words))

    def _similar(self, words: list[str]) -> Iterator[Sequence[int]]:
        """Positions with typing errors, fewest first: each significant word must be found, and the errors add
        up.
        """
        errors: dict[int, int] | None = None
        for word in _significant(words):
            here: dict[int, int] = {}
            for candidate, distance in self._near(word):
                for position in self._where[candidate]:
                    here[position] = min(distance, here.get(position, distance))
            errors = here if errors is None else {p: errors[p] + d for p, d in here.items() if p in errors}
            if not errors:
                return
        found = errors or {}
        yield sorted(found, key=lambda position: (found[position], position))

    def _stands_in(self, position: int, spaced: str, compact: str) -> bool:
        """Spaces may be left out from the beginning of a word on, so that "usbank" is not found in "Platypus
        Bank".
        """
        name = self._spaced[position]
        if spaced in name:
            return True
        words = name.split()
        return any("".join(words[n:]).startswith(compact) for n in range(1, len(words)))

    def _with_words(self, prefixes: Iterable[str]) -> list[int]:
        """Positions of the names in which each of `prefixes` begins a word."""
        found: set[int] | None = None
        for prefix in prefixes:
            here: set[int] = set()
            for n in range(bisect_left(self._vocabulary, prefix), len(self._vocabulary)):
                if not self._vocabulary[n].startswith(prefix):
                    break
                here.update(self._where[self._vocabulary[n]])
            found = here if found is None else found & here
            if not found:
                break
        return sorted(found or ())

    def _near(self, word: str) -> Iterator[tuple[str, int]]:
        """Known words that `word`, or what was typed of it so far, may stand for, with the errors that takes.

        The first letter is rarely wrong, so it must be right or swapped with the second: that keeps the
        guesses honest and spares most of the vocabulary.
        """
        allowed = _allowed_errors(word)
        shortest, letters = len(word) - allowed, _letters(word)
        for letter in dict.fromkeys(word[:2]):
            for candidate, its_letters in self._by_letter.get(letter, ()):
                # Each letter that the candidate lacks is an error: a cheap look that rules most of them out.
                if len(candidate) >= shortest and (letters & ~its_letters).bit_count() <= allowed:
                    distance = _distance_to_beginning(word, candidate, allowed)
                    if distance <= allowed:
                        yield candidate, distance


def _words(text: str) -> list[str]:
    """Lower case, no accents; full stops and apostrophes join ("U.S." is a word), all else separates."""
    plain = unicodedata.normalize("NFKD", text.replace(".", "").replace("'", "").replace("’", "")).casefold()
    return "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()


def _significant(words: list[str]) -> list[str]:
    return [word for word in words if word not in _GENERIC] or words


def _letters(word: str) -> int:
    """The set of the word's letters as bits; two rare letters may share one."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) % 61)
    return bits


def _allowed_errors(word: str) -> int:
    if len(word) < 4:
        return 0
    return 1 if len(word) < 8 else 2


def _distance_to_beginning(typed: str, word: str, allowed: int) -> int:
    """The fewest errors (a letter missing, added, changed, or two swapped) that turn `typed` into a beginning
    of `word`.

    Gives up with `allowed + 1`. The optimal string alignment distance, over the columns that can matter.
    """
    word = word[: len(typed) + allowed]
    before: list[int] = []
    row = list(range(len(word) + 1))
    for i, letter in enumerate(typed):
        before_that, before, row = before, row, [i + 1]
        for j, other in enumerate(word):
            cost = min(before[j] + (letter != other), before[j + 1] + 1, row[j] + 1)
            if i and j and letter == word[j - 1] and typed[i - 1] == other:
                cost = min(cost, before_that[j - 1] + 1)
            row.append(cost)
        if min(row) > allowed:
            return allowed + 1
    return min(row)
