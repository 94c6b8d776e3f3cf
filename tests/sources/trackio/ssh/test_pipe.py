"""`ssh` is started so that it never prompts, and ends however the program ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from trackio_view.sources.trackio.server.faults import ServerFault
from trackio_view.sources.trackio.ssh import pipe
from trackio_view.sources.trackio.ssh.frames import MARK
from trackio_view.sources.trackio.ssh.host import parse_host
from trackio_view.sources.trackio.ssh.pipe import SshPipe

LIST = {"do": "list"}
_HELD = """
import sys
from trackio_view.sources.trackio.ssh.host import parse_host
from trackio_view.sources.trackio.ssh.pipe import SshPipe
held = SshPipe(parse_host("box:/"))
held.ask({"do": "list"})
print("ready", flush=True)
sys.stdin.read()
"""


def names(answer: Any) -> list[str]:
    return [name for name, _ in answer["projects"]]


@pytest.fixture
def asked(stub_ssh: Any, project: Any) -> Any:
    made = SshPipe(parse_host(f"me@box:{project.path.parent}"))
    yield made
    made.close()


def test_one_connection_serves_all_questions_and_asks_nobody(asked: Any, stub_ssh: Any) -> None:
    assert names(asked.ask(LIST)) == ["project"]
    assert names(asked.ask(LIST)) == ["project"]
    assert len(stub_ssh.started) == 1
    assert {"BatchMode=yes", "RemoteCommand=none", "-T"} <= set(stub_ssh.arguments)
    assert stub_ssh.arguments[-3:-1] == ["--", "me@box"]
    (process,) = stub_ssh.started
    assert os.getsid(process) == process


def test_it_ends_with_its_group_and_may_be_asked_again(
    asked: Any, stub_ssh: Any, has_ended: Any
) -> None:
    stub_ssh.write("sleep 600 & echo $! >> {folder}/started\n" + _script(stub_ssh))
    asked.ask(LIST)
    asked.close()
    asked.close()
    for process in stub_ssh.started:
        has_ended(process)
    assert names(asked.ask(LIST)) == ["project"]


def _script(stub_ssh: Any) -> str:
    text: str = (stub_ssh.folder / "ssh").read_text()
    return text.partition("\n")[2]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_however_we_end(stub_ssh: Any, has_ended: Any, number: int) -> None:
    root = Path(__file__).parents[4]
    with subprocess.Popen(
        [sys.executable, "-c", _HELD],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as us:
        assert us.stdout is not None
        assert us.stdout.readline() == b"ready\n"
        us.send_signal(number)
        us.wait()
    (process,) = stub_ssh.started
    has_ended(process)


def test_a_connection_that_is_lost_is_told_and_made_anew(
    asked: Any, stub_ssh: Any, has_ended: Any
) -> None:
    asked.ask(LIST)
    os.killpg(stub_ssh.started[0], signal.SIGKILL)
    has_ended(stub_ssh.started[0])
    with pytest.raises(ServerFault, match=r"^me@box:.* broke the connection: `ssh me@box true`"):
        asked.ask(LIST)
    assert names(asked.ask(LIST)) == ["project"]


def test_a_machine_that_lets_nobody_in_is_not_asked_again_at_once(
    asked: Any, stub_ssh: Any
) -> None:
    here = _script(stub_ssh)
    stub_ssh.fail("Permission denied (publickey).\n")
    for _ in range(2):
        with pytest.raises(ServerFault, match="by a key or an agent") as raised:
            asked.ask(LIST)
        assert raised.value.wait is not None
        # A machine that bans clients which try too often would count this.
        stub_ssh.write(here)
    assert stub_ssh.started == []
    asked._refusal = (asked._refusal[0], 0.0)
    assert names(asked.ask(LIST)) == ["project"]


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("yes", "what was not asked for"),
        (f"echo; echo '{MARK.decode()}'; echo x", "what was not asked for"),
        (f"echo; echo '{MARK.decode()}'; yes | tr -d '\\n'", "what was not asked for"),
        (f"echo; echo '{MARK.decode()}'; echo 99999999999", "more than can be read"),
        (f"echo; echo '{MARK.decode()}'; echo 2; echo '[]'; cat", "what was not asked for"),
        (f"echo; echo '{MARK.decode()}'; echo 2; echo 'NaN'; cat", "what was not asked for"),
        ("exec 1>&-; sleep 600", "runs no `python3`"),
        ("exec sleep 600", "too slow"),
        (f"echo; echo '{MARK.decode()}'; echo 9; exec sleep 600", "too slow"),
        ("while sleep 0.01; do echo x; done", "too slow"),
    ],
)
def test_a_hostile_machine_costs_a_sentence(
    asked: Any, stub_ssh: Any, monkeypatch: Any, has_ended: Any, script: str, sentence: str
) -> None:
    monkeypatch.setattr(pipe, "_CONNECT_SECONDS", 0.4)
    monkeypatch.setattr(pipe, "_END_SECONDS", 0.4)
    stub_ssh.write(f"echo $$ >> {{folder}}/started\n{script}\n")
    with pytest.raises(ServerFault, match=sentence):
        asked.ask(LIST)
    has_ended(stub_ssh.started[0])


@pytest.mark.parametrize(("near", "packs"), [(0.0, True), (60.0, False)])
def test_answers_of_machines_far_away_come_packed(
    asked: Any, project: Any, monkeypatch: Any, near: float, packs: bool
) -> None:
    monkeypatch.setattr(pipe, "_NEAR_SECONDS", near)
    project.log([{"text": "x" * 50_000}])
    asked.ask(LIST)
    size = asked.bytes_received
    texts = "SELECT CAST(metrics AS TEXT) FROM metrics"
    answer = asked.ask({"do": "query", "project": "project", "statement": texts})
    assert len(answer["rows"][0][0]) > 50_000
    assert (asked.bytes_received - size < 5_000) == packs


def test_a_packed_answer_without_an_end_is_given_up(asked: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(pipe, "_NEAR_SECONDS", 0.0)
    asked.ask(LIST)
    monkeypatch.setattr(pipe, "LARGEST", 10_000)
    many = "SELECT printf('%050000d', 0)"
    with pytest.raises(ServerFault, match="more than can be read"):
        asked.ask({"do": "query", "project": "project", "statement": many})


def test_an_answer_that_nobody_wants_is_not_waited_for(
    asked: Any, stub_ssh: Any, monkeypatch: Any
) -> None:
    asked.ask(LIST)
    # An answer that comes at once is accepted, because the connection is worth more.
    monkeypatch.setattr(pipe, "_GRACE_SECONDS", 60.0)
    waiting = threading.Timer(0, asked.interrupt)
    waiting.start()
    waiting.join()
    assert names(asked.ask(LIST)) == ["project"]
    monkeypatch.setattr(pipe, "_GRACE_SECONDS", 0.0)
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    interrupting = threading.Timer(0.2, asked.interrupt)
    interrupting.start()
    with pytest.raises(ServerFault):
        asked.ask({"do": "query", "project": "project", "statement": slow})
    interrupting.join()
    with pytest.raises(ServerFault):
        asked.ask(LIST)
    asked.begin()
    assert names(asked.ask(LIST)) == ["project"]


def test_openssh_itself_is_asked(real_ssh: Any, project: Any, has_ended: Any) -> None:
    asked = SshPipe(parse_host(f"far:{project.path.parent}"))
    assert names(asked.ask(LIST)) == ["project"]
    assert names(asked.ask(LIST)) == ["project"]
    process = asked._process
    assert process is not None
    asked.close()
    has_ended(process.pid)
    assert names(asked.ask(LIST)) == ["project"]
    # The server's process for this connection is killed, and the connection ends with it.
    listening = Path(f"/proc/{real_ssh.server.pid}/task/{real_ssh.server.pid}/children")
    if listening.exists():
        for child in listening.read_text().split():
            os.kill(int(child), signal.SIGKILL)
        with pytest.raises(ServerFault, match="broke the connection"):
            asked.ask(LIST)
        assert names(asked.ask(LIST)) == ["project"]
    asked.close()
    real_ssh.stop()
    with pytest.raises(ServerFault, match="refuses connections"):
        asked.ask(LIST)


@pytest.mark.parametrize(
    ("file", "text", "sentence"),
    [
        ("known", "", "accept its key"),
        ("known", "other", "has another key"),
        ("authorized", "", "by a key or an agent"),
    ],
)
def test_openssh_itself_refuses(
    real_ssh: Any, project: Any, file: str, text: str, sentence: str
) -> None:
    if text:
        host = f"[127.0.0.1]:{real_ssh.port}"
        text = f"{host} {(real_ssh.folder / 'own.pub').read_text()}"
    (real_ssh.folder / file).write_text(text)
    asked = SshPipe(parse_host("far"))
    with pytest.raises(ServerFault, match=sentence):
        asked.ask(LIST)
