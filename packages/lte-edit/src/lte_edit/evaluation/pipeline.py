"""The main flow: records -> edits -> questions -> scores.

A run folder holds ``run.json`` (the core's), ``rows.jsonl`` with every question that was asked,
``results.json`` and ``report.html``. Whatever stands in ``rows.jsonl`` is not computed again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lte_edit.__about__ import __version__
from lte_edit.cases import Case
from lte_edit.encoder import DEFAULT
from lte_edit.evaluation.choices import EvalChoice, Setting
from lte_edit.evaluation.memories import Memories
from lte_edit.evaluation.methods.base import Edited, Lab, Method
from lte_edit.evaluation.methods.registry import method_of
from lte_edit.evaluation.models import Loading, Models
from lte_edit.evaluation.questions import Question, open_questions, questions_of
from lte_edit.evaluation.report import report_html
from lte_edit.evaluation.results import REPORT, RESULTS, ROWS, Evaluation, Outcome
from lte_edit.evaluation.rows import RowFile, key_of
from lte_edit.evaluation.scoring import Asked, Scorer, ask
from lte_edit.evaluation.subjects import OnRows, Subject, no_rows
from lte_edit.evaluation.summary import retention, summarise
from truing_core.errors import InputError, ModelError
from truing_core.files import encode_json, write_json, write_text
from truing_core.models.weights import out_of_memory
from truing_core.run import Run

if TYPE_CHECKING:
    from lte_edit.encoder import Encoder

Watch = Callable[[str, int], AbstractContextManager[OnRows]]

_AT_ONCE = 64  # records between two writes to disk


@contextmanager
def nobody(label: str, total: int) -> Iterator[OnRows]:
    """Shows no progress."""
    yield no_rows


def evaluate(
    cases: Sequence[Case],
    methods: Sequence[str] | Mapping[str, Method] = ("lte",),
    settings: Sequence[Setting | str] = ("single",),
    *,
    model: str | Subject,
    unaligned: str | Subject | None = None,
    encoder: str | Encoder = DEFAULT,
    choice: EvalChoice | None = None,
    loading: Loading | None = None,
    folder: Path | None = None,
    fresh: bool = False,
    watch: Watch = nobody,
) -> Evaluation:
    """Evaluates methods of editing side by side.

    Args:
        cases: Records, as :func:`lte_edit.sources.read_cases` reads them.
        methods: Names (``none``, ``icl``, ``lte``, ``ft``, ``lora``, or another package's), or
            methods by name.
        settings: Which edits hold at once.
        model: The aligned model: a spec, or loaded.
        unaligned: The model before its alignment, for ``none``, ``icl``, ``ft``, ``lora``, and
            for what the alignment cost in locality. By default an adapter's base, else ``model``.
        encoder: Of the memory; loaded only if a method looks edits up.
        choice: Protocol, number of edits, lengths.
        loading: Type and place of the weights.
        folder: A run folder, on which the same call goes on where it stopped; more methods and
            settings may be added.
        fresh: Whether to start over; an earlier run is moved aside.
        watch: Shows progress: a label and a number of steps give a context that is told steps.

    Raises:
        InputError: There are no records.
        UsageError: A method or setting is unknown, or there are fewer records than edits wanted.
        ModelError: A model or encoder cannot be used.
        ResumeError: The folder holds another run.
    """
    choice = choice or EvalChoice()
    if not cases:
        raise InputError("there are no records to evaluate")
    wanted = [each if isinstance(each, Setting) else Setting.parse(each) for each in settings]
    sizes = [setting.records(len(cases)) for setting in wanted]
    named = _named(methods)
    models = Models(model, unaligned, choice, loading)
    if isinstance(encoder, str) and any(method.retrieves for method in named.values()):
        from lte_edit import encoder as encoders

        encoder = encoders.load_encoder(encoder)
    bench = _Bench(cases, choice, models, encoder)
    with ExitStack() as stack:
        stack.callback(bench.close)
        if folder is not None:
            config = bench.config(named)
            stack.enter_context(
                Run.open(
                    folder, tool="lte-edit", version=__version__, config=config, fresh=fresh,
                    extend=True,
                )
            )  # fmt: skip
        rows = RowFile(
            folder / ROWS if folder is not None else None, [len(own) for own in bench.questions]
        )
        outcomes = []
        for setting, size in zip(wanted, sizes, strict=True):
            for name, method in named.items():
                bench.run(name, method, setting, size, rows, watch)
                outcomes.append(bench.outcome(name, method, setting, size, rows))
        evaluation = Evaluation(tuple(outcomes), bench.facts(), folder)
        if folder is not None:
            save(folder, evaluation)
    return evaluation


def save(folder: Path, evaluation: Evaluation) -> None:
    """Writes results.json and report.html."""
    write_json(
        folder / RESULTS,
        {
            **evaluation.facts,
            "results": [
                {"method": each.method, "setting": each.setting, "edits": each.edits, **each.scores}
                for each in evaluation.outcomes
            ],
        },
    )
    write_text(folder / REPORT, report_html(evaluation))


def _named(methods: Sequence[str] | Mapping[str, Method]) -> dict[str, Method]:
    if isinstance(methods, Mapping):
        return dict(methods)
    return {name: method_of(name) for name in methods}


class _Bench:
    """What all methods and settings share: questions, models, memories."""

    def __init__(
        self, cases: Sequence[Case], choice: EvalChoice, models: Models, encoder: str | Encoder
    ) -> None:
        self._cases, self._choice, self._models = cases, choice, models
        self._encoder = encoder
        self._memories: Memories | None = None
        self.questions = [
            questions_of(record, case, choice.protocol) for record, case in enumerate(cases)
        ]

    def close(self) -> None:
        if self._memories is not None:
            self._memories.close()

    def memories(self) -> Memories:
        """Opened, and all texts embedded, at first use."""
        if self._memories is None:
            assert not isinstance(self._encoder, str)
            self._memories = Memories(self._encoder)
            self._memories.prepare(
                (edit for case in self._cases for edit in case.edits),
                (question.probe.prompt for own in self.questions for question in own),
            )
        return self._memories

    def config(self, methods: Mapping[str, Method]) -> dict[str, Any]:
        """What changes results. Each method has a section, so that others can join it later."""
        facts = [
            [case.id, [[edit.descriptor, edit.subject] for edit in case.edits]]
            for case in self._cases
        ]
        asked = [
            [question.metric, question.probe.aspect, question.probe.prompt, question.probe.answers]
            for own in self.questions
            for question in own
        ]
        digest = hashlib.sha256(encode_json([facts, asked])).hexdigest()[:12]
        sections = {
            f"method {name}": {
                **method.config(),
                "model": self._models.identity(method.start),
                "original": self._models.identity("unaligned"),
                **({"encoder": self._identity()} if method.retrieves else {}),
            }
            for name, method in methods.items()
        }
        return {
            "data": {"records": len(self._cases), "fingerprint": digest},
            "eval": {**self._choice.config(), **self._models.config()},
            **sections,
        }

    def facts(self) -> dict[str, Any]:
        """What results rest on, for the reader."""
        return {
            "model": self._models.identity("aligned"),
            "unaligned": self._models.identity("unaligned") if self._models.differ else None,
            "encoder": self._identity(),
            "records": len(self._cases),
            "open_questions": open_questions(self._cases),
            **self._choice.config(),
            **self._models.config(),
            "version": __version__,
        }

    def _identity(self) -> str:
        return self._encoder if isinstance(self._encoder, str) else self._encoder.identity

    def run(
        self,
        name: str,
        method: Method,
        setting: Setting,
        size: int,
        rows: RowFile,
        watch: Watch,
    ) -> None:
        """Scores what has no rows yet."""
        key = key_of(name, setting, size)
        known = rows.known(key)
        todo = [record for record in range(size) if record not in known]
        if not todo:
            return
        steps = sum(len(self.questions[record]) for record in todo)
        label = name if setting.name == "single" else f"{name}, {setting.name} {size:,}"
        with watch(label, steps * (2 if self._choice.generate else 1)) as on_rows:
            subject = self._models.get(method.start)
            scorer = Scorer(self._choice, subject, self._original(subject))
            lab = Lab(subject, self._choice, self.memories)
            tag = {"method": key[0], "setting": key[1], "edits": key[2]}

            def keep(asked: Sequence[Asked], edited: Edited) -> None:
                found = scorer.score(asked, edited, on_rows)
                rows.add({**tag, **row} for row in found)

            with _memory_in_words():
                if setting.name == "single":
                    self._single(method, lab, scorer, todo, keep)
                else:
                    self._together(method, lab, scorer, setting, size, todo, keep)

    def _single(
        self,
        method: Method,
        lab: Lab,
        scorer: Scorer,
        todo: Sequence[int],
        keep: Callable[[Sequence[Asked], Edited], None],
    ) -> None:
        """Each record under its own edits; where weights stay, many records in one batch."""
        for chunk in _chunks(todo):
            scorer.bare(self._asked_of(chunk))
            waiting: list[Asked] = []
            for record in chunk:
                edits = self._cases[record].edits
                with method.edit(lab, edits, one_by_one=False) as edited:
                    asked = ask(lab.subject, edited, self.questions[record], self._choice)
                    if edited.weights is None:
                        waiting += asked
                    else:
                        keep(asked, edited)
            if waiting:
                keep(waiting, Edited())

    def _together(
        self,
        method: Method,
        lab: Lab,
        scorer: Scorer,
        setting: Setting,
        size: int,
        todo: Sequence[int],
        keep: Callable[[Sequence[Asked], Edited], None],
    ) -> None:
        """All records under all their edits."""
        scorer.bare(self._asked_of(todo))
        edits = [edit for case in self._cases[:size] for edit in case.edits]
        with method.edit(lab, edits, one_by_one=setting.name == "sequential") as edited:
            for chunk in _chunks(todo):
                keep(ask(lab.subject, edited, self._asked_of(chunk), self._choice), edited)

    def _asked_of(self, records: Sequence[int]) -> list[Question]:
        return [question for record in records for question in self.questions[record]]

    def _original(self, subject: Subject) -> Subject | None:
        """The model before its alignment, if its tokens can be compared with the subject's."""
        if not self._models.differ:
            return None
        original = self._models.get("unaligned")
        return original if original.same_tokens(subject) else None

    def outcome(
        self, name: str, method: Method, setting: Setting, size: int, rows: RowFile
    ) -> Outcome:
        """The scores of what was asked."""
        found = rows.rows(key_of(name, setting, size), size)
        scores = summarise(found, retrieves=method.retrieves, seed=self._choice.seed)
        if setting.name != "single":
            edits = [edit for case in self._cases[:size] for edit in case.edits]
            scores["superseded"] = len(edits) - len({edit.key for edit in edits})
        if setting.name == "sequential":
            scores["retention"] = retention(found, size, self._choice.seed)
        return Outcome(name, setting.name, size, scores, found)


@contextmanager
def _memory_in_words() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
        raise ModelError(
            "a batch does not fit into memory; run the same command again with a smaller "
            "--batch-tokens, or --dtype bfloat16"
        ) from error


def _chunks(records: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(records), _AT_ONCE):
        yield records[start : start + _AT_ONCE]
