"""The trainer on a real tiny model: what it trains, keeps, goes on from and refuses."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOTrainer

from bmc_dpo import BMCTrainer
from truing_core.errors import InputError, ResumeError, TruingError, UsageError

LORA = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM", lora_dropout=0.0)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"bmc_mode": "released"},
        {"objective": "ipo"},
        {"objective": "rdpo"},
        {"objective": "simpo", "beta": 2.0},
        {"objective": "orpo"},
        {"loss_type": ["hinge"]},
        {"f_divergence_type": "js_divergence"},
        {"gradient_accumulation_steps": 2, "per_device_train_batch_size": 1},
        {"bf16": True},
    ],
    ids=lambda fields: ",".join(map(str, fields.values())) or "paper",
)
def test_training_changes_every_parameter(tiny_model_dir, config, pairs, fields, trained, losses):
    before = AutoModelForCausalLM.from_pretrained(tiny_model_dir).state_dict()
    trainer = trained(BMCTrainer, tiny_model_dir, config(learning_rate=1e-2, **fields), pairs)
    assert all(math.isfinite(loss) for loss in losses(trainer))
    for name, parameter in trainer.model.named_parameters():
        assert not torch.equal(parameter, before[name]), name
    logged = trainer.state.log_history[-2]
    assert 0 < logged["bmc/diff_share_chosen"] < 1
    assert 1 < logged["bmc/weight_rejected"] <= 2.5
    assert 0 <= logged["bmc/clipped_share_chosen"] <= 1
    assert logged["bmc/plain_margins"] != 0
    assert logged["rewards/margins"] == pytest.approx(
        logged["rewards/chosen"] - logged["rewards/rejected"], abs=1e-5
    )


def test_the_model_card_says_what_was_optimised(tiny_model_dir, config, pairs, trained):
    trainer = trained(BMCTrainer, tiny_model_dir, config(delta=2.5, beta=0.07), pairs)
    trainer.create_model_card("mine")
    card = (Path(trainer.args.output_dir) / "README.md").read_text("utf-8")
    assert "papers/2408.07471" in card
    assert "jiang2025bridging" in card
    assert "| `delta` | 2.5 |" in card
    assert "| `beta` | 0.07 |" in card
    assert "| `bmc_mode` | paper |" in card


def test_a_reference_of_adapters_disabled_is_the_base_model(tiny_model_dir, config, pairs):
    data = Dataset.from_list(pairs)
    trainer = BMCTrainer(
        str(tiny_model_dir), args=config(learning_rate=1e-2), train_dataset=data,
        eval_dataset=data, peft_config=LORA,
    )  # fmt: skip
    assert trainer.evaluate()["eval_loss"] == pytest.approx(math.log(2), abs=1e-6)
    trainer.train()
    assert trainer.ref_model is None
    assert trainer.evaluate()["eval_rewards/margins"] > 0.01


def test_reference_values_are_kept_on_disk_and_used_again(
    tiny_model_dir, config, pairs, tmp_path, monkeypatch, trained, losses
):
    path = tmp_path / "pairs.jsonl"
    path.write_text("\n".join(map(json.dumps, pairs)))
    data = Dataset.from_json(str(path), cache_dir=str(tmp_path / "cache"))
    args = {"precompute_ref_log_probs": True}

    def make():
        return BMCTrainer(str(tiny_model_dir), args=config(**args), train_dataset=data)

    first = make()
    assert first.train_dataset.features["ref_chosen_logps"].feature.dtype == "float32"
    values = first.train_dataset[0]["ref_chosen_logps"]
    assert len(values) == len(first.train_dataset[0]["chosen_ids"])
    monkeypatch.setattr(DPOTrainer, "compute_ref_log_probs", None)  # a second pass would fail
    assert make().train_dataset[0]["ref_chosen_logps"] == values
    first.train()
    monkeypatch.undo()
    passing = trained(BMCTrainer, tiny_model_dir, config(), pairs)
    np.testing.assert_allclose(losses(first), losses(passing), atol=1e-6)


@pytest.mark.parametrize("mode", ["keep_start", "keep_end"])
@pytest.mark.filterwarnings("ignore:The `'keep_end'` truncation mode is deprecated")
def test_truncation_in_both_modes_with_stored_reference(
    tiny_model_dir, config, pairs, mode, trained, losses
):
    fields = {"max_length": 16, "truncation_mode": mode}
    passing = trained(BMCTrainer, tiny_model_dir, config(**fields), pairs)
    stored = trained(
        BMCTrainer, tiny_model_dir, config(precompute_ref_log_probs=True, **fields), pairs
    )
    np.testing.assert_allclose(losses(stored), losses(passing), atol=1e-6)
    batch = next(iter(passing.get_train_dataloader()))
    assert batch["diff_mask"].shape == batch["input_ids"].shape
    assert batch["input_ids"].shape[1] <= 16


def test_resuming_is_bit_equal(tiny_model_dir, config, pairs, tmp_path, trained):
    fields = {"max_steps": 4, "save_strategy": "steps", "save_steps": 2}
    whole = trained(BMCTrainer, tiny_model_dir, config(**fields), pairs)
    again = BMCTrainer(
        str(tiny_model_dir), args=config(**fields), train_dataset=Dataset.from_list(pairs)
    )
    again.train(resume_from_checkpoint=str(tmp_path / "out" / "checkpoint-2"))
    assert again.state.global_step == 4
    for (name, mine), (_, theirs) in zip(
        whole.model.named_parameters(), again.model.named_parameters(), strict=True
    ):
        assert torch.equal(mine, theirs), name


def test_a_checkpoint_of_another_config_is_refused(
    tiny_model_dir, config, pairs, tmp_path, trained
):
    fields = {"max_steps": 2, "save_strategy": "steps", "save_steps": 1}
    trained(BMCTrainer, tiny_model_dir, config(**fields), pairs)
    saved = json.loads((tmp_path / "out" / "checkpoint-1" / "bmc.json").read_text())
    assert saved["delta"] == 1.5
    others = {
        "delta: 1.5 → 3.0": {"delta": 3.0},
        "discopop_tau: 0.05 → 0.1": {"discopop_tau": 0.1},
        "use_weighting: False → True; variant: bmc → bc": {"use_weighting": True, "variant": "bc"},
    }
    for said, changed in others.items():
        other = BMCTrainer(
            str(tiny_model_dir),
            args=config(**changed, **fields),
            train_dataset=Dataset.from_list(pairs),
        )
        with pytest.raises(ResumeError, match=rf"another config \({said}\)"):
            other.train(resume_from_checkpoint=True)


def test_gradient_accumulation_sums_to_the_whole_batch(
    tiny_model_dir, config, pairs, trained, losses
):
    one = trained(
        BMCTrainer, tiny_model_dir, config(per_device_train_batch_size=4, max_steps=2), pairs
    )
    parts = trained(
        BMCTrainer, tiny_model_dir,
        config(per_device_train_batch_size=1, gradient_accumulation_steps=4, max_steps=2), pairs,
    )  # fmt: skip
    np.testing.assert_allclose(losses(one), losses(parts), atol=1e-5)


def test_gradient_checkpointing_changes_nothing(tiny_model_dir, config, pairs, trained, losses):
    with_it = trained(BMCTrainer, tiny_model_dir, config(gradient_checkpointing=True), pairs)
    without = trained(BMCTrainer, tiny_model_dir, config(gradient_checkpointing=False), pairs)
    np.testing.assert_allclose(losses(with_it), losses(without), atol=1e-6)


def test_several_evaluation_sets_and_a_new_one(tiny_model_dir, config, pairs):
    data = Dataset.from_list(pairs)
    trainer = BMCTrainer(
        str(tiny_model_dir), args=config(), train_dataset=data,
        eval_dataset={"a": data, "b": Dataset.from_list(pairs[:2])},
    )  # fmt: skip
    metrics = trainer.evaluate()
    assert metrics["eval_a_loss"] == pytest.approx(math.log(2))
    assert metrics["eval_b_loss"] == pytest.approx(math.log(2))
    logged = [log for log in trainer.state.log_history if "eval_bmc/weight_chosen" in log]
    assert len(logged) == 2
    assert 1 < logged[0]["eval_bmc/weight_chosen"] <= 2.5
    trainer.train()
    assert trainer.evaluate(data)["eval_loss"] < math.log(2)


def test_streamed_data(tiny_model_dir, config, pairs, losses):
    data = Dataset.from_list(pairs).to_iterable_dataset()
    streamed = BMCTrainer(str(tiny_model_dir), args=config(), train_dataset=data)
    streamed.train()
    assert losses(streamed)[0] == pytest.approx(math.log(2), abs=1e-6)
    assert streamed.state.log_history[0]["bmc/diff_share_rejected"] > 0
    with pytest.raises(UsageError, match="do not stream"):
        BMCTrainer(
            str(tiny_model_dir), args=config(precompute_ref_log_probs=True), train_dataset=data
        )


def conversation(pair):
    return {
        "prompt": [{"role": "user", "content": pair["prompt"]}],
        "chosen": [{"role": "assistant", "content": pair["chosen"]}],
        "rejected": [{"role": "assistant", "content": pair["rejected"]}],
    }


def test_conversations_go_through_the_chat_template(tiny_model_dir, config, pairs, trained, losses):
    chats = [conversation(pair) for pair in pairs]
    trainer = trained(BMCTrainer, tiny_model_dir, config(), chats)
    row, tokenizer = trainer.train_dataset[0], trainer.processing_class
    assert tokenizer.decode(row["prompt_ids"]).endswith("<|im_start|>assistant\n")
    differing = [
        token
        for token, mask in zip(row["chosen_ids"], row["chosen_diff_mask"], strict=True)
        if mask
    ]
    assert "sea" in tokenizer.decode(differing)
    assert "It goes" not in tokenizer.decode(differing)
    whole = [
        {**chat, **{s: chat["prompt"] + chat[s] for s in ("chosen", "rejected")}} for chat in chats
    ]
    implicit = [{k: v for k, v in each.items() if k != "prompt"} for each in whole]
    np.testing.assert_allclose(
        losses(trained(BMCTrainer, tiny_model_dir, config(), implicit)), losses(trainer), atol=1e-6
    )


def test_masks_that_come_with_the_data_are_used(tiny_model_dir, config, pairs, trained, losses):
    probe = BMCTrainer(
        str(tiny_model_dir), args=config(), train_dataset=Dataset.from_list(pairs)
    ).train_dataset
    given = [
        {
            **pair,
            "chosen_diff_mask": [0] * len(row["chosen_ids"]),
            "rejected_diff_mask": [0] * len(row["rejected_ids"]),
        }
        for pair, row in zip(pairs, probe, strict=True)
    ]
    ours = trained(BMCTrainer, tiny_model_dir, config(), given)
    plain = trained(BMCTrainer, tiny_model_dir, config(delta=0.0), pairs)
    np.testing.assert_allclose(losses(ours), losses(plain), atol=1e-6)
    with pytest.raises(UsageError, match=r"own \(chosen_diff_mask, rejected_diff_mask\), which"):
        trained(BMCTrainer, tiny_model_dir, config(bmc_mode="released"), given)
    unweighted = trained(BMCTrainer, tiny_model_dir, config(bmc_mode="released", delta=0.0), given)
    np.testing.assert_allclose(losses(unweighted), losses(plain), atol=1e-6)
    one = [{k: v for k, v in row.items() if k != "chosen_diff_mask"} for row in given]
    with pytest.raises(InputError, match="'rejected_diff_mask' without its twin"):
        trained(BMCTrainer, tiny_model_dir, config(), one)
    given[1]["rejected_diff_mask"].append(1)
    with pytest.raises(InputError, match=r"train data, row 2, field 'rejected_diff_mask': has"):
        trained(BMCTrainer, tiny_model_dir, config(), given)


def test_variants_choose_winners_and_weights(tiny_model_dir, config, pairs, trained, losses):
    bridged = [
        {**pair, "chosen_original": pair["chosen"], "chosen": pair["rejected"] + " No."}
        for pair in pairs
    ]
    plain = trained(BMCTrainer, tiny_model_dir, config(variant="plain"), bridged)
    upstream = trained(DPOTrainer, tiny_model_dir, config(), pairs)
    np.testing.assert_allclose(losses(plain), losses(upstream), atol=1e-6)
    modeled = trained(BMCTrainer, tiny_model_dir, config(variant="mc"), bridged)
    direct = trained(BMCTrainer, tiny_model_dir, config(), pairs)
    np.testing.assert_allclose(losses(modeled), losses(direct), atol=1e-6)
    with pytest.raises(InputError, match="no column 'chosen_original'"):
        trained(BMCTrainer, tiny_model_dir, config(variant="mc"), pairs)


def test_nan_stops_with_the_rows(tiny_model_dir, config, pairs):
    model = AutoModelForCausalLM.from_pretrained(tiny_model_dir, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)
    trainer = BMCTrainer(
        model, args=config(per_device_train_batch_size=4), processing_class=tokenizer,
        train_dataset=Dataset.from_list(pairs),
    )  # fmt: skip
    with torch.no_grad():
        model.lm_head.weight[5] = float("nan")
    with pytest.raises(
        TruingError, match=r"the loss is nan at step 0, on rows [1-4, ]+ of the data"
    ):
        trainer.train()


def test_a_full_disk_is_a_sentence(tiny_model_dir, config, pairs, monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    trainer = BMCTrainer(
        str(tiny_model_dir), args=config(save_strategy="steps", save_steps=1),
        train_dataset=Dataset.from_list(pairs),
    )  # fmt: skip
    monkeypatch.setattr(trainer.model, "save_pretrained", full)
    with pytest.raises(TruingError, match=r"no space left on device at .*out"):
        trainer.train()


@pytest.mark.parametrize(
    ("fields", "options", "said"),
    [
        ({}, {"data_collator": lambda rows: rows}, "data_collator is a function"),
        ({"objective": "simpo"}, {"ref_model": object()}, "compares with no reference"),
        ({"objective": "orpo", "precompute_ref_log_probs": True}, {}, "precompute_ref_log_probs"),
        ({"objective": "orpo", "sync_ref_model": True}, {}, "sync_ref_model false"),
    ],
)
def test_what_does_not_go_together_is_refused(tiny_model_dir, config, pairs, fields, options, said):
    data = Dataset.from_list(pairs)
    with pytest.raises(UsageError, match=said):
        BMCTrainer(str(tiny_model_dir), args=config(**fields), train_dataset=data, **options)


def test_text_only(tiny_model_dir, config, pairs):
    data = Dataset.from_list([{**pair, "images": [1]} for pair in pairs])
    with pytest.raises(UsageError, match="column 'images'; BMC trains on text"):
        BMCTrainer(str(tiny_model_dir), args=config(), train_dataset=data)
    with pytest.raises(UsageError, match="takes a BMCConfig"):
        BMCTrainer(str(tiny_model_dir), args=object(), train_dataset=data)


def test_tokenizers_that_lack_tokens(tiny_model_dir, config, pairs):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)
    tokenizer.pad_token = None
    data = Dataset.from_list(pairs)
    trainer = BMCTrainer(
        str(tiny_model_dir), args=config(), train_dataset=data, processing_class=tokenizer
    )
    assert trainer.processing_class.pad_token == "<|im_end|>"
    tokenizer.eos_token = None
    with pytest.raises(InputError, match="no eos_token"):
        BMCTrainer(
            str(tiny_model_dir), args=config(), train_dataset=data, processing_class=tokenizer
        )


def test_a_reference_of_another_vocabulary_is_refused(tiny_model_dir, config, pairs):
    from transformers import LlamaConfig, LlamaForCausalLM

    small = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1}
    other = LlamaForCausalLM(LlamaConfig(vocab_size=77, num_attention_heads=2, **small))
    model = AutoModelForCausalLM.from_pretrained(tiny_model_dir)
    with pytest.raises(UsageError, match="the reference 77; the reference must share"):
        BMCTrainer(model, other, config(), train_dataset=Dataset.from_list(pairs))


def test_the_auxiliary_loss_of_experts_is_added(tiny_model_dir, config, pairs, tmp_path, trained):
    from transformers import MixtralConfig, MixtralForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)
    torch.manual_seed(0)
    model = MixtralForCausalLM(
        MixtralConfig(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=1,
            num_attention_heads=2, num_key_value_heads=1, num_local_experts=2,
            num_experts_per_tok=1, output_router_logits=True, router_aux_loss_coef=0.5,
        )
    )  # fmt: skip
    model.save_pretrained(tmp_path / "moe")
    tokenizer.save_pretrained(tmp_path / "moe")
    trainer = trained(BMCTrainer, tmp_path / "moe", config(max_steps=1), pairs)
    log = trainer.state.log_history[0]
    assert log["loss"] == pytest.approx(math.log(2) + 0.5 * log["aux_loss"], abs=1e-5)
    simpo = trained(BMCTrainer, tmp_path / "moe", config(max_steps=1, objective="simpo"), pairs)
    assert simpo.state.log_history[0]["aux_loss"] > 0
