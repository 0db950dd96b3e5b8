"""The tokens shown are those of training, and their texts add up to the completion."""

from __future__ import annotations

import pytest
from datasets import Dataset
from transformers import AutoTokenizer

from bmc_dpo import BMCConfig, BMCTrainer
from bmc_dpo.inspection.measuring import measure
from bmc_dpo.inspection.tokens import tokenise
from bmc_dpo.pairs import parse_pairs


def conversation(pair):
    return {
        "prompt": [{"role": "user", "content": pair["prompt"]}],
        "chosen": [{"role": "assistant", "content": pair["chosen"]}],
        "rejected": [{"role": "assistant", "content": pair["rejected"]}],
    }


@pytest.mark.parametrize("kind", ["plain", "conversational"])
def test_they_are_the_trainers(tiny_model_dir, pairs, tmp_path, kind):
    rows = pairs if kind == "plain" else [conversation(pair) for pair in pairs]
    data = Dataset.from_list(rows)
    args = BMCConfig(str(tmp_path / "out"))
    trained = BMCTrainer(str(tiny_model_dir), args=args, train_dataset=data).train_dataset
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)
    parsed = list(parse_pairs(enumerate(rows, 1), "rows"))
    for pair, row, view in zip(parsed, trained, measure(parsed, tokenizer), strict=True):
        ids = tokenise(pair, tokenizer)
        assert (ids.prompt, ids.chosen, ids.rejected) == (
            row["prompt_ids"], row["chosen_ids"], row["rejected_ids"],
        )  # fmt: skip
        assert [token.differs for token in view.chosen] == [*map(bool, row["chosen_diff_mask"])]
        assert [token.differs for token in view.rejected] == [*map(bool, row["rejected_diff_mask"])]
        assert "".join(token.text for token in view.chosen) == tokenizer.decode(ids.chosen)


def test_characters_of_several_tokens_stay_whole(tiny_model_dir):
    row = {"prompt": "Q", "chosen": "héé 🌊 ok", "rejected": "no"}
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)
    [view] = measure(parse_pairs([(1, row)], "rows"), tokenizer)
    assert "".join(token.text for token in view.chosen) == "héé 🌊 ok<|im_end|>"
    assert not any("\ufffd" in token.text for token in view.chosen)


def test_rows_are_cut_like_in_training(tiny_model_dir, pairs):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model_dir)
    [pair] = parse_pairs([(1, pairs[0])], "rows")
    whole = tokenise(pair, tokenizer)
    cut = whole.cut(len(whole.prompt) + 3)
    assert (cut.prompt, cut.chosen) == (whole.prompt, whole.chosen[:3])
    assert whole.cut(2).chosen == []
