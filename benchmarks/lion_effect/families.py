"""Ten families of small text tasks whose answers a program knows, each at four levels.

A task is a family and what fills its blanks; each family has several phrasings. A text is read
back into the task it states, so that whoever sees only the text can answer it exactly. A quarter
of all texts is held out, by a hash: nothing that is trained on or generated is among them. Where a
family has few facts, as days of the week have, a fact may have been seen in other words.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

LEVELS = (1, 2, 3, 4)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NAMES = (
    "Ada", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus", "Hana", "Ivo", "Jan", "Kim", "Leo",
)  # fmt: skip
LETTERS = "ABCDEFGHIJKL"
LARGEST = 144  # number
UNITS = {
    "weeks": ("days", 7), "dozens": ("eggs", 12), "hands": ("fingers", 5), "spiders": ("legs", 8),
    "cats": ("legs", 4), "ants": ("legs", 6), "triangles": ("sides", 3), "decades": ("years", 10),
}  # fmt: skip

Fields = Mapping[str, str]

_LETTERS, _NUMBER = r"[A-Z](?: [A-Z])*", r"\d+"
_NUMBERS = r"\d+(?: \d+)*"
_PATTERNS = {
    "letters": _LETTERS, "letter": "[A-Z]", "numbers": _NUMBERS, "sum": r"\d+(?: [+-] \d+)*",
    "facts": r"[A-Z][a-z]+ beats [A-Z][a-z]+\.(?: [A-Z][a-z]+ beats [A-Z][a-z]+\.)*",
    "day": "|".join(DAYS), "names": r"[A-Z][a-z]+(?: [A-Z][a-z]+)*",
}  # fmt: skip


@dataclass(frozen=True)
class Family:
    """A kind of task.

    Attributes:
        name: Its name.
        phrasings: Ways to ask, with blanks; what follows ``|`` is the input. A phrasing may fix
            a blank: ``{way=before}`` is silent, and says which task the phrasing asks.
        draw: Makes up what fills the blanks, at a level.
        solve: The answer.
        level: How hard a task is, from what fills its blanks.
    """

    name: str
    phrasings: tuple[str, ...]
    draw: Callable[[random.Random, int], Fields]
    solve: Callable[[Fields], str]
    level: Callable[[Fields], int]


@dataclass(frozen=True)
class Task:
    """One task: a family and what fills the blanks."""

    family: str
    fields: tuple[tuple[str, str], ...]

    @property
    def answer(self) -> str:
        return FAMILIES[self.family].solve(dict(self.fields))

    @property
    def level(self) -> int:
        return FAMILIES[self.family].level(dict(self.fields))

    def phrased(self, rng: random.Random) -> Posed:
        """Itself in one of the phrasings that ask this."""
        fields = dict(self.fields)
        fitting = [
            each
            for each in FAMILIES[self.family].phrasings
            if all(fields[name] == value for name, value in _fixed(each))
        ]
        text = re.sub(r"\{\w+=\w+\}", "", rng.choice(fitting)).format(**fields)
        instruction, _, given = text.partition("|")
        return Posed(self, instruction.strip(), given.strip())


@dataclass(frozen=True)
class Posed:
    """A task in words."""

    task: Task
    instruction: str
    input: str

    @property
    def text(self) -> str:
        """As it is asked."""
        return f"{self.instruction}\n\n{self.input}" if self.input else self.instruction

    @property
    def held_out(self) -> bool:
        """Whether it may be tested on, and not trained on."""
        return sha256(self.text.encode()).digest()[0] < 64


def pose(family: str, rng: random.Random, level: int, *, held_out: bool = False) -> Posed:
    """A new task of a family and level, in words on the wanted side of the hold-out."""
    while True:
        fields = FAMILIES[family].draw(rng, level)
        posed = Task(family, tuple(sorted(fields.items()))).phrased(rng)
        if posed.task.level == level and posed.held_out == held_out:
            return posed


def read(text: str) -> Task | None:
    """The task that a text states; ``None`` if it states none."""
    text = " ".join(text.split())
    for family, pattern, fixed in _readers():
        match = pattern.fullmatch(text)
        if match:
            return Task(family, tuple(sorted({**match.groupdict(), **fixed}.items())))
    return None


def vocabulary() -> list[str]:
    """Every word, letter, number and sign of tasks and answers."""
    words: set[str] = set()
    for family in FAMILIES.values():
        for phrasing in family.phrasings:
            words.update(re.findall(r"[A-Za-z]+|[^\w\s|]", re.sub(r"\{[^}]*\}", " ", phrasing)))
    words.update(DAYS, NAMES, LETTERS, "+-.", ["beats", "then", "none"])
    return [*sorted(words), *(str(number) for number in range(LARGEST + 1))]


def _fixed(phrasing: str) -> list[tuple[str, str]]:
    return re.findall(r"\{(\w+)=(\w+)\}", phrasing)


def _readers() -> list[tuple[str, re.Pattern[str], dict[str, str]]]:
    if not _READERS:
        for family in FAMILIES.values():
            for phrasing in family.phrasings:
                plain = " ".join(re.sub(r"\{\w+=\w+\}", "", phrasing).replace("|", " ").split())
                parts = re.split(r"\{(\w+)\}", plain)
                pattern = "".join(
                    f"(?P<{part}>{_PATTERNS.get(part, _NUMBER)})" if place % 2 else re.escape(part)
                    for place, part in enumerate(parts)
                )
                _READERS.append((family.name, re.compile(pattern), dict(_fixed(phrasing))))
    return _READERS


_READERS: list[tuple[str, re.Pattern[str], dict[str, str]]] = []


def _spelled(rng: random.Random, length: int, letters: str = LETTERS) -> str:
    return " ".join(rng.choice(letters) for _ in range(length))


def _some_names(rng: random.Random) -> str:
    """Who it is about; it makes texts differ and changes no answer."""
    return " ".join(rng.sample(NAMES, rng.randint(3, 5)))


def _listed(numbers: Iterable[int]) -> str:
    """In words: to a grammar of formulas, numbers side by side are a product in any order."""
    return " then ".join(map(str, numbers))


def _size(name: str, *limits: int) -> Callable[[Fields], int]:
    """Levels by how many words a field has; the limits are the most for each level but the last."""
    return lambda fields: 1 + sum(len(fields[name].split()) > limit for limit in limits)


def _amount(name: str, *limits: int) -> Callable[[Fields], int]:
    """Levels by how large a number is."""
    return lambda fields: 1 + sum(int(fields[name]) > limit for limit in limits)


def _draw_letter(rng: random.Random, level: int) -> Fields:
    letters = _spelled(rng, rng.randint(2 * level, 2 * level + 1))
    return {
        "letters": letters,
        "place": str(rng.randint(1, len(letters.split()))),
        "end": rng.choice(("start", "end")),
    }


def _solve_letter(fields: Fields) -> str:
    letters, place = fields["letters"].split(), int(fields["place"])
    if not 1 <= place <= len(letters):
        return "none"
    return letters[place - 1] if fields["end"] == "start" else letters[-place]


def _draw_remove(rng: random.Random, level: int) -> Fields:
    letter = rng.choice(LETTERS)
    letters = _spelled(rng, rng.randint(2 * level, 2 * level + 1)).split()
    for _ in range(rng.randint(1, level)):
        letters[rng.randrange(len(letters))] = letter
    return {"letters": " ".join(letters), "letter": letter}


def _solve_remove(fields: Fields) -> str:
    left = [each for each in fields["letters"].split() if each != fields["letter"]]
    return " ".join(left) or "none"


def _draw_sum(rng: random.Random, level: int) -> Fields:
    total = rng.randint(0, 9)
    parts = [str(total)]
    for _ in range(level):
        minus = rng.random() < 0.5 and total > 0
        number = rng.randint(1, min(9, total) if minus else 9)
        if total + number > 20 and not minus:
            minus, number = True, rng.randint(1, 9)
        total += -number if minus else number
        parts += ["-" if minus else "+", str(number)]
    return {"sum": " ".join(parts)}


def _solve_sum(fields: Fields) -> str:
    first, *rest = fields["sum"].split()
    totals = [int(first)]
    for sign, number in zip(rest[::2], rest[1::2], strict=True):
        totals.append(totals[-1] + (int(number) if sign == "+" else -int(number)))
    return _listed(totals[1:])


def _draw_day(rng: random.Random, level: int) -> Fields:
    low, high = ((1, 1), (2, 3), (4, 5), (6, 7))[level - 1]
    return {
        "day": rng.choice(DAYS),
        "number": str(rng.randint(low, high)),
        "way": rng.choice(("after", "before")),
        "names": _some_names(rng),
    }


def _solve_day(fields: Fields) -> str:
    way, start = (1 if fields["way"] == "after" else -1), DAYS.index(fields["day"])
    return " ".join(DAYS[(start + way * each) % 7] for each in range(1, int(fields["number"]) + 1))


def _draw_units(rng: random.Random, level: int) -> Fields:
    return {
        "many": str(rng.randint(3 * level - 2, 3 * level)),
        "unit": rng.choice(list(UNITS)),
        "names": _some_names(rng),
    }


def _solve_units(fields: Fields) -> str:
    return str(int(fields["many"]) * UNITS[fields["unit"]][1])


def _draw_next(rng: random.Random, level: int) -> Fields:
    low, high = ((1, 1), (2, 3), (4, 5), (6, 8))[level - 1]
    step, start = rng.randint(low, high), rng.randint(1, 20)
    numbers = [start + step * place for place in range(4)]
    if rng.random() < 0.5:
        numbers = [number + step for number in reversed(numbers)]
    return {"numbers": " ".join(map(str, numbers))}


def _step(fields: Fields) -> int:
    first, second = (int(number) for number in fields["numbers"].split()[:2])
    return second - first


def _solve_next(fields: Fields) -> str:
    return str(int(fields["numbers"].split()[-1]) + _step(fields))


def _draw_order(rng: random.Random, level: int) -> Fields:
    names = rng.sample(NAMES, level + 1)
    facts = [f"{better} beats {worse}." for better, worse in pairwise(names)]
    rng.shuffle(facts)
    return {"facts": " ".join(facts), "end": rng.choice(("first", "last"))}


def _solve_order(fields: Fields) -> str:
    better, worse = zip(*re.findall(r"(\w+) beats (\w+)\.", fields["facts"]), strict=True)
    extreme = set(better) - set(worse) if fields["end"] == "first" else set(worse) - set(better)
    return extreme.pop() if len(extreme) == 1 else "unknown"


def _draw_sort(rng: random.Random, level: int) -> Fields:
    numbers = rng.sample(range(1, 25), level + 1)
    return {"numbers": " ".join(map(str, numbers)), "way": rng.choice(("up", "down"))}


def _solve_sort(fields: Fields) -> str:
    numbers = sorted(map(int, fields["numbers"].split()), reverse=fields["way"] == "down")
    return _listed(numbers)


FAMILIES = {
    family.name: family
    for family in (
        Family(
            "repeat",
            (
                "Repeat: {letters}",
                "Copy these letters: {letters}",
                "Say {letters} again.",
                "Write the same again. | {letters}",
            ),
            lambda rng, level: {"letters": _spelled(rng, rng.randint(2 * level, 2 * level + 1))},
            lambda fields: fields["letters"],
            _size("letters", 3, 5, 7),
        ),
        Family(
            "letter",
            (
                "Give letter {place} of {letters}{end=start}",
                "Which letter is number {place} in {letters} ?{end=start}",
                "Tell me letter {place} from the start. | {letters}{end=start}",
                "Give letter {place} from the end of {letters}{end=end}",
                "Counting from the end, which letter is number {place} ? | {letters}{end=end}",
            ),
            _draw_letter,
            _solve_letter,
            _size("letters", 3, 5, 7),
        ),
        Family(
            "reverse",
            (
                "Reverse: {letters}",
                "Write {letters} backwards.",
                "Spell {letters} from end to start.",
                "Turn the letters round. | {letters}",
            ),
            lambda rng, level: {"letters": _spelled(rng, rng.randint(2 * level, 2 * level + 1))},
            lambda fields: " ".join(reversed(fields["letters"].split())),
            _size("letters", 3, 5, 7),
        ),
        Family(
            "remove",
            (
                "Remove {letter} from {letters}",
                "Write {letters} without {letter}",
                "Leave out {letter} here: {letters}",
                "Strike every {letter} | {letters}",
            ),
            _draw_remove,
            _solve_remove,
            _size("letters", 3, 5, 7),
        ),
        Family(
            "sort",
            (
                "Sort: {numbers}{way=up}",
                "Sort from small to large: {numbers}{way=up}",
                "Put these in order. | {numbers}{way=up}",
                "Sort from large to small: {numbers}{way=down}",
                "Put the largest first. | {numbers}{way=down}",
            ),
            _draw_sort,
            _solve_sort,
            _size("numbers", 2, 3, 4),
        ),
        Family(
            "next",
            (
                "Continue: {numbers}",
                "What comes after {numbers} ?",
                "Give the next number. | {numbers}",
                "{numbers} and then ?",
            ),
            _draw_next,
            _solve_next,
            lambda fields: 1 + sum(abs(_step(fields)) > limit for limit in (1, 3, 5)),
        ),
        Family(
            "sum",
            (
                "Compute step by step: {sum}",
                "Work out {sum} one step after the other.",
                "Each step of {sum} please.",
                "Give the running total. | {sum}",
            ),
            _draw_sum,
            _solve_sum,
            lambda fields: len(fields["sum"].split()) // 2,
        ),
        Family(
            "day",
            (
                "{names} stay {number} days after {day} . Which days ?{way=after}",
                "Name the {number} days that follow {day} for {names}{way=after}",
                "{day} , then {number} days more, say {names} . Which ?{way=after}",
                "{names} stayed {number} days before {day} . Which days ?{way=before}",
                "Name the {number} days that precede {day} for {names}{way=before}",
                "{day} , and {number} days back, say {names} . Which ?{way=before}",
            ),
            _draw_day,
            _solve_day,
            _amount("number", 1, 3, 5),
        ),
        Family(
            "units",
            tuple(
                phrasing + f"{{unit={unit}}}"
                for unit, (part, _) in UNITS.items()
                for phrasing in (
                    f"{{names}} count {{many}} {unit} . How many {part} ?",
                    f"How many {part} do {{many}} {unit} have, ask {{names}} ?",
                    f"{{many}} {unit} for {{names}} , in {part} ?",
                )
            ),
            _draw_units,
            _solve_units,
            _amount("many", 3, 6, 9),
        ),
        Family(
            "order",
            (
                "{facts} Who is first ?{end=first}",
                "{facts} Who wins ?{end=first}",
                "Name the best. | {facts}{end=first}",
                "{facts} Who is last ?{end=last}",
                "{facts} Who loses ?{end=last}",
                "Name the worst. | {facts}{end=last}",
            ),
            _draw_order,
            _solve_order,
            lambda fields: fields["facts"].count("beats"),
        ),
    )
}
