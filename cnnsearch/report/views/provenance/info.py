"""What the study ran on, so that it can be told from another and run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.data.counted import counted
from cnnsearch.data.remarks import Remark, remarks
from cnnsearch.escaping import shell_line
from cnnsearch.experiment.evaluation import evaluation_in_words
from cnnsearch.experiment.limits import limits_in_words
from cnnsearch.experiment.passes import passes_in_words
from cnnsearch.numbers import plural
from cnnsearch.study.environment import without_secrets
from cnnsearch.study.guidance import guidance_in_words
from cnnsearch.study.partitions import PARTITIONS
from cnnsearch.study.progress.startup import startup_in_words
from cnnsearch.study.refused import refused_in_words

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["ProvenanceInfo", "SplitRow", "provenance_info"]

MOST_ROWS = 100


@dataclass(frozen=True)
class SplitRow:
    """Pictures of one stratum, as of a class, in each of :attr:`ProvenanceInfo.splits`."""

    name: str
    pictures: tuple[int, ...]


@dataclass(frozen=True)
class ProvenanceInfo:
    """Where a study comes from.

    Attributes:
        facts: ``(what, text)`` in order; those that are not recorded are left out.
        splits: names of the splits.
        stratum, strata: what a row is, as a class, and several.
        rows: one each; of more than 100 those with the fewest pictures of the first split, fewest first.
        left_out: number of strata that have no row.
        totals: pictures of each split.
        groups: that these are in; empty where each is by itself.
        versions: ``(package, version)``, the installed ones only.
        remarks: what must be told of the data: left out, there twice, doubtful.
        notes: what trials had to tell about their configs, with their numbers.
        experiment: the experiment file.
    """

    facts: tuple[tuple[str, str], ...]
    splits: tuple[str, ...]
    stratum: str
    strata: str
    rows: tuple[SplitRow, ...]
    left_out: int
    totals: tuple[int, ...]
    groups: tuple[int, ...]
    versions: tuple[tuple[str, str], ...]
    remarks: tuple[Remark, ...]
    notes: tuple[tuple[str, tuple[int, ...]], ...]
    experiment: str


def provenance_info(study: Study) -> ProvenanceInfo:
    found = counted(study.environment.get("dataset", {}))
    rows = [SplitRow(name, pictures) for name, pictures in found.rows.items()]
    if len(rows) > MOST_ROWS:
        rows = sorted(rows, key=lambda row: row.pictures)[:MOST_ROWS]
    return ProvenanceInfo(
        facts=tuple((what, text) for what, text in _facts(study) if text),
        splits=found.splits,
        stratum=found.noun,
        strata=found.plural,
        rows=tuple(rows),
        left_out=len(found.rows) - len(rows),
        totals=found.totals,
        groups=found.groups,
        versions=tuple(
            (package, version) for package, version in study.environment.get("packages", {}).items() if version
        ),
        remarks=remarks(study.environment.get("dataset", {}), study.experiment.dataset.test),
        notes=tuple((note, tuple(trials)) for note, trials in study.notes.items()),
        experiment=study.experiment.without_secrets().to_yaml(),
    )


def _facts(study: Study) -> list[tuple[str, str]]:
    seen = without_secrets(study.environment)
    dataset = seen.get("dataset", {})
    shape = dataset.get("shape")
    picture = [" x ".join(map(str, shape))] if shape else []
    if dataset.get("channels"):
        picture.append(plural(dataset["channels"], "channel"))
    if dataset.get("dtype"):
        picture.append(str(dataset["dtype"]))
    memory = seen.get("memory_bytes")
    hardware = [f"{seen['cpus']} CPUs"] if seen.get("cpus") else []
    hardware += [f"{memory / 1e9:.1f} GB memory"] if memory else []
    return [
        ("Data source", str(getattr(study.experiment.dataset, "source", ""))),
        ("Data fingerprint", str(dataset.get("fingerprint") or "")),
        ("Pictures", ", ".join(picture)),
        ("Resized by", str(dataset.get("resize") or "")),
        ("Split", _split(study)),
        ("Folds", evaluation_in_words(study.experiment)),
        ("Passes", passes_in_words(study.experiment)),
        ("Seed", str(study.experiment.seed)),
        ("Seeds of trials", _trial_seeds(study)),
        ("Test split", _test_reads(study)),
        ("The search was ended by", study.ended_by or ""),
        *(("Guidance of the search", text) for text in guidance_in_words(study)),
        ("Limits", limits_in_words(study.experiment)),
        ("Held to limits", refused_in_words(study)),
        *(("Weights", f"{file} (sha256 {digest})") for file, digest in (seen.get("weights") or {}).items()),
        *(("Model code", f"{file} (sha256 {digest})") for file, digest in (seen.get("code") or {}).items()),
        ("Started", str(seen.get("started") or "")),
        ("Command", shell_line(map(str, seen.get("command") or []))),
        ("Git commit", str(seen.get("git_commit") or "")),
        *(("Resumed", text) for text in _resumed(seen)),
        ("Python", str(seen.get("python") or "")),
        ("Platform", str(seen.get("platform") or "")),
        ("Asked of the running sweep", "; ".join(study.asked)),
        ("Host", str(seen.get("host") or "")),
        ("Hardware", ", ".join(hardware)),
        ("Workers", _workers(study)),
        ("Start-up", startup_in_words(study.startup)),
        ("Study folder", study.source),
    ]


def _resumed(seen: Mapping[str, Any]) -> Iterator[str]:
    """When and by what each later driver went on, and what was another one there than at the beginning."""
    for session in seen.get("resumed", ()):
        before, now = seen.get("packages", {}), session.get("packages", {})
        other = [f"{name} {version}" for name, version in now.items() if version and version != before.get(name)]
        other += [f"another {key}" for key in session.get("replaced", {})]
        other += [f"Python {session['python']}"] if session.get("python") not in (None, seen.get("python")) else []
        other += [f"host {session['host']}"] if session.get("host") not in (None, seen.get("host")) else []
        proposed = session.get("proposed")
        yield "".join(
            [
                str(session.get("started") or "at a time that is not known"),
                f", after {plural(proposed, 'proposal')}" if proposed is not None else "",
                f": {shell_line(map(str, session['command']))}" if session.get("command") else "",
                f" (with {', '.join(other)})" if other else "",
            ]
        )


def _split(study: Study) -> str:
    source, described = study.experiment.dataset, study.environment.get("dataset", {})
    if not described.get("counts"):
        return ""
    by = f"by {counted(described).noun} and seed {study.experiment.seed}"
    if study.experiment.cross_validation is not None:
        test = f"; a share of {source.test:g} is the test's" if source.test and not described.get("given") else ""
        return f"in {study.experiment.cross_validation}, {by}: which picture is in which stands in {PARTITIONS}{test}"
    given = described.get("given")
    if given and "validation" in given:
        return f"the data's own: {', '.join(given)}"
    if given:
        return f"the data's own: {', '.join(given)}; for validation a share of {source.validation:g} of train, {by}"
    test = f" and {source.test:g} for the test" if source.test else ""
    # A study of an earlier version does not tell.
    unless = "" if "given" in described else ", unless the source brings splits of its own"
    return f"{by}: a share of {source.validation:g} for validation{test}{unless}"


def _trial_seeds(study: Study) -> str:
    """Of the best trial, as the one that people want to train again."""
    if study.best is None:
        return ""
    seeds = {record.trial: record.seed for record in study.records}
    return f"one each, in the record; that of trial {study.best.trial} is {seeds[study.best.trial]}"


def _test_reads(study: Study) -> str:
    if not study.environment.get("dataset", {}).get("counts", {}).get("test"):
        return ""
    times = len(study.test_reads)
    return "never read" if not times else "read once" if times == 1 else f"read {times} times"


def _workers(study: Study) -> str:
    """Processes and nodes that trials ran on, and what each trial held."""
    seen = {process for record in study.records if (process := record.worker.process)}
    nodes = list(dict.fromkeys(sorted(node for node, _ in seen)))
    if not seen:
        return ""
    named = ", ".join(nodes[:8]) + (f" and {len(nodes) - 8} more" if len(nodes) > 8 else "")
    processes = f"{len(seen)} process{'' if len(seen) == 1 else 'es'}"
    return f"{processes} on {plural(len(nodes), 'node')} ({named})"
