"""docs/deploy/compose.yaml and the commands for Docker, held to the code and to the image."""

from __future__ import annotations

import re
import shlex
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from bot.__main__ import STOP_SECONDS
from bot.settings import Settings
from tests.deployment.pages.reading import DOCS, code_blocks, section
from tests.image.dockerfile import CHECKOUT, stages

Yaml = dict[str, Any]

FILE = CHECKOUT / "docs/deploy/compose.yaml"
IMAGE = stages((CHECKOUT / "Dockerfile").read_text())[-1]
PORT, DATA = int(IMAGE.last("EXPOSE")), IMAGE.last("VOLUME")
VARIABLES = {name.upper() for name in Settings.model_fields}


@pytest.fixture
def compose() -> Yaml:
    found: Yaml = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def test_the_commands_for_docker_fit_the_image() -> None:
    """Volume and port are those of the image, and its files are not written."""
    commands = section(DOCS / "deploy.md", "Docker")
    assert set(re.findall(r"-v [\w-]+:(\S+)", commands)) == {DATA}
    assert set(re.findall(r"-p \d+:(\d+)", commands)) == {str(PORT)}
    assert "--read-only --cap-drop ALL" in commands


def test_compose_starts_two_bots_that_write_nothing(compose: Yaml) -> None:
    """They have their settings from .env and from here, and the time that an orderly stop takes."""
    bot = compose["services"]["bot"]
    assert bot["deploy"]["replicas"] == 2
    assert (FILE.parent / bot["env_file"]).resolve() == CHECKOUT / ".env"
    assert (FILE.parent / bot["build"]).resolve() == CHECKOUT
    assert set(bot["environment"]) <= VARIABLES
    assert int(bot["stop_grace_period"].removesuffix("s")) > STOP_SECONDS
    assert (bot["read_only"], bot["cap_drop"]) == (True, ["ALL"])


def test_compose_s_database_is_the_bots_own(compose: Yaml) -> None:
    """The address in the bots' settings is that of the service, with its user, its password and its database."""
    services = compose["services"]
    database = urlsplit(services["bot"]["environment"]["DATABASE_URL"].replace(":?", ""))
    made = services["postgres"]["environment"]
    assert database.hostname in services
    assert (database.username, database.path) == (made["POSTGRES_USER"], f"/{made['POSTGRES_USER']}")
    assert database.password == made["POSTGRES_PASSWORD"].replace(":?", "")


def test_compose_waits_for_what_tells_its_health(compose: Yaml) -> None:
    """Who waits until another is healthy waits for one with a health check, of its own or of the image."""
    services = compose["services"]
    awaited = [
        name
        for service in services.values()
        for name, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    ]
    assert sorted(awaited) == ["bot", "postgres"]
    assert "healthcheck" in services["postgres"]
    assert IMAGE.last("HEALTHCHECK")


def test_compose_keeps_what_must_last(compose: Yaml) -> None:
    """Each volume that is used is declared, and each service comes back."""
    services = compose["services"].values()
    used = {volume.partition(":")[0] for service in services for volume in service.get("volumes", [])}
    assert used == set(compose["volumes"])
    assert {service["restart"] for service in services} == {"unless-stopped"}


def test_compose_s_proxy_leads_to_the_bots(compose: Yaml) -> None:
    """It calls the service at the port of the image, and names the HTTP library of the bot to nobody."""
    command = compose["services"]["proxy"]["command"]
    assert command.endswith(f"--to bot:{PORT}")
    assert "--header-down Server:" in command
    assert "--from ${PUBLIC_URL:-localhost}" in command


def test_the_commands_for_compose_name_the_file_and_its_settings() -> None:
    """Each is given the file and `.env`, and speaks of services that are there."""
    compose = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    lines = [
        line for block in code_blocks((DOCS / "deploy.md").read_text(encoding="utf-8")) for line in whole_lines(block)
    ]
    commands = [shlex.split(line) for line in lines if line.startswith("docker compose")]
    assert len(commands) > 2
    for command in commands:
        assert command[2:6] == ["--env-file", ".env", "-f", "docs/deploy/compose.yaml"]
        assert set(command) & set(compose["services"]) or command[6] == "up"


def whole_lines(block: str) -> list[str]:
    """The commands of a block, each on one line."""
    return re.sub(r" *\\\n *", " ", block).splitlines()
