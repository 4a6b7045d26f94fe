"""The pages of the sandbox's OAuth banks, gone through over HTTP as a person without JavaScript would."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx

PAGES = 10
"""More than any bank has on the way to yes."""
CODE = "1234"


def sign_in(url: str, *, username: str = "user_good", password: str = "pass_good") -> None:
    """Signs in at the bank, shares the accounts that are ticked, agrees, and comes back to where the bank sends
    people.

    Raises `RuntimeError` where that leads nowhere.
    """
    typed = {"username": username, "password": password, "code": CODE}
    # Without TLS nobody looks at the authorities, and reading their list takes a while.
    secure = url.startswith("https:")
    with httpx.Client(follow_redirects=True, verify=secure, trust_env=False) as browser:
        page = browser.get(url)
        bank = page.url.host, page.url.port
        for _ in range(PAGES):
            if (page.url.host, page.url.port) != bank:
                return
            form = _Form(page.text)
            if form.action is None:
                break
            page = browser.post(
                urljoin(str(page.url), form.action),
                content=str(
                    httpx.QueryParams([(name, typed.get(name, value)) for name, value in form.fields])
                ),
                headers={"content-type": "application/x-www-form-urlencoded"},
            )
    raise RuntimeError(f"the bank's pages lead no further than {page.url.path} (status {page.status_code})")


class _Form(HTMLParser):
    """The first form of a page: where it goes, and what it would send if nobody touched it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: list[tuple[str, str]] = []
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and self.action is None:
            self.action, self._inside = given.get("action") or "", True
        elif tag == "input" and self._inside:
            name, kind = given.get("name"), given.get("type") or "text"
            if name and (kind not in ("checkbox", "radio") or "checked" in given):
                self.fields.append((name, given.get("value") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
