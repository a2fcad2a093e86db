"""The service without a network: pipelines, their ends, and what waits for whom."""

from __future__ import annotations

import base64
import logging
import threading
import time
import uuid
from pathlib import Path

import psrpcore
import pytest
from psrpcore.types import PSInvocationState

from lab.exchange.shell import Shells
from tests.unit.lab.exchange.stand_in import SHELL, TRANSFER, Counting, Session, fault_code, service

STOP, TERMINATE = "powershell/signal/crtl_c", f"{SHELL}/signal/Terminate"


@pytest.fixture
def cmdlets() -> Counting:
    return Counting()


@pytest.fixture
def session(tmp_path: Path, cmdlets: Counting) -> Session:
    return Session(service(tmp_path, cmdlets))


def texts(events: list[object]) -> list[str]:
    return [event.data.split()[0] for event in events if isinstance(event, psrpcore.PipelineOutputEvent)]


def test_output_comes_in_order_and_once(session: Session) -> None:
    assert texts(session.run("Count", 500)) == [str(number) for number in range(500)]


def test_pipelines_follow_each_other(session: Session) -> None:
    assert [texts(session.run("Count", 2)) for _ in range(3)] == [["0", "1"]] * 3


def test_every_answer_fits_the_envelope(tmp_path: Path, cmdlets: Counting) -> None:
    session = Session(service(tmp_path, cmdlets), envelope=8_192)
    pipeline, sizes = session.start("Count", 50), []
    while b"Done" not in (answer := session.receive(pipeline)).body:
        sizes.append(len(answer.body))
    assert len(sizes) > 5 and max(sizes) <= 8_192
    assert len(texts(session.heard())) == 50


def test_an_error_record_completes_and_a_terminating_one_fails(session: Session) -> None:
    pipeline = session.start("Fail")
    [error] = [event.record for event in session.events(pipeline) if isinstance(event, psrpcore.ErrorRecordEvent)]
    assert (error.CategoryInfo.Reason, error.CategoryInfo.Category.name) == ("BadException", "ObjectNotFound")
    assert (error.FullyQualifiedErrorId, error.Exception.Message, error.TargetObject) == ("Bad,Fail", "bad", "it")
    assert pipeline.state == PSInvocationState.Completed
    pipeline = session.start("Fail", "terminating")
    events = session.events(pipeline)
    assert pipeline.state == PSInvocationState.Failed and texts(events) == []
    assert events[-1].reason.CategoryInfo.Reason == "BadException"


def test_a_defect_of_a_cmdlet_fails_the_pipeline_only(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.CRITICAL):
        pipeline = session.start("Break")
        session.events(pipeline)
    assert pipeline.state == PSInvocationState.Failed
    assert texts(session.run("Count", 1)) == ["0"]


def test_scripts_and_arguments_reach_the_cmdlets_as_they_are(session: Session, cmdlets: Counting) -> None:
    session.events(session.start("1 + 1", script=True))
    session.run("Nothing", True, "text")
    assert [invocation.is_script for invocation in cmdlets.seen] == [True, False]
    assert [(argument.name, argument.value) for argument in cmdlets.seen[1].arguments] == [(None, True), (None, "text")]


def test_a_long_command_arrives_in_parts(session: Session, cmdlets: Counting) -> None:
    text = "long " * 40_000
    session.events(session.start("Nothing", text, amount=50_000))
    assert cmdlets.seen[0].arguments[0].value == text


def test_warnings_arrive(session: Session) -> None:
    assert [event.record.Message for event in session.run("Warn") if isinstance(event, psrpcore.WarningRecordEvent)] == ["careful"]


def test_a_stopped_pipeline_says_so(session: Session, cmdlets: Counting) -> None:
    pipeline = session.start("Wait")
    assert session.signal(pipeline, STOP).status == 200
    cmdlets.released.set()
    session.events(pipeline)
    assert pipeline.state == PSInvocationState.Stopped and cmdlets.ended == 1


def test_a_terminated_command_is_forgotten(session: Session, cmdlets: Counting) -> None:
    pipeline = session.start("Wait")
    cmdlets.released.set()
    assert session.signal(pipeline, TERMINATE).status == 200
    assert cmdlets.ended == 1
    assert fault_code(session.receive(pipeline)) == 2150858843
    assert texts(session.run("Count", 1)) == ["0"], "its runspace is free"


def test_a_second_pipeline_waits_for_a_runspace(tmp_path: Path, cmdlets: Counting) -> None:
    for runspaces, begun in (("1", 1), ("2", 2)):
        cmdlets.seen.clear()
        session = Session(service(tmp_path, cmdlets), runspaces=runspaces)
        first, second = session.start("Wait"), session.start("Wait")
        time.sleep(0.2)
        assert len(cmdlets.seen) == begun
        cmdlets.released.set()
        assert len(texts(session.events(first))) + len(texts(session.events(second))) == 4
        cmdlets.released.clear()


def test_output_that_nobody_asks_for_is_not_made(session: Session, cmdlets: Counting) -> None:
    pipeline = session.start("Count", 20_000)
    time.sleep(0.5)
    made = cmdlets.made
    time.sleep(0.3)
    assert 0 < made == cmdlets.made < 20_000
    session.signal(pipeline, TERMINATE)
    assert cmdlets.ended == 1


def test_a_receive_waits_for_output_and_times_out_without(session: Session, cmdlets: Counting) -> None:
    pipeline = session.start("Wait")
    assert session.receive(pipeline).status == 200
    assert fault_code(session.receive(pipeline, timeout="PT0.2S")) == 2150858793
    threading.Timer(0.3, cmdlets.released.set).start()
    assert texts(session.events(pipeline)) == ["waiting", "released"]


def test_a_deleted_shell_ends_its_pipelines_and_is_gone(session: Session, cmdlets: Counting) -> None:
    pipeline = session.start("Count", 20_000)
    assert session.ask(f"{TRANSFER}/Delete", "").status == 200
    assert cmdlets.ended == 1
    assert fault_code(session.receive(pipeline)) == 2150858843


def test_an_abandoned_pipeline_ends_with_its_idle_shell(tmp_path: Path, cmdlets: Counting) -> None:
    shells = Shells()
    session = Session(service(tmp_path, cmdlets, shells), idle="PT1S")
    session.start("Count", 20_000)
    shells.reap()
    assert cmdlets.ended == 0, "not idle for long enough"
    time.sleep(1.1)
    shells.reap()
    assert cmdlets.ended == 1


def test_commands_with_one_identifier_exist_once(session: Session) -> None:
    pipeline = session.start("Wait")
    body = f'<rsp:CommandLine CommandId="{pipeline.pipeline_id}"><rsp:Arguments>AAAA</rsp:Arguments></rsp:CommandLine>'
    assert fault_code(session.ask(f"{SHELL}/Command", body)) == 2150858803


def test_a_shell_with_an_open_ones_identifier_is_refused(session: Session) -> None:
    body = f'<rsp:Shell ShellId="{session.id}"><creationXml xmlns="http://schemas.microsoft.com/powershell">AAAA</creationXml></rsp:Shell>'
    option = '<w:OptionSet><w:Option Name="protocolversion" MustComply="true">2.3</w:Option></w:OptionSet>'
    assert fault_code(session.ask(f"{TRANSFER}/Create", body, option, shell=False)) == 2150858803
    assert texts(session.run("Count", 1)) == ["0"], "the first one is as it was"


def test_fragments_that_declare_entities_are_refused(session: Session) -> None:
    pipeline = psrpcore.ClientPowerShell(session.pool)
    pipeline.add_command("Count").start()
    message = session.pool._send_buffer[-1]._data
    message[message.index(b"<Obj") : message.index(b"<Obj")] = b'<!DOCTYPE a [<!ENTITY b "b">]>'
    command = f'<rsp:CommandLine CommandId="{pipeline.pipeline_id}"><rsp:Arguments>{session.waiting()}</rsp:Arguments></rsp:CommandLine>'
    answer = session.ask(f"{SHELL}/Command", command)
    assert fault_code(answer) == 2150858791 and b"document type" in answer.body


@pytest.mark.parametrize("data", [b"\0", b"\0" * 16 + b"\x03" + b"\0" * 4, b"x" * 100, b"\0" * 16 + b"\x03\x7f\xff\xff\xff"])
def test_what_is_no_fragment_spoils_nothing(session: Session, data: bytes) -> None:
    arguments = f"<rsp:Arguments>{base64.b64encode(data).decode()}</rsp:Arguments>"
    command = f'<rsp:CommandLine CommandId="{uuid.uuid4()}">{arguments}</rsp:CommandLine>'
    assert fault_code(session.ask(f"{SHELL}/Command", command)) == 2150858791
    assert texts(session.run("Count", 1)) == ["0"]
