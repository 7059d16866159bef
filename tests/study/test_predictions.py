"""Predictions in half precision decide as the trial did."""

from __future__ import annotations

import numpy as np
import pytest

from cnnsearch.study.hidden_tokens import HiddenTokens
from cnnsearch.study.predictions import from_bytes, hidden_from_bytes, items_from_bytes, to_bytes
from cnnsearch.tasks.classification.predictions import ClassPredictions
from cnnsearch.tasks.classification.spec import CLASSIFICATION


def archive(labels: np.ndarray, probabilities: np.ndarray) -> bytes:
    return to_bytes(ClassPredictions(labels, probabilities))


def again(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    kept = from_bytes(content, CLASSIFICATION)
    assert isinstance(kept, ClassPredictions)
    return kept.labels, kept.probabilities


def test_the_class_that_was_decided_is_still_the_largest() -> None:
    """So near to each other that float16 does not tell most of them apart, in any place of the row."""
    rng = np.random.default_rng(0)
    near = 1 / 50 + 1e-6 * rng.random((4000, 50))
    two = np.zeros((4000, 50))
    two[:, [7, 31]] = 0.5 + 1e-5 * rng.standard_normal((4000, 1)) * [[1, -1]]
    probabilities = np.concatenate([near, two, np.eye(50)]).astype(np.float32)
    assert (probabilities.astype(np.float16).argmax(axis=1) != probabilities.argmax(axis=1)).sum() > 4000
    labels = rng.integers(0, 50, len(probabilities))
    kept_labels, kept = again(archive(labels, probabilities))
    assert kept.dtype == np.float16
    np.testing.assert_array_equal(kept_labels, labels)
    np.testing.assert_array_equal(kept.argmax(axis=1), probabilities.argmax(axis=1))
    np.testing.assert_allclose(kept, probabilities, atol=5e-4)
    np.testing.assert_array_equal(kept[-50:], np.eye(50))


def test_what_float16_tells_apart_is_rounded_and_nothing_else() -> None:
    probabilities = np.float32([[0.7, 0.2, 0.1], [0.2, 0.2, 0.6], [0.4, 0.4, 0.2], [np.nan, np.nan, np.nan]])
    kept = again(archive(np.zeros(4, int), probabilities))[1]
    np.testing.assert_array_equal(kept, probabilities.astype(np.float16))


def test_other_content_is_refused() -> None:
    whole = archive(np.zeros(1, int), np.ones((1, 2), np.float32))
    for content in (whole[: len(whole) // 2], b"", whole[:60] + bytes(20) + whole[80:]):
        with pytest.raises(ValueError):  # noqa: PT011 - zipfile's and NumPy's own words
            again(content)
    with pytest.raises(ValueError, match=r"holds arrays of the shapes \(3,\) and \(1, 2\)"):
        again(archive(np.zeros(3, int), np.ones((1, 2), np.float32)))


def test_more_than_a_hundred_times_its_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = archive(np.zeros(500_000, int), np.zeros((500_000, 2), np.float32))
    assert len(again(content)[0]) == 500_000
    monkeypatch.setattr("cnnsearch.unzipping.UNSUSPECTED", 0)
    with pytest.raises(ValueError, match="times its own size, and beyond 100 times that is refused"):
        again(content)


def test_what_is_kept_can_be_read_however_small_it_becomes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As large masks of one class."""
    whole = archive(np.zeros(500_000, int), np.zeros((500_000, 2), np.float32))
    monkeypatch.setattr("cnnsearch.unzipping.UNSUSPECTED", 0)
    padded = archive(np.zeros(500_000, int), np.zeros((500_000, 2), np.float32))
    assert len(whole) < len(padded) < 100_000
    assert len(again(padded)[0]) == 500_000


class TestWhatEachPictureContributes:
    kept = ClassPredictions(np.arange(4) % 2, np.float32([[0.75, 0.25]] * 4))

    def test_is_kept_of_a_metric_of_the_users_own(self) -> None:
        content = to_bytes(self.kept, "own_metrics:cost")
        assert items_from_bytes(content, 4) == pytest.approx([0.0, 2.0, 0.0, 2.0])
        assert again(content)[0].tolist() == [0, 1, 0, 1]

    @pytest.mark.parametrize("objective", [None, "val_kappa", "own_metrics:failing"])
    def test_is_not_kept_where_it_need_not_be_or_cannot(self, objective: str | None) -> None:
        content = to_bytes(self.kept, objective)
        assert items_from_bytes(content, 4) is None
        assert content == to_bytes(self.kept)

    def test_of_other_pictures_it_is_refused(self) -> None:
        with pytest.raises(ValueError, match="items of the shape"):
            items_from_bytes(to_bytes(self.kept, "own_metrics:cost"), 5)


def test_hidden_tokens_are_kept_beside_predictions() -> None:
    predictions = ClassPredictions(np.array([0, 1]), np.eye(2, dtype=np.float32))
    hidden = HiddenTokens(np.array([1]), np.float32([[0.5, 0.0]]))
    content = to_bytes(predictions, hidden=hidden)
    assert again(content)[0].tolist() == [0, 1]
    kept = hidden_from_bytes(content)
    assert kept is not None
    assert (kept.of_text(1), kept.of_text(0)) == ([0.5, 0.0], None)
    assert hidden_from_bytes(to_bytes(predictions)) is None
    with pytest.raises(ValueError, match="hidden tokens of the shapes"):
        HiddenTokens.of({**hidden.arrays, "hidden_losses": np.zeros(3)})
