"""What the bot relies on in DBOS: public names alone, each of which the installed version has with what is passed."""

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions

import bot

SOURCES = {path: path.read_text(encoding="utf-8") for path in sorted(Path(bot.__file__).parent.rglob("*.py"))}
# What DBOS may change in any release: its modules and attributes that begin with an underscore.
PRIVATE = re.compile(r"\bdbos\._|_sys_db|\bDBOS(Client)?\._")
# How the source names DBOS and its client.
OWNERS: Mapping[str, tuple[type, ...]] = {
    "DBOS": (DBOS,),
    "client": (DBOSClient,),
    "_client": (DBOSClient,),
    "store": (DBOS, DBOSClient),
    "_store": (DBOS, DBOSClient),
}
# Everything that we use. A new one is put here once the documentation (https://docs.dbos.dev/python) has it.
RELIED_ON = frozenset(
    {
        *("launch", "destroy", "logger", "workflow_id", "dbos_class", "workflow", "register_queue_async"),
        *("start_workflow_async", "enqueue_workflow_async", "get_result_async", "run_step_async"),
        *("list_workflows_async", "list_queued_workflows_async", "list_workflow_steps_async"),
        *("resume_workflows_async", "delete_workflows_async", "enqueue_async"),
    }
)
CONFIGURATION = frozenset(
    {
        *("name", "system_database_url", "application_version", "executor_id", "serializer", "db_engine_kwargs"),
        *("log_level", "max_executor_threads", "notification_listener_polling_interval_sec", "sys_db_pool_size"),
    }
)


def used() -> dict[tuple[type, str], set[str]]:
    """What the bot uses of DBOS and of its client, with the parameters that it passes by name."""
    found: dict[tuple[type, str], set[str]] = defaultdict(set)
    for source in SOURCES.values():
        for node in ast.walk(ast.parse(source if "from dbos import" in source else "")):
            if isinstance(node, ast.Attribute):
                for owner in OWNERS.get(_last_name(node.value), ()):
                    found[owner, node.attr].update()
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                for owner in OWNERS.get(_last_name(node.func.value), ()):
                    found[owner, node.func.attr].update(word.arg for word in node.keywords if word.arg)
    return found


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def parameters(owner: type, method: str) -> set[str]:
    """The names of a method's parameters, none of a property's. Raises AttributeError when there is no such thing."""
    found = inspect.getattr_static(owner, method)
    function = getattr(found, "__func__", found)
    return set(inspect.signature(function).parameters) if callable(function) else set()


def test_nothing_private_of_dbos_is_used() -> None:
    """No module of the bot names what DBOS may change in any release."""
    assert [str(path) for path, source in SOURCES.items() if PRIVATE.search(source)] == []


def test_what_we_rely_on_is_named() -> None:
    """Whoever calls something new of DBOS meets the list of what has to stay as it is."""
    assert {name for _, name in used()} == RELIED_ON


def test_the_installed_dbos_has_every_call_with_its_parameters() -> None:
    """A release of DBOS that renames or drops one of them is found before it is run."""
    for (owner, method), passed in used().items():
        known = parameters(owner, method)
        assert passed <= known, f"{owner.__name__}.{method} has no {passed - known}"


def test_the_installed_dbos_knows_our_configuration() -> None:
    """The keys of the configuration, and those of what is enqueued by name, are DBOS's."""
    assert DBOSConfig.__annotations__.keys() >= CONFIGURATION
    assert EnqueueOptions.__annotations__.keys() >= {"workflow_name", "queue_name", "workflow_id", "app_version"}
