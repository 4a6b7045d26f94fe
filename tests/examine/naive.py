"""An app as it is written on the first day: it believes every webhook, does all at once, and knows no error."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

KEYS = {"PLAID-CLIENT-ID": os.environ["PLAID_CLIENT_ID"], "PLAID-SECRET": os.environ["PLAID_SECRET"]}
plaid = httpx.Client(base_url=os.environ["PLAID_BASE_URL"], headers=KEYS, timeout=60, trust_env=False)
items = {}


def sync(item):
    more = True
    while more:
        page = plaid.post(
            "/transactions/sync", json={"access_token": item["token"], "cursor": item["cursor"]}
        ).json()
        if "error_code" in page:
            item["needs_login"] = True
            return
        item["transactions"] += [
            {key: each[key] for key in ("transaction_id", "amount", "pending")} for each in page["added"]
        ]
        item["cursor"], more = page["next_cursor"], page["has_more"]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path == "/gingham/link":
            got = plaid.post(
                "/item/public_token/exchange", json={"public_token": told["public_token"]}
            ).json()
            items[got["item_id"]] = {
                "item_id": got["item_id"],
                "token": got["access_token"],
                "cursor": "",
                "needs_login": False,
                "transactions": [],
            }
        elif told.get("item_id") in items:
            item = items[told["item_id"]]
            code = told["webhook_code"]
            if told["webhook_type"] == "TRANSACTIONS":
                sync(item)
            elif code in ("ERROR", "LOGIN_REPAIRED"):
                item["needs_login"] = code == "ERROR"
        self.answer({})

    def do_GET(self):
        self.answer({"items": list(items.values())})

    def answer(self, told):
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        print("the naive app was asked", flush=True, file=sys.stderr)


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
