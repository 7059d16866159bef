"""The files of the record, and what their lines are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Generic

from pydantic import AfterValidator, TypeAdapter

from cnnsearch.study.record.lines.attempts import AttemptLine
from cnnsearch.study.record.lines.compressions import CompressionLine, NotCompressedLine, named
from cnnsearch.study.record.lines.ends import valued
from cnnsearch.study.record.lines.epochs import EpochLine, with_format
from cnnsearch.study.record.lines.finalists import FinalistLine
from cnnsearch.study.record.lines.part import AnyLine, Line
from cnnsearch.study.record.lines.pauses import PauseLine
from cnnsearch.study.record.lines.proposals import Proposal
from cnnsearch.study.record.lines.refits import RefitLine, unjudged
from cnnsearch.study.record.lines.releases import ReleaseLine, sourced
from cnnsearch.study.record.lines.requests import RequestLine, whole
from cnnsearch.study.record.lines.test_reads import ReadingLine, told
from cnnsearch.study.record.lines.trials import TrialLine

__all__ = [
    "ATTEMPTS",
    "COMPRESSIONS",
    "CURVES",
    "FINALISTS",
    "KINDS",
    "LineFile",
    "NOT_COMPRESSED",
    "PAUSES",
    "PROPOSALS",
    "REFITS",
    "RELEASES",
    "REQUESTS",
    "TEST_READS",
    "TRIALS",
]


class LineFile(str, Generic[AnyLine]):
    """Name of a file of the record, which says what its lines are."""

    __slots__ = ()


PROPOSALS: LineFile[Proposal] = LineFile("proposals.jsonl")
CURVES: LineFile[EpochLine] = LineFile("curves.jsonl")
TRIALS: LineFile[TrialLine] = LineFile("trials.jsonl")
ATTEMPTS: LineFile[AttemptLine] = LineFile("attempts.jsonl")
FINALISTS: LineFile[FinalistLine] = LineFile("finalists.jsonl")
REFITS: LineFile[RefitLine] = LineFile("refits.jsonl")
PAUSES: LineFile[PauseLine] = LineFile("pauses.jsonl")
RELEASES: LineFile[ReleaseLine] = LineFile("releases.jsonl")
REQUESTS: LineFile[RequestLine] = LineFile("requests.jsonl")
TEST_READS: LineFile[ReadingLine] = LineFile("test_reads.jsonl")
COMPRESSIONS: LineFile[CompressionLine] = LineFile("compressions.jsonl")
NOT_COMPRESSED: LineFile[NotCompressedLine] = LineFile("not_compressed.jsonl")

KINDS: Mapping[str, tuple[type[Line], TypeAdapter[Any]]] = {
    PROPOSALS: (Proposal, TypeAdapter(Proposal)),
    CURVES: (EpochLine, TypeAdapter(Annotated[EpochLine, AfterValidator(with_format)])),
    TRIALS: (TrialLine, TypeAdapter(Annotated[TrialLine, AfterValidator(valued)])),
    ATTEMPTS: (AttemptLine, TypeAdapter(AttemptLine)),
    FINALISTS: (FinalistLine, TypeAdapter(Annotated[FinalistLine, AfterValidator(valued)])),
    REFITS: (RefitLine, TypeAdapter(Annotated[RefitLine, AfterValidator(unjudged)])),
    PAUSES: (PauseLine, TypeAdapter(Annotated[PauseLine, AfterValidator(valued)])),
    RELEASES: (ReleaseLine, TypeAdapter(Annotated[ReleaseLine, AfterValidator(sourced)])),
    REQUESTS: (RequestLine, TypeAdapter(Annotated[RequestLine, AfterValidator(whole)])),
    TEST_READS: (ReadingLine, TypeAdapter(Annotated[ReadingLine, AfterValidator(told)])),
    COMPRESSIONS: (CompressionLine, TypeAdapter(Annotated[CompressionLine, AfterValidator(named)])),
    NOT_COMPRESSED: (NotCompressedLine, TypeAdapter(NotCompressedLine)),
}
