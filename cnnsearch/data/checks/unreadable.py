"""Files that cannot be read; they are left out while the data is read."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import Finding
from cnnsearch.data.split import Split

__all__ = ["CHECK"]


class UnreadableCheck:
    """Their pixels are not there, so that there is nothing to show."""

    def sets(self, examined: Examined) -> Sets:  # noqa: ARG002 - a Check
        return []

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002
        return []

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        dataset = examined.dataset
        if not dataset.unreadable:
            return
        count = len(dataset.unreadable)
        classes = dict.fromkeys(dataset.unreadable_labels)
        told = ", ".join(f"{name}: {dataset.unreadable_labels.count(name)}" for name in list(classes)[:3])
        by = f" ({told}{f' and {len(classes) - 3} more classes' if len(classes) > 3 else ''})" if told else ""
        files, take = ("file", "takes") if count == 1 else ("files", "take")
        text = f"{count:,} {files} cannot be read and {take} no part{by}, as {dataset.unreadable[0]}."
        yield Finding("unreadable", text, count, dataset)


CHECK = UnreadableCheck()
