"""Questions after an edit: what the model gets, predicts and writes, and what that is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lte_edit.block import edit_prompt, fact_of
from lte_edit.evaluation.choices import EvalChoice
from lte_edit.evaluation.generating import Wanted
from lte_edit.evaluation.methods.base import Edited
from lte_edit.evaluation.metrics import (
    agreement,
    contains_answer,
    exact_match,
    fluency,
    plain,
    token_accuracy,
)
from lte_edit.evaluation.questions import Question
from lte_edit.evaluation.rows import Row
from lte_edit.evaluation.subjects import OnRows, Subject, no_rows
from lte_edit.evaluation.texts import Scored
from lte_edit.memory.results import Hit


@dataclass(frozen=True)
class Asked:
    """A question as a model gets it.

    Attributes:
        question: What is asked.
        text: With its edits.
        hits: What was found, the nearest first.
        used: How many of them the context has room for.
        row: What is scored; ``None`` if even the bare question does not fit, or its target has no
            tokens.
        ids: Tokens up to where the answer begins.
    """

    question: Question
    text: str
    hits: tuple[Hit, ...]
    used: int
    row: Scored | None
    ids: tuple[int, ...]


def ask(
    subject: Subject, edited: Edited, questions: Sequence[Question], choice: EvalChoice
) -> list[Asked]:
    """Puts edits before questions; the farthest are dropped where the context has no room."""
    found = edited.find([question.probe.prompt for question in questions])
    return [
        _fitted(subject, edited, question, hits, choice)
        for question, hits in zip(questions, found, strict=True)
    ]


def _fitted(
    subject: Subject, edited: Edited, question: Question, hits: Sequence[Hit], choice: EvalChoice
) -> Asked:
    for number in range(len(hits), -1, -1):
        used = tuple(hits[:number])
        if edited.put is not None:
            text = edited.put(question.probe.prompt, used)
        else:
            facts = [fact_of(hit.edit) for hit in used]
            text = edit_prompt(choice.prompts, facts, question.probe.prompt)
        row, ids = subject.row(text, question.target), subject.asked(text)
        least = len(ids) + (choice.max_tokens if choice.generate else 1)
        if subject.context is None or max(len(row.ids), least) <= subject.context:
            break
        if number == 0:
            return Asked(question, text, tuple(hits), 0, None, ids)
    return Asked(question, text, tuple(hits), number, row if row.target else None, ids)


class Scorer:
    """Scores what a model says after edits against what it says bare.

    Args:
        choice: Protocol and lengths.
        subject: The model that is edited.
        original: The model before its alignment; ``None`` where there is none to compare with.
    """

    def __init__(self, choice: EvalChoice, subject: Subject, original: Subject | None) -> None:
        self._choice, self._subject = choice, subject
        self._original = original if original is not subject else None

    def bare(self, questions: Sequence[Question]) -> None:
        """Finds out, before weights change, what the untouched models say."""
        local = [question for question in questions if question.metric == "locality"]
        for subject in (self._subject, self._original):
            if subject is None:
                continue
            self._predictions(subject, local)
            if self._choice.generate and subject is self._subject:
                self._answers(subject, local)

    def score(self, asked: Sequence[Asked], edited: Edited, on_rows: OnRows = no_rows) -> list[Row]:
        """A row for each question, in order.

        Args:
            asked: Questions as the model gets them.
            edited: Whose weights answer.
            on_rows: Is told how many questions more are scored.
        """
        subject, choice = self._subject, self._choice
        fitting = [each.row for each in asked if each.row is not None]
        predicted = iter(subject.predict(fitting, edited.weights, on_rows))
        local = [each.question for each in asked if each.question.metric == "locality"]
        before = iter(self._predictions(subject, local))
        original = iter(
            self._predictions(self._original, local) if self._original else [None] * len(local)
        )
        rows = []
        for each in asked:
            row = self._facts(each)
            tokens = next(predicted) if each.row is not None else None
            if each.question.metric == "locality":
                first, second = next(before), next(original)
                if tokens is not None and first is not None:
                    row["score"] = agreement(first, tokens)
                    row["bare"] = subject.text(first, special=True)
                    if second is not None:
                        row["score_original"] = agreement(second, tokens)
            elif tokens is not None and each.row is not None:
                row["score"] = token_accuracy(tokens, each.row.target)
            row["predicted"] = subject.text(tokens, special=True) if tokens is not None else None
            rows.append(row)
        if choice.generate:
            self._generate(asked, edited, rows, on_rows)
        return rows

    def _facts(self, asked: Asked) -> Row:
        question = asked.question
        own = {edit.descriptor for edit in question.case.edits}
        right = [hit.edit.descriptor in own for hit in asked.hits]
        return {
            "record": question.record,
            "case": question.case.id,
            "metric": question.metric,
            "aspect": question.probe.aspect,
            "prompt": question.probe.prompt,
            "answers": list(question.probe.answers),
            "asked": asked.text,
            "facts": [
                {"fact": hit.edit.descriptor, "score": round(hit.score, 6)} for hit in asked.hits
            ],
            "dropped": len(asked.hits) - asked.used,
            "at_1": bool(right[:1] and right[0]),
            "at_k": any(right),
            "score": None,
            "score_original": None,
            "skipped": None if asked.row is not None else _reason(self._subject, asked),
        }

    def _generate(
        self, asked: Sequence[Asked], edited: Edited, rows: list[Row], on_rows: OnRows
    ) -> None:
        """Adds answers, and the fluency of the record's own question."""
        subject, choice = self._subject, self._choice
        places = [place for place, each in enumerate(asked) if each.row is not None]
        with_edit = choice.protocol == "paper"
        wanted = [
            self._wanted(
                asked[place].ids,
                choice.fluency_tokens
                if with_edit and asked[place].question.first
                else choice.max_tokens,
            )
            for place in places
        ]
        written = subject.write(wanted, edited.weights, on_rows)
        local = [asked[place].question for place in places]
        before = self._answers(subject, [each for each in local if each.metric == "locality"])
        bare = iter(before)
        for place, tokens in zip(places, written, strict=True):
            question, row = asked[place].question, rows[place]
            text = subject.text(tokens[: choice.max_tokens]).strip()
            row["generated"] = text
            row["exact"] = exact_match(text, question.probe.answers)
            row["contains"] = contains_answer(text, question.probe.answers)
            if question.metric == "locality":
                row["bare_generated"] = subject.text(next(bare)).strip()
                row["same"] = plain(text) == plain(row["bare_generated"])
            if with_edit and question.first:
                row["written"] = subject.text(tokens).strip()
                row["fluency"] = fluency(row["written"])
        if not with_edit:
            first = [place for place in places if asked[place].question.first]
            texts = self._fluent([asked[place].question for place in first], edited)
            for place, text in zip(first, texts, strict=True):
                rows[place]["written"], rows[place]["fluency"] = text, fluency(text)

    def _fluent(self, questions: Sequence[Question], edited: Edited) -> list[str]:
        """Bare questions and how the model goes on, 100 tokens in all: ``released``.

        The authors draw from the five likeliest tokens without a seed; here the likeliest is
        taken, so that a run can be repeated.
        """
        subject, limit = self._subject, self._choice.fluency_tokens
        asked = [subject.asked(question.probe.prompt) for question in questions]
        wanted = [Wanted(ids, max(0, limit - len(ids))) for ids in asked]
        written = subject.write(wanted, edited.weights)
        return [
            f"{question.probe.prompt}{subject.text(tokens)}"
            for question, tokens in zip(questions, written, strict=True)
        ]

    def _predictions(
        self, subject: Subject, questions: Sequence[Question]
    ) -> list[tuple[int, ...] | None]:
        """What untouched weights predict on bare questions; ``None`` where one does not fit."""
        rows = [subject.row(each.probe.prompt, each.target) for each in questions]
        fits = [subject.context is None or len(row.ids) <= subject.context for row in rows]
        found = iter(subject.predict([row for row, fit in zip(rows, fits, strict=True) if fit]))
        return [next(found) if fit else None for fit in fits]

    def _answers(self, subject: Subject, questions: Sequence[Question]) -> list[tuple[int, ...]]:
        wanted = [
            self._wanted(subject.asked(each.probe.prompt), self._choice.max_tokens)
            for each in questions
        ]
        return subject.write(wanted)

    def _wanted(self, ids: tuple[int, ...], limit: int) -> Wanted:
        context = self._subject.context
        return Wanted(ids, limit if context is None else max(0, min(limit, context - len(ids))))


def _reason(subject: Subject, asked: Asked) -> str:
    if subject.context is not None and len(asked.ids) >= subject.context:
        return "too long"
    fits = subject.row(asked.text, asked.question.target)
    return "too long" if fits.target else "no target"
