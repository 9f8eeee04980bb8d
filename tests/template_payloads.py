"""Templates of people who mean harm: 104 that would take time or memory without end, 70 that would get out; and 15 of
people who do not.

Each is rendered in every place where templates are (a session's situation, instructions, a model's chat template), in
the tests and in the torture runs. They were collected while trying out every filter, test, global and method there is.
"""

BIG = "{% set s = 'A' * 200000 %}"
LONG_LIST = "{% set l = range(20000)|list %}"
DOUBLED = "{% set n = namespace(x=START) %}{% for i in range(70) %}{% set n.x = STEP %}{% endfor %}{{ END }}"


def _doubling(step: str, start: str = "'12345678'", end: str = "n.x|length") -> str:
    return DOUBLED.replace("START", start).replace("STEP", step).replace("END", end)


def _laughs(end: str) -> str:
    """Lists that hold the same list twice, thirty times over: small in memory, and a gigabyte when looked through."""
    return (
        "{% set n = namespace(x=['lol', 'lol']) %}{% for i in range(40) %}{% set n.x = [n.x, n.x] %}{% endfor %}" + end
    )


BOMBS: dict[str, str] = {
    # loops
    "loops in loops": "{% set r = range(99999) %}{% for a in r %}{% for b in r %}{% endfor %}{% endfor %}",
    "loops three deep": "{% set r = range(9999) %}"
    "{% for a in r %}{% for b in r %}{% for c in r %}{{ a }}{% endfor %}{% endfor %}{% endfor %}",
    "loops over a literal": "{% for a in '"
    + "x" * 30000
    + "' %}{% for b in '"
    + "x" * 30000
    + "' %}{% endfor %}{% endfor %}",
    "a loop over a filter": "{% set r = range(99999) %}{% for a in r %}{{ r|sort|length }}{% endfor %}",
    "a loop that prints": "{% for i in range(99999) %}{{ 'abcdefghijklmnopqrst' }}{% endfor %}",
    "a loop that prints its own words": "{% for i in range(99999) %}" + "x" * 30000 + "{% endfor %}",
    "words in a set block": "{% set x %}{% for i in range(99999) %}"
    + "x" * 30000
    + "{% endfor %}{% endset %}{{ x|length }}",
    "words in a filter block": "{% filter upper %}{% for i in range(99999) %}"
    + "x" * 30000
    + "{% endfor %}{% endfilter %}",
    "a recursive loop": "{% for a in range(300) recursive %}{{ loop(range(300)) }}{% endfor %}",
    "a recursive loop with a depth": "{% set r = range(9999) %}{% for a in r recursive %}{% if loop.depth < 5 %}{{ loop(r) }}{% endif %}{% endfor %}",
    "index in a loop": LONG_LIST
    + "{% for i in range(99999) %}{{ l.index(19999) if false }}{% set x = l.index(19999) %}{% endfor %}",
    "count in a loop": LONG_LIST + "{% for i in range(99999) %}{% set x = l.count(1) %}{% endfor %}",
    "a loop with a condition": "{% set r = range(99999) %}{% for a in r if a in r|list %}{% endfor %}",
    "many variables": "".join(f"{{% set a{i} = 'A' * 250000 %}}" for i in range(1500)),
    "nested comprehension by map": "{% set r = range(99999) %}{{ r|map('string')|map('list')|map('sort')|list|length }}",
    "cycler": "{% set c = cycler(*range(60000)) %}{% for a in range(99999) %}{% for b in range(9) %}{{ c.next() }}"
    "{% endfor %}{% endfor %}",
    # macros
    "a tree of macros": "{% macro m(n) %}{% if n %}{{ m(n-1) }}{{ m(n-1) }}{% endif %}{% endmacro %}{{ m(60) }}",
    "an endless macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "macros that call each other": "{% macro a() %}{{ b() }}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{{ a() }}"
    "{% endmacro %}{{ a() }}",
    "a macro that doubles": "{% macro m(n, s) %}{% if n %}{{ m(n - 1, s ~ s) }}{% else %}{{ s }}{% endif %}{% endmacro %}"
    "{{ m(60, 'ab') }}",
    "call blocks": "{% macro m(n) %}{{ caller() }}{{ caller() }}{% endmacro %}"
    + "{% call m(1) %}" * 60
    + "x"
    + "{% endcall %}" * 60,
    "varargs that double": "{% macro m(n) %}{% set n.x = varargs %}{% endmacro %}{% set n = namespace(x=('a',)) %}"
    "{% for i in range(60) %}{{ m(n, n.x, n.x) }}{% endfor %}{{ n.x }}",
    # products and powers
    "a long product": "{{ 'A' * 10**10 }}",
    "a long product the other way round": "{{ 10**10 * 'A' }}",
    "a long list": "{{ [0] * 10**10 }}",
    "a long tuple": "{{ (0,) * 10**10 }}",
    "a product of products": "{{ ('A' * 100000) * 100000 }}",
    "a product while it compiles": "{{ ('A' * 99999)|length * ('A' * 9999999999)|length }}",
    "a huge power": "{{ 9**(9**9) }}",
    "a tower": "{{ 9**9**9**9 }}",
    "squares": "{% set n = namespace(x=3) %}{% for i in range(99) %}{% set n.x = n.x * n.x %}{% endfor %}",
    "a power of a power": "{% set n = namespace(x=9) %}{% for i in range(99) %}{% set n.x = n.x ** n.x %}{% endfor %}",
    "digits": "{{ (9**1200)|string * 99999 }}",
    "a negative power": "{{ (2**4000) ** 4000 }}",
    # what doubles
    "doubling with tilde": _doubling("n.x ~ n.x"),
    "doubling with plus": _doubling("n.x + n.x"),
    "doubling a list": _doubling("n.x + n.x", "[1, 2]"),
    "doubling with join": _doubling("[n.x, n.x]|join"),
    "doubling with str.join": _doubling("''.join([n.x, n.x])"),
    "joining with itself": _doubling("n.x.join(n.x|list)", "'abcdefghij'"),
    "doubling with replace": _doubling("n.x|replace('1', n.x)"),
    "doubling with str.replace": _doubling("n.x.replace('1', n.x)"),
    "replacing nothing": _doubling("n.x|replace('', n.x)"),
    "doubling with percent": _doubling("'%s%s' % (n.x, n.x)"),
    "doubling with names": _doubling("'%(a)s%(a)s' % {'a': n.x}"),
    "doubling with format": _doubling("'{0}{0}'.format(n.x)"),
    "doubling with named format": _doubling("'{a}{a}'.format(a=n.x)"),
    "doubling with format_map": _doubling("'{a}{a}'.format_map({'a': n.x})"),
    "doubling with the filter format": _doubling("'%s%s'|format(n.x, n.x)"),
    "doubling in a block": _doubling("n.x").replace(
        "{% set n.x = n.x %}", "{% set n.x %}{{ n.x }}{{ n.x }}{% endset %}"
    ),
    "doubling in a filter block": _doubling("n.x").replace(
        "{% set n.x = n.x %}", "{% set n.x %}{% filter upper %}{{ n.x }}{{ n.x }}{% endfilter %}{% endset %}"
    ),
    "doubling with indent": _doubling("n.x|indent(n.x|length, true)"),
    "doubling with center": _doubling("n.x|center(n.x|length * 2)"),
    "doubling with sum": _doubling("[n.x, n.x]|sum(start='')"),
    "doubling with translate": _doubling("n.x.translate({49: n.x})"),
    "doubling with escape": _doubling("(n.x ~ '&')|e|string"),
    "doubling with urlencode": _doubling("('%' ~ n.x)|urlencode"),
    "doubling a dict": _doubling("{'a': n.x, 'b': n.x}", end="n.x|string|length"),
    "doubling with dict": _doubling("dict(a=n.x, b=n.x)", end="n.x|string|length"),
    "doubling a namespace": "{% set n = namespace(x='a') %}{% for i in range(60) %}"
    "{% set m = namespace(x=[n, n], y=n.x) %}{% set n.x = [m, m, n.x, n.x] %}{% endfor %}{{ n.x }}",
    "doubling with batch": _doubling("n.x|batch(2, n.x)|list", "[1, 2]", "n.x|string|length"),
    "doubling with xmlattr": _doubling("{'a': n.x, 'b': n.x}|xmlattr"),
    "doubling with items": _doubling("{'a': n.x, 'b': n.x}|dictsort", end="n.x|string|length"),
    # shared references
    "laughs printed": _laughs("{{ n.x }}"),
    "laughs as a string": _laughs("{{ n.x|string|length }}"),
    "laughs as JSON": _laughs("{{ n.x|tojson|length }}"),
    "laughs joined": _laughs("{{ n.x|join|length }}"),
    "laughs with tilde": _laughs("{{ (n.x ~ '')|length }}"),
    "laughs compared": _laughs(
        "{% set m = namespace(x=['lol', 'lol']) %}{% for i in range(40) %}"
        "{% set m.x = [m.x, m.x] %}{% endfor %}{{ n.x == m.x }}"
    ),
    "laughs in a list": _laughs("{{ n.x in [n.x[0], n.x[1]] }}"),
    "laughs tested": _laughs("{{ n.x is eq(n.x[0]) }}"),
    "laughs as a key": "{% set n = namespace(x=('a', 'a')) %}{% for i in range(40) %}{% set n.x = (n.x, n.x) %}{% endfor %}"
    "{{ {n.x: 1}|length }}",
    "laughs unique": "{% set n = namespace(x=('a', 'a')) %}{% for i in range(40) %}{% set n.x = (n.x, n.x) %}{% endfor %}"
    "{{ [n.x, n.x]|unique|list|length }}",
    "laughs sorted": _laughs("{{ [n.x, n.x]|sort|length }}"),
    "laughs formatted": _laughs("{{ ('%s' % (n.x,))|length }}"),
    "laughs in str.format": _laughs("{{ '{}'.format(n.x)|length }}"),
    "laughs mapped": "{% set n = namespace(x=range(60000)|list) %}{{ range(60000)|map('default', n.x, true)|list|string|length }}",
    # widths
    "center": "{{ 'x'|center(10**10) }}",
    "str.center": "{{ 'x'.center(10**10) }}",
    "ljust": "{{ 'x'.ljust(10**10) }}",
    "rjust": "{{ 'x'.rjust(10**10) }}",
    "zfill": "{{ 'x'.zfill(10**10) }}",
    "bytes": "{{ 'x'.encode().center(10**10) }}",
    "expandtabs": "{{ ('\\t' * 1000).expandtabs(10**9) }}",
    "indent": "{{ ('a\\n' * 10000)|indent(10**9) }}",
    "indent with text": "{{ ('a\\n' * 100000)|indent('b' * 100000) }}",
    "tojson indented": "{{ range(9999)|list|tojson(indent=10**8) }}",
    "tojson indented deeply": "{% set n = namespace(x=[]) %}{% for i in range(900) %}{% set n.x = [n.x] %}{% endfor %}"
    "{% for i in range(999) %}{{ n.x|tojson(indent=16) }}{% endfor %}",
    "a wide percent": "{{ '%2000000000d' % 1 }}",
    "a wide percent of text": "{{ '%2000000000s' % 'a' }}",
    "a percent with many digits": "{{ '%.2000000000f' % 1.5 }}",
    "a width as an argument": "{{ '%*d' % (2000000000, 1) }}",
    "many wide percents": "{{ ('%9999d' * 9999) % (range(9999)|list) }}",
    "a wide format": "{{ '{:2000000000}'.format(1) }}",
    "a width in a field": "{{ '{:{}}'.format(1, 2000000000) }}",
    "a wide filter": "{{ '%2000000000d'|format(1) }}",
    "to_bytes": "{{ (1).to_bytes(2000000000, 'big')|length }}",
    "wordwrap": "{{ ('a ' * 100000)|wordwrap(1, true, 'b' * 100000) }}",
    "batch": "{{ [1]|batch(10**10, 'x')|list }}",
    "slice": "{{ [1]|slice(10**9)|list|length }}",
    "round": "{{ 1.5|round(10**9, 'ceil') }}",
    "lipsum": "{{ lipsum(n=100000000) }}",
    "a long range": "{{ range(10**9)|list }}",
    # in loops
    "sorting in a loop": LONG_LIST + "{% for i in l %}{% set x = l|sort(reverse=true) %}{% endfor %}",
    "unique in a loop": LONG_LIST + "{% for i in l %}{% set x = l|unique|list %}{% endfor %}",
    "groupby in a loop": LONG_LIST + "{% for i in l %}{% set x = l|groupby('real') %}{% endfor %}",
    "in a long list": LONG_LIST + "{% for i in l %}{{ '' if -1 in l }}{% endfor %}",
    "in a long text": BIG + "{% for i in range(99999) %}{{ '' if 'AAAB' in s }}{% endfor %}",
    "slices": BIG + "{% for i in range(99999) %}{% set x = s[1:] %}{% endfor %}",
    "upper in a loop": BIG + "{% for i in range(99999) %}{% set x = s|upper %}{% endfor %}",
    "split in a loop": BIG + "{% for i in range(99999) %}{% set x = s.split('A') %}{% endfor %}",
    "replace in a loop": BIG + "{% for i in range(99999) %}{% set x = s|replace('A', 'B') %}{% endfor %}",
    "compared in a loop": BIG
    + "{% set t = 'A' * 200000 %}{% for i in range(99999) %}{{ '' if s == t ~ '' }}{% endfor %}",
    "pprint": LONG_LIST + "{{ l|pprint }}",
    "urlize": "{{ ('a.b.c@d.e ' * 20000)|urlize }}",
    # sources
    "parentheses": "{{ " + "(" * 30000 + "1" + ")" * 30000 + " }}",
    "not": "{{ " + "not " * 15000 + "1 }}",
    "minus": "{{ " + "-" * 60000 + "1 }}",
    "filters on filters": "{{ a" + "|e" * 30000 + " }}",
    "lists in lists": "{{ " + "[" * 30000 + "]" * 30000 + " }}",
    "conditions in conditions": "{% if a %}" * 3000 + "{% endif %}" * 3000,
    "a sum without end": "{{ " + "+".join("1" * 20000) + " }}",
    "a comparison without end": "{{ a" + "<b" * 30000 + " }}",
    "tildes without end": "{{ " + "~".join("a" * 30000) + " }}",
    "many expressions": "{{a}}" * 13000,
    "arguments without end": "{{ f(" + "a," * 30000 + ") }}",
    "a long number": "{{ " + "9" * 60000 + " }}",
    "50 MB of source": "x" * 50_000_000,
    # dates
    "a range of dates": "{{ arrow.Arrow.range('second', arrow.get(0), arrow.get(10**10))|list|length }}",
    "a span of dates": "{{ arrow.Arrow.span_range('second', arrow.get(0), arrow.get(10**10))|list|length }}",
    "a date with a wide format": "{{ arrow.get(0).strftime('%1000000000d')|length }}",
    "a date in a long format": "{{ arrow.get('1' * 200000, 'D' * 200000) }}",
}

_OBJECTS = ("''", "1", "[]", "{}", "()", "none", "true", "agent", "session.metadata", "range", "namespace", "arrow")
_ATTRIBUTES = ("__class__", "__globals__", "__init__", "__subclasses__", "__dict__", "__reduce_ex__", "__mro__")

ESCAPES: dict[str, str] = {
    **{f"{each}.__class__": "{{ " + each + ".__class__ }}" for each in _OBJECTS},
    **{f"range.{each}": "{{ range." + each + " }}" for each in _ATTRIBUTES},
    **{f"attr {each}": "{{ agent|attr('" + each + "') }}" for each in _ATTRIBUTES},
    **{f"item {each}": "{{ ''['" + each + "'] }}" for each in _ATTRIBUTES},
    "subclasses": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "subclasses by map": "{{ ['']|map(attribute='__class__')|list }}",
    "subclasses by format": "{{ '{0.__class__.__mro__}'.format('') }}",
    "format_map": "{{ '{a.__class__}'.format_map({'a': ''}) }}",
    "format with an index": "{{ '{0[__class__]}'.format({}) }}",
    "an unbound format": "{% set f = 'x'|attr('format') %}{{ f('{0.__class__}', '') }}",
    "format as an attribute": "{{ ('{0.__class__}'|attr('format'))('') }}",
    "format in a map": "{{ ['{0.__class__}']|map('attr', 'format')|list }}",
    "a function's repr": "{{ ''.upper }}",
    "the module's path": "{{ arrow }}",
    "a macro's globals": "{% macro m() %}{% endmacro %}{{ m.__globals__ }}",
    "a macro's function": "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "the loop's context": "{% for a in [1] %}{{ loop._iterable }}{% endfor %}",
    "the loop's class": "{% for a in [1] %}{{ loop.__class__ }}{% endfor %}",
    "self": "{{ self.__init__.__globals__ }}",
    "self by name": "{{ self._TemplateReference__context }}",
    "the environment": "{{ self._TemplateReference__context.environment }}",
    "cycler": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "joiner": "{{ joiner.__init__.__globals__.os }}",
    "namespace": "{{ namespace.__init__.__globals__ }}",
    "lipsum": "{{ lipsum.__globals__['os'].popen('id').read() }}",
    "dict": "{{ dict.__base__.__subclasses__() }}",
    "a generator's frame": "{{ ([1]|map('string')).gi_frame.f_globals }}",
    "a generator's code": "{{ ([1]|map('string')).gi_code }}",
    "a coroutine": "{{ x.cr_frame }}",
    "an undefined name's environment": "{{ nope._fail_with_undefined_error.__globals__ }}",
    "an undefined name": "{{ nope.__init__.__globals__ }}",
    "arrow's modules": "{{ arrow.arrow.sys.modules['os'].getcwd() }}",
    "arrow's parser": "{{ arrow.parser.re }}",
    "arrow's factory": "{{ arrow.factory.Arrow.__init__.__globals__ }}",
    "arrow's method": "{{ arrow.get.__globals__ }}",
    "arrow's builtins": "{{ arrow.__builtins__ }}",
    "arrow's loader": "{{ arrow.__loader__ }}",
    "arrow's spec": "{{ arrow.__spec__ }}",
    "arrow's file": "{{ arrow.__file__ }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'os' as o %}{{ o }}",
    "from import": "{% from 'os' import path %}",
    "extends": "{% extends '/etc/passwd' %}",
    "append": "{{ agent.metadata.moods.append(1) }}",
    "update": "{{ agent.metadata.update({'a': 1}) }}",
    "pop": "{{ agent.metadata.pop('moods') }}",
    "clear": "{{ agent.metadata.clear() }}",
    "setdefault": "{{ agent.metadata.setdefault('a', 1) }}",
    "sort in place": "{{ agent.metadata.moods.sort() }}",
    "set an attribute": "{% set agent.name = 'x' %}",
    "set in a namespace": "{% set n = namespace() %}{% set n.__class__ = 1 %}{{ n.__class__ }}",
    "bytes": "{{ ''.encode().__class__ }}",
    "an item of a class": "{{ {}['__class__'] or ''.__doc__ }}",
    "str.translate": "{{ ''.maketrans.__self__ }}",
    "an error's traceback": "{{ 1 / 0 }}",
    "a class by a test": "{{ ''.__class__ is defined and ''.__class__ }}",
    "tojson with a class": "{{ 1|tojson(cls=dict) }}",
    "tojson of a function": "{{ ''.upper|tojson }}",
    "a function in a list": "{{ [''.upper]|string }}",
    "a function in a text": "{{ 'a' ~ ''.upper }}",
}
"""What each could reach is named by its key."""

SECRETS = (
    "root:",
    "<class",
    "<module",
    "<function",
    "<built-in",
    "object at 0x",
    "site-packages",
    "__builtins__",
    "uid=",
)
"""Nothing of this may stand in what an escape prints."""

MESSAGES = [
    {"role": "system", "content": "You are Ada."},
    {"role": "user", "content": "Hello!"},
    {"role": "assistant", "content": "Hello, Bo."},
    {"role": "user", "content": "When does the ferry leave?"},
]
VARIABLES: dict[str, object] = {
    "agent": {"name": "Ada", "about": "a guide", "metadata": {"moods": ["kind", "dry"], "tone": "warm"}},
    "user": {"name": "Bo", "about": "likes maps", "metadata": {"city": "Köln", "visits": 3}},
    "session": {"situation": "harbour", "metadata": {"lang": "de", "tags": ["a", "b", "c"]}},
    "messages": MESSAGES,
    "tools": [{"type": "function", "function": {"name": "weather", "description": "Tells", "parameters": {}}}],
    "bos_token": "<s>",
    "eos_token": "</s>",
    "add_generation_prompt": True,
}

ORDINARY: dict[str, str] = {
    "a sentence": "You are {{ agent.name }}, {{ agent.about }}. You talk to {{ user.name }}, who {{ user.about }}.",
    "a condition": "{% if user.metadata.visits > 2 %}Welcome back, {{ user.name }}!{% else %}Welcome!{% endif %}",
    "a default": "{{ user.metadata.nickname|default(user.name, true) }} from {{ user.metadata.city|upper }}",
    "a list": "{% for tag in session.metadata.tags %}- {{ tag }}\n{% endfor %}",
    "a list joined": "Tags: {{ session.metadata.tags|join(', ') }}",
    "a loop with numbers": "{% for m in agent.metadata.moods %}{{ loop.index }}. {{ m }}{{ ', ' if not loop.last }}{% endfor %}",
    "a macro": "{% macro tell(x) %}<{{ x|trim }}>{% endmacro %}{{ tell(agent.name) }}{{ tell(user.name) }}",
    "JSON": "{{ session.metadata|tojson }}",
    "set and namespace": "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
    "numbers": "{{ '%03d' % 7 }} {{ 2 ** 3 * 2 }} {{ 7 // 2 }} {{ 3.14159|round(2) }}",
    "selecting": "{{ messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|list|last }}",
    "ChatML": "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>' + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    "Llama 3": "{% for m in messages %}{% set c = '<|start_header_id|>' + m['role'] + '<|end_header_id|>\\n\\n' + m['content']|trim"
    " + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set c = bos_token + c %}{% endif %}{{ c }}{% endfor %}",
    "Mistral": "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}"
    "{% elif m['role'] == 'assistant' %}{{ m['content'] + eos_token }}{% endif %}{% endfor %}",
    "tools": "{% if tools %}<tools>{% for tool in tools %}{{ tool|tojson }}{% endfor %}</tools>{% endif %}"
    "{%- for m in messages %}{% if m.role in ['user', 'system'] and m.content is string %}{{ m.content }}\n{% endif %}{% endfor %}",
}
