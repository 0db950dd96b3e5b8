import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lion_distill.rows import Instruction, instruction_id
from truing_core.models import Sampling


def test_what_is_asked_holds_the_input() -> None:
    both = Instruction(id="a", instruction="Translate to French.", input="good night")
    assert both.text == "Translate to French.\n\ngood night"
    assert both.messages() == ({"role": "user", "content": both.text},)


@pytest.mark.parametrize("nothing", ["", "  \n"])
def test_without_an_input_the_instruction_stands_alone(nothing: str) -> None:
    assert Instruction(id="a", instruction="Say hi.", input=nothing).text == "Say hi."


@pytest.mark.parametrize("nothing", ["", " \t\n"])
def test_an_empty_instruction_is_refused(nothing: str) -> None:
    with pytest.raises(ValidationError, match="an instruction is empty"):
        Instruction(id="a", instruction=nothing)


@given(st.text(), st.text())
def test_ids_hang_on_instruction_and_input_and_on_no_blanks_around_them(a: str, b: str) -> None:
    key = instruction_id(a, b)
    assert len(key) == 16
    assert int(key, 16) >= 0
    assert key == instruction_id(f" {a}\n", f"\t{b} ")


def test_ids_tell_instruction_and_input_apart() -> None:
    assert instruction_id("a b", "") != instruction_id("a", "b")
    assert instruction_id("a", "\ud83d") != instruction_id("a", "")


def test_a_seed_is_mixed_with_the_id() -> None:
    one, other = (Instruction(id=name, instruction="Why?") for name in "ab")
    unseeded = Sampling(temperature=0.7)
    assert one.request(unseeded).sampling == unseeded
    first = one.request(Sampling(seed=1)).sampling.seed
    assert first == one.request(Sampling(seed=1)).sampling.seed
    assert len({first, one.request(Sampling(seed=2)).sampling.seed,
                other.request(Sampling(seed=1)).sampling.seed}) == 3  # fmt: skip
