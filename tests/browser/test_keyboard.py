"""Whole logins by keyboard alone, in a real browser against a real server: no pointer ever moves."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect
from tests.browser.shop import PAGE, Shopper, link_token, origin, serving
from tests.server.process import Process
from tests.servers import live as live

pytestmark = pytest.mark.asyncio(loop_scope="session")

BANK = "First Platypus Bank"

LISTEN = """() => {
  window.said = [];
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const region = (target.nodeType === 1 ? target : target.parentElement)?.closest("[role=status], [role=alert]");
      const text = region && !region.hidden ? region.textContent.trim() : "";
      if (text && said.at(-1) !== text) said.push(text);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""
"""Writes down what the live regions say, in `said`."""


class Typist(Shopper):
    """A person with a keyboard and no pointer."""

    async def tab_to(self, name: str, role: str = "button") -> None:
        """Goes on with Tab until that control has the focus; everything must be within sixty steps."""
        wanted = self.link.get_by_role(role, name=name, exact=role == "button")  # type: ignore[arg-type]
        await expect(wanted).to_be_visible()
        for _ in range(60):
            if await wanted.evaluate("(node) => node === document.activeElement"):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"no Tab leads to {role} {name}")

    async def press(self, name: str) -> None:
        await self.tab_to(name)
        await self.page.keyboard.press("Enter")

    async def type(self, *keys: str) -> None:
        """Single keys by their names, anything longer as text."""
        for key in keys:
            if key in ("Tab", "Enter", "Space", "Escape", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"):
                await self.page.keyboard.press(key)
            else:
                await self.page.keyboard.type(key)

    async def stands_at(self, control: str) -> None:
        """Waits until that control has the focus."""
        await expect(self.link.locator(control)).to_be_focused()

    async def open(self) -> "Typist":
        await self.type("Tab", "Enter")
        await self.title("Connect your bank to The Shop")
        await self.stands_at("#title")
        await self.page.frames[1].evaluate(LISTEN)
        return self

    async def choose(self, bank: str = BANK) -> "Typist":
        await self.press("Continue")
        await self.title("Choose your bank")
        await self.stands_at("#search-input-input")
        await self.type(bank)
        tile = self.link.get_by_role("button", name=bank, exact=True)
        await expect(tile).to_be_visible()
        await expect(self.link.locator(".listing")).to_have_count(1)
        await self.type("ArrowDown")
        await expect(tile).to_be_focused()
        await self.type("Enter")
        await self.title(f"Sign in to {bank}")
        return self

    async def sign_in(self, password: str = "pass_good") -> "Typist":
        await self.stands_at("#aut-input-0-input")
        await self.type("user_good", "Tab", password, "Enter")
        return self

    async def share(self, *accounts: str) -> "Typist":
        await self.title("Choose the accounts to share")
        for account in accounts or ("Plaid Checking",):
            await self.tab_to(account, "checkbox")
            await self.type("Space")
            await expect(self.link.get_by_label(account)).to_be_checked()
        await self.press("Share with The Shop")
        await self.title("Your accounts are connected")
        return self

    async def said(self) -> list[str]:
        return list(await self.page.frames[1].evaluate("said"))


@pytest_asyncio.fixture(loop_scope="session")
async def typist(context: BrowserContext, live: Process) -> AsyncIterator[Typist]:
    with serving(PAGE.format(origin=origin(live), token=link_token(live))) as address:
        page: Page = await context.new_page()
        await page.goto(address)
        yield Typist(page)


async def test_a_code_and_several_accounts(typist: Typist) -> None:
    await (await (await typist.open()).choose()).sign_in("mfa_device")
    await typist.title("Choose where to get your code")
    await typist.stands_at("#title")
    await typist.type("Tab", "Space", "ArrowDown")
    await expect(typist.link.get_by_role("radio").nth(1)).to_be_checked()
    await typist.press("Continue")
    await typist.title("Enter your code")
    await typist.stands_at("#aut-input-0-input")
    await typist.type("1234", "Enter")
    await typist.share("Plaid Checking", "Plaid Saving", "Plaid Credit Card")
    await typist.press("Return to The Shop")
    _, _, metadata = await typist.told("success")
    assert len(metadata["accounts"]) == 3
    assert await typist.page.evaluate("document.activeElement.id") == "connect"


async def test_questions_and_a_wrong_answer(typist: Typist) -> None:
    await (await (await typist.open()).choose()).sign_in("mfa_questions_1_2")
    await typist.title("Confirm that it is you")
    first, second = "#aut-input-0-input", "#aut-input-1-input"
    await typist.stands_at(first)
    await typist.type("no", "Tab", "answer_0_1", "Enter")
    await expect(typist.link.locator("[aria-invalid]").first).to_be_focused()
    await typist.link.locator(first).focus()
    await typist.page.keyboard.press("ControlOrMeta+a")
    await typist.type("answer_0_0", "Tab")
    await typist.stands_at(second)
    await typist.page.keyboard.press("ControlOrMeta+a")
    await typist.type("answer_0_1", "Enter")
    await typist.share()


async def test_selections(typist: Typist) -> None:
    await (await (await typist.open()).choose()).sign_in("mfa_selections")
    await typist.title("Confirm that it is you")
    await typist.type("Tab", "Space", "Tab", "Space")
    await expect(typist.link.get_by_role("radio", checked=True)).to_have_count(2)
    await typist.type("Enter")
    await typist.share()


async def test_escape_asks_and_the_focus_goes_back_to_where_link_was_opened(typist: Typist) -> None:
    await (await typist.open()).choose()
    await typist.type("Escape")
    await typist.title("Exit without connecting?")
    await typist.stands_at("#title")
    await typist.press("No, go back")
    await typist.title(f"Sign in to {BANK}")
    await typist.stands_at("#aut-input-0-input")
    await typist.type("Escape")
    await typist.press("Yes, exit")
    await typist.told("exit")
    assert await typist.page.evaluate("document.activeElement.id") == "connect"


async def test_progress_results_and_errors_are_spoken(typist: Typist) -> None:
    await (await typist.open()).choose()
    said = await typist.said()
    assert any(text.endswith("found") for text in said)
    assert said[-1].startswith(f"Sign in to {BANK}. Use the details")
    await typist.sign_in("wrong")
    password = typist.link.locator("#aut-input-1-input")
    await expect(password).to_have_accessible_description(
        f"{BANK} did not accept these details. Check them and try again."
    )
    await expect(password).to_be_focused()
    await expect(password).to_have_attribute("aria-invalid", "true")
    await typist.type("pass_good")
    await typist.page.route("**/session/act", lambda route: route.abort())
    await typist.type("Enter")
    await expect(typist.link.get_by_role("alert").last).to_contain_text("can’t reach the server")
    assert "can’t reach the server" in (await typist.said())[-1]
