"""The gallery has a picture of everything, so that what looks at it looks at every pane."""

from tests.link.flow.every_pane import every_pane
from tests.link.flow.gallery import gallery, keys_of, sessions

from gingham.link.flow.model import Pane, View


def shapes(panes: object) -> set[tuple[str, str]]:
    """Which kinds of field and button stand on which pane: what is drawn by code of its own."""
    assert isinstance(panes, tuple)
    seen: set[tuple[str, str]] = set()
    for shown in panes:
        assert isinstance(shown, Pane)
        seen |= {(shown.name, field.kind) for field in shown.fields}
        seen |= {(shown.name, button.action) for button in shown.buttons}
        seen |= {(shown.name, part) for part in ("notice", "points", "details") if getattr(shown, part)}
    return seen


def test_every_view_hangs_in_the_gallery() -> None:
    missing = set(View) - {session.view for session in sessions().values()}
    assert not missing, f"add a session that shows it to tests/link/flow/gallery.py: {missing}"


def test_a_pane_with_every_kind_of_part_hangs_in_the_gallery() -> None:
    missing = shapes(every_pane()) - shapes(tuple(gallery().values()))
    assert not missing, f"add a session that shows it to tests/link/flow/gallery.py: {missing}"


def test_the_gallery_shows_every_text() -> None:
    hung = {key for shown in gallery().values() for key in keys_of(shown)}
    assert hung == {key for shown in every_pane() for key in keys_of(shown)}


def test_every_picture_shows_what_its_name_says() -> None:
    panes = [shown for name, shown in gallery().items() if name in sessions()]
    assert len(set(map(repr, panes))) == len(panes), "two pictures are the same"
