"""The folders that the authors' scripts leave behind: which files they hold, and their rows.

    api_output*/                                generations (_zh for Chinese, _vllm for vLLM)
    gpt4_discriminative_eval_output*/           the judge's replies
    data_gpt4_discriminative_eval_input*/       which item each question to the judge was about

Below these stand ``MODEL_CATEGORY_constraint.jsonl`` or ``MODEL/CATEGORY_constraint.jsonl``,
where MODEL may hold slashes of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from followbench.data import CATEGORIES, Category, Lang
from truing_core.errors import InputError
from truing_core.records import parse_row, read_rows

Role = Literal["generations", "judgements", "questions"]

_FOLDERS: dict[Role, str] = {
    "generations": "api_output",
    "judgements": "gpt4_discriminative_eval_output",
    "questions": "data_gpt4_discriminative_eval_input",
}
# Until the paper's second version, situation was called scenario.
_NAMES: dict[str, Category] = {category: category for category in CATEGORIES} | {
    "scenario": "situation"
}
_SUFFIX = "_constraint.jsonl"


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file of outputs.

    Attributes:
        role: What its rows are.
        model: The model, as the path names it.
        category: The category, by its present name.
        path: Where it stands.
        chinese: Whether its folder's name says that it is of the Chinese benchmark.
    """

    role: Role
    model: str
    category: Category
    path: Path
    chinese: bool


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message | None = None
    text: str | None = None

    @property
    def content(self) -> str | None:
        """The text of either kind of choice."""
        return self.message.content if self.message else self.text


class OutputRow(BaseModel):
    """A prompt and what came back; the scripts name the prompt in two ways."""

    model_config = ConfigDict(extra="ignore")

    prompt_new: str | None = None
    prompt: str | None = None
    choices: list[_Choice] = Field(min_length=1)

    @property
    def asked(self) -> str | None:
        """The prompt, if the row holds one."""
        return self.prompt if self.prompt_new is None else self.prompt_new

    @property
    def text(self) -> str | None:
        """What came back, if anything."""
        return self.choices[0].content


class QuestionRow(BaseModel):
    """Which item a question to the judge was about."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    example_id: str
    level: int
    prompt_new: str

    @field_validator("level", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        return int(value) if isinstance(value, str) and value.isdigit() else value


def find_outputs(folder: Path, lang: Lang) -> list[OutputFile]:
    """The output files below a folder, those of one language where both are there.

    Raises:
        InputError: There is no such folder, or no output in it.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder", path=folder)
    found = [file for path in sorted(folder.rglob(f"*{_SUFFIX}")) if (file := _file(path, folder))]
    if not found:
        raise InputError(
            f"the folder holds no outputs of the authors' scripts: no {_FOLDERS['generations']}/"
            f"MODEL_CATEGORY{_SUFFIX} and no {_FOLDERS['judgements']}/MODEL_CATEGORY{_SUFFIX}",
            path=folder,
        )
    chosen = [file for file in found if file.chinese == (lang == "zh")]
    return chosen or found


def read_outputs(file: OutputFile) -> Iterator[tuple[int, OutputRow]]:
    """The numbered rows of a file of generations or judgements."""
    for number, raw in read_rows(file.path):
        yield number, parse_row(OutputRow, raw, path=file.path, row_number=number)


def read_questions(file: OutputFile) -> Iterator[tuple[int, QuestionRow]]:
    """The numbered rows of a file that says what each question was about."""
    for number, raw in read_rows(file.path):
        yield number, parse_row(QuestionRow, raw, path=file.path, row_number=number)


def _file(path: Path, folder: Path) -> OutputFile | None:
    """What a path says of its file; ``None`` if it is no output."""
    parts = (folder.resolve().name, *path.relative_to(folder).parts)
    for at, part in enumerate(parts[:-1]):
        for role, name in _FOLDERS.items():
            if part == name or part.startswith(f"{name}_"):
                return _named(role, parts[at + 1 :], path, chinese="zh" in part.split("_"))
    return None


def _named(role: Role, parts: tuple[str, ...], path: Path, chinese: bool) -> OutputFile | None:
    stem = parts[-1].removesuffix(_SUFFIX)
    for name, category in _NAMES.items():
        if stem == name or stem.endswith(f"_{name}"):
            prefix = stem.removesuffix(name).removesuffix("_")
            model = "/".join([*parts[:-1], *([prefix] if prefix else [])])
            return OutputFile(role, model or "unnamed", category, path, chinese)
    return None
