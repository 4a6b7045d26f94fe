"""An app that survives `gingham examine -- python examples/examined/app.py`: http.server, httpx and joserfc.

The last function is all that is there for the examiner; the rest is what any app with Plaid's webhooks does.
"""

import hashlib
import json
import os
import queue
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from joserfc import jws, jwt
from joserfc.jwk import ECKey

KEYS = {"PLAID-CLIENT-ID": os.environ["PLAID_CLIENT_ID"], "PLAID-SECRET": os.environ["PLAID_SECRET"]}
plaid = httpx.Client(base_url=os.environ["PLAID_BASE_URL"], headers=KEYS, timeout=60, trust_env=False)
items: dict[str, dict] = {}
work: queue.Queue = queue.Queue()


def ask(path, **body):
    answer = plaid.post(path, json=body)
    return answer.json()


def link(public_token):
    got = ask("/item/public_token/exchange", public_token=public_token)
    items[got["item_id"]] = {"token": got["access_token"], "cursor": "", "held": {}, "needs_login": False}
    work.put((sync, got["item_id"]))


def sync(item_id):
    item = items[item_id]
    cursor, held, more = item["cursor"], dict(item["held"]), True
    while more:
        page = ask("/transactions/sync", access_token=item["token"], cursor=cursor)
        if page.get("error_code") == "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION":
            cursor, held = item["cursor"], dict(item["held"])
            continue
        if "error_code" in page:
            return  # Nothing was kept, so the next webhook takes it up.
        held |= {each["transaction_id"]: each for each in page["added"] + page["modified"]}
        for gone in page["removed"]:
            held.pop(gone["transaction_id"], None)
        cursor, more = page["next_cursor"], page["has_more"]
    item["cursor"], item["held"] = cursor, held


def look(item_id):
    told = ask("/item/get", access_token=items[item_id]["token"])
    items[item_id]["needs_login"] = (told.get("item", {}).get("error") or {}).get("error_code") is not None


def end(item_id):
    items[item_id]["needs_login"] = True


TODO = {"TRANSACTIONS": sync, "ERROR": look, "LOGIN_REPAIRED": look, "USER_PERMISSION_REVOKED": end}


def is_genuine(body, header):
    try:
        told = jws.extract_compact(header.encode()).headers()
        key = ask("/webhook_verification_key/get", key_id=told["kid"])["key"]
        claims = jwt.decode(header, ECKey.import_key(key), algorithms=["ES256"]).claims
        fresh = time.time() - claims["iat"] < 300
        return fresh and claims["request_body_sha256"] == hashlib.sha256(body).hexdigest()
    except Exception:
        return False


def webhook(body, header):
    if not is_genuine(body, header):
        return 401
    told = json.loads(body)
    do = TODO.get(told["webhook_type"]) or TODO.get(told["webhook_code"])
    if do is not None and told.get("item_id") in items:
        work.put((do, told["item_id"]))
    return 200


def worker():
    while True:
        do, item_id = work.get()
        try:
            do(item_id)
        except Exception as problem:
            print("failed:", problem, flush=True)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/plaid/webhook":
            self.answer(webhook(body, self.headers.get("plaid-verification", "")))
        else:
            link(json.loads(body)["public_token"])
            self.answer(200)

    def do_GET(self):
        self.answer(200, state())

    def answer(self, status, told=None):
        body = json.dumps(told or {}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def state():
    """The adapter: what is stored, for the examiner."""
    keys = ("transaction_id", "amount", "pending")
    return {
        "items": [
            {
                "item_id": item_id,
                "needs_login": item["needs_login"],
                "transactions": [{key: each[key] for key in keys} for each in item["held"].values()],
            }
            for item_id, item in items.items()
        ]
    }


if __name__ == "__main__":
    threading.Thread(target=worker, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
