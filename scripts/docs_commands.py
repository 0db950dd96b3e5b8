"""Check that the commands in the docs and READMEs exist, with the options they are given.

python scripts/docs_commands.py           # README.md, CONTRIBUTING.md, docs/, packages' READMEs
python scripts/docs_commands.py FILE…     # these files

In a console block, each `$` line is read as a shell reads it: a tool's command must exist, take
its options and arguments, and get one of the values that an option lists. In running text, code
that begins with a tool's name must name a command, and options of it. `nox -s NAME` must name a
session. An option of a `train` command must be one of its own, in its help text, in a recipe or a
field of the data and command arguments, since TRL's are not at hand everywhere.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from commands import Command, commands_of, tools
from workspace import ROOT, packages

Commands = dict[tuple[str, ...], Command]

_BLOCK = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_ENDS = {"&&", "||", "|", ";", "&", ">", ">>", "<", "2>"}
_PLACEHOLDERS = {"…", "..."}


def documents(root: Path = ROOT) -> list[Path]:
    """What is checked by default."""
    own = [root / "README.md", root / "CONTRIBUTING.md", root / "benchmarks" / "README.md"]
    readmes = [package.folder / "README.md" for package in packages(root)]
    return [*own, *readmes, *sorted((root / "docs").rglob("*.md"))]


def amiss(text: str, known: dict[str, Commands], sessions: set[str]) -> Iterator[str]:
    """What is wrong with the commands of a text, each with its line.

    Args:
        text: Markdown.
        known: The commands of each tool by its name.
        sessions: nox's sessions.
    """
    lines = [(*each, True) for each in typed(text)] + [(*each, False) for each in mentioned(text)]
    for line, command, whole in lines:
        words = words_of(command)
        left = [word for word in words if word not in _PLACEHOLDERS]
        for problem in _judged(left, known, sessions, whole=whole and left == words):
            yield f"line {line}: `{command}`: {problem}"


def typed(text: str) -> Iterator[tuple[int, str]]:
    """The commands after a `$` in console blocks, lines that a backslash joins as one."""
    for block in _BLOCK.finditer(text):
        if block[2] != "console":
            continue
        first = text.count("\n", 0, block.start(3)) + 1
        lines = block[3].split("\n")
        for number, line in enumerate(lines):
            if not line.strip().startswith("$ "):
                continue
            command, after = line.strip()[2:], number + 1
            while command.endswith("\\") and after < len(lines):
                command, after = f"{command[:-1]} {lines[after].strip()}", after + 1
            yield first + number, " ".join(command.split(" "))


def mentioned(text: str) -> Iterator[tuple[int, str]]:
    """Code in running text."""
    prose = _BLOCK.sub(lambda block: "\n" * block[0].count("\n"), text)
    for code in _CODE.finditer(prose):
        yield prose.count("\n", 0, code.start()) + 1, code[1]


def words_of(command: str) -> list[str]:
    """A command line's words; what is no shell as it stands is cut at spaces.

    What another command is to print (`$(…)`) is a word that nobody knows yet.
    """
    command = re.sub(r"\$\([^()]*\)", "PRINTED", command)
    reader = shlex.shlex(command, posix=True, punctuation_chars="|&;<>")
    reader.whitespace_split = True
    reader.commenters = ""
    try:
        words = list(reader)
    except ValueError:
        words = command.split()  # such as an apostrophe in a comment
    return words[: words.index("#")] if "#" in words else words


def _judged(
    words: list[str], known: dict[str, Commands], sessions: set[str], *, whole: bool
) -> Iterator[str]:
    for part in _parts(words):
        while part and re.fullmatch(r"[A-Z][A-Z0-9_]*=.*", part[0]):
            part = part[1:]
        if not part:
            continue
        modules = {name.replace("-", "_"): name for name in known}
        if part[0] in known and (whole or len(part) > 1):
            yield from _of_tool(known[part[0]], part, whole=whole)
        elif part[0] == "nox" and "-s" in part:
            yield from _of_nox(part[part.index("-s") + 1 :], sessions)
        elif name := modules.get(" ".join(part).partition("-m ")[2].split(" ")[0]):
            launched = part[part.index("-m") + 2 :]
            yield from _of_tool(known[name], [name, *launched], whole=whole)


def _parts(words: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    skip = False
    for word in words:
        if word in _ENDS:
            yield part
            part, skip = [], word in {">", ">>", "<", "2>"}
        elif not skip:
            part.append(word)
    yield part


def _of_nox(words: list[str], sessions: set[str]) -> Iterator[str]:
    for word in words:
        if word.startswith("-"):
            return
        if re.split(r"[-(]", word)[0] not in sessions and word not in sessions:
            yield f"there is no session '{word}'"


def _of_tool(commands: Commands, words: list[str], *, whole: bool) -> Iterator[str]:
    path = (words[0],)
    while len(path) < len(words) and (*path, words[len(path)]) in commands:
        path = (*path, words[len(path)])
    command, rest = commands[path], words[len(path) :]
    if command.children and rest and not rest[0].startswith("-"):
        if whole or re.fullmatch(r"[a-z][a-z-]+", rest[0]):
            yield f"'{command.name}' has no command '{rest[0]}'"
        return
    if command.context.allow_extra_args and not command.children:
        yield from _of_train(command, rest)
        return
    given = [word.partition("=")[0] for word in rest if re.match(r"--?[a-zA-Z]", word)]
    unknown = [word for word in given if word not in command.spellings]
    for word in unknown:
        yield f"'{command.name}' has no option '{word}'"
    if whole and not unknown and not command.children:
        yield from _of_line(command, rest)


def _of_line(command: Command, rest: list[str]) -> Iterator[str]:
    """Reads a whole line as typer would, without running anything."""
    if {"-h", "--help"} & set(rest):
        return
    command.context.resilient_parsing = False  # which would pass over what is wrong
    try:
        values, left, _ = command.typed.make_parser(command.context).parse_args(list(rest))
    except Exception as error:  # click's or typer's own copy of it, as typer's version has it
        yield getattr(error, "message", None) or str(error)
        return
    if left:
        yield f"'{command.name}' takes no '{left[0]}'"
    configured = values.get("config") is not None
    for each in command.typed.params:
        value = values.get(each.name)
        if each.required and not configured and value in (None, (), []):
            yield f"'{command.name}' needs {each.opts[0] if each.opts else each.name}"
        listed = re.fullmatch(r"[a-z][a-z-]*(\|[a-z][a-z-]*)+", str(each.metavar))
        if (
            listed
            and isinstance(value, str)
            and not set(value.split(",")) <= set(each.metavar.split("|"))
        ):
            yield f"{each.opts[0]} takes {each.metavar}, not '{value}'"


def _of_train(command: Command, words: list[str]) -> Iterator[str]:
    known = train_options(command)
    for word in words:
        if re.match(r"--?[a-zA-Z]", word):
            name = word.partition("=")[0]
            if name not in command.spellings and name.lstrip("-").replace("-", "_") not in known:
                yield f"'{command.name}' tells of no option '{name}'"


def train_options(command: Command) -> set[str]:
    """Names of a train command's options that its own texts know."""
    import yaml

    from truing_core.training.arguments import CommandArguments, DataArguments
    from truing_core.training.recipes import recipes

    known = {
        field.name
        for kind in (CommandArguments, DataArguments)
        for field in dataclasses.fields(kind)
    }
    known |= set(re.findall(r"--(\w+)", command.typed.help or "")) | {"config"}
    for each in recipes(f"{command.path[0].replace('-', '_')}.recipes"):
        if not each.of_accelerate:
            known |= set(yaml.safe_load(each.text))
    return known


def nox_sessions(noxfile: Path = ROOT / "noxfile.py") -> set[str]:
    """The sessions' names: functions under `@nox.session`."""
    found = set()
    for node in ast.parse(noxfile.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            decorators = [ast.unparse(each) for each in node.decorator_list]
            if any(each.startswith("nox.session") for each in decorators):
                found.add(node.name)
    return found


def main(arguments: list[str]) -> int:
    known: dict[str, Any] = {tool.name: commands_of(tool) for tool in tools()}
    sessions = nox_sessions()
    files = [Path(each) for each in arguments] or documents()
    found = 0
    for file in files:
        for problem in amiss(file.read_text("utf-8"), known, sessions):
            print(f"{file}: {problem}", file=sys.stderr)
            found += 1
    if not found:
        print(f"{len(files)} files: every command exists")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
