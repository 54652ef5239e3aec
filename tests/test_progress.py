"""While evidence is gathered, a person sees how far it is, which targets are slow, and which hosts are dead."""

from __future__ import annotations

import io

import pytest

from checks.progress import Progress


class Screen(io.StringIO):
    def __init__(self, tty: bool) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_slow_targets_are_named_and_quick_ones_counted(clock: Clock) -> None:
    screen = Screen(tty=True)
    kept: list[str] = []
    progress = Progress(screen, kept.append, clock)
    progress.begin([f"mx{n}" for n in range(6)])
    clock.now = 1
    progress.end("mx0")
    assert screen.getvalue().endswith("gathering: 1 of 6 targets, 1 s")
    clock.now = 9
    progress.tick()
    assert screen.getvalue().endswith("gathering: 1 of 6 targets, 9 s; waiting for mx1, mx2, mx3 and 2 more")
    progress.close()
    assert screen.getvalue().endswith("\r\x1b[K")
    assert kept == ["mx0"]


@pytest.mark.parametrize("tty", [True, False])
def test_a_dead_host_is_named_at_once_on_a_line_that_stays(clock: Clock, tty: bool) -> None:
    screen = Screen(tty)
    kept: list[str] = []
    progress = Progress(screen, kept.append, clock)
    progress.begin(["mx1", "mx2"])
    progress.end("mx1", "connection refused")
    assert "mx1: not reached: connection refused\n" in screen.getvalue()
    assert kept == ["mx1"]


def test_a_log_gets_plain_lines_only(clock: Clock) -> None:
    screen = Screen(tty=False)
    kept: list[str] = []
    progress = Progress(screen, kept.append, clock)
    progress.begin(["mx1", "mx2"])
    progress.end("mx1")
    clock.now = 30
    progress.tick()
    progress.end("mx2")
    progress.tick()
    progress.close()
    assert screen.getvalue() == "gathering: 1 of 2 targets, 30 s; waiting for mx2\n"
    assert kept == ["mx1", "mx2"]
