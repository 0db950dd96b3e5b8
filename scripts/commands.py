"""The tools' commands as typer builds them, without running one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from workspace import Package, packages


@dataclass(frozen=True)
class Command:
    """One command of a tool, or a group of them.

    Attributes:
        path: As it is typed: `("followbench", "data", "list")`.
        typed: What typer made of it.
        context: The context it would run in.
        prefix: What the tool's environment variables begin with.
    """

    path: tuple[str, ...]
    typed: Any
    context: Any
    prefix: str | None

    @property
    def name(self) -> str:
        return " ".join(self.path)

    @property
    def children(self) -> dict[str, Any]:
        """The commands below a group, by name; none below a command."""
        return dict(getattr(self.typed, "commands", {}))

    @property
    def options(self) -> list[Any]:
        return [each for each in self.typed.params if each.param_type_name == "option"]

    @property
    def arguments(self) -> list[Any]:
        return [each for each in self.typed.params if each.param_type_name == "argument"]

    @property
    def spellings(self) -> dict[str, Any]:
        """Each way to type an option, `-h` and `--help` included, and the option."""
        known = {
            spelling: option
            for option in self.options
            for spelling in (*option.opts, *option.secondary_opts)
        }
        return {**dict.fromkeys(self.typed.get_help_option_names(self.context)), **known}

    def variable(self, option: Any) -> str | None:
        """The environment variable that stands in for an option; None if none does."""
        if option.envvar:
            return str(option.envvar if isinstance(option.envvar, str) else option.envvar[0])
        found = self.prefix and option.allow_from_autoenv
        return f"{self.prefix}_{option.name.upper()}" if found else None


def tools() -> list[Package]:
    """The packages that have a command."""
    return [package for package in packages() if (package.source / "__main__.py").is_file()]


def tree(app: Any, name: str) -> dict[tuple[str, ...], Command]:
    """All commands of a typer app by path, each group before what is in it."""
    from typer.main import get_command

    root = get_command(app)
    # Entering the root is what gives every command the options it shares with the others.
    context = root.make_context(name, [], resilient_parsing=True)
    return {each.path: each for each in _below(root, context, (name,), context.auto_envvar_prefix)}


def commands_of(package: Package) -> dict[tuple[str, ...], Command]:
    """All commands of a tool, which has to be installed or at hand in the tree."""
    source = str(package.source.parent)
    if source not in sys.path:
        sys.path.append(source)
    return tree(import_module(f"{package.module}.cli").app, package.name)


def _below(
    typed: Any, context: Any, path: tuple[str, ...], prefix: str | None
) -> Iterator[Command]:
    yield Command(path, typed, context, prefix)
    for name, child in getattr(typed, "commands", {}).items():
        inner = child.make_context(name, [], parent=context, resilient_parsing=True)
        yield from _below(child, inner, (*path, name), prefix)
