"""The command `token new`: who may see the pages."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.output import AsJson, console, print_json, safe
from monitor.config_web import Role, WebToken

token_app = typer.Typer(help="Who may see the pages.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(token_app, name="token")


@token_app.command(name="new")
def new(
    name: Annotated[str, typer.Argument(help="whose it is; the records say it")],
    role: Annotated[
        Role,
        typer.Option(help="viewers read, reviewers also decide, admins also change the watch list"),
    ] = "viewer",
    as_json: AsJson = False,
) -> None:
    """Make a token and the lines of config.toml that let it in; the token is shown this once."""
    from web.access import new_token

    token, digest = new_token()
    made = WebToken(name=name, role=role, sha256=digest)
    if as_json:
        print_json({"token": token, "name": made.name, "role": made.role, "sha256": made.sha256})
        return
    typer.echo(token)
    console.print("\nGive it to its holder; it is not kept. Put this into config.toml:\n")
    quoted = safe(name).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    typer.echo(f'[[web.token]]\nname = "{quoted}"\nrole = "{role}"\nsha256 = "{digest}"')


@token_app.callback()
def tokens() -> None:
    """Who may see the pages."""
