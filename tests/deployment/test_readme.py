"""What the README tells operators to paste, held to the code and to the image."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
import pytest_asyncio
import yaml

from bot.__main__ import STOP_SECONDS
from bot.aistudios import webhook
from bot.settings import Settings, load_settings
from bot.slack.api.scopes import BOT_SCOPES
from bot.web.connections import MOST_OPEN
from bot.web.health import Health
from bot.web.server import listening
from bot.web.slack_events import LARGEST_BODY
from bot.web.webhooks import CALLS_AT_ONCE, CALLS_PER_SECOND
from tests.image.dockerfile import CHECKOUT, stages

Yaml = dict[str, Any]

README = (CHECKOUT / "README.md").read_text()
IMAGE = stages((CHECKOUT / "Dockerfile").read_text())[-1]
PORT, DATA, USER = int(IMAGE.last("EXPOSE")), IMAGE.last("VOLUME"), IMAGE.last("USER")
VARIABLES = {name.upper() for name in Settings.model_fields}


def section(title: str) -> str:
    """A section of the README, without its heading."""
    [text] = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## )", README, re.MULTILINE | re.DOTALL)
    return str(text)


def documents(title: str) -> list[Yaml]:
    """What is in the YAML of a section."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", section(title), re.MULTILINE | re.DOTALL)
    return [document for block in blocks for document in yaml.safe_load_all(block)]


@pytest.fixture
def compose() -> Yaml:
    [found] = documents("In Docker")
    return found


@pytest.fixture
def kubernetes() -> dict[str, Yaml]:
    """The resources by their kind."""
    return {each["kind"]: each for each in documents("On Kubernetes")}


@pytest.fixture
def pod(kubernetes: dict[str, Yaml]) -> Yaml:
    spec: Yaml = kubernetes["Deployment"]["spec"]["template"]["spec"]
    return spec


@pytest.fixture
def container(pod: Yaml) -> Yaml:
    [only] = pod["containers"]
    found: Yaml = only
    return found


@pytest_asyncio.fixture
async def address() -> AsyncIterator[str]:
    """A bot's server without anything in it."""
    async with listening("127.0.0.1", 0, Health({}), []) as port:
        yield f"http://127.0.0.1:{port}"


def may_stop_in(seconds: float) -> bool:
    """Whether an orderly stop fits."""
    return seconds > STOP_SECONDS


def test_the_commands_for_docker_fit_the_image() -> None:
    """Volume and port are those of the image, and its files are not written."""
    commands = section("In Docker").partition("```yaml")[0]
    assert set(re.findall(r"-v [\w-]+:(\S+)", commands)) == {DATA}
    assert set(re.findall(r"-p \d+:(\d+)", commands)) == {str(PORT)}
    assert "--read-only --cap-drop ALL" in commands


def test_compose_starts_two_bots_that_write_nothing(compose: Yaml) -> None:
    """They have their settings from .env and from here, and the time that an orderly stop takes."""
    bot = compose["services"]["bot"]
    assert bot["deploy"]["replicas"] == 2
    assert bot["env_file"] == ".env"
    assert set(bot["environment"]) <= VARIABLES
    assert may_stop_in(int(bot["stop_grace_period"].removesuffix("s")))
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


def test_the_secret_is_enough_to_start_with(
    kubernetes: dict[str, Yaml], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its names are settings, and with values in place of the dots the bot has what it needs."""
    values = kubernetes["Secret"]["stringData"]
    assert set(values) <= VARIABLES
    monkeypatch.chdir(tmp_path)
    for name in VARIABLES:
        monkeypatch.setenv(name, values.get(name, "").replace("…", "x"))
    assert load_settings().public_url == values["PUBLIC_URL"]


def test_everything_on_kubernetes_means_the_same_pods(kubernetes: dict[str, Yaml], container: Yaml) -> None:
    """Service and disruption budget select the pods of the deployment, which have the Secret."""
    deployment = kubernetes["Deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    budget = kubernetes["PodDisruptionBudget"]["spec"]
    selectors = [deployment["selector"]["matchLabels"], budget["selector"]["matchLabels"]]
    assert [*selectors, kubernetes["Service"]["spec"]["selector"]] == [labels] * 3
    assert deployment["replicas"] == 2 > budget["minAvailable"]
    assert container["envFrom"] == [{"secretRef": {"name": kubernetes["Secret"]["metadata"]["name"]}}]


def test_the_service_leads_to_the_image_s_port(kubernetes: dict[str, Yaml], container: Yaml) -> None:
    """By its name, as the probes do."""
    [port] = container["ports"]
    assert port["containerPort"] == PORT
    assert [each["targetPort"] for each in kubernetes["Service"]["spec"]["ports"]] == [port["name"]]
    assert {container[probe]["httpGet"]["port"] for probe in container if probe.endswith("Probe")} == {port["name"]}


@pytest.mark.parametrize("probe", ["startupProbe", "livenessProbe", "readinessProbe"])
async def test_probes_ask_what_the_bot_answers(container: Yaml, address: str, probe: str) -> None:
    """The path of each probe is there; only readiness asks for more than life."""
    path = container[probe]["httpGet"]["path"]
    async with aiohttp.ClientSession() as http, http.get(address + path) as answer:
        assert answer.status == 200
    assert (path == "/readyz") == (probe == "readinessProbe")


def test_the_pod_may_do_nothing_that_it_need_not(pod: Yaml, container: Yaml) -> None:
    """It is the image's user, without root, capabilities, a writable root or a token of the cluster."""
    user = pod["securityContext"]
    assert (user["runAsNonRoot"], f"{user['runAsUser']}:{user['runAsGroup']}") == (True, USER)
    assert user["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_the_pod_has_the_time_and_the_place_it_needs(pod: Yaml, container: Yaml) -> None:
    """An orderly stop fits into the grace period, and what the image writes to is a volume."""
    assert may_stop_in(pod["terminationGracePeriodSeconds"])
    [mount] = container["volumeMounts"]
    assert mount["mountPath"] == DATA
    assert [volume["name"] for volume in pod["volumes"]] == [mount["name"]]


def test_the_scopes_are_those_of_the_app() -> None:
    """The table has each scope that the manifest asks for, with its reason."""
    rows = re.findall(r"^\| `([a-z.:]+)` \| (.+) \|$", section("Security"), re.MULTILINE)
    assert dict(rows) == BOT_SCOPES


def test_the_limits_are_those_of_the_code() -> None:
    """Each number stands in the code as it stands in the text."""
    text = " ".join(section("Security").split())
    for words in (
        f"Slack's requests may have {LARGEST_BODY // 1_000_000} MB, webhooks {webhook.MAX_BODY // 1024} KiB",
        f"{MOST_OPEN} connections stand open at once",
        f"takes {CALLS_AT_ONCE} calls at once and {CALLS_PER_SECOND:g} a second",
    ):
        assert words in text


def test_links_within_the_readme_lead_somewhere() -> None:
    """Each has its heading."""
    headings = {
        re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in re.findall(r"^#+ (.+)$", README, re.M)
    }
    assert [link for link in re.findall(r"\]\(#([^)]+)\)", README) if link not in headings] == []
