"""The commands `token new` and `password new`: who may see the pages, and do what."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from monitor import passwords
from monitor.cli.output import AsJson, console, errors, print_json, safe
from monitor.config_web import Role, WebPerson, WebToken
from monitor.errors import ConfigError

token_app = typer.Typer(help="Who may see the pages.", no_args_is_help=True, rich_markup_mode=None)
password_app = typer.Typer(
    help="Who may see the pages, by a password.", no_args_is_help=True, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(help="whose it is; the records say it")]
RoleOption = Annotated[
    Role,
    typer.Option(
        "--role", help="viewers read, reviewers also decide, admins also change the watch list"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(token_app, name="token")
    app.add_typer(password_app, name="password")


@token_app.command(name="new")
def new_token_of(name: Name, role: RoleOption = "viewer", as_json: AsJson = False) -> None:
    """Make a token and the lines of config.toml that let it in; the token is shown this once."""
    from web.access import new_token

    token, digest = new_token()
    made = WebToken(name=name, role=role, sha256=digest)
    if as_json:
        print_json({"token": token, "name": made.name, "role": made.role, "sha256": made.sha256})
        return
    typer.echo(token)
    console.print("\nGive it to its holder; it is not kept. Put this into config.toml:\n")
    _print_lines("web.token", name, role, "sha256", digest)


@password_app.command(name="new")
def new_password_of(name: Name, role: RoleOption = "viewer", as_json: AsJson = False) -> None:
    """Read a password and print the lines of config.toml that let its holder in.

    It is asked for twice; where standard input is no terminal, its first line is the password.
    """
    password = _read_password()
    if weakness := passwords.weakness(password):
        raise ConfigError(f"the password {weakness}")
    made = WebPerson(name=name, role=role, password=passwords.digest_of(password))
    if as_json:
        print_json({"name": made.name, "role": made.role, "password": made.password})
        return
    if sys.stdin.isatty():
        console.print("\nPut this into config.toml:\n")
    _print_lines("web.person", name, role, "password", made.password)


def _read_password() -> str:
    """Never from the command line, which other users of the machine can see."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    errors.print(f"{passwords.SHORTEST} characters or more; several words are easy to keep.")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more")
    return password


def _print_lines(table: str, name: str, role: Role, key: str, digest: str) -> None:
    """A table of the configuration; what JSON quotes, TOML reads."""
    quoted = json.dumps(safe(name), ensure_ascii=False)
    typer.echo(f'[[{table}]]\nname = {quoted}\nrole = "{role}"\n{key} = "{digest}"')


@token_app.callback()
def tokens() -> None:
    """Who may see the pages."""


@password_app.callback()
def passwords_of_people() -> None:
    """Who may see the pages, by a password."""
