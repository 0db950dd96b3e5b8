"""The gateway put together: routes, and what opens and closes with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from lte_edit.__about__ import __version__
from lte_edit.gateway.access import Access
from lte_edit.gateway.backend import Backend
from lte_edit.gateway.completions import Completions
from lte_edit.gateway.edits_api import edits_router
from lte_edit.gateway.errors import ApiError
from lte_edit.gateway.finder import Finder
from lte_edit.gateway.guard import Guard
from lte_edit.gateway.metrics import Metrics
from lte_edit.gateway.requests import caller_of
from lte_edit.gateway.settings import Settings
from truing_core.errors import TruingError

if TYPE_CHECKING:
    from lte_edit.gateway.vectors import QueryVectors
    from lte_edit.memory import EditMemory


def make_app(
    memory: EditMemory,
    vectors: QueryVectors,
    model: Backend,
    *,
    unaligned: Backend | None = None,
    served: str | None = None,
    settings: Settings | None = None,
    access: Access | None = None,
    metrics: Metrics | None = None,
) -> ASGIApp:
    """A gateway as an ASGI app.

    Args:
        memory: Opened with ``vectors`` as its encoder; closed by the caller, after the app.
        vectors: The encoder.
        model: What answers.
        unaligned: What answers where no edit matters; by default ``model``.
        served: What clients call the model; by default its own name.
        settings: Limits, and how edits are chosen.
        access: Who may ask; by default this machine.
        metrics: Where things are counted.
    """
    settings, metrics = settings or Settings(), metrics or Metrics()
    served = served or model.name
    finder = Finder(memory, vectors)
    backends = [model] if unaligned is None else [model, unaligned]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            for each in backends:
                await each.open()
            yield
        finally:
            for each in backends:
                await each.close()
            await asyncio.to_thread(finder.close)

    app = FastAPI(
        title="lte-edit", version=__version__, lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url=None,
    )  # fmt: skip
    completions = Completions(finder, model, unaligned, served, settings)
    app.add_route("/v1/chat/completions", completions.chat, methods=["POST"])
    app.add_route("/v1/completions", completions.text, methods=["POST"])
    app.include_router(edits_router(finder, settings, metrics))
    entry = {"id": served, "object": "model", "created": int(time.time()), "owned_by": "lte-edit"}

    @app.get("/v1/models")
    async def models(request: Request) -> Response:
        caller_of(request).need("read")
        return JSONResponse({"object": "list", "data": [entry]})

    @app.get("/v1/models/{name:path}")
    async def one_model(request: Request, name: str) -> Response:
        caller_of(request).need("read")
        if name != served:
            raise ApiError(404, f"this gateway serves the model '{served}', and no other",
                           code="model_not_found")  # fmt: skip
        return JSONResponse(entry)

    @app.get("/metrics")
    async def counted(request: Request) -> Response:
        caller_of(request).need("admin")
        return metrics.page()

    @app.get("/healthz")
    async def alive() -> Response:
        return JSONResponse({"status": "ok"})

    @app.get("/readyz")
    async def ready() -> Response:
        trouble: dict[str, str] = {}
        try:
            await finder.call(lambda: memory.encoder_identity)
        except TruingError:
            trouble["memory"] = "the memory cannot be read"
        for name, backend in zip(("model", "unaligned"), backends, strict=False):
            if (said := await backend.ready()) is not None:
                trouble[name] = said
        status = "not ready" if trouble else "ready"
        return JSONResponse({"status": status, **trouble}, 503 if trouble else 200)

    for kind in (ApiError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, _answer)
    return Guard(app, access or Access(), settings, metrics)


async def _answer(_: Request, error: Exception) -> Response:
    """Any failure in OpenAI's shape."""
    if isinstance(error, HTTPException):
        said = {404: "there is no such route", 405: "this route does not take this method"}
        message = said.get(error.status_code, error.detail)
        error = ApiError(error.status_code, message, headers=error.headers)
    elif isinstance(error, RequestValidationError):
        first = error.errors()[0]
        name = ".".join(str(each) for each in first["loc"][1:])
        error = ApiError(422, f"the field '{name}': {first['msg']}", param=name)
    elif not isinstance(error, ApiError):
        error = ApiError(500, "the gateway failed at this request; its log says how")
    return Response(error.body, error.status, error.headers, "application/json")
