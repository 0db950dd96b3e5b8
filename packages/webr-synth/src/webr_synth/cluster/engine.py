"""Ray: the cluster, and its workers, each with a model of its own.

Ray Data hands out blocks one by one, starts a worker that died anew, and gives it its block again.
Blocks travel by number and place: a worker reads its documents itself, and leaves what came of them
in the run folder.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing_core import errors
from truing_core.errors import TruingError
from truing_core.models import ChatModel, ModelSpec, load_model
from truing_core.redact import redact
from truing_core.terminal import tell
from webr_synth.cluster.blocks import BlockStore
from webr_synth.cluster.corpus import Block, Corpus, Piece
from webr_synth.cluster.making import PackedChoice, make_block

if TYPE_CHECKING:
    from webr_synth.synthesis.choices import SynthChoice
    from webr_synth.synthesis.tokens import Count

TRIES = 5
"""How often the worker of one block may die; Ray alone would go on for ever."""
_OBJECT_STORE = 200_000_000  # bytes; only numbers and places go through it
_ENGINE = "TRUING_VLLM_ARGS"
_PASSED_ON = ("OPENAI_BASE_URL", _ENGINE, "HF_TOKEN")


@dataclass(frozen=True)
class ClusterChoice:
    """Where blocks are made; none of it changes what comes of them.

    Attributes:
        address: Of a Ray cluster, ``auto`` for the one this machine belongs to; ``None`` starts
            one on this machine.
        workers: How many models there are.
    """

    address: str | None = None
    workers: int = 2


@dataclass(frozen=True)
class Settings:
    """Variables that workers get. They go from process to process and are never shown.

    Not in Ray's ``runtime_env``, which Ray's agent writes to its log as it is.
    """

    values: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, spec: str) -> Settings:
        """Those of this process that the model asks for."""
        names = (ModelSpec.parse(spec).api_key_env, *_PASSED_ON)
        return cls({name: os.environ[name] for name in names if name in os.environ})


def need_ray() -> None:
    """Makes sure that Ray is there.

    Raises:
        TruingError: It is not.
    """
    # Before Ray is imported, which reads it then.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # At ERROR, its C++ part warns on stderr of each worker that may be started anew.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray.data  # noqa: F401
    except ImportError:
        raise TruingError("--executor ray needs Ray: pip install 'webr-synth[ray]'") from None


class BlockWorker:
    """What Ray runs: it loads its model at its first block, and keeps it.

    Args:
        folder: Where blocks are kept.
        corpus: The documents.
        choice: How they are asked about.
        settings: Variables for this process.
        driver: Tells one start of the command from another.
    """

    def __init__(
        self, folder: Path, corpus: Corpus, choice: PackedChoice, settings: Settings, driver: str
    ) -> None:
        os.environ.update(settings.values)
        self._store, self._corpus, self._packed = BlockStore(folder), corpus, choice
        self._driver = driver
        self._loaded: tuple[SynthChoice, ChatModel, Count] | None = None

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Makes the one block of a batch; trouble comes back as a row, for the driver to raise."""
        number = int(batch["block"][0])
        pieces = json.loads(str(batch["pieces"][0]))
        kind = text = ""
        try:
            if self._store.began(number, self._driver) > TRIES:
                raise TruingError(
                    f"the worker of block {number} died {TRIES} times, perhaps for want of memory; "
                    "Ray's logs say more"
                )
            choice, model, count = self._opened()
            block = Block(number, tuple(Piece(*piece) for piece in pieces))
            make_block(block, self._corpus, self._store, choice, model, count)
        except TruingError as error:
            kind, text = type(error).__name__, redact(str(error))
        return {"block": [number], "kind": [kind], "text": [text]}

    def __del__(self) -> None:
        # An engine has processes of its own, and memory that the next worker needs.
        loaded = self.__dict__.get("_loaded")
        if loaded is not None:
            with suppress(Exception):
                loaded[1].close()

    def _opened(self) -> tuple[SynthChoice, ChatModel, Count]:
        if self._loaded is None:
            from webr_synth.synthesis.tokens import counter

            choice = self._packed.unpacked()
            count = counter(choice.tokenizer)
            model = load_model(choice.model.spec, choice.model.options)
            self._loaded = choice, model, count
        return self._loaded


class Cluster:
    """A Ray cluster, joined at first use and left at the end of the block.

    Args:
        choice: Which.
    """

    def __init__(self, choice: ClusterChoice) -> None:
        self._choice = choice
        self._stack = ExitStack()
        self._driver = os.urandom(4).hex()
        self._joined = False

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def make(
        self,
        blocks: Sequence[Block],
        folder: Path,
        corpus: Corpus,
        choice: SynthChoice,
    ) -> Iterator[int]:
        """Makes blocks, and yields the number of each as it is done.

        Args:
            blocks: Which.
            folder: Where they are kept; all machines see it.
            corpus: The documents.
            choice: How they are asked about.

        Raises:
            TruingError: What the first worker in trouble says, or there is no cluster.
        """
        if not self._joined:
            self._stack.enter_context(_joined(self._choice))
            self._joined = True
            _tell_room(self._choice.workers, _gpus(choice.model.spec))
        import ray

        rows = [
            {
                "block": block.number,
                "pieces": json.dumps([astuple(piece) for piece in block.pieces]),
            }
            for block in blocks
        ]
        packed, settings = PackedChoice.of(choice), Settings.of(choice.model.spec)
        arguments = (folder, corpus, packed, settings, self._driver)
        done = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
            BlockWorker,
            fn_constructor_args=arguments,
            batch_size=1,
            compute=ray.data.ActorPoolStrategy(
                size=min(self._choice.workers, len(rows)), max_tasks_in_flight_per_actor=1
            ),
            num_cpus=1,
            num_gpus=_gpus(choice.model.spec) or None,
        )
        try:
            for row in done.iter_rows():
                if row["kind"]:
                    raise getattr(errors, row["kind"], TruingError)(row["text"])
                yield int(row["block"])
        except ray.exceptions.RayError as error:
            reason = redact(" ".join(str(error).split()))[:300]
            raise TruingError(f"Ray gave up: {reason}; run the same command again to go on") from (
                error
            )


@contextmanager
def _joined(choice: ClusterChoice) -> Iterator[None]:
    need_ray()
    import ray

    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if choice.address is None:
        options |= {
            "address": "local",
            "num_cpus": choice.workers + 1,
            "include_dashboard": False,
            "object_store_memory": _OBJECT_STORE,
        }
    else:
        options["address"] = choice.address
    try:
        ray.init(**options)
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise TruingError(
            f"no Ray cluster at '{choice.address or 'this machine'}': {reason}"
        ) from None
    try:
        _quieten()
        # Ray prints there what happens to workers, and stdout belongs to data.
        with redirect_stdout(sys.stderr):
            yield
    finally:
        ray.shutdown()


def _quieten() -> None:
    import ray

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _tell_room(workers: int, gpus: int) -> None:
    """Says so if some workers must wait: machines may still join a cluster."""
    import ray

    there = ray.cluster_resources()
    room = int(there.get("CPU", 0))
    if gpus:
        room = min(room, int(there.get("GPU", 0)) // gpus)
    if room < workers:
        tell(f"the cluster has room for {room} of {workers} workers; the others wait for more")


def _gpus(spec: str) -> int:
    """How many GPUs a worker asks Ray for: as many as one engine spans."""
    import ray

    if ModelSpec.parse(spec).backend == "openai" or not ray.cluster_resources().get("GPU"):
        return 0
    try:
        engine = json.loads(os.environ.get(_ENGINE, "{}"))
        spans = [int(engine.get(f"{kind}_parallel_size", 1)) for kind in ("tensor", "pipeline")]
    except (ValueError, TypeError, AttributeError):
        return 1  # the engine will say what is wrong with it
    return spans[0] * spans[1]
