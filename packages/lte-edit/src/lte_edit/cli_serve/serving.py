"""``lte-edit serve``: from options to a gateway that listens."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lte_edit.cli_serve.options import (
    DoorOptions,
    EditingOptions,
    LimitOptions,
    LocalOptions,
    Model,
    ServedName,
    Unaligned,
)
from truing_core.cli import JsonOut, emit_json, grouped, tell
from truing_core.errors import UsageError
from truing_core.terminal import printable

if TYPE_CHECKING:
    from contextlib import ExitStack

    from lte_edit.gateway.access import Access
    from lte_edit.gateway.metrics import Metrics
    from lte_edit.gateway.settings import Settings
    from lte_edit.gateway.upstream import Upstream
    from lte_edit.gateway.vectors import QueryVectors
    from lte_edit.memory import EditMemory
    from truing_core.models import ModelSpec
    from truing_core.models.hf import HFModel
    from truing_core.prompts import Prompts


@grouped
def serve_command(
    *,
    model: Model,
    unaligned: Unaligned = None,
    served_name: ServedName = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be served, and serve nothing.")
    ] = False,
    as_json: JsonOut = False,
    editing: EditingOptions,
    door: DoorOptions,
    limits: LimitOptions,
    local: LocalOptions,
) -> None:
    """Serve a model under the edits of a memory: OpenAI's API, and /v1/edits beside it.

    Clients of OpenAI's API work unchanged: point them at the URL that is shown. What a request
    used is in the header X-LTE-Edits and in the field "lte" of the answer. With -v, each request
    is one line on stderr.
    """
    from lte_edit.gateway.keys import check_namespace
    from lte_edit.gateway.settings import Settings
    from truing_core.models import ModelSpec

    specs = [ModelSpec.parse(spec) for spec in (model, unaligned) if spec is not None]
    if any(spec.backend == "vllm" for spec in specs):
        raise UsageError("start 'vllm serve' for this model, and name it openai/NAME@URL")
    check_namespace(editing.namespace)
    settings = Settings(
        namespace=editing.namespace,
        k=editing.k,
        threshold=editing.threshold,
        most_requests=limits.max_requests_at_once,
        most_body=round(limits.max_body * 1e6),
        timeout=limits.timeout,
    )
    access = _access(door)
    served = served_name or _name_of(specs[0])
    if dry_run:
        _show(_plan(specs, served, editing, door, limits, access), as_json)
        return
    _serve(specs, served, editing, door, limits, local, settings, access)


def _access(door: DoorOptions) -> Access:
    """The door, which stands open to nobody but this machine without keys."""
    from lte_edit.gateway.access import Access, is_loopback
    from lte_edit.gateway.keys import KeyRing

    if door.keys is None:
        if not is_loopback(door.host):
            raise UsageError(
                f"listening on {door.host} lets others in, so it needs keys: make one with "
                "'lte-edit keys add --file keys.json --role edit', then add --keys keys.json"
            )
        return Access()
    try:
        ring = KeyRing(door.keys)
    except FileNotFoundError:
        ring = None
    if not ring:
        raise UsageError(
            f"there is no key in {door.keys}, so nobody could get in; make one with "
            f"'lte-edit keys add --file {door.keys} --role edit'"
        )
    return Access(ring)


def _serve(
    specs: list[ModelSpec], served: str, editing: EditingOptions, door: DoorOptions,
    limits: LimitOptions, local: LocalOptions, settings: Settings, access: Access,
) -> None:  # fmt: skip
    from contextlib import ExitStack, closing

    from lte_edit.block import edit_prompt
    from lte_edit.gateway.app import make_app
    from lte_edit.gateway.local import LocalModel
    from lte_edit.gateway.metrics import Metrics
    from lte_edit.gateway.server import listening, serve, url_of
    from lte_edit.gateway.upstream import Upstream
    from truing_core.prompts import Prompts

    metrics, prompts = Metrics(), Prompts("lte_edit", override=editing.prompts)
    edit_prompt(prompts, ["A template that cannot be filled is better known now."], "Or is it?")
    with ExitStack() as stack:
        # The port first: loading takes long, and a port that is taken should not. The memory
        # last: if there is no model, no empty memory is left behind.
        sock = stack.enter_context(closing(listening(door.host, door.port)))
        models = [_loaded(spec, prompts, metrics, limits.timeout, local, stack) for spec in specs]
        memory, vectors = _memory(editing, settings, stack)
        names = [served, *(_name_of(spec) for spec in specs[1:])]
        model, *others = (
            each if isinstance(each, Upstream) else LocalModel(name, each, prompts, limits.queue)
            for name, each in zip(names, models, strict=True)
        )
        app = make_app(
            memory, vectors, model, unaligned=others[0] if others else None, served=served,
            settings=settings, access=access, metrics=metrics,
        )  # fmt: skip
        count, url = memory.counts()["in_force"], url_of(sock)
        ready = f"ready: {url} serves '{served}' under {memory.path}, edits in force: {count:,}"
        serve(app, sock, grace=limits.grace, ready=ready)
        tell(f"stopped: {url}")


def _loaded(
    spec: ModelSpec, prompts: Prompts, metrics: Metrics, timeout: float, local: LocalOptions,
    stack: ExitStack,
) -> Upstream | HFModel:  # fmt: skip
    """A server's address and key, checked, or a model with its weights read."""
    from dataclasses import asdict

    if spec.backend == "openai":
        from lte_edit.gateway.upstream import Upstream

        return Upstream(spec, prompts, metrics, timeout)
    from truing_core.models import LoadOptions, load_model
    from truing_core.models.hf import HFModel

    model = load_model(spec, LoadOptions(**asdict(local)))
    stack.callback(model.close)
    assert isinstance(model, HFModel)
    model.room([{"role": "user", "content": "This reads the weights."}])
    return model


def _memory(
    editing: EditingOptions, settings: Settings, stack: ExitStack
) -> tuple[EditMemory, QueryVectors]:
    from lte_edit.encoder import load_encoder, spec_for
    from lte_edit.gateway.vectors import QueryVectors
    from lte_edit.memory import EditMemory

    stored = _stored(editing.memory)
    spec = spec_for(editing.encoder, stored.get("encoder"))
    vectors = QueryVectors(load_encoder(spec), settings.remembered)
    memory = stack.enter_context(EditMemory.open(editing.memory, vectors))
    # What is loaded and indexed now keeps no request waiting.
    for name, edits in memory.namespaces().items():
        if edits:
            memory.search("Who reads this?", 1, namespace=name)
    return memory, vectors


def _stored(place: str) -> dict[str, Any]:
    """What a memory is like; only its place if there is none yet."""
    from lte_edit.memory import EditMemory
    from lte_edit.memory.backend import MissingMemory

    try:
        with EditMemory.open(place, create=False) as memory:
            return {
                "memory": str(memory.path), "edits": memory.counts()["in_force"],
                "encoder": memory.encoder_identity, "threshold": memory.threshold,
            }  # fmt: skip
    except MissingMemory as error:  # whose path has no password
        return {"memory": f"{error.path} (will be made)", "edits": 0}


def _name_of(spec: ModelSpec) -> str:
    """What clients call a model: no folder of this machine."""
    if spec.backend != "hf":
        return spec.name
    folder = Path(os.path.abspath(os.path.expanduser(spec.name)))  # also of "." and "aligned/.."
    return folder.name or spec.name if folder.exists() else spec.name


def _plan(
    specs: list[ModelSpec], served: str, editing: EditingOptions, door: DoorOptions,
    limits: LimitOptions, access: Access,
) -> dict[str, Any]:  # fmt: skip
    from lte_edit.encoder import spec_for

    stored = _stored(editing.memory)
    encoder = spec_for(editing.encoder, stored.get("encoder"))
    least = stored.get("threshold") if editing.threshold is None else editing.threshold
    return {
        "url": f"http://{door.host}:{door.port}/v1",
        "model": str(specs[0]),
        "unaligned": str(specs[1]) if len(specs) > 1 else None,
        "served_name": served,
        "memory": stored["memory"],
        "edits": stored["edits"],
        "encoder": encoder,
        "namespace": editing.namespace,
        "k": editing.k,
        "threshold": least,
        "keys": None if access.ring is None else len(access.ring),
        "max_concurrent": limits.max_requests_at_once,
        "queue": limits.queue,
        "max_body_mb": limits.max_body,
        "timeout_s": limits.timeout,
        "grace_s": limits.grace,
    }


def _show(plan: dict[str, Any], as_json: bool) -> None:
    if as_json:
        emit_json(plan)
        return
    for name, value in plan.items():
        typer.echo(f"{name:<15} {'none' if value is None else printable(str(value))}")
