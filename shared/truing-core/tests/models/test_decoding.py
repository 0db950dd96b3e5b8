import math
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from truing_core.models.base import ChatRequest, Sampling
from truing_core.models.decoding import SeededDraw, StopStrings, ending

torch = pytest.importorskip("torch", reason="torch is not installed (extra 'hf')")

END = 0


def decode(tokens: Sequence[int]) -> str:
    """Token n is the n-th letter."""
    return "".join(chr(ord("a") + token) for token in tokens)


def encode(text: str) -> list[int]:
    return [ord(letter) - ord("a") for letter in text]


def end_of(text: str, *, limit: int = 100, stop: Sequence[str] = ()) -> object:
    """``a`` is the end token."""
    return ending(encode(text), end_tokens=frozenset({END}), stop=stop, limit=limit, decode=decode)


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("xyz", {}, None),
        ("", {}, None),
        ("xyza", {}, ("xyz", 4, "stop")),
        ("xyzaaaa", {}, ("xyz", 4, "stop")),  # padding after the end
        ("a", {}, ("", 1, "stop")),
        ("xyz", {"limit": 3}, ("xyz", 3, "length")),
        ("xyzzz", {"limit": 3}, ("xyz", 3, "length")),
        ("xyza", {"limit": 3}, ("xyz", 3, "length")),
        ("xya", {"limit": 3}, ("xy", 3, "stop")),
        ("xyz", {"stop": ("q",)}, None),
        ("xyzstopx", {"stop": ("stop",)}, ("xyz", 7, "stop")),
        ("xyzsto", {"stop": ("stop",)}, None),
        ("xyzsto", {"stop": ("stop",), "limit": 6}, ("xyzsto", 6, "length")),
        ("xyzstop", {"stop": ("stop",), "limit": 6}, ("xyzsto", 6, "length")),
        ("xstopyend", {"stop": ("end", "stop")}, ("x", 5, "stop")),
        ("xyastop", {"stop": ("stop",)}, ("xy", 3, "stop")),  # what follows the end is no text
    ],
)
def test_where_a_reply_ends(text: str, options: dict[str, object], expected: object) -> None:
    assert end_of(text, **options) == expected  # type: ignore[arg-type]


@given(st.text("bcdefgh", max_size=40), st.sampled_from(["cd", "hgb", "b"]))
def test_a_stopped_reply_never_holds_its_stop_string(text: str, stop: str) -> None:
    end = ending(
        encode(text), end_tokens=frozenset({END}), stop=(stop,), limit=10**6, decode=decode
    )
    assert (end is not None) == (stop in text)
    if end is not None:
        assert end == (text.partition(stop)[0], text.index(stop) + len(stop), "stop")


def test_stop_strings_are_seen_when_the_newest_token_completes_them() -> None:
    criterion = StopStrings(("stop",), decode, width=2)
    rows = [encode("zz" + text) for text in ("xystop", "stopxy", "xysto.", "abcdef")]
    done = criterion(torch.tensor(rows), None)
    assert done.tolist() == [True, True, False, False]
    prompt_only = torch.tensor([encode("stop")])
    assert StopStrings(("stop",), decode, width=4)(prompt_only, None).tolist() == [False]


def request(seed: int | None, *, sample: int = 0, top_p: float = 1.0, temperature: float = 1.0):
    sampling = Sampling(temperature=temperature, top_p=top_p, seed=seed)
    return ChatRequest(f"{seed}/{sample}", (), sampling, sample)


def draws(requests: list[ChatRequest], scores: list[float], steps: int = 1) -> list[list[int]]:
    draw = SeededDraw(requests, width=3)
    rows = torch.tensor([scores] * len(requests))
    drawn = []
    for step in range(steps):
        left = draw(torch.zeros(len(requests), 3 + step, dtype=torch.long), rows)
        assert torch.isfinite(left).sum(dim=-1).tolist() == [1] * len(requests)
        drawn.append(left.argmax(dim=-1).tolist())
    return [list(row) for row in zip(*drawn, strict=True)]


def nucleus(scores: list[float], temperature: float, top_p: float) -> list[float]:
    """The distribution by definition, in float64: the smallest set that reaches top_p."""
    weights = [math.exp(score / temperature) for score in scores]
    mass = [weight / sum(weights) for weight in weights]
    kept, total = set(), 0.0
    for index in sorted(range(len(mass)), key=lambda i: -mass[i]):
        if total >= top_p:
            break
        kept.add(index)
        total += mass[index]
    return [mass[i] / total if i in kept else 0.0 for i in range(len(mass))]


@pytest.mark.parametrize("top_p", [1.0, 0.9, 0.6, 0.05])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_follow_the_distribution(temperature: float, top_p: float) -> None:
    scores = [0.3, 2.0, -1.0, 1.4, 0.0, -4.0]
    number = 4000
    requests = [request(seed, top_p=top_p, temperature=temperature) for seed in range(number)]
    counts = Counter(row[0] for row in draws(requests, scores))
    for token, mass in enumerate(nucleus(scores, temperature, top_p)):
        spread = math.sqrt(mass * (1 - mass) / number)
        assert abs(counts[token] / number - mass) <= 4 * spread


def test_a_nucleus_of_nothing_is_the_likeliest_token() -> None:
    requests = [request(seed, top_p=0.0, temperature=2.0) for seed in range(50)]
    assert draws(requests, [0.3, 2.0, 1.9]) == [[1]] * 50


def test_a_nucleus_wider_than_the_short_list_is_still_exact() -> None:
    scores = [0.0] * 5000  # flat: 1,024 tokens are a fifth of the mass
    requests = [request(seed, top_p=0.9) for seed in range(400)]
    drawn = [row[0] for row in draws(requests, scores)]
    assert len(set(drawn)) > 350
    assert max(drawn) > 1024


def test_a_draw_depends_on_seed_sample_and_step_and_on_nothing_else() -> None:
    scores = [0.1 * token for token in range(50)]
    alone = draws([request(7)], scores, steps=20)[0]
    rows = draws([request(1), request(7), request(7, sample=1), request(8)], scores, steps=20)
    assert rows[1] == alone
    assert len({tuple(row) for row in rows}) == 4
    assert len(set(alone)) > 5


def test_without_a_seed_no_two_draws_agree() -> None:
    scores = [0.0] * 1000
    rows = draws([request(None)] * 2, scores, steps=10)
    again = draws([request(None)], scores, steps=10)
    assert len({tuple(row) for row in (*rows, *again)}) == 3


def test_rows_that_leave_take_their_seeds_along() -> None:
    scores = torch.tensor([[0.1 * token for token in range(50)]] * 2)
    draw = SeededDraw([request(seed) for seed in (1, 2, 3)], width=1)
    draw.keep([0, 2])
    both = draw(torch.zeros(2, 5, dtype=torch.long), scores).argmax(dim=-1).tolist()
    expected = SeededDraw([request(1), request(3)], width=1)
    assert both == expected(torch.zeros(2, 5, dtype=torch.long), scores).argmax(dim=-1).tolist()
