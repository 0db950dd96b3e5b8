"""Option types that mean the same in every tool, and the ``--config`` file.

A command takes those it needs, by annotation; the default stands in its signature::

    @app.command()
    def run(
        model: Model,
        run_dir: RunDir = None,
        seed: Seed = 0,
        as_json: JsonOut = False,
    ) -> None: ...

A value comes from the first of: the flag, the environment variable ``TOOL_OPTION`` (for
example ``FOLLOWBENCH_RUN_DIR``), the config file, the default.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from truing_core.errors import InputError, UsageError

_TRUE, _FALSE = {"true", "yes", "on", "1", "y", "t"}, {"false", "no", "off", "0", "n", "f"}


def load_config(ctx: typer.Context, value: Path | None) -> Path | None:
    """Makes the entries of a YAML file the defaults of the command's options.

    Keys are option names, with ``-`` or ``_``; values are read as if typed on the command
    line (``lang: no`` is the text ``no``). Options of the tool's other commands are passed
    over, so that one file can serve them all.

    Raises:
        UsageError: No such file, or an option that no command knows.
        InputError: The file is no YAML mapping.
    """
    if value is None or ctx.resilient_parsing:
        return value
    known = {name: param for param in ctx.command.params for name in _spellings(param)}
    elsewhere = {
        name for param in _all_params(ctx.find_root().command) for name in _spellings(param)
    }
    defaults: dict[str, Any] = dict(ctx.default_map or {})
    for key, entry in _read_yaml(value).items():
        name = key.replace("-", "_")
        if name in known:
            if entry is not None:
                defaults[known[name].name] = _typed(known[name], key, entry, value)
        elif name not in elsewhere:
            choices = sorted(opt[2:] for param in ctx.command.params for opt in _long(param))
            near = get_close_matches(key.replace("_", "-"), choices, n=3)
            hint = f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(choices)}"
            raise UsageError(f"{value}: '{ctx.command_path}' has no option '{key}'; {hint}")
    ctx.default_map = defaults
    return value


def _spellings(param: Any) -> set[str]:
    return {opt[2:].replace("-", "_") for opt in _long(param)} | {param.name}


def _long(param: Any) -> list[str]:
    return [opt for opt in param.opts if opt.startswith("--")]


def _all_params(command: Any) -> Iterator[Any]:
    yield from command.params
    for child in getattr(command, "commands", {}).values():
        yield from _all_params(child)


def _typed(param: Any, key: str, entry: Any, path: Path) -> Any:
    many = getattr(param, "multiple", False) or param.nargs != 1
    if isinstance(entry, dict) or (isinstance(entry, list) and not many):
        found = "a mapping" if isinstance(entry, dict) else "a list"
        raise UsageError(f"{path}: option '{key}' takes one value, not {found}")
    if isinstance(entry, list):
        if any(not isinstance(item, str) for item in entry):
            raise UsageError(f"{path}: option '{key}' takes a list of plain values")
        return entry
    if many:
        return [entry]
    if getattr(param, "is_flag", False) and not getattr(param, "count", False):
        if entry.lower() not in _TRUE | _FALSE:
            raise UsageError(f"{path}: option '{key}' is true or false, not '{entry}'")
        return entry.lower() in _TRUE
    return entry


def _read_yaml(path: Path) -> dict[str, Any]:
    import yaml

    class Loader(yaml.SafeLoader):
        """Leaves every plain scalar but null as the text that stands there."""

        yaml_implicit_resolvers = {  # noqa: RUF012
            first: [(tag, regexp) for tag, regexp in resolvers if tag.endswith((":null", ":merge"))]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            twice = next((key for key in keys if keys.count(key) > 1 and key != "<<"), None)
            if twice is not None:
                line = node.start_mark.line + 1
                raise InputError(f"the key '{twice}' stands here twice", path=path, row=line)
            return super().construct_mapping(node, deep)

    try:
        with open(path, "rb") as file:
            content = yaml.load(file, Loader)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(f"there is no config file '{path}'") from None
    except IsADirectoryError:
        raise UsageError(f"the config '{path}' is a folder; name a YAML file") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"no valid YAML: {error.problem}", path=path, row=line) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"no valid YAML: {' '.join(str(error).split())}", path=path) from None
    if content is None:
        return {}
    if not isinstance(content, dict) or any(not isinstance(key, str) for key in content):
        raise InputError("expected 'option: value' lines", path=path)
    return content


_RUN, _MODEL, _COST, _DATA = "Run", "Model", "Cost", "Data"

# What a SPEC is, for the help of options that take one.
MODEL_SPEC = "openai/NAME\\[@URL], hf/FOLDER-OR-HUB-ID, vllm/FOLDER-OR-HUB-ID or demo"

Model = Annotated[str, typer.Option("--model", "-m", metavar="SPEC", help=f"{MODEL_SPEC}.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE.yaml",
        help="Read options from a YAML file; flags win.",
        is_eager=True,
        expose_value=False,
        callback=load_config,
    ),
]
RunDir = Annotated[
    Path | None,
    typer.Option(
        "--run-dir",
        metavar="DIR",
        help="Folder of this run. The same command on it goes on where it stopped.",
        rich_help_panel=_RUN,
    ),
]
Fresh = Annotated[
    bool,
    typer.Option(
        "--fresh",
        help="Start over; an earlier run in the folder is moved aside, never deleted.",
        rich_help_panel=_RUN,
    ),
]
Seed = Annotated[
    int,
    typer.Option("--seed", metavar="N", help="Seed of every random choice.", rich_help_panel=_RUN),
]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="Use the first N only.", rich_help_panel=_RUN),
]
JsonOut = Annotated[
    bool,
    typer.Option("--json", help="Print the result as JSON, and nothing else, on stdout."),
]
Split = Annotated[
    str, typer.Option("--split", metavar="NAME", help="Of a hub data set.", rich_help_panel=_DATA)
]
Subset = Annotated[
    str | None,
    typer.Option(
        "--subset",
        metavar="NAME",
        help="Configuration of a hub data set that has several.",
        rich_help_panel=_DATA,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where to write the result."),
]
PromptsDir = Annotated[
    Path | None,
    typer.Option(
        "--prompts", metavar="DIR", help="Folder of prompt templates that replace ours by name."
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", help="Say what would be asked and what it may cost.", rich_help_panel=_COST
    ),
]
Price = Annotated[
    str | None,
    typer.Option(
        "--price",
        metavar="IN,OUT",
        help="Price of a million prompt and completion tokens, as '0.15,0.60'.",
        rich_help_panel=_COST,
    ),
]
MaxRequests = Annotated[
    int | None,
    typer.Option(
        "--max-requests",
        metavar="N",
        min=0,
        help="Stop once the run has made so many requests, in earlier calls too.",
        rich_help_panel=_COST,
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option(
        "--max-cost",
        metavar="X",
        min=0.0,
        help="Stop once the run has cost so much, in earlier calls too; needs --price.",
        rich_help_panel=_COST,
    ),
]
Concurrency = Annotated[
    int,
    typer.Option(
        "--concurrency",
        metavar="N",
        min=1,
        help="Most requests under way at once.",
        rich_help_panel=_MODEL,
    ),
]
MaxRetries = Annotated[
    int,
    typer.Option(
        "--max-retries",
        metavar="N",
        min=0,
        help="How often one request is tried again.",
        rich_help_panel=_MODEL,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="S",
        min=0.1,
        help="Seconds until an attempt has failed.",
        rich_help_panel=_MODEL,
    ),
]
BatchTokens = Annotated[
    int,
    typer.Option(
        "--batch-tokens",
        metavar="N",
        min=1,
        help="Tokens of one local batch.",
        rich_help_panel=_MODEL,
    ),
]
Dtype = Annotated[
    str,
    typer.Option(
        "--dtype",
        metavar="NAME",
        help="auto, float32, bfloat16 or float16 (local models).",
        rich_help_panel=_MODEL,
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        metavar="NAME",
        help="auto, cpu, cuda, cuda:1, mps (local models).",
        rich_help_panel=_MODEL,
    ),
]
ChatTemplate = Annotated[
    Path | None,
    typer.Option(
        "--chat-template",
        metavar="FILE",
        help="A jinja2 chat template in place of the tokenizer's.",
        rich_help_panel=_MODEL,
    ),
]
Temperature = Annotated[
    float,
    typer.Option(
        "--temperature", metavar="T", min=0.0, help="0 is greedy.", rich_help_panel=_MODEL
    ),
]
TopP = Annotated[
    float,
    typer.Option(
        "--top-p", metavar="P", min=0.0, max=1.0, help="Nucleus mass.", rich_help_panel=_MODEL
    ),
]
MaxTokens = Annotated[
    int,
    typer.Option(
        "--max-tokens", metavar="N", min=1, help="Longest reply, in tokens.", rich_help_panel=_MODEL
    ),
]
