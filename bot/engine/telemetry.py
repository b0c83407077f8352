"""OpenTelemetry traces of the workflows and their steps, by the engine's own support.

A span contains the name of a workflow or step, the ids of the export and of the person, and the text of an error that
it raised.
"""

import logging
from importlib.util import find_spec

from dbos import DBOS, DBOSConfig

logger = logging.getLogger(__name__)

# What the engine imports for it (dbos, _tracer.py and _logger.py); the extra `otel` brings them.
_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http", "opentelemetry.instrumentation.logging")


def with_traces(config: DBOSConfig, endpoint: str | None) -> DBOSConfig:
    """The engine's configuration with traces sent to this address over OTLP/HTTP; unchanged without an address.

    If OpenTelemetry is not installed, this is logged and there are no traces.
    """
    if endpoint is None:
        return config
    if not all(_is_installed(package) for package in _NEEDED):
        logger.warning("no traces are sent to %s: please run pip install '.[otel]'", endpoint)
        return config
    DBOS.logger.addFilter(_is_no_missing_log_exporter)
    return {**config, "enable_otlp": True, "otlp_traces_endpoints": [endpoint], "otel_attribute_format": "semconv"}


def _is_installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # nor is what it belongs to
        return False


def _is_no_missing_log_exporter(record: logging.LogRecord) -> bool:
    """Drops the engine's warning that logs are not exported: only traces are wanted."""
    return "skipping log exporter setup" not in record.getMessage()
