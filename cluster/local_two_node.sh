#!/usr/bin/env bash
# Two nodes on one machine: a head, then a second node of the same size, and the same sweep on one and on both.
#   cluster/local_two_node.sh [FILE] [--cpus N] [--output FOLDER] [-- more options of `cnnsearch run`]
# Ports and temporary files are its own, so that it does not touch another Ray on this machine; it cleans up after itself.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
file="${here}/search_spaces/digits_cnn.yaml"
cpus=1
output="results"
while (( $# )); do
    case "$1" in
        --cpus) cpus="$2"; shift 2 ;;
        --output) output="$2"; shift 2 ;;
        --) shift; break ;;
        -h|--help) sed -n '2,4s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
        -*) echo "unknown option $1; see --help" >&2; exit 2 ;;
        *) file="$1"; shift ;;
    esac
done
if ! command -v ray >/dev/null && [[ -x "${here}/.venv/bin/ray" ]]; then
    PATH="${here}/.venv/bin:${PATH}"
fi

# Short: Ray puts sockets there, whose paths may have about 100 characters.
private="$(mktemp -d /tmp/two-node.XXXX)"
(umask 077 && python -c 'import secrets; print(secrets.token_hex(32), end="")' > "${private}/token")
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH="${private}/token" RAY_USAGE_STATS_ENABLED=0
unset RAY_ADDRESS

free_port() {
    python -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
port="$(free_port)"
address="127.0.0.1:${port}"

nodes=()
finish() {
    # Each node runs with --block in a session of its own: its processes go with it, and no others.
    for node in "${nodes[@]}"; do kill -TERM "${node}" 2>/dev/null || true; done
    for _ in $(seq 100); do
        running=0
        for node in "${nodes[@]}"; do kill -0 "${node}" 2>/dev/null && running=1; done
        (( running )) || break
        sleep 0.2
    done
    for node in "${nodes[@]}"; do kill -KILL -- "-${node}" 2>/dev/null || true; done
    wait 2>/dev/null || true
    rm -rf "${private}"
}
trap finish EXIT
trap 'exit 130' INT TERM

start_node() {  # NAME, then options of `ray start`
    local name="$1"
    shift
    setsid ray start --block --num-cpus="${cpus}" --num-gpus=0 --object-store-memory=200000000 \
        --dashboard-agent-grpc-port="$(free_port)" \
        --dashboard-agent-listen-port="$(free_port)" --metrics-export-port="$(free_port)" "$@" \
        >"${private}/${name}.log" 2>&1 &
    nodes+=($!)
}

wait_for_nodes() {  # COUNT
    for _ in $(seq 120); do
        if python - "$1" "${address}" <<'PYTHON' 2>/dev/null
import sys

from ray._raylet import GcsClient

alive = [node for node in GcsClient(address=sys.argv[2]).get_all_node_info(timeout=5).values() if node.state == 0]
sys.exit(len(alive) != int(sys.argv[1]))
PYTHON
        then
            return
        fi
        sleep 1
    done
    echo "no $1 node(s) after two minutes; their logs:" >&2
    tail -n 5 "${private}"/*.log >&2
    exit 1
}

sweep() {  # NAME, then options of `cnnsearch run`
    local name="$1"
    shift
    cnnsearch run "${file}" --address "${address}" --output "${output}" --name "${name}" --json "$@" >"${private}/${name}.json"
}

echo "head of ${cpus} CPU(s) at ${address}" >&2
start_node head --head --port="${port}" --node-ip-address=127.0.0.1 --temp-dir="${private}/ray" \
    --include-dashboard=false --ray-client-server-port="$(free_port)"
wait_for_nodes 1
sweep one-node "$@"

echo "a second node of the same size" >&2
start_node second --address="${address}" --node-ip-address=127.0.0.1
wait_for_nodes 2
sweep two-nodes "$@"

python - "${private}/one-node.json" "${private}/two-nodes.json" <<'PYTHON'
import collections
import json
import pathlib
import sys


def read(path):
    study = pathlib.Path(json.loads(pathlib.Path(path).read_text())["study"])
    trials = [json.loads(line) for line in (study / "trials.jsonl").read_text().splitlines()]
    nodes = collections.Counter(trial["worker"]["node_id"] for trial in trials)
    stages = json.loads((study / "stages.json").read_text())
    ended = sorted(trial["ended"] for trial in trials)
    # From the first end to the last: the start of the workers is not counted.
    pace = (len(ended) - 1) / (ended[-1] - ended[0]) if len(ended) > 1 else float("nan")
    computed = {(stage["stage"], stage["name"]): stage["misses"] for stage in stages}
    return study, nodes, pace, computed


(one, _, slow, _), (two, nodes, fast, computed) = read(sys.argv[1]), read(sys.argv[2])
for node, trials in nodes.items():
    print(f"node {node}: {trials} trials")
print(f"one node:  {slow * 3600:.0f} trials an hour  ({one})")
print(f"two nodes: {fast * 3600:.0f} trials an hour, {fast / slow:.2f} times as many  ({two})")
for (stage, name), times in computed.items():
    print(f"computed {times} time(s) for both nodes: {stage} {name}")
if len(nodes) != 2:
    sys.exit("only one of the two nodes was used")
PYTHON
