#!/usr/bin/env bash
# Long runs of the fuzz targets, and what they found taken into the corpus.
# Called in a build folder that was configured with --enable-fuzzing:
#	run.sh run SECONDS TARGET...	two targets at a time; 1 if any found a bug
#	run.sh merge TARGET...	the least set that reaches as much as all
set -euo pipefail

command=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
jobs=${FUZZ_JOBS:-2}
input_max=4096 # bytes: the parsers' limits are larger, their corners are not

names() { # TARGET...: "jwk" of tests/fuzz/fuzz_jwk
	printf '%s\n' "${@##*/fuzz_}"
}

options() { # TARGET
	printf '%s\n' -timeout=10 -rss_limit_mb=2048 -entropic_scale_per_exec_time=1
	if [ -e "$here/dict/$1" ]; then echo "-dict=$here/dict/$1"; fi
}

run_target() { # SECONDS TARGET
	local seconds=$1 name=$2 status=0 log=fuzz-logs/$2.log opts
	mkdir -p "fuzz-corpus/$name" fuzz-logs
	mapfile -t opts < <(options "$name")
	"tests/fuzz/fuzz_$name" "${opts[@]}" -max_total_time="$seconds" \
		-max_len=$input_max -print_final_stats=1 \
		-artifact_prefix="fuzz-logs/$name-" \
		"fuzz-corpus/$name" "$here/corpus/$name" >"$log" 2>&1 || status=$?
	printf '%-12s %s  %s\n' "$name" \
		"$(if [ $status = 0 ]; then echo 'no finding'; else echo FOUND; fi)" \
		"$(grep -E '^#[0-9]+.*cov:' "$log" | tail -n 1 | tr '\t' ' ')"
	if [ $status != 0 ]; then
		grep -E 'does not hold|ERROR|runtime error|Test unit written' "$log" |
			sed 's/^/    /'
	fi
	return $status
}

# Hand-made inputs have names and stay; the hashes are made anew.
merge_target() { # TARGET
	local name=$1 new opts old
	new=$(mktemp -d)
	mapfile -t opts < <(options "$name")
	for old in "$here/corpus/$name"/*; do
		case ${old##*/} in *[!0-9a-f]*) cp "$old" "$new" ;; esac
	done
	"tests/fuzz/fuzz_$name" "${opts[@]}" -merge=1 -use_counters=0 \
		"$new" "$here/corpus/$name" "fuzz-corpus/$name" >/dev/null 2>&1
	rm -f "$here/corpus/$name"/*
	cp "$new"/* "$here/corpus/$name"
	printf '%-12s %4d files, %6d bytes\n' "$name" \
		"$(find "$new" -type f | wc -l)" "$(cat "$new"/* | wc -c)"
	rm -r "$new"
}

export -f run_target options
export here input_max
case $command in
run)
	seconds=$1
	shift
	names "$@" | xargs -n 1 -P "$jobs" bash -c \
		'set -uo pipefail; run_target "$0" "$1"' "$seconds"
	;;
merge)
	names "$@" | while IFS= read -r name; do merge_target "$name"; done
	;;
*)
	echo "run.sh: unknown command '$command'" >&2
	exit 2
	;;
esac
