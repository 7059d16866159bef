"""The lines of the record: what each kind of them tells. No other room knows their keys on disk.

``format`` says how a line is written. This version writes 2; 1, and older lines that lack keys, or their format, are
read as well: format 1 had the metrics of an epoch beside its other keys, and everything else as it is now. A key that
is not named here is kept in ``others``, and written again: of a line, its worker and that one's parts. Keys that a line
may lack came later than its format, or stand there only where there is something to tell.
"""

from cnnsearch.study.record.lines.attempts import AttemptLine
from cnnsearch.study.record.lines.compressions import LITERT, ONNX, CompressionLine, NotCompressedLine, Timing
from cnnsearch.study.record.lines.ends import Ended
from cnnsearch.study.record.lines.epochs import EpochLine
from cnnsearch.study.record.lines.files import (
    ATTEMPTS,
    COMPRESSIONS,
    CURVES,
    FINALISTS,
    NOT_COMPRESSED,
    PAUSES,
    PROPOSALS,
    REFITS,
    RELEASES,
    REQUESTS,
    TEST_READS,
    TRIALS,
    LineFile,
)
from cnnsearch.study.record.lines.finalists import FinalistLine
from cnnsearch.study.record.lines.part import AnyLine, Line
from cnnsearch.study.record.lines.pauses import PauseLine
from cnnsearch.study.record.lines.proposals import Proposal, Refusal
from cnnsearch.study.record.lines.reading import checked_line, quick_reader
from cnnsearch.study.record.lines.refits import Member, RefitLine
from cnnsearch.study.record.lines.releases import ReleaseLine
from cnnsearch.study.record.lines.reports import Report, from_report, to_report
from cnnsearch.study.record.lines.requests import RequestLine
from cnnsearch.study.record.lines.test_reads import Reading, ReadingLine
from cnnsearch.study.record.lines.trials import TrialLine
from cnnsearch.study.record.lines.values import State
from cnnsearch.study.record.lines.workers import Checkpointing, Startup, Worker
from cnnsearch.study.record.lines.writing import to_json

__all__ = [
    "ATTEMPTS",
    "COMPRESSIONS",
    "LITERT",
    "ONNX",
    "CURVES",
    "FINALISTS",
    "NOT_COMPRESSED",
    "PAUSES",
    "PROPOSALS",
    "REFITS",
    "RELEASES",
    "REQUESTS",
    "TEST_READS",
    "TRIALS",
    "AnyLine",
    "AttemptLine",
    "Checkpointing",
    "CompressionLine",
    "Ended",
    "EpochLine",
    "FinalistLine",
    "Line",
    "LineFile",
    "Member",
    "NotCompressedLine",
    "PauseLine",
    "Proposal",
    "Reading",
    "Refusal",
    "RefitLine",
    "ReleaseLine",
    "Report",
    "RequestLine",
    "Startup",
    "State",
    "Timing",
    "ReadingLine",
    "TrialLine",
    "Worker",
    "checked_line",
    "from_report",
    "quick_reader",
    "to_json",
    "to_report",
]
