#!/bin/sh
# check.sh <objdump> <object>: the inner loops of the kernels are what expected.txt says.
# check.sh: the check itself notices a spill, a call, a narrow register and a missing FMA.
here=$(dirname "$0")
if [ $# -eq 2 ]; then
    listing=$(mktemp)
    trap 'rm -f "$listing"' EXIT
    "$1" -d -C --no-show-raw-insn "$2" >"$listing" || exit 2
    awk -f "$here/check.awk" "$here/expected.txt" "$listing"
    exit
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
echo '2 ymm ps Kernel<Avx2>' >"$folder/expected"
listing='0000000000000000 <Kernel<Avx2>::run()>:
   0:\tpush   %rbp
  10:\tvmovups (%rsi),%ymm0
  14:\tvmovaps (%rbp),%ymm3
  18:\tvfmadd231ps %ymm0,%ymm1,%ymm2
  1c:\tvfmadd231ps %ymm0,%ymm1,%ymm3
  20:\tjne    10 <Kernel<Avx2>::run()+0x10>
  28:\tmov    %rax,0x8(%rsp)
  30:\tjne    0 <Kernel<Avx2>::run()>
  34:\tret
'
try() { # try <status> <sed script>
    printf '%b' "$listing" | sed "$2" >"$folder/listing"
    awk -f "$here/check.awk" "$folder/expected" "$folder/listing" >"$folder/output"
    status=$?
    [ $status -eq "$1" ] && return
    echo "expected status $1, got $status, after: $2"
    cat "$folder/output"
    exit 1
}
try 0 ''
try 1 's/(%rsi)/0x20(%rsp)/'
try 1 's/push   %rbp/mov    %rsp,%rbp/'
try 1 's/vmovups .*/call   400 <f>/'
try 1 's/%ymm0,%ymm1,%ymm3/%xmm0,%xmm1,%xmm3/'
try 1 's/vfmadd231ps %ymm0,%ymm1,%ymm3/nop/'
try 1 's/jne    10/jne    40/'
try 1 's/Kernel/Other/'
