"""Renders jinja2 templates: the texts of sessions, and the chat templates of models. Nothing else runs jinja2.

Templates come from callers and from model files, so they run in jinja2's immutable sandbox: no private attribute, no
module, no change of what they are given. It knows nothing of sessions or models, only of a source and its variables.

What a rendering may spend is limited (budget.py): steps, processor time, memory, the output. The size of whatever could
be large is computed before it is made (guards.py), and where the sandbox looks stands in environment.py.
"""

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from julep_local.errors import InvalidInput
from julep_local.sandbox.budget import MOST_TEXT, Budget, RunAway

if TYPE_CHECKING:
    from datetime import datetime

    import jinja2


MOST_SOURCE = 65_536
"""Characters of a session's template. Long texts belong into docs."""
MOST_CHAT_SOURCE = 262_144
"""Characters of a model's chat template; the longest published ones have about 40,000."""


class Template:
    """A compiled template. `what` names it in errors, the way the caller wrote it (`situation`)."""

    def __init__(self, compiled: "jinja2.Template", *, what: str, uses_arrow: bool) -> None:
        self._compiled = compiled
        self._what = what
        self._uses_arrow = uses_arrow

    def render(self, variables: Mapping[str, Any] | None = None, /, **keywords: Any) -> str:
        """Return the text for these variables, given as a mapping, as keywords, or both.

        Raises:
            InvalidInput: the template failed on them, did what the sandbox forbids, or grew past a limit.
        """
        known = dict(variables or {}, **keywords)
        if self._uses_arrow:
            import arrow  # 40 ms, which the many templates without dates need not pay

            known.setdefault("arrow", arrow)
        try:
            with Budget():
                text = self._compiled.render(known)
                if len(text) > MOST_TEXT:
                    raise RunAway(f"it printed more than {MOST_TEXT:,} characters")
        except Exception as error:
            raise InvalidInput(_explained(error), field=self._what) from error
        return text


class ClockedArrow:
    """The library `arrow` as templates see it, with another clock than the machine's."""

    def __init__(self, now: "Callable[[], datetime]") -> None:
        self._now = now

    def utcnow(self) -> Any:
        """Return the clock's time."""
        import arrow

        return arrow.get(self._now())

    def now(self, tz: Any = "utc") -> Any:
        """Return the clock's time in a time zone."""
        return self.utcnow().to(tz)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Return the time that is described, or the clock's."""
        import arrow

        return arrow.get(*args, **kwargs) if args or kwargs else self.utcnow()

    def __getattr__(self, name: str) -> Any:
        import arrow

        return getattr(arrow, name)


def compile_template(source: str, *, what: str, chat: bool = False) -> Template:
    """Return the template, compiled; the last few hundred sources are kept compiled.

    Args:
        source: the template's text.
        what: names the template in errors.
        chat: it is a model's chat template, in the dialect of Hugging Face: `break` and `continue`, `{% generation %}`,
            `raise_exception(message)`, `strftime_now(format)`, and `tojson` that leaves `<` and umlauts as they are.
            Otherwise it is a session's text, which may use the library `arrow` for dates.

    Raises:
        InvalidInput: the source is too long, or no template; the message has the line.
    """
    most = MOST_CHAT_SOURCE if chat else MOST_SOURCE
    if len(source) > most:
        raise InvalidInput(f"a template of {len(source):,} characters; at most {most:,} are allowed", field=what)
    try:
        with Budget():
            compiled = _compiled(source, chat)
    except Exception as error:
        raise InvalidInput(_explained(error), field=what) from error
    return Template(compiled, what=what, uses_arrow=not chat and "arrow" in source)


@functools.lru_cache(maxsize=256)
def _compiled(source: str, chat: bool) -> "jinja2.Template":
    from julep_local.sandbox.environment import environment

    return environment(chat).from_string(source)


def _explained(error: Exception) -> str:
    """Return what went wrong, and in which line of the template."""
    import jinja2

    from julep_local.sandbox.environment import Refused

    if isinstance(error, Refused):
        return f"the template refuses this input: {error}"
    line = error.lineno if isinstance(error, jinja2.TemplateSyntaxError) else _line_of(error)
    place = f" in line {line}" if line else ""
    reason = (error.message if isinstance(error, jinja2.TemplateError) else str(error)) or type(error).__name__
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"not a jinja2 template{place}: {reason}"
    if isinstance(error, RunAway):
        return f"the template was stopped{place}: {reason}"
    if isinstance(error, jinja2.TemplateError):
        return f"the template failed{place}: {reason}"
    return f"the template failed{place}: {type(error).__name__}: {reason}"


def _line_of(error: Exception) -> int | None:
    """Return the innermost line of the template that the error passed through; jinja2 puts them into the traceback."""
    line = None
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == "<template>":
            line = step.tb_lineno
        step = step.tb_next
    return line
