#!/bin/sh
# symbols.sh <nm> <object>...: fails if two objects define the same weak symbol with mohs in its name, be it only as a template argument.
nm=$1
shift
for object in "$@"; do
    # "4mohs" is the mangled name of the namespace.
    "$nm" --defined-only "$object" | grep -q 4mohs || { echo "no mohs symbol at all in $object"; exit 2; }
done
shared=$(for object in "$@"; do
    "$nm" --defined-only "$object" | awk '$(NF - 1) ~ /^[WVu]$/ && $NF ~ /4mohs/ { print $NF }' | sort -u
done | sort | uniq -d)
[ -z "$shared" ] && exit 0
echo "weak symbols defined in more than one object:"
echo "$shared" | c++filt
exit 1
