"""Prompt templates: jinja2 files in a package, which a user's folder may replace by name.

    prompts = Prompts("followbench", override=prompts_dir)
    text = prompts.render("judge/en/content", instruction=..., answer=...)
    run.note(prompts=prompts.hashes())

Templates run in jinja2's sandbox and are plain text (nothing is HTML-escaped). Values are
data: a document that contains ``{{ ... }}`` is inserted as it stands.
"""

from __future__ import annotations

import logging
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from truing_core.errors import InputError, UsageError

if TYPE_CHECKING:
    import jinja2

SUFFIX = ".j2"
_log = logging.getLogger(__name__)


class Prompts:
    """The templates of one package.

    Args:
        package: The package that carries them.
        folder: Their folder inside the package.
        override: A folder whose files win over the package's of the same relative name.

    Raises:
        UsageError: ``override`` is no folder, or holds no template of a known name.
    """

    def __init__(self, package: str, folder: str = "prompts", override: Path | None = None) -> None:
        self.package, self.folder, self.override = package, folder, override
        if override is None:
            return
        if not override.is_dir():
            raise UsageError(f"the prompts folder '{override}' does not exist")
        own = {file.relative_to(override).as_posix() for file in override.rglob(f"*{SUFFIX}")}
        known = [name + SUFFIX for name in self.names()]
        if not own & set(known):
            raise UsageError(
                f"'{override}' holds none of the templates it could replace: {', '.join(known)}"
            )
        used = {file for name in self.names() for file in self._sources(name + SUFFIX)}
        for stray in sorted(own - used):
            _log.warning("the template %s is used by none of ours", override / stray)

    def names(self) -> list[str]:
        """The package's templates, as ``render`` takes them: relative, without ``.j2``."""
        return list(self._names)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        files = self._package_loader.list_templates()
        return tuple(file.removesuffix(SUFFIX) for file in files if file.endswith(SUFFIX))

    def render(self, name: str, **values: Any) -> str:
        """Fills a template; every value it uses must be given.

        Raises:
            UsageError: There is no such template.
            InputError: The template is malformed, uses a value that is not given, or does what
                the sandbox forbids.
        """
        import jinja2

        # Beside jinja2's own: what a template's expressions may raise about their values.
        faults = (
            jinja2.TemplateError,
            ArithmeticError,
            LookupError,
            TypeError,
            ValueError,
            RecursionError,
        )
        file = self._file(name)
        try:
            return self._environment.get_template(file).render(**values)
        except jinja2.TemplateSyntaxError as error:
            raise self._syntax_error(error, file) from None
        except jinja2.TemplateNotFound as error:
            raise InputError(
                f"includes '{error.name}', which does not exist", path=self._place(file)
            ) from None
        except faults as error:
            raise InputError(f"cannot be filled: {error}", path=self._place(file)) from None

    def hash(self, name: str) -> str:
        """Twelve hex digits that change when the template, or one it includes, does.

        For a template that includes none: the start of its source's SHA-256.
        """
        sources = self._sources(self._file(name))
        return sha256("\0".join(sources.values()).encode()).hexdigest()[:12]

    def hashes(self) -> dict[str, str]:
        """The hash of every template, for provenance."""
        return {name: self.hash(name) for name in self.names()}

    def _file(self, name: str) -> str:
        file = name if name.endswith(SUFFIX) else name + SUFFIX
        if file.removesuffix(SUFFIX) not in self._names:
            raise UsageError(f"there is no template '{name}'; known: {', '.join(self.names())}")
        return file

    def _sources(self, file: str) -> dict[str, str]:
        """Source of a template and then of all it includes, by name."""
        import jinja2
        from jinja2 import meta

        found: dict[str, str] = {}
        waiting = [file]
        while waiting:
            name = waiting.pop(0)
            if name in found:
                continue
            try:
                source = self._loader.get_source(self._environment, name)[0]
                found[name] = source.replace("\r\n", "\n")
                tree = self._environment.parse(source)
            except jinja2.TemplateSyntaxError as error:
                raise self._syntax_error(error, name) from None
            except jinja2.TemplateNotFound:
                if name == file:
                    raise
                continue
            except UnicodeDecodeError:
                raise InputError("is no UTF-8 text", path=self._place(name)) from None
            waiting += sorted(ref for ref in meta.find_referenced_templates(tree) if ref)
        return found

    def _place(self, file: str) -> str:
        if self.override is not None and (self.override / file).is_file():
            return str(self.override / file)
        return f"{self.package}/{self.folder}/{file}"

    def _syntax_error(self, error: jinja2.TemplateSyntaxError, file: str) -> InputError:
        return InputError(
            f"template: {error.message}", path=self._place(error.name or file), row=error.lineno
        )

    @cached_property
    def _package_loader(self) -> jinja2.BaseLoader:
        import jinja2

        return jinja2.PackageLoader(self.package, self.folder)

    @cached_property
    def _loader(self) -> jinja2.BaseLoader:
        import jinja2

        if self.override is None:
            return self._package_loader
        own = jinja2.FileSystemLoader(self.override)
        return jinja2.ChoiceLoader([own, self._package_loader])

    @cached_property
    def _environment(self) -> jinja2.Environment:
        import jinja2
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        return ImmutableSandboxedEnvironment(
            loader=self._loader,
            undefined=jinja2.StrictUndefined,
            autoescape=False,
            trim_blocks=True,
            lstrip_blocks=True,
            # A file that is edited in mid-run changes nothing, and is not looked at each time.
            auto_reload=False,
        )


def make_mark(*texts: str) -> str:
    """Six hex digits that occur in none of the texts, the same for the same texts.

    A template fences them with it. It hangs on what it fences, so no text can be written to close
    its own fence.
    """
    seed = "\0".join(texts).encode("utf-8", "surrogatepass")
    while True:
        seed = sha256(seed).digest()
        mark = seed.hex()[:6]
        if not any(mark in text.casefold() for text in texts):
            return mark
