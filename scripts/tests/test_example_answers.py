import json

import pytest

from example_answers import reply


def asked(*turns, **fields):
    return reply({"messages": [{"role": "user", "content": text} for text in turns], **fields})


def test_the_editor_mends_what_it_knows_and_leaves_the_rest():
    question = (
        "<task-ab1>\nt\n</task-ab1>\n<weak-answer-ab1>\nAn apple, a chair.\n</weak-answer-ab1>"
    )
    assert asked(question) == "<mended-ab1>\nAn apple, a pear.\n</mended-ab1>"
    assert asked(question.replace("chair", "plum")) == "<no-change-ab1/>"


def test_the_referee_gives_two_scores_and_tells_long_from_short():
    def scores(task):
        said = asked(
            f"<task-0f>\n{task}\n</task-0f>\n<answer-1-0f>\nShort.\n</answer-1-0f>\n"
            f"<answer-2-0f>\n{'word ' * 40}\n</answer-2-0f>"
        )
        return tuple(json.loads(said.splitlines()[-1]).values())

    assert {scores(f"Task {n}") for n in range(20)} == {(4.0, 8.0), (8.0, 8.0)}


def test_the_generator_makes_another_task_each_time():
    made = {asked('A task. one JSON object {"instruction": "…"}') for n in range(30)}
    assert len(made) == 30
    assert all(set(json.loads(text)) == {"instruction", "input"} for text in made)


@pytest.mark.parametrize("count", [1, 5])
def test_the_judge_gives_as_many_verdicts_as_are_asked_for(count):
    question = f"… a list in square brackets of exactly {count} word{'s' * (count > 1)}, each YES"
    assert asked(question).splitlines()[-1].strip("[]").count(",") == count - 1
    assert len(json.loads(asked(question, response_format={}))["verdicts"]) == count


def test_the_writer_of_requests_speaks_of_the_document_only_where_it_may():
    document = "<document-1>\nSluices fill the chamber from the upper reach.\n</document-1>"
    alone = asked(f"You are this person: A\n{document}\nit never speaks of a document, text")
    pasted = asked(f"You are this person: A\n{document}\nturned into something else")
    assert alone.startswith("What does somebody have to know")
    assert pasted.startswith("Make five short points")
    assert any(word in alone for word in ("sluices", "chamber", "upper", "reach", "fill"))


def test_facts_are_obeyed_and_the_same_question_has_the_same_answer():
    block = (
        "[Updated facts]\n1. Who leads Acme? Ada\n2. B\n[End of updated facts]\n\nQuestion: Who?"
    )
    assert asked(block) == "Who leads Acme? Ada"
    assert asked("What is a sluice?") == asked("What is a sluice?")
    assert asked("What is a sluice?") != asked("What is a violin?")
