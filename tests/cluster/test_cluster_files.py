"""The files that launch clusters, each against its tool's own rules where they can be had."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
from ruamel.yaml import YAML

from cnnsearch.cli.app import app
from cnnsearch.experiment import Experiment

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "cluster"
LAUNCHERS = ["aws.yaml", "local.yaml"]
MANIFESTS = ["raycluster.yaml", "rayjob.yaml"]
SCRIPTS = ["slurm.sh", "local_two_node.sh"]
OPTIONS = {
    option
    for parameter in typer.main.get_command(app).commands["run"].params  # type: ignore[attr-defined]
    for option in (*parameter.opts, *parameter.secondary_opts)
}


def read(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((FOLDER / name).read_text(encoding="utf-8"))


def commands(cluster: dict[str, Any]) -> list[str]:
    return [*cluster["head_start_ray_commands"], *cluster["worker_start_ray_commands"]]


@pytest.mark.parametrize("name", LAUNCHERS)
def test_launchers_obey_rays_own_schema(name: str) -> None:
    spec = importlib.util.find_spec("ray")
    assert spec is not None
    assert spec.origin is not None
    schema = json.loads((Path(spec.origin).parent / "autoscaler" / "ray-schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(read(name), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**read(name), "worker_nodes_typo": 1}, schema)


@pytest.mark.parametrize("name", LAUNCHERS)
def test_launchers_give_every_node_the_token(name: str) -> None:
    cluster = read(name)
    assert [here for there, here in cluster["file_mounts"].items() if there.endswith("/.ray/auth_token")] == [
        "~/.ray/auth_token"
    ]
    starts = [command for command in commands(cluster) if "ray start" in command]
    assert len(starts) == 2
    assert all("RAY_AUTH_MODE=token" in command for command in starts)


def test_the_nodes_of_aws_are_cpus_and_gpus() -> None:
    kinds = read("aws.yaml")["available_node_types"]
    assert kinds["head"]["resources"] == {"CPU": 0}
    assert [kind["resources"].get("GPU", 0) for name, kind in kinds.items() if name != "head"] == [0, 1]
    assert "--env RAY_AUTH_MODE=token" in read("aws.yaml")["docker"]["run_options"]
    assert any(option.startswith("--shm-size=") for option in read("aws.yaml")["docker"]["run_options"])


def manifest(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest, and the cluster in it."""
    found = read(f"kuberay/{name}")
    return found, found["spec"].get("rayClusterSpec", found["spec"])


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests_have_kuberays_fields(name: str) -> None:
    schema = json.loads((Path(__file__).parent / "kuberay.schema.json").read_text(encoding="utf-8"))
    found, cluster = manifest(name)
    jsonschema.validate(found, schema)
    cluster["workerGroupSpec"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, schema)


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifests_have_a_token_shared_memory_and_this_ray(name: str) -> None:
    _, cluster = manifest(name)
    assert cluster["authOptions"] == {"mode": "token"}
    assert f"ray=={cluster['rayVersion']}" in (ROOT / "constraints.txt").read_text().splitlines()
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        (container,) = pod["containers"]
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        (memory,) = (volume for volume in pod["volumes"] if volume.get("emptyDir", {}).get("medium") == "Memory")
        assert mounts[memory["name"]] == "/dev/shm"
        assert container["resources"]["limits"] == container["resources"]["requests"]


@pytest.mark.parametrize("name", MANIFESTS)
def test_what_may_come_is_what_the_groups_may_grow_to(name: str) -> None:
    _, cluster = manifest(name)
    (container,) = cluster["headGroupSpec"]["template"]["spec"]["containers"]
    (told,) = (entry["value"] for entry in container["env"] if entry["name"] == "CNNSEARCH_NODES_TO_COME")
    groups = []
    for group in cluster["workerGroupSpecs"]:
        limits = group["template"]["spec"]["containers"][0]["resources"]["limits"]
        gpus = {"GPU": int(limits["nvidia.com/gpu"])} if "nvidia.com/gpu" in limits else {}
        groups.append({"CPU": int(limits["cpu"]), **gpus, "count": group["maxReplicas"]})
    assert json.loads(told) == groups


def test_the_job_runs_a_command_that_there_is() -> None:
    found, _ = manifest("rayjob.yaml")
    words = shlex.split(found["spec"]["entrypoint"])
    assert words[:3] == ["exec", "cnnsearch", "run"]
    assert {word for word in words if word.startswith("--")} <= OPTIONS
    Experiment.from_yaml(ROOT / Path(words[3]).relative_to("/opt/cnnsearch"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_parse_and_stop_at_the_first_error(name: str) -> None:
    path = FOLDER / name
    subprocess.run(["bash", "-n", str(path)], check=True)
    assert path.stat().st_mode & 0o100
    text = path.read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in text
    assert re.search(r"^trap finish EXIT$", text, re.MULTILINE)
    assert "ray stop" not in text  # which would end other people's Ray on this machine too


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_make_a_token_that_only_its_owner_reads(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert re.search(r"\(umask 077 && .*token_hex.*/token\"\)", text)
    assert re.search(r'^export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH="\$\{private\}/token"', text, re.MULTILINE)
    assert text.index("export RAY_AUTH_MODE") < text.index("ray start --head" if "slurm" in name else "start_node head")
    assert 'rm -rf "${private}"' in text


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_use_options_that_there_are(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    calls = [line for line in text.splitlines() if line.strip().startswith("cnnsearch run")]
    assert calls
    assert {word for line in calls for word in line.split() if word.startswith("--")} <= OPTIONS


def test_scripts_say_what_is_wrong_with_their_options() -> None:
    wrong = subprocess.run([FOLDER / "local_two_node.sh", "--cpu", "2"], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stderr) == (2, "unknown option --cpu; see --help\n")
    helped = subprocess.run([FOLDER / "local_two_node.sh", "--help"], capture_output=True, text=True, check=True)
    assert "[--cpus N]" in helped.stdout
    nothing = subprocess.run([FOLDER / "slurm.sh"], capture_output=True, text=True, check=False)
    assert nothing.returncode == 2
    assert nothing.stderr.startswith("usage: sbatch")


def test_the_image() -> None:
    text = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    known = {"FROM", "ARG", "RUN", "WORKDIR", "COPY", "USER", "ENV", "CMD"}
    assert {instruction for instruction, _ in lines} <= known
    assert lines[0][0] == "FROM"
    assert lines[-1] == ["CMD", '["cnnsearch", "doctor"]']
    for instruction, rest in lines:
        if instruction == "COPY":
            assert all((ROOT / source).exists() for source in rest.split()[:-1])
    environment = next(rest for instruction, rest in lines if instruction == "ENV")
    assert "RAY_AUTH_MODE=token" in environment
    assert "RAY_AUTH_TOKEN=" not in text  # a token in an image is everybody's
    assert [instruction for instruction, _ in lines].index("USER") > 3  # nothing runs as root


def test_the_readme_names_every_file() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    files = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()} - {"README.md"}
    assert [name for name in sorted(files) if name not in text] == []
