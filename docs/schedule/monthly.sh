#!/bin/sh
# The month's job: score with the run in use, and where labelled customers are given, train again and promote if better.
#   monthly.sh NAME NEW SCORES [LABELLED]
# Exit codes are those of custpred: 0 done, 3 the new customers differ too much and nothing was scored.
set -eu
name=$1 new=$2 scores=$3 labelled=${4:-}

custpred --quiet predict --champion "$name" "$new" --out "$scores" --require "psi <= 0.5" --require "unseen <= 0.1"
if [ -n "$labelled" ]; then
    custpred --quiet retrain --champion "$name" --data "$labelled"
fi
