"""jinja2's immutable sandbox with a look at the budget wherever a template can spend time or memory.

The template's tree is changed before it is compiled: loops, lists, comparisons and joined texts pass through a filter
that counts. Nothing else runs jinja2.
"""

import functools
import json
from types import ModuleType
from typing import Any

import jinja2
import jinja2.ext
import jinja2.sandbox
from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.parser import Parser
from jinja2.runtime import LoopContext
from jinja2.visitor import NodeTransformer

from julep_local.sandbox.budget import MOST_TEXT, SHORT, Forbidden, RunAway, Watched, allocate, spend, ticked, weigh
from julep_local.sandbox.guards import (
    COMPARING_TESTS,
    NO_FILTERS,
    OPERATORS,
    add,
    check_call,
    checked_result,
    guarded_filter,
    guarded_test,
    multiply,
    power,
    remainder,
)

MOST_TOKENS = 10_000
"""Of a template's source: to compile so many takes a third of a second. Long chat templates have some 5,000."""
_LONG_LOOP = 100
_STEPS_OF_A_CALL = 20  # of a macro: it takes some 5 µs
_NUMBERS = (int, float, bool, type(None))


class Refused(Exception):
    """The template itself said no, through `raise_exception`."""


class Generation(jinja2.ext.Extension):
    """`{% generation %}` marks what a model is trained on; in use it means nothing."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return what stands inside."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class Limited(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """The sandbox, with a look at the limits where a template can spend time or memory."""

    intercepted_binops = frozenset(OPERATORS)  # `_Counting` leaves none, and is faster

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        n_tokens = 0
        for _, kind, _ in self.lexer.tokeniter(source, name or "", filename):
            n_tokens += kind != "whitespace"
            if n_tokens > MOST_TOKENS:
                raise RunAway(f"it has more than {MOST_TOKENS:,} names, signs and texts")
        tree = super()._parse(source, name, filename)
        counted: nodes.Template = _Counting().visit(tree)
        return counted

    # jinja2's own names: with others an argument of a template could be called as one of them
    def call(__self, __context: Any, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: B902, N805
        """Call what a template calls."""
        if isinstance(__obj, LoopContext):  # a recursive loop goes on with other items
            args = (_paid_for(args[0], _STEPS_OF_A_CALL), *args[1:]) if args else args
        check_call(__obj, args, kwargs)
        return checked_result(super().call(__context, __obj, *args, **kwargs))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may have it."""
        # `arrow.arrow.sys.modules` would otherwise lead to `os`
        return not isinstance(value, ModuleType) and super().is_safe_attribute(obj, attr, value)

    def unsafe_undefined(self, obj: Any, attribute: str) -> jinja2.Undefined:
        """Say no."""
        # jinja2 itself would print nothing for `{{ "".__class__ }}`
        raise SecurityError(f"the sandbox forbids {attribute!r} of a {type(obj).__name__}")


class _Counting(NodeTransformer):
    """Puts a filter that counts around what a template can make large, or go round in."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802
        steps, n_characters = _cost(node.body)
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "_loop", nodes.Const(steps), nodes.Const(n_characters))
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:  # noqa: N802
        self._pay_for(node)
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.CallBlock:  # noqa: N802
        self._pay_for(node)
        return node

    def _pay_for(self, node: nodes.Macro | nodes.CallBlock) -> None:
        steps, n_characters = _cost(node.body)
        self.generic_visit(node)
        paying = _filtered(
            nodes.Const("", lineno=node.lineno), "_enter", nodes.Const(_STEPS_OF_A_CALL + steps + (n_characters >> 5))
        )
        node.body.insert(0, nodes.Output([paying], lineno=node.lineno))

    def visit_List(self, node: nodes.List) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return node if all(isinstance(item, nodes.Const) for item in node.items) else _filtered(node, "_made")

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        is_plain = node.ctx != "load" or all(isinstance(item, nodes.Const) for item in node.items)
        return node if is_plain else _filtered(node, "_made")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        is_plain = all(isinstance(item.value, nodes.Const) for item in node.items)
        return node if is_plain else _filtered(node, "_made")

    def visit_Add(self, node: nodes.Add) -> nodes.Expr:  # noqa: N802
        # a chain in one call: texts of chat templates are put together like this
        terms: list[nodes.Expr] = [node.right]
        first = node.left
        while isinstance(first, nodes.Add):
            terms.append(first.right)
            first = first.left
        terms.append(first)
        visited: list[nodes.Expr] = [self.visit(each) for each in reversed(terms)]
        return _filtered(visited[0], "_add", *visited[1:])

    def visit_Mul(self, node: nodes.Mul) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node.left, "_multiply", node.right)

    def visit_Pow(self, node: nodes.Pow) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node.left, "_power", node.right)

    def visit_Mod(self, node: nodes.Mod) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node.left, "_remainder", node.right)

    def visit_Output(self, node: nodes.Output) -> nodes.Output:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [
            each if isinstance(each, (nodes.TemplateData, nodes.Const)) else _filtered(each, "_printed")
            for each in node.nodes
        ]
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        node.nodes = [each if isinstance(each, nodes.Const) else _filtered(each, "_made") for each in node.nodes]
        return node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        if len(node.ops) == 1:
            (operand,) = node.ops
            looks_inside = operand.op in ("in", "notin")
            if _is_short(operand.expr) or (not looks_inside and _is_short(node.expr)):
                return node  # to compare with a short text takes no time
        node.expr = _filtered(node.expr, "_weighed")
        for operand in node.ops:
            operand.expr = _filtered(operand.expr, "_weighed")
        return node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:  # noqa: N802
        self.generic_visit(node)
        return _filtered(node, "_cut") if isinstance(node.arg, nodes.Slice) and node.ctx == "load" else node


def _cost(body: list[nodes.Node]) -> tuple[int, int]:
    """Return how many steps it takes to go through this once, and how many characters of its own it prints."""
    n_expressions = sum(1 for node in body for _ in node.find_all(nodes.Expr))
    n_characters = sum(len(text.data) for node in body for text in node.find_all(nodes.TemplateData))
    return 2 + n_expressions // 4, n_characters


def _is_short(node: nodes.Expr) -> bool:
    if isinstance(node, (nodes.List, nodes.Tuple)):
        return len(node.items) <= 64 and all(_is_short(item) for item in node.items)
    return isinstance(node, nodes.Const) and len(str(node.value)) <= 64


def _filtered(value: nodes.Node, name: str, *arguments: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(arguments), [], None, None, lineno=value.lineno)


@pass_context  # what needs the context jinja2 does not compute while it compiles, when nothing is paid for
def _loop(_: Any, items: Any, steps: int, n_characters: int) -> Any:
    n = len(items) if hasattr(items, "__len__") else 0
    if n * n_characters > MOST_TEXT:
        raise RunAway(f"it printed more than {MOST_TEXT:,} characters")
    return _paid_for(items, steps + (n_characters >> 5))


def _paid_for(items: Any, steps: int) -> Any:
    """Return the items, each of which costs so many steps, after having paid for all where their number is known."""
    try:
        n = len(items)
    except TypeError:
        return ticked(items, steps) if hasattr(items, "__iter__") else items
    spend(n * steps)
    return items if n < _LONG_LOOP else Watched(items)


@pass_context
def _enter(_: Any, nothing: str, steps: int) -> str:
    spend(steps)
    return nothing


def _made(value: Any) -> Any:
    if type(value) is not str or len(value) >= SHORT:
        allocate(weigh(value))
    return value


def _weighed(value: Any) -> Any:
    if type(value) is not str or len(value) >= SHORT:
        spend(weigh(value) >> 8)
    return value


def _cut(value: Any) -> Any:
    n = len(value) if hasattr(value, "__len__") else 1
    if n >= SHORT:
        allocate(n)
    return value


def printed(value: Any) -> Any:
    """Return what a template prints, once it was weighed."""
    kind = type(value)
    if kind is str:
        if len(value) >= SHORT:
            allocate(len(value))
    elif kind not in _NUMBERS and not isinstance(value, jinja2.Undefined):
        if callable(value) or isinstance(value, ModuleType):
            raise Forbidden(f"a {kind.__name__} is no data that a template may print or compare")
        allocate(weigh(value))
    return value


@functools.cache
def environment(chat: bool) -> Limited:
    """Return what compiles templates: a model's chat templates, or texts of sessions."""
    made = Limited(
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        extensions=["jinja2.ext.loopcontrols", Generation] if chat else [],
    )
    made.binop_table.update(OPERATORS)
    filters: dict[str, Any] = made.filters
    if chat:
        filters["tojson"] = _to_json
    for name in NO_FILTERS:
        del filters[name]
    for name, function in list(filters.items()):
        n_before = 1 if hasattr(function, "jinja_pass_arg") else 0
        filters[name] = guarded_filter(name, function, n_before)
    filters.update(_loop=_loop, _enter=_enter, _made=_made, _weighed=_weighed, _cut=_cut, _printed=printed)
    filters.update(_add=add, _multiply=multiply, _power=power, _remainder=remainder)
    tests: dict[str, Any] = made.tests
    for name in COMPARING_TESTS:
        tests[name] = guarded_test(tests[name])
    names: dict[str, Any] = made.globals
    del names["lipsum"]
    if chat:
        names.update(raise_exception=_refuse, strftime_now=_now_as)
    return made


def _to_json(value: Any, indent: int | None = None, **options: Any) -> str:
    options.setdefault("ensure_ascii", False)
    return json.dumps(value, indent=indent, **options)


def _refuse(message: str) -> None:
    raise Refused(message)


def _now_as(format: str) -> str:
    from datetime import datetime

    return datetime.now().strftime(format)
