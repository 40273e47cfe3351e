# Runs mine_corpus, which is $1, on files that it makes: the bytes of every format, kill -9 and starting again, and what
# it says of bad input.
set -eu
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export OMP_NUM_THREADS=2

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# number <0 to 4>: as a little-endian float.
number() {
    case $1 in
        0) printf '\000\000\000\000' ;;
        1) printf '\000\000\200\077' ;;
        2) printf '\000\000\000\100' ;;
        3) printf '\000\000\100\100' ;;
        4) printf '\000\000\200\100' ;;
    esac
}
# npy <rows> <numbers of two columns>: a header of 118 bytes, as NumPy writes it.
npy() {
    printf '\223NUMPY\001\000\166\000'
    printf '%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': ($1, 2), }"
    shift
    for each in "$@"; do number "$each"; done
}

npy 3 1 0 0 1 1 1 >q.npy
npy 5 4 0 3 1 2 2 1 3 0 4 >c.npy
printf '{"query": 1, "positives": [4, 3]}\n{"query": 0, "positives": [0]}\n' >positives.jsonl

# mine <further options>
mine() {
    "$program" --queries q.npy --corpus c.npy --positives positives.jsonl --metric dot --num-negatives 2 --block 1 "$@"
}
# expect <what> <file> <file>
expect() {
    cmp "$2" "$3" || { cat "$2" "$3"; fail "$1"; }
}
# Products: query 0 has 4 3 2 1 0, query 1 has 0 1 2 3 4, query 2 has 4 everywhere and no positives.
format() {
    mine --out out --format "$@" >log || fail "$*"
    expect "the bytes of $*" out expected
    test ! -e out.journal || fail "the journal of $* is still there"
}
cat >expected <<END
{"query":0,"positive":0,"negative":1}
{"query":0,"positive":0,"negative":2}
{"query":1,"positive":3,"negative":2}
{"query":1,"positive":3,"negative":1}
{"query":1,"positive":4,"negative":2}
{"query":1,"positive":4,"negative":1}
END
format triplet
cp expected triplets
cat >expected <<END
{"query":0,"positive":0,"negatives":[1,2]}
{"query":1,"positive":3,"negatives":[2,1]}
{"query":1,"positive":4,"negatives":[2,1]}
END
format n-tuple
cat >expected <<END
{"query":0,"positive":0,"negatives":[1,2],"scores":[4.0,3.0,2.0]}
{"query":1,"positive":3,"negatives":[2,1],"scores":[3.0,2.0,1.0]}
{"query":1,"positive":4,"negatives":[2,1],"scores":[4.0,2.0,1.0]}
END
format n-tuple --scores
cat >expected <<END
{"query":0,"document":0,"label":1}
{"query":0,"document":1,"label":0}
{"query":0,"document":2,"label":0}
{"query":1,"document":3,"label":1}
{"query":1,"document":4,"label":1}
{"query":1,"document":2,"label":0}
{"query":1,"document":1,"label":0}
{"query":2,"document":0,"label":0}
{"query":2,"document":1,"label":0}
END
format labeled-pair
cat >expected <<END
{"query":0,"documents":[0,1,2],"labels":[1,0,0]}
{"query":1,"documents":[3,2,1],"labels":[1,0,0]}
{"query":1,"documents":[4,2,1],"labels":[1,0,0]}
END
format labeled-list
cat >expected <<END
0 Q0 1 1 3 mohs
0 Q0 2 2 2 mohs
1 Q0 2 1 2 mohs
1 Q0 1 2 1 mohs
2 Q0 0 1 4 mohs
2 Q0 1 2 4 mohs
END
format trec
printf 'first\nsecond\nthird\n' >queries.txt
printf 'a\nb\nc\nd\n<e>\n' >corpus.txt
cat >expected <<END
{"query":"first","pos":["a"],"neg":["b","c"]}
{"query":"second","pos":["d","<e>"],"neg":["c","b"]}
END
format flagembedding --texts-queries queries.txt --texts-corpus corpus.txt
cat >expected <<END
{"query_id":"0","query":"first","positive_passages":[{"docid":"0","title":"","text":"a"}],"negative_passages":[{"docid":"1","title":"","text":"b"},{"docid":"2","title":"","text":"c"}]}
{"query_id":"1","query":"second","positive_passages":[{"docid":"3","title":"","text":"d"},{"docid":"4","title":"","text":"<e>"}],"negative_passages":[{"docid":"2","title":"","text":"c"},{"docid":"1","title":"","text":"b"}]}
END
format tevatron --texts-queries queries.txt --texts-corpus corpus.txt

# Ids, in every file.
printf 'q0\nq1\nq2\n' >query_ids
printf 'd0\nd1\nd2\nd3\nd4\n' >corpus_ids
printf '{"query": "q0", "positives": ["d0"]}\n' >by_id.jsonl
printf '{"query":"q0","positive":"d0","negatives":["d1","d2"]}\n' >expected
mine --out out --format n-tuple --positives by_id.jsonl --ids-queries query_ids --ids-corpus corpus_ids >log 2>&1 &&
    fail "an option that is given twice is taken"
"$program" --queries q.npy --corpus c.npy --positives by_id.jsonl --metric dot --num-negatives 2 --out out \
    --format n-tuple --ids-queries query_ids --ids-corpus corpus_ids >log || fail "ids"
expect "ids" out expected

# A query that is a row of the corpus is no negative of itself.
printf '{"query": 0, "positives": [1]}\n' >own.jsonl
printf '{"query":0,"positive":1,"negative":2}\n' >expected
"$program" --queries c.npy --corpus c.npy --positives own.jsonl --metric dot --num-negatives 1 --out out >log
expect "the query itself" out expected

# Filters: a margin, near-duplicates, verdicts. Query 0 loses rows 1 and 2.
printf '{"query":0,"positive":0,"negative":3}\n{"query":0,"positive":0,"negative":4}\n' >first
mine --out out --absolute-margin 2.5 >log
head -n 2 out >got
expect "a margin" got first
mine --out out --exclude-near-duplicates 1.5 >log
head -n 2 out >got
expect "near-duplicates" got first
printf '{"verdict":"positive","annotator":"a","annotator_kind":"person","anchor":0,"candidate":1,"ordered":true}\n' >verdicts
printf '{"query":0,"positive":0,"negative":2}\n{"query":0,"positive":0,"negative":3}\n' >first
mine --out out --verdicts verdicts >log
head -n 2 out >got
expect "verdicts" got first

# Reports, and the queue for review: row 0 is as close to query 2 as its positive, row 4.
printf '{"query": 2, "positives": [4]}\n{"query": 0, "positives": [1]}\n' >third.jsonl
"$program" --queries q.npy --corpus c.npy --positives third.jsonl --metric dot --num-negatives 1 --out out \
    --review suspects --review-within 0.5 --report report.json --report report.html >log || fail "reports"
grep -q '"kind":"negative","anchor":2,"candidate":0,"ordered":true' suspects || fail "suspects"
grep -q '"blocks_done": 1' report.json || fail "report.json"
grep -q '<svg' report.html && grep -q '</html>' report.html || fail "report.html"
grep -q 'http://\|https://\|<script' report.html && fail "report.html asks for something outside it"

# kill -9 after one block, after two, in the middle of the output, and before the journal is taken away: the same bytes,
# and no block is done twice. An interrupted run never leaves anything under the final name.
for at in 1 2 -1 -2; do
    rm -f out
    done=3
    test "$at" -lt 0 || done=$at
    (mine --out out --kill-at "$at" >log 2>&1) 2>/dev/null && fail "it was not killed at $at"
    test "$at" = -2 || test ! -e out || fail "there is an output after a kill at $at"
    test "$(ls out.journal/*/block-* | wc -l)" -eq "$done" || fail "blocks in the journal after a kill at $at"
    # Other options do not take these blocks.
    mine --out out --seed 7 --report other.json >log
    grep -q '"blocks_reused": 0,' other.json || fail "blocks of other options are taken"
    mine --out out --report report.json >log
    expect "the output after a kill at $at" out triplets
    grep -q "\"blocks_reused\": $done," report.json || fail "blocks reused after a kill at $at"
    grep -q "\"blocks_done\": $((3 - done))," report.json || fail "blocks done after a kill at $at"
    test ! -e out.journal || fail "the journal is still there after a kill at $at"
done
# A block of another content, and one that is damaged, are not taken.
(mine --out out --kill-at 2 >log 2>&1) 2>/dev/null || true
for block in out.journal/*/block-0; do printf x >>"$block"; done
mine --out out --report report.json >log
grep -q '"blocks_reused": 1,' report.json || fail "a damaged block"
expect "the output after damage" out triplets
(mine --out out --kill-at 2 >log 2>&1) 2>/dev/null || true
cp c.npy kept.npy
npy 5 4 0 3 1 2 2 1 3 1 4 >c.npy
mine --out out --report report.json >log
grep -q '"blocks_reused": 0,' report.json || fail "blocks of another corpus are taken"
cp kept.npy c.npy
rm -rf out.journal

# What is wrong is said in one sentence, with status 1, and nothing is written.
rm -f out
wrong() {
    what=$1
    shift
    status=0
    "$program" "$@" >log 2>error || status=$?
    test "$status" -eq 1 || fail "status $status of: $*"
    test "$(wc -l <error)" -eq 1 || { cat error; fail "more than one line about: $*"; }
    grep -q -e "$what" error || { cat error; fail "the sentence about: $*"; }
    test ! -e out || fail "an output in spite of: $*"
}
given="--corpus c.npy --positives positives.jsonl --out out"
wrong "missing.npy" --queries missing.npy $given
printf 'no npy' >bad.npy
wrong "bad.npy" --queries bad.npy $given
head -c 140 c.npy >short.npy
wrong "short.npy" --queries short.npy $given
wrong "would overwrite the file of --corpus" --queries q.npy --corpus c.npy --positives positives.jsonl --out ./c.npy
ln -s c.npy link
wrong "would overwrite the file of --corpus" --queries q.npy --corpus c.npy --positives positives.jsonl --out link
expect "the corpus" c.npy kept.npy
wrong "would overwrite the file of --out" --queries q.npy $given --review out
printf '{"query": 3, "positives": [0]}\n' >beyond.jsonl
wrong "beyond.jsonl" --queries q.npy --corpus c.npy --positives beyond.jsonl --out out
wrong "2 ids\|ids" --queries q.npy $given --ids-queries corpus_ids --ids-corpus corpus_ids
wrong "range_max" --queries q.npy $given --range-max 1
wrong "json or .html" --queries q.npy $given --report report.txt
wrong "nowhere" --queries q.npy --corpus c.npy --positives positives.jsonl --out nowhere/out
wrong "foo" --queries q.npy $given --format foo
wrong "queries" $given
"$program" --help | grep -q "positives count too" || fail "the differences are not in --help"
echo "all is as expected"
