"""From tokens to the tree: one method for each level of precedence."""

from collections.abc import Callable
from typing import Final

from blocks.expressions.failures import malformed
from blocks.expressions.functions import FUNCTIONS
from blocks.expressions.operators import MAX_INTEGER, OPERATORS, negation, negative
from blocks.expressions.tokens import Token, TokenKind, tokens_of, unquoted
from blocks.expressions.tree import (
    FOR_EACH,
    Both,
    Call,
    Choice,
    Field,
    ForEach,
    Has,
    Index,
    ListOf,
    Literal,
    Name,
    ObjectOf,
    Operation,
    Part,
)

MAX_DEPTH: Final = 50
"""Levels of brackets, and parts in a chain such as `a + b + c` or `a.b.c`."""

_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_LEVELS: Final = (
    ("==", "!=", "<", "<=", ">", ">=", "in"),
    ("+", "-"),
    ("*", "/", "%"),
)


def parse(text: str) -> Part:
    """
    Raises:
        BlockInputError: code `bad_expression`, with the place.
    """
    return Parser(tokens_of(text)).whole()


class Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def whole(self) -> Part:
        part = self._expression()
        if self._token.kind is not TokenKind.END:
            raise self._unexpected()
        return part

    # --- Tokens ---

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._token
        self._next += 1
        return token

    def _accept(self, *signs: str) -> str | None:
        token = self._token
        if token.kind in (TokenKind.SIGN, TokenKind.NAME) and token.text in signs:
            self._next += 1
            return token.text
        return None

    def _expect(self, sign: str) -> None:
        if self._accept(sign) is None:
            raise self._unexpected(f"{sign} is missing")

    def _name(self) -> str:
        if self._token.kind is not TokenKind.NAME:
            raise self._unexpected("a name is missing")
        return self._take().text

    def _unexpected(self, wanted: str = "") -> Exception:
        token = self._token
        found = "it ends too early" if token.kind is TokenKind.END else ""
        found = found or f"{token.text} is not expected here"
        return malformed(f"{found} ({wanted})" if wanted else found, token.place)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise malformed(
                f"it has more than {MAX_DEPTH} levels; split it over several nodes",
                self._token.place,
            )

    # --- Levels ---

    def _expression(self) -> Part:
        before = self._depth
        self._deeper()
        part = self._either()
        if self._accept("?"):
            yes = self._expression()
            self._expect(":")
            part = Choice(part, yes, self._expression())
        self._depth = before
        return part

    def _either(self) -> Part:
        return self._chain(self._also, "||", open_when=False)

    def _also(self) -> Part:
        return self._chain(self._level, "&&", open_when=True)

    def _chain(self, lower: Callable[[], Part], sign: str, *, open_when: bool) -> Part:
        before = self._depth
        part = lower()
        while self._accept(sign):
            self._deeper()
            part = Both(part, lower(), open_when)
        self._depth = before
        return part

    def _level(self, level: int = 0) -> Part:
        if level == len(_LEVELS):
            return self._unary()
        before = self._depth
        part = self._level(level + 1)
        while sign := self._accept(*_LEVELS[level]):
            self._deeper()
            part = Operation(OPERATORS[sign], (part, self._level(level + 1)))
        self._depth = before
        return part

    def _unary(self) -> Part:
        sign = self._accept("!", "-")
        if sign is None:
            return self._postfix()
        before = self._depth
        self._deeper()
        part = self._unary()
        self._depth = before
        return Operation(negation if sign == "!" else negative, (part,))

    def _postfix(self) -> Part:
        before = self._depth
        part = self._primary()
        while sign := self._accept(".", "["):
            self._deeper()
            part = self._member(part) if sign == "." else self._index(part)
        self._depth = before
        return part

    def _index(self, source: Part) -> Part:
        index = self._expression()
        self._expect("]")
        return Index(source, index)

    def _member(self, source: Part) -> Part:
        place = self._token.place
        name = self._name()
        if not self._accept("("):
            return Field(source, name)
        if name in FOR_EACH:
            return self._for_each(name, source)
        return self._call(name, (source, *self._list_until(")")), place)

    def _for_each(self, kind: str, items: Part) -> Part:
        name = self._name()
        self._expect(",")
        body = self._expression()
        self._expect(")")
        return ForEach(kind, items, name, body)

    def _call(self, name: str, arguments: tuple[Part, ...], place: int) -> Part:
        if name == "has":
            return self._has(arguments, place)
        function = FUNCTIONS.get(name)
        if function is None:
            known = ", ".join(sorted({*FUNCTIONS, *FOR_EACH, "has"}))
            raise malformed(f"there is no function {name} (there is: {known})", place)
        if not function.fewest <= len(arguments) <= function.most:
            raise malformed(f"{name} takes another number of arguments", place)
        return Call(function, arguments)

    def _has(self, arguments: tuple[Part, ...], place: int) -> Part:
        if len(arguments) == 1 and isinstance(arguments[0], Field):
            return Has(arguments[0])
        raise malformed("has wants one field, such as has(item.name)", place)

    # --- The smallest parts ---

    def _primary(self) -> Part:
        match self._token.kind:
            case TokenKind.NUMBER:
                return Literal(_number(self._take()))
            case TokenKind.TEXT:
                return Literal(unquoted(self._take()))
            case TokenKind.NAME:
                return self._named()
        return self._bracketed()

    def _named(self) -> Part:
        token = self._take()
        if token.text in _CONSTANTS:
            return Literal(_CONSTANTS[token.text])
        if self._accept("("):
            return self._call(token.text, self._list_until(")"), token.place)
        return Name(token.text)

    def _bracketed(self) -> Part:
        match self._accept("(", "[", "{"):
            case "(":
                part = self._expression()
                self._expect(")")
                return part
            case "[":
                return ListOf(self._list_until("]"))
            case "{":
                return ObjectOf(self._entries())
        raise self._unexpected()

    def _list_until(self, end: str) -> tuple[Part, ...]:
        parts: list[Part] = []
        while not self._accept(end):
            if parts:
                self._expect(",")
            parts.append(self._expression())
        return tuple(parts)

    def _entries(self) -> tuple[tuple[Part, Part], ...]:
        entries: list[tuple[Part, Part]] = []
        while not self._accept("}"):
            if entries:
                self._expect(",")
            key = self._expression()
            self._expect(":")
            entries.append((key, self._expression()))
        return tuple(entries)


def _number(token: Token) -> int | float:
    if token.text.isdigit():
        # Long digits would take long to read.
        whole = int(token.text) if len(token.text) < 20 else MAX_INTEGER
        if whole >= MAX_INTEGER:
            raise malformed("the number has more than 64 bits", token.place)
        return whole
    value = float(token.text)
    if value == float("inf"):
        raise malformed("the number is too large", token.place)
    return value
