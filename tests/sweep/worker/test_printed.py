from __future__ import annotations

import os
import subprocess
import sys
import warnings

import pytest

from cnnsearch.silence import silence
from cnnsearch.sweep.worker.printed import MOST_A_CALL, MOST_A_TRIAL, Printed


def caught(printed: Printed, content: bytes, descriptor: int = 1) -> str:
    with printed.caught() as found:
        while content:
            content = content[os.write(descriptor, content) :]
    return "".join(found)


def test_everything_that_a_trial_writes_is_caught(capfd: pytest.CaptureFixture[str]) -> None:
    printed = Printed()
    with capfd.disabled(), silence(), printed.caught() as found:
        print("from Python", flush=True)
        sys.stderr.write("to standard error\n")
        os.write(2, b"from C++\n")
        subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    assert "".join(found) == "from Python\nto standard error\nfrom C++\nfrom a child\n"


def test_what_was_caught_goes_on_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    assert caught(Printed(), b"seen\n") == "seen\n"
    assert capfd.readouterr() == ("", "seen\n")


def test_each_call_has_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    printed = Printed()
    assert caught(printed, b"a long first one\n") == "a long first one\n"
    assert caught(printed, b"") == ""
    assert caught(printed, b"two\n", 2) == "two\n"
    assert "\0" not in capfd.readouterr().err


def test_what_is_of_no_trial_is_forgotten(capfd: pytest.CaptureFixture[str]) -> None:
    printed = Printed()
    with capfd.disabled(), silence(), printed.caught() as found:
        os.write(2, b"TensorFlow starts\n")
        print("so does Python")
        printed.forget()
        print("mine", flush=True)
    assert found == ["mine\n"]


def test_nothing_printed_is_nothing() -> None:
    with Printed().caught() as found:
        pass
    assert found == []


def test_the_descriptors_come_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="of the trial"), Printed().caught():
        raise ValueError("of the trial")
    os.write(1, b"here again\n")
    assert capfd.readouterr().out == "here again\n"


def test_lines_of_ray_are_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    assert caught(Printed(), b":actor_name:TrialWorker\nmine\n:task_name:x\n") == "mine\n"
    assert "TrialWorker" in capfd.readouterr().err


def test_of_much_the_beginning_and_the_end_are_kept(capfd: pytest.CaptureFixture[str]) -> None:
    found = caught(Printed(), b"first\n" + b"x" * 10 * MOST_A_CALL + b"\nlast\n")
    assert found.startswith("first\n")
    assert found.endswith("\nlast\n")
    assert f"[{9 * MOST_A_CALL + 12} bytes left out]" in found
    assert len(found) < MOST_A_CALL + 100
    assert len(capfd.readouterr().err) < MOST_A_CALL + 100


@pytest.mark.usefixtures("capfd")
def test_a_trial_has_a_bound_and_the_next_one_begins_anew() -> None:
    printed = Printed()
    line = b"y" * (MOST_A_CALL - 1) + b"\n"
    calls = [caught(printed, line) for _ in range(20)]
    assert sum(map(len, calls)) < MOST_A_TRIAL + 100
    assert calls[7].endswith("[the trial printed more, which is not kept]\n")
    assert calls[8:] == [""] * 12
    printed.begin_trial()
    assert caught(printed, line) == line.decode()


def test_what_is_no_text_is_kept_as_well_as_it_can_be(capfd: pytest.CaptureFixture[str]) -> None:
    assert caught(Printed(), b"caf\xe9\n") == "caf\ufffd\n"
    capfd.readouterr()


def test_a_closed_stream_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it is closed right here
    stream.close()
    monkeypatch.setattr(sys, "stdout", stream)
    with warnings.catch_warnings(), Printed().caught() as found:
        pass
    assert found == []
