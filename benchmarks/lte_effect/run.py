"""Does LTE work? The demo model is aligned, then tested on edits it has never seen.

    python benchmarks/lte_effect/run.py                        # small: an hour on two cores
    python benchmarks/lte_effect/run.py --large --at-once 4    # for a GPU

KnowEdit's training files give the alignment data (split.py: no subject is in both parts). Each
seed trains anew and draws its own test records. ``none`` answers bare, ``icl`` has the edits
before the question without alignment, ``lte`` the same after it. One edit at a time, then memories
of more, where the right edits must be found. Learning rates are chosen on development records,
which are not reported. What is done is not done again: the same command goes on.

Prints a table; writes benchmarks/results/lte_effect.json and docs/images/lte-effect.svg.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from report import draw, table
from split import split

HERE = Path(__file__).resolve().parent
RESULT = HERE.parent / "results" / "lte_effect.json"
PLOT = HERE.parents[1] / "docs" / "images" / "lte-effect.svg"
DATA = Path(os.environ.get("TRUING_TEST_DATA", "../shared/data"))

# Beside the paper's sizes, what two cores can answer and learn in an hour.
SMALL_MIX = """\
wiki_counterfact_train: {in: 110, out: 110}
wiki_recent_train: {in: 110, out: 110}
wikibio_train: {in: 20, out: 20}
"""
LARGE: dict[str, Any] = {
    "seeds": [1, 2, 3], "ways": ["lora", "full"], "mix": "paper", "instructions": 175,
    "max_tokens": 128, "epochs": 3, "records": 1000, "sizes": [1, 10, 100, 1000], "rates": None,
    "batch": 32, "written": 32, "fluency": 100,
}  # fmt: skip
RATES = {"lora": [3e-4, 1e-3], "full": [2e-5, 1e-4]}


class Bench:
    """The folder of the work, and what is done in it."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.work: Path = options.work
        self.work.mkdir(parents=True, exist_ok=True)
        self.began = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:5.0f} s] {text}", file=sys.stderr, flush=True)

    def build(self) -> Path:
        """Splits the data and builds the alignment data."""
        data, options = self.work / "align.parquet", self.options
        if not (self.work / "test").is_dir():
            counts = split(options.data, self.work)
            self.say(f"test records: {sum(counts['test'].values()):,}")
        if not data.is_file():
            mix = options.mix
            if mix == "small":
                (self.work / "mix.yaml").write_text(SMALL_MIX, "utf-8")
                mix = str(self.work / "mix.yaml")
            files = sorted(str(file) for file in (self.work / "train").glob("*.json"))
            self.say("building alignment data")
            command = [
                sys.executable, "-m", "lte_edit", "build-data", *files, "--responder", "demo",
                "--encoder", options.encoder, "--mix", mix, "--max-tokens", options.max_tokens,
                "--instructions", self.work / "instructions.jsonl", "--max-instructions",
                options.instructions, "--batch-tokens", options.batch_tokens,
                "--concurrency", 512, "--out-of-scope", options.out_of_scope, "-o", data,
            ]  # fmt: skip
            subprocess.run(list(map(str, command)), check=True)
        return data

    def trained(self, way: str, rate: float, seed: int) -> dict[str, Any]:
        """A model after alignment."""
        folder = self.work / f"{way}-{rate:.0e}-seed{seed}"
        job = {
            "way": way, "rate": rate, "seed": seed, "epochs": self.options.epochs,
            "batch": self.options.batch, "data": str(self.work / "align.parquet"),
            "output": str(folder),
        }  # fmt: skip
        return self._once("train.py", job, folder / "job.json")

    def tested(
        self, name: str, model: str, methods: Sequence[str], **fields: Any
    ) -> dict[str, Any]:
        """Scores of methods."""
        job = {
            "model": model, "methods": list(methods), "data": str(self.work / "test"),
            "encoder": self.options.encoder, "output": str(self.work / f"{name}.json"),
            "written": self.options.written, "fluency": self.options.fluency, **fields,
        }  # fmt: skip
        return self._once("test.py", job, Path(job["output"]))

    def _once(self, script: str, job: dict[str, Any], done: Path) -> dict[str, Any]:
        if not done.is_file():
            log = self.work / f"{done.parent.name}-{done.stem}.log"
            with log.open("w", encoding="utf-8") as file:
                code = subprocess.run(
                    [sys.executable, str(HERE / script), json.dumps(job)], stdout=file, stderr=file
                ).returncode
            if code:
                tail = "\n".join(log.read_text("utf-8").splitlines()[-15:])
                raise SystemExit(f"{script} failed, see {log}:\n{tail}")
            self.say(f"{script} {done.parent.name if script == 'train.py' else done.stem}")
        found: dict[str, Any] = json.loads(done.read_text("utf-8"))
        return found

    def chosen_rate(self, way: str) -> tuple[float, dict[str, Any]]:
        """The rate whose model does best on the development records."""
        rates = self.options.rates or RATES[way]
        if len(rates) == 1:
            return rates[0], {}
        seen: dict[str, Any] = {}
        for rate in rates:
            model = self.trained(way, rate, 0)["model"]
            scores = self.tested(
                f"development-{way}-{rate:.0e}", model, ["lte"],
                seed=0, records=self.options.records, sizes=[1], development=True,
            )["scores"]["lte"]["1"]  # fmt: skip
            seen[f"{rate:.0e}"] = scores
        best = max(rates, key=lambda rate: _worth(seen[f"{rate:.0e}"]))
        self.say(f"{way}: learning rate {best:.0e}")
        return best, seen

    def seed(self, way: str, rate: float, seed: int) -> dict[str, Any]:
        """One seed of one way: trained, then tested."""
        options = self.options
        training = self.trained(way, rate, seed)
        tested = self.tested(
            f"test-{way}-seed{seed}", training["model"], ["lte"],
            seed=seed, records=options.records, sizes=options.sizes,
        )  # fmt: skip
        return {"training": training, **tested}

    def untrained(self, seed: int) -> dict[str, Any]:
        """What the model does without alignment."""
        return self.tested(
            f"test-unaligned-seed{seed}", "demo", ["none", "icl"],
            seed=seed, records=self.options.records, sizes=self.options.sizes,
        )  # fmt: skip


def _worth(scores: dict[str, Any]) -> float:
    """The mean of what an alignment is for."""
    names = ("edit_success", "portability", "locality_original")
    return sum(scores[name] for name in names) / len(names)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """All of it, as far as it is not done yet."""
    from truing_core.models.demo import demo_folder

    bench = Bench(options)
    demo_folder()  # converted once, before processes ask for it side by side
    bench.build()
    found: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(options.at_once) as pool:
        bare = {seed: pool.submit(bench.untrained, seed) for seed in options.seeds}
        rates = dict(zip(options.ways, pool.map(bench.chosen_rate, options.ways), strict=True))
        chains = {
            (way, seed): pool.submit(bench.seed, way, rates[way][0], seed)
            for seed in options.seeds
            for way in options.ways
        }
        for seed, future in bare.items():
            found[f"unaligned-seed{seed}"] = future.result()
        for (way, seed), future in chains.items():
            found[f"{way}-seed{seed}"] = future.result()
    # method -> number of edits -> a table of scores for each seed
    scores: dict[str, dict[str, list[Any]]] = {}
    by_source: dict[str, list[Any]] = {}
    for name, tested in found.items():
        way = name.partition("-")[0]
        for method, sizes in tested["scores"].items():
            label = f"lte, {way}" if method == "lte" else method
            for size, figures in sizes.items():
                if method != "lte":  # nothing was aligned, so both are the same
                    figures["locality_original"] = figures["locality"]
                scores.setdefault(label, {}).setdefault(size, []).append(figures)
            by_source.setdefault(label, []).append(tested["by_source"][method])
    return {
        "scores": scores,
        "by_source": by_source,
        "trained": {
            name: {key: each["training"][key] for key in ("rate", "steps", "loss", "seconds")}
            for name, each in found.items()
            if "training" in each
        },
        "rates_on_development_records": {way: seen for way, (_, seen) in rates.items() if seen},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--large", action="store_true", help="the paper's sizes, three seeds")
    parser.add_argument("--data", type=Path, default=DATA, help="real data, with knowedit/")
    parser.add_argument("--work", type=Path, default=Path("lte_effect.work"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--ways", nargs="+", choices=list(RATES), default=["full"])
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-4],
                        help="several: the best on development records is taken")  # fmt: skip
    parser.add_argument("--mix", default="small", help="small, or as build-data takes it")
    parser.add_argument("--out-of-scope", default="responder", help="as build-data takes it")
    parser.add_argument("--instructions", type=int, default=30)
    parser.add_argument("--max-tokens", type=int, default=96, help="of an answer that is learned")
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--records", type=int, default=60, help="tested")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 60], help="of a memory")
    parser.add_argument("--written", type=int, default=16, help="tokens of a tested answer")
    parser.add_argument("--fluency", type=int, help="tokens of a text; by default not measured")
    parser.add_argument("--encoder", default="demo")
    parser.add_argument("--batch-tokens", type=int, default=12000, help="of answers")
    parser.add_argument("--at-once", type=int, default=1, help="processes side by side")
    parser.add_argument("--no-files", action="store_true", help="print only")
    if parser.parse_known_args()[0].large:
        parser.set_defaults(**LARGE)
    options = parser.parse_args()
    found = run(options)
    print(table(found["scores"]))
    if options.no_files:
        return
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    hidden = ("data", "work", "no_files", "at_once", "encoder")
    record = {
        **found,
        "options": {name: value for name, value in vars(options).items() if name not in hidden},
        "device": gpu or f"{os.cpu_count()} CPU cores",
        "python": platform.python_version(),
        "torch": torch.__version__,
    }
    RESULT.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    draw(found["scores"], PLOT)


if __name__ == "__main__":
    main()
