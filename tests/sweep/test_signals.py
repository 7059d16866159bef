"""Signals at any moment of a command, sent to this very process: what they raise, call, print and end."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnsearch import cli
from cnnsearch.errors import InputError, Problem, SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.places import Places
from cnnsearch.study import Study
from cnnsearch.sweep import continuation, driver, findings, run
from cnnsearch.sweep.cluster.outage import Outage
from cnnsearch.sweep.signals import Interrupted, Stop, deferred, heeded, say, shielded, was_asked

ENDING = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """The terminal of whoever runs the tests has its handlers back; none of the signals is ignored meanwhile."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class Left(BaseException):
    """In place of the end of the process."""


class Ticking:
    """A clock that tests set; and a process that does not end."""

    def __init__(self) -> None:
        self.now = 100.0
        self.codes: list[int] = []

    def stop(self) -> Stop:
        return Stop(lambda: self.now, self.leave)

    def leave(self, code: int) -> None:
        self.codes.append(code)
        raise Left


class TestBeforeThereIsAStudy:
    @pytest.mark.parametrize("number", ENDING)
    def test_the_first_signal_ends_the_command(self, number: int) -> None:
        with pytest.raises(Interrupted), heeded() as stop:
            signal.raise_signal(number)
        assert stop.raised
        assert stop.says == "interrupted"

    def test_what_must_be_whole_is_done_first(self) -> None:
        done = []

        def work() -> None:
            with deferred():
                signal.raise_signal(signal.SIGTERM)
                done.append("whole")
            done.append("more")

        with pytest.raises(Interrupted), heeded():
            work()
        assert done == ["whole"]

    def test_an_exception_that_was_swallowed_is_raised_again(self) -> None:
        def swallow() -> None:
            with contextlib.suppress(BaseException):
                signal.raise_signal(signal.SIGTERM)
            with deferred():
                pass

        with pytest.raises(Interrupted), heeded():
            swallow()

    def test_one_that_python_cannot_raise_is_raised_again(self, capsys: pytest.CaptureFixture[str]) -> None:
        class Unlucky:
            def __del__(self) -> None:
                signal.raise_signal(signal.SIGTERM)

        def work() -> None:
            Unlucky()
            time.sleep(20)

        began = time.monotonic()
        with pytest.raises(Interrupted), heeded():
            work()
        assert time.monotonic() - began < 10
        assert "Traceback" not in capsys.readouterr().err

    def test_a_library_of_its_own_handlers_does_not_keep_them(self) -> None:
        waited = []

        def work() -> None:
            with shielded():
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(15))
                signal.raise_signal(signal.SIGTERM)
                waited.append(True)

        with pytest.raises(Interrupted), heeded():
            work()
        assert waited


class TestOnceThereIsAStudy:
    def test_it_is_a_wish(self) -> None:
        with heeded() as stop:
            stop.begin("/studies/one")
            assert not was_asked()
            signal.raise_signal(signal.SIGHUP)
            assert was_asked()
        assert not stop.raised

    def test_who_works_is_told(self) -> None:
        told: list[str] = []
        with heeded() as stop:
            stop.begin("/studies/one")
            with stop.calling(lambda: told.append("first")):
                signal.raise_signal(signal.SIGINT)
        assert told == ["first"]

    def test_who_begins_to_work_later_is_told_at_once(self) -> None:
        told: list[str] = []
        with heeded() as stop:
            stop.begin("/studies/one")
            signal.raise_signal(signal.SIGINT)
            with stop.calling(lambda: told.append("first")):
                assert told == ["first"]


class TestTheSecondOne:
    def test_ends_the_process_at_once_and_says_how_to_go_on(self, capfd: pytest.CaptureFixture[str]) -> None:
        ticking = Ticking()
        stop = ticking.stop()
        stop.begin("/studies/it's one")
        stop.handle(signal.SIGTERM)
        ticking.now += 1
        with pytest.raises(Left):
            stop.handle(signal.SIGTERM)
        assert ticking.codes == [130]
        assert capfd.readouterr().err == "\nended at once; to go on: cnnsearch resume '/studies/it'\"'\"'s one'\n"

    def test_also_while_the_first_one_is_on_its_way(self, capfd: pytest.CaptureFixture[str]) -> None:
        ticking = Ticking()
        stop = ticking.stop()
        with pytest.raises(Interrupted):
            stop.handle(signal.SIGINT)
        with pytest.raises(Left):
            stop.handle(signal.SIGTERM)
        assert capfd.readouterr().err == "\nended at once\n"

    @pytest.mark.parametrize(("after", "codes"), [(0.2, []), (0.3, [130])])
    def test_the_same_one_a_moment_later_is_an_echo(self, after: float, codes: list[int]) -> None:
        ticking = Ticking()
        stop = ticking.stop()
        stop.begin("/studies/one")
        stop.handle(signal.SIGTERM)
        ticking.now += after
        with contextlib.suppress(Left):
            stop.handle(signal.SIGTERM)
        assert ticking.codes == codes

    def test_may_be_something_else(self) -> None:
        told: list[str] = []
        stop = Ticking().stop()
        with stop.calling(lambda: told.append("first"), lambda: told.append("again")):
            stop.handle(signal.SIGINT)
            stop.handle(signal.SIGTERM)
        assert told == ["first", "again"]

    def test_when_all_is_over_the_exit_code_stays(self) -> None:
        ticking = Ticking()
        stop = ticking.stop()
        stop.over(1)
        with pytest.raises(Left):
            stop.handle(signal.SIGTERM)
        assert ticking.codes == [1]


class TestWhoseSignals:
    def test_handlers_are_what_they_were(self) -> None:
        before = [signal.getsignal(number) for number in ENDING]
        with heeded():
            assert [signal.getsignal(number) for number in ENDING] != before
        assert [signal.getsignal(number) for number in ENDING] == before

    def test_a_hangup_that_is_ignored_stays_so(self) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup has it
        with heeded():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN

    def test_within_a_command_there_is_one(self) -> None:
        with heeded() as outer, heeded() as inner:
            assert inner is outer
            say("told")
            assert outer.says == "told"

    def test_a_thread_handles_none(self) -> None:
        before = signal.getsignal(signal.SIGINT)
        seen: list[Any] = []

        def work() -> None:
            with heeded(), deferred(), shielded():
                seen.append(signal.getsignal(signal.SIGINT))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert seen == [before]
        assert not was_asked()

    def test_a_terminal_that_has_closed_is_let_go_of(self) -> None:
        pty = pytest.importorskip("pty")
        master, slave = pty.openpty()
        kept = os.dup(2)
        try:
            os.dup2(slave, 2)
            os.close(slave)
            os.close(master)
            with pytest.raises(OSError, match="Input/output"):
                os.write(2, b"lost")
            stop = Stop()
            stop.begin("/studies/one")
            stop.handle(signal.SIGHUP)
            os.write(2, b"lost")
        finally:
            os.dup2(kept, 2)
            os.close(kept)


class TestTheCommandLine:
    """What :func:`cnnsearch.cli.main` makes of it, whatever the libraries on the way have made of the exception."""

    @pytest.mark.parametrize("way", [lambda: None, lambda: sys.exit(1), lambda: 1 / 0], ids=["as is", "exit", "error"])
    def test_one_sentence_and_the_exit_code_of_an_interruption(
        self, way: Callable[[], object], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def command() -> None:
            say("interrupted before there was a study: nothing is left of it")
            try:
                signal.raise_signal(signal.SIGTERM)
            except KeyboardInterrupt:
                way()
                raise

        assert self.run(command, monkeypatch) == 130
        assert capsys.readouterr().err == "interrupted before there was a study: nothing is left of it\n"

    @pytest.mark.parametrize(("code", "expected"), [(0, 0), (None, 0), (2, 2), ("text", 1)])
    def test_otherwise_its_own_exit_code(
        self, code: object, expected: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run(lambda: sys.exit(code), monkeypatch) == expected  # type: ignore[arg-type]
        assert capsys.readouterr().err == ""

    def run(self, command: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> object:
        monkeypatch.setattr("cnnsearch.cli.app.main", command)
        with heeded() as stop:
            monkeypatch.setattr(cli, "take_over", lambda: stop)
            with pytest.raises(SystemExit) as ended:
                cli.main()
        return ended.value.code


class TestASweep:
    """The driver's steps, with a Ray and a Tune that do nothing: a signal in each of them."""

    @pytest.fixture
    def at(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
        """Sends SIGTERM when the step of that name is done."""
        from cnnsearch.sweep.cluster import node_check, nodes
        from cnnsearch.sweep.stages import stages
        from cnnsearch.sweep.tune import tuning

        fake = SimpleNamespace(uses=list, tell=lambda: None, close=lambda: None)

        def tune(*arguments: Any) -> str | None:
            asked: list[str] = []
            stop = next(each for each in arguments if isinstance(each, Stop))
            with stop.calling(lambda: asked.append("interrupted")):
                steps["tune"]()
            return asked[0] if asked else None

        steps: dict[str, Callable[[], None]] = {"tune": lambda: None}
        replaced: dict[str, tuple[Any, str, Callable[..., Any]]] = {
            "load": (findings, "load_data", findings.load_data),
            "connect": (run, "connected", lambda *_, **__: contextlib.nullcontext()),
            "nodes": (node_check, "check_nodes", lambda *_: None),
            "study": (run, "start_study", run.start_study),
            "stages": (stages, "started_stages", lambda *_: contextlib.nullcontext(fake)),
            "tracking": (driver, "start_tracking", driver.start_tracking),
            "end": (driver, "end_study", driver.end_study),
        }
        for module, name, act in replaced.values():
            monkeypatch.setattr(module, name, act)
        monkeypatch.setattr(nodes, "find_places", lambda _: Places.counted(1))
        monkeypatch.setattr(tuning, "tune_trials", tune)
        monkeypatch.setattr(driver, "find_dashboard", lambda: None)
        monkeypatch.setattr(findings.Outage, "of_this_process", lambda: Outage(list, lambda: True))

        def send(step: str) -> None:
            def then_signal(*arguments: Any, **options: Any) -> Any:
                found = act(*arguments, **options)
                signal.raise_signal(signal.SIGTERM)
                return found

            if step == "tune":
                steps["tune"] = lambda: signal.raise_signal(signal.SIGTERM)
            else:
                module, name, act = replaced[step]
                monkeypatch.setattr(module, name, then_signal)

        return send

    @pytest.mark.parametrize("step", ["load", "nodes"])
    def test_before_there_is_a_study_nothing_is_left(
        self, step: str, at: Callable[[str], None], small: Callable[..., Experiment], tmp_path: Path
    ) -> None:
        at(step)
        with pytest.raises(KeyboardInterrupt):
            run.run(small(), tmp_path / "results", tell=lambda *_: None)
        assert not (tmp_path / "results").exists()

    @pytest.mark.parametrize("step", ["study", "stages", "tune"])
    def test_once_there_is_one_the_report_is_written(
        self, step: str, at: Callable[[str], None], small: Callable[..., Experiment], tmp_path: Path
    ) -> None:
        at(step)
        study = run.run(small(), tmp_path / "results", tell=lambda *_: None)
        assert study.interrupted
        assert study.unfinished == []
        assert Study.load(study.path).environment["ended"]
        assert (study.path / "report.html").is_file()
        assert not (study.path / ".driver").exists()

    def test_what_goes_wrong_once_there_is_one_is_no_bad_input(
        self,
        at: Callable[[str], None],  # noqa: ARG002 - nothing is sent
        small: Callable[..., Experiment],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def fail(*_: object) -> None:
            raise InputError(Problem("STUDY", "cannot read proposals.jsonl: Input/output error"))

        monkeypatch.setattr(continuation, "remember_errands", lambda _: None)  # of a study that can be read yet
        monkeypatch.setattr(driver.Study, "load", fail)
        with pytest.raises(SweepError, match="STUDY: cannot read"):
            run.run(small(), tmp_path / "results", tell=lambda *_: None)

    def test_after_the_last_trial_nothing_was_interrupted(
        self, at: Callable[[str], None], small: Callable[..., Experiment], tmp_path: Path
    ) -> None:
        at("end")
        study = run.run(small(), tmp_path / "results", tell=lambda *_: None)
        assert not study.interrupted
        assert (study.path / "report.html").is_file()
