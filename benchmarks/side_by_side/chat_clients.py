"""Clients that ask a server many questions: ours, the bare openai client, and the peers.

Each imports what it needs and returns a call that asks everything. With a folder it keeps there
what it needs to go on after it was killed, in the way its documentation shows; without one it
starts from nothing (ours journals all the same).
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

SERVER = ("-m", "truing_core.testing.server")
PEERS = ("inspect-ai", "curator", "distilabel")
PACKAGES = {"curator": "bespokelabs-curator"}  # whose distribution has another name

Answers = dict[str, str]
Prepared = Callable[[], Answers]
Client = Callable[[str, list[str], int, Path | None], Prepared]


def prompts(count: int) -> list[str]:
    return [f"question {number}" for number in range(count)]


def right(texts: Answers, asked: list[str]) -> int:
    """How many questions have the answer that the server gave."""
    return sum(texts.get(prompt) == f"echo: {prompt}" for prompt in asked)


def truing(url: str, prompts: list[str], concurrency: int, folder: Path | None) -> Prepared:
    from truing_core.journal import Journal, JournaledModel
    from truing_core.models import ChatRequest, LoadOptions, Sampling, load_model

    model = load_model(f"openai/m@{url}", LoadOptions(concurrency=concurrency))
    temporary = None if folder else tempfile.TemporaryDirectory()
    journal = Journal(Path(temporary.name if temporary else folder, "journal.sqlite"))

    def run() -> Answers:
        requests = (
            ChatRequest(prompt, ({"role": "user", "content": prompt},), Sampling(max_tokens=64))
            for prompt in prompts
        )
        texts = {
            reply.id: reply.text for reply in JournaledModel(model, journal).complete(requests)
        }
        kept = len(journal)
        journal.close()
        model.close()
        if temporary:
            temporary.cleanup()
        assert kept == len(texts), f"{kept} of {len(texts)} replies in the journal"
        return texts

    return run


def bare(transport: str) -> Client:
    def prepare(url: str, prompts: list[str], concurrency: int, folder: Path | None) -> Prepared:
        import openai

        http = openai.DefaultAioHttpClient() if transport == "aiohttp" else None
        client = openai.AsyncOpenAI(base_url=url, api_key="none", http_client=http)

        async def ask_all() -> Answers:
            slots, texts = asyncio.Semaphore(concurrency), {}

            async def ask(prompt: str) -> None:
                async with slots:
                    try:
                        answer = await client.chat.completions.create(
                            model="m",
                            messages=[{"role": "user", "content": prompt}],
                            temperature=0.0,
                            max_tokens=64,
                        )
                        texts[prompt] = answer.choices[0].message.content or ""
                    except (openai.OpenAIError, ValueError, LookupError) as error:
                        texts[prompt] = f"lost: {error}"

            await asyncio.gather(*map(ask, prompts))
            await client.close()
            return texts

        return lambda: asyncio.run(ask_all())

    return prepare


def inspect_ai(url: str, prompts: list[str], concurrency: int, folder: Path | None) -> Prepared:
    """Its `generate`, whose cache is what a second run finds the answers in."""
    if folder:
        os.environ["INSPECT_CACHE_DIR"] = str(folder)
    from inspect_ai.model import GenerateConfig, get_model

    config = GenerateConfig(
        max_connections=concurrency, temperature=0.0, max_tokens=64, cache=folder is not None
    )
    model = get_model("openai/m", base_url=url, api_key="none", config=config, responses_api=False)

    async def ask_all() -> Answers:
        texts: Answers = {}

        async def ask(prompt: str) -> None:
            try:
                texts[prompt] = (await model.generate(prompt)).completion
            except Exception as error:
                texts[prompt] = f"lost: {error}"

        await asyncio.gather(*map(ask, prompts))
        return texts

    return lambda: asyncio.run(ask_all())


def inspect_eval(url: str, prompts: list[str], concurrency: int, folder: Path | None) -> Prepared:
    """Its `eval`, and `eval_retry` on the log that a killed one left behind."""
    os.environ["OPENAI_API_KEY"] = "none"  # which a log does not keep
    from inspect_ai import eval as begin
    from inspect_ai import eval_retry
    from inspect_ai.log import list_eval_logs

    options = {
        "log_dir": str(folder),
        "display": "none",
        "max_connections": concurrency,
        "max_samples": concurrency,
    }

    def run() -> Answers:
        if logs := list_eval_logs(str(folder)):
            [log] = eval_retry(logs[0], **options)
        else:
            [log] = begin(
                f"{Path(__file__).parent / 'inspect_questions.py'}@questions",
                task_args={"count": len(prompts)},
                model="openai/m",
                model_base_url=url,
                model_args={"responses_api": False},
                temperature=0.0,
                max_tokens=64,
                **options,
            )
        return {str(sample.input): sample.output.completion for sample in log.samples or []}

    return run


def curator(url: str, prompts: list[str], concurrency: int, folder: Path | None) -> Prepared:
    os.environ.update(CURATOR_VIEWER="0", TELEMETRY_ENABLED="0")
    if folder:
        os.environ["CURATOR_CACHE_DIR"] = str(folder)
    else:
        os.environ["CURATOR_DISABLE_CACHE"] = "1"
    import litellm

    # Its copy of the tokenizer, which curator would otherwise fetch from the network.
    tokenizers = Path(litellm.__file__).parent / "litellm_core_utils" / "tokenizers"
    os.environ["TIKTOKEN_CACHE_DIR"] = str(tokenizers)
    from bespokelabs import curator

    model = curator.LLM(
        model_name="m",
        backend="openai",
        generation_params={"temperature": 0.0, "max_tokens": 64},
        backend_params={
            "base_url": url,
            "api_key": "none",
            "max_concurrent_requests": concurrency,
            "max_requests_per_minute": 10_000_000,
            "max_tokens_per_minute": 10_000_000_000,
            "max_retries": 6,
            "require_all_responses": False,
        },
    )

    def run() -> Answers:
        answers = model(prompts)
        rows = getattr(answers, "dataset", answers)
        found = {row["response"] for row in rows}
        return {prompt: text for prompt in prompts if (text := f"echo: {prompt}") in found}

    return run


def distilabel(url: str, prompts: list[str], concurrency: int, folder: Path | None) -> Prepared:
    from distilabel.models import OpenAILLM
    from distilabel.pipeline import Pipeline
    from distilabel.steps import LoadDataFromDicts
    from distilabel.steps.tasks import TextGeneration

    with Pipeline(name="dispatch", cache_dir=folder) as pipeline:
        load = LoadDataFromDicts(
            data=[{"instruction": prompt} for prompt in prompts], batch_size=concurrency
        )
        model = OpenAILLM(
            model="m",
            base_url=url,
            api_key="none",
            max_retries=6,
            generation_kwargs={"temperature": 0.0, "max_new_tokens": 64},
        )
        load >> TextGeneration(llm=model, input_batch_size=concurrency)

    def run() -> Answers:
        rows = pipeline.run(use_cache=folder is not None)["default"]["train"]
        return {row["instruction"]: row["generation"] or "" for row in rows}

    return run


CLIENTS: dict[str, Client] = {
    "truing": truing,
    "openai-aiohttp": bare("aiohttp"),
    "openai-httpx": bare("httpx"),
    "inspect-ai": inspect_ai,
    "inspect-ai eval": inspect_eval,
    "curator": curator,
    "distilabel": distilabel,
}


def stats(url: str) -> dict[str, Any]:
    """What the server counted; questions and good answers by question."""
    with urlopen(url.removesuffix("/v1") + "/stats", timeout=30) as answer:
        found = json.load(answer)
    return {**found, **{key: Counter(found[key]) for key in ("asked", "answered")}}


def be_client(
    name: str, url: str, count: int, concurrency: int, spawned: float, folder: Path | None = None
) -> None:
    """What a client process does: get ready, ask everything, print one JSON line."""
    asked = prompts(count)
    run = CLIENTS[name](url, asked, concurrency, folder)
    ready, cpu = time.time(), sum(os.times()[:4])
    texts = run()
    seconds = time.time() - ready
    row = {
        "start_up_s": ready - spawned,
        "run_s": seconds,
        "cpu_ms_per_request": (sum(os.times()[:4]) - cpu) / count * 1000,
        "right": right(texts, asked),
    }
    print("\n" + json.dumps(row))
