"""A script from a file, for what is longer than the field."""

from io import BytesIO
from typing import Any

import docx
import pytest

from bot.demo.slack import PersonFile, Submission, View
from bot.demo.stage import Stage
from tests.scenarios.scene import (
    ANA,
    MINJI,
    bills,
    newcomer,
    open_form,
    text_of,
    texts,
    until_offered,
    until_submitted,
    until_true,
    until_video,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

SRT = "1\n00:00:01,000 --> 00:00:02,000\n{}\n\n"


def word_file(*paragraphs: str) -> bytes:
    """A Word file with these paragraphs."""
    document, file = docx.Document(), BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(file)
    return file.getvalue()


async def with_options(stage: Stage, person: str = ANA) -> View:
    """The form with the field for a file."""
    view = await open_form(stage, person)
    await stage.slack.person(person).press(view, "more_options")
    await stage.slack.until(lambda: "script_file" in str(view.body["blocks"]), what="more options")
    return view


async def upload(
    stage: Stage, view: View, name: str, content: bytes, *, client_checks: bool = True, **changes: str
) -> Submission:
    """Submits the form with a file instead of a script."""
    await until_offered(stage, view, "M000000101")
    values = {"model": "M000000101", "language": "en", "place": "C0GENERAL", **changes}
    files = {"script_file": [PersonFile(name, content)]}
    return await stage.slack.person(view.user).submit(view, values | files, client_checks=client_checks)


@pytest.mark.parametrize("kind", ["txt", "md", "docx", "srt", "vtt"])
async def test_every_kind_of_file_becomes_a_video(stage: Stage, script: str, kind: str) -> None:
    """The words in the file, and only those, are what AI Studios is sent."""
    content = {
        "txt": script.encode(),
        "md": f"**{script}**".encode(),
        "docx": word_file(script),
        "srt": SRT.format(script).encode(),
        "vtt": f"WEBVTT\n\n00:01.000 --> 00:02.000\n{script}\n".encode(),
    }[kind]
    assert (await upload(stage, await with_options(stage), f"Script.{kind.upper()}", content)).closed
    await until_submitted(stage, script)


async def test_a_long_script_comes_from_a_file(stage: Stage, script: str) -> None:
    """Ten times what the field holds is sent whole; the thread quotes its beginning."""
    said = (f"{script} " * 1000)[:29_000].strip()
    assert (await upload(stage, await with_options(stage), "long.txt", said.encode())).closed
    await until_submitted(stage, said)
    (root,) = [message for message in stage.slack.messages("C0GENERAL") if script in text_of(message)]
    await until_video(stage, root)
    assert bills(stage, said) == 1


async def test_another_version_of_a_long_script_is_cut(stage: Stage, script: str) -> None:
    """The form for another version holds as much of a long script as fits, and says so."""
    said = (f"{script} " * 100)[:5000].strip()
    assert (await upload(stage, await with_options(stage), "long.txt", said.encode())).closed
    await until_submitted(stage, said)
    (root,) = [message for message in stage.slack.messages("C0GENERAL") if script in text_of(message)]
    await until_video(stage, root)
    reply = stage.slack.thread(root.channel, root.ts)[1]
    someone = stage.slack.person(ANA)
    view = await someone.view(of=await someone.press(reply, "another_version"))
    assert said[:2900] in str(view.body["blocks"])
    assert "left out" in str(texts(view.body["blocks"]))


@pytest.mark.parametrize(("person", "word"), [(ANA, "damaged"), (MINJI, "손상")])
async def test_a_broken_file_is_said_in_the_persons_language(stage: Stage, person: str, word: str) -> None:
    """What cannot be read is said beside the field, and nothing is spent."""
    spent = len(stage.studio.billed)
    submission = await upload(stage, await with_options(stage, person), "a.docx", b"PK no zip at all")
    assert list(submission.errors) == ["script_file"]
    assert word in submission.errors["script_file"]
    assert len(stage.studio.billed) == spent


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"  \n ", "no words"),
        ("a.txt", b"x" * 30_001, "longer than 30000"),
        ("a.txt", b"x" * 5_000_001, "too large"),
        ("a.png", b"\x89PNG", "this kind of file"),
        ("<!here>&.html", b"<p>hi</p>", "this kind of file"),
    ],
)
async def test_what_is_wrong_with_a_file_is_said(stage: Stage, name: str, content: bytes, words: str) -> None:
    """Each reason has its own words."""
    submission = await upload(stage, await with_options(stage), name, content, client_checks=False)
    assert words in submission.errors["script_file"]


async def test_another_file_after_a_bad_one(stage: Stage, script: str) -> None:
    """The form stays open, and a better file makes the video."""
    view = await with_options(stage)
    assert not (await upload(stage, view, "a.txt", b" ")).closed
    assert (await upload(stage, view, "b.txt", script.encode())).closed
    await until_submitted(stage, script)


async def test_a_script_and_a_file_are_one_too_many(stage: Stage, script: str) -> None:
    """Which of the two is meant is for the person to say."""
    submission = await upload(stage, await with_options(stage), "a.txt", b"Hello.", script=script)
    assert "not both" in submission.errors["script_file"]


async def test_a_slow_file_is_read_on(stage: Stage, script: str) -> None:
    """When Slack is slow with the file, the form says so in time; a later press finds it read."""
    view = await with_options(stage)
    stage.slack.faults.add("download", delay=4)
    first = await upload(stage, view, "a.txt", script.encode())
    assert "still reading" in first.errors["script_file"]

    async def done() -> bool:
        return (await stage.slack.person(ANA).submit(view)).closed

    await until_true(done, what="the file to be read")
    await until_submitted(stage, script)
    assert bills(stage, script) == 1


@pytest.mark.parametrize("fault", [{"status": 500}, {"drop": "before", "times": 2}, {"drop": "after"}])
async def test_a_file_that_slack_does_not_hand_over(stage: Stage, script: str, fault: dict[str, Any]) -> None:
    """The person is told, and pressing again is enough."""
    view = await with_options(stage)
    stage.slack.faults.add("download", **fault)
    first = await upload(stage, view, "a.txt", script.encode())
    assert "from Slack" in first.errors["script_file"]
    assert (await stage.slack.person(ANA).submit(view)).closed
    await until_submitted(stage, script)


async def test_a_file_of_which_slack_knows_nothing(stage: Stage, script: str) -> None:
    """A refusal of files.info is told in the same way."""
    view = await with_options(stage, newcomer(stage, "U0FILE001"))
    stage.slack.faults.add("files.info", error="file_not_found")
    assert "from Slack" in (await upload(stage, view, "a.txt", script.encode())).errors["script_file"]


async def test_a_file_in_another_writing_system_is_asked_about(stage: Stage, script: str) -> None:
    """The question is about the words in the file; the same file goes through then."""
    said = f"안녕하세요 여러분 반갑습니다 {script[:8]}"
    view = await with_options(stage)
    submission = await upload(stage, view, "a.txt", said.encode())
    assert submission.view is view
    assert "Hangul" in str(texts(view.body["blocks"]))
    assert (await stage.slack.person(ANA).submit(view)).closed
    await until_submitted(stage, said)


async def test_a_place_that_is_closed_is_said_with_the_file(stage: Stage) -> None:
    """Problems of several fields are said at once."""
    submission = await upload(stage, await with_options(stage), "a.txt", b" ", place="C0LEADER1")
    assert set(submission.errors) == {"place", "script_file"}
