"""``/v1/edits``: what is in force, what was, and changes to it, by HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from lte_edit.edits import LONGEST, Edit, complaint
from lte_edit.gateway.errors import ApiError, memory_trouble
from lte_edit.gateway.metrics import Metrics
from lte_edit.gateway.requests import as_object, caller_of, namespace_of, read_body, timings_of
from lte_edit.gateway.settings import Settings
from truing_core.errors import InputError, TruingError, UsageError
from truing_core.files import encode_json

if TYPE_CHECKING:
    from lte_edit.gateway.finder import Finder
    from lte_edit.memory.results import Change

T = TypeVar("T")
Body = TypeVar("Body", bound=BaseModel)

Limit = Annotated[int, Query(ge=1, le=1000)]
Offset = Annotated[int, Query(ge=0, le=2**53)]


def _in_utc(time: datetime) -> datetime:
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("is outside of the calendar") from None


Time = Annotated[datetime, AfterValidator(_in_utc)]
Number = Annotated[int, Field(ge=0, le=2**53, strict=True)]


class Search(BaseModel):
    """The body of a search."""

    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    k: Annotated[int, Field(ge=1, le=1000, strict=True)] | None = None
    threshold: Annotated[float, Field(allow_inf_nan=False)] | None = None


class Rollback(BaseModel):
    """The body of a rollback: to a change or to a time."""

    model_config = ConfigDict(extra="forbid")

    to_change: Number | None = None
    to_time: Time | None = None
    all_namespaces: Annotated[bool, Field(strict=True)] = False
    note: Annotated[str, Field(max_length=LONGEST)] | None = None


def edits_router(finder: Finder, settings: Settings, metrics: Metrics) -> APIRouter:
    """The routes.

    Args:
        finder: The memory.
        settings: Limits.
        metrics: Where changes are counted.
    """
    router, memory = APIRouter(prefix="/v1/edits"), finder.memory

    async def asked(what: Callable[[], T]) -> T:
        try:
            return await finder.call(what)
        except TruingError as error:
            raise memory_trouble(error) from error

    async def changed(what: Callable[[], T]) -> T:
        """As ``asked``; what the memory refuses is a conflict."""
        try:
            return await finder.call(what)
        except TruingError as error:
            if isinstance(error, InputError) and error.path is None:
                raise ApiError(409, str(error), code="conflict") from None
            raise memory_trouble(error) from error

    async def seen(request: Request, edit_id: str) -> tuple[Edit, bool]:
        """An edit that the caller may know of."""
        try:
            edit, in_force = await finder.call(lambda: memory.get(edit_id))
        except InputError:
            raise _no_edit(edit_id) from None
        except TruingError as error:
            raise memory_trouble(error) from error
        if not caller_of(request).sees(edit.namespace):
            raise _no_edit(edit_id)
        return edit, in_force

    @router.post("", status_code=201)
    async def create(request: Request) -> Response:
        caller = caller_of(request)
        caller.need("edit")
        name, _ = namespace_of(request, settings.namespace)
        edits = edits_of((await read_body(request, settings.most_body)).body, name)
        for edit in edits:
            caller.chosen(edit.namespace, name)
        result = await changed(lambda: memory.add(edits, author=caller.name, note="by HTTP"))
        metrics.edits_changed.labels("added").inc(len(result.added))
        metrics.edits_changed.labels("superseded").inc(len(result.superseded))
        # As they are stored: what says what is in force already has another id there.
        stored = await asked(lambda: memory.known((*result.added, *result.unchanged)))
        return _json(
            {
                "object": "edit.addition", "change": result.change, "added": result.added,
                "superseded": result.superseded, "unchanged": result.unchanged,
                "data": [_edit(edit) for edit in stored],
            },
            201 if result.added else 200,
        )  # fmt: skip

    @router.get("")
    async def listed(request: Request, limit: Limit = 100, offset: Offset = 0) -> Response:
        caller_of(request).need("read")
        name, own = namespace_of(request, settings.namespace)
        found: list[Edit] = []
        if await finder.check(name, own):
            found = await asked(lambda: memory.edits(name, limit=limit + 1, offset=offset))
        return _json(
            {
                "object": "list", "data": [_edit(edit) for edit in found[:limit]],
                "has_more": len(found) > limit, "namespace": name,
            }
        )  # fmt: skip

    @router.get("/history")
    async def history(
        request: Request, id: str | None = None, limit: Limit = 100, offset: Offset = 0
    ) -> Response:
        caller_of(request).need("read")
        name, own = namespace_of(request, settings.namespace)
        if id is not None:
            name, own = (await seen(request, id))[0].namespace, True
        changes: list[Change] = []
        if await finder.check(name, own):
            changes = (await asked(lambda: memory.history(id, name)))[::-1]
        return _json(
            {
                "object": "list", "data": [_entry(each) for each in changes[offset:][:limit]],
                "has_more": len(changes) > offset + limit, "namespace": name,
            }
        )  # fmt: skip

    @router.post("/search")
    async def search(request: Request) -> Response:
        caller_of(request).need("read")
        name, own = namespace_of(request, settings.namespace)
        wanted = await _read(request, settings, Search)
        threshold = settings.threshold if wanted.threshold is None else wanted.threshold
        known = await finder.check(name, own)
        hits = (
            await finder.find(
                wanted.query, name, wanted.k or settings.k, threshold, timings_of(request)
            )
            if known
            else []
        )
        data = [{"object": "edit.hit", "score": round(hit.score, 6), "part": hit.part,
                 "edit": _edit(hit.edit)} for hit in hits]  # fmt: skip
        return _json({"object": "list", "data": data, "namespace": name})

    @router.post("/rollback")
    async def rollback(request: Request) -> Response:
        caller = caller_of(request)
        caller.need("admin")
        name, own = namespace_of(request, settings.namespace)
        wanted = await _read(request, settings, Rollback)
        if (wanted.to_change is None) == (wanted.to_time is None):
            raise ApiError(422, "expected one of to_change and to_time", param="to_change")
        where = None if wanted.all_namespaces else name
        if where is not None and not await finder.check(where, own):
            raise ApiError(404, f"the namespace '{where}' has no edits yet", code="not_found")
        try:
            change, back, gone = await finder.call(
                lambda: memory.rollback(
                    to_change=wanted.to_change, to_time=wanted.to_time, namespace=where,
                    author=caller.name, note=wanted.note,
                )
            )  # fmt: skip
        except UsageError as error:
            raise ApiError(404, str(error), code="not_found", param="to_change") from None
        except TruingError as error:
            raise memory_trouble(error) from error
        metrics.edits_changed.labels("rolled_back").inc(back + gone)
        return _json({"object": "edit.rollback", "change": change, "came_back": back,
                      "went_out": gone, "namespace": where})  # fmt: skip

    @router.get("/{edit_id}")
    async def one(request: Request, edit_id: str) -> Response:
        caller_of(request).need("read")
        edit, in_force = await seen(request, edit_id)
        return _json({**_edit(edit), "in_force": in_force})

    @router.delete("/{edit_id}")
    async def delete(request: Request, edit_id: str) -> Response:
        caller = caller_of(request)
        caller.need("edit")
        edit, _ = await seen(request, edit_id)
        change = await changed(lambda: memory.remove([edit.id], author=caller.name, note="by HTTP"))
        metrics.edits_changed.labels("removed").inc()
        return _json({"id": edit.id, "object": "edit.deleted", "deleted": True, "change": change})

    return router


def edits_of(body: Any, namespace: str) -> list[Edit]:
    """The edits of a request: one object, a list of them, or ``{"edits": [...]}``.

    Args:
        body: As it reads.
        namespace: Of edits that name none.

    Raises:
        ApiError: 422: one of them cannot be. 409: two have the same id.
    """
    many = body.get("edits") if isinstance(body, dict) and "edits" in body else body
    rows = [many] if isinstance(many, dict) else many
    if not isinstance(rows, list) or not rows:
        raise ApiError(422, "expected an edit, with prompt and target, or a list of edits")
    edits: dict[str, Edit] = {}
    for place, row in enumerate(rows):
        where = f"edits[{place}]" if rows is many else "edit"
        if not isinstance(row, dict):
            raise ApiError(422, f"{where} is no object with prompt and target", param=where)
        try:
            edit = Edit.model_validate({"namespace": namespace, **row})
        except ValidationError as error:
            name, problem = complaint(error)
            raise ApiError(422, f"{where}, field '{name}': {problem}", param=name) from None
        if edit.id in edits:
            raise ApiError(409, f"the id '{edit.id}' stands twice among the edits", code="conflict")
        edits[edit.id] = edit
    return list(edits.values())


async def _read(request: Request, settings: Settings, kind: type[Body]) -> Body:
    body = as_object((await read_body(request, settings.most_body)).body)
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        name, problem = complaint(error)
        raise ApiError(422, f"the field '{name}': {problem}", param=name) from None


def _no_edit(edit_id: str) -> ApiError:
    return ApiError(404, f"there is no edit '{edit_id:.200}'", code="not_found")


def _edit(edit: Edit) -> dict[str, Any]:
    return {"object": "edit", **edit.model_dump(mode="json")}


def _entry(change: Change) -> dict[str, Any]:
    return {
        "object": "edit.change", "change": change.id, "kind": change.kind,
        "time": change.time.astimezone(UTC).isoformat(), "author": change.author,
        "note": change.note, "began": change.began, "ended": change.ended,
    }  # fmt: skip


def _json(content: Any, status: int = 200) -> Response:
    return Response(encode_json(content), status, media_type="application/json")
