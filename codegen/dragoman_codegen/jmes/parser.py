"""The front end: jmespath.py's lexer and parser, with a place on every node and with ``$name`` references.

Refused although jmespath.py takes it: a missing or trailing comma between arguments or members, two numbers in one part
of a slice, a function name in brackets, ``&expr`` anywhere but as an argument that is one, a slice of step 0.
Unknown functions and wrong numbers of arguments are found here too.
"""

from __future__ import annotations

import functools
import itertools
import re
import warnings
from typing import Any

from jmespath import ast as reference
from jmespath import exceptions
from jmespath.lexer import Lexer
from jmespath.parser import Parser

from . import ast
from .report import ExpressionError, Finding
from .signatures import SIGNATURES, unknown_function

__all__ = ["parse_text"]

# Deeper trees than this come from generators, not from people; the limit keeps the compiler's recursion bounded.
MAX_DEPTH = 150


# The stubs leave out what a subclass needs.
_AnyParser: Any = Parser
_AnyLexer: Any = Lexer


class _Lexer(_AnyLexer):  # type: ignore[misc]
    START_IDENTIFIER = _AnyLexer.START_IDENTIFIER | {"$"}


class _Parser(_AnyParser):  # type: ignore[misc]
    """Writes ``offset`` into every node that an operator or a first token makes."""

    def _expression(self, binding_power: int = 0) -> Any:
        token = self._lookahead_token(0)
        self._advance()
        nud: Any = getattr(self, f"_token_nud_{token['type']}", self._error_nud_token)
        left = _mark(nud(token), token)
        while binding_power < self.BINDING_POWER[self._current_token()]:
            token = self._lookahead_token(0)
            led: Any = getattr(self, f"_token_led_{token['type']}", None)
            if led is None:
                self._error_led_token(token)
            self._advance()
            left = _mark(led(left), token)
        return left

    def _token_nud_unquoted_identifier(self, token: Any) -> Any:
        name = token["value"]
        if not name.startswith("$"):
            return super()._token_nud_unquoted_identifier(token)
        if len(name) == 1 or "$" in name[1:] or name[1].isdigit():
            self._raise_parse_error_for_token(token, "a variable is written $name")
        return {"type": "variable", "children": [], "value": name}

    def _parse_dot_rhs(self, binding_power: int) -> Any:
        token = self._lookahead_token(0)
        if token["type"] == "unquoted_identifier" and token["value"].startswith("$"):
            self._raise_parse_error_for_token(token, "a variable cannot stand after a dot")
        return _mark(super()._parse_dot_rhs(binding_power), token)

    def _parse_slice_expression(self) -> Any:
        before = self._index
        node = super()._parse_slice_expression()
        tokens = [t["type"] for t in self._tokens[before : self._index]]
        if any(a == b == "number" for a, b in itertools.pairwise(tokens)):
            self._raise_parse_error_for_token(self._tokens[before + 1], "syntax error")
        return node

    def _token_led_lparen(self, left: Any) -> Any:
        name = self._lookahead_token(-2)
        if left["type"] != "field" or name["type"] != "unquoted_identifier":
            self._raise_parse_error_for_token(name, "a function is called by its plain name")
        args = []
        while self._current_token() != "rparen":
            args.append(self._expression())
            if self._current_token() != "rparen":
                self._match("comma")
                if self._current_token() == "rparen":
                    self._raise_parse_error_for_token(self._lookahead_token(0), "an argument is missing")
        self._match("rparen")
        node = reference.function_expression(left["value"], args)
        return _mark(node, name)

    def _parse_multi_select_list(self) -> Any:
        opening = self._lookahead_token(-1)
        return _mark(super()._parse_multi_select_list(), opening)

    def _parse_multi_select_hash(self) -> Any:
        opening = self._lookahead_token(-1)
        pairs = []
        while True:
            key = self._lookahead_token(0)
            self._match_multiple_tokens(token_types=["quoted_identifier", "unquoted_identifier"])
            if key["type"] == "unquoted_identifier" and key["value"].startswith("$"):
                self._raise_parse_error_for_token(key, "a variable cannot be a key")
            self._match("colon")
            pairs.append(_mark(reference.key_val_pair(key_name=key["value"], node=self._expression(0)), key))
            if self._current_token() == "rbrace":
                break
            self._match("comma")
        self._match("rbrace")
        return _mark(reference.multi_select_dict(nodes=pairs), opening)


def _mark(node: Any, token: Any) -> Any:
    node.setdefault("offset", token["start"])
    return node


@functools.lru_cache(maxsize=16384)
def parse_text(text: str) -> ast.Expr:
    """The tree of an expression, one for all that say the same. Raises ``ExpressionError`` with the fault's place."""
    try:
        parser = _Parser()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the deprecated spelling of string literals
            # The cache of the base class is keyed by text alone and shared with plain parsers: pass it by.
            tokens = list(_Lexer().tokenize(text))
        parser._tokens = tokens
        parser._index = 0
        tree = parser._expression()
        if parser._current_token() != "eof":
            parser._raise_parse_error_for_token(parser._lookahead_token(0), "syntax error")
    except exceptions.EmptyExpressionError:
        raise ExpressionError(Finding("DG301", "the expression is empty", 0)) from None
    except exceptions.LexerError as fault:
        found = text[fault.lexer_position : fault.lexer_position + 1]
        said = _sentence(fault.message)
        message = f"{found!r} has no meaning in an expression" if said.startswith("unknown token") else said
        raise ExpressionError(Finding("DG301", message, fault.lexer_position, 1, _hint(text, repr(found)))) from None
    except exceptions.IncompleteExpressionError as fault:
        raise ExpressionError(Finding("DG301", "the expression ends too early", fault.lex_position, 1, _ENDS)) from None
    except exceptions.ParseError as fault:
        found = "the end" if fault.token_type == "eof" else repr(str(fault.token_value))
        said = _sentence(fault.msg)
        message = f"{found} cannot stand here" if said in ("syntax error", "invalid token") else f"{said} at {found}"
        wanted = re.match(r"expecting: (.*), got: ", said)
        if wanted:
            message = f"{_TOKENS.get(wanted[1], 'something else')} is missing before {found}"
        length = len(str(fault.token_value)) or 1
        raise ExpressionError(Finding("DG301", message, fault.lex_position, length, _hint(text, found))) from None
    except (ValueError, RecursionError):  # int() of thousands of digits; thousands of brackets
        raise ExpressionError(Finding("DG301", "the expression is too large", 0)) from None
    return _Builder(tokens).build(tree, 0)


_TOKENS = {
    "comma": "','",
    "colon": "':'",
    "rbracket": "']'",
    "rbrace": "'}'",
    "rparen": "')'",
    "number": "a number",
    "quoted_identifier": "a name",
    "unquoted_identifier": "a name",
}
_ENDS = "close each bracket that is open; an operator wants a value on its right"


def _hint(text: str, found: str) -> str | None:
    if found in ("'+'", "'*'", "'/'", "'-'"):
        return "there is no arithmetic in JMESPath but sum([a, b]) and minus(a, b)"
    if found == "'?'" and "[?" not in text:
        return "there is no ?: in JMESPath: branch with $first and $when, or write condition && a || b"
    if re.fullmatch(r"[\w\s,.'-]*\w+ \w[\w\s,.'-]*", text):
        return f"an expression reads a value; a text that is itself is written ={text}"
    return None


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")


class _Builder:
    """jmespath.py's dictionaries → our nodes."""

    def __init__(self, tokens: list[dict[str, Any]]) -> None:
        starts = [t["start"] for t in tokens]
        self._ends = dict(itertools.pairwise(starts))
        self._depth = 0

    def build(self, node: dict[str, Any], offset: int, *, argument: bool = False) -> ast.Expr:
        offset = node.get("offset", offset)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(Finding("DG301", "the expression is nested too deeply", offset))
        if node["type"] == "expref" and not argument:
            raise ExpressionError(
                Finding("DG304", "&expression can only be the argument of a function that takes one", offset)
            )
        made: ast.Expr = getattr(self, f"_{node['type']}")(node, offset)
        self._depth -= 1
        return made

    def _chain(self, node: dict[str, Any], offset: int) -> ast.Expr:
        first, *rest = node["children"]
        left = self.build(first, offset)
        for child in rest:
            at = child.get("offset", offset)
            if child["type"] == "index":
                left = ast.Index(at, left, child["value"])
            elif child["type"] == "slice":
                start, stop, step = child["children"]
                if step == 0:
                    raise ExpressionError(Finding("DG305", "the step of a slice cannot be 0", at))
                left = ast.Slice(at, left, start, stop, step)
            else:
                left = ast.Sub(at, left, self.build(child, offset))
        return left

    _subexpression = _index_expression = _chain

    def _identity(self, node: dict[str, Any], offset: int) -> ast.Expr:
        return ast.Current(offset)

    _current = _identity

    def _variable(self, node: dict[str, Any], offset: int) -> ast.Expr:
        return ast.Variable(offset, node["value"])

    def _field(self, node: dict[str, Any], offset: int) -> ast.Expr:
        return ast.Field(offset, node["value"])

    def _literal(self, node: dict[str, Any], offset: int) -> ast.Expr:
        return ast.Literal(offset, node["value"], max(1, self._ends.get(offset, offset + 1) - offset))

    def _pipe(self, node: dict[str, Any], offset: int) -> ast.Expr:
        left, right = node["children"]
        return ast.Pipe(offset, self.build(left, offset), self.build(right, offset))

    def _flatten(self, node: dict[str, Any], offset: int) -> ast.Expr:
        return ast.Flatten(offset, self.build(node["children"][0], offset))

    def _projection(self, node: dict[str, Any], offset: int) -> ast.Expr:
        left, right = node["children"]
        return ast.Project(offset, self.build(left, offset), self.build(right, offset))

    def _value_projection(self, node: dict[str, Any], offset: int) -> ast.Expr:
        left, right = node["children"]
        return ast.Project(offset, ast.Values(offset, self.build(left, offset)), self.build(right, offset))

    def _filter_projection(self, node: dict[str, Any], offset: int) -> ast.Expr:
        left, right, condition = (self.build(child, offset) for child in node["children"])
        return ast.Project(offset, left, right, condition)

    def _comparator(self, node: dict[str, Any], offset: int) -> ast.Expr:
        left, right = (self.build(child, offset) for child in node["children"])
        op = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}[node["value"]]
        return ast.Compare(offset, op, left, right)

    def _and_expression(self, node: dict[str, Any], offset: int) -> ast.Expr:
        left, right = (self.build(child, offset) for child in node["children"])
        return ast.And(offset, left, right)

    def _or_expression(self, node: dict[str, Any], offset: int) -> ast.Expr:
        left, right = (self.build(child, offset) for child in node["children"])
        return ast.Or(offset, left, right)

    def _not_expression(self, node: dict[str, Any], offset: int) -> ast.Expr:
        return ast.Not(offset, self.build(node["children"][0], offset))

    def _multi_select_list(self, node: dict[str, Any], offset: int) -> ast.Expr:
        return ast.MultiList(offset, tuple(self.build(child, offset) for child in node["children"]))

    def _multi_select_dict(self, node: dict[str, Any], offset: int) -> ast.Expr:
        pairs = {}  # of two members of one name the last one counts, at the place of the first
        for pair in node["children"]:
            pairs[pair["value"]] = (pair["value"], self.build(pair["children"][0], offset), pair["offset"])
        return ast.Hash(offset, tuple(pairs.values()))

    def _expref(self, node: dict[str, Any], offset: int) -> ast.Expr:
        return ast.ExprRef(offset, self.build(node["children"][0], offset))

    def _function_expression(self, node: dict[str, Any], offset: int) -> ast.Expr:
        name, args = node["value"], node["children"]
        signature = SIGNATURES.get(name)
        if signature is None:
            raise ExpressionError(unknown_function(name, offset))
        if not signature.takes(len(args)):
            message = f"{name}() takes {signature.arity}, found {len(args)}"
            raise ExpressionError(Finding("DG303", message, offset, len(name)))
        built = []
        for i, arg in enumerate(args):
            wants = "expression" in signature.parameter(i)
            if wants != (arg["type"] == "expref"):
                what = "an &expression" if wants else "a value, not an &expression"
                help = "write & before it" if wants else "take & away"
                message, start = f"argument {i + 1} of {name}() must be {what}", arg.get("offset", offset)
                raise ExpressionError(Finding("DG304", message, start, 1, help))
            built.append(self.build(arg, offset, argument=wants))
        return ast.Call(offset, name, tuple(built))
