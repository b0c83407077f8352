"""What the source says of the workflow's steps, by its syntax alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

from bot.engine import steps
from bot.exports import workflow

# What runs a step, whose name comes first.
RUNNERS = frozenset({"run", "once", "in_place", "_step"})
ENGINE = "DBOS"
# The runner of steps; what is called outside of workflows, and within a step.
NO_OPERATIONS = frozenset(
    {"run_step_async", "register_queue_async", "list_queued_workflows_async", "list_workflow_steps_async"}
)


def step_names() -> set[str]:
    """The names of all steps. Raises ValueError where a step is named by anything but a literal."""
    return {name for call in _calls() if (name := _step_name(call))}


def engine_operations() -> set[str]:
    """The engine's own operations in the workflow, by the names of their methods."""
    calls = (call.func for call in _calls() if isinstance(call.func, ast.Attribute))
    names = {func.attr for func in calls if _is_engine(func.value) and func.attr.endswith("_async")}
    return names - NO_OPERATIONS


def registered_names() -> set[str]:
    """The names under which workflows and their class are registered."""
    decorators = [
        decorator
        for tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef | ast.AsyncFunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and _is_engine(decorator.func.value)
    ]
    values = [value for call in decorators for value in (*call.args, *(keyword.value for keyword in call.keywords))]
    return {value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)}


def _step_name(call: ast.Call) -> str | None:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in RUNNERS and call.args):
        return None
    name = call.args[0]
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return name.value
    if isinstance(name, ast.Name) and name.id == "name":
        # A runner that hands on the name it was given.
        return None
    raise ValueError(f"line {call.lineno}: a step must be named by a literal, so that its name can be found")


def _is_engine(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == ENGINE


def _calls() -> Iterator[ast.Call]:
    return (node for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Call))


def _trees() -> list[ast.Module]:
    files = [Path(steps.__file__), *sorted(Path(folder) for folder in workflow.__path__)]
    sources = [file for path in files for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
    return [ast.parse(source.read_text(encoding="utf-8")) for source in sources]
