"""Renders jinja2 templates: the texts of sessions, and the chat templates of models. Nothing else runs jinja2.

Templates come from callers and from model files, so they run in jinja2's immutable sandbox: no private attribute, no
module, no change of what they are given. It knows nothing of sessions or models, only of a source and its variables.

Limited here: the source, one text value (`MOST_TEXT`), the output, numbers (`MOST_BITS`), `range` (100,000) and, at
each turn of a loop and each call, the time (`MOST_SECONDS`). Not limited: what a single filter or string method
allocates (`"a".center(10**9)`, `join`, `replace`, `tojson(indent=...)`), nested lists that grow when printed, `sort` in
one step, and time spent inside one of these. Render a stranger's template in a process with a memory limit.
"""

import functools
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from julep_local.errors import InvalidInput

if TYPE_CHECKING:
    from datetime import datetime

    import jinja2
    import jinja2.sandbox

MOST_SOURCE = 65_536
"""Characters of a session's template. Long texts belong into docs."""
MOST_CHAT_SOURCE = 1_048_576
"""Characters of a model's chat template; the longest published ones have about 40,000."""
MOST_TEXT = 1_048_576
"""Characters of the output, and of any text or list on the way to it."""
MOST_BITS = 4096
"""Size of a product or power: `9**9**9` would take minutes."""
MOST_SECONDS = 0.8
"""For one rendering. Ordinary ones take microseconds, a chat template with 1,000 messages some 20 ms."""


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
        _budget.ends_at = time.monotonic() + MOST_SECONDS
        pieces: list[str] = []
        length = 0
        try:
            for piece in self._compiled.generate(known):
                _tick()
                length += len(piece)
                if length > MOST_TEXT:
                    raise _RunAway(f"it printed more than {MOST_TEXT:,} characters")
                pieces.append(piece)
        except Exception as error:
            raise InvalidInput(_explained(error), field=self._what) from error
        finally:
            _budget.ends_at = _Budget.ends_at
        return "".join(pieces)


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
        compiled = _compiled(source, chat)
    except Exception as error:
        raise InvalidInput(_explained(error), field=what) from error
    return Template(compiled, what=what, uses_arrow=not chat and "arrow" in source)


@functools.lru_cache(maxsize=256)
def _compiled(source: str, chat: bool) -> "jinja2.Template":
    return _environment(chat).from_string(source)


@functools.cache
def _environment(chat: bool) -> "jinja2.sandbox.SandboxedEnvironment":
    import jinja2.ext
    import jinja2.sandbox
    from jinja2 import nodes
    from jinja2.exceptions import SecurityError
    from jinja2.parser import Parser

    class Generation(jinja2.ext.Extension):
        """`{% generation %}` marks what a model is trained on; in use it means nothing."""

        tags = {"generation"}

        def parse(self, parser: Parser) -> list[nodes.Node]:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    def filtered(value: Any, name: str) -> nodes.Filter:
        return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)

    class Limited(jinja2.sandbox.ImmutableSandboxedEnvironment):
        """The sandbox, with a look at the limits where a template can spend time or memory."""

        intercepted_binops = frozenset(_OPERATORS)  # also keeps jinja2 from computing them while it compiles

        def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
            tree = super()._parse(source, name, filename)
            for loop in tree.find_all(nodes.For):
                loop.iter = filtered(loop.iter, "_timed")
            for joined in tree.find_all(nodes.Concat):
                joined.nodes = [filtered(node, "_sized") for node in joined.nodes]
            return tree

        def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: B902, N805
            _tick()
            return super().call(__context, __obj, *args, **kwargs)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            # `arrow.arrow.sys.modules` would otherwise lead to `os`
            return not isinstance(value, ModuleType) and super().is_safe_attribute(obj, attr, value)

        def unsafe_undefined(self, obj: Any, attribute: str) -> jinja2.Undefined:
            # jinja2 itself would print nothing for `{{ "".__class__ }}`
            raise SecurityError(f"the sandbox forbids {attribute!r} of a {type(obj).__name__}")

    environment = Limited(
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        finalize=_of_allowed_length,
        extensions=["jinja2.ext.loopcontrols", Generation] if chat else [],
    )
    environment.binop_table.update(_OPERATORS)
    filters: dict[str, Any] = environment.filters
    filters.update(_timed=_timed, _sized=_of_allowed_length)
    names: dict[str, Any] = environment.globals
    del names["lipsum"]
    if chat:
        filters["tojson"] = _to_json
        names.update(raise_exception=_refuse, strftime_now=_now_as)
    return environment


class _RunAway(Exception):
    """The template reached a limit."""


class _Refused(Exception):
    """The template itself said no, through `raise_exception`."""


class _Budget(threading.local):
    """When the rendering on this thread must be over, on the monotonic clock."""

    ends_at = float("inf")


_budget = _Budget()


def _tick() -> None:
    if time.monotonic() > _budget.ends_at:
        raise _RunAway(f"it ran longer than {MOST_SECONDS:g} s")


def _timed(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        _tick()
        yield item


def _of_allowed_length(value: Any) -> Any:
    if isinstance(value, (str, bytes, list, tuple)) and len(value) > MOST_TEXT:
        raise _RunAway(f"a value has more than {MOST_TEXT:,} items or characters")
    return value


def _add(left: Any, right: Any) -> Any:
    return _of_allowed_length(left + right)  # the operands were allowed, so the sum is at most twice as long


def _multiply(left: Any, right: Any) -> Any:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, (str, bytes, list, tuple)) and isinstance(other, int) and len(one) * other > MOST_TEXT:
            raise _RunAway(f"a product has more than {MOST_TEXT:,} items or characters")
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() + right.bit_length() > MOST_BITS:
        raise _RunAway(f"a product has more than {MOST_BITS} bits")
    return left * right


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * exponent > MOST_BITS:
        raise _RunAway(f"a power has more than {MOST_BITS} bits")
    return base**exponent


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, (str, bytes)):
        text = left if isinstance(left, str) else left.decode("latin-1")
        if re.search(r"%[^a-zA-Z%]*(\*|\d{5})", text):  # a width, or one that comes as an argument
            raise _RunAway("a format asks for a width of more than 9,999, or for one given as an argument")
    return left % right


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"+": _add, "*": _multiply, "**": _power, "%": _remainder}


def _to_json(value: Any, indent: int | None = None, **options: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent, **options)


def _refuse(message: str) -> None:
    raise _Refused(message)


def _now_as(format: str) -> str:
    from datetime import datetime

    return datetime.now().strftime(format)


def _explained(error: Exception) -> str:
    """Return what went wrong, and in which line of the template."""
    import jinja2

    if isinstance(error, _Refused):
        return f"the template refuses this input: {error}"
    line = error.lineno if isinstance(error, jinja2.TemplateSyntaxError) else _line_of(error)
    place = f" in line {line}" if line else ""
    reason = (error.message if isinstance(error, jinja2.TemplateError) else str(error)) or type(error).__name__
    if isinstance(error, jinja2.TemplateSyntaxError):
        return f"not a jinja2 template{place}: {reason}"
    if isinstance(error, _RunAway):
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
