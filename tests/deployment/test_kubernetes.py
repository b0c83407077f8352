"""docs/deploy/kubernetes.yaml, held to the code and to the image."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import yaml

from bot.__main__ import STOP_SECONDS
from bot.settings import Settings, load_settings
from bot.web.health import Health
from bot.web.server import listening
from tests.image.dockerfile import CHECKOUT, stages

Yaml = dict[str, Any]

FILE = CHECKOUT / "docs/deploy/kubernetes.yaml"
IMAGE = stages((CHECKOUT / "Dockerfile").read_text())[-1]
PORT, DATA, USER = int(IMAGE.last("EXPOSE")), IMAGE.last("VOLUME"), IMAGE.last("USER")
VARIABLES = {name.upper() for name in Settings.model_fields}


@pytest.fixture
def kubernetes() -> dict[str, Yaml]:
    """The resources by their kind."""
    return {each["kind"]: each for each in yaml.safe_load_all(FILE.read_text(encoding="utf-8"))}


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
    assert pod["terminationGracePeriodSeconds"] > STOP_SECONDS
    [mount] = container["volumeMounts"]
    assert mount["mountPath"] == DATA
    assert [volume["name"] for volume in pod["volumes"]] == [mount["name"]]
