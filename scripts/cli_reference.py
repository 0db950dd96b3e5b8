"""Write docs/cli/: every command of every tool, read from the typer apps.

python scripts/cli_reference.py           # writes the pages
python scripts/cli_reference.py --check   # says which are out of date

Nothing hangs on a terminal's width: the pages are made from the options, not from `--help`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import PurePath
from typing import Any

from commands import Command, commands_of, tools
from generated import cell, settle, table

NOTE = "<!-- Written by scripts/cli_reference.py from the commands themselves. -->"
LONG = 10
EVERYWHERE = {"verbose", "quiet", "install_completion", "show_completion", "version"}


def page(commands: dict[tuple[str, ...], Command]) -> str:
    """The page of one tool."""
    root = next(iter(commands.values()))
    parts = [
        f"# {root.name}: commands\n\n{NOTE}\n",
        f"{prose(root.typed.help)}\n",
        "A value comes from the first of: the option, its environment variable (the small line "
        "below an option), the file that `--config` names, the default. Every command also takes "
        f"`-v` (say more, `-vv` still more), `-q` (errors only) and `--help`; `{root.name}` alone "
        "takes `--version`, `--install-completion` and `--show-completion`. A flag is set in the "
        f"environment by `true` or `1`. All variables begin with `{root.prefix}_`.\n",
        table(
            ["command", "does"],
            [
                [f"[`{each.name}`](#{anchor(each)})", cell(prose(summary(each)))]
                for each in commands.values()
                if not each.children
            ],
        ),
    ]
    shown: dict[str, Command] = {}
    for each in commands.values():
        if not each.children:
            parts += section(each, shown)
    return "\n".join(parts)


def section(command: Command, shown: dict[str, Command]) -> Iterator[str]:
    """A command's heading, usage, text and tables.

    Args:
        command: Whose.
        shown: Commands by their table of options, which is not shown twice if it is long.
    """
    usage = [cleaned(piece) for piece in command.typed.collect_usage_pieces(command.context)]
    yield f"## {command.name}\n"
    yield f"```text\n{command.name} {' '.join(usage)}\n```\n"
    yield prose(command.typed.help) + "\n"
    if command.arguments:
        yield table(
            ["argument", "meaning"],
            [
                [code(cleaned(" ".join(each.get_usage_pieces(command.context)))), about(each)]
                for each in command.arguments
            ],
        )
    rows = list(option_rows(command))
    options = table(["option", "default", "meaning"], rows)
    first = shown.setdefault(options, command)
    if first is not command and len(rows) > LONG:
        yield f"Its options are those of [`{first.name}`](#{anchor(first)}).\n"
    elif rows:
        yield f'<div class="cards options" markdown>\n\n{options}\n</div>\n'


def option_rows(command: Command) -> Iterator[list[str]]:
    """The options by panel, those of no panel first."""
    shown = [each for each in command.options if not each.hidden and each.name not in EVERYWHERE]
    panels = {each: None for each in (None, *map(panel, shown))}
    for title in panels:
        of_panel = [each for each in shown if panel(each) == title]
        if title and of_panel:
            yield [f"**{title}**", "", ""]
        for each in of_panel:
            variable = command.variable(each)
            below = f"<br><small>`{variable}`</small>" if variable else ""
            yield [spelling(each, command) + below, default(each), about(each)]


def panel(option: Any) -> str | None:
    title = option.rich_help_panel
    return title if isinstance(title, str) else None


def spelling(option: Any, command: Command) -> str:
    """How an option is typed, with what it takes."""
    value = None if option.is_flag else cleaned(option.display_type_rich(command.context))
    both = [*option.opts, *(f"or {each}" for each in option.secondary_opts)]
    typed = ", ".join(both).replace(", or", " or")
    return code(f"{typed} {value}" if value else typed)


def default(option: Any) -> str:
    """The default as one would type it; empty where there is none."""
    value = option.default
    if option.required:
        return "*required*"
    if isinstance(option.show_default, str):
        return cell(prose(option.show_default))
    if option.is_flag and not option.count:
        given = option.opts if value else option.secondary_opts
        return code(given[0]) if given and option.secondary_opts else ""
    if value is None or value == "" or option.show_default is False or callable(value):
        return ""
    if isinstance(value, (list, tuple)):
        return code(",".join(map(text_of, value))) if value else ""
    return code(text_of(value))


def text_of(value: Any) -> str:
    value = getattr(value, "value", value)  # an enumeration's
    if isinstance(value, PurePath):
        return value.as_posix()
    return f"{value:g}" if isinstance(value, float) else str(value)


def about(parameter: Any) -> str:
    """What a parameter means, its limits and whether it may stand several times."""
    low, high = getattr(parameter, "min", None), getattr(parameter, "max", None)
    text = cell(prose(parameter.help or ""))
    if low is not None and high is not None:
        text += f" From {low:g} to {high:g}."
    elif low is not None and low > 0:
        text += f" At least {low:g}."
    elif high is not None:
        text += f" At most {high:g}."
    if getattr(parameter, "multiple", False):
        text += " May be given several times."
    return text.strip()


def summary(command: Command) -> str:
    first = (command.typed.help or "").strip().split("\n\n")[0]
    return re.split(r"(?<=[.;])\s", " ".join(first.split()), maxsplit=1)[0].rstrip(";.") + "."


def anchor(command: Command) -> str:
    return "-".join(command.path)


def cleaned(text: Any) -> str:
    """A metavar or a help text without rich's escapes and typer's braces around what is needed."""
    text = str(text).replace("\\[", "[")
    text = re.sub(r"\{(.*?)\}(\.\.\.)?", lambda found: repeated(found[1], found[2]), text)
    return re.sub(
        r"\[(\[.*?\])\]|\[(\w+…)\]\.\.\.", lambda found: found[1] or f"[{found[2]}]", text
    )


def repeated(inner: str, dots: str | None) -> str:
    return inner + dots if dots and not inner.endswith(("...", "…")) else inner


def code(text: str) -> str:
    """Code as HTML, which stands in a table whatever is in it."""
    return f"<code>{escape(text, quote=False).replace('|', '&#124;')}</code>"


def prose(text: str) -> str:
    """A help text as markdown: options as code, everything else as it stands."""
    text = (text or "").replace("\\[", "[").strip()
    pieces = re.split(r"(`[^`]*`)", text)
    for index, piece in enumerate(pieces):
        if not piece.startswith("`"):
            piece = re.sub(r"([*<])", r"\\\1", piece)
            pieces[index] = re.sub(r"(?<![\w-])(--?[a-zA-Z][\w-]*)", r"`\1`", piece)
    return "".join(pieces)


def main(arguments: list[str]) -> int:
    pages = {f"cli/{tool.name}.md": page(commands_of(tool)) for tool in tools()}
    return settle(pages, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
