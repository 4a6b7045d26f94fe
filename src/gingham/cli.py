"""The commands.

Each does one thing through the rooms below and says what it did. What an operator got wrong is one line on
standard error and exit code 2; what cannot be done for another reason is one line and exit code 1.
"""

import asyncio
import signal
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from enum import StrEnum
from typing import Annotated, NoReturn

import typer
from typer import Argument, Option

from gingham import __version__, settings
from gingham.settings import SettingError

app = typer.Typer(
    name="gingham",
    help="A self-hosted account-linking platform that speaks Plaid's protocol.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
keys = typer.Typer(name="keys", help="The team's keys and the keys that seal.", no_args_is_help=True)
app.add_typer(keys)

Database = Annotated[str | None, Option(help="sqlite:///path or postgresql://user:password@host/name.")]


class Environment(StrEnum):
    """Where a secret is valid."""

    sandbox = "sandbox"
    production = "production"


@app.command()
def serve(
    host: Annotated[str | None, Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, Option(help="Port to listen on; 0 takes a free one.", show_default="8000")
    ] = None,
    database: Database = None,
    workers: Annotated[int | None, Option(help="Serving processes.", show_default="1")] = None,
    test_kit: Annotated[
        bool | None,
        Option("--test-kit", help="Let tests move the clock and break things.", show_default=False),
    ] = None,
) -> None:
    """Serves until told to end. Every option is also a setting: see docs/settings.md."""
    # Until the event loop drains, there is nothing to drain.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _in_plain_words():
        chosen = settings.load(
            host=host, port=port, database_url=database, workers=workers, test_kit=test_kit
        )
        from gingham import logs, serving

        logs.configure(chosen.log_level, chosen.log_format)
        try:
            code = serving.serve(chosen)
        except serving.CannotServe as error:
            _fail(str(error), 1)
        raise typer.Exit(code)


@app.command("oauth-bank")
def oauth_bank(
    host: Annotated[str | None, Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        str | None, Option(help="Port to listen on; 0 takes a free one.", show_default="8001")
    ] = None,
    database: Database = None,
) -> None:
    """Serves the sandbox's OAuth banks alone, beside a server that has them off: see docs/settings.md."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _in_plain_words():
        chosen = settings.load(host=host, oauth_bank_port=port, database_url=database)
        from gingham import logs, serving

        logs.configure(chosen.log_level, chosen.log_format)
        try:
            code = serving.serve_bank(chosen)
        except serving.CannotServe as error:
            _fail(str(error), 1)
        raise typer.Exit(code)


@app.command()
def link(
    server: Annotated[str, Option(help="Address of a running server.")] = "http://127.0.0.1:8000",
    token: Annotated[str | None, Option(help="A link_token; without one, one is made.")] = None,
    client_id: Annotated[str | None, Option(envvar="GINGHAM_CLIENT_ID", help="To make a link_token.")] = None,
    secret: Annotated[
        str | None, Option(envvar="GINGHAM_SANDBOX_SECRET", help="To make a link_token.")
    ] = None,
    product: Annotated[
        list[str] | None, Option(help="Of the link_token made.", show_default="transactions")
    ] = None,
    access_token: Annotated[str | None, Option(help="Of the Item to mend: update mode.")] = None,
    institution: Annotated[
        str | None, Option(help="Name or ins_…; with this or the next, nothing is asked.")
    ] = None,
    username: Annotated[str | None, Option(show_default="user_good")] = None,
    password: Annotated[str | None, Option(show_default="pass_good")] = None,
    mfa: Annotated[
        list[str] | None, Option(help="An answer; several in the order they are asked for.")
    ] = None,
    account: Annotated[list[str] | None, Option(help="Name or mask of an account to share.")] = None,
    as_json: Annotated[bool, Option("--json", help="Print public_token and metadata as JSON.")] = False,
) -> None:
    """Connects a bank in the terminal and prints the public_token: see docs/testing-link.md."""
    from gingham import terminal

    known = {"username": username, "password": password, "mfa": mfa, "accounts": account}
    answers = terminal.answers(institution, {name: value for name, value in known.items() if value})
    if token is None and not (client_id and secret):
        _fail(
            "give --token, or --client-id and --secret, or set GINGHAM_CLIENT_ID and GINGHAM_SANDBOX_SECRET",
            2,
        )
    try:
        made = token or terminal.create_link_token(
            server, client_id or "", secret or "", product, access_token
        )
        terminal.report(terminal.run(server, made, answers), as_json=as_json)
    except terminal.FAILURES as error:
        _fail(terminal.explain(error), 1)


@app.command(context_settings={"allow_interspersed_args": False})
def run(
    command: Annotated[list[str], typer.Argument(metavar="COMMAND", help="The program and its arguments.")],
    server: Annotated[
        str | None, Option(help="Address of a running server.", show_default="one of the command's own")
    ] = None,
    database: Annotated[
        str | None,
        Option(help="Where a server of its own keeps things.", show_default="gone with the command"),
    ] = None,
) -> None:
    """Runs an app as it is, with Plaid's hosts leading to this server: see docs/run.md."""
    from gingham.run.command import run as become
    from gingham.run.failures import CannotRun

    try:
        become(command, server, database)
    except CannotRun as error:
        _fail(str(error), error.code)


@app.command()
def listen(
    server: Annotated[str, Option(help="Address of a running server.")] = "http://127.0.0.1:8000",
    client_id: Annotated[str | None, Option(envvar="GINGHAM_CLIENT_ID", help="The team's.")] = None,
    secret: Annotated[str | None, Option(envvar="GINGHAM_SANDBOX_SECRET", help="The team's.")] = None,
    forward_to: Annotated[str | None, Option(help="Address that gets each of them, signed.")] = None,
    replay: Annotated[
        str | None, Option(help="Id of one of the past: shows or forwards it, and ends.")
    ] = None,
    from_the_first: Annotated[bool, Option("--all", help="Begins with those there are already.")] = False,
    as_json: Annotated[bool, Option("--json", help="A line of JSON for each.")] = False,
) -> None:
    """Shows webhooks as they are written, and forwards them if told to: see docs/webhooks.md."""
    if not client_id or not secret:
        _fail("give --client-id and --secret, or set GINGHAM_CLIENT_ID and GINGHAM_SANDBOX_SECRET", 2)
    from gingham import listen as listening

    def show(webhook: listening.Webhook) -> bool:
        forwarded = listening.forward(forward_to, webhook) if forward_to else None
        typer.echo((listening.as_json if as_json else listening.line)(webhook, forwarded))
        return forwarded is None or (forwarded.status or 0) // 100 == 2

    try:
        with closing(listening.Listener(server, client_id, secret)) as listener:
            if replay is not None:
                raise typer.Exit(0 if show(listener.one(replay)) else 1)
            for webhook in listener.follow(from_the_first=from_the_first):
                if webhook is not None:
                    show(webhook)
                elif not as_json:
                    typer.echo(
                        f"Listening to {server}{f', forwarding to {forward_to}' if forward_to else ''}",
                        err=True,
                    )
    except listening.ListenError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


@app.command()
def examine(
    command: Annotated[list[str] | None, Argument(help="What starts your app, after --.")] = None,
    only: Annotated[list[str] | None, Option(help="Name of a scenario; may be given again.")] = None,
    list_them: Annotated[bool, Option("--list", help="Lists the scenarios and ends.")] = False,
    json_file: Annotated[str | None, Option("--json", help="File that gets the report.")] = None,
    webhook_path: Annotated[str, Option(help="Where your app takes webhooks.")] = "/plaid/webhook",
    limit: Annotated[float, Option(min=0.1, help="Seconds for a scenario.")] = 30,
    patience: Annotated[float, Option(min=0.1, help="Seconds for your app to store what it was told.")] = 3,
    start_limit: Annotated[float, Option(min=0.1, help="Seconds for your app's start.")] = 20,
) -> None:
    """Starts your app, puts it through what goes wrong at banks, and says what it survived: see docs/examine.md."""
    from gingham import examine as examiner
    from gingham.examine import report

    if list_them:
        for scenario in examiner.SCENARIOS:
            typer.echo(f"{scenario.name:24}{scenario.asks}")
        return
    if not command:
        _fail("give the command that starts your app: gingham examine -- python app.py", 2)
    unknown = set(only or ()) - {scenario.name for scenario in examiner.SCENARIOS}
    if unknown:
        _fail(f"--only {min(unknown)}: there is no such scenario; --list shows them", 2)
    if not webhook_path.startswith("/"):
        _fail("--webhook-path must begin with /", 2)
    chosen = [scenario for scenario in examiner.SCENARIOS if not only or scenario.name in only]
    options = examiner.Options(
        webhook_path=webhook_path, limit=limit, patience=patience, start_limit=start_limit
    )
    try:
        verdicts = examiner.examine(command, chosen, options, report.show)
        report.summary(verdicts)
        if json_file is not None:
            report.write(json_file, verdicts)
    except (examiner.CannotStart, OSError) as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(0 if all(verdict.survived for verdict in verdicts) else 1)


@app.command()
def worker(database: Database = None) -> None:
    """Does what falls due (webhooks, pulls, expiries) beside servers of the same database; any number may run."""
    with _in_plain_words():
        chosen = settings.load(database_url=database)
        from gingham import logs, serving

        logs.configure(chosen.log_level, chosen.log_format)
        serving.work(chosen)


@app.command()
def migrate(database: Database = None) -> None:
    """Brings the database to the schema of this version. A starting server does so by itself."""
    with _in_plain_words():
        chosen = settings.load(database_url=database)

        async def upgrade() -> None:
            from gingham.store.open import open_store

            await (await open_store(chosen.database_url)).close()

        asyncio.run(upgrade())
        typer.echo("The database is up to date.")


@app.command()
def openapi() -> None:
    """Prints the OpenAPI document of the API."""
    from gingham.api import registry
    from gingham.api.openapi import document

    sys.stdout.buffer.write(document(registry.load()) + b"\n")


@app.command()
def version() -> None:
    """Prints the version."""
    typer.echo(__version__)


@keys.command("add")
def add(
    environment: Annotated[Environment, Option(help="Where the secret is valid.")] = Environment.sandbox,
    database: Database = None,
) -> None:
    """Makes one more secret of the team and prints it, this once. The others stay valid."""
    with _in_plain_words():
        chosen = settings.load(database_url=database)

        async def added() -> tuple[str, str]:
            from gingham.clock import SystemClock
            from gingham.provision import add_secret
            from gingham.server import seeded_ids
            from gingham.store.open import open_store

            store = await open_store(chosen.database_url)
            try:
                ids = await seeded_ids(chosen, store)
                return await add_secret(store, ids, SystemClock(), environment.value)
            finally:
                await store.close()

        client_id, secret = asyncio.run(added())
        typer.echo(f"client_id  {client_id}\nsecret     {secret}")


@keys.command("rotate")
def rotate(database: Database = None) -> None:
    """Adds a sealing key for new secrets; old ones stay readable. Running servers notice."""
    with _in_plain_words():
        from gingham.provision import vault_for

        added = vault_for(settings.load(database_url=database)).rotate()
        typer.echo(f"{added.key_id} seals from now on.")


@keys.command("list")
def list_(database: Database = None) -> None:
    """Lists the ids of the sealing keys, oldest first."""
    with _in_plain_words():
        from gingham.provision import vault_for

        for key in vault_for(settings.load(database_url=database)).sealing_keys():
            typer.echo(f"{key.key_id}{'  seals' if key.primary else ''}")


@contextmanager
def _in_plain_words() -> Generator[None, None, None]:
    """What an operator can mend is told in a line, without a stack."""
    from gingham.store import StoreError
    from gingham.vault import VaultError

    try:
        yield
    except SettingError as error:
        _fail(str(error), 2)
    except (StoreError, VaultError, LookupError) as error:
        _fail(str(error.args[0] if error.args else error), 1)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"gingham: {message}", err=True)
    raise typer.Exit(code)


def main() -> None:
    """The `gingham` command."""
    app(prog_name="gingham")
