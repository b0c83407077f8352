"""What the demo says when it cannot begin."""

from __future__ import annotations

import pytest

from bot.demo.run import lacks_packages


def test_missing_packages_are_taken_from_the_checkout(capsys: pytest.CaptureFixture[str]) -> None:
    """The advice names no package of an index: what is called avatar-bot there is not this one."""
    assert lacks_packages(["a_package_that_nobody_has"])
    assert "pip install '.[demo]'" in capsys.readouterr().err
    assert not lacks_packages(["asyncio"])
    assert capsys.readouterr().err == ""
