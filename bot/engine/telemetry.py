"""OpenTelemetry traces of the workflows and their steps, by the engine's own support.

A span holds the name of a workflow or step, the ids of the export and of the person, and the text of an error that
got out of it.
"""

import logging
from importlib.util import find_spec

from dbos import DBOS, DBOSConfig

logger = logging.getLogger(__name__)

# What the engine imports for it (dbos, _tracer.py and _logger.py); the extra `otel` brings them.
_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http", "opentelemetry.instrumentation.logging")


def with_traces(config: DBOSConfig, endpoint: str | None) -> DBOSConfig:
    """The engine's configuration with traces that go to this address over OTLP/HTTP; without one, as it is.

    Where OpenTelemetry is not installed, a line in the log says so, and there are no traces.
    """
    if endpoint is None:
        return config
    if not all(_is_installed(package) for package in _NEEDED):
        logger.warning("no traces are sent to %s: please run pip install 'avatar-bot[otel]'", endpoint)
        return config
    DBOS.logger.addFilter(_is_no_missing_log_exporter)
    return {**config, "enable_otlp": True, "otlp_traces_endpoints": [endpoint], "otel_attribute_format": "semconv"}


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # nor is what it belongs to
        return False


def _is_no_missing_log_exporter(record: logging.LogRecord) -> bool:
    """Traces and no logs are what is wanted; the engine warns of that."""
    return "skipping log exporter setup" not in record.getMessage()
