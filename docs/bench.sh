#!/usr/bin/env bash
# Measures the diagnosis of a gateway log against ripgrep searching it for
# tokens, against decoding every line, and from a pipe against cat.
#
#   docs/bench.sh [SIZE] [RUNS]        defaults: 1GiB 7
#
# Each pair runs in turn (A B A B ...), on a warm cache, and the medians are
# printed. It needs Go, ripgrep and GNU time.
set -euo pipefail
cd "$(dirname "$0")/.."
size=${1:-1GiB} runs=${2:-7}
command -v rg >/dev/null || { echo "ripgrep is needed (Debian: apt-get install ripgrep)"; exit 1; }
command -v /usr/bin/time >/dev/null || { echo "GNU time is needed (Debian: apt-get install time)"; exit 1; }

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 GOAMD64=v1 go build -trimpath -o "$dir/graphdoctor" ./cmd/graphdoctor
go build -o "$dir/gen" ./testdata/gatewaylog/gen
go build -o "$dir/everyline" ./testdata/gatewaylog/everyline
"$dir/gen" -size "$size" >"$dir/log"
cat "$dir/log" >/dev/null
printf '%s of gateway log, %s lines; %s, %s processors\n' "$size" "$(wc -l <"$dir/log")" "$(go version | cut -d' ' -f3-)" "$(getconf _NPROCESSORS_ONLN)"

tokens='eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+'
one() { "$dir/graphdoctor" --jobs 1 --exit-zero --format json="$dir/1.json" "$dir/log"; }
two() { "$dir/graphdoctor" --jobs 2 --exit-zero --format json="$dir/2.json" "$dir/log"; }
search() { rg -c "$tokens" "$dir/log" >/dev/null; }
decode() { "$dir/everyline" "$dir/log" >/dev/null; }
piped() { cat "$dir/log" | "$dir/graphdoctor" --exit-zero --format json="$dir/p.json"; }
cats() { cat "$dir/log" | cat >"$dir/copy"; }

ms() { local from=$EPOCHREALTIME; "$1"; local to=$EPOCHREALTIME; echo $((10#${to/./} - 10#${from/./})); }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# pair NAME A B: how fast A is, in per cent of B
pair() {
	: >"$dir/a"; : >"$dir/b"; : >"$dir/r"
	"$2"; "$3"
	for _ in $(seq "$runs"); do
		a=$(ms "$2"); b=$(ms "$3")
		echo "$a" >>"$dir/a"; echo "$b" >>"$dir/b"; echo $((100 * b / a)) >>"$dir/r"
	done
	printf '%-46s %8.3f s against %8.3f s: %5d %% of its speed\n' "$1" \
		"$(median <"$dir/a" | awk '{print $1 / 1e6}')" "$(median <"$dir/b" | awk '{print $1 / 1e6}')" "$(median <"$dir/r")"
}

pair "one job, against ripgrep"                  one search
pair "two jobs, against ripgrep"                 two search
pair "one job, against decoding every line"      one decode
pair "from a pipe, against cat | cat"            piped cats
cmp "$dir/1.json" "$dir/2.json" && echo "one and two jobs print the same bytes"
for jobs in 1 2; do
	/usr/bin/time -f "%M" -o "$dir/m" "$dir/graphdoctor" --jobs $jobs --exit-zero --format json="$dir/1.json" "$dir/log"
	printf 'peak memory with --jobs %d: %d MiB\n' $jobs $(($(cat "$dir/m") / 1024))
done
