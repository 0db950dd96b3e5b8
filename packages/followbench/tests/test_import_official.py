"""Reading the authors' output folders, built here around small and real benchmarks."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from followbench.answers import read_generations, read_judgements
from followbench.data import Benchmark, Constraint, Group, Item, Lang, Level
from followbench.import_official import import_official
from followbench.official import official_files, read_official
from truing_core.errors import InputError, UsageError
from truing_core.records import write_rows

RAW = dict[str, Any]
MODEL = "lmsys/vicuna-7b_v1.5"


def group(category: str, number: int, *, rule: bool = False, lang: Lang = "en") -> Group:
    """A group whose instructions grow, so that each holds the one before."""
    base = f"Write text {number} of {category}."
    steps = [base + "".join(f" Mind {k}." for k in range(1, n + 1)) for n in range(1, 6)]
    constraint = Constraint("rule", rule="xsum") if rule else Constraint("path")
    levels = tuple(Level(step, constraint) for step in steps)
    return Group(str(number), category, lang, base, levels, cumulative=not rule)  # type: ignore[arg-type]


SMALL = (
    group("content", 1),
    group("content", 2, rule=True),
    group("content", 12),
    group("situation", 1),
    group("mixed", 7),
)
ITEMS = [item for one in SMALL for item in one.items()]
JUDGED = [item for item in ITEMS if item.judged]


def answer(item: Item) -> str:
    return f"Answer to {item.id}.\nIt ends here."


def verdict(item: Item) -> str:
    return f"{item.id}\n{['YES'] * item.level}"


def judge_prompt(item: Item) -> str:
    steps = "".join(f"#Step {n}#\n{step}\n\n" for n, step in enumerate(item.path))
    return f"Constraints were added.\n\n{steps}#Answer#\n{answer(item)}\n\n#Task#\nJudge it."


def output(prompt: str, text: str | None, key: str = "prompt_new") -> RAW:
    return {key: prompt, "choices": [{"message": {"content": text}}]}


def flat(model: str, category: str) -> str:
    return f"{model}_{category}_constraint.jsonl"


def nested(model: str, category: str) -> str:
    return f"{model}/{category}_constraint.jsonl"


def write(folder: Path, name: str, rows: Iterable[RAW]) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path, rows)


def build(
    folder: Path,
    items: Sequence[Item] = ITEMS,
    *,
    model: str = MODEL,
    name: Callable[[str, str], str] = flat,
    outputs: str = "api_output",
    suffix: str = "",
    questions: bool = True,
    key: str = "prompt_new",
    renamed: dict[str, str] | None = None,
) -> Path:
    """A folder as the authors' scripts leave it after a run."""
    for category in dict.fromkeys(item.category for item in items):
        file = name(model, (renamed or {}).get(category, category))
        mine = [item for item in items if item.category == category]
        judged = [item for item in mine if item.judged]
        rows = [output(item.instruction, answer(item), key) for item in mine]
        write(folder, f"{outputs}{suffix}/{file}", rows)
        if not judged:
            continue
        replies = [output(judge_prompt(item), verdict(item)) for item in judged]
        write(folder, f"gpt4_discriminative_eval_output{suffix}/{file}", replies)
        if questions:
            about = [
                {
                    "example_id": int(item.example_id),
                    "category": "format, content",
                    "source": item.source,
                    "level": item.level,
                    "prompt_new": judge_prompt(item),
                }
                for item in judged
            ]
            write(folder, f"data_gpt4_discriminative_eval_input{suffix}/{file}", about)
            bare = [{"prompt_new": row["prompt_new"]} for row in about]
            write(folder, f"gpt4_discriminative_eval_input{suffix}/{file}", bare)
    return folder


def generations(items: Iterable[Item] = ITEMS, model: str = MODEL) -> list[RAW]:
    return [
        {
            "category": item.category,
            "example_id": item.example_id,
            "level": item.level,
            "generation": answer(item),
            "model": model,
        }
        for item in items
    ]


def judgements(items: Iterable[Item] = JUDGED) -> list[RAW]:
    return [
        {
            "category": item.category,
            "example_id": item.example_id,
            "level": item.level,
            "judgement": verdict(item),
        }
        for item in items
    ]


@pytest.mark.parametrize("questions", [True, False])
@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"name": nested, "outputs": "api_output_vllm", "key": "prompt"},
        {"renamed": {"situation": "scenario"}},
        {"suffix": "_zh"},
    ],
)
def test_every_layout(tmp_path: Path, layout: dict[str, Any], questions: bool) -> None:
    imported = import_official(build(tmp_path, questions=questions, **layout), SMALL)
    assert imported.model == MODEL
    assert imported.generations == generations()
    assert imported.judgements == judgements()
    assert imported.unmatched == []


def test_the_rows_can_be_read_again(tmp_path: Path) -> None:
    imported = import_official(build(tmp_path), SMALL)
    benchmark = Benchmark("small", "en", SMALL)
    write_rows(tmp_path / "g.jsonl", imported.generations)
    write_rows(tmp_path / "j.jsonl", imported.judgements)
    read = read_generations(tmp_path / "g.jsonl", benchmark)
    assert read.texts == {item.key: answer(item) for item in ITEMS}
    assert read.author == MODEL
    assert read_judgements(tmp_path / "j.jsonl", benchmark).texts == {
        item.key: verdict(item) for item in JUDGED
    }


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    build(tmp_path, questions=False)
    for path in sorted(tmp_path.rglob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        random.Random(3).shuffle(lines)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    imported = import_official(tmp_path, SMALL)
    assert imported.generations == generations()
    assert imported.judgements == judgements()


def test_one_of_the_output_folders_will_do(tmp_path: Path) -> None:
    build(tmp_path)
    imported = import_official(tmp_path / "api_output", SMALL)
    assert imported.generations == generations()
    assert imported.judgements == []


def test_judgements_without_prompts_are_taken_in_order(tmp_path: Path) -> None:
    content = [item for item in JUDGED if item.category == "content"]
    rows = [{"choices": [{"message": {"content": verdict(item)}}]} for item in content]
    name = "gpt4_discriminative_eval_output/m_content_constraint.jsonl"
    write(tmp_path, name, rows)
    assert import_official(tmp_path, SMALL).judgements == judgements(content)
    write(tmp_path, name, rows[:-1])
    with pytest.raises(InputError, match="none of its 9 rows belongs"):
        import_official(tmp_path, SMALL)


def test_the_answer_settles_which_of_two_groups_is_meant(tmp_path: Path) -> None:
    """Groups 1 and 2 have the same path; only the answers in the prompts differ."""
    twin = Group("2", "content", "en", SMALL[0].instruction, SMALL[0].levels)
    items = [item for one in (SMALL[0], twin) for item in one.items()]
    build(tmp_path, items, questions=False)
    imported = import_official(tmp_path, (SMALL[0], twin))
    assert imported.judgements == judgements(items)
    (tmp_path / "api_output" / flat(MODEL, "content")).unlink()
    again = import_official(tmp_path, (SMALL[0], twin))
    # Without answers either group may be meant, but there is a row for every item.
    assert again.judgements == judgements(items)


def test_rows_that_belong_to_nothing_are_reported(tmp_path: Path) -> None:
    build(tmp_path)
    stray = output("Write something else.", "x")
    for folder in ("api_output", "gpt4_discriminative_eval_output"):
        path = tmp_path / folder / flat(MODEL, "content")
        first = path.read_text(encoding="utf-8").splitlines()[0]
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(stray)}\n{first}\n")
    imported = import_official(tmp_path, SMALL)
    assert imported.generations == generations()
    assert imported.judgements == judgements()
    assert [str(one).removeprefix(f"{tmp_path}/") for one in imported.unmatched] == [
        f"api_output/{MODEL}_content_constraint.jsonl, row 16: "
        "its prompt is no instruction of category content",
        f"api_output/{MODEL}_content_constraint.jsonl, row 17: a second answer to its prompt",
        f"gpt4_discriminative_eval_output/{MODEL}_content_constraint.jsonl, row 11: "
        "its prompt holds the path of no judged item of category content",
        f"gpt4_discriminative_eval_output/{MODEL}_content_constraint.jsonl, row 12: "
        "a second judgement of its item",
    ]


def test_outputs_without_text_are_errors_of_their_own(tmp_path: Path) -> None:
    rows = [output(ITEMS[0].instruction, None), {"prompt": ITEMS[1].instruction,
            "choices": [{"text": "old"}]}]  # fmt: skip
    write(tmp_path, f"api_output/{flat('m', 'content')}", rows)
    first, second = import_official(tmp_path, SMALL).generations
    assert (first["generation"], first["error"]) == (None, "the output holds no text")
    assert (second["generation"], "error" in second) == ("old", False)


def test_several_models(tmp_path: Path) -> None:
    build(tmp_path, model="a")
    build(tmp_path, model="b", name=nested)
    with pytest.raises(UsageError, match="2 models; choose one with --model: a, b"):
        import_official(tmp_path, SMALL)
    assert import_official(tmp_path, SMALL, "b").generations == generations(model="b")
    with pytest.raises(UsageError, match="no outputs of 'c'; there are: a, b"):
        import_official(tmp_path, SMALL, "c")


def test_the_benchmarks_language_chooses_the_folders(tmp_path: Path) -> None:
    build(tmp_path)
    chinese = group("style", 3, lang="zh")
    build(tmp_path, list(chinese.items()), suffix="_zh")
    assert import_official(tmp_path, SMALL).generations == generations()
    assert import_official(tmp_path, [chinese]).judgements == judgements(chinese.items())


def test_the_same_outputs_twice(tmp_path: Path) -> None:
    build(tmp_path)
    build(tmp_path, outputs="api_output_vllm", name=nested)
    with pytest.raises(InputError, match=r"generations of category content stand in .* too"):
        import_official(tmp_path, SMALL)


def test_outputs_of_another_benchmark(tmp_path: Path) -> None:
    build(tmp_path)
    with pytest.raises(InputError, match="none of its 45 rows belongs to this benchmark") as caught:
        import_official(tmp_path, [group("content", 99), group("situation", 99)])
    assert "row 1: its prompt is no instruction of category content" in str(caught.value)


def test_folders_without_outputs(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        import_official(tmp_path / "none", SMALL)
    write(tmp_path, f"results/{flat('m', 'content')}", [output("x", "y")])
    write(tmp_path, "api_output/m_poetry_constraint.jsonl", [output("x", "y")])
    with pytest.raises(InputError, match="holds no outputs of the authors' scripts"):
        import_official(tmp_path, SMALL)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"prompt_new": "x"}, "row 1, field 'choices'"),
        ({"prompt_new": "x", "choices": []}, "row 1, field 'choices'"),
        ({"prompt_new": 5, "choices": [{"message": {"content": "y"}}]}, "field 'prompt_new'"),
        (
            {"prompt_new": "x", "choices": [{"message": {"content": 5}}]},
            "choices.0.message.content",
        ),
    ],
)
def test_malformed_rows(tmp_path: Path, row: RAW, complaint: str) -> None:
    write(tmp_path, f"api_output/{flat('m', 'content')}", [row])
    with pytest.raises(InputError, match=complaint):
        import_official(tmp_path, SMALL)


@pytest.mark.parametrize("questions", [True, False])
@pytest.mark.parametrize(("lang", "suffix", "count"), [("en", "", 820), ("zh", "_zh", 790)])
def test_the_whole_benchmark(
    test_data: Path, tmp_path: Path, lang: Lang, suffix: str, count: int, questions: bool
) -> None:
    groups = read_official(official_files(test_data / "followbench" / lang), lang)
    items = [item for one in groups for item in one.items()]
    imported = import_official(build(tmp_path, items, suffix=suffix, questions=questions), groups)
    assert len(imported.generations) == count
    assert imported.generations == generations(items)
    assert imported.judgements == judgements(item for item in items if item.judged)
    assert imported.unmatched == []
