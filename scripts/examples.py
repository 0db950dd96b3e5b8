"""Run the examples of a tool's README, its tutorial and its part of the first page, as they stand.

python scripts/examples.py bmc-dpo                         # all three pages
python scripts/examples.py bmc-dpo docs/bmc-dpo.md         # this page
python scripts/examples.py bmc-dpo --folder DIR            # and keep what they made
python scripts/examples.py bmc-dpo --own-demo              # `demo` is the real one

Each page is pasted from top to bottom into an empty folder, but for the files of example_world.
Models of the hub are tiny, behind openai/NAME stands a server on this machine, pip finds what is
installed and fetches nothing. The first command of a page that fails ends the page.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import yaml

from example_running import Count, Place, run_page
from example_world import MODELS, OFFICIAL, data_folder, fill_cache, write_inputs
from workspace import ROOT, packages

HERE = Path(__file__).parent


def pages_of(tool: str, root: Path = ROOT) -> dict[Path, str]:
    """The pages with a tool's examples; of the first page, the heading they stand under."""
    return {
        root / "README.md": tool,
        root / "packages" / tool / "README.md": "",
        root / "docs" / f"{tool}.md": "",
    }


def environment_for(server: str, home: Path, port: int, demo: Path | None) -> dict[str, str]:
    """A reader's environment: a key, models in the cache; and nothing to be fetched."""
    bins = str(Path(sys.executable).parent)
    found = {
        **os.environ,
        "PATH": os.pathsep.join([bins, os.environ["PATH"]]),
        "COLUMNS": "120",
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "INSPECT_DISPLAY": "plain",
        "LTE_EDIT_PORT": str(port),
        "OPENAI_API_KEY": "stand-in",
        "OPENAI_BASE_URL": server,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_DRY_RUN": "1",
        "PIP_NO_INDEX": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "WANDB_MODE": "disabled",
    }
    return found if demo is None else {**found, "TRUING_DEMO_DIR": str(demo)}


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def run_all(tool: str, wanted: set[Path], top: Path, *, own_demo: bool) -> int:
    """Runs a tool's pages side by side, and tells of each once it is done.

    Returns:
        How many failed.
    """
    from truing_core.testing.server import server_process

    rules = yaml.safe_load((HERE / "examples.yaml").read_text("utf-8"))
    started, counts, failed = time.monotonic(), [], []
    pages = {page: under for page, under in pages_of(tool).items() if not wanted or page in wanted}
    with ExitStack() as stack:
        server = stack.enter_context(server_process(str(HERE / "example_answers.py")))
        made = fill_cache(top / "huggingface", data_folder())
        demo = None if own_demo else made[MODELS[0]]

        def run(page: Path) -> tuple[str, list[str], Count, bool]:
            name = page.relative_to(ROOT)
            said = [f"== {name}"]
            port, count = free_port(), Count()
            instead = {
                old: new.format(server=server, port=port)
                for old, new in rules["instead"].get(tool, {}).items()
            }
            folder = top / str(name).replace(os.sep, "-").removesuffix(".md")
            folder.mkdir(parents=True)
            write_inputs(folder, made[OFFICIAL])
            environment = environment_for(server, top / "huggingface", port, demo)
            place = Place(folder, environment, rules, instead, said.append)
            try:
                run_page(page.read_text("utf-8"), pages[page], place, count)
            except ValueError as error:
                return str(name), [*said, str(error)], count, False
            return str(name), said, count, True

        print(f"prepared in {time.monotonic() - started:.1f} s", flush=True)
        pool = stack.enter_context(ThreadPoolExecutor(min(os.cpu_count() or 1, len(pages))))
        for name, said, count, good in pool.map(run, pages):
            print("\n".join(said), flush=True)
            counts.append(count)
            if not good:
                failed.append(name)
    left_out = [reason for count in counts for reason in count.left_out]
    for reason in left_out:
        print(f"not run: {reason}")
    print(
        f"{tool}: {sum(each.commands for each in counts)} commands and "
        f"{sum(each.programs for each in counts)} programs ran in "
        f"{time.monotonic() - started:.0f} s, {len(left_out)} blocks not run"
    )
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return len(failed)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    tools = [each.name for each in packages() if (ROOT / "docs" / f"{each.name}.md").is_file()]
    parser.add_argument("tool", choices=tools)
    parser.add_argument("page", nargs="*", type=Path, help="of the tool's pages, these alone")
    parser.add_argument("--folder", type=Path, help="where what they make is kept")
    parser.add_argument("--own-demo", action="store_true", help="no tiny model in place of `demo`")
    options = parser.parse_args(arguments)
    wanted = {page.resolve() for page in options.page}
    if options.folder and options.folder.is_dir() and any(options.folder.iterdir()):
        parser.error(f"{options.folder} is not empty")
    if unknown := wanted - set(pages_of(options.tool)):
        parser.error(f"{min(unknown)} is no page of {options.tool}")
    # Where this runs in the background, Ctrl-C is ignored, by all that is started here, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as name:
        top = (options.folder or Path(name)).resolve()
        return int(bool(run_all(options.tool, wanted, top, own_demo=options.own_demo)))


if __name__ == "__main__":
    sys.exit(main())
