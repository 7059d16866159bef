"""The checks that there are, and what may be done about what they find: the keys of the section ``checks``."""

from __future__ import annotations

from dataclasses import dataclass

from cnnsearch.table import Table

__all__ = ["ALLOW", "CHECKS", "DROP", "ERROR", "KEEP_TOGETHER", "CheckSpec"]

ALLOW, DROP, ERROR, KEEP_TOGETHER = "allow", "drop", "error", "keep_together"


@dataclass(frozen=True)
class CheckSpec:
    """The declaration of a check, whose body is the module of its name.

    Attributes:
        doc: what it finds.
        actions: what may be done, the default first: ``allow`` tells of it; ``drop`` leaves pictures out;
            ``error`` ends the run; ``keep_together`` lets no split divide pictures, and is an error where a given test
            split holds pictures of training.
        former: what studies did that were recorded before there was the check.
        of_texts: what it finds in texts, where that is said otherwise.
        looks_at: the inputs in which it looks for something.
    """

    doc: str
    actions: tuple[str, ...]
    former: str = ALLOW
    of_texts: str = ""
    looks_at: tuple[str, ...] = ("pictures", "texts")

    @property
    def default(self) -> str:
        return self.actions[0]


_COPIES = (KEEP_TOGETHER, DROP, ERROR, ALLOW)
_PICTURES = (ALLOW, DROP, ERROR)
_TOLD = (ALLOW, ERROR)
_IN_PICTURES = ("pictures",)

CHECKS: Table[CheckSpec] = Table("check")
CHECKS.add("unreadable", CheckSpec("files that cannot be read", (DROP, ERROR), former=DROP))
CHECKS.add("missing", CheckSpec("rows of a table with an empty cell", (ERROR, DROP), former=ERROR))
CHECKS.add(
    "duplicates",
    CheckSpec("the same picture twice, by its bytes or its pixels", _COPIES, of_texts="the same text twice"),
)
CHECKS.add(
    "near_duplicates",
    CheckSpec("nearly the same picture twice, as resized or encoded again", _COPIES, looks_at=_IN_PICTURES),
)
CHECKS.add("conflicting_labels", CheckSpec("copies of one picture with other labels", _PICTURES))
CHECKS.add("groups", CheckSpec("groups of pictures that a given split divides", _TOLD))
CHECKS.add("low_information", CheckSpec("blank pictures", _PICTURES, of_texts="texts without a letter or digit"))
CHECKS.add("dark", CheckSpec("pictures without a bright spot", _PICTURES, looks_at=_IN_PICTURES))
CHECKS.add(
    "odd_size",
    CheckSpec(
        "pictures that are far smaller than the others", _PICTURES, of_texts="texts that are far longer than the others"
    ),
)
CHECKS.add(
    "odd_aspect_ratio",
    CheckSpec("pictures that are far wider or higher than they are high or wide", _PICTURES, looks_at=_IN_PICTURES),
)
CHECKS.add("grayscale", CheckSpec("grey pictures among coloured ones", _PICTURES, looks_at=_IN_PICTURES))
CHECKS.add(
    "unknown_words",
    CheckSpec("words of validation and test texts that no training text has", _TOLD, looks_at=("texts",)),
)
CHECKS.add(
    "other_scripts",
    CheckSpec("texts that are mainly in another script than most are", _PICTURES, looks_at=("texts",)),
)
CHECKS.add("class_names", CheckSpec("names of classes that look alike, read as missing, or are no UTF-8", _TOLD))
CHECKS.add("imbalance", CheckSpec("classes of which there are many more pictures than of others", _TOLD))
CHECKS.add(
    "shift", CheckSpec("splits whose pictures differ in brightness, size or classes", _TOLD, looks_at=_IN_PICTURES)
)
