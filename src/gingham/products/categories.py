"""The legacy transaction categories (/categories/get), a fixed table."""

import csv
from functools import cache
from importlib.resources import files

from msgspec import Struct


class Category(Struct, frozen=True, kw_only=True):
    category_id: str
    group: str
    hierarchy: tuple[str, ...]


@cache
def categories() -> tuple[Category, ...]:
    """All rows, by category_id."""
    text = files(__package__).joinpath("legacy_categories.csv").read_text(encoding="utf-8")
    return tuple(
        Category(
            category_id=row["category_id"],
            group=row["group"],
            hierarchy=tuple(level for level in (row["level1"], row["level2"], row["level3"]) if level),
        )
        for row in csv.DictReader(text.splitlines())
    )
