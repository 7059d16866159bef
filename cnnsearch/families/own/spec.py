"""What a family of the user's own declares: nothing but a function's name, or parameters with ranges and defaults."""

from __future__ import annotations

import functools
import inspect
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.families.family import FamilySpec
from cnnsearch.families.spec import SHARED
from cnnsearch.own_code.names import OWN_NAME, is_own_name, name_problem
from cnnsearch.space import shown
from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.space.switches import Switch

__all__ = [
    "FAMILY",
    "OWN_FAMILY",
    "OwnFamily",
    "check_own_name",
    "declared_spec",
    "is_own_family",
    "module_name",
    "undeclared_spec",
]

OWN_FAMILY = f"^{OWN_NAME}$"
"""What ``model:`` says for a user's own family: ``package.module:name``."""

FAMILY = "the model family"
"""What it is in messages."""

_KINDS = ("int", "float", "bool", "choice", "size", "text", "any")

_INPUTS = ("pictures", "texts")
_FEATURES = ("vector", "map", "pyramid", "sequence")


@dataclass(frozen=True)
class OwnFamily:
    """A model family of your own that declares itself, at the top of a module: ``model: my_models:MLP``.

    Attributes:
        doc: one line of documentation.
        build: called as ``build(config, shape, classes)``; returns a ``keras.Model`` from scaled pictures to logits.
        parameters: those of the architecture; what training and pictures need comes on top. One that is not
            ``structural`` is a number, and arrives as a :class:`~cnnsearch.networks.runtime.RuntimeValue`.
        count: called as ``build`` is; the weights of that model. Left out, it is built without values to count them.
        takes: the inputs that it can read.
        gives: the features that it can give to a task's head.

    Raises:
        InputError: with everything that is wrong with it.
    """

    doc: str
    build: Callable[..., Any]
    parameters: Sequence[ParameterSpec] = ()
    count: Callable[..., int] | None = None
    takes: tuple[str, ...] = ("pictures",)
    gives: tuple[str, ...] = ("vector",)

    def __post_init__(self) -> None:
        problems = list(_of_declaration(self))
        if problems:
            raise InputError(problems)

    def to_dict(self) -> dict[str, Any]:
        """What is declared, of JSON types only."""
        return {
            "doc": self.doc,
            "parameters": [_written(spec) for spec in self.parameters],
            "takes": list(self.takes),
            "gives": list(self.gives),
        }


def is_own_family(model: str) -> bool:
    """Whether it is ``package.module:name``, of names that Python's own statements take."""
    return is_own_name(model)


def check_own_name(model: str) -> None:
    """Whether workers can import what a name with a colon stands for.

    Raises:
        InputError: they cannot.
    """
    rule = name_problem(model, "a family")
    if rule is not None:
        raise InputError(Problem("", rule, shown(model)))


def module_name(family: object) -> str | None:
    """``module:name`` of a function or a declared family at the top of a module; ``None`` where it is not there."""
    maker = family.build if isinstance(family, OwnFamily) else family
    module = getattr(maker, "__module__", None)
    if not callable(maker) or module == "__main__":
        return None
    top = vars(sys.modules[module]) if module in sys.modules else {}
    if not isinstance(family, OwnFamily):
        name = getattr(family, "__qualname__", "")
        return f"{module}:{name}" if top.get(name) is family else None
    return next((f"{module}:{name}" for name, value in top.items() if value is family), None)


def undeclared_spec(model: str, names: Iterable[str], runtime: Iterable[str]) -> FamilySpec:
    """The declaration of a function: its parameters are what the space names, and take any value.

    Args:
        model: ``package.module:function``.
        names: what the space names; what is not shared by all families belongs to this one.
        runtime: those that arrive as runtime values; all others are structural.
    """
    specs = [
        ParameterSpec(name, "any", None, "of the user's own family", structural=name not in runtime)
        for name in names
        if name not in SHARED
    ]
    return FamilySpec(model, "a user's own family", Parameters(specs), is_own=True)


def declared_spec(model: str, declaration: Mapping[str, Any]) -> FamilySpec:
    """The inverse of :meth:`OwnFamily.to_dict`.

    Raises:
        InputError: it is no such declaration.
    """
    return _declared(model, json.dumps(declaration, sort_keys=True, default=repr))


@functools.lru_cache(64)
def _declared(model: str, written: str) -> FamilySpec:
    declaration = json.loads(written)
    try:
        specs = [_read(each) for each in declaration["parameters"]]
        takes, gives = tuple(declaration["takes"]), tuple(declaration["gives"])
        family = OwnFamily(declaration["doc"], _unbuilt, specs, None, takes, gives)
    except (KeyError, TypeError, ValueError) as error:
        rule = f"is no declaration of a family, which cnnsearch writes by itself: leave it out ({error!r})"
        raise InputError(Problem("declaration", rule)) from None
    return FamilySpec(
        model, family.doc, Parameters(family.parameters), is_own=True, takes=family.takes, gives=family.gives
    )


def _unbuilt(*_: Any) -> Any:
    raise NotImplementedError("what a study has recorded of a family builds nothing")


def _written(spec: ParameterSpec) -> dict[str, Any]:
    """A parameter without what it leaves out; limits that are infinite are none."""
    given = {each.name: getattr(spec, each.name) for each in fields(spec) if each.name != "sensible"}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
    plain["read_where"] = [_written_switch(each) for each in spec.read_where]
    bare = {each.name: each.default for each in fields(spec)}
    return {name: value for name, value in plain.items() if given[name] != bare[name]}


def _read(given: Mapping[str, Any]) -> ParameterSpec:
    plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return ParameterSpec(**{**plain, "read_where": tuple(map(_read_switch, given.get("read_where", ())))})


def _written_switch(switch: Switch) -> dict[str, Any]:
    told = {"name": switch.name, "on": list(switch.on), "off": list(switch.off)}
    return told if switch.beside is None else {**told, "beside": _written_switch(switch.beside)}


def _read_switch(given: Mapping[str, Any]) -> Switch:
    beside = _read_switch(given["beside"]) if "beside" in given else None
    return Switch(given["name"], tuple(given["on"]), tuple(given["off"]), beside)


def _of_declaration(family: OwnFamily) -> list[Problem]:
    found = []
    if not isinstance(family.doc, str) or not family.doc.strip() or "\n" in family.doc:
        found.append(Problem("doc", "must be one line of documentation", shown(family.doc)))
    for name in ("build", "count"):
        value = getattr(family, name)
        if not callable(value) and (name == "build" or value is not None):
            found.append(Problem(name, f"must be a function of config, shape and classes, not {type(value).__name__}"))
        elif value is not None and not _takes_three(value):
            found.append(Problem(name, "must take three arguments: config, shape and classes"))
    for name, known in (("takes", _INPUTS), ("gives", _FEATURES)):
        values = getattr(family, name)
        if not isinstance(values, tuple) or not values or not set(values) <= set(known):
            found.append(Problem(name, f"must be a tuple of some of {', '.join(known)}", shown(values)))
    declared: dict[str, ParameterSpec] = {}
    for spec in family.parameters:
        if not isinstance(spec, ParameterSpec):
            found.append(Problem("parameters", f"must hold ParameterSpecs, not {type(spec).__name__}"))
            continue
        where = f"parameters.{spec.name}"
        if spec.name in declared:
            found.append(Problem(where, "is declared twice"))
        if spec.name in SHARED:
            found.append(Problem(where, "is a parameter of every family, which needs no declaration"))
        elif spec.kind not in _KINDS:
            found.append(Problem(where, f"must be of a kind that is one of {', '.join(_KINDS)}", shown(spec.kind)))
        elif not spec.structural and spec.kind not in ("int", "float"):
            found.append(Problem(where, "must be an int or a float where it is not structural", spec.kind))
        elif not spec.in_graph:
            found.append(Problem(where, "must be read by the network: leave in_graph out"))
        elif not all(_is_switch(switch, {**SHARED, **declared}) for switch in spec.read_where):
            rule = "must be Switches of parameters that are declared before it, or of every family, by values of theirs"
            found.append(Problem(f"{where}.read_where", rule, shown(spec.read_where)))
        elif not spec.accepts(spec.default) or (isinstance(spec.default, float) and not math.isfinite(spec.default)):
            found.append(Problem(where, f"must have a default that is {spec.rule}", shown(spec.default)))
        declared[spec.name] = spec
    return found


def _is_switch(switch: object, known: Mapping[str, ParameterSpec]) -> bool:
    if not isinstance(switch, Switch) or switch.name not in known:
        return False
    fits = all(known[switch.name].accepts(value) for value in (*switch.on, *switch.off))
    return fits and (switch.beside is None or _is_switch(switch.beside, known))


def _takes_three(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind({}, (1, 1, 1), 2)
    except TypeError:
        return False
    except ValueError:  # a signature that nobody knows
        return True
    return True
