"""Link's page in the language of the session."""

import pytest
from playwright.async_api import Page, expect
from tests.browser.fake import FakeLink
from tests.browser.host import link, open_link, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_frame_speaks_the_language_of_the_session(page: Page, fake: FakeLink) -> None:
    fake.language = "de"
    await visit(page, fake)
    await open_link(page)
    await expect(link(page).locator("html")).to_have_attribute("lang", "de")
    await expect(link(page).locator("html")).to_have_attribute("dir", "ltr")
    fake.broken = 1
    await link(page).locator("#aut-button").click()
    await expect(link(page).get_by_role("alert")).to_contain_text("Der Server ist nicht erreichbar.")
    await link(page).get_by_role("button", name="Erneut versuchen").click()
    await link(page).get_by_role("button", name="Zurück").wait_for()
    await expect(link(page).get_by_role("button", name="Schließen")).to_be_visible()
