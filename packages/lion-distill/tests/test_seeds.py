"""Seeds in every form that people have, and what is wrong with some of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lion_distill.rows import instruction_id
from lion_distill.seeds import read_seeds
from truing_core.errors import InputError, UsageError
from truing_core.records import write_rows


@pytest.fixture
def read(tmp_path):
    """Reads rows as a file of one kind or another."""

    def go(*rows, name="seeds.jsonl", **options):
        path = tmp_path / name
        write_rows(path, rows)
        return read_seeds(path, **options)

    return go


def test_alpaca(read):
    alpaca = {"instruction": "Sort these. ", "input": "b, a", "output": "a, b"}
    plain = {"instruction": "Name a bird.", "input": "", "output": "An owl."}
    first, second = read(alpaca, plain)
    assert (first.instruction, first.input, first.answer) == ("Sort these.", "b, a", None)
    assert first.id == instruction_id("Sort these.", "b, a")
    assert first.text == "Sort these.\n\nb, a"
    assert (second.text, second.iteration, second.kind) == ("Name a bird.", 0, "seed")


def test_self_instruct(read):
    one = {"id": "seed_task_0", "instruction": "Rhyme.", "instances": [{"input": "", "output": ""}]}
    three = {
        "id": "seed_task_1",
        "instruction": "Negate it.",
        "instances": [{"input": "yes"}, {"input": "<noinput>"}, {"input": None, "output": "x"}],
    }
    seeds = read(one, three)
    assert [(each.id, each.input) for each in seeds] == [
        ("seed_task_0", ""),
        ("seed_task_1-1", "yes"),
        ("seed_task_1-2", ""),
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Ask."}]},
        {"conversations": [{"from": "human", "value": "Ask."}, {"from": "gpt", "value": "No."}]},
        {"prompt": [{"role": "user", "content": "Ask."}]},
        {"prompt": "Ask."},
        {"instruction": None, "prompt": "Ask.", "input": "not of a prompt"},
    ],
)
def test_conversations_and_prompts(read, row):
    [seed] = read(row)
    assert (seed.instruction, seed.input) == ("Ask.", "")


@pytest.mark.parametrize("name", ["s.json", "s.jsonl.gz", "s.parquet"])
def test_other_files(read, name):
    seeds = read(*({"instruction": f"Do {n}.", "answer": n} for n in range(3)), name=name)
    assert [(each.instruction, each.answer) for each in seeds] == [
        ("Do 0.", "0"), ("Do 1.", "1"), ("Do 2.", "2"),
    ]  # fmt: skip


def test_what_stands_twice_is_taken_once(read, capsys):
    row = {"id": "a", "instruction": "Do it."}
    seeds = read(row, {**row, "id": "b"}, row, {**row, "id": "c", "input": "here"})
    assert [each.id for each in seeds] == ["a", "c"]
    assert "2 instructions stand there twice, and are taken once" in capsys.readouterr().err


def test_several_sources(tmp_path, capsys):
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    rows = [{"id": "1", "instruction": "Do it."}, {"id": "2", "instruction": "Leave it."}]
    one.write_text("".join(json.dumps(row) + "\n" for row in rows))
    more = [{"id": "1", "instruction": "Say it."}, {"id": "9", "instruction": "Do it."}]
    two.write_text("".join(json.dumps(row) + "\n" for row in more))
    seeds = read_seeds(one, two)
    assert [each.instruction for each in seeds] == ["Do it.", "Leave it.", "Say it."]
    assert [each.id for each in seeds] == ["1", "2", instruction_id("Say it.", "")]
    assert "two.jsonl: 1 instructions stand there twice" in capsys.readouterr().err
    assert read_seeds(one, two, limit=2) == seeds[:2]
    assert len(read_seeds(one, "mini")) == 50
    two.write_text("")
    with pytest.raises(InputError, match=r"two.jsonl: the file is empty"):
        read_seeds(one, two)


def test_limit(read):
    rows = [{"instruction": f"Do {n}."} for n in range(5)]
    assert [each.instruction for each in read(*rows, limit=2)] == ["Do 0.", "Do 1."]
    instances = [{"input": str(n)} for n in range(5)]
    assert len(read({"instruction": "Add.", "instances": instances}, limit=3)) == 3
    assert len(read(*rows, limit=99)) == 5
    with pytest.raises(UsageError, match="limit is 0; expected at least 1"):
        read(*rows, limit=0)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "a", "id": 3}, r"row 2: has no instruction; expected the field instruction, "
         r"messages, conversations or prompt \(it has text, id\)"),
        ({}, r"row 2: has no instruction; .* \(it has no fields\)"),
        ({"instruction": "  "}, r"row 2, field 'instruction': expected text, found '  '"),
        ({"instruction": 5}, "row 2, field 'instruction': expected text, found 5"),
        ({"instruction": "a", "input": 5}, "row 2, field 'input': expected text, found 5"),
        ({"instruction": "a", "answer": [1]}, "row 2, field 'answer': expected text or a number"),
        ({"instruction": "a", "id": True}, "row 2, field 'id': expected text or a number"),
        ({"instruction": "a", "instances": []}, "row 2, field 'instances': expected a list"),
        ({"instruction": "a", "instances": ["b"]}, r"row 2, field 'instances.0': expected an obj"),
        ({"instruction": "a", "instances": [{"input": 1}]}, r"field 'instances.0.input': expected"),
        ({"messages": "hello"}, "row 2, field 'messages': expected a list of messages, found"),
        ({"messages": ["hello"]}, r"row 2, field 'messages.0': expected a message, found 'hello'"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "the user says nothing"),
        ({"conversations": [{"from": "human"}]}, r"field 'conversations.0.value': expected text, "
         "found nothing"),
        ({"id": "one", "instruction": "another"}, "row 2, field 'id': 'one' stands twice, with "
         "different instructions"),
    ],
)  # fmt: skip
def test_bad_rows(read, row, said):
    with pytest.raises(InputError, match=f"seeds.jsonl, {said}|seeds.jsonl, row 2.*{said}"):
        read({"id": "one", "instruction": "Do it."}, row)


def test_nothing_to_read(tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(InputError, match=r"empty.jsonl: the file is empty"):
        read_seeds(empty)
    empty = tmp_path / "empty.json"
    empty.write_text("[]", "utf-8")
    with pytest.raises(InputError, match=r"empty.json: has no rows; expected instructions"):
        read_seeds(empty)
    with pytest.raises(InputError, match=r"no.jsonl: there is no such file"):
        read_seeds(tmp_path / "no.jsonl")
    with pytest.raises(InputError, match=r"minnie: there is no such file; expected .jsonl"):
        read_seeds("minnie")


def test_a_hub_id_is_read_from_the_hub(monkeypatch):
    asked = []

    def hub(name):
        asked.append(name)
        yield 1, {"instruction": "From afar."}

    monkeypatch.setattr("lion_distill.seeds.read_hub", hub)
    assert [each.instruction for each in read_seeds("owner/name")] == ["From afar."]
    assert asked == ["owner/name"]


def test_mini():
    seeds = read_seeds("mini")
    assert len(seeds) == 48
    assert len({each.id for each in seeds}) == 48
    assert sum(bool(each.input) for each in seeds) >= 15
    answers = {each.id: each.answer for each in seeds if each.answer is not None}
    assert answers["mini-34"] == str(17 * 24 - 38)
    assert answers["mini-40"] == str(7 * 24 * 60)
    assert len(answers) == 10


def test_the_seeds_of_self_instruct(test_data):
    path = test_data / "lion" / "seed_tasks.jsonl"
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    seeds = read_seeds(path)
    assert [each.id for each in seeds] == [row["id"] for row in rows]
    assert len(seeds) == 175
    by_id = {each.id: each for each in seeds}
    for row in rows:
        seed = by_id[row["id"]]
        assert seed.instruction == row["instruction"].strip()
        assert seed.input == row["instances"][0]["input"].strip()


TEXT = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.lists(st.tuples(TEXT.filter(str.strip), TEXT), min_size=1, max_size=12))
def test_every_instruction_comes_out_once_and_in_order(tmp_path_factory, pairs):
    path = tmp_path_factory.mktemp("seeds") / "s.jsonl"
    write_rows(path, ({"instruction": first, "input": second} for first, second in pairs))
    wanted = dict.fromkeys((first.strip(), second.strip()) for first, second in pairs)
    seeds = read_seeds(path)
    assert [(each.instruction, each.input) for each in seeds] == list(wanted)
    assert [each.id for each in seeds] == [instruction_id(*each) for each in wanted]
