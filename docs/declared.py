"""The pages that follow from what the package declares: every key, every parameter, every command.

A page says where, by a line as ``<!-- declared: keys -->``, which gives way to what the function of that name writes.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer
from sphinx.application import Sphinx

from cnnsearch.cli.app import app as cli
from cnnsearch.experiment import Experiment
from cnnsearch.families import FAMILIES
from cnnsearch.families.spec import TRAINING
from cnnsearch.inputs.pictures.spec import AUGMENTATION, PREPROCESSING
from cnnsearch.search.samplers import SAMPLERS
from cnnsearch.search.schedulers import SCHEDULERS
from cnnsearch.space.specs import Parameters, ParameterSpec
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.metrics import aim_of

SCHEMA = Experiment.model_json_schema()
LINE = re.compile(r"^<!-- declared: (\w+) -->$", re.MULTILINE)
NOT_FOR_FILES = ("declaration",)


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls."""
    app.connect("source-read", _complete)
    return {"parallel_read_safe": True}


def _complete(_: Sphinx, __: str, source: list[str]) -> None:
    source[0] = completed(source[0])


def completed(page: str) -> str:
    """A page with what its lines ask for."""
    return LINE.sub(lambda found: "\n".join(WRITTEN[found[1]]()), page)


def keys() -> Iterator[str]:
    """Every key of an experiment file, a section each."""
    for name, schema in SCHEMA["properties"].items():
        if name in NOT_FOR_FILES:
            continue
        parts = list(sections(schema))
        outer = [part for place, part in parts if not place]
        described = outer[0] if len(outer) == 1 and "description" in outer[0] else schema
        yield from ("", f"## `{name}`", "", *_sentence(described["description"]).splitlines(), "")
        yield _facts(schema, name in SCHEMA["required"])
        if name == "space":
            yield from ("", "[Every parameter](parameters.md) is listed, with how ranges and choices are written.")
        elif name in ("sampler", "scheduler"):
            yield from ("", "Its options are [below](#options-of-samplers-and-schedulers).")
        elif len(outer) > 1:
            yield from _variants(outer)
        else:
            for place, part in parts:
                yield from ("", f"Inside `{place}`: {part.get('description', '')}") if place else ()
                yield from list_of_keys(part["properties"])


def _facts(schema: Mapping[str, Any], needed: bool) -> str:
    if needed:
        return f"Must be given: {value(schema)}."
    is_plain = "default" in schema and not isinstance(schema["default"], dict)
    told = f"Default: {code(schema['default'])}. " if is_plain else ""
    return f"{told}May be {value(schema)}."


def _variants(variants: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Sources of data: what all of them take, then what each takes besides."""
    shared = [key for key in variants[0]["properties"] if all(key in each["properties"] for each in variants)]
    yield from ("", "Every source takes these keys:")
    yield from list_of_keys({key: variants[0]["properties"][key] for key in shared if key != "source"})
    for each in variants:
        source = each["properties"]["source"]
        names = ", ".join(f"`{name}`" for name in source.get("enum", [source.get("const")]))
        yield from ("", f"**{names}**: {each['description']}")
        own = {key: schema for key, schema in each["properties"].items() if key not in shared}
        yield from list_of_keys(own) if own else ()
    inside = {place: part for each in variants for place, part in sections(each) if place}
    for place, part in inside.items():
        yield from ("", f"Inside `{place}`: {part['description']}")
        yield from list_of_keys(part["properties"])


def sections(schema: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Mappings with keys of their own that may stand in a key, each followed by those inside of it, once."""
    if "$ref" in schema:
        schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
    found = [(place, schema)] if "properties" in schema else []
    found += [part for name, each in schema.get("properties", {}).items() for part in sections(each, name)]
    inside = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), *([schema["items"]] if "items" in schema else ())]
    found += [part for each in inside for part in sections(each, place)]
    yield from (part for index, part in enumerate(found) if part not in found[:index])


def list_of_keys(properties: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in properties.items():
        default = f"default {code(schema['default'])}" if "default" in schema else "must be given"
        yield from term(name, schema["description"], value(schema), default)


def term(name: str, meaning: str, *facts: str) -> Iterator[str]:
    """An entry of a list: what it means, and then what it may be."""
    told = "; ".join(fact for fact in facts if fact)
    yield from ("", f"`{name}`", f": {_sentence(_line(meaning))}", *([f": {told}"] if told else []))


def options() -> Iterator[str]:
    """The options of samplers and schedulers."""
    for title, table in (("sampler", SAMPLERS), ("scheduler", SCHEDULERS)):
        for spec in table.values():
            yield from ("", f"**`{title}: {spec.name}`**: {_sentence(spec.doc)}")
            for each in spec.options.values():
                yield from term(each.name, each.doc, each.rule, f"default {code(each.default)}")


def parameters() -> Iterator[str]:
    """Every parameter that a space may name."""
    for family in FAMILIES.values():
        spec = family.spec
        yield from ("", f"## `model: {spec.name}`", "", _sentence(spec.doc))
        yield from list_of_parameters(spec.parameters)
        for where, names in spec.conditions.items():
            yield from ("", f"Read only {where}: {', '.join(f'`{name}`' for name in names)}.")
        if spec.recommended:
            yield from ("", f"What a search of `{spec.name}` begins with, where that is not the default:")
            yield from ("", "| parameter | begins with | why |", "|---|---|---|")
        for name, given in spec.recommendation.items():
            yield row(f"`{name}`", code(given), spec.recommended[name].reason)
    for title, parts in (
        ("Training, for every family", TRAINING),
        ("Preprocessing, for every family", PREPROCESSING),
        ("Augmentation, for every family", AUGMENTATION),
    ):
        yield from ("", f"## {title}")
        yield from list_of_parameters(parts)
    for task in TASKS.values():
        yield from (
            "",
            f"## `task: {task.name}`",
            "",
            _sentence(task.doc),
            "",
            "| objective | what it is |",
            "|---|---|",
        )
        for metric in task.metrics:
            yield row(f"`{aim_of(metric.name)}`", metric.doc)
        for metric in task.each:
            yield row(f"`{aim_of(metric.name)}[NAME]`", metric.doc)
        yield from list_of_parameters(task.parameters)


def list_of_parameters(specs: Parameters) -> Iterator[str]:
    for spec in specs.values():
        kind = "structural" if spec.structural else "runtime"
        default = f"default {code(spec.default)}"
        yield from term(spec.name, spec.told, spec.rule, default, _range(spec), kind)


def _range(spec: ParameterSpec) -> str:
    return "" if spec.sensible is None else f"worth searching {code(spec.sensible.to_dict())}"


def commands() -> Iterator[str]:
    """Every command, with its arguments and options."""
    for name, command in typer.main.get_command(cli).commands.items():
        shown = [each for each in command.params if not getattr(each, "hidden", False) and each.name != "help"]
        arguments = [each for each in shown if each.param_type_name == "argument"]
        usage = " ".join(["cnnsearch", name, *(_metavar(each) for each in arguments)])
        yield from ("", f"## `{name}`", "", f"    {usage}", "", *inspect.cleandoc(command.help).splitlines())
        for each in shown:
            names = _metavar(each) if each in arguments else ", ".join((*each.opts, *each.secondary_opts))
            yield from term(names, each.help or "", _default(each))


def _metavar(argument: Any) -> str:
    written: str = argument.metavar or argument.name.upper()
    return written if argument.nargs == 1 or written.endswith("...") else f"{written}..."


def _default(parameter: Any) -> str:
    if parameter.required:
        return "must be given" if parameter.param_type_name == "option" else ""
    is_plain = parameter.default not in (None, False, (), []) and not callable(parameter.default)
    return f"default {code(parameter.default)}" if is_plain else ""


def value(schema: Mapping[str, Any]) -> str:
    """What a value must be, in words."""
    if "$ref" in schema:
        return "a mapping"
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return "one of " + ", ".join(map(code, schema["enum"]))
    options = schema.get("anyOf") or schema.get("oneOf")
    if options:
        return " or ".join(dict.fromkeys(map(value, options)))
    if isinstance(schema.get("type"), list):
        return " or ".join(value({**schema, "type": each}) for each in schema["type"])
    if "prefixItems" in schema:
        return "a list of two"
    if "items" in schema:
        return f"a list: {value(schema['items'])}"
    return _plain(schema)


def _plain(schema: Mapping[str, Any]) -> str:
    nouns = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false"}
    kind = schema.get("type", "object")
    words = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "and below"}
    limits = [f"{word} {schema[key]:.12g}" for key, word in words.items() if key in schema and kind in nouns]
    noun = {"object": "a mapping", "null": "`null`", **nouns}[kind]
    return " ".join([noun, *limits])


def code(given: Any) -> str:
    """A value as it stands in a file."""
    written = given if isinstance(given, str) else re.sub(r'"([a-z]\w*)"', r"\1", json.dumps(given, default=str))
    return f"`{written}`" if written else "`''`"


def row(*cells: str) -> str:
    return "| " + " | ".join(_line(cell).replace("|", "\\|") for cell in cells) + " |"


def _line(text: str) -> str:
    return " ".join(text.split())


def _sentence(text: str) -> str:
    """A text of the declarations, which begin in small letters and end without a stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", ":")) else ".")


WRITTEN = {"keys": keys, "options": options, "parameters": parameters, "commands": commands}
