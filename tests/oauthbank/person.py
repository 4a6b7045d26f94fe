"""A person with a browser that knows cookies, forms and redirects, and no JavaScript."""

from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
from tests.oauthbank.house import NO_TLS


class Control:
    """An input or a button of a form."""

    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.name = attributes.get("name") or ""
        self.value = attributes.get("value") or ""
        self.kind = attributes.get("type") or "text"
        self.id = attributes.get("id")
        self.is_ticked = "checked" in attributes


class PageForm:
    def __init__(self, action: str) -> None:
        self.action = action
        self.controls: list[Control] = []
        self.buttons: list[Control] = []


class Page(HTMLParser):
    """What a browser makes of an answer."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.status = answer.status_code
        self.headers = answer.headers
        self.url = str(answer.url)
        self.forms: list[PageForm] = []
        self.labels: set[str] = set()
        self.unlabelled: list[str] = []
        self.text = ""
        self._in_form = self._in_label = False
        self.feed(answer.text)
        self.text = " ".join(self.text.split())

    @property
    def step(self) -> str:
        return urlsplit(self.url).path.rpartition("/")[2]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self._in_form = True
            self.forms.append(PageForm(urljoin(self.url, attributes.get("action") or "")))
        elif tag == "label":
            self._in_label = True
            self.labels.add(attributes.get("for") or "")
        elif tag in ("input", "button") and self._in_form:
            control = Control(attributes)
            (self.forms[-1].buttons if tag == "button" else self.forms[-1].controls).append(control)
            if tag == "input" and control.kind != "hidden" and not self._in_label:
                self.unlabelled.append(control.id or control.name)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in_form = False
        elif tag == "label":
            self._in_label = False

    def handle_data(self, data: str) -> None:
        self.text += data + " "

    def without_label(self) -> list[str]:
        return [name for name in self.unlabelled if name not in self.labels]

    def fields(self, form: int = 0) -> list[tuple[str, str]]:
        """What the form would send if nobody touched it."""
        return [
            (control.name, control.value)
            for control in self.forms[form].controls
            if control.name and (control.kind not in ("checkbox", "radio") or control.is_ticked)
        ]


class Person:
    """`visit` and `submit` end at a page, or with the address outside the bank that they lead to."""

    def __init__(self, bank: str) -> None:
        self._bank = bank
        self.browser = httpx.AsyncClient(verify=NO_TLS, trust_env=False)
        self.landed: str | None = None

    async def visit(self, url: str) -> Page | None:
        return await self._follow(await self.browser.get(url))

    async def submit(
        self,
        page: Page,
        typed: dict[str, str] | None = None,
        *,
        ticks: set[str] | None = None,
        button: str = "",
        form: int = 0,
    ) -> Page | None:
        """`ticks`: values of the boxes that are ticked; None leaves them as they are."""
        fields = [(name, (typed or {}).get(name, value)) for name, value in page.fields(form)]
        if ticks is not None:
            boxes = [c for c in page.forms[form].controls if c.kind == "checkbox"]
            fields = [(name, value) for name, value in fields if name not in {box.name for box in boxes}]
            fields += [(box.name, box.value) for box in boxes if box.value in ticks]
        fields += [(b.name, b.value) for b in page.forms[form].buttons if button and b.name == button]
        answer = await self.browser.post(
            page.forms[form].action,
            content=str(httpx.QueryParams(fields)),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        return await self._follow(answer)

    async def _follow(self, answer: httpx.Response) -> Page | None:
        while answer.is_redirect:
            url = urljoin(str(answer.url), answer.headers["location"])
            if not url.startswith(self._bank):
                self.landed = url
                return None
            answer = await self.browser.get(url)
        return Page(answer)

    def brought(self) -> dict[str, str]:
        """What the person brought back to the client."""
        assert self.landed is not None
        return dict(parse_qsl(urlsplit(self.landed).query))

    async def allow(
        self, url: str, *, accounts: set[str] | None = None, username: str = "", password: str = ""
    ) -> dict[str, str]:
        """The whole way: signs in, ticks `accounts` (None: those that are ticked already), allows."""
        page = await self.visit(url)
        assert page is not None
        page = await self.submit(page, {"username": username, "password": password})
        assert page is not None
        if page.step == "code":
            page = await self.submit(page, {"code": "1234"})
            assert page is not None
        page = await self.submit(page, ticks=accounts)
        assert page is not None
        assert await self.submit(page) is None
        return self.brought()

    async def close(self) -> None:
        await self.browser.aclose()
