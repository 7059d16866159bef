"""The page: what the best of each search tells of the test pictures, and how far apart they are on the same ones."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.blocks.searches import SIDES
from benchmarks.fashion import TEST
from benchmarks.results import as_table
from cnnsearch.report.statistics.uncertainty import paired_interval, paired_p_value, wilson

__all__ = ["Setting", "render"]

_INTRO = f"""# Modern blocks and Vision Transformers

Three searches on the same pictures of Fashion-MNIST, splits, epochs, trials and seed: `cnn`, plain networks as of
`search_spaces/fashion_mnist_cnn.yaml`; `blocks`, residual, separable and plain blocks with attention, as of
`fashion_mnist_blocks.yaml`; `vit`, as of `fashion_mnist_vit.yaml`. A fifth of the pictures validates. One trial at a
time on one thread, an epoch is one pass, without patience of its own: `asha` stops weak trials. The winner was trained
again on all these pictures, and read Keras's {TEST:,} test pictures once.

    python -m benchmarks blocks

**What was found**: on 12,000 pictures the space of blocks is worth a point, but what wins in it are plain blocks with
more filters than the best plain network has. On 2,000 pictures nothing can be told. `vit` is 4 to 6 points below both.

Intervals are of 95 %, as the report has them: Wilson's of one network, and of two on the same pictures that of
Agresti and Min, with McNemar's exact test. They tell what other pictures would change, and nothing of what another seed
would."""

_WINNERS = ("search", "accuracy on the test split", "95 %", "validation", "parameters", "trials", "epochs", "minutes")

_PAIRS = ("searches", "only the first right", "only the second right", "difference", "95 %", "p")


class Setting(NamedTuple):
    """What is the same for all sides."""

    pictures: int
    epochs: int
    trials: int
    seed: int

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Setting:
        return cls(*(line[name] for name in cls._fields))


def render(lines: Sequence[Mapping[str, Any]]) -> str:
    """The page in Markdown, a section for each setting; of a side that was measured again the last line."""
    found: dict[Setting, dict[str, Mapping[str, Any]]] = {}
    for line in lines:
        found.setdefault(Setting.of(line), {})[line["side"]] = line
    return "\n\n".join([_INTRO, *(_section(setting, of) for setting, of in found.items())]) + "\n"


def _section(setting: Setting, found: Mapping[str, Mapping[str, Any]]) -> str:
    sides = [name for name in SIDES if name in found]
    first = min(line["began"] for line in found.values())
    told = (
        f"## {setting.pictures:,} pictures, {setting.trials} trials of up to {setting.epochs} epochs\n\n"
        f"Begun {first[:10]}, seed {setting.seed}. "
        "Minutes are of the clock, and say little where other work ran beside."
    )
    pairs = [_pair(found[one], found[other]) for one, other in itertools.combinations(sides, 2)]
    winners = as_table(_WINNERS, [_winner(found[name]) for name in sides])
    configs = [f"- `{name}`: {_config(found[name]['config'])}" for name in sides]
    return "\n\n".join([told, winners.rstrip(), as_table(_PAIRS, pairs).rstrip(), "What won:", "\n".join(configs)])


def _winner(line: Mapping[str, Any]) -> tuple[str, ...]:
    within = wilson(line["test"], TEST)
    return (
        line["side"],
        f"{line['test']:.4f}",
        f"{within.low:.4f} to {within.high:.4f}",
        f"{line['validation']:.4f}",
        f"{line['parameters']:,}",
        ", ".join(f"{count} {state.lower()}" for state, count in line["ended"].items()),
        str(line["trained_epochs"]),
        f"{line['minutes']:g}",
    )


def _pair(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    right, others_right = _right(one), _right(other)
    difference, low, high = paired_interval(right, others_right)
    return (
        f"{one['side']} against {other['side']}",
        str(int((right & ~others_right).sum())),
        str(int((~right & others_right).sum())),
        f"{difference:+.4f}",
        f"{low:+.4f} to {high:+.4f}",
        f"{paired_p_value(right, others_right):.2g}",
    )


def _right(line: Mapping[str, Any]) -> np.ndarray:
    right = np.ones(TEST, bool)
    right[line["wrong"]] = False
    return right


def _config(config: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in config.items()
    )
