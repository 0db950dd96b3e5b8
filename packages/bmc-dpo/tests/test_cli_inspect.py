"""``bmc-dpo inspect`` on a real tiny model; its numbers by an independent formula."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from bmc_dpo.cli import app
from bmc_dpo.inspection.measuring import measure, scorer
from bmc_dpo.pairs import parse_pairs


@pytest.fixture
def lines(tmp_path, pairs):
    def bridge(status):
        return {"status": status, "change_ratio": 0.1, "reason": ""}

    rows = [
        {**pair, "id": f"pair-{n}", "bridge": bridge("bridged")} for n, pair in enumerate(pairs)
    ]
    rows[0]["chosen"] = "It goes <script>alert(1)</script> to the sea & {{ far }}."
    rows[0]["chosen_original"] = "To the sea."
    rows[1]["bridge"] = bridge("truncated")
    path = tmp_path / "bridged.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def command(command_line):
    return command_line(app, "bmc-dpo", "inspect")


def other_model(folder, target):
    """A copy of a model with other weights."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.02 * torch.randn_like(parameter)
    model.save_pretrained(target)
    AutoTokenizer.from_pretrained(folder).save_pretrained(target)
    return target


def test_weights_and_rewards_are_the_papers(tiny_model_dir, tmp_path, pairs):
    policy = AutoModelForCausalLM.from_pretrained(
        other_model(tiny_model_dir, tmp_path / "policy"), dtype=torch.float32
    ).eval()
    reference = AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)
    views = measure(
        parse_pairs(enumerate(pairs, 1), "rows"), tokenizer, policy=scorer(policy),
        reference=scorer(reference), delta=2.0, beta=0.3,
    )  # fmt: skip
    count = 0
    for view, pair in zip(views, pairs, strict=True):
        prompt = tokenizer(pair["prompt"])["input_ids"]
        for side in ("chosen", "rejected"):
            row = tokenizer(pair["prompt"] + pair[side] + "<|im_end|>")["input_ids"]
            both = []
            for model in (policy, reference):
                with torch.no_grad():
                    logits = model(torch.tensor([row])).logits[0].double().numpy()
                logps = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
                both.append([logps[i - 1, row[i]] for i in range(len(prompt), len(row))])
            for token, logp, ref in zip(getattr(view, side), *both, strict=True):
                weight = 1 + min(1 / np.exp(logp), 2.0) if token.differs else 1.0
                assert token.logp == pytest.approx(logp, abs=1e-4)
                assert token.weight == pytest.approx(weight, rel=1e-4)
                assert token.reward == pytest.approx(0.3 * weight * (logp - ref), abs=1e-3)
                count += token.differs
        assert view.margin == view.reward("chosen") - view.reward("rejected")
    assert count > 10


def test_the_page(command, tiny_model_dir, lines, tmp_path):
    policy = other_model(tiny_model_dir, tmp_path / "policy")
    code, out, err = command(
        lines, "--model", f"hf/{policy}", "--reference", tiny_model_dir, "-o", "p.html", "--json"
    )
    assert code == 0, err
    summary = json.loads(out)
    assert (summary["pairs"], summary["sample"]) == (4, 4)
    assert summary["statuses"] == {"bridged": 3, "truncated": 1}
    assert 1 < summary["weight_of_differing"]["mean"] <= 2.5
    assert summary["margin"] is not None
    page = (tmp_path / "p.html").read_text()
    assert "<script>alert" not in page
    text = re.sub(r"<[^>]+>", "", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; to the sea &amp; {{ far }}." in text
    assert "bridge: truncated" in text
    assert "original winner" in text
    assert page.count('<article class="pair">') == 4
    assert 'title="log p ' in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)


def test_without_reference_there_are_weights_and_no_rewards(command, tiny_model_dir, lines):
    code, out, _ = command(lines, "-m", tiny_model_dir, "--sample", 2, "--delta", 3, "--json")
    summary = json.loads(out)
    assert (code, summary["sample"], summary["margin"]) == (0, 2, None)
    assert summary["weight_of_differing"]["mean"] > 1
    again = command(lines, "-m", tiny_model_dir, "--sample", 2, "--delta", 3, "--json").json
    assert again == summary
    assert command(lines, "-m", tiny_model_dir, "--delta", 0, "--json").json[
        "weight_of_differing"
    ] == {"mean": 1.0, "median": 1.0}


def test_an_adapter_is_compared_with_its_base(command, tiny_model_dir, lines, tmp_path):
    model = AutoModelForCausalLM.from_pretrained(tiny_model_dir)
    torch.manual_seed(1)
    adapted = get_peft_model(
        model, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    )
    adapted.save_pretrained(tmp_path / "adapter")
    code, out, err = command(lines, "-m", tmp_path / "adapter", "--json")
    assert code == 0, err
    assert json.loads(out)["margin"]["mean"] != 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("-m", "openai/gpt-4o"), 2, "is a server, which does not tell the log-probabilities"),
        (("-m", "hf/./nowhere"), 1, "there is no model folder"),
        (("-m", "demo", "--diff-algorithm", "myers"), 2, "expected levenshtein or difflib"),
    ],
)
def test_misuse(command, lines, arguments, code, said):
    result, out, err = command(lines, *arguments)
    assert (result, out) == (code, "")
    assert said in " ".join(err.split())
    assert "Traceback" not in err


def test_a_reference_of_other_tokens_is_refused(command, tiny_model_dir, lines, tmp_path):
    other = other_model(tiny_model_dir, tmp_path / "other")
    tokenizer = AutoTokenizer.from_pretrained(other)
    tokenizer.add_tokens(["<more>"])
    tokenizer.save_pretrained(other)
    code, _, err = command(lines, "-m", tiny_model_dir, "--reference", other)
    assert code == 1
    assert "another vocabulary" in err
