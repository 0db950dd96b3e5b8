"""Any OpenAI-compatible server: OpenAI, vLLM, llama.cpp, Ollama, TGI, SGLang ..."""

from __future__ import annotations

import asyncio
import difflib
import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import openai

from truing_core.errors import ModelError, UsageError
from truing_core.models.base import ChatReply, ChatRequest, Usage
from truing_core.models.chat_api import OVERLOAD, Dialect, Refusal, read_reply
from truing_core.models.dispatch import Dispatcher
from truing_core.models.load_options import LoadOptions
from truing_core.models.retry import PassingFault, RetryPolicy, retry_after
from truing_core.models.spec import ModelSpec
from truing_core.models.token_counts import count_roughly, count_text_roughly
from truing_core.redact import HIDDEN, is_secret, redact

logger = logging.getLogger(__name__)

_OPENAI = "https://api.openai.com/v1"
_NO_KEY = "no-key-needed"
_CONNECT_TIMEOUT = 10.0
_TRY_AGAIN = (408, 409, 425)


def base_url(spec: ModelSpec) -> str:
    """The server's address: the spec's, or ``OPENAI_BASE_URL``, or OpenAI's own."""
    return (spec.base_url or os.environ.get("OPENAI_BASE_URL", "").strip() or _OPENAI).rstrip("/")


def identity(spec: ModelSpec) -> str:
    """The journal's name for a model: its name and, unless it is OpenAI's own, its address."""
    url = base_url(spec)
    return (
        f"openai/{spec.name}" if _is_openai(url) else f"openai/{spec.name}@{_without_secrets(url)}"
    )


class OpenAIModel:
    """A remote chat model behind an OpenAI-compatible server.

    Args:
        spec: Name, address and the environment variable that holds the key.
        options: Concurrency, retries and timeout.
        outage: Seconds the server may vanish in mid-run before the run gives up.

    Raises:
        ModelError: The server is OpenAI's and no key is set, or the key is malformed.
    """

    def __init__(
        self, spec: ModelSpec, options: LoadOptions | None = None, *, outage: float = 60.0
    ) -> None:
        options = options or LoadOptions()
        if options.concurrency < 1:
            raise UsageError(f"concurrency must be at least 1, not {options.concurrency}")
        url = base_url(spec)
        if urlsplit(url).username is not None:
            raise ModelError(
                f"OPENAI_BASE_URL must not hold credentials; set the key in {spec.api_key_env}"
            )
        self._spec, self.identity, self._key = spec, identity(spec), _key(spec, url)
        self._place = _without_secrets(url)
        # Spelt out, it saves the client from merging the path into its base for each request.
        self._address = f"{url}/chat/completions"
        self._dialect = Dialect()
        self._succeeded = self._guesses = False
        self._diagnosing = asyncio.Lock()
        # The dispatcher retries: back-off and concurrency have to be one thing.
        self._client = openai.AsyncOpenAI(
            api_key=self._key or _NO_KEY,
            base_url=url,
            max_retries=0,
            timeout=openai.Timeout(None, connect=_CONNECT_TIMEOUT),
            http_client=openai.DefaultAioHttpClient(),
        )
        self._dispatcher = Dispatcher(
            self._attempt,
            concurrency=options.concurrency,
            timeout=options.timeout,
            policy=RetryPolicy(options.max_retries, outage),
            farewell=self._client.close,
        )

    def __repr__(self) -> str:
        return f"OpenAIModel({self.identity!r})"

    def complete(self, requests: Iterable[ChatRequest]) -> Iterator[ChatReply]:
        """Answers every request once, as answers come; see :class:`~truing_core.models.ChatModel`.

        Requests the server rejects (too long, malformed) and those that fail after all retries
        come back with ``error`` set.

        Raises:
            ModelError: Wrong key, unknown model, no server, no credit; the message says which.
        """
        return self._dispatcher.complete(requests)

    def close(self) -> None:
        """Closes the connections and ends the background thread."""
        self._dispatcher.close()

    async def _attempt(self, request: ChatRequest) -> ChatReply:
        schema = True
        while True:
            body = self._dialect.body(self._spec.name, request, schema=schema)
            try:
                # cast_to=str leaves out the client's transforms and response models, a third
                # of its time per request.
                text = await self._client.post(self._address, cast_to=str, body=body)
            except openai.APIStatusError as error:
                refusal = self._read(error)
                if refusal.status in (400, 422):
                    if self._dialect.adapt(body, refusal):
                        continue
                    if "response_format" in body and not refusal.too_long:
                        schema = False  # it may mean that, even if it does not say so
                        continue
                return await self._refused(request, refusal, error)
            except (openai.APIError, aiohttp.ClientError, OSError) as error:
                raise self._unanswered(error) from None
            reply = read_reply(request.id, text, self._redact)
            self._succeeded = True
            if not schema:
                self._dialect.drop("response_format")
            return self._counted(request, reply)

    def _counted(self, request: ChatRequest, reply: ChatReply) -> ChatReply:
        """With tokens guessed where the server counts none, so that a limit on cost holds."""
        prompt, completion = reply.usage.prompt_tokens, reply.usage.completion_tokens
        if prompt and (completion or not reply.text):
            return reply
        if not self._guesses:
            self._guesses = True
            logger.warning(
                "the server at %s does not count tokens; they are guessed from characters",
                self._place,
            )
        guessed = Usage(
            prompt or count_roughly(request.messages),
            completion or count_text_roughly(reply.text),
        )
        return replace(reply, usage=guessed)

    async def _refused(
        self, request: ChatRequest, refusal: Refusal, error: openai.APIStatusError
    ) -> ChatReply:
        status = refusal.status
        if status == 401 or (status == 403 and not self._succeeded):
            raise ModelError(self._about_the_key(refusal)) from None
        if refusal.no_credit:
            raise ModelError(
                f"the account behind {self._spec.api_key_env} has no credit left at "
                f"{self._place} ({refusal}); top it up, then run the same command again"
            ) from None
        if status == 404 or (status in (400, 422) and refusal.no_such_model):
            async with self._diagnosing:
                raise ModelError(await self._about_the_model(refusal)) from None
        if status in OVERLOAD and not refusal.too_long:
            raise PassingFault(str(refusal), "overload", retry_after(error.response.headers))
        if status in _TRY_AGAIN or (status >= 500 and status != 501):
            raise PassingFault(str(refusal), "broken", retry_after(error.response.headers))
        return ChatReply(request.id, error=str(refusal), finish_reason="error")

    def _unanswered(self, error: BaseException) -> PassingFault:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
                reason = self._redact(str(cause))
                return PassingFault(f"no server answers at {self._place} ({reason})", "unreachable")
            cause = cause.__cause__ or cause.__context__
        if isinstance(error, openai.APITimeoutError):
            return PassingFault("the server did not answer in time")
        detail = self._redact(str(error.__cause__ or error))
        return PassingFault(f"the connection broke ({detail or type(error).__name__})")

    def _about_the_key(self, refusal: Refusal) -> str:
        variable = self._spec.api_key_env
        if self._key is None:
            return f"{self._place} wants a key ({refusal}); set {variable}"
        return f"{self._place} does not accept the key in {variable} ({refusal}); correct it"

    async def _about_the_model(self, refusal: Refusal) -> str:
        name = self._spec.name
        try:
            listing = json.loads(await self._client.get("/models", cast_to=str))
            served = sorted({str(entry["id"]) for entry in listing["data"]})
        except openai.NotFoundError:
            return (
                f"{self._place} has no chat completions ({refusal}); "
                "correct the address, which usually ends in /v1"
            )
        except (openai.APIError, aiohttp.ClientError, OSError, ValueError, LookupError, TypeError):
            return f"the server at {self._place} does not serve '{name}' ({refusal})"
        if name in served or not served:
            return f"the server at {self._place} cannot use model '{name}' ({refusal})"
        near = difflib.get_close_matches(name, served, 10, 0.5)
        names = near + [other for other in served if other not in near]
        more = f" and {len(names) - 10} more" if len(names) > 10 else ""
        return (
            f"the server at {self._place} does not serve '{name}'; "
            f"it serves {', '.join(names[:10])}{more}"
        )

    def _read(self, error: openai.APIStatusError) -> Refusal:
        refusal = Refusal.read(error.status_code, error.body)
        message = redact(self._redact(refusal.message))
        return Refusal(refusal.status, message, refusal.code, refusal.param)

    def _redact(self, text: str) -> str:
        secret = self._key is not None and is_secret(self._key)
        return text.replace(self._key, HIDDEN) if self._key and secret else text


def _is_openai(url: str) -> bool:
    return f".{urlsplit(url).hostname}".endswith(".openai.com")


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _key(spec: ModelSpec, url: str) -> str | None:
    key = os.environ.get(spec.api_key_env, "").strip()
    if not key:
        if _is_openai(url):
            raise ModelError(
                f"no API key for {url}: set {spec.api_key_env}, or name another server as "
                f"'openai/{spec.name}@http://HOST:PORT/v1'"
            )
        return None
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ModelError(f"{spec.api_key_env} holds no usable key: it has blanks or odd characters")
    return key
