"""How a study begins, and goes on in another session: what must be as it was, and what is written before its trials."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.passes import passes_of
from cnnsearch.own_code.source import changes
from cnnsearch.search.rebuilding import Past
from cnnsearch.study import Study
from cnnsearch.study.environment import changed_versions
from cnnsearch.study.folder.mark import Mark
from cnnsearch.study.partitions import PARTITIONS, recorded_partitions
from cnnsearch.study.progress.adjustment import lasting_in_words
from cnnsearch.study.progress.shortening import KEY as SHORTENED
from cnnsearch.study.progress.shortening import with_all_epochs
from cnnsearch.study.record.sessions import begins_of, busy_seconds, ends_of, with_session
from cnnsearch.study.store import Store
from cnnsearch.sweep.data import Tell, warn
from cnnsearch.sweep.ending import mend_best
from cnnsearch.sweep.errands import remember_errands
from cnnsearch.sweep.findings import Findings
from cnnsearch.sweep.found_pictures import save_found
from cnnsearch.training.divided_texts import divided_otherwise

__all__ = ["begin_study", "check_code", "continue_study", "last_time", "spent_seconds"]

_OF_SAMPLER = ("space", "constraints", "sampler", "learn_from")
"""Keys that may change, and without which what was proposed before could not be proposed again."""

_LOG = logging.getLogger("cnnsearch")


def begin_study(findings: Findings, store: Store) -> None:
    """Write all that is known of a new study, which this process holds."""
    store.write("experiment.yaml", findings.material.experiment.without_secrets().to_yaml())
    store.write_json("environment.json", findings.environment)
    findings.keep_code(store)
    save_found(findings.material.dataset, store)
    findings.keep_partitions(store)
    remember_errands(store)


def continue_study(study: Study, findings: Findings, proposed: int, tell: Tell = warn) -> None:
    """Agree to go on with a study, and write so.

    Args:
        study: as its last session left it; this process holds it.
        findings: of this session.
        proposed: trials that the study has proposed so far.
        tell: as of :func:`~cnnsearch.run`.

    Raises:
        InputError: data, weights or code are not those of its trials; the study is as it was.
    """
    store, environment = study.store, study.environment
    _check_data(environment, findings.environment, store, findings.material.experiment.own_code)
    _check_partitions(findings, store)
    _check_passes(study.experiment, findings, store)
    mend_best(study)  # while the mark is there, which may say whose model lies in best/
    Mark.remove(store)
    tell(findings.material.experiment, findings.environment["dataset"])
    if told := lasting_in_words(environment, study.name):
        _LOG.warning("%s", told)
    for changed in changed_versions(environment):
        _LOG.warning("%s: new trials are trained with other code than the study's own", changed)
    kept = findings.material.experiment.without_secrets()
    old, new = study.experiment.to_dict(), kept.to_dict()
    replaced = {
        key: old[key] for key in ("space", "constraints", "sampler", "learn_from") if _differ(old[key], new[key])
    }
    described = {**findings.environment, **({"replaced": replaced} if replaced else {})}
    if any(old[key] != new[key] for key in ("finalists", "final", "ensemble")):
        # Whether there is time for what is asked for now shows when the search is over.
        environment = {key: value for key, value in environment.items() if key != SHORTENED}
    elif old["budget"] != new["budget"]:
        environment = with_all_epochs(environment)
    if environment:  # else the first driver died before it could write it
        data = {**environment.get("dataset", {}), **findings.environment["dataset"]}  # an older study told less
        described = {**with_session(environment, described, proposed), "dataset": data}
    else:
        findings.keep_code(store)
    findings.keep_partitions(store)
    store.write_json("environment.json", described)
    if _differ(old, new):
        store.write("experiment.yaml", kept.to_yaml())
        remember_errands(store)


def spent_seconds(study: Study, past: Past) -> float:
    """Of the minutes of its budget, in which drivers were at work on its search."""
    if study.experiment.outer_searches:
        return study.seconds  # those on the outer folds came before its first trial
    return busy_seconds(begins_of(study.environment), _times(study, past))


def last_time(study: Study, past: Past) -> float:
    """Unix time of the last thing recorded; 0 where there is none."""
    runs = study.finals.ended.values() if study.finals else ()
    ends = [line.ended for line in (*runs, *study.refits)]
    return max([*_times(study, past), *begins_of(study.environment), *ends], default=0.0)


def _times(study: Study, past: Past) -> list[float]:
    return [*past.times, *ends_of(study.environment)]


def check_code(before: Mapping[str, Any], now: Mapping[str, str], store: Store, own: Iterable[str]) -> None:
    """Whether the user's own code is that of the study's trials; ``own`` are the keys that name it."""
    where = ", ".join(own) or "model"
    rule = "since the study began, so that new trials could not be compared with its own; as it was, the code lies in"
    code = before.get("code", now)  # studies of earlier versions do not tell
    _refuse([Problem(where, f"{change} {rule} {store.at('source')}") for change in changes(code, now)], store)


def _differ(old: Any, new: Any) -> bool:
    """Whether two parts of an experiment's file do: by their text, as to Python an option ``true`` equals ``1``."""
    return json.dumps(old) != json.dumps(new)


def _check_data(before: Mapping[str, Any], now: Mapping[str, Any], store: Store, own: Iterable[str]) -> None:
    """Whether data, weights and the model's own code are those of the study's trials; all of them may have changed."""
    problems = []
    was, found = (each.get("dataset", {}).get("fingerprint") for each in (before, now))
    if before and was != found:
        rule = "has changed since the study began, so that new trials could not be compared with its own"
        problems.append(Problem("dataset", f"{rule}: fingerprint {str(was)[:12]} then, {str(found)[:12]} now"))
    if why := divided_otherwise(store, before.get("dataset", {}), now.get("dataset", {})):
        problems.append(Problem("dataset", f"{why}: new trials could not be compared with its own"))
    weights = now.get("weights", {})
    for path, digest in before.get("weights", {}).items():
        if weights.get(path, digest) != digest:
            key = "word_vectors" if now.get("dataset", {}).get("inputs") == "texts" else "weights"
            problems.append(Problem(f"space.{key}", "have changed since the study began", path))
    _refuse(problems, store)
    check_code(before, now.get("code", {}), store, own)


def _check_partitions(findings: Findings, store: Store) -> None:
    """Whether new trials would be judged by the folds of the study's own."""
    before, now = recorded_partitions(store), findings.material.partitions
    if before is not None and now is not None and not before.equals(now):
        rule = f"would divide the pictures otherwise than the study's {PARTITIONS} says, as another version draws them"
        _refuse([Problem("evaluation", f"{rule}: new trials could not be compared with its own")], store)


def _check_passes(begun: Experiment, findings: Findings, store: Store) -> None:
    """Whether an epoch of new trials is as long as one of the study's own; ``auto`` is counted by the data."""
    material = findings.material
    was, now = (passes_of(each, material.split.trained) for each in (begun, material.experiment))
    if was != now:
        rule = f"cannot change from {was} in a study that goes on: the study's trials had other epochs"
        _refuse([Problem("passes", rule, now)], store)


def _refuse(problems: list[Problem], store: Store) -> None:
    if problems:
        raise InputError([*problems, Problem("", "a new study may: cnnsearch run")], store.location)
