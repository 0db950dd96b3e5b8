"""The command-line habits every tool shares.

A tool's ``cli.py``::

    from truing_core.cli import JsonOut, RunDir, emit_json, make_app, progress, run_app

    app = make_app("followbench", "Measure instruction following.", __version__)

    @app.command()
    def score(data: str, as_json: JsonOut = False) -> None:
        from followbench.metrics import score_files   # heavy imports stay in the command
        ...
        if as_json:
            emit_json(result)

    def main() -> None:
        run_app(app, "followbench")

Commands raise; :func:`run_app` alone prints errors and chooses the exit code: 0 fine, 1 trouble
(:class:`~truing_core.errors.TruingError` and the unforeseen), 2 misuse, 130 Ctrl-C. Every option
also has an environment variable (``FOLLOWBENCH_SEED`` is ``--seed`` in all its commands). What no
command declares: ``--config`` where there are options to set, and ``-v``/``-q`` before and after
the command's name.
"""

import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command

from truing_core import terminal
from truing_core.errors import Interruption, TruingError
from truing_core.option_groups import (
    CostOptions,
    LoadingOptions,
    RunningOptions,
    SamplingOptions,
    grouped,
    model_choice,
)
from truing_core.option_values import auto_or_one_of, one_of, words_of
from truing_core.options import (
    MODEL_SPEC,
    BatchTokens,
    ChatTemplate,
    Concurrency,
    ConfigFile,
    Device,
    DryRun,
    Dtype,
    Fresh,
    JsonOut,
    Limit,
    MaxCost,
    MaxRequests,
    MaxRetries,
    MaxTokens,
    Model,
    Output,
    Price,
    PromptsDir,
    RunDir,
    Seed,
    Split,
    Subset,
    Temperature,
    Timeout,
    TopP,
)
from truing_core.tables import show_table, table_of
from truing_core.terminal import Progress, console, progress, say, setup_logging, tell

__all__ = [
    "MODEL_SPEC",
    "BatchTokens",
    "ChatTemplate",
    "Concurrency",
    "ConfigFile",
    "CostOptions",
    "Device",
    "DryRun",
    "Dtype",
    "Fresh",
    "JsonOut",
    "Limit",
    "LoadingOptions",
    "MaxCost",
    "MaxRequests",
    "MaxRetries",
    "MaxTokens",
    "Model",
    "Output",
    "Price",
    "Progress",
    "PromptsDir",
    "RunDir",
    "RunningOptions",
    "SamplingOptions",
    "Seed",
    "Split",
    "Subset",
    "Temperature",
    "Timeout",
    "TopP",
    "auto_or_one_of",
    "console",
    "emit_json",
    "grouped",
    "make_app",
    "model_choice",
    "one_of",
    "progress",
    "run_app",
    "say",
    "setup_logging",
    "show_table",
    "table_of",
    "tell",
    "words_of",
]

INTERRUPTED = 130

# Control characters that JSON may hold as they are.
_ESCAPES = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}

# Typer carries its own copy of click or uses the real one, depending on its version.
_ClickException: type[Exception] = next(
    base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"
)


def make_app(name: str, help: str, version: str) -> typer.Typer:
    """A Typer app with the shared options and habits; add commands with ``@app.command()``.

    Args:
        name: The distribution's name, which is the console script's too.
        help: One or two sentences for ``--help``.
        version: What ``--version`` prints after the name.
    """
    prefix = name.replace("-", "_").upper()
    app = typer.Typer(
        name=name,
        help=help,
        cls=_Group,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        epilog=f"Every option can be set by the environment too: {prefix}_SEED is --seed.",
        context_settings={
            "auto_envvar_prefix": prefix,
            "help_option_names": ["-h", "--help"],
            "max_content_width": 100,
        },
    )

    def show_version(value: bool) -> None:
        if value:
            typer.echo(f"{name} {version}")
            raise typer.Exit

    @app.callback()
    def root(
        _version: Annotated[
            bool,
            typer.Option(
                "--version",
                help="Show the version and exit.",
                is_eager=True,
                allow_from_autoenv=False,
                callback=show_version,
            ),
        ] = False,
    ) -> None: ...

    return app


class _Group(TyperGroup):
    """Prepares the whole tree of commands the first time the root is entered."""

    _prepared = False

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        if parent is None:
            terminal.setup_logging(0, (self.name or "").replace("-", "_"))
            if not self._prepared:
                self._prepared = True
                _prepare(self, self.context_settings.get("auto_envvar_prefix"))
        return super().make_context(info_name, args, parent, **extra)


def _prepare(root: Any, prefix: str | None) -> None:
    common = _common_options()
    for command in _tree(root):
        if prefix:
            command.context_settings.setdefault("auto_envvar_prefix", prefix)
        taken = {opt for param in command.params for opt in param.opts}
        if not _takes_values(command) or command.context_settings.get("ignore_unknown_options"):
            taken.add("--config")  # there is nothing to set, or a parser behind has its own
        command.params += [option for option in common if not taken & set(option.opts)]
        for param in command.params:
            if not getattr(param, "envvar", None):
                param.show_envvar = False
                # By the option's name, not by that of the function's parameter.
                long = next((opt for opt in param.opts if opt.startswith("--")), None)
                if prefix and long and getattr(param, "allow_from_autoenv", False):
                    param.envvar = f"{prefix}_{long[2:].replace('-', '_').upper()}"
            _refuse_no_numbers(param)
            if getattr(param, "is_flag", False) or getattr(param, "count", False):
                param.metavar = ""  # a flag takes no value, so help should name no type


def _refuse_no_numbers(param: Any) -> None:
    """Lets a parameter take neither ``inf`` nor ``nan``, which pass any comparison."""
    process = param.process_value

    def finite(ctx: Any, value: Any) -> Any:
        number = process(ctx, value)
        if isinstance(number, float) and not math.isfinite(number):
            raise typer.BadParameter(f"'{value}' is no finite number.", ctx=ctx, param=param)
        return number

    param.process_value = finite


def _takes_values(command: Any) -> bool:
    return any(
        param.param_type_name == "option" and not param.is_flag and not param.count
        for param in command.params
    )


def _tree(command: Any) -> Iterator[Any]:
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from _tree(child)


def _common_options() -> list[Any]:
    """The ``--config``, ``-v`` and ``-q`` that every command gets; Typer itself makes them."""
    maker = typer.Typer(add_completion=False)

    def more(ctx: typer.Context, value: int) -> int:
        if value and not ctx.resilient_parsing:
            terminal.setup_logging(terminal.verbosity() + value)
        return value

    def less(ctx: typer.Context, value: bool) -> bool:
        if value and not ctx.resilient_parsing:
            terminal.setup_logging(-1)
        return value

    @maker.command()
    def options(
        config: ConfigFile = None,
        verbose: Annotated[
            int,
            typer.Option(
                "--verbose",
                "-v",
                count=True,
                help="Say more; -vv still more.",
                show_default=False,
                expose_value=False,
                allow_from_autoenv=False,
                callback=more,
            ),
        ] = 0,
        quiet: Annotated[
            bool,
            typer.Option(
                "--quiet",
                "-q",
                help="Say nothing but errors.",
                show_default=False,
                expose_value=False,
                allow_from_autoenv=False,
                callback=less,
            ),
        ] = False,
    ) -> None: ...

    names = ("config", "verbose", "quiet")
    return [option for option in get_command(maker).params if option.name in names]


def run_app(app: typer.Typer, name: str, args: Sequence[str] | None = None) -> NoReturn:
    """Runs a tool and ends the process: the one place where errors are printed.

    Args:
        app: What :func:`make_app` returned.
        name: The program's name as the user typed it.
        args: Arguments in place of ``sys.argv[1:]``.

    Raises:
        SystemExit: Always; an integer that a command returns is its exit code too.
    """
    try:
        code = _exit_code(app, name, args)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        code = 1
    except KeyboardInterrupt:
        code = _report_interrupt()
    except OSError as error:  # the final flush, on a full disk
        code = _report_os_error(error)
        _drop_stdout()
    sys.exit(code)


def _exit_code(app: typer.Typer, name: str, args: Sequence[str] | None) -> int:
    try:
        result = get_command(app).main(
            args=None if args is None else list(args), prog_name=name, standalone_mode=False
        )
    except TruingError as error:
        say(str(error) if isinstance(error, Interruption) else f"error: {error}")
        _trace(error)
        return error.exit_code
    except _ClickException as error:
        return _report_misuse(error)
    except typer.Abort:
        return _report_interrupt()
    except BrokenPipeError:
        raise
    except OSError as error:
        return _report_os_error(error)
    except Exception as error:
        kind, text = type(error).__name__, " ".join(str(error).split())
        again = "" if terminal.verbosity() > 0 else "; run again with -v for the traceback"
        say(f"error: unforeseen {kind}{': ' if text else ''}{text}{again}")
        _trace(error)
        return 1
    if result == INTERRUPTED:  # what Typer makes of Ctrl-C
        return _report_interrupt()
    return result if isinstance(result, int) and not isinstance(result, bool) else 0


def _report_interrupt() -> int:
    say("interrupted; the same command goes on where this stopped")
    return INTERRUPTED


def _report_misuse(error: Any) -> int:
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return int(error.exit_code)
    text = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    hint = f" (see '{context.command_path} --help')" if context is not None else ""
    say(f"error: {text}{hint}")
    return int(error.exit_code)


def _report_os_error(error: OSError) -> int:
    from truing_core.files import disk_error

    say(f"error: {disk_error(error)}")
    _trace(error)
    return 1


def _trace(error: BaseException) -> None:
    if terminal.verbosity() > 0:
        import traceback

        say("".join(traceback.format_exception(error)).rstrip())


def _drop_stdout() -> None:
    """Points stdout nowhere, so that the interpreter's last flush stays silent."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def emit_json(obj: Any) -> None:
    """Prints one JSON document on stdout: the whole output of a command under ``--json``.

    What could steer a terminal is escaped.
    """

    def document(*, ascii_only: bool) -> str:
        text = json.dumps(obj, ensure_ascii=ascii_only, indent=2, allow_nan=False)
        return text.translate(_ESCAPES)

    try:
        typer.echo(document(ascii_only=False))
    except UnicodeEncodeError:  # a console that is not UTF-8, or a lone surrogate in a text
        typer.echo(document(ascii_only=True))
