"""Faults inside JMESPath expressions."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from .document import Edit, Item
from .kinds import kind
from .specs import Place, SpecFile, Word, typo, words

__all__: list[str] = []

_SCALARS = {"string", "number", "boolean"}
# What is not named by a schema can be misspelt without being wrong: members of objects that may hold anything.
_OPAQUE = ("$kept", "finish_details", "extra_content", "metadata", "schema", "parameters", "input", "headers", "body")
_DEFAULTS = re.compile(
    r"(?P<call>\b(?:join|trim|trim_end|length|cut|sum|max|min|merge|starts_with|contains|keys|values|text_base64))"
    r"\((?P<before>(?:[^()|]|\([^()]*\))*?)(?P<left>[A-Za-z_$@][\w.$\[\]]*)(?P<rest> \|\| (?:''|`[^`]*`))"
)


def expressions(spec: SpecFile) -> Iterator[tuple[Item, list[Word]]]:
    for item in spec.items("expression"):
        yield item, words(item)


def edited(item: Item, word: Word, new: str, *also: Item) -> Place:
    return Place(Edit(word.start, word.start + len(word.text), new), (item, *also))


def opaque(spec: SpecFile, item: Item, word: Word) -> bool:
    """Does the schema leave open what stands here?"""
    if any(part in _OPAQUE for part in word.path[:-1]) or spec.name == "errors":
        return True
    before = item.text[item.start : word.start]
    root = word.path[0]
    if root.startswith("$") and (len(word.path) > 2 or before.endswith("].")) and root[1:] in _holding_anything(spec):
        return True
    # Inside a filter the elements of the list before it are meant.
    within = before.rfind("[?")
    roots = set(re.findall(r"\$(\w+)", before[: max(0, within)]))
    return within > before.rfind("]") and bool(roots & _holding_anything(spec))


def _holding_anything(spec: SpecFile) -> set[str]:
    """Names of what is made of parts that the schemas leave open, perhaps among others."""
    defs = dict(spec.root.members["defs"].members) if "defs" in spec.root.members else {}
    bound = [(i.key, i) for i in spec.items() if i.holder is not None and i.holder.key in ("$let", "let")]
    found: set[str] = {"kept"}
    while True:
        more = {str(name) for name, rule in [*bound, *defs.items()] if _mentions(rule, found)} - found
        if not more:
            return found
        found |= more


def _mentions(rule: Item, names: set[str]) -> bool:
    for item in rule.below():
        read = {word.text for word in words(item) if word.kind == "name"} if item.role == "expression" else set()
        if read & names or (item.use == "definition" and item.scalar in names):
            return True
    return False


def _fields(spec: SpecFile, *, made: bool) -> Iterator[tuple[Item, Word]]:
    """The fields that are read: of what comes in, or of what rules have made."""
    own = _of_made_items(spec)
    for item, found in expressions(spec):
        inner = any(at.key in own and at.holder is not None and at.holder.key == "defs" for at in item.up())
        inner = inner or any(_goes_through_a_name(at) for at in list(item.up())[1:])
        for word in found:
            # Of notes and losses: in_accounts.
            if word.kind == "field" and item.use not in ("of", "note of") and not opaque(spec, item, word):
                filtered = "[?" in item.text[item.start : word.start] and "$" in item.raw
                if made == (inner or filtered or word.path[0].startswith("$")):
                    yield item, word


def _goes_through_a_name(item: Item) -> bool:
    """A loop over, or a definition used on, what a `$let` has made."""
    return any(
        (item.members[key].scalar or "").startswith("$") for key in ("$each", "$of", "each") if key in item.members
    )


def _of_made_items(spec: SpecFile) -> set[str]:
    """The definitions that are used on what a `$let` has made."""
    return {
        str(item.scalar)
        for item in spec.items("name")
        if item.use == "definition" and any(_goes_through_a_name(at) for at in item.up())
    }


@kind
def misspelt_field(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item, word in _fields(spec, made=False):
        yield edited(item, word, typo(word.text, spec.known, chance))


@kind
def misspelt_field_of_what_is_made(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item, word in _fields(spec, made=True):
        if word.path[0] not in ("$model", "$request", "$state", "$settings"):
            yield edited(item, word, typo(word.text, spec.known, chance))


@kind
def field_below_a_scalar(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item, found in expressions(spec):
        for word in found:
            if word.kind != "field" or opaque(spec, item, word) or word.path[0].startswith("$"):
                continue
            after = spec.text[word.start + len(word.text) :][:1]
            if spec.both.kinds.get(word.text, {"object"}) <= _SCALARS and after not in (".", "[", "("):
                below = chance.choice(["type", "text", "value", "id", "name"])
                yield edited(item, word, f"{word.text}.{below}")


@kind
def negation_of_an_object(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`!(a.b)` without its parentheses: JMESPath reads `(!a).b`."""
    for item in spec.items("expression"):
        for found in re.finditer(r"!\((\$?[a-z_@]\w*\.[\w.]+)\)", item.raw):
            start = item.start + found.start()
            yield Place(Edit(start, start + len(found[0]), f"!{found[1]}"), (item,))


@kind
def misspelt_function(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item, found in expressions(spec):
        for word in found:
            if word.kind == "function":
                yield edited(item, word, typo(word.text, spec.known, chance))


@kind
def argument_missing(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item in spec.items("expression"):
        for found in re.finditer(r"\b(?:join|cut|at|contains|minus|starts_with|split)\(([^(),]*), ", item.raw):
            start = item.start + found.start(1)
            yield Place(Edit(start, item.start + found.end(), ""), (item,))


@kind
def arguments_swapped(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """Of functions whose arguments have different types."""
    pattern = re.compile(r"\b(?:join|cut|at|contains)\(((?:'[^']*')|(?:\[[^\]]*\])|(?:\$[\w.]+)), ([^()]+)\)")
    for item in spec.items("expression"):
        for found in pattern.finditer(item.raw):
            # contains('text', part) works either way round.
            if found[0].startswith("contains") and not found[1].startswith("["):
                continue
            start = item.start + found.start(1)
            yield Place(Edit(start, item.start + found.end(2), f"{found[2]}, {found[1]}"), (item,))


@kind
def default_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`trim(text || '')` without what stands in for null: the function refuses it."""
    for item in spec.items("expression"):
        for found in _DEFAULTS.finditer(item.raw):
            name = re.split(r"[.\[]", found["left"])[0]
            if name in spec.both.present or _asked(item, name):
                continue  # it may be that nothing stood to be replaced
            start = item.start + found.start("rest")
            yield Place(Edit(start, item.start + found.end("rest"), ""), (item,))


def _asked(item: Item, name: str) -> bool:
    """Does a condition around the expression, an earlier arm or the expression itself ask for the name?"""
    asked = item.raw.split(name)[0].count("(") == 0 and item.raw.count(name) > 1
    asked = asked or f"!({name}" in item.raw
    for at in item.up():
        arms = at.holder.elements[: at.position] if at.holder is not None and at.holder.key == "$first" else []
        for one in (at, *arms):
            conditions = [one.members[key].scalar or "" for key in ("$when", "when") if key in one.members]
            asked = asked or any(name in condition for condition in conditions)
    return asked


@kind
def misspelt_variable(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    for item, found in expressions(spec):
        for word in found:
            if word.kind == "name" and word.text not in ("model", "settings", "request", "state", "now"):
                yield edited(item, word, typo(word.text, spec.known, chance))


def _below(spec: SpecFile, chance: random.Random, *roots: str) -> Iterator[Place]:
    for item, found in expressions(spec):
        for word in found:
            if word.kind == "field" and len(word.path) == 2 and word.path[0] in roots:
                yield edited(item, word, typo(word.text, spec.known, chance))


@kind
def misspelt_fact(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    yield from _below(spec, chance, "$model", "$settings")


@kind
def misspelt_context(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    yield from _below(spec, chance, "$request")


@kind
def misspelt_slot(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    yield from _below(spec, chance, "$state")


@kind
def namespace_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`$state.slot` written as `$slot`, `$model.fact` as `$fact`."""
    for item, found in expressions(spec):
        bound = {name for at in item.up() for key in ("$let", "let") for name in _names(at, key)}
        for word in found:
            if word.kind == "field" and len(word.path) == 2 and word.path[0] in ("$state", "$model", "$request"):
                if word.text in bound | _bound(spec) or spec.slug == "openai":
                    continue
                first = word.start - len(word.path[0])
                yield Place(Edit(first, word.start, ""), (item,))


def _names(at: Item, key: str) -> set[str]:
    return set(at.members[key].members) if key in at.members else set()


def _bound(spec: SpecFile) -> set[str]:
    """All names that the file binds anywhere: a definition sees those of its callers."""
    found: set[str] = set()
    for item in spec.items():
        found |= _names(item, "$let") | _names(item, "let")
        for key in ("$as", "$number", "as"):
            if key in item.members and item.members[key].scalar:
                found.add(str(item.members[key].scalar))
        if "with" in item.members:
            found |= set(item.members["with"].members)
    return found


@kind
def dollar_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`$name` written as `name`, which is no field of anything."""
    fields = set(spec.both.kinds)
    for item, found in expressions(spec):
        for word in found:
            if word.kind == "name" and word.text not in fields and spec.name != "errors":
                yield Place(Edit(word.start - 1, word.start, ""), (item,))


def _compared(spec: SpecFile) -> Iterator[tuple[Item, str, re.Match[str]]]:
    """`field == 'constant'` where each definition of the field says what its constants are."""
    for item in spec.items("expression"):
        for found in re.finditer(r"(?P<path>[\w.$]+) (?:==|!=) '(?P<said>[^']+)'", item.raw):
            name = found["path"].rsplit(".", 1)[-1]
            closed = spec.both.constants.get(name)
            if closed and found["said"] in closed and not found["path"].startswith("$"):
                yield item, name, found


@kind
def constant_that_cannot_be(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A comparison with a value that the field never has."""
    for item, _, found in _compared(spec):
        start, end = (item.start + n for n in found.span("said"))
        yield Place(Edit(start, end, typo(found["said"], spec.known, chance)), (item,))


@kind
def quotes_forgotten(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`role == user` for `role == 'user'`: a field, and one that is not there."""
    for item in spec.items("expression"):
        for found in re.finditer(r"(?:==|!=) '([a-z_]+)'", item.raw):
            if found[1] not in spec.both.kinds and spec.name != "errors":
                start = item.start + found.start(1)
                yield Place(Edit(start - 1, start + len(found[1]) + 1, found[1]), (item,))


@kind
def wrong_kind_word(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`type(x) == 'list'`: JMESPath has other words for kinds."""
    other = {"string": "str", "array": "list", "object": "dict", "number": "integer"}
    for item in spec.items("expression"):
        for found in re.finditer(r"type\([\w@.$]+\) [!=]= '(\w+)'", item.raw):
            start = item.start + found.start(1)
            yield Place(Edit(start, start + len(found[1]), other[found[1]]), (item,))


@kind
def syntax(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A parenthesis too few, a number without its backticks, `=` for `==`, `and` for `&&`."""
    for item in spec.items("expression"):
        for pattern, new in ((r"\)(?=\W*\Z)", ""), (r"`(\d+)`", r"\1"), (r" == ", " = "), (r" && ", " and ")):
            for found in list(re.finditer(pattern, item.raw))[-1:]:
                start = item.start + found.start()
                yield Place(Edit(start, start + len(found[0]), found.expand(new)), (item,))


@kind
def condition_always_true(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """The field in a condition is put in quotes: a text, and so always true."""
    for item in spec.items("expression"):
        if item.use in ("$when", "when") and re.fullmatch(r"[a-z_]+", item.scalar or ""):
            yield Place(item.replaced(f"\"'{item.scalar}'\""), (item,))


@kind
def condition_that_excludes_itself(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """`&&` for `||` between two values of one field: never true."""
    for item in spec.items("expression"):
        for found in re.finditer(r"([\w.$]+) == '[^']+' (\|\|) \1 == '[^']+'", item.raw):
            start = item.start + found.start(2)
            yield Place(Edit(start, start + 2, "&&"), (item,))
        for found in re.finditer(r"([\w.$]+) != '[^']+' (&&) \1 != '[^']+'", item.raw):
            start = item.start + found.start(2)
            yield Place(Edit(start, start + 2, "||"), (item,))


@kind
def text_not_parsed(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """JSON as text is used as if it were the object."""
    for item in spec.items("expression"):
        for found in re.finditer(r"parse_json\(((?:[^()]|\([^()]*\))*)\)", item.raw):
            if "heard" in found[1]:
                continue  # goes into an object that may hold anything
            start = item.start + found.start()
            also = list(item.up())[:4]
            readers = [
                other for other in spec.items("expression") if item.key and f"${item.key}" in (other.scalar or "")
            ]
            yield Place(Edit(start, start + len(found[0]), found[1]), (item, *also, *readers[:6]))


@kind
def text_read_as_an_object(spec: SpecFile, chance: random.Random) -> Iterator[Place]:
    """A member of `arguments`, which is JSON written as text."""
    for item, found in expressions(spec):
        for word in found:
            after = spec.text[word.start + len(word.text) :][:1]
            if word.kind == "field" and word.text in ("arguments", "partial_json") and after != ".":
                yield edited(item, word, f"{word.text}.{chance.choice(['name', 'query', 'input'])}")
