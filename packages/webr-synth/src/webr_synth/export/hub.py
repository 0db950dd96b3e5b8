"""A data set repository on the hub: its shards and its card in one commit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from truing_core.errors import TruingError, UsageError
from truing_core.redact import redact

DATA = "data"
PATTERN = f"{DATA}/train-*.parquet"
_TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


def token() -> str:
    """The token, from the environment alone.

    Raises:
        UsageError: There is none.
    """
    for name in _TOKENS:
        if value := os.environ.get(name, "").strip():
            return value
    raise UsageError(
        f"--push-to-hub needs a token with the right to write in {_TOKENS[0]}; the hub's settings "
        "make one"
    )


def push(shards: Sequence[Path], card: str, repo: str, *, private: bool) -> str:
    """Makes the repository if need be, and puts shards and card there.

    Shards of an earlier push go in the same commit, so that readers never see a mixture.

    Args:
        shards: Parquet files, in order.
        card: The README.
        repo: ``owner/name``, or a name of one's own.
        private: Whether a new repository is private; one that is there stays as it is.

    Returns:
        The data set's address.

    Raises:
        UsageError: There is no token, or the name can be no repository's.
        TruingError: The hub cannot be reached, or refuses.
    """
    secret = token()
    try:
        import huggingface_hub as hub

        # Which HTTP client stands behind it differs from version to version.
        from huggingface_hub.errors import HFValidationError, HTTPError
    except ImportError:
        raise TruingError("--push-to-hub needs: pip install 'webr-synth[hub]'") from None
    endpoint = os.environ.get("HF_ENDPOINT") or None
    api = hub.HfApi(endpoint=endpoint, token=secret, library_name="webr-synth")
    names = [f"{DATA}/train-{place:05}-of-{len(shards):05}.parquet" for place in range(len(shards))]
    try:
        made = api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        repo = made.repo_id
        old = {
            name
            for name in api.list_repo_files(repo, repo_type="dataset")
            if name.startswith(f"{DATA}/") and name.endswith(".parquet")
        }
        api.create_commit(
            repo,
            [
                hub.CommitOperationAdd("README.md", card.encode("utf-8", errors="replace")),
                *map(hub.CommitOperationAdd, names, shards),
                *map(hub.CommitOperationDelete, sorted(old - set(names))),
            ],
            commit_message="Rows of webr-synth",
            repo_type="dataset",
        )
    except HFValidationError as error:
        raise UsageError(f"--push-to-hub '{repo}': {_line(error)}") from None
    except (HTTPError, OSError, ValueError) as error:
        raise TruingError(_sentence(error, repo)) from None
    return f"{api.endpoint}/datasets/{repo}"


def _sentence(error: Exception, repo: str) -> str:
    """What the hub, or its absence, means for the user."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401:
        return f"the hub does not know the token in {_TOKENS[0]}; put in a valid one"
    if status == 403:
        return f"the token in {_TOKENS[0]} may not write to '{repo}'; take one that may"
    if status is not None:
        return f"the hub refuses '{repo}' ({status}): {_line(error)}"
    if type(error).__name__ == "OfflineModeIsEnabled":
        return "the hub cannot be reached: HF_HUB_OFFLINE is set; unset it to push"
    return (
        f"the hub cannot be reached ({_line(error)}); nothing is lost: run the same command again"
    )


def _line(error: Exception) -> str:
    return redact(" ".join(str(error).split())[:200]) or type(error).__name__
