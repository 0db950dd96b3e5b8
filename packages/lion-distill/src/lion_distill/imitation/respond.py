"""The teacher's answers to the train pool: what the student is to imitate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lion_distill.imitation.declining import declines
from lion_distill.metering import tokens
from lion_distill.rows import Instruction, Response
from lion_distill.workspace import Iteration, save
from truing_core.errors import InputError, ModelError
from truing_core.models.base import ChatReply, Usage
from truing_core.roles import ModelChoice, Watch, loaded
from truing_core.run import Run

REASONS = ("failed", "truncated", "empty", "refusal")
"""Why an answer is no target, in the order in which that is asked."""


def respond(
    run: Run,
    at: Iteration,
    instructions: Sequence[Instruction],
    teacher: ModelChoice,
    *,
    watch: Watch,
) -> dict[str, Any]:
    """Asks the teacher (Lion, section 3.1) and writes ``responses.jsonl`` in the pool's order.

    Answers that failed, ran into the limit of tokens, are empty or decline the task are no targets:
    they are left out and counted. What the run's journal holds is not asked again.

    Args:
        run: The open run.
        at: The iteration.
        instructions: The train pool.
        teacher: Who answers.
        watch: Shows progress.

    Returns:
        ``instructions``, ``kept``, ``left_out`` (by reason), ``tokens`` (``prompt``,
        ``completion``).

    Raises:
        ModelError: The teacher cannot be used, or all requests failed.
        InputError: There are no instructions, or no answer can be imitated.
    """
    if not instructions:
        raise InputError("the train pool is empty; there is nothing to imitate", path=at.folder)
    requests = (each.request(teacher.sampling) for each in instructions)
    replies: dict[str, ChatReply] = {}
    with loaded(teacher, run) as model, watch("respond", len(instructions)) as on_reply:
        for reply in model.complete(requests):
            replies[reply.id] = reply
            on_reply(reply)
    left_out: Counter[str] = Counter()
    kept = []
    for each in instructions:
        if reason := why_not(replies[each.id], each):
            left_out[reason] += 1
        else:
            kept.append(_response(each, replies[each.id].text))
    if left_out["failed"] == len(instructions):
        first = next(reply.error for reply in replies.values() if reply.error)
        raise ModelError(f"all {len(instructions)} requests failed; the first said: {first}")
    if not kept:
        shown = ", ".join(f"{left_out[reason]} {reason}" for reason in REASONS if left_out[reason])
        raise InputError(f"none of the teacher's answers can be imitated ({shown})", path=at.folder)
    save(at.responses, kept)
    usage = sum((reply.usage for reply in replies.values()), Usage())
    return {
        "instructions": len(instructions),
        "kept": len(kept),
        "left_out": {reason: left_out[reason] for reason in REASONS if left_out[reason]},
        "tokens": tokens(usage),
    }


def why_not(reply: ChatReply, instruction: Instruction) -> str | None:
    """One of :data:`REASONS` if a reply to an instruction is no target; else ``None``."""
    if not reply.ok:
        return "failed"
    if reply.finish_reason == "length":
        return "truncated"
    if not reply.text.strip():
        return "empty"
    return "refusal" if declines(reply.text, instruction.instruction) else None


def _response(instruction: Instruction, answer: str) -> Response:
    asked = [{"role": turn["role"], "content": turn["content"]} for turn in instruction.messages()]
    said = {"role": "assistant", "content": answer.strip()}
    return Response(id=instruction.id, messages=[*asked, said])
