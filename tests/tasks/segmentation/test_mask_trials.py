"""Trials of masks: as Keras trains them, however they are fed, with masks that follow their pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
import tiny

from cnnsearch.data.stages import Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.tasks.segmentation import losses
from cnnsearch.tasks.segmentation.masks import VOID
from cnnsearch.training.feeds.feed import Feed
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.programs.program import Program
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.programs.structure import Structure
from cnnsearch.training.trainer import Trainer

PIXELS = tiny.MASKED
SCALING: Scaling = tiny.SCALING


def searched(space: dict[str, Any], **keys: Any) -> Experiment:
    return tiny.experiment(space, "unet", task="segmentation", dataset={"source": "digit_scenes"}, **keys)


def trainer(made: Experiment, programs: Programs | None = None, feed: Feed | None = None, **config: Any) -> Trainer:
    feeds = Feeds()
    if feed is not None:
        feeds.pictures = lambda _: feed  # type: ignore[method-assign]
    return Trainer(made, tiny.filled(made, config), PIXELS, SCALING, 1, programs, feeds)


def curve(of: Trainer) -> list[tuple[float, ...]]:
    while of.end_reason is None:
        of.run_epoch()
    return [tuple(epoch.values.values()) for epoch in of.epochs]


CASES = {
    "both losses, transposed": {"mask_loss": "cross_entropy_dice", "batch_size": 50},
    "focal, bilinear, without skips and normalisation": {
        **{"mask_loss": "focal", "upsampling": "bilinear", "skip_connections": False, "batch_normalization": False},
        **{"batch_size": 64, "l2": 0.01},
        **{"depth": 2, "decoder_output_stride": 2},
    },
}


SLOW = pytest.mark.exhaustive  # cross-entropy and Dice by themselves: test_mask_parts.py
FIRST, SECOND = CASES


@pytest.mark.parametrize("case", [pytest.param(FIRST, marks=SLOW), SECOND])
def test_a_program_trains_what_fit_trains(case: str) -> None:
    """On the same batches; what differs is rounding, which training makes larger."""
    made = searched({"depth": 1, **CASES[case]})
    config = tiny.filled(made)
    structure = Structure.of(made, config, PIXELS, SCALING)
    program, model, told = tiny.beside_fit(structure, config, PIXELS)
    np.testing.assert_allclose(*zip(*told, strict=True), rtol=2e-4)
    loss, judged = program.evaluate(tiny.whole(PIXELS.x_validation, PIXELS.y_validation))
    outputs = tiny.answers(model, PIXELS.x_validation)
    assert (judged["masks"] == outputs.argmax(axis=-1)).mean() > 0.99
    known = losses.known_pixels(tf.constant(PIXELS.y_validation))
    expected = losses.cross_entropy(tf.constant(outputs), *known).numpy().mean() + float(sum(map(float, model.losses)))
    assert loss == pytest.approx(expected, rel=2e-3)


def test_a_program_that_is_used_again_is_as_a_new_one() -> None:
    made = searched(
        {"learning_rate": {"float": [0.001, 0.02]}, "tversky_misses": {"float": [0.5, 0.9]}, "mask_loss": "tversky"}
    )
    programs = Programs()
    curve(trainer(made, programs, learning_rate=0.02, tversky_misses=0.5))
    config = {"learning_rate": 0.005, "tversky_misses": 0.8}
    again = trainer(made, programs, **config)
    assert not again.is_compiled
    assert curve(again) == curve(trainer(made, **config))


@pytest.fixture(scope="module")
def programs() -> Programs:
    """Of tests that train one structure: each would compile it anew."""
    return Programs()


def test_what_is_fed_in_pieces_gives_the_same(programs: Programs) -> None:
    made = searched({"batch_size": 32})
    assert curve(trainer(made, programs)) == curve(trainer(made, programs, Feed(PIXELS, is_copied=False)))


def test_masks_follow_their_pictures_and_what_was_outside_is_void() -> None:
    """The masks are what the brightness of the pixels says, before and after."""
    made = searched(
        {"random_translation": 0.4, "random_flip": "both", "fill_mode": "constant", "random_brightness": 0.0}
    )
    config = tiny.filled(made)
    program = Program(Structure.of(made, config, PIXELS, SCALING), 1)
    program.set_values({name: config[name] for name in program.values})
    masks = np.zeros_like(PIXELS.y_train)
    masks[:, 1:4, 2:5] = 1
    x = np.repeat(masks[..., np.newaxis], 2, axis=-1) * np.uint8(200)
    pictures, moved = program._augment(tf.constant(x), tf.constant(masks), tf.constant([3, 4], tf.int64))
    pictures, moved = np.asarray(pictures)[..., 0], np.asarray(moved)
    assert (moved != masks).any()
    assert ((pictures > 100) == (moved == 1))[moved != VOID].mean() > 0.97  # half a pixel is either
    assert 0.05 < (moved == VOID).mean() < 0.6
    assert (pictures[moved == VOID] <= 100).all()


def test_a_checkpoint_goes_on_to_the_same_end(programs: Programs) -> None:
    made = searched({"batch_size": 32})
    first = trainer(made, programs)
    first.run_epoch()
    again = Trainer(made, tiny.filled(made), PIXELS, SCALING, 1, programs, checkpoint=first.checkpoint())
    assert curve(again) == curve(trainer(made, programs))


@pytest.mark.parametrize("stride", [1, 2])
def test_pictures_of_any_size_are_told_whole(stride: int) -> None:
    """Those that cannot be halved so often are padded within the network."""
    from cnnsearch.families import find_family

    family = find_family("unet")
    config = tiny.filled(searched({"depth": 2, "filters": 2, "decoder_output_stride": stride}))
    for sides in ((4, 4), (5, 7), (13, 6)):
        model = family.build(config, (*sides, 1), 3, 1.0, 0.0)
        assert model.output_shape == (None, *sides, 3)
        assert model.count_params() == family.count(config, (*sides, 1), 3)
