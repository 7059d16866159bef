#!/usr/bin/env bash
# A Ray cluster of the nodes of one Slurm job, and one sweep on it. From a folder that all nodes see:
#   sbatch --nodes=4 cluster/slurm.sh search_spaces/digits_cnn.yaml [more options of `cnnsearch run`]
# GPUs: sbatch --nodes=4 --gpus-per-node=2 cluster/slurm.sh ...
#SBATCH --job-name=cnnsearch
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --exclusive
#SBATCH --time=04:00:00
#SBATCH --signal=B:TERM@300
# Five minutes before the time is over the sweep gets SIGTERM: its clean end.
set -euo pipefail

[[ $# -ge 1 ]] || { echo "usage: sbatch cluster/slurm.sh FILE [options of cnnsearch run]" >&2; exit 2; }

cd "${SLURM_SUBMIT_DIR}"
if [[ -f .venv/bin/activate ]]; then
    # shellcheck disable=SC1091
    source .venv/bin/activate
fi

# One token for this job, in a file that only its owner reads, on the storage that all nodes see.
private="$(mktemp -d "${SLURM_SUBMIT_DIR}/.ray-${SLURM_JOB_ID}.XXXXXX")"
chmod 700 "${private}"
(umask 077 && python -c 'import secrets; print(secrets.token_hex(32), end="")' > "${private}/token")
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH="${private}/token" RAY_USAGE_STATS_ENABLED=0

mapfile -t nodes < <(scontrol show hostnames "${SLURM_JOB_NODELIST}")
head="${nodes[0]}"
address="$(srun --nodes=1 --ntasks=1 --nodelist="${head}" hostname --ip-address | awk '{print $1}')"
# Jobs of several users may share a node's address: the port comes from the job's number.
port=$((20000 + SLURM_JOB_ID % 20000))
cpus="${SLURM_CPUS_PER_TASK:-1}"
gpus="${SLURM_GPUS_ON_NODE:-0}"

steps=()
finish() {
    kill "${steps[@]}" 2>/dev/null || true
    wait "${steps[@]}" 2>/dev/null || true
    rm -rf "${private}"
}
trap finish EXIT

srun --nodes=1 --ntasks=1 --nodelist="${head}" --overlap \
    ray start --head --node-ip-address="${address}" --port="${port}" --num-cpus="${cpus}" --num-gpus="${gpus}" \
    --include-dashboard=false --block &
steps+=($!)

if (( ${#nodes[@]} > 1 )); then
    # Workers wait for the head by themselves, and for each other they need not.
    srun --nodes=$((${#nodes[@]} - 1)) --ntasks=$((${#nodes[@]} - 1)) --exclude="${head}" --overlap \
        ray start --address="${address}:${port}" --num-cpus="${cpus}" --num-gpus="${gpus}" --block &
    steps+=($!)
fi

for _ in $(seq 60); do
    cnnsearch doctor --address "${address}:${port}" >/dev/null 2>&1 && break
    sleep 5
done

# Nodes that join later are used too. The driver is a child, so that the signal reaches it through this shell.
cnnsearch run "$@" --address "${address}:${port}" &
driver=$!
trap 'kill -TERM "${driver}" 2>/dev/null || true' TERM INT
code=0
wait "${driver}" || code=$?
while kill -0 "${driver}" 2>/dev/null; do
    code=0
    wait "${driver}" || code=$?
done
exit "${code}"
