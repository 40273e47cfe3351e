# compare.sh <program>...: all have to print the same. Programs that were not built are for .ci/run --full.
first=
for program; do
    [ -x "$program" ] || { echo "$program is not built: skipped"; exit 77; }
    output=$("$program") || { echo "$program failed"; exit 1; }
    if [ -z "$first" ]; then
        first=$output
    elif [ "$output" != "$first" ]; then
        printf '%s prints other bits than %s\n' "$program" "$1"
        exit 1
    fi
done
printf '%s\n' "$first" | wc -l
