"""Sample panes: every kind Link can show, with invented data, in the shape the session endpoints answer."""

from typing import Any

Json = dict[str, Any]

BANKS = [
    ("ins_109508", "First Platypus Bank", "platypus.example"),
    ("ins_109509", "First Gingham Credit Union", "gingham.example"),
    ("ins_109510", "Tattersall Federal Credit Union", "tattersall.example"),
    ("ins_109511", "Tartan Bank", "tartan.example"),
    ("ins_109512", "Houndstooth Bank", "houndstooth.example"),
    ("ins_135858", "Windowpane Bank", "windowpane.example"),
    ("ins_127287", "Platypus OAuth Bank", "oauth.example"),
    ("ins_130016", "Platypus Bank (balance)", "balance.example"),
]


def text(words: str | None, key: str = "sample") -> Json | None:
    return None if words is None else {"key": key, "text": words}


def option(value: str, label: str, note: str | None = None, **more: Any) -> Json:
    return {
        "value": value,
        "label": label,
        "note": note,
        "logo": None,
        "checked": False,
        "group": None,
        **more,
    }


def field(name: str, kind: str, label: str, **more: Any) -> Json:
    error = text(more.pop("error", None))
    rest = {"options": [], "autocomplete": None, "inputmode": None, "value": "", "text": None, "error": error}
    return {"name": name, "kind": kind, "label": text(label), **rest, **more}


def button(action: str, label: str, role: str = "primary", fill: str | None = None) -> Json:
    return {"action": action, "label": text(label), "role": role, "fill": fill}


def pane(name: str, view: str, title: str, **more: Any) -> Json:
    return {
        "name": name,
        "view": view,
        "title": text(title, f"{name}.title"),
        "help": text(more.pop("help", None)),
        "notice": text(more.pop("notice", None)),
        "details": [text(words) for words in more.pop("details", [])],
        "points": [text(words) for words in more.pop("points", [])],
        "institution": None,
        "fields": [],
        "buttons": [],
        "tone": "info",
        "can_go_back": False,
        "can_close": True,
        "busy": False,
        **more,
    }


def bank(index: int = 0) -> Json:
    institution_id, name, url = BANKS[index]
    return {
        "institution_id": institution_id,
        "name": name,
        "logo": f"/link/institutions/{institution_id}.svg",
        "color": None,
        "url": url,
        "oauth": False,
        "health": "HEALTHY",
        "supported": True,
        "products": [],
        "fields": [],
    }


def consent() -> Json:
    return pane(
        "consent",
        "CONSENT",
        "Wonderwallet uses Gingham to connect your accounts",
        help="You choose your bank and sign in there. It takes about a minute.",
        points=[
            "Your username and password go to your bank and are never shared with Wonderwallet.",
            "You choose which accounts to share.",
            "You can disconnect at any time.",
        ],
        buttons=[button("continue", "Continue")],
    )


def institutions(query: str = "") -> Json:
    found = [row for row in BANKS if query.lower() in row[1].lower()]
    tiles = [option(i, name, url, logo=f"/link/institutions/{i}.svg") for i, name, url in found]
    return pane(
        "select_institution",
        "SELECT_INSTITUTION",
        "Select your bank",
        fields=[
            field("query", "search", "Search for your bank", value=query),
            field("institution", "tiles", f"{len(found)} banks found", options=tiles),
        ],
        notice=None
        if found
        else f"We found no bank for “{query}”. Check the spelling, or try a shorter name.",
        can_go_back=True,
    )


def credentials(error: str | None = None) -> Json:
    return pane(
        "credentials",
        "CREDENTIAL",
        "Sign in to First Platypus Bank",
        help="Use the username and password of your online banking.",
        institution=bank(),
        fields=[
            field("username", "text", "Username", autocomplete="username", error=error),
            field("password", "password", "Password", autocomplete="current-password", error=error),
        ],
        buttons=[
            button("submit_credentials", "Sign in", fill="values"),
            button("choose_another", "Choose another bank", "link"),
        ],
        can_go_back=True,
    )


def mfa_device() -> Json:
    phones = [
        option("0", "xxx-xxx-5309", group=text("Phone"), checked=True),
        option("1", "xxx-xxx-2201", group=text("Phone")),
        option("2", "t***@example.com", group=text("Email")),
    ]
    return pane(
        "mfa_device",
        "MFA",
        "How should we send your code?",
        help="First Platypus Bank wants to be sure that it is you.",
        institution=bank(),
        fields=[field("device", "radio", "Send it by", options=phones)],
        buttons=[button("submit_mfa", "Send the code", fill="answers")],
    )


def mfa_code(error: str | None = None) -> Json:
    return pane(
        "mfa_code",
        "MFA",
        "Enter the code",
        help="First Platypus Bank sent it to •••-•••-5309.",
        institution=bank(),
        fields=[
            field("code", "code", "Code", autocomplete="one-time-code", inputmode="numeric", error=error)
        ],
        buttons=[button("submit_mfa", "Continue", fill="answers")],
    )


def mfa_questions() -> Json:
    asked = ["What is the name of your first pet?", "In which city did your parents meet?"]
    return pane(
        "mfa_questions",
        "MFA",
        "Answer your security questions",
        help="First Platypus Bank asks them to be sure that it is you.",
        institution=bank(),
        fields=[field(f"answer_{i}", "text", "Answer", text=words) for i, words in enumerate(asked)],
        buttons=[button("submit_mfa", "Continue", fill="answers")],
    )


def mfa_selections() -> Json:
    asked = ["You have an account at Gingham?", "Which street have you lived in?"]
    answers = [["Yes", "No"], ["Herring Lane", "Basket Street", "Twill Road"]]
    return pane(
        "mfa_selections",
        "MFA",
        "Answer your security questions",
        help="First Platypus Bank asks them to be sure that it is you.",
        institution=bank(),
        fields=[
            field(
                f"answer_{i}",
                "radio",
                "Answer",
                text=words,
                options=[option(each, each) for each in answers[i]],
            )
            for i, words in enumerate(asked)
        ],
        buttons=[button("submit_mfa", "Continue", fill="answers")],
    )


def loading() -> Json:
    return pane(
        "loading",
        "LOADING",
        "Talking to First Platypus Bank",
        help="This can take up to a minute.",
        institution=bank(),
        busy=True,
    )


def accounts(kind: str = "checkbox", error: str | None = None) -> Json:
    rows = [
        ("Plaid Checking", "0000", "Cash"),
        ("Plaid Saving", "1111", "Cash"),
        ("Plaid CD", "2222", "Cash"),
        ("Plaid Credit Card", "3333", "Credit"),
        ("Plaid Diamond 12.5% APR Interest Credit Card with a long name", "9999", "Credit"),
        ("Plaid IRA", "5555", "Investments"),
        ("Plaid Student Loan", "7777", "Loans"),
    ]
    return pane(
        "select_accounts",
        "SELECT_ACCOUNT",
        "Select the accounts to share",
        help="Wonderwallet sees only what you choose.",
        institution=bank(),
        fields=[
            field(
                "accounts",
                kind,
                "Accounts",
                error=error,
                options=[
                    option(str(i), name, f"•••• {mask}", group=text(group), checked=i == 0 and not error)
                    for i, (name, mask, group) in enumerate(rows)
                ],
            )
        ],
        buttons=[button("submit_accounts", "Continue", fill="accounts")],
    )


def connected() -> Json:
    return pane(
        "connected",
        "CONNECTED",
        "Your accounts are connected",
        help="Wonderwallet can now see the accounts you chose at First Platypus Bank.",
        institution=bank(),
        tone="good",
        buttons=[button("finish", "Return to Wonderwallet")],
    )


def error() -> Json:
    return pane(
        "error",
        "ERROR",
        "First Platypus Bank is not answering",
        help="This is on the bank’s side, and your details are fine. Try again in a few minutes, or use another bank.",
        institution=bank(),
        tone="bad",
        details=["For support: INSTITUTION_NOT_RESPONDING"],
        buttons=[
            button("retry", "Try again"),
            button("choose_another", "Choose another bank", "secondary"),
            button("close", "Exit", "link"),
        ],
    )


def degraded() -> Json:
    return {
        **credentials(),
        "notice": text("Connecting to this bank fails more often than usual today."),
        "tone": "warn",
    }


def leaving() -> Json:
    return pane(
        "exit",
        "EXIT",
        "Exit?",
        help="Your account is not connected yet. If you exit now you will have to start again.",
        institution=bank(),
        buttons=[button("resume", "No, go back"), button("confirm_exit", "Yes, exit", "secondary")],
        can_close=False,
    )
