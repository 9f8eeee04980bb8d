"""What each operator, filter and method would make, counted before it makes it.

A C function cannot be stopped: `"a".center(10**9)` is one call. So of every one whose result can be larger than what it
is given, the size is computed first.

Source: the payloads were collected by trying out all filters of jinja2 3.1.6 and all methods of Python's data types.
"""

import functools
import re
from collections.abc import Callable, Iterator
from types import GeneratorType
from typing import Any

from julep_local.sandbox.budget import MOST_TEXT, SHORT, TICKED, Forbidden, RunAway, allocate, spend, ticked, weigh

MOST_BITS = 4096
"""Size of a product or power: `9**9**9` would take minutes."""
MOST_WIDTH = 9_999
"""Characters that a format, an indent or a column may ask for."""
MOST_SLOW = 65_536
"""Characters or items for what is computed in Python, or more than once for each item."""

_WIDE_FORMAT = re.compile(r"%[^a-zA-Z%]*(\*|\d{5})")
_WIDE_FIELD = re.compile(r":[^}]*(\{|\d{5})")
_DATE_WIDTH = re.compile(r"%[^a-zA-Z%]*\d")
_MOST_DATE_FORMAT = 256

_ONLY_TEXT = {str}
_ITERATORS: Any = Iterator

Check = Callable[..., None]


# -- operators


def add(first: Any, *others: Any) -> Any:
    """`+`, from left to right."""
    values = (first, *others)
    if {*map(type, values)} == _ONLY_TEXT:
        n = sum(map(len, values))
        if n >= SHORT:
            allocate(n)
        return "".join(values)
    total = first
    for each in others:
        if not (type(total) is int and type(each) is int):
            allocate(weigh(total) + weigh(each))
        total = total + each
    return total


def multiply(left: Any, right: Any) -> Any:
    """`*`."""
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > MOST_BITS:
            raise RunAway(f"a product has more than {MOST_BITS} bits")
        return left * right
    for one, other in ((left, right), (right, left)):
        if isinstance(other, int) and not isinstance(one, (int, float)):
            allocate(weigh(one) * max(0, other))
    return left * right


def power(base: Any, exponent: Any) -> Any:
    """`**`."""
    if isinstance(base, int) and isinstance(exponent, int) and base.bit_length() * exponent > MOST_BITS:
        raise RunAway(f"a power has more than {MOST_BITS} bits")
    return base**exponent


def remainder(left: Any, right: Any) -> Any:
    """`%`, which also formats."""
    if isinstance(left, (str, bytes)):
        _check_percent(left, right)
    return left % right


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {"+": add, "*": multiply, "**": power, "%": remainder}


def _check_percent(format: Any, values: Any) -> None:
    text = format if isinstance(format, str) else bytes(format).decode("latin-1")
    if _WIDE_FORMAT.search(text):  # a width, or one that comes as an argument
        raise RunAway(f"a format asks for a width of more than {MOST_WIDTH:,}, or for one given as an argument")
    n_fields = text.count("%")
    allocate(len(text) + n_fields * (MOST_WIDTH if re.search(r"\d{3}", text) else 0) + n_fields * weigh(values))


# -- what methods and filters have in common


def _width(value: Any, width: Any = 80, *_: Any, **__: Any) -> None:
    if isinstance(width, int) and width > MOST_WIDTH:
        raise RunAway(f"a width of more than {MOST_WIDTH:,}")
    allocate(weigh(value) + MOST_WIDTH)


def _replace(text: Any, old: Any = "", new: Any = "", *_: Any, **__: Any) -> None:
    n, n_old, n_new = weigh(text), _length(old), _length(new)
    allocate(n + (n // max(1, n_old) + 1) * n_new)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, bytes)) else weigh(value)


def _fields(format: Any, *values: Any, **named: Any) -> None:
    """Check `str.format`."""
    text = format if isinstance(format, str) else ""
    if _WIDE_FIELD.search(text):
        raise RunAway(f"a format asks for a width of more than {MOST_WIDTH:,}, or for one given as an argument")
    n_fields = text.count("{")
    allocate(len(text) + n_fields * (weigh(values) + weigh(named) + (MOST_WIDTH if ":" in text else 0)))


# -- methods of text, bytes, numbers and dates


def _expand(text: Any, size: Any = 8) -> None:
    if isinstance(size, int) and size > MOST_WIDTH:
        raise RunAway(f"a width of more than {MOST_WIDTH:,}")
    tab: Any = b"\t" if isinstance(text, bytes) else "\t"
    allocate(len(text) + text.count(tab) * max(0, size if isinstance(size, int) else 0))


def _translate(text: Any, table: Any = None, *_: Any, **__: Any) -> None:
    longest = max((_length(each) for each in table.values()), default=1) if isinstance(table, dict) else 1
    allocate(len(text) * max(1, longest))


def _join(separator: Any, items: Any = (), *_: Any, **__: Any) -> None:
    if isinstance(items, Iterator):  # how many there are shows only when they are gone
        raise Forbidden("join a list, or use the filter join")
    allocate(weigh(items) + _n(items) * len(separator))


def _n(items: Any) -> int:
    return len(items) if hasattr(items, "__len__") else 0


def _to_bytes(number: Any, length: Any = 1, *_: Any, **__: Any) -> None:
    allocate(length if isinstance(length, int) else 1)


def _date_format(_: Any, format: Any = "", *__: Any, **___: Any) -> None:
    if len(str(format)) > _MOST_DATE_FORMAT or _DATE_WIDTH.search(str(format)):
        raise RunAway(f"a date's format is longer than {_MOST_DATE_FORMAT} characters, or has a width")


_METHODS: dict[str, Check] = {
    **dict.fromkeys(("center", "ljust", "rjust", "zfill"), _width),
    "expandtabs": _expand,
    "replace": _replace,
    "format": _fields,
    "format_map": lambda text, values: _fields(text, **values) if isinstance(values, dict) else _fields(text, values),
    "join": _join,
    "translate": _translate,
    "to_bytes": _to_bytes,
    "strftime": _date_format,
    "__format__": _date_format,
}
_CHECKED = (str, bytes, int)


def check_call(called: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Check what a template is about to call.

    Raises:
        RunAway: the result would be too large.
    """
    called = getattr(called, "__wrapped__", called)  # so jinja2 hands out `str.format`
    owner, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
    if isinstance(owner, _CHECKED):
        if isinstance(owner, (str, bytes)) and len(owner) >= SHORT:
            spend(len(owner) >> 8)
        check = _METHODS.get(name)
        if check is not None:
            check(owner, *args, **kwargs)
    elif isinstance(owner, (list, tuple)):  # `index` and `count` compare
        spend(weigh(owner) >> 6)
        spend(weigh(args) >> 6)
    elif name in ("strftime", "__format__"):
        _date_format(owner, *args, **kwargs)
    elif str(getattr(called, "__module__", "")).startswith("arrow") or type(owner).__module__.startswith("arrow"):
        _check_arrow(args, kwargs)


def _check_arrow(args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if any(isinstance(each, (str, list)) and len(each) > _MOST_DATE_FORMAT for each in (*args, *kwargs.values())):
        raise RunAway(f"a date's text or format is longer than {_MOST_DATE_FORMAT} characters")


def checked_result(result: Any) -> Any:
    """Return what a call gave, once it was weighed."""
    if type(result) is str:
        if len(result) >= SHORT:
            allocate(len(result))
    elif isinstance(result, (str, bytes, list, tuple, dict, set, frozenset)):
        allocate(weigh(result))
    elif isinstance(result, Iterator):
        return ticked(result)
    return result


# -- filters


def _indent(text: Any, width: Any = 4, *_: Any, **__: Any) -> None:
    longest = len(width) if isinstance(width, str) else width if isinstance(width, int) else 0
    if longest > MOST_WIDTH:
        raise RunAway(f"a width of more than {MOST_WIDTH:,}")
    written = str(text) if weigh(text) < MOST_TEXT else ""
    allocate(len(written) + (len(written.splitlines()) + 1) * max(0, longest))


def _wrap(text: Any, width: Any = 79, break_long_words: Any = True, wrapstring: Any = None, *_: Any) -> None:
    _slow(text)
    allocate(weigh(text) * (1 + _length(wrapstring or "\n")))


def _joined(items: Any, separator: Any = "", *_: Any, **__: Any) -> None:
    allocate(weigh(items) + _n(items) * _length(separator))


def _count(_: Any, n: Any = 1, fill: Any = None, *__: Any) -> None:
    if isinstance(n, int) and n > MOST_WIDTH:
        raise RunAway(f"more than {MOST_WIDTH:,} items at once")
    allocate((n if isinstance(n, int) else 1) * weigh(fill))


def _precision(_: Any, precision: Any = 0, *__: Any, **___: Any) -> None:
    if isinstance(precision, int) and abs(precision) > 300:
        raise RunAway("a number is rounded to more than 300 digits")


def _json(value: Any, indent: Any = None, **options: Any) -> None:
    unknown = options.keys() - {"ensure_ascii", "separators", "sort_keys"}
    separators = options.get("separators") or ()
    if unknown or any(_length(each) > 16 for each in separators):
        raise Forbidden(f"tojson with {', '.join(sorted(unknown)) or 'separators as long as these'}")
    size = len(indent) if isinstance(indent, str) else indent if isinstance(indent, int) else 0
    n = weigh(value)
    if size > 16:
        raise RunAway("tojson indents by at most 16")
    allocate(n + (_n_indents(value) * size if size > 0 else 0))


def _n_indents(value: Any) -> int:
    """Return how many indents stand in a value's JSON, if each of its items stands in a line of its own."""
    total, waiting = 0, [(value, 0)]
    while waiting:
        each, depth = waiting.pop()
        total += depth
        if isinstance(each, dict):
            waiting.extend((item, depth + 1) for item in each.values())
        elif isinstance(each, (list, tuple)):
            waiting.extend((item, depth + 1) for item in each)
    return total


def _sum(items: Any, attribute: Any = None, start: Any = 0, *_: Any) -> None:
    _slow(items)
    if not isinstance(start, (int, float)) and _n(items) > 1000:  # lists are added one by one, and copied each time
        raise RunAway("sum of more than 1,000 values that are no numbers")


def _slow(value: Any = None, *_: Any, **__: Any) -> None:
    n = weigh(value)
    if n > MOST_SLOW:
        raise RunAway(f"a value of more than {MOST_SLOW:,} items or characters is given to a slow filter")
    spend(n)


_FILTERS: dict[str, Check] = {
    "center": _width,
    "indent": _indent,
    "wordwrap": _wrap,
    "replace": _replace,
    "join": _joined,
    "format": lambda text, *values, **named: _check_percent(str(text), named or values),
    "batch": _count,
    "slice": _count,
    "round": _precision,
    "tojson": _json,
    "sum": _sum,
    **dict.fromkeys(("dictsort", "groupby", "sort", "unique", "min", "max", "xmlattr", "striptags"), _slow),
    **dict.fromkeys(("title", "wordcount", "urlencode", "escape", "e", "forceescape", "filesizeformat"), _slow),
}
NO_FILTERS = ("pprint", "urlize")
"""Written in Python, slow, and of no use in a prompt."""
_SHALLOW = frozenset(
    ("length", "count", "first", "last", "default", "d", "list", "map", "select", "reject", "selectattr", "rejectattr")
    + ("items", "reverse", "random", "attr", "safe", "batch", "slice", "round", "abs", "float")
)
"""They look at no more than the items themselves."""


def guarded_filter(name: str, function: Callable[..., Any], n_before: int) -> Callable[..., Any]:
    """Return the filter with what it is given and gives weighed.

    Args:
        name: of the filter.
        function: jinja2's own.
        n_before: arguments that stand before the value, such as the environment.
    """
    check = _FILTERS.get(name)
    is_shallow = name in _SHALLOW
    needs_list = check in (_slow, _joined, _sum)

    @functools.wraps(function)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        value: Any = args[n_before] if len(args) > n_before else None
        kind: Any = type(value)
        if kind is str:
            if len(value) >= SHORT:
                spend(len(value) >> 7)
        elif kind is GeneratorType or isinstance(value, _ITERATORS):
            items: Any = value if kind is GeneratorType and value.gi_code is TICKED else ticked(value)
            if needs_list:
                items = list(items)
            args = (*args[:n_before], items, *args[n_before + 1 :])
        elif is_shallow:
            if hasattr(value, "__len__"):
                spend(len(value) >> 7)
        elif check is None:
            weigh(value)
        if check is not None:
            check(*args[n_before:], **kwargs)
        result = function(*args, **kwargs)
        if result is value or (type(result) is str and len(result) < SHORT):
            return result
        return checked_result(result)

    return guarded


# -- tests


COMPARING_TESTS = (
    *("eq", "equalto", "==", "ne", "!=", "in"),
    *("gt", "greaterthan", ">", "ge", ">=", "lt", "lessthan", "<", "le", "<="),
)


def guarded_test(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a test that compares, with both sides weighed."""

    @functools.wraps(function)
    def guarded(*args: Any) -> Any:
        for each in args:
            if type(each) is not str or len(each) >= SHORT:
                spend(weigh(each) >> 8)
        return function(*args)

    return guarded
