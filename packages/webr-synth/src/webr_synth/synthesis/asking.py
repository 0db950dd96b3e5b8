"""What the model is asked at each stage."""

from __future__ import annotations

from truing_core.models.base import Message
from truing_core.prompts import Prompts, make_mark
from webr_synth.rows import Perspective

AUTHOR, REFINE = "author", "refine"


def request_template(perspective: Perspective) -> str:
    """The name of the template that asks for a request."""
    return f"request/{perspective}"


def ask_author(prompts: Prompts, document: str, language: str) -> tuple[Message, ...]:
    """Who would come with this document?"""
    return _user(
        prompts.render(AUTHOR, document=document, language=language, mark=make_mark(document))
    )


def ask_request(
    prompts: Prompts,
    perspective: Perspective,
    document: str,
    author: str,
    limit: int,
    language: str,
) -> tuple[Message, ...]:
    """What would that person ask?"""
    return _user(
        prompts.render(
            request_template(perspective),
            document=document,
            author=author,
            limit=limit,
            language=language,
            mark=make_mark(document),
        )
    )


def training_turn(
    perspective: Perspective, document: str, request: str, *, document_first: bool
) -> str:
    """The user's turn of the finished row, which is also what asks for the response.

    With web as instruction it holds the document and the request, in either order; with web as
    response the request alone.
    """
    if perspective.startswith("wr"):
        return request
    return f"{document}\n\n{request}" if document_first else f"{request}\n\n{document}"


def ask_refined(
    prompts: Prompts, document: str, request: str, draft: str, language: str
) -> tuple[Message, ...]:
    """A better answer, with the document at hand."""
    return _user(
        prompts.render(
            REFINE,
            document=document,
            request=request,
            draft=draft,
            language=language,
            mark=make_mark(document, request, draft),
        )
    )


def ask_response(turn: str) -> tuple[Message, ...]:
    """The answer to the user's turn as it stands."""
    return _user(turn)


def _user(text: str) -> tuple[Message, ...]:
    # Some models know no system turn.
    return ({"role": "user", "content": text},)
