# check.sh <sentence> <compiler> <argument>...: what the compiler is given has to be refused, for a reason that is among
# the first lines that it writes.
sentence=$1
shift
if output=$("$@" 2>&1); then
    echo "this compiles"
    exit 1
fi
if ! printf '%s\n' "$output" | head -n 12 | grep -q -F -- "$sentence"; then
    printf 'the first lines do not say: %s\n%s\n' "$sentence" "$output"
    exit 1
fi
