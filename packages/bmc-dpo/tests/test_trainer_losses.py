"""The losses against TRL's own and against formulas in float64, on a real tiny model."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOTrainer

from bmc_dpo import BMCTrainer, token_diff_masks

LORA = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM", lora_dropout=0.0)


SAME = [
    {"prompt": "Say yes.", "chosen": "Yes", "rejected": "Yes"},
    {"prompt": "Count to five.", "chosen": "One, two", "rejected": "One, two"},
]


@pytest.mark.parametrize("how", ["full", "lora", "precomputed"])
@pytest.mark.parametrize("why", ["no delta", "no difference"])
def test_it_is_dpo_without_delta_or_difference(
    tiny_model_dir, config, pairs, how, why, trained, losses
):
    data = pairs if why == "no delta" else SAME
    fields = {"precompute_ref_log_probs": how == "precomputed"}
    options = {"peft_config": LORA} if how == "lora" else {}
    delta = 0.0 if why == "no delta" else 3.0
    ours = trained(BMCTrainer, tiny_model_dir, config(delta=delta, **fields), data, **options)
    upstream = trained(DPOTrainer, tiny_model_dir, config(**fields), data, **options)
    np.testing.assert_allclose(losses(ours), losses(upstream), rtol=0, atol=1e-6)
    assert len(losses(ours)) == 3
    if why == "no delta":
        assert losses(ours)[-1] < losses(ours)[0]
    both = zip(ours.model.named_parameters(), upstream.model.named_parameters(), strict=True)
    for (name, mine), (_, theirs) in both:
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-6, msg=name)


def token_logps(model, prompt, completion):
    """log π of each completion token, in float64 from the model's logits."""
    with torch.no_grad():
        logits = model(torch.tensor([prompt + completion])).logits[0].double()
    logps = torch.log_softmax(logits, dim=-1).numpy()
    start = len(prompt)
    return np.array([logps[start + i - 1, token] for i, token in enumerate(completion)])


def row_values(trainer, model, reference):
    """For each pair: log π and log π_ref of both sides, and the token ids."""
    for row in trainer.train_dataset:
        sides = {}
        for side in ("chosen", "rejected"):
            ids = row[f"{side}_ids"]
            sides[side] = (
                token_logps(model, row["prompt_ids"], ids),
                token_logps(reference, row["prompt_ids"], ids),
            )
        yield row, sides


def weights(logps, mask, delta):
    return 1 + np.asarray(mask) * np.minimum(1 / np.exp(logps), delta)


def changed_copy(folder, scale=0.02):
    """A policy that differs from the reference."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += scale * torch.randn(parameter.shape, generator=generator)
    return model.eval()


@pytest.mark.parametrize("mode", ["paper", "released"])
@pytest.mark.parametrize("precomputed", [False, True])
def test_the_loss_is_the_papers(tiny_model_dir, config, pairs, mode, precomputed):
    delta, beta = 2.0, 0.1
    policy = changed_copy(tiny_model_dir)
    reference = AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype=torch.float32).eval()
    args = config(
        delta=delta, beta=beta, bmc_mode=mode, ignore_stopwords=False,
        diff_algorithm="levenshtein", precompute_ref_log_probs=precomputed,
        per_device_eval_batch_size=1,
    )  # fmt: skip
    data = Dataset.from_list(pairs)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)
    trainer = BMCTrainer(
        policy, reference, args, train_dataset=data, eval_dataset=data, processing_class=tokenizer
    )
    expected = []
    for row, sides in row_values(trainer, policy, reference):
        rejected_mask, chosen_mask = token_diff_masks(row["rejected_ids"], row["chosen_ids"])
        rewards = []
        for side, mask in (("chosen", chosen_mask), ("rejected", rejected_mask)):
            if mode == "released":  # of whole rows, padded to the longer side
                longest = max(len(row["chosen_ids"]), len(row["rejected_ids"]))
                padded = {
                    each: row["prompt_ids"]
                    + row[f"{each}_ids"]
                    + [tokenizer.pad_token_id] * (longest - len(row[f"{each}_ids"]))
                    for each in ("rejected", "chosen")
                }
                rows = token_diff_masks(padded["rejected"], padded["chosen"])
                start = len(row["prompt_ids"])
                mask = rows[side == "chosen"][start : start + len(row[f"{side}_ids"])]
            logps, ref_logps = sides[side]
            own = weights(logps, mask, delta)
            ref_weights = weights(ref_logps, mask, delta) if mode == "released" else own
            rewards.append(beta * ((own * logps).sum() - (ref_weights * ref_logps).sum()))
        expected.append(math.log1p(math.exp(-(rewards[0] - rewards[1]))))
    assert trainer.evaluate()["eval_loss"] == pytest.approx(np.mean(expected), abs=2e-5)


def test_swapping_the_sides_swaps_the_rewards(tiny_model_dir, config, pairs):
    swapped = [{**p, "chosen": p["rejected"], "rejected": p["chosen"]} for p in pairs]
    reference = AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)

    def rewards(data):
        trainer = BMCTrainer(
            changed_copy(tiny_model_dir), reference, config(), processing_class=tokenizer,
            train_dataset=Dataset.from_list(data), eval_dataset=Dataset.from_list(data),
        )  # fmt: skip
        metrics = trainer.evaluate()
        return metrics["eval_rewards/chosen"], metrics["eval_rewards/rejected"]

    first, second = rewards(pairs), rewards(swapped)
    assert first == pytest.approx(second[::-1], abs=1e-5)
    assert first[0] != pytest.approx(first[1], abs=1e-3)


def test_margins_with_and_without_weights(tiny_model_dir, config, pairs):
    reference = AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype=torch.float32)
    logged = {}
    for variant in ("bmc", "bc"):
        trainer = BMCTrainer(
            changed_copy(tiny_model_dir), reference, config(variant=variant),
            train_dataset=Dataset.from_list(pairs), eval_dataset=Dataset.from_list(pairs),
            processing_class=AutoTokenizer.from_pretrained(tiny_model_dir),
        )  # fmt: skip
        logged[variant] = trainer.evaluate()
    plain = logged["bc"]["eval_rewards/margins"]
    assert logged["bc"]["eval_bmc/plain_margins"] == pytest.approx(plain, abs=1e-6)
    assert logged["bmc"]["eval_bmc/plain_margins"] == pytest.approx(plain, abs=1e-6)
    assert logged["bmc"]["eval_rewards/margins"] != pytest.approx(plain, abs=1e-4)


@pytest.mark.parametrize("weighted", [True, False])
def test_simpo_and_orpo_load_no_reference_and_follow_their_formulas(
    tiny_model_dir, config, pairs, weighted
):
    data = Dataset.from_list(pairs)
    model = AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype=torch.float32).eval()
    for objective in ("simpo", "orpo"):
        args = config(
            objective=objective, beta=0.7, delta=2.0, variant="bmc" if weighted else "bc",
            per_device_eval_batch_size=1,
        )  # fmt: skip
        trainer = BMCTrainer(str(tiny_model_dir), args=args, train_dataset=data, eval_dataset=data)
        assert trainer.ref_model is None
        expected = []
        for row, sides in row_values(trainer, model, model):
            masks = token_diff_masks(row["rejected_ids"], row["chosen_ids"])[::-1]
            means = []
            for side, mask in zip(("chosen", "rejected"), masks, strict=True):
                logps = sides[side][0]
                weight = weights(logps, mask, 2.0) if weighted else 1.0
                means.append((weight * logps).sum() / len(logps))
            if objective == "simpo":
                expected.append(np.log1p(np.exp(-(0.7 * (means[0] - means[1]) - 0.5))))
            else:
                odds = [mean - np.log1p(-np.exp(mean)) for mean in means]
                nll = -sides["chosen"][0].mean()
                expected.append(nll + 0.7 * np.log1p(np.exp(-(odds[0] - odds[1]))))
        assert trainer.evaluate()["eval_loss"] == pytest.approx(np.mean(expected), abs=2e-5)


@pytest.mark.parametrize(("mode", "sign"), [("paper", 1), ("released", -1)])
def test_rdpos_length_term_has_the_sign_of_its_mode(tiny_model_dir, config, pairs, mode, sign):
    data = Dataset.from_list(pairs)
    args = config(
        objective="rdpo", rdpo_alpha=0.03, bmc_mode=mode, variant="bc",
        per_device_eval_batch_size=1,
    )  # fmt: skip
    trainer = BMCTrainer(str(tiny_model_dir), args=args, train_dataset=data, eval_dataset=data)
    longer = np.array(
        [len(row["chosen_ids"]) - len(row["rejected_ids"]) for row in trainer.train_dataset]
    )
    assert longer.min() < 0 < abs(longer.sum())
    # Policy and reference are the same, so that the margin is 0.
    expected = np.log1p(np.exp(-sign * 0.03 * longer)).mean()
    assert trainer.evaluate()["eval_loss"] == pytest.approx(expected, abs=1e-6)
