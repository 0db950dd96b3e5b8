"""Reading preference pairs in every shape TRL knows, and refusing what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmc_dpo.pairs import parse_pairs, read_pairs, shared_start, shared_turns
from truing_core.errors import InputError
from truing_core.records import write_rows


def user(text):
    return {"role": "user", "content": text}


def bot(text):
    return {"role": "assistant", "content": text}


PLAIN = {"prompt": "Why?", "chosen": "So.", "rejected": "No."}
TALK = {"prompt": [user("Why?")], "chosen": [bot("So.")], "rejected": [bot("No.")]}


def parsed(*rows):
    return list(parse_pairs(enumerate(rows, 1), "p.jsonl"))


def test_plain_and_conversational_rows_say_the_same():
    plain, talk = parsed(PLAIN, TALK)
    for pair in (plain, talk):
        assert (pair.task, pair.winner, pair.loser) == ("Why?", "So.", "No.")
    assert (plain.conversational, talk.conversational) == (False, True)
    assert plain.columns() == PLAIN
    assert talk.columns() == TALK
    assert plain.columns(plain.mended("Yes."))["chosen"] == "Yes."
    assert talk.columns(talk.mended("Yes."))["chosen"] == [bot("Yes.")]


def test_messages_without_a_prompt_share_it():
    start = [{"role": "system", "content": "Be brief."}, user("Why?"), bot("What?"), user("That.")]
    [pair] = parsed({"chosen": [*start, bot("So.")], "rejected": [*start, bot("No.")]})
    assert list(pair.prompt) == start
    assert pair.task == "System: Be brief.\n\nUser: Why?\n\nAssistant: What?\n\nUser: That."
    assert pair.columns() == {"prompt": start, "chosen": [bot("So.")], "rejected": [bot("No.")]}


def test_a_text_that_repeats_the_first_message_gives_way_to_it():
    [pair] = parsed({
        "prompt": "Why?", "prompt_id": "abc",
        "chosen": [user("Why?"), bot("So.")], "rejected": [user("Why?"), bot("No.")],
    })  # fmt: skip
    assert pair.columns()["prompt"] == [user("Why?")]
    assert pair.id == "abc"
    assert pair.others == {"prompt_id": "abc"}


def test_several_turns_after_the_prompt():
    rejected = [bot("No."), user("Why not?"), bot("Because.")]
    [pair] = parsed({"prompt": [user("Why?")], "chosen": [bot("So.")], "rejected": rejected})
    assert pair.task == "User: Why?\n\nAssistant: No.\n\nUser: Why not?"
    assert pair.loser == "Because."
    assert list(pair.mended("Since.")) == [*rejected[:2], bot("Since.")]
    assert rejected[2] == bot("Because.")


def test_extra_keys_of_messages_are_left_out():
    turn = {**bot("So."), "tool_calls": None}
    [pair] = parsed({**TALK, "chosen": [turn]})
    assert pair.chosen == (bot("So."),)


def test_plain_rows_without_a_prompt():
    start = "\n\nHuman: Why?\n\nAssistant:"
    [pair] = parsed({"chosen": start + " So it is.", "rejected": start + " So be it."})
    assert (pair.task, pair.winner, pair.loser) == (start, " So it is.", " So be it.")
    [pair] = parsed({"chosen": "The sky is blue.", "rejected": "The sky is black."})
    assert (pair.task, pair.winner, pair.loser) == ("The sky is ", "blue.", "black.")


@given(
    st.lists(st.sampled_from("abc"), max_size=4),
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4),
    st.lists(st.sampled_from("abc"), min_size=1, max_size=4),
)
def test_shared_turns_is_the_longest_prefix_that_leaves_a_turn(start, chosen, rejected):
    one = tuple(user(text) for text in (*start, *chosen))
    other = tuple(user(text) for text in (*start, *rejected))
    length = shared_turns(one, other)
    assert one[:length] == other[:length]
    assert len(start) <= length < min(len(one), len(other))
    if length < min(len(one), len(other)) - 1:
        assert one[length] != other[length]


@given(st.text("ab \n", max_size=30), st.text("ab \n", max_size=30), st.text("ab \n", max_size=9))
def test_shared_start_is_shared_and_cuts_no_word(chosen, rejected, start):
    chosen, rejected = start + chosen, start + rejected
    length = shared_start(chosen, rejected)
    assert chosen[:length] == rejected[:length]
    assert length == 0 or chosen[length - 1].isspace()


def test_ids_are_stable_and_unique():
    other = {**PLAIN, "rejected": "Never."}
    first = parsed(PLAIN, other, PLAIN, PLAIN)
    ids = [pair.id for pair in first]
    assert ids[2:] == [f"{ids[0]}#2", f"{ids[0]}#3"]
    assert len(set(ids)) == 4
    assert [pair.id for pair in parsed(other, PLAIN)] == [ids[1], ids[0]]
    assert [pair.id for pair in parsed({**PLAIN, "source": "x"})] == [ids[0]]
    own = parsed({**PLAIN, "id": 7}, {**other, "id": 7}, {**PLAIN, "id": "8"}, {**PLAIN, "id": ""})
    assert [pair.id for pair in own] == ["7", ids[1], "8", ids[0]]


BAD = {
    "no chosen": (
        {"prompt": "a", "rejected": "b"},
        "there is no column 'chosen'; preference data has prompt, chosen and rejected "
        "(found: prompt, rejected)",
    ),
    "empty chosen": ({**PLAIN, "chosen": " \n"}, "field 'chosen': is empty; a pair needs two"),
    "empty last turn": ({**TALK, "rejected": [bot("")]}, "field 'rejected': is empty"),
    "no turn": ({**TALK, "chosen": []}, "field 'chosen': is an empty list"),
    "a number": ({**PLAIN, "rejected": 5}, "field 'rejected': is a number; expected text, or"),
    "null": ({**PLAIN, "chosen": None}, "field 'chosen': is null; expected text, or messages"),
    "an image": (
        {**TALK, "chosen": [{"role": "assistant", "content": [{"type": "image"}]}]},
        "field 'chosen': the content of a message is a list; only text can be used",
    ),
    "sharegpt": (
        {**TALK, "chosen": [{"from": "gpt", "value": "So."}]},
        "field 'chosen': holds something else than messages with role and content",
    ),
    "sides mixed": (
        {**PLAIN, "chosen": [bot("So.")]},
        "chosen is messages and rejected is text; both must be of one kind",
    ),
    "prompt messages, sides text": (
        {**PLAIN, "prompt": [user("Why?")]},
        "field 'prompt': is a list, but chosen is text; use one kind",
    ),
    "prompt text, sides messages": (
        {**TALK, "prompt": "Why?"},
        "prompt is text, chosen is messages, and chosen and rejected share no first messages",
    ),
    "prompt a number": ({**TALK, "prompt": 1}, "field 'prompt': is a number; expected messages"),
    "nothing shared": (
        {"chosen": [user("a"), bot("b")], "rejected": [user("c"), bot("d")]},
        "there is no prompt, and chosen and rejected share no first messages",
    ),
    "no text shared": (
        {"chosen": "One.", "rejected": "Two."},
        "there is no prompt, and chosen and rejected do not begin with the same one",
    ),
    "ends with the user": (
        {**TALK, "chosen": [bot("So."), user("Ah.")]},
        "field 'chosen': ends with a turn of the user; expected one of the assistant",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_rows_are_located(name):
    row, message = BAD[name]
    with pytest.raises(InputError) as raised:
        parsed(PLAIN, row)
    text = str(raised.value)
    assert text.startswith("p.jsonl, row 2")
    assert message in text
    assert "\n" not in text


@pytest.mark.parametrize("suffix", ["jsonl", "json", "parquet"])
def test_files(tmp_path, suffix):
    path = tmp_path / f"p.{suffix}"
    write_rows(path, [{**PLAIN, "n": n} for n in range(3)])
    pairs = read_pairs(str(path))
    assert [pair.others["n"] for pair in pairs] == [0, 1, 2]
    assert [pair.number for pair in pairs] == [1, 2, 3]
    assert read_pairs(str(path), limit=2) == pairs[:2]


def test_a_folder_that_datasets_understands(tmp_path):
    pytest.importorskip("datasets")
    (tmp_path / "test.jsonl").write_text(json.dumps(TALK) + "\n")
    [pair] = read_pairs(str(tmp_path), split="test")
    assert pair.columns() == TALK
    with pytest.raises(InputError, match="hub data set"):
        read_pairs(str(tmp_path), split="nowhere")


def test_files_without_pairs(tmp_path):
    (tmp_path / "p.json").write_text("[]")
    with pytest.raises(InputError, match=r"p\.json: there is no row in it"):
        read_pairs(str(tmp_path / "p.json"))
    with pytest.raises(InputError, match=r"nowhere/p\.jsonl: there is no such file"):
        read_pairs("nowhere/p.jsonl")
