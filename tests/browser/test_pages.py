"""How Link's files are served: origin, caching, security headers."""

import gzip
import json
import re
from collections.abc import Mapping

import httpx
import pytest
from tests.browser.fake import no_picture

from gingham.link.hosted import Invitation
from gingham.link.returns import Landing
from gingham.link.web.pages import pages
from gingham.settings import Settings

LOADER = "/link/v2/stable/link-initialize.js"
PAGE = "/link/v2/stable/link.html"
LOGO = "/link/institutions/ins_109508.svg"


LANDINGS = {
    "window": Landing(known=True),
    "german": Landing(known=True, language="de"),
    "redirect": Landing(known=True, redirect_to="https://shop.test/back?oauth_state_id=1"),
}


def client(public_url: str | None = None, *, trust_proxy: bool = False) -> httpx.AsyncClient:
    def logo(institution_id: str) -> str | None:
        return "<svg xmlns='http://www.w3.org/2000/svg'/>" if institution_id == "ins_109508" else None

    async def land(answer: Mapping[str, str], origin: str | None) -> Landing:
        return LANDINGS.get(answer.get("state", ""), Landing(known=False))

    async def invite(address: str) -> Invitation:
        return Invitation(open=address == "open")

    settings = Settings(public_url=public_url, trust_proxy=trust_proxy)
    transport = httpx.ASGITransport(pages(settings, logo, land, invite, no_picture))
    return httpx.AsyncClient(transport=transport, base_url="http://link.test:8000")


def origin_in(answer: httpx.Response) -> str:
    found = re.search(r"const written = (\".*?\");", answer.text)
    assert found
    origin: str = json.loads(found[1])
    return origin


async def test_the_loader_carries_the_configured_origin() -> None:
    answer = await client("https://link.example.com/").get(LOADER)
    assert origin_in(answer) == "https://link.example.com"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


async def test_without_a_configured_origin_the_loader_carries_the_one_it_was_asked_at() -> None:
    assert origin_in(await client().get(LOADER)) == "http://link.test:8000"
    assert origin_in(await client().get(LOADER, headers={"host": "[::1]:8000"})) == "http://[::1]:8000"


@pytest.mark.parametrize("host", ['a";alert(1)//', "a b", "a/b", "user@a", "a:b", "", "a" * 300])
async def test_a_host_header_that_is_no_host_is_not_written(host: str) -> None:
    answer = await client().get(LOADER, headers={"host": host})
    assert answer.status_code == 200
    assert origin_in(answer) == ""


async def test_a_forwarded_protocol_counts_only_when_it_is_trusted() -> None:
    forwarded = {"x-forwarded-proto": "https"}
    assert origin_in(await client().get(LOADER, headers=forwarded)).startswith("http:")
    trusting = client(trust_proxy=True)
    assert origin_in(await trusting.get(LOADER, headers=forwarded)) == "https://link.test:8000"
    assert origin_in(await trusting.get(LOADER, headers={"x-forwarded-proto": "javascript"})) == ""


async def test_the_page_may_run_and_reach_its_own_server_alone() -> None:
    answer = await client().get(PAGE)
    policy = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["form-action"] == policy["base-uri"] == "'none'"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"<script>|<style|style=|onclick|javascript:", answer.text)


async def test_every_part_of_the_page_is_asked_for_by_its_version_and_kept() -> None:
    serving = client()
    page = await serving.get(PAGE)
    assert page.headers["cache-control"] == "no-cache"
    names = re.findall(r'(?:href|src)="([^"]+\?v=[0-9a-f]+)"', page.text)
    assert len(names) == 10
    for name in names:
        part = await serving.get(f"/link/v2/stable/{name}")
        assert part.status_code == 200
        assert "immutable" in part.headers["cache-control"]
        assert not re.search(r'from "\./\w+\.js"', part.text)


@pytest.mark.parametrize("path", [LOADER, PAGE, LOGO])
async def test_a_file_that_has_not_changed_is_not_sent_again(path: str) -> None:
    serving = client()
    first = await serving.get(path)
    again = await serving.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    weak = await serving.get(path, headers={"if-none-match": f'"x", W/{first.headers["etag"]}'})
    assert weak.status_code == 304
    changed = await serving.get(path, headers={"if-none-match": '"x"'})
    assert changed.status_code == 200


async def test_files_travel_compressed_where_that_is_understood() -> None:
    serving = client()
    zipped = await serving.get(LOADER, headers={"accept-encoding": "br, gzip;q=0.5"})
    plain = await serving.get(LOADER, headers={"accept-encoding": "gzip;q=0"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert zipped.text == plain.text
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert int(zipped.headers["content-length"]) < len(gzip.compress(plain.content)) + 10
    assert zipped.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


async def test_head_is_get_without_the_body() -> None:
    serving = client()
    head, get = await serving.head(PAGE), await serving.get(PAGE)
    assert head.status_code == 200
    assert head.headers["etag"] == get.headers["etag"]


async def test_a_logo_is_an_image_that_cannot_run_anything() -> None:
    answer = await client().get(LOGO)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path", ["/link/institutions/ins_0.svg", "/link/institutions/..%2Fx.svg", "/link/v2/stable/types.d.ts"]
)
async def test_what_is_not_there_is_not_found(path: str) -> None:
    assert (await client().get(path)).status_code == 404


RETURN = "/link/oauth/return"


async def test_a_person_back_in_a_window_is_told_that_it_may_be_closed() -> None:
    answer = await client().get(RETURN, params={"state": "window"})
    assert answer.status_code == 200
    assert "You can close this window" in answer.text
    assert "/link/v2/stable/return.js" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_the_page_of_return_speaks_the_language_of_the_session() -> None:
    answer = await client().get(RETURN, params={"state": "german"})
    assert '<html lang="de"' in answer.text
    assert "Sie können dieses Fenster schließen" in answer.text


async def test_a_page_that_left_is_sent_to_its_own_address() -> None:
    answer = await client().get(RETURN, params={"state": "redirect"})
    assert (answer.status_code, answer.headers["location"]) == (
        302,
        "https://shop.test/back?oauth_state_id=1",
    )
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_return_that_nobody_waits_for_leads_nowhere() -> None:
    assert (await client().get(RETURN, params={"state": "<script>"})).status_code == 404
