"""What belongs to the end of a sweep, and which of it a study lacks whose driver did not live to do it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from cnnsearch.errors import StorageError
from cnnsearch.escaping import shell_line
from cnnsearch.experiment.extent import most_trials
from cnnsearch.study.folder.mark import Mark
from cnnsearch.study.folder.mistakes import LISTED
from cnnsearch.study.hold import life_of
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.progress.search_limits import limit_reached
from cnnsearch.study.record.lines import FINALISTS, PROPOSALS, REFITS, TEST_READS, TRIALS, Line, to_json
from cnnsearch.study.record.sessions import exhausted_of
from cnnsearch.study.reporter import REPORT
from cnnsearch.study.study import Study
from cnnsearch.study.winner.best import CHECKPOINTS, MODEL, beside_best, digest_of, note_of
from cnnsearch.study.winner.best_model import find_best, first_reading, line_of_best, read_note
from cnnsearch.study.winner.compressed import ways_due
from cnnsearch.study.winner.finalists import MODELS
from cnnsearch.study.winner.replacement import refit_is_due

__all__ = [
    "cut_short",
    "derived_parts",
    "has_mistakes",
    "is_completed",
    "is_over",
    "mark_of",
    "missing_steps",
]


def is_over(study: Study) -> bool:
    """Whether every trial of the budget, or of the sampler, has ended, every run of the finalists, and the refit."""
    most = most_trials(study.experiment, [line.config for line in study.proposals])
    is_through = exhausted_of(study.environment) is not None or (most is not None and len(study.records) >= most)
    if study.in_flight or not (is_through or limit_reached(study.experiment, study.records, study.pauses)):
        return False
    if study.experiment.finalists is not None and study.ranked and not _finalists_are_over(study):
        return False
    return not refit_is_due(study, study.experiment)


def is_completed(study: Study) -> bool:
    """Whether the driver said that it had done everything, of the record as it is now."""
    mark = Mark.read(study.store)
    return mark is not None and mark.lines == _lines(study)


def mark_of(study: Study) -> Mark:
    """That of a study which is complete."""
    best = study.best
    held = best is not None and study.store.exists(MODEL)
    digest = digest_of(study.store, MODEL) if held else ""
    return Mark(_lines(study), (best.trial, best.run, digest) if held and best is not None else None)


def cut_short(study: Study, but_report: bool = False) -> str | None:
    """In words, what the end of the sweep lacks and how to have it; ``None`` where it lacks nothing, or is running.

    Looks at what can be told quickly; ``resume`` looks at everything. Arguments as of :func:`missing_steps`.
    """
    if is_completed(study) or life_of(study.store).may_run:
        return None
    found = [*_trouble(study, False), *([] if but_report else _report(study))]
    if not found:
        return None
    unpack = "unpack it, then " if study.is_packed else ""
    command = unpack + shell_line(["cnnsearch", "resume", study.source])
    return f"the end of this sweep was cut short ({'; '.join(found)}): {command} does the rest"


def missing_steps(study: Study, but_report: bool = False) -> list[str]:
    """In words, each step of the end that is not done.

    Args:
        study: whose sweep nobody runs, or this process.
        but_report: leave that out.
    """
    found = list(_trouble(study, True))
    found += [f"{name} does not say what the record says" for name in derived_parts(study)]
    if not has_mistakes(study):
        found.append("there are no pictures of the best model's mistakes")
    return found if but_report else [*found, *_report(study)]


def derived_parts(study: Study) -> dict[str, str]:
    """Of the files beside the model in ``best/`` those that do not say what the record says: name -> what they must."""
    held = find_best(study)
    if held is None or held.file != MODEL or held.digest is None:
        return {}
    line, note = line_of_best(study), read_note(study.store)
    expected = beside_best(study.store, line, study.names) if study.names else {}
    if note is None or note.digest is not None:  # one of before there were digests proves nothing of the file
        expected |= note_of(study.store, MODEL, line, held.digest)
    return {name: content for name, content in expected.items() if _content(study, name) != content.encode()}


def has_mistakes(study: Study) -> bool:
    """Whether the pictures of mistakes are the best model's, or nothing is kept to tell them by."""
    best = study.best
    if best is None or not study.has_predictions(best.trial, best.run):
        return True
    try:
        listed = study.store.read_json(LISTED)
        return bool((listed["trial"], listed.get("run", best.run)) == (best.trial, best.run))  # older: no run
    except (FileNotFoundError, StorageError, ValueError, TypeError, KeyError, AttributeError):
        return False


def _lines(study: Study) -> dict[str, int]:
    """On object storage a line may come twice."""
    files: dict[str, Sequence[Line]] = {PROPOSALS: study.proposals, TRIALS: study.records}
    files |= {FINALISTS: study.finalist_lines, TEST_READS: study.test_reads}
    files |= {REFITS: study.refits} if study.refits else {}  # earlier marks do not tell of it
    return {name: len({json.dumps(to_json(line)) for line in lines}) for name, lines in files.items()}


def _finalists_are_over(study: Study) -> bool:
    return study.finals is not None and not study.finals.remaining


def _trouble(study: Study, thorough: bool) -> Iterator[str]:
    """All but the report, and but what lies beside the best model."""
    held = find_best(study, thorough and study.store.folder is not None)
    if held is not None and held.mends:
        yield f"best/ is not settled: the record names {held.whose}"
    over = is_over(study)
    if over and study.experiment.finalists is not None:
        yield from _named(study)
    if over and study.experiment.is_followed:
        yield from _read(study)
    if over and (due := ways_due(study)):
        yield f"the best model was not compressed: {', '.join(way.name for way in due)}"
    if CHECKPOINTS in study.store.folders() and _left_over(study):
        yield f"{CHECKPOINTS}/ is left over"
    if over and MODELS in study.store.folders():
        yield f"{MODELS}/ is left over"


def _named(study: Study) -> Iterator[str]:
    """Against whom a winner was named."""
    finalists, best, note = study.finals, study.best, read_note(study.store)
    if finalists is None or best is None or finalists.chosen is None or best.run is None:
        return
    now, noted = finalists.naming, None if note is None else note.naming
    if now and noted and noted.trials and (set(noted.trials), noted.runs) != (set(now.trials), now.runs):
        yield "best/metrics.json does not tell against whom the winner was named"


def _read(study: Study) -> Iterator[str]:
    """The reading of the test split with the model that is shipped."""
    best, finalists = study.best, study.finals
    if best is None or (study.experiment.finalists is not None and best.run is None):
        return
    chosen = finalists.chosen if finalists is not None and best.run is not None else None
    again = best.refit is not None or (chosen is not None and chosen.again)
    if pictures_of(study, "test") and first_reading(study.test_reads, best, read_note(study.store), again) is None:
        yield "the test split was not read with the winner's model"


def _left_over(study: Study) -> bool:
    """Whether something lies there that no trial needs that may go on."""
    needed = {str(trial) for trial in study.in_flight}
    names = list(study.store.entries(CHECKPOINTS))
    return any(name.split("/")[1] not in needed for name in names) or not (names or needed)


def _report(study: Study) -> Iterator[str]:
    written = study.store.entry(REPORT)
    if written is None:
        yield "there is no report"
    elif not is_completed(study) and written.modified < _last(study):
        yield "the report is older than the record"


def _last(study: Study) -> float:
    """Unix time of the last thing of the record that a report tells of."""
    told = [line.time for line in study.proposals] + [line.time for line in study.test_reads]
    told += [each.line.time for each in study.compressed]
    told += [line.ended for line in (*study.records, *study.finalist_lines, *study.refits)]
    return max(told, default=0.0)


def _content(study: Study, name: str) -> bytes | None:
    try:
        return study.store.read(name)
    except (FileNotFoundError, StorageError):
        return None
