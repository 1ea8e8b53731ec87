"""The files of deploy/ fit the program. Run: pytest tests/service/test_deploy.py"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from shelftalker.service.telemetry import Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_the_dashboard_asks_only_for_metrics_that_exist() -> None:
    metrics = Metrics()
    known = {family.name for family in text_string_to_metric_families(metrics.text().decode())}
    metrics.close()
    dashboard = json.loads((DEPLOY / "grafana.json").read_text())
    asked = re.findall(r"shelftalker_\w+", json.dumps([p["targets"] for p in dashboard["panels"]]))
    assert len(asked) >= 8
    assert {re.sub(r"_(total|bucket)$", "", name) for name in asked} <= known


def test_the_compose_file_names_files_that_are_there() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    service = compose["services"]["shelftalker"]
    assert (DEPLOY / ".." / service["build"]["dockerfile"]).is_file()
    assert (DEPLOY / "prometheus.yml").is_file()
    scrape = yaml.safe_load((DEPLOY / "prometheus.yml").read_text())["scrape_configs"][0]
    assert scrape["static_configs"][0]["targets"] == ["shelftalker:8000"]
    containerfile = (DEPLOY / "Containerfile").read_text()
    for line in re.findall(r"^COPY (.*) \S+$", containerfile, re.MULTILINE):
        assert all((DEPLOY.parent / name).exists() for name in line.split())


WHOLE: dict[str, Any] = {
    "replicas": 2,
    "workers": 3,
    "database": {"secret": "db"},
    "llm": {"enabled": True, "secret": "llm"},
    "ingress": {"enabled": True, "tlsSecret": "tls"},
}


def rendered(values: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """What Helm makes of the chart, by kind and name."""
    helm = pytest.importorskip("helm_python")
    files = helm.Chart.load(DEPLOY / "helm").render(values, name="shop")
    made = [one for text in files.values() for one in yaml.safe_load_all(text) if one]
    return {(one["kind"], one["metadata"]["name"]): one for one in made}


def test_helm_finds_no_fault_in_the_chart() -> None:
    helm = pytest.importorskip("helm_python")
    report = helm.lint(DEPLOY / "helm", WHOLE, strict=True)
    assert report["errors"] == []
    assert {one["error"] for one in report["messages"]} <= {"icon is recommended"}


def test_the_chart_starts_the_service_alone_or_with_all_around_it() -> None:
    assert set(rendered({})) == {("Deployment", "shop"), ("Service", "shop")}
    whole = rendered(WHOLE)
    assert {("Deployment", "shop-llm"), ("Service", "shop-llm"), ("Ingress", "shop")} < set(whole)
    pod = whole["Deployment", "shop"]["spec"]["template"]
    [container] = pod["spec"]["containers"]
    assert container["args"][-2:] == ["--workers", "3"]
    assert [one["name"] for one in container["env"]][:2] == [
        "SHELFTALKER_STORE",
        "SHELFTALKER_API_KEY",
    ]
    for name in ("shop", "shop-llm"):  # the services find their machines
        chosen = whole["Deployment", name]["spec"]["selector"]["matchLabels"]
        assert whole["Service", name]["spec"]["selector"] == chosen
        assert (
            chosen.items()
            <= whole["Deployment", name]["spec"]["template"]["metadata"]["labels"].items()
        )


@pytest.mark.parametrize("values", [{"replicas": 2}, {"llm": {"enabled": True}}])
def test_the_chart_refuses_what_would_lose_data_or_be_open(values: dict[str, Any]) -> None:
    helm = pytest.importorskip("helm_python")
    with pytest.raises(helm.HelmRenderError, match="needs"):
        rendered(values)


def test_every_value_of_the_chart_is_used_and_documented() -> None:
    templates = "".join(one.read_text() for one in (DEPLOY / "helm/templates").glob("*.yaml"))
    used = set(re.findall(r"\.Values\.([A-Za-z.]+)", templates))
    values = yaml.safe_load((DEPLOY / "helm/values.yaml").read_text())
    known = set()
    for name, value in values.items():
        nested = isinstance(value, dict) and name != "resources"
        known |= {f"{name}.{part}" for part in value} if nested else {name}
    assert used == known
