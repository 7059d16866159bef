"""How a worker gets features: it computes, waits or takes, as the table says; on a table in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ray.exceptions import ActorDiedError, GetTimeoutError, ObjectLostError, RayTaskError

from cnnsearch.cache import told
from cnnsearch.data.stages import Pixels
from cnnsearch.errors import RayLostError, TrialError
from cnnsearch.networks.cuts import Cut
from cnnsearch.sweep.cluster import waiting
from cnnsearch.sweep.stages import stages as module
from cnnsearch.sweep.stages.kept_features import KeptFeatures
from cnnsearch.sweep.stages.stages import Stages
from cnnsearch.training.features.features import Features, Prefix, PrefixCost

SETTINGS = (("backbone", "mobilenet"), ("backbone_alpha", 0.25), ("weights", "none"))
SHALLOW, DEEP = (
    Prefix(
        "transfer",
        SETTINGS,
        (4, 4, 3),
        "uint8",
        (1.0,),
        (0.0,),
        (0.0, 255.0),
        Cut((at,), ((2,),), at, at / 10),
        "float32",
    )
    for at in (3, 7)
)
X, Y = np.zeros((1, 4, 4, 3), np.uint8), np.zeros(1, np.int32)
PICTURES = Pixels(X, Y, X, Y, ("a", "b"))


class Lost:
    """A reference to what is no longer there."""


class Slow:
    """A reference to what is still being computed."""


class Table:
    """The actor's methods as they are called of an actor; references are what they refer to."""

    def __init__(self) -> None:
        self.features = KeptFeatures(2**20, lambda computed: computed)
        self.heard: list[str] = []
        for name in ("claim", "renew", "release", "forget"):
            setattr(self, name, self._method(name, getattr(self.features, name)))
        self.keep = self._method("keep", lambda *given: [self.features.keep(*given)])
        self.copied_features = self._method("copied_features", lambda prefix: [self.features.copy(prefix)])
        self.told: list[Any] = []
        self.tell = self._method("tell", self.told.extend)
        self.troubles = self._method("troubles", lambda: self.told)

    def _method(self, name: str, call: Callable[..., Any]) -> Any:
        def remote(*given: Any) -> Any:
            self.heard.append(name)
            return call(*given)

        return type("Method", (), {"remote": staticmethod(remote)})


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    def get(reference: Any, timeout: float) -> Any:
        assert timeout > 0, "nothing is waited for without end"
        if isinstance(reference, Lost):
            raise ObjectLostError("0" * 56, "", "")
        if isinstance(reference, Slow):
            raise GetTimeoutError
        if isinstance(reference, Exception):
            raise reference
        return reference

    for each in (module, waiting):
        monkeypatch.setattr(each, "ray", SimpleNamespace(get=get))
    return Table()


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Prefix, Any]]:
    """What was computed, and from what; instead of doing so."""
    found: list[tuple[Prefix, Any]] = []

    def compute(_: Any, prefix: Prefix, __: Pixels, earlier: Any) -> Features:
        found.append((prefix, earlier))
        return features()

    monkeypatch.setattr(module, "cached_features", compute)
    return found


class Given:
    """A table that gives one reference after another for the pixels, and has not heard of their task for a while."""

    def __init__(self, *references: Any, silence: float = 0.0) -> None:
        self.left = list(references)
        self.dropped: list[Any] = []
        self.pixels = self.method(lambda _: [self.left.pop(0)])
        self.drop = self.method(self.dropped.append)
        self.silence = self.method(lambda _: silence)
        self.uses: Any = None

    @staticmethod
    def method(call: Callable[..., Any]) -> Any:
        return type("Method", (), {"remote": staticmethod(call)})


def features() -> Features:
    x = (np.zeros((1, 2), np.float32),)
    return Features(x, Y, x, Y, 1, PrefixCost(0.1, 0.2, 0.3))


def test_the_first_worker_computes_and_the_next_one_takes(table: Table, computed: list[Any]) -> None:
    first = Stages(table).features(SHALLOW, PICTURES)
    assert Stages(table).features(SHALLOW, PICTURES) is first
    assert computed == [(SHALLOW, None)]
    (use,) = table.features.uses
    assert (use.computed, use.asked) == (1, 2)


def test_another_worker_waits_and_takes_what_it_did_not_compute(
    table: Table, computed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = features()
    table.features.claim(SHALLOW, "another")
    asleep = []

    def sleep(seconds: float) -> None:
        asleep.append(seconds)
        if len(asleep) == 3:
            table.features.keep(SHALLOW, kept)

    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=sleep))
    assert Stages(table).features(SHALLOW, PICTURES) is kept
    assert len(asleep) == 3
    assert computed == []


def test_it_starts_from_a_shallower_prefix(table: Table, computed: list[Any]) -> None:
    shallow = Stages(table).features(SHALLOW, PICTURES)
    Stages(table).features(DEEP, PICTURES)
    assert computed[1] == (DEEP, (SHALLOW, shallow))


def test_or_from_the_pictures_where_the_shallower_one_is_lost(table: Table, computed: list[Any]) -> None:
    Stages(table).features(SHALLOW, PICTURES)
    table.features._kept[SHALLOW] = Lost()
    Stages(table).features(DEEP, PICTURES)
    assert computed[1] == (DEEP, None)


def test_what_is_lost_is_computed_again(table: Table, computed: list[Any]) -> None:
    Stages(table).features(SHALLOW, PICTURES)
    table.features._kept[SHALLOW] = Lost()
    assert isinstance(Stages(table).features(SHALLOW, PICTURES), Features)
    assert table.heard.count("forget") == 1
    assert [prefix for prefix, _ in computed] == [SHALLOW, SHALLOW]


def test_a_worker_that_fails_gives_its_claim_up(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> Features:
        raise TrialError("no weights")

    monkeypatch.setattr(module, "cached_features", fail)
    with pytest.raises(TrialError, match="no weights"):
        Stages(table).features(SHALLOW, PICTURES)
    assert table.heard == ["claim", "release"]
    assert table.features.claim(SHALLOW, "another") == ("compute", [])


def test_while_it_computes_the_table_hears_of_it(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    def compute(*_: Any) -> Features:
        for _ in range(1000):  # until the thread that says so has come to it
            if table.heard.count("renew") >= 2:
                return features()
            time.sleep(0.01)
        return pytest.fail("nothing was heard")

    monkeypatch.setattr(module, "_RENEWED", 0.001)
    monkeypatch.setattr(module, "cached_features", compute)
    Stages(table).features(SHALLOW, PICTURES)
    assert table.heard[-1] in ("keep", "renew")


class OnDisk(Features):
    """Features in a file of another machine."""

    is_mapped = True  # type: ignore[assignment]
    is_here = False  # type: ignore[assignment]

    def in_memory(self) -> Features:
        return features()


def on_disk() -> OnDisk:
    of = features()
    return OnDisk(of.x_train, of.y_train, of.x_validation, of.y_validation, 1, of.cost)


def test_a_node_without_the_file_gets_a_copy(table: Table, computed: list[Any]) -> None:
    table.features.keep(SHALLOW, on_disk())
    assert table.features.bytes == 0, "they take no memory"
    found = Stages(table).features(SHALLOW, PICTURES)
    assert type(found) is Features
    assert table.features.bytes == found.bytes
    assert Stages(table).features(SHALLOW, PICTURES) is found
    assert table.heard.count("copied_features") == 1
    assert computed == []


def test_features_whose_file_is_lost_are_computed_again(table: Table, computed: list[Any]) -> None:
    table.features.keep(SHALLOW, on_disk())
    table.copied_features = table._method("copied_features", lambda _: [])
    assert type(Stages(table).features(SHALLOW, PICTURES)) is Features
    assert computed == [(SHALLOW, None)]
    assert table.heard.count("forget") == 1


def test_files_of_another_node_are_sent_to_the_table(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []

    def keep(_: Prefix, found: Features) -> list[Any]:
        kept.append(found)
        return [found] if found.is_here else []

    monkeypatch.setattr(module, "cached_features", lambda *_: on_disk())
    table.keep = table._method("keep", keep)
    found = Stages(table).features(SHALLOW, PICTURES)
    assert [type(each) for each in kept] == [OnDisk, Features]
    assert found is kept[1]


def test_what_is_wrong_with_a_workers_cache_is_told_by_the_driver(
    table: Table, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def compute(*_: Any) -> Features:
        told.tell(Path("kept"), "is full")
        return features()

    monkeypatch.setattr(told, "_TOLD", set())
    monkeypatch.setattr(module, "cached_features", compute)
    stages = Stages(table)
    stages.features(SHALLOW, PICTURES)
    stages.cached(DEEP, PICTURES)
    assert caplog.text == ""
    stages.tell()
    assert caplog.text.count("cache kept: is full; this costs time, and changes no result") == 1


@pytest.mark.usefixtures("table")
def test_pixels_that_are_lost_with_their_owner_are_asked_for_again() -> None:
    given = Given(Lost(), RayTaskError("pixels", "", ObjectLostError("0" * 56, "", "")), PICTURES)
    assert Stages(given).pixels((4, 4)) is PICTURES
    assert given.dropped == [("pixels", (4, 4))] * 2


@pytest.mark.usefixtures("table")
def test_what_is_lost_again_and_again_is_no_fault_of_a_trial() -> None:
    with pytest.raises(RayLostError, match=r"Ray has lost what trials are fed with \(ObjectLostError: "):
        Stages(Given(*[Lost() for _ in range(5)])).pixels(None)


@pytest.mark.usefixtures("table")
def test_an_error_of_the_data_is_raised_as_it_was() -> None:
    with pytest.raises(OSError, match="no such picture"):
        Stages(Given(RayTaskError("pixels", "", OSError("no such picture")))).pixels(None)


@pytest.mark.usefixtures("table")
def test_work_may_take_its_time_but_not_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    working = Given(Slow())
    get = waiting.ray.get

    def finished(reference: Any, timeout: float) -> Any:
        asked.append(reference)
        if isinstance(reference, Slow) and len(asked) > 20:
            return PICTURES
        return get(reference, timeout)

    monkeypatch.setattr(waiting, "ray", SimpleNamespace(get=finished))
    assert Stages(working).pixels(None) is PICTURES
    asked.clear()
    with pytest.raises(RayLostError, match="nothing was heard of the process that prepares the data for 300 s"):
        Stages(Given(Slow(), silence=301.0)).pixels(None)


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Slow(), "the table of the prepared data has not answered for 300 s"),
        (ActorDiedError(), r"Ray has lost what trials are fed with \(ActorDiedError: The actor died"),
    ],
)
def test_a_table_that_is_gone_for_good(answer: Any, said: str) -> None:
    given = Given()
    given.pixels = given.method(lambda _: answer)
    with pytest.raises(RayLostError, match=said):
        Stages(given).pixels(None)


@pytest.mark.usefixtures("table")
def test_a_table_that_never_started_does_not_keep_the_sweep_from_its_end() -> None:
    given = Given()
    given.uses = given.method(Slow)
    with pytest.raises(RayLostError, match="has not answered for 20 s"):
        Stages(given).uses()
