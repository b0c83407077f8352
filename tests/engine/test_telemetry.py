"""Traces are optional: without a place to send them to, or without OpenTelemetry, the engine runs as ever."""

from __future__ import annotations

import logging

import pytest
from dbos import DBOSConfig

from bot.engine import telemetry
from bot.engine.telemetry import with_traces

CONFIG: DBOSConfig = {"name": "tests"}
ENDPOINT = "http://collector:4318/v1/traces"


def test_nobody_wants_traces() -> None:
    """The engine's configuration stays as it is."""
    assert with_traces(CONFIG, None) == CONFIG


def test_traces_go_to_the_endpoint() -> None:
    """As it was given, with nothing added."""
    assert with_traces(CONFIG, ENDPOINT)["otlp_traces_endpoints"] == [ENDPOINT]


def test_without_opentelemetry_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The bot starts all the same: watching it must not be what stops it."""
    monkeypatch.setattr(telemetry, "_NEEDED", ("opentelemetry.sdk", "no_such_package.exporter"))
    with caplog.at_level(logging.WARNING):
        assert with_traces(CONFIG, ENDPOINT) == CONFIG
    assert caplog.messages == [f"no traces are sent to {ENDPOINT}: please run pip install '.[otel]'"]
