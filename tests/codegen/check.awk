# check.awk expected.txt disassembly: looks at every innermost loop with an FMA, or a dot product of bytes, in the functions
# that expected.txt names. Such a loop has the expected number of these on full registers or a multiple, no others, no call and
# no access to the stack.

function hex(text,    i, value)
{
    value = 0
    for (i = 1; i <= length(text); ++i) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
    return value
}

function complain(loop, message)
{
    printf "%s, loop at %s: %s\n", name, address[loop], message
    failures++
}

# The loop from instruction `first` to its backward jump `last`.
function check_loop(k, first, last,    i, full, other, calls, stack)
{
    full = other = calls = stack = 0
    for (i = first; i <= last; ++i) {
        if (text[i] ~ (operation[k] ".*%" register[k])) full++
        else if (text[i] ~ family[k]) other++
        if (text[i] ~ /^call/) calls++
        if (text[i] ~ /\(%rsp/ || (framed && text[i] ~ /\(%rbp/)) stack++
    }
    if (full + other == 0) return
    loops[k]++
    if (full == 0 || full % count[k] != 0) complain(first, full " FMAs on full registers, expected " count[k] " or a multiple")
    if (other) complain(first, other " FMAs on narrower registers")
    if (calls) complain(first, calls " calls")
    if (stack) complain(first, stack " accesses to the stack")
}

function check_function(    k, i, j, target, first, inner)
{
    for (k = 1; k <= kernels; ++k) {
        if (name !~ pattern[k] || name ~ /\[clone .*cold/) continue
        for (i = 1; i <= size; ++i) {
            start[i] = 0
            if (text[i] !~ /^j/) continue
            split(text[i], word, /[ \t]+/)
            target = hex(word[2])
            if (target <= position[i]) for (j = 1; j <= i; ++j) if (position[j] == target) start[i] = j
        }
        for (i = 1; i <= size; ++i) {
            if (!start[i]) continue
            inner = 1
            for (j = start[i]; j < i; ++j) if (start[j] > start[i] || (start[j] == start[i] && j < i)) inner = 0
            if (inner) check_loop(k, start[i], i)
        }
    }
    size = framed = 0
}

FNR == NR {
    if ($0 !~ /^#/ && NF) {
        kernels++
        count[kernels] = $1
        register[kernels] = $2
        family[kernels] = $3 == "bytes" ? "vpdpbusd" : "^vfn?m(add|sub)"
        operation[kernels] = $3 == "bytes" ? "vpdpbusd" : "^vfn?m(add|sub)[0-9]+" $3
        sub(/^[^ ]+ [^ ]+ [^ ]+ /, "")
        pattern[kernels] = $0
    }
    next
}

/^[0-9a-f]+ <.*>:$/ {
    check_function()
    name = $0
    sub(/^[0-9a-f]+ </, "", name)
    sub(/>:$/, "", name)
    next
}

/^ *[0-9a-f]+:\t/ {
    size++
    split($0, field, ":")
    address[size] = field[1]
    sub(/^ */, "", address[size])
    position[size] = hex(address[size])
    text[size] = $0
    sub(/^[^\t]*\t/, "", text[size])
    # Only with a frame pointer is %rbp the stack; otherwise it is a register like others.
    if (text[size] ~ /^mov +%rsp,%rbp/) framed = 1
}

END {
    check_function()
    for (k = 1; k <= kernels; ++k) {
        printf "%s: %d loops\n", pattern[k], loops[k]
        if (!loops[k]) {
            printf "no loop with an FMA in a function named %s\n", pattern[k]
            failures++
        }
    }
    exit failures > 0
}
