"""The errors that the driver reports while it is watched, on the stand-in for its library."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from trackio_view.sources.gpu.nvidia.xids import SeenXid, xid_words

Ask = Callable[..., Any]

WATCH = """
from trackio_view.sources.gpu.sampler import TierSchedule
sampler = discover(roots, clock).samplers[0]
def look(seconds):
    global now
    now += seconds
    return sampler.sample(Tier.ALL)
def until(wanted):
    while True:
        sample = look(1.0)
        if wanted(sample): return sample
        time.sleep(0.001)
"""


def test_errors_of_the_card_and_of_programs_are_told_apart(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        f"""
        {WATCH.replace(chr(10), chr(10) + "        ")}
        first = look(0.0)
        answer = [first.card_errors, words(first)["card_errors"], library.stub_calls(13)]
        watched = look(3.0)
        answer += [watched.card_errors, watched.program_errors, library.stub_calls(13)]
        put("xid", 31)
        until(lambda sample: sample.program_errors)
        put("xid", 79)
        until(lambda sample: sample.card_errors)
        put("xid", 31)
        last = until(lambda sample: "2 times" in sample.program_errors[0])
        import re
        def timeless(errors):
            return [re.sub(r"[-0-9]+ [:0-9]+$", "WHEN", error) for error in errors]
        answer += [timeless(last.card_errors), timeless(last.program_errors)]
        """,
        gpus=1,
    )
    assert answer == [
        *(None, "UNSEEN", 0),
        *([], [], 1),
        ["XID 79 (fell off the bus) at WHEN"],
        ["XID 31 (memory page fault) 2 times, last at WHEN"],
    ]


def test_the_watch_ends_with_its_device(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        f"""
        {WATCH.replace(chr(10), chr(10) + "        ")}
        import threading
        look(0.0), look(3.0)
        (thread,) = [one for one in threading.enumerate() if one.name == "gpu errors"]
        sampler.close()
        thread.join(20)
        answer = [thread.is_alive(), library.stub_calls(13)]
        """,
        gpus=1,
    )
    assert answer == [False, 0]


def test_a_lost_gpu_ends_the_watch(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        f"""
        {WATCH.replace(chr(10), chr(10) + "        ")}
        import threading
        look(0.0), look(3.0)
        (thread,) = [one for one in threading.enumerate() if one.name == "gpu errors"]
        put("xid_lost", 1)
        thread.join(20)
        answer = [thread.is_alive(), look(1.0).card_errors]
        """,
        gpus=1,
    )
    assert answer == [False, []]


def test_a_device_that_reports_none_is_not_waited_for(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        f"""
        {WATCH.replace(chr(10), chr(10) + "        ")}
        look(0.0)
        sample = look(3.0)
        answer = [sample.card_errors, words(sample)["card_errors"], library.stub_calls(13)]
        """,
        gpus=1,
        events=0,
    )
    assert answer == [None, "UNSUPPORTED", 0]


def test_a_script_waits_for_no_errors(ask_nvidia: Ask) -> None:
    answer = ask_nvidia(
        """
        event = sample_once(roots, 20.0, vendors=VENDORS[:1])
        answer = [library.stub_calls(13), words(event.samples[0])["card_errors"]]
        """,
        gpus=1,
    )
    assert answer == [0, "UNSEEN"]


def test_an_error_without_a_known_meaning_is_its_number() -> None:
    when = time.mktime((2026, 11, 27, 14, 31, 5, 0, 0, -1))
    assert xid_words(9, SeenXid(1, when)) == "XID 9 at 2026-11-27 14:31:05"
    told = "XID 48 (double-bit memory error) 3 times, last at 2026-11-27 14:31:05"
    assert xid_words(48, SeenXid(3, when)) == told
