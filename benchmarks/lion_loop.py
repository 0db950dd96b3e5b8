"""How near to the ideal do the API stages of one Lion iteration keep a server busy?

    python benchmarks/lion_loop.py

One iteration of 600 instructions against a local server (a process of its own) that answers after
200 ms as teacher, referee and generator, with 64 requests under way: the teacher answers them, the
referee scores teacher and student in both orders, the generator makes 600 new ones. The student is
not served here: its answers are given. The ideal is the number of requests / 64 x 200 ms, for each
stage and for all. Each run is a fresh process; the median counts.

The authors' released code sleeps 20 s before each request and sends them one by one; what that
takes for the same requests is arithmetic, and printed beside.
Prints a table and writes benchmarks/results/lion_loop.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

RESULT = Path(__file__).parent / "results" / "lion_loop.json"
LATENCY, CONCURRENCY, INSTRUCTIONS, RELEASED_SLEEP = 0.2, 64, 600, 20.0
STAGES = ("respond", "referee", "generate")
WORDS = [a + b for a in ("bar", "lon", "mi", "tre", "vos", "qua", "zel", "pon", "dri", "sku")
         for b in ("da", "rek", "tin", "mal", "os", "fen", "gur", "lip", "vam", "xo")]  # fmt: skip


CALLS = itertools.count()


def instruction(number: int) -> str:
    """A task of some thirty words, none like another."""
    return "Explain how " + " ".join(random.Random(f"task {number}").choices(WORDS, k=28)) + "."


def answer(body: Any) -> str:
    """What the server says, as whom it is asked: reviews, new instructions, else answers."""
    prompt = body["messages"][-1]["content"]
    draw = random.Random(
        f"{prompt} {next(CALLS)}"
    )  # a parent that is drawn again has another child
    fields = str(body.get("response_format", ""))
    if "instruction" in fields:
        return json.dumps({"instruction": "Describe " + " ".join(draw.choices(WORDS, k=28)) + ".",
                           "input": ""})  # fmt: skip
    if fields:
        schema = body["response_format"]["json_schema"]["schema"]
        return json.dumps(_filled(schema, draw))
    return "It is about " + " ".join(draw.choices(WORDS, k=150)) + "."


def _filled(schema: Any, draw: random.Random) -> Any:
    """A value that fits a schema: the referee's, whatever its fields are called."""
    if schema["type"] == "object":
        return {name: _filled(each, draw) for name, each in schema["properties"].items()}
    if schema["type"] in ("number", "integer"):
        return draw.randint(1, 10)
    return "Both are about the task; one says more."


def serve() -> None:
    """The server process; its first line is its address."""
    from truing_core.testing.server import ChatServer

    ChatServer(reply=answer, latency=LATENCY).run()


def iteration(url: str, number: int) -> dict[str, Any]:
    """The API stages of one iteration, in a run folder of their own."""
    from lion_distill.choices import GeneratorChoice, LionChoice, RefereeChoice, StudentChoice
    from lion_distill.loop import opened
    from lion_distill.rows import Answers, Instruction, Response, instruction_id
    from lion_distill.stages import Stages
    from lion_distill.workspace import Iteration, load, save
    from truing_core.models import LoadOptions, Sampling
    from truing_core.prompts import Prompts
    from truing_core.roles import ModelChoice

    def role(temperature: float) -> ModelChoice:
        loading = LoadOptions(concurrency=CONCURRENCY)
        return ModelChoice(f"openai/m@{url}", Sampling(temperature=temperature), loading)

    prompts = Prompts("lion_distill")
    texts = [instruction(each) for each in range(number)]
    seeds = [Instruction(id=instruction_id(text), instruction=text) for text in texts]
    # The language of made-up words is anybody's guess.
    generator = GeneratorChoice(role(1.0), prompts, num=number, languages=())
    choice = LionChoice(
        role(0.7), StudentChoice("none"), RefereeChoice("model", role(0.2), prompts), generator
    )
    times: dict[str, dict[str, float]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder, "run"), seeds, choice) as run,
    ):
        at = Iteration(run.folder, 0)
        stages = Stages(run, at, choice, lambda label, total: nullcontext(lambda reply: None))
        asked = 0
        for name in STAGES:
            if name == "referee":
                told = {
                    each.id: each.messages[-1]["content"] for each in load(at.responses, Response)
                }
                draw = random.Random("student")
                save(at.answers, (
                    Answers(id=each.id, teacher=told[each.id],
                            student=" ".join(draw.choices(WORDS, k=150)))
                    for each in seeds if each.id in told
                ))  # fmt: skip
            started, cpu = time.perf_counter(), time.process_time()
            stages.do(name)
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
            requests = len(run.journal) - asked
            asked += requests
            times[name] = {"requests": requests, "seconds": seconds, "cpu_s": cpu}
            if name == "referee":
                stages.do("split")
        kept = run.stage(at.stage("generate"))
        assert kept is not None
        assert kept["kept"] == number, kept
    requests = sum(each["requests"] for each in times.values())
    seconds = sum(each["seconds"] for each in times.values())
    for each in times.values():
        each["times_the_ideal"] = each["seconds"] / (each["requests"] / CONCURRENCY * LATENCY)
    return {
        "stages": times,
        "requests": requests,
        "seconds": seconds,
        "times_the_ideal": seconds / (requests / CONCURRENCY * LATENCY),
        "cpu_ms_a_request": 1000 * sum(each["cpu_s"] for each in times.values()) / requests,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def measured(url: str, number: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, __file__, "--url", url, "--instructions", str(number)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--instructions", type=int, default=INSTRUCTIONS)
    parser.add_argument("--repeat", type=int, default=3, help="the median counts")
    parser.add_argument("--no-files", action="store_true", help="print only")
    options = parser.parse_args()
    if options.serve:
        serve()
    if options.url:
        iteration(options.url, 8)  # loads every module: what is measured is the work
        print(json.dumps(iteration(options.url, options.instructions)))
        return
    from truing_core.testing.server import server_process

    with server_process(__file__, "--serve") as url:
        runs = [measured(url, options.instructions) for _ in range(options.repeat)]
    ours = sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2]
    record: dict[str, Any] = {
        "instructions": options.instructions,
        "latency_s": LATENCY,
        "concurrency": CONCURRENCY,
        "truing": ours,
        "released_pacing_s": ours["requests"] * (RELEASED_SLEEP + LATENCY),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    record["times_faster"] = record["released_pacing_s"] / ours["seconds"]
    print(f"{'stage':<10}{'requests':>10}{'seconds':>10}{'x ideal':>10}{'CPU s':>8}")
    for name, each in ours["stages"].items():
        print(f"{name:<10}{each['requests']:>10,}{each['seconds']:>10.1f}"
              f"{each['times_the_ideal']:>10.2f}{each['cpu_s']:>8.1f}")  # fmt: skip
    print(f"{'together':<10}{ours['requests']:>10,}{ours['seconds']:>10.1f}"
          f"{ours['times_the_ideal']:>10.2f}")  # fmt: skip
    hours = record["released_pacing_s"] / 3600
    print(f"CPU {ours['cpu_ms_a_request']:.2f} ms a request, {ours['peak_rss_mb']:.0f} MB")
    print(f"one by one, 20 s before each: {hours:.1f} h, {record['times_faster']:,.0f} x")
    if not options.no_files:
        RESULT.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
