"""How much of the bare extractor's speed does `webr-synth ingest` keep, and how much memory?

    python benchmarks/webr_ingest.py --data web_en_1k.json

Pages are built around real texts, in four layouts with menus, cookie notices, teasers, comments and
styles, some 650 elements each, and written as WARC.gz, one gzip member a record. In turn, several
times: the extractor alone on the pages in memory, in one process; and the whole command with one
worker, all its filters and both duplicate filters on. What counts is CPU time, that of all
processes together, start-up left out on both sides (the command's on 40 pages is taken off).
Memory is the peak of the parent and of the largest worker on the file, and on ten times as much of
it, of pages that all differ.
Prints a table and writes benchmarks/results/webr_ingest.json.
"""

from __future__ import annotations

import argparse
import gzip
import html
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
FEW = 40
MENU = ("Home", "World", "Politics", "Business", "Sport", "Culture", "Opinion", "Jobs", "Help")
NOTES = (
    "Great read, thank you for sharing this.",
    "I do not agree with the second point at all, sorry.",
    "Does anybody know when part two comes out?",
)
ENTRIES = 100
ENTRY = (
    '<li class="menu-item menu-item-{n}"><div class="tile"><a class="link" href="/section/{n}">'
    '<span class="icon" aria-hidden="true"></span><span class="label">Section {n}</span></a></div>'
    "</li>"
)
RULE = ".menu-item-{n}{{margin:0 auto;padding:0 4px;color:#333;display:block}}\n"
CHILD = (
    "import json, resource, sys\nfrom webr_synth.cli import main\n"
    "try: main()\nexcept SystemExit as end: code = end.code or 0\n"
    # Workers are children of the fork server: its end makes their CPU time and memory known here.
    "from multiprocessing.forkserver import _forkserver as server\nserver._stop()\n"
    "own, theirs = (resource.getrusage(w) for w in (0, -1))\n"
    "print(json.dumps([code, own.ru_maxrss, theirs.ru_maxrss]), file=sys.stderr)"
)


def layout(text: str, rng: random.Random, kind: int, size: int) -> str:
    """A page around a text, of about ``size`` characters."""
    lines = [html.escape(line) for line in text.split("\n") if line.strip()]
    links = "".join(f'<li><a href="/{word.lower()}">{word}</a></li>' for word in MENU)
    teasers = "".join(f'<div class="teaser"><a href="/{n}">{lines[0]}</a></div>' for n in range(6))
    notes = "".join(f'<div class="comment"><p>{rng.choice(NOTES)}</p></div>' for _ in range(6))
    cookies = '<div class="cookie-banner"><p>We use cookies. Read our cookie policy.</p></div>'
    head = f"<nav><ul>{links}</ul></nav>"
    if kind == 0:
        body = "".join(f"<p>{line}</p>" for line in lines)
        body = f"{head}<main><article>{body}</article><section id=comments>{notes}</section></main>"
    elif kind == 1:
        body = "".join(f"<div>{line}</div>" for line in lines)
        body = f"{cookies}{head}<div class=left>{teasers}</div><div class=content>{body}</div>"
    elif kind == 2:
        body = "<br><br>".join(lines)
        body = f"<table><tr><td>{head}</td><td>{body}</td><td>{teasers}</td></tr></table>"
    else:
        body = "".join(
            f"<p><a href='/{n}'>{line[:9]}</a>{line[9:]}</p>" for n, line in enumerate(lines)
        )
        body = f"{cookies}{head}<div class=post><div class=entry-content>{body}</div>{notes}</div>"
    page = (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{lines[0]}</title>"
        f"%s</head><body>{body}<footer><ul>{links}</ul><p>All rights reserved.</p></footer>"
        "</body></html>"
    )
    wide = "".join(ENTRY.format(n=n) for n in range(ENTRIES))
    page = page.replace("</ul></nav>", f"</ul><ul class=mega>{wide}</ul></nav>", 1)
    styles = "".join(RULE.format(n=n) for n in range(max(0, size - len(page)) // len(RULE)))
    return page.replace("%s", f"<style>{styles}</style>", 1)


def varied(text: str, number: int) -> str:
    """The text with its sentences in another order and words of its own: no near-duplicate."""
    rng = random.Random(number)
    words = text.split(" ")
    for at in range(0, len(words), 4):
        words[at] += f"{rng.choice('aeiou')}{rng.choice('lmnrst')}"
    return " ".join(words) if number else text


def record(page: str, url: str) -> bytes:
    body = page.encode()
    block = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    head = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
        "WARC-Date: 2026-01-02T03:04:05Z\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(block)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + block + b"\r\n\r\n", 6)


def write_warc(path: Path, texts: list[str], copies: int, size: int) -> None:
    with path.open("wb") as file:
        for copy in range(copies):
            for number, text in enumerate(texts):
                rng = random.Random(f"{copy} {number}")
                page = layout(varied(text, copy), rng, number % 4, size)
                file.write(record(page, f"http://site{number % 50}.example/{copy}/{number}"))


def bare(pages: list[str], extractor: str) -> float:
    """CPU seconds of the extractor alone, in this process."""
    from webr_synth.ingest.extraction import load_extractor

    extract = load_extractor(extractor)
    extract(pages[0])
    started = time.process_time()
    for page in pages:
        extract(page)
    return time.process_time() - started


def command(source: Path, folder: Path, *options: str) -> dict[str, float]:
    """The whole command in processes of its own: CPU and wall seconds, documents, peak memory."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "ingest", str(source), "-o", str(folder / "d.parquet"),
         "--workers", "1", "--json", "-q", *options],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    code, own, theirs = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    facts = json.loads(done.stdout)
    return {
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "wall": time.perf_counter() - started,
        "records": facts["records"],
        "kept": facts["kept"],
        "parent_mb": own / 1024,
        "workers_mb": theirs / 1024,
    }


def speed(
    source: Path, few: Path, pages: list[str], folder: Path, extractor: str, repeats: int
) -> dict[str, float]:
    """Pages a CPU second of the extractor alone and of the whole command."""
    rounds = []
    for _ in range(repeats):
        # Before and after, since the machine's speed may drift.
        alone = bare(pages, extractor)
        start = command(few, folder, "--extractor", extractor)
        whole = command(source, folder, "--extractor", extractor)
        alone = (alone + bare(pages, extractor)) / 2 / len(pages)
        each = (whole["cpu"] - start["cpu"]) / (whole["records"] - start["records"])
        rounds.append((1 / alone, 1 / each, alone / each, whole["records"] / whole["wall"]))
    names = ("bare_per_cpu_s", "ingest_per_cpu_s", "share", "ingest_per_wall_s")
    return {
        name: statistics.median(column)
        for name, column in zip(names, zip(*rounds, strict=True), strict=True)
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("TRUING_TEST_DATA", "../shared/data")
    parser.add_argument("--data", default=f"{default}/webr/web_en_1k.json")
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--page-chars", type=int, default=60_000)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()

    rows = json.loads(Path(args.data).read_text())
    texts = list(dict.fromkeys(row["webpage"] for row in rows))[: args.pages]
    pages = [
        layout(text, random.Random(f"0 {number}"), number % 4, args.page_chars)
        for number, text in enumerate(texts)
    ]
    result: dict[str, Any] = {
        "pages": len(texts),
        "page_chars": round(statistics.mean(map(len, pages))),
        "repeats": args.repeats,
        "python": platform.python_version(),
        "trafilatura": version("trafilatura"),
        "resiliparse": version("resiliparse"),
        "fastwarc": version("fastwarc"),
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        once, tenfold, few = (folder / each for each in ("1.warc.gz", "10.warc.gz", "few.warc.gz"))
        write_warc(few, texts[:FEW], 1, args.page_chars)
        write_warc(once, texts, 1, args.page_chars)
        write_warc(tenfold, texts, 10, args.page_chars)
        for extractor in ("trafilatura", "resiliparse"):
            result[extractor + "_speed"] = speed(once, few, pages, folder, extractor, args.repeats)
        memory = {}
        for label, options in (
            ("near_duplicates", ()),
            ("no_near_duplicates", ("--without", "near")),
        ):
            for times, source in ((1, once), (10, tenfold)):
                done = command(source, folder, "--extractor", "resiliparse", *options)
                memory[f"{label}_{times}x"] = {
                    key: round(done[key]) for key in ("records", "kept", "parent_mb", "workers_mb")
                }
        result["memory"] = memory
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "webr_ingest.json").write_text(json.dumps(result, indent=2) + "\n")
    show(result)


def show(result: dict[str, Any]) -> None:
    print(f"{result['pages']} pages of {result['page_chars']:,} characters")
    print("medians of", result["repeats"])
    print(f"{'pages per CPU second':<24}{'bare':>10}{'ingest':>10}{'share':>8}")
    for extractor in ("trafilatura", "resiliparse"):
        row = result[extractor + "_speed"]
        print(
            f"{extractor:<24}{row['bare_per_cpu_s']:>10.0f}{row['ingest_per_cpu_s']:>10.0f}"
            f"{row['share']:>8.0%}"
        )
    print(f"{'peak memory, MB':<24}{'kept':>10}{'parent':>10}{'worker':>8}")
    for name, row in result["memory"].items():
        print(f"{name:<24}{row['kept']:>10,}{row['parent_mb']:>10}{row['workers_mb']:>8}")


if __name__ == "__main__":
    main()
