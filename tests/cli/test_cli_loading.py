"""Commands are loaded one by one: each is found, whole, and brings no other with it."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import typer

import monitor.cli
from monitor.cli.commands import PLACES, command
from tests.cli.conftest import Call


def test_every_module_that_adds_commands_is_named() -> None:
    """And those that add to a command of several modules are named there."""
    names = [module.name for module in pkgutil.iter_modules(monitor.cli.__path__)]
    modules = {name: importlib.import_module(f"monitor.cli.{name}") for name in names}
    assert set(PLACES) == {name for name, module in modules.items() if hasattr(module, "register")}
    for shared in ("import", "export", "notify"):
        adding = {name for name, module in modules.items() if hasattr(module, f"{shared}_app")}
        assert adding == {module for module, places in PLACES.items() if shared in places}


def test_every_command_is_named_where_it_is() -> None:
    """None that a module adds is left out, none is expected in vain."""
    for name, places in PLACES.items():
        own = typer.Typer()
        importlib.import_module(f"monitor.cli.{name}").register(own)
        added = set(typer.main.get_group(own).commands)
        assert added <= set(places), name
        assert set(places) - added <= {"import", "export", "notify"}, name
    names = {name for places in PLACES.values() for name in places}
    assert set(command.list_commands(None)) == names
    assert all(command.get_command(None, name) for name in names)


def test_a_word_that_is_no_command_is_answered_with_one_that_is(call: Call) -> None:
    """As typing errors are."""
    answered = call("chek")
    assert answered.code == 2
    assert "Did you mean 'check'" in answered.err


def test_a_command_does_not_load_the_others() -> None:
    """Comparing two files needs neither a database of histories nor what builds messages."""
    asked = (
        "import sys; from monitor.cli.commands import command\n"
        "command(['compare', '--help'], standalone_mode=False)\n"
        "print(*sorted(m for m in sys.modules if m.startswith('monitor.cli.')))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()[-1].split()
    assert "monitor.cli.documents" in loaded
    assert not {"monitor.cli.adding", "monitor.cli.notifying", "monitor.cli.backtesting"} & {
        *loaded
    }
