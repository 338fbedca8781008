#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A plan of aw verify-build plan as an array of Slurm, a job a task:
#
#   aw verify-build plan --policy=ci -o plan
#   sbatch --array=0-127 --export=ALL,PLAN="$PWD/plan",RESULTS="$PWD/results" \
#       deploy/slurm-array.sh
#   aw verify-build merge --plan=plan --vkey="$(cat rebuilder.pub)" results
#
# SLURM_ARRAY_TASK_ID says which job a task does. Policy, key, repository and
# folders come from AW_CONFIG. A job that was done already ends at once, so the
# same array may be started again.
#SBATCH --job-name=aw-rebuild
#SBATCH --cpus-per-task=1
#SBATCH --mem=3G
#SBATCH --time=00:45:00
#SBATCH --requeue
set -u
: "${PLAN:?}" "${RESULTS:?}" "${SLURM_ARRAY_TASK_ID:?}"

code=0
aw verify-build run --plan="$PLAN" --results="$RESULTS" || code=$?
case $code in
0) ;;
# Verdicts: in the signed result, which merge reads.
10 | 13) code=0 ;;
# Network, storage, time, build, space: once more, elsewhere.
2[0-4])
    [ "${SLURM_RESTART_COUNT:-0}" -ge 2 ] ||
        scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
    ;;
esac
exit "$code"
