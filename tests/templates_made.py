"""Templates put together at random, of the pieces that the known attacks are made of: a grammar for hypothesis."""

from hypothesis import strategies as st

NUMBERS = ["0", "1", "7", "-3", "60", "999", "9999", "99999", "10**9", "2.5", "9**9**9"]
TEXTS = [
    "''",
    "'a'",
    "'ab ' * 999",
    "'A' * 99999",
    "'%s%s'",
    "'%9999d'",
    "'{0}{0}'",
    "'{:9999}'",
    "'\\t\\n' * 99",
    "'<&>'",
]
NAMES = ["x", "n.x", "n", "agent", "messages", "agent.metadata", "nope", "arrow", "loop", "range", "m", "varargs"]
FILTERS = (
    (
        "abs attr('x') batch(N, X) capitalize center(N) default(X) dictsort e escape filesizeformat first float forceescape "
        "format(X, X) groupby('x') indent(N) int items join(X) last length list lower map('string') map(attribute='x') max min "
        "random reject rejectattr('x') replace(X, X) reverse round(N) safe select selectattr('x') slice(N) sort string striptags "
        "sum sum(start=X) title tojson tojson(indent=N) trim truncate(N) unique upper urlencode wordcount wordwrap(N) xmlattr"
    )
    .replace("(X, X)", "(X,X)")
    .replace("(N, X)", "(N,X)")
    .split()
)
METHODS = (
    "center(N) ljust(N) rjust(N,'b') zfill(N) replace(X,X) join(X) format(X,X) format_map(X) expandtabs(N) split(X) encode() "
    "splitlines() translate(X) upper() strip() partition('a') items() keys() values() get(X) to_bytes(N,'big') count(X) "
    "startswith(X) title() casefold() bit_length() index(X) find(X) swapcase() rsplit(X) removeprefix(X)"
).split()
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "<", "in", "not in", "and", "or", "is eq", "if true else"]


def _filled(pattern: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return the pattern with something in the place of each N and X."""
    pieces = [st.sampled_from(NUMBERS) if c == "N" else inner if c == "X" else st.just(c) for c in pattern]
    return st.tuples(*pieces).map("".join)


def expressions() -> st.SearchStrategy[str]:
    """Return expressions of a few levels."""
    leaves = st.sampled_from([*NUMBERS, *TEXTS, *NAMES])

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(OPERATORS), inner),
            st.builds("({}|{})".format, inner, st.sampled_from(FILTERS).flatmap(lambda f: _filled(f, inner))),
            st.builds("({}).{}".format, inner, st.sampled_from(METHODS).flatmap(lambda m: _filled(m, inner))),
            st.builds("[{}, {}]".format, inner, inner),
            st.builds("({}, {})".format, inner, inner),
            st.builds("{{'a': {}, 'b': {}}}".format, inner, inner),
            st.builds("{}[{}:]".format, inner, st.sampled_from(["0", "1", ""])),
            st.builds("range({})|list".format, st.sampled_from(NUMBERS)),
            st.builds("dict(a={}, b={})".format, inner, inner),
            st.builds("m({})".format, inner),
        )

    return st.recursive(leaves, larger, max_leaves=12)


def templates() -> st.SearchStrategy[str]:
    """Return templates of a few statements in loops, macros and blocks."""
    value = expressions()
    simple = st.one_of(
        st.builds("{{{{ {} }}}}".format, value),
        st.builds("{{% set x = {} %}}".format, value),
        st.builds("{{% set n.x = {} %}}".format, value),
        st.sampled_from(
            ["words ", "x" * 500, "{{ caller() }}", "{{ n.x }}", "{% set n.x = [n.x, n.x] %}", "{{ m(n.x) }}"]
        ),
    )

    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        body = st.lists(inner, min_size=1, max_size=4).map("".join)
        return st.one_of(
            st.builds("{{% for x in {} %}}{}{{% endfor %}}".format, value, body),
            st.builds("{{% for x in range({}) %}}{}{{% endfor %}}".format, st.sampled_from(NUMBERS), body),
            st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, value, body, body),
            st.builds("{{% macro m(x) %}}{}{{% endmacro %}}".format, body),
            st.builds("{{% call m({}) %}}{}{{% endcall %}}".format, value, body),
            st.builds("{{% set x %}}{}{{% endset %}}".format, body),
            st.builds(
                "{{% filter {} %}}{}{{% endfilter %}}".format, st.sampled_from(["upper", "trim", "e", "title"]), body
            ),
        )

    statements = st.recursive(simple, larger, max_leaves=10)
    return st.lists(statements, min_size=1, max_size=6).map(
        lambda pieces: "{% set n = namespace(x='abc') %}{% set x = 'xyz' %}" + "".join(pieces)
    )
