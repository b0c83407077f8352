"""The mailbox on both stores: nothing is lost, in order, and who waits is woken at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError

from bot.database import DatabaseUnusable, opened
from bot.engine import mailbox as module
from bot.engine.mailbox import Arrival, Mailbox, Message, NotTaken, empty
from bot.engine.serializer import JsonSerializer
from tests.engine.mailboxes import (
    NEVER,
    PATIENCE,
    TOPIC,
    Note,
    People,
    Waiting,
    at_once,
    count_commits,
    everybody,
    open_mailbox,
    texts,
    unopened,
    with_so_many,
)


@pytest.fixture(autouse=True)
def no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is found by looking, unless a test says so: who wakes is woken by somebody."""
    monkeypatch.setattr(module, "FILE_LOOK_SECONDS", NEVER)
    monkeypatch.setattr(module, "SERVER_LOOK_SECONDS", NEVER)


@pytest.fixture
def people() -> People:
    return everybody()


@pytest_asyncio.fixture
async def mailbox(either_database_url: str, people: People) -> AsyncIterator[Mailbox]:
    """An open mailbox on each of the stores."""
    async with open_mailbox(either_database_url, people) as mailbox:
        yield mailbox


async def handed(mailbox: Mailbox, recipient: str, due: module.Due = at_once, *, after: int = 0) -> Sequence[Message]:
    async with asyncio.timeout(PATIENCE):
        return await mailbox.next(recipient, after=after, due=due)


async def begun(mailbox: Mailbox, recipient: str, *, after: int = 0) -> "asyncio.Task[Sequence[Message]]":
    """A wait for the first message that has begun."""
    due = Waiting()
    waiting = asyncio.create_task(handed(mailbox, recipient, due, after=after))
    await due.begun.wait()
    return waiting


async def test_messages_have_numbers_in_their_order(mailbox: Mailbox) -> None:
    """One after the other, to whomever, and those that come together as well."""
    for text in "abc":
        await mailbox.post("ana", TOPIC, Note(text=text))
    await asyncio.gather(*(mailbox.post("ana", TOPIC, Note(text=f"d{number}")) for number in range(20)))
    await mailbox.post("ben", TOPIC, Note(text="e"))
    messages = await mailbox.read("ana")
    assert texts(messages) == ["a", "b", "c", *(f"d{number}" for number in range(20))]
    numbers = [message.number for message in messages]
    assert numbers == sorted(set(numbers))
    assert (await mailbox.read("ben"))[0].number > numbers[-1] > numbers[0] > 0


async def test_who_sends_learns_whose_it_is(mailbox: Mailbox) -> None:
    """Of messages that share a commit each has its own answer; nobody's are not kept."""
    answers = await asyncio.gather(*(mailbox.post(one, TOPIC, Note(text="hi")) for one in ("nobody", "ana", "ben")))
    assert [answer and answer.owner for answer in answers] == [None, "T1:ana", "T1:ben"]
    assert await mailbox.read("nobody") == []


async def test_a_closed_recipient_keeps_nothing(mailbox: Mailbox) -> None:
    """Who sends to one is told so."""
    answer = await mailbox.post("gone", TOPIC, Note(text="too late"))
    assert answer is not None
    assert not answer.is_open
    assert await mailbox.read("gone") == []


async def test_the_same_message_again_changes_nothing(mailbox: Mailbox) -> None:
    """Together or later, it is one row; another topic, text or recipient makes it another message."""
    same = [mailbox.post("ana", TOPIC, Note(text="again")) for _ in range(3)]
    assert {answer and answer.owner for answer in await asyncio.gather(*same)} == {"T1:ana"}
    await mailbox.post("ana", TOPIC, Note(text="again"))
    assert texts(await mailbox.read("ana")) == ["again"]
    await mailbox.post("ana", "others", Note(text="again"))
    await mailbox.post("ben", TOPIC, Note(text="again"))
    assert len(await mailbox.read("ana")) == 2
    assert len(await mailbox.read("ben")) == 1


async def test_messages_that_come_together_share_a_commit(either_database_url: str, people: People) -> None:
    """A hundred at once are one commit, and each sender is answered after it."""
    database = opened(either_database_url)
    mailbox = Mailbox(database, JsonSerializer((Note,)), people)
    await mailbox.prepare()
    await mailbox.open()
    commits = count_commits(database)
    await asyncio.gather(*(mailbox.post("ana", TOPIC, Note(text=str(number))) for number in range(100)))
    assert len(commits) == 1
    assert len(await mailbox.read("ana")) == 100
    await mailbox.close()
    await database.dispose()


async def test_a_message_wakes_the_one_who_waits(mailbox: Mailbox) -> None:
    """Without any look at the table; another who waits goes on waiting."""
    ana, ben = await begun(mailbox, "ana"), await begun(mailbox, "ben")
    await mailbox.post("ana", TOPIC, Note(text="first"))
    assert texts(await ana) == ["first"]
    assert not ben.done()
    await mailbox.post("ben", TOPIC, Note(text="second"))
    assert texts(await ben) == ["second"]


async def test_what_came_before_is_there(mailbox: Mailbox) -> None:
    """Who begins to listen late misses nothing."""
    await mailbox.post("ana", TOPIC, Note(text="early"))
    assert texts(await handed(mailbox, "ana")) == ["early"]


async def test_another_process_is_heard_by_a_look(
    tmp_path: Path, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside an SQLite file nobody can wake the bot, so that its next look does."""
    monkeypatch.setattr(module, "FILE_LOOK_SECONDS", 0.01)
    url = f"sqlite:///{tmp_path / 'avatar-bot.db'}"
    async with open_mailbox(url, people) as mailbox, unopened(url, people) as beside:
        waiting = await begun(mailbox, "ana")
        answer = await beside.put("ana", TOPIC, Note(text="from beside"))
        assert answer is not None
        assert answer.owner == "T1:ana"
        assert texts(await waiting) == ["from beside"]


async def test_another_process_is_heard_by_its_notification(database_url: str, people: People) -> None:
    """On Postgres it wakes the others: no look is made here for an hour."""
    async with open_mailbox(database_url, people) as mailbox, unopened(database_url, people) as beside:
        for text in ("one", "two"):
            waiting = await begun(mailbox, "ana", after=await newest(mailbox))
            await beside.put("ana", TOPIC, Note(text=text))
            assert texts(await waiting) == [text]


async def newest(mailbox: Mailbox) -> int:
    """The number of the newest message to Ana."""
    return max((message.number for message in await mailbox.read("ana")), default=0)


async def test_nothing_is_missed_between_the_first_read_and_the_wait(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that is committed when the table has been read, and nobody waits yet, wakes all the same."""
    read, meanwhile = mailbox.read, [Note(text="in between")]

    async def read_slowly(recipient: str, *, after: int = 0) -> Sequence[Message]:
        found = await read(recipient, after=after)
        while meanwhile:
            await mailbox.post(recipient, TOPIC, meanwhile.pop())
        return found

    monkeypatch.setattr(mailbox, "read", read_slowly)
    assert texts(await handed(mailbox, "ana")) == ["in between"]


async def test_a_step_that_runs_again_gets_the_same_messages(mailbox: Mailbox) -> None:
    """Nothing is consumed: by the number that it was handed last it finds those, and what came since."""
    await mailbox.post("ana", TOPIC, Note(text="one"))
    first = await handed(mailbox, "ana")
    assert await handed(mailbox, "ana") == first
    await mailbox.post("ana", TOPIC, Note(text="two"))
    assert texts(await handed(mailbox, "ana")) == ["one", "two"]
    assert texts(await handed(mailbox, "ana", after=first[-1].number)) == ["two"]


async def test_messages_are_handed_over_when_they_are_due(mailbox: Mailbox) -> None:
    """What gathers until then comes together; that something came alone is no reason."""
    waiting = asyncio.create_task(handed(mailbox, "ana", with_so_many(3)))
    for text in ("a", "b"):
        await mailbox.post("ana", TOPIC, Note(text=text))
        assert not waiting.done()
    await mailbox.post("ana", TOPIC, Note(text="c"))
    assert texts(await waiting) == ["a", "b", "c"]


async def test_what_is_due_now_is_not_waited_for(mailbox: Mailbox) -> None:
    """With nothing there it is nothing; with something it is that."""
    assert await handed(mailbox, "ana", lambda _: 0.0) == []
    await mailbox.post("ana", TOPIC, Note(text="here"))
    assert texts(await handed(mailbox, "ana", lambda _: 0.0)) == ["here"]


async def test_a_wait_in_vain_ends_in_its_time(mailbox: Mailbox) -> None:
    """After the seconds that were given, with nothing."""
    began_at = asyncio.get_running_loop().time()
    assert await handed(mailbox, "ana", lambda _: 0.05) == []
    assert asyncio.get_running_loop().time() - began_at >= 0.05


async def test_when_each_message_came_counts_from_the_beginning_of_the_wait(mailbox: Mailbox) -> None:
    """What was there already came at 0, what came later came later."""
    seen: list[list[tuple[str, bool]]] = []
    reading_done = asyncio.Event()

    def due(arrivals: Sequence[Arrival]) -> float:
        reading_done.set()
        seen.append([(one.message.body.text, one.at > 0) for one in arrivals])
        return 0.0 if len(arrivals) == 2 else NEVER

    await mailbox.post("ana", TOPIC, Note(text="before"))
    waiting = asyncio.create_task(handed(mailbox, "ana", due))
    await reading_done.wait()
    await mailbox.post("ana", TOPIC, Note(text="after"))
    await waiting
    assert seen == [[("before", False)], [("before", False), ("after", True)]]


async def test_what_was_handed_over_ends_no_other_wait(tmp_path: Path, people: People) -> None:
    """A look that finds old messages once more, as it does after another process has written, wakes nobody."""
    url = f"sqlite:///{tmp_path / 'avatar-bot.db'}"
    async with open_mailbox(url, people) as mailbox, unopened(url, people) as beside:
        await beside.put("ben", TOPIC, Note(text="another's"))
        await mailbox.post("ana", TOPIC, Note(text="handed over"))
        (message,) = await handed(mailbox, "ana")
        waiting = await begun(mailbox, "ana", after=message.number)
        await mailbox._look()
        await beside.put("ana", TOPIC, Note(text="new"))
        await mailbox._look()
        assert texts(await waiting) == ["new"]


async def test_calls_beyond_the_bound_are_turned_away(
    mailbox: Mailbox, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing can be written down, at once; those within it wait, and are taken."""
    monkeypatch.setattr(module, "MOST_PENDING", 5)
    held = hold(people, monkeypatch)
    first = asyncio.create_task(mailbox.post("ana", TOPIC, Note(text="first")))
    await people.asked.wait()
    calls = [asyncio.create_task(mailbox.post("ana", TOPIC, Note(text=str(number)))) for number in range(8)]
    await asyncio.sleep(0)
    held.set()
    answers = await asyncio.gather(first, *calls, return_exceptions=True)
    assert [type(answer) for answer in answers].count(NotTaken) == 3
    assert texts(await mailbox.read("ana")) == ["first", "0", "1", "2", "3", "4"]


async def test_a_database_that_is_stuck_is_not_waited_for(
    mailbox: Mailbox, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who brings something is told to come again; when it does, and the database works, it is taken."""
    monkeypatch.setattr(module, "WRITE_SECONDS", 0.01)
    held = hold(people, monkeypatch)
    with pytest.raises(NotTaken):
        await mailbox.post("ana", TOPIC, Note(text="stuck"))
    held.set()
    monkeypatch.setattr(module, "WRITE_SECONDS", PATIENCE)
    await mailbox.post("ana", TOPIC, Note(text="stuck"))
    assert texts(await mailbox.read("ana")) == ["stuck"]


async def test_a_commit_that_failed_is_no_answer(mailbox: Mailbox, people: People) -> None:
    """All who shared it are told to come again, and the next is taken."""
    people.error = OperationalError("", {}, Exception("the disk is broken"))
    calls = [mailbox.post("ana", TOPIC, Note(text=str(number))) for number in range(3)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(answer) for answer in answers} == {NotTaken}
    people.error = None
    await mailbox.post("ana", TOPIC, Note(text="0"))
    assert texts(await mailbox.read("ana")) == ["0"]


async def test_in_a_flood_messages_are_handed_over_slowly(
    either_database_url: str, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many a second, that webhooks still get their answers; before and after it, at once."""
    monkeypatch.setattr(module, "AsyncLimiter", CountedTurns)
    async with open_mailbox(either_database_url, people) as mailbox:
        await mailbox.post("ana", TOPIC, Note(text="quiet"))
        await handed(mailbox, "ana")
        assert CountedTurns.taken == 0
        monkeypatch.setattr(module, "QUIET_SECONDS", NEVER)
        await asyncio.gather(*(mailbox.post("ana", TOPIC, Note(text=str(one))) for one in range(module.FLOOD)))
        for _ in range(2):
            assert len(await handed(mailbox, "ana")) == 1 + module.FLOOD
        assert await handed(mailbox, "ben", lambda _: 0.0) == []
        assert CountedTurns.taken == 2
        monkeypatch.setattr(module, "QUIET_SECONDS", 0.0)
        await handed(mailbox, "ana")
        assert CountedTurns.taken == 2


async def test_the_newest_of_a_topic(mailbox: Mailbox) -> None:
    """By recipient, without those who have none."""
    for text in "ab":
        await mailbox.post("ana", TOPIC, Note(text=text))
    await mailbox.post("ana", "others", Note(text="c"))
    assert await mailbox.newest(["ana", "ben", "nobody"], TOPIC) == {"ana": Note(text="b")}


async def test_what_one_was_sent_goes_with_its_end(either_database_url: str, people: People) -> None:
    """What others were sent stays, and numbers are not given again."""
    database = opened(either_database_url)
    mailbox = Mailbox(database, JsonSerializer((Note,)), people)
    await mailbox.prepare()
    for one in ("ben", "ana"):
        await mailbox.put(one, TOPIC, Note(text="hi"))
    (last,) = await mailbox.read("ana")
    async with database.begin() as connection:
        await empty(connection, "ana")
    assert await mailbox.read("ana") == []
    assert texts(await mailbox.read("ben")) == ["hi"]
    await mailbox.put("ana", TOPIC, Note(text="new"))
    assert (await mailbox.read("ana"))[0].number > last.number
    await database.dispose()


async def test_a_table_that_cannot_be_made_is_said(people: People) -> None:
    """In one sentence, without the password."""
    database = opened("postgresql://someone:hush@127.0.0.1:1/videos")
    with pytest.raises(DatabaseUnusable, match=r"^the table of messages can't be used: OperationalError$"):
        await Mailbox(database, JsonSerializer((Note,)), people).prepare()
    await database.dispose()


class CountedTurns:
    """A rate limit that lets everybody through and counts them."""

    taken = 0

    def __init__(self, *_: float) -> None:
        CountedTurns.taken = 0

    async def acquire(self) -> None:
        CountedTurns.taken += 1


def hold(people: People, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Holds up every transaction until the event is set."""
    held = asyncio.Event()

    async def gate() -> None:
        await held.wait()

    monkeypatch.setattr(people, "gate", gate)
    return held
