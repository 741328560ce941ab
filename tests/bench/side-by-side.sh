#!/usr/bin/env bash
# The same plain HTTP requests with the same five assertions each, by the harness and by hurl, against one loopback
# server: wall time, the largest resident memory, and their ratio. The harness writes and signs its evidence with HTML
# and JUnit; hurl writes its JSON and JUnit reports.
#
#   tests/bench/side-by-side.sh [STEPS] [ROUNDS]        1000 steps and 5 rounds when not given
#
# Needs hurl 8 (cargo install hurl --locked) and GNU time.
set -euo pipefail
cd "$(dirname "$0")/../.."
steps=${1:-1000} rounds=${2:-5}
for tool in hurl /usr/bin/time; do
  command -v "$tool" >/dev/null || { echo "side-by-side: $tool is not installed" >&2; exit 2; }
done

cargo build --release --quiet
harness=${CARGO_TARGET_DIR:-target}/release/twiin-harness
work=$(mktemp -d)
trap 'exec 3>&- || true; rm -rf "$work"' EXIT

# The server ends when nobody holds its input.
mkfifo "$work/hold"
cargo bench --quiet --bench speed -- serve <"$work/hold" >"$work/port" 2>/dev/null &
exec 3>"$work/hold"
until [ -s "$work/port" ]; do sleep 0.1; done
port=$(head -n 1 "$work/port")

"$harness" init "$work/run" >/dev/null
cargo bench --quiet --bench speed -- material "$work/run" "$steps" "$port" 2>/dev/null

# Prints seconds and KiB of the quickest of the rounds; a step that fails ends it.
quickest() {
  local round
  for ((round = 0; round < rounds; round++)); do
    rm -rf "$work/out" && mkdir "$work/out"
    /usr/bin/time -o "$work/time" -a -f '%e %M' "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
  done
  sort -n "$work/time" | head -n 1
  rm "$work/time"
}

ours=$(quickest "$harness" --suite "$work/run/suite" run --candidate "$work/run/candidate.yaml" \
  --only generic/speed/plain-steps --quiet --out "$work/out/run")
theirs=$(quickest hurl --test --report-json "$work/out/json" --report-junit "$work/out/junit.xml" "$work/run/steps.hurl")

echo "$steps steps, five assertions each; quickest of $rounds rounds"
echo "harness, evidence on    $ours" | awk '{ printf "%s %s %s  %6.2f s  %6.1f MiB\n", $1, $2, $3, $4, $5 / 1024 }'
echo "$(hurl --version | awk 'NR == 1 { print $1, $2 }'), JSON and JUnit  $theirs" |
  awk '{ printf "%s %s %s %s %s  %6.2f s  %6.1f MiB\n", $1, $2, $3, $4, $5, $6, $7 / 1024 }'
awk -v ours="${ours% *}" -v theirs="${theirs% *}" 'BEGIN { printf "harness / hurl          %.2f\n", ours / theirs }'
