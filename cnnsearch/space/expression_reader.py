"""Reads an expression: of Python's tree what may stand in a condition, with what each part of it may be."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from cnnsearch.errors import nearest
from cnnsearch.space.domains import BOTH, ComputingError, Domain, compared, computed
from cnnsearch.space.expressions import (
    AllOf,
    AnyOf,
    Arithmetic,
    Comparison,
    Expression,
    Literal,
    Name,
    Not,
    OneOf,
    equal,
)
from cnnsearch.space.parameters import Choice, Constant, Parameter
from cnnsearch.space.values import Value, freeze, is_value, number_key, shown

__all__ = ["ExpressionReader", "ReadingError", "in_words", "tree_of"]

_DEEPEST = 50

_SIGNS: Mapping[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}

_WORDS: Mapping[str, Value] = {"true": True, "false": False, "null": None}
"""As YAML writes them; Python's own are known too."""

_ALLOWED = "a condition is made of parameters, numbers, texts, lists, + - * / // % **, comparisons, in, and, or, not"


class ReadingError(Exception):
    """What of a condition cannot be, and where it stands."""

    def __init__(self, node: ast.AST | int, rule: str) -> None:
        super().__init__(rule)
        self._place = node if isinstance(node, int) else getattr(node, "col_offset", 0)
        self._is_bytes = not isinstance(node, int)

    def column(self, line: str) -> int:
        """Counted from 1, in characters."""
        return 1 + (len(line.encode()[: self._place].decode(errors="ignore")) if self._is_bytes else self._place)


class ExpressionReader:
    """Makes of Python's tree an expression, and says of each part what it may be.

    Attributes:
        names: that it has met.
    """

    def __init__(self, space: Mapping[str, Parameter], left_out: Mapping[str, Any]) -> None:
        self._space = space
        self._left_out = left_out
        self.names: set[str] = set()

    def read(self, node: ast.expr, depth: int) -> tuple[Expression, Domain]:
        """A node and what it may be.

        Raises:
            ReadingError: it cannot stand there.
        """
        if depth > _DEEPEST:
            raise ReadingError(node, f"is nested more than {_DEEPEST} deep")
        read = _READERS.get(type(node))
        if read is None:
            raise ReadingError(node, f"cannot hold {_named(node)}; {_ALLOWED}")
        return read(self, node, depth + 1)

    def _name(self, node: ast.Name, _: int) -> tuple[Expression, Domain]:
        if node.id in self._space:
            self.names.add(node.id)
            return Name(node.id), Domain.of(self._space[node.id])
        if node.id in self._left_out or node.id in _WORDS:
            value = freeze(self._left_out.get(node.id, _WORDS.get(node.id)))
            return Literal(value), Domain.among([value])
        raise ReadingError(node, f"'{node.id}' is no parameter; {nearest(node.id, {**self._space, **self._left_out})}")

    def _written(self, node: ast.expr, _: int) -> tuple[Expression, Domain]:
        value = _literal(node)
        return Literal(value), Domain.among([value])

    def _unary(self, node: ast.UnaryOp, depth: int) -> tuple[Expression, Domain]:
        operand, domain = self.read(node.operand, depth)
        if isinstance(node.op, ast.Not):
            self._need(node.operand, domain, "boolean", "not")
            return Not(operand), Domain.condition(not truth for truth in domain.truths)
        if isinstance(node.op, ast.Invert):
            raise ReadingError(node, "cannot hold ~: write not")
        sign = "-" if isinstance(node.op, ast.USub) else "+"
        self._need(node.operand, domain, "number", sign)
        return self._computed(node, sign, (Literal(0), Domain.among([0])), (operand, domain))

    def _binary(self, node: ast.BinOp, depth: int) -> tuple[Expression, Domain]:
        sign = _SIGNS.get(type(node.op))
        if sign is None:
            raise ReadingError(node, f"cannot hold {_named(node.op)}: write and, or, not; {_ALLOWED}")
        operands = [self.read(side, depth) for side in (node.left, node.right)]
        for side, (_, domain) in zip((node.left, node.right), operands, strict=True):
            self._need(side, domain, "number", sign)
        return self._computed(node, sign, *operands)

    def _computed(
        self, node: ast.expr, sign: str, left: tuple[Expression, Domain], right: tuple[Expression, Domain]
    ) -> tuple[Expression, Domain]:
        try:
            return Arithmetic(sign, left[0], right[0]), computed(sign, left[1], right[1])
        except ComputingError as error:
            raise ReadingError(node, f"{sign} {error}") from None

    def _joined(self, node: ast.BoolOp, depth: int) -> tuple[Expression, Domain]:
        decides = isinstance(node.op, ast.Or)
        operands = []
        truths = []
        for value in node.values:
            operand, domain = self.read(value, depth)
            self._need(value, domain, "boolean", "or" if decides else "and")
            operands.append(operand)
            truths.append(domain.truths)
        joined = (AnyOf if decides else AllOf)(tuple(operands))
        if any(truth == {decides} for truth in truths):
            return joined, Domain.condition({decides})
        return joined, Domain.condition({not decides} if all(truth == {not decides} for truth in truths) else BOTH)

    def _compared(self, node: ast.Compare, depth: int) -> tuple[Expression, Domain]:
        """Of a chain, as ``8 <= filters <= 64``, each two neighbours."""
        sides = [node.left, *node.comparators]
        found = [self._pair(sides[at], sign, sides[at + 1], depth) for at, sign in enumerate(node.ops)]
        if len(found) == 1:
            return found[0]
        truths = [domain.truths for _, domain in found]
        never, always = any(truth == {False} for truth in truths), all(truth == {True} for truth in truths)
        joined = AllOf(tuple(expression for expression, _ in found))
        return joined, Domain.condition({False} if never else {True} if always else BOTH)

    def _pair(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> tuple[Expression, Domain]:
        if isinstance(op, (ast.In, ast.NotIn)):
            return self._one_of(left, right, depth, negated=isinstance(op, ast.NotIn))
        sign = _SIGNS.get(type(op))
        if sign is None:
            raise ReadingError(left, f"cannot hold 'is': write == or !=; {_ALLOWED}")
        (one, first), (other, second) = self.read(left, depth), self.read(right, depth)
        if sign in ("==", "!="):
            self._check_equal(left, one, first, right, other, second)
        else:
            self._need(left, first, "number", sign)
            self._need(right, second, "number", sign)
        option = self._is_written(one, other) or self._is_written(other, one)
        if sign in ("==", "!=") and option is not None:
            return (option if sign == "==" else Not(option)), Domain.condition()
        are_numbers = first.kinds == second.kinds == {"number"}
        return Comparison(sign, one, other), Domain.condition(compared(sign, first, second) if are_numbers else BOTH)

    def _one_of(self, left: ast.expr, right: ast.expr, depth: int, negated: bool) -> tuple[Expression, Domain]:
        if not isinstance(right, (ast.List, ast.Tuple)) or not right.elts:
            raise ReadingError(right, "'in' needs a list of values, as filters in [8, 16]")
        member, domain = self.read(left, depth)
        values = []
        for item in right.elts:
            value = _literal(item)
            self._check_equal(left, member, domain, item, Literal(value), Domain.among([value]))
            values.append(value)
        parameter = self._with_alike(member)
        meant = values if parameter is None else map(parameter.own, values)
        found = OneOf(member, tuple(meant), parameter is not None)
        return (Not(found) if negated else found), Domain.condition()

    def _is_written(self, one: Expression, other: Expression) -> Expression | None:
        """That a parameter is the option that is written, where it has options that differ by their types alone."""
        if not (isinstance(other, Literal) and (parameter := self._with_alike(one))):
            return None
        return OneOf(one, (parameter.own(other.written),), tells_types=True)

    def _with_alike(self, expression: Expression) -> Choice | None:
        """The parameter that it is, where ``1`` is one option of that, and ``1.0`` another."""
        parameter = self._space[expression.name] if isinstance(expression, Name) else None
        if not isinstance(parameter, Choice) or len(set(map(number_key, parameter.options))) == parameter.size:
            return None
        return parameter

    def _check_equal(
        self, left: ast.expr, one: Expression, first: Domain, right: ast.expr, other: Expression, second: Domain
    ) -> None:
        """Refuse what can never be equal: other kinds of values, or a value that a parameter never takes."""
        if not first.kinds & second.kinds:
            rule = f"compares {in_words(first)} with {in_words(second)}, which are never equal"
            raise ReadingError(left, rule)
        for node, name, literal in ((right, one, other), (left, other, one)):
            if isinstance(name, Name) and isinstance(literal, Literal):
                parameter, value = self._space[name.name], literal.written
                if not _takes(parameter, value):
                    options = _options(parameter)
                    hint = f"; {nearest(value, options)}" if options else f", of {parameter.to_dict()}"
                    raise ReadingError(node, f"'{name.name}' never takes {shown(value)!r}{hint}")

    def _need(self, node: ast.expr, domain: Domain, kind: str, sign: str) -> None:
        """Refuse what may be of another kind than an operator takes."""
        others = domain.kinds - {kind}
        if others:
            noun = {"number": "numbers", "boolean": "conditions"}[kind]
            what = f"'{node.id}' may be" if isinstance(node, ast.Name) else "this may be"
            raise ReadingError(node, f"{sign} takes {noun}, and {what} {in_words(replace(domain, kinds=others))}")


_Read = Callable[[ExpressionReader, Any, int], tuple[Expression, Domain]]

_READERS: Mapping[type[ast.expr], _Read] = {
    ast.Name: ExpressionReader._name,
    ast.Constant: ExpressionReader._written,
    ast.List: ExpressionReader._written,
    ast.Tuple: ExpressionReader._written,
    ast.UnaryOp: ExpressionReader._unary,
    ast.BinOp: ExpressionReader._binary,
    ast.BoolOp: ExpressionReader._joined,
    ast.Compare: ExpressionReader._compared,
}


def _literal(node: ast.expr) -> Value:
    """The value that is written there: a number, a text, true, false, null, or a list of these."""
    if isinstance(node, ast.Constant) and is_value(node.value):
        return freeze(node.value)
    if isinstance(node, ast.Name) and node.id in _WORDS:
        return _WORDS[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _literal(node.operand)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return freeze(-value)
    if isinstance(node, (ast.List, ast.Tuple)):
        items = tuple(_literal(item) for item in node.elts)
        if is_value(items):
            return items  # type: ignore[return-value]  # no list of lists
    raise ReadingError(node, "a list holds numbers, texts, true, false and null; as a value it is one of these")


def _takes(parameter: Parameter, value: Value) -> bool:
    """Whether some config has a number or an option that equals ``value``."""
    if isinstance(parameter, (Choice, Constant)):
        return any(equal(option, value) for option in parameter.values())
    whole = isinstance(value, float) and value.is_integer()
    return parameter.contains(value) or (whole and parameter.contains(int(value)))  # type: ignore[arg-type]


def _options(parameter: Parameter) -> Sequence[str]:
    return [str(shown(value)) for value in parameter.values()] if isinstance(parameter, (Choice, Constant)) else ()


def in_words(domain: Domain) -> str:
    """What a value may be."""
    return " or ".join(_KINDS[kind] for kind in sorted(domain.kinds))


_KINDS: Mapping[str, str] = {
    "number": "a number",
    "text": "a text",
    "boolean": "true or false",
    "null": "null",
    "list": "a list",
}

_NAMES: Mapping[type[ast.AST], str] = {
    ast.Call: "a call",
    ast.Attribute: "an attribute",
    ast.Subscript: "an index",
    ast.Lambda: "a function",
    ast.IfExp: "if and else",
    ast.NamedExpr: "an assignment",
    ast.Dict: "a mapping",
    ast.Set: "a set",
    ast.JoinedStr: "a text with values in it",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.MatMult: "@",
    ast.LShift: "<<",
    ast.RShift: ">>",
}


def _named(node: ast.AST) -> str:
    return _NAMES.get(type(node), f"{type(node).__name__}")


def tree_of(line: str) -> ast.expr:
    """Python's tree of an expression.

    Raises:
        ReadingError: it is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python's for whoever writes programs
            return ast.parse(line, mode="eval").body
    except SyntaxError as error:
        place = max(0, min((error.offset or 1), len(line) + 1) - 1)
        raise ReadingError(place, f"cannot be read: {error.msg}; {_ALLOWED}") from None
    except (ValueError, RecursionError, MemoryError):  # a zero byte; brackets in brackets
        raise ReadingError(0, f"cannot be read; {_ALLOWED}") from None
