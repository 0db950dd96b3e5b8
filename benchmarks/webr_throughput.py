"""How near to the ideal does `webr-synth run` keep a server busy, and what does it cost itself?

    python benchmarks/webr_throughput.py
    python benchmarks/webr_throughput.py --peer distilabel=/path/to/its/python

300 documents go through all stages against a local server (a process of its own) that answers
after 200 ms, with 64 requests under way. The ideal is the number of requests / 64 x 200 ms. Each
run is a fresh process, in which a run of six documents comes first and is not measured; the figures
are those of the run whose time is the median. The same with 3,000 documents, for the memory. A peer
asks three questions about each document, each a step of its pipeline, and needs nothing of what
came before; its pipeline starts its processes anew in each run. Prints the result and writes
benchmarks/results/webr_throughput.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from side_by_side.processes import add_peers, measured, peers_of, version_in

RESULT = Path(__file__).parent / "results" / "webr_throughput.json"
LATENCY, CONCURRENCY, DOCUMENTS, WARM_UP = 0.2, 64, 300, 6
WORDS = "harbour lantern meadow copper violin glacier pepper saddle orchard beacon quarry".split()  # noqa: SIM905


def text_of(number: int, words: int = 500) -> str:
    """A document of a few kilobytes, none like another."""
    draw = random.Random(number)
    return "\n\n".join(
        f"Shelf {number}-{part} holds " + " ".join(draw.choices(WORDS, k=words // 5)) + "."
        for part in range(5)
    )


def write_documents(path: Path, number: int) -> None:
    rows = ({"text": text_of(each), "language": "en"} for each in range(number))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def answer(body: Any) -> str:
    """What the server says: as long as a model's answers, and no two the same."""
    prompt = body["messages"][-1]["content"]
    draw = random.Random(prompt)
    if "What kind of person" in prompt:
        return "a keeper of shelves who wants them in order"
    if prompt.startswith("You are this person"):
        return "Write five rules about " + " ".join(draw.choices(WORDS, k=40)) + "."
    return "It is about " + " ".join(draw.choices(WORDS, k=250)) + "."


def serve() -> None:
    """The server process; its first line is its address."""
    from truing_core.testing.server import ChatServer

    ChatServer(reply=answer, latency=LATENCY).run()


def truing(url: str, docs: Path, number: int) -> dict[str, Any]:
    """All stages; what is measured is the work, not the start of the interpreter."""
    from truing_core.models import LoadOptions, Sampling
    from truing_core.prompts import Prompts
    from truing_core.roles import ModelChoice
    from webr_synth.synthesis.choices import SynthChoice
    from webr_synth.synthesis.gates import Limits
    from webr_synth.synthesis.pipeline import Source, synthesise

    # The language of random words is anybody's guess.
    limits = Limits(off=frozenset({"language"}))
    loading = LoadOptions(concurrency=CONCURRENCY)
    model = ModelChoice(f"openai/m@{url}", Sampling(0.6, 0.9, 1024), loading)
    choice = SynthChoice(model, Prompts("webr_synth"), number, limits=limits)
    with tempfile.TemporaryDirectory() as folder:
        # A first small run loads every module: what is measured is the work.
        for name, rows in (("warm-up", WARM_UP), ("measured", number)):
            place = Path(folder, name)
            place.mkdir()
            started, cpu = time.perf_counter(), time.process_time()
            summary = synthesise(
                place / "run",
                Source(docs),
                place / "out.parquet",
                replace(choice, num=rows),
                watch=lambda total, done: nullcontext(lambda count: None),
            )
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    requests = sum(own["asked"] for own in summary["stages"].values())
    return {
        "rows": summary["written"],
        "requests": requests,
        "seconds": seconds,
        "times_the_ideal": seconds / (requests / CONCURRENCY * LATENCY),
        "cpu_ms_a_request": 1000 * cpu / requests,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def distilabel(url: str, docs: Path, number: int) -> dict[str, Any]:
    """The same number of questions in the same stages, each a step of a pipeline."""
    from distilabel.models import OpenAILLM
    from distilabel.pipeline import Pipeline
    from distilabel.steps import LoadDataFromDicts
    from distilabel.steps.tasks import TextGeneration

    texts = [json.loads(line)["text"] for line in docs.read_text("utf-8").splitlines()]
    starts = {
        "author": "What kind of person would come with this?\n\n",
        "request": "You are this person. Write a request.\n\n",
        "response": "Answer.\n\n",
    }
    for name, count in (("warm-up", WARM_UP), ("measured", number)):
        started = time.perf_counter()
        with Pipeline(name=name) as pipeline:
            data = [{"document": text} for text in texts[:count]]
            step: Any = LoadDataFromDicts(data=data, batch_size=CONCURRENCY)
            for column, start in starts.items():
                task = TextGeneration(
                    name=column,
                    llm=OpenAILLM(model="m", base_url=url, api_key="none", max_retries=6),
                    template=start + "{{ document }}",
                    columns=["document"],
                    input_batch_size=CONCURRENCY,
                    output_mappings={"generation": column, "model_name": f"{column}_by"},
                )
                step = step >> task
        rows = pipeline.run(use_cache=False)["default"]["train"]
        seconds = time.perf_counter() - started
    requests = len(starts) * number
    return {
        "rows": sum(all(row[column] for column in starts) for row in rows),
        "requests": requests,
        "seconds": seconds,
        "times_the_ideal": seconds / (requests / CONCURRENCY * LATENCY),
    }


CLIENTS = {"truing": truing, "distilabel": distilabel}
PEERS = ("distilabel",)


def median_run(
    client: str, python: str, url: str, docs: Path, documents: int, repeats: int
) -> dict[str, Any]:
    """Of so many processes, each a client, the one whose time is the median."""
    arguments = ["--client", client, "--url", url, "--docs", docs, "--documents", documents]
    runs = [
        measured(python, __file__, arguments, {"OPENAI_API_KEY": "none"}) for _ in range(repeats)
    ]
    return sorted(runs, key=lambda run: run["seconds"])[len(runs) // 2]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--docs", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--documents", type=int, default=DOCUMENTS)
    parser.add_argument("--repeats", type=int, default=3, help="the median counts")
    add_peers(parser, PEERS)
    parser.add_argument("--no-files", action="store_true", help="print only")
    options = parser.parse_args()
    if options.serve:
        serve()
    if options.client:
        found = CLIENTS[options.client](options.url, options.docs, options.documents)
        print(json.dumps(found))
        return
    peers = peers_of(parser, options.peer, PEERS)
    from truing_core.testing.server import server_process

    with (
        tempfile.TemporaryDirectory() as folder,
        server_process(__file__, "--serve") as url,
    ):
        few, many = Path(folder, "few.jsonl"), Path(folder, "many.jsonl")
        write_documents(few, options.documents)
        write_documents(many, 10 * options.documents)
        own = ("truing", sys.executable, url)
        repeats = options.repeats
        record: dict[str, Any] = {
            "documents": options.documents,
            "latency_s": LATENCY,
            "concurrency": CONCURRENCY,
            "repeats": repeats,
            "truing": median_run(*own, few, options.documents, repeats),
            "truing_10x": median_run(*own, many, 10 * options.documents, repeats),
        }
        for name, python in peers.items():
            record[name] = median_run(name, python, url, few, options.documents, repeats)
    record |= {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version_in(python, name) for name, python in peers.items()},
    }
    print(json.dumps(record, indent=2))
    ours = record["truing"]
    assert ours["rows"] == options.documents
    assert ours["times_the_ideal"] <= 2, ours
    if not options.no_files:
        RESULT.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
