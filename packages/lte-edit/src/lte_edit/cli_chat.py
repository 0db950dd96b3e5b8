"""``lte-edit ask`` and ``chat``: a model under the edits of a memory, from the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lte_edit.cli_memory.options import (
    DEFAULT_FILE,
    EncoderSpec,
    K,
    MemoryFile,
    Namespace,
    opened,
)
from lte_edit.cli_memory.tables import one_line
from lte_edit.namespaces import DEFAULT_NAMESPACE
from truing_core.cli import (
    MODEL_SPEC,
    JsonOut,
    LoadingOptions,
    PromptsDir,
    SamplingOptions,
    emit_json,
    grouped,
    tell,
)
from truing_core.errors import InputError, TruingError, UsageError
from truing_core.terminal import show

if TYPE_CHECKING:
    from lte_edit.edited_model import Answer, EditedModel
    from lte_edit.memory import EditMemory
    from lte_edit.memory.results import Hit
    from truing_core.models import ChatModel

_HELP = "/add PROMPT => TARGET, /edits, /forget (begin anew), /quit"

Questions = Annotated[
    list[str] | None,
    typer.Argument(metavar="QUESTION", help="By default the lines of standard input."),
]
ModelSpec = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="SPEC",
        help=f"The aligned model, also an adapter of train: {MODEL_SPEC}.",
    ),
]  # fmt: skip
Unaligned = Annotated[
    str | None,
    typer.Option(
        "--unaligned", metavar="SPEC", help="Answers where no edit matters; by default --model."
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold", metavar="X",
        help="Least score of an edit; by default what memory calibrate stored.",
    ),
]  # fmt: skip
Compare = Annotated[
    bool, typer.Option("--compare", help="Also show what the model says without edits.")
]
ShowPrompt = Annotated[
    bool, typer.Option("--show-prompt", help="Show what the model was asked, on stderr.")
]
System = Annotated[
    str | None, typer.Option("--system", metavar="TEXT", help="A system message before all.")
]


@dataclass(frozen=True)
class EditedOptions:
    """Which edits come before a question."""

    memory: MemoryFile = DEFAULT_FILE
    encoder: EncoderSpec = None
    namespace: Namespace = DEFAULT_NAMESPACE
    k: K = 3
    threshold: Threshold = None
    prompts: PromptsDir = None
    unaligned: Unaligned = None


@grouped
def ask_command(
    questions: Questions = None,
    *,
    model: ModelSpec,
    compare: Compare = False,
    show_prompt: ShowPrompt = False,
    system: System = None,
    as_json: JsonOut = False,
    edited: EditedOptions,
    sampling: SamplingOptions,
    loading: LoadingOptions,
) -> None:
    """Ask a model under the edits of a memory; shows which were used."""
    asked = [each.strip() for each in questions or sys.stdin if each.strip()]
    if not asked:
        raise UsageError("there is no question; give one, or lines on standard input")
    talks = [[*_system(system), {"role": "user", "content": each}] for each in asked]
    with _edited(model, edited, loading) as (answerer, _, bare):
        answers = answerer.answer(talks, sampling.sampling())
        plain = _bare(bare, talks, sampling) if compare else [None] * len(talks)
    rows = [
        _row(question, answer, without)
        for question, answer, without in zip(asked, answers, plain, strict=True)
    ]
    if as_json:
        emit_json(rows)
    else:
        for question, answer, row in zip(asked, answers, rows, strict=True):
            if len(asked) > 1:
                show(f"Q: {question}")
            if show_prompt:
                tell(str(answer.messages[-1]["content"]))
            _tell_edits(answer.used, answer.left_out)
            show(answer.text if answer.error is None else f"(no answer: {answer.error})")
            if compare:
                show(f"without edits: {row['without_edits']}")
    failed = [answer.error for answer in answers if answer.error is not None]
    if failed:
        raise TruingError(f"{len(failed)} of {len(answers)} questions have no answer: {failed[0]}")


@grouped
def chat_command(
    *,
    model: ModelSpec,
    show_prompt: ShowPrompt = False,
    system: System = None,
    edited: EditedOptions,
    sampling: SamplingOptions,
    loading: LoadingOptions,
) -> None:
    """Talk with a model under the edits of a memory; /add makes an edit that holds at once."""
    with _edited(model, edited, loading) as (answerer, memory, _):
        tell(f"{memory.counts()['in_force']:,} edits in force; {_HELP}")
        talk: list[dict[str, str]] = _system(system)
        for line in _lines():
            if line.startswith("/"):
                if line.split()[0] == "/quit":
                    return
                try:
                    _command(line, memory, edited, talk, system)
                except TruingError as error:
                    tell(str(error))
                continue
            talk.append({"role": "user", "content": line})
            try:
                answer = answerer.chat(talk, sampling.sampling())
            except TruingError as error:
                talk.pop()  # so that the question can be asked again
                tell(f"no answer: {error}")
                continue
            if show_prompt:
                tell(str(answer.messages[-1]["content"]))
            _tell_edits(answer.used, answer.left_out)
            show(answer.text)
            talk.append({"role": "assistant", "content": answer.text})


def _command(
    line: str,
    memory: EditMemory,
    edited: EditedOptions,
    talk: list[dict[str, str]],
    system: str | None,
) -> None:
    """What a line that begins with a slash asks for.

    Raises:
        TruingError: It cannot be.
    """
    from pydantic import ValidationError

    from lte_edit.edits import Edit, complaint

    name, _, rest = line.partition(" ")
    if name == "/forget":
        talk[:] = _system(system)
        tell("a new conversation")
    elif name == "/edits":
        for edit in memory.edits(namespace=edited.namespace, limit=20):
            tell(f"{edit.id}  {one_line(edit.descriptor)}")
    elif name == "/add" and "=>" in rest:
        prompt, target, *more = (part.strip() for part in rest.split("=>"))
        if not (prompt and target):
            tell("expected /add PROMPT => TARGET, or /add PROMPT => TARGET => SUBJECT")
            return
        try:
            fact = Edit(prompt=prompt, target=target, subject=" ".join(more),
                        namespace=edited.namespace)  # fmt: skip
        except ValidationError as error:
            field, message = complaint(error)
            raise InputError(message, field=field) from None
        result = memory.add([fact], note="in a chat")
        tell(f"added {fact.id}" if result.added else "that is in force already")
    else:
        tell(_HELP)


@contextmanager
def _edited(
    spec: str, options: EditedOptions, loading: LoadingOptions
) -> Iterator[tuple[EditedModel, EditMemory, ChatModel]]:
    """The edited model, its memory, and what answers without edits; closed at the end."""
    from contextlib import ExitStack

    from lte_edit.edited_model import EditedModel
    from truing_core.models import load_model
    from truing_core.prompts import Prompts

    with ExitStack() as stack:
        memory = stack.enter_context(opened(options.memory, options.encoder, embeds=True))
        model = load_model(spec, loading.load())
        stack.callback(model.close)
        other = None
        if options.unaligned is not None:
            other = load_model(options.unaligned, loading.load())
            stack.callback(other.close)
        edited = EditedModel(
            model,
            memory,
            k=options.k,
            threshold=options.threshold,
            namespace=options.namespace,
            prompts=Prompts("lte_edit", override=options.prompts),
            unaligned=other,
        )
        yield edited, memory, other or model


def _bare(
    model: ChatModel, talks: Sequence[Sequence[Any]], sampling: SamplingOptions
) -> list[str | None]:
    from truing_core.models import ChatRequest

    requests = [
        ChatRequest(str(place), tuple(talk), sampling.sampling())
        for place, talk in enumerate(talks)
    ]
    found: list[str | None] = [None] * len(talks)
    for reply in model.complete(requests):
        found[int(reply.id)] = reply.text if reply.ok else f"(no answer: {reply.error})"
    return found


def _row(question: str, answer: Answer, without: str | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "question": question,
        "answer": answer.text,
        "edits": [
            {"id": hit.edit.id, "score": hit.score, "edit": hit.edit.descriptor}
            for hit in answer.used
        ],
        "left_out": [hit.edit.id for hit in answer.left_out],
        "finish_reason": answer.finish_reason,
        "error": answer.error,
    }
    if without is not None:
        row["without_edits"] = without
    return row


def _tell_edits(used: Sequence[Hit], left_out: Sequence[Hit]) -> None:
    for hit in used:
        tell(f"[{hit.edit.id}, {hit.score:.2f}] {one_line(hit.edit.descriptor)}")
    if left_out:
        tell(f"{len(left_out)} more edits were found; the context has no room for them")


def _system(text: str | None) -> list[dict[str, str]]:
    return [{"role": "system", "content": text}] if text else []


def _lines() -> Iterator[str]:
    """What the user types, line by line, with editing keys where it is a terminal."""
    terminal = sys.stdin.isatty()
    if terminal:
        from importlib.util import find_spec

        if find_spec("readline"):
            import readline  # noqa: F401 - input() edits lines by it
    while True:
        try:
            line = input("> ") if terminal else next(sys.stdin)
        except (EOFError, StopIteration):
            return
        if line.strip():
            yield line.strip()
