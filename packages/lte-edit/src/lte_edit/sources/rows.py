"""One row of a file: its fields, checked where they are taken, and probes made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from lte_edit.cases import EDIT, REPHRASE, Probe, Scope, Skipped
from lte_edit.edits import Edit, complaint
from truing_core.errors import InputError


@dataclass(frozen=True)
class Row:
    """A row, and where it stands.

    Attributes:
        fields: As read.
        path: Of the file.
        number: Of the row, from 1.
        source: The name of the data.
        skipped: Counts what is left out.
    """

    fields: Mapping[str, Any]
    path: str
    number: int
    source: str
    skipped: Skipped

    def wrong(self, field: str, message: str) -> InputError:
        """The error of a field."""
        return InputError(message, path=self.path, row=self.number, field=field)

    @property
    def id(self) -> str:
        """Its own ``id`` or ``case_id``, or its number."""
        given = self.fields.get("id", self.fields.get("case_id"))
        return f"{self.source}-{self.number if given is None else given}"

    def text(self, *names: str) -> str:
        """The first of the fields that is there; it must be text with something in it."""
        name = next((each for each in names if self.fields.get(each) is not None), None)
        if name is None:
            raise self.wrong(names[0], "is missing; expected text")
        value = self.fields[name]
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(name, f"expected text, found {_shown(value)}")
        return value.strip()

    def texts(self, *names: str) -> tuple[str, ...]:
        """Likewise, but none, one or several."""
        for name in names:
            value = self.fields.get(name)
            if value is None:
                continue
            several = [value] if isinstance(value, str) else value
            if not isinstance(several, list) or not all(isinstance(v, str) for v in several):
                raise self.wrong(name, f"expected text or a list of texts, found {_shown(value)}")
            return tuple(each.strip() for each in several if each.strip())
        return ()

    def edit(self, prompt: str, target: str, subject: str, *, place: str = "") -> Edit:
        """An edit of this row; fields that cannot be are errors of the row."""
        try:
            return Edit(
                id=f"{self.id}{place}".replace(" ", "_"), prompt=prompt, target=target,
                subject=subject, source=self.source,
            )  # fmt: skip
        except ValidationError as error:
            raise self.wrong(*complaint(error)) from None

    def own_probes(self, edit: Edit, rephrasings: tuple[str, ...]) -> Iterator[Probe]:
        """The edit's own question, and its rephrasings."""
        yield Probe(edit.prompt, (edit.target,), "in", EDIT)
        for rephrasing in rephrasings:
            yield Probe(rephrasing, (edit.target,), "in", REPHRASE)

    def probes(self, field: str, scope: Scope) -> Iterator[Probe]:
        """The probes of ``{aspect: [{prompt, ground_truth}]}``; what cannot be used is counted."""
        aspects = self.fields.get(field)
        if aspects is None:
            return
        if not isinstance(aspects, dict):
            raise self.wrong(field, f"expected an object of aspects, found {_shown(aspects)}")
        for aspect, items in aspects.items():
            if items is None:
                continue
            several = [items] if isinstance(items, dict) else items
            if not isinstance(several, list):
                raise self.wrong(f"{field}.{aspect}", f"expected a list, found {_shown(items)}")
            for place, item in enumerate(several):
                probe = self._probe(f"{field}.{aspect}[{place}]", item, scope, aspect)
                if probe is not None:
                    yield probe

    def _probe(self, place: str, item: Any, scope: Scope, aspect: str) -> Probe | None:
        if not isinstance(item, dict):
            raise self.wrong(place, f"expected an object with prompt, found {_shown(item)}")
        prompt, answers = item.get("prompt"), flat(item.get("ground_truth"))
        if not isinstance(prompt, str) or not prompt.strip():
            self.skipped.without_prompt += 1
            return None
        if not answers:
            self.skipped.without_answer += 1
            return None
        return Probe(prompt.strip(), answers, scope, aspect)


def flat(value: Any) -> tuple[str, ...]:
    """Right answers as one tuple: text, a list, or a list of lists of aliases; none twice."""
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(dict.fromkeys(answer for each in value for answer in flat(each)))
    text = str(value).strip()
    return (text,) if text else ()


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "…"
