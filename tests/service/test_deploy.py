"""The files of deploy/ fit the program. Run: pytest tests/service/test_deploy.py"""

import json
import re
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

from shelftalker.service.metrics import Metrics

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
