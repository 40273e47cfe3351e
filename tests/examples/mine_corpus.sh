# Runs mine_corpus, which is $1, on files that it makes: the bytes of every format, every option, kill -9 and Ctrl-C and
# starting again, and what it says of bad input.
set -eu
program=$1
folder=$(mktemp -d)
pid=
trap 'test -z "$pid" || kill -9 "$pid" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
export OMP_NUM_THREADS=2

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# number <0 to 4, or n for NaN>: as a little-endian float.
number() {
    case $1 in
        0) printf '\000\000\000\000' ;;
        1) printf '\000\000\200\077' ;;
        2) printf '\000\000\000\100' ;;
        3) printf '\000\000\100\100' ;;
        4) printf '\000\000\200\100' ;;
        n) printf '\000\000\300\177' ;;
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

# What options mean in sentence-transformers 6 (util/hard_negatives.py), worked out by hand. Query 0 has products 4 3 2 1
# 0 with rows 0 to 4, query 1 has 0 1 2 3 4.
only() {
    what=$1
    positives=$2
    shift 2
    "$program" --queries q.npy --corpus c.npy --positives "$positives" --metric dot --num-negatives 2 --out out "$@" >log ||
        fail "$what"
    expect "$what" out expected
}
printf '{"query": 0, "positives": [0]}\n' >one.jsonl
printf '{"query": 1, "positives": [4, 3]}\n' >two.jsonl
# 1. Margins look at the positive with the smallest score, 3: s + 1.5 > 3 goes, so rows 1 and 0 stay.
cat >expected <<END
{"query":1,"positive":3,"negative":1}
{"query":1,"positive":3,"negative":0}
{"query":1,"positive":4,"negative":1}
{"query":1,"positive":4,"negative":0}
END
only "a margin against the smallest positive" two.jsonl --absolute-margin 1.5
only "the same by name" two.jsonl --absolute-margin 1.5 --reference-positive min
only "a share of the smallest positive" two.jsonl --relative-margin 0.4
cat >expected <<END
{"query":1,"positive":3,"negative":2}
{"query":1,"positive":3,"negative":1}
{"query":1,"positive":4,"negative":2}
{"query":1,"positive":4,"negative":1}
END
only "what is just at the margin stays" two.jsonl --absolute-margin 1
only "a margin against the largest positive" two.jsonl --absolute-margin 1.5 --reference-positive max
only "a margin against the mean positive" two.jsonl --absolute-margin 1.5 --reference-positive mean
cat >expected <<END
{"query":1,"positive":3,"negative":1}
{"query":1,"positive":3,"negative":0}
{"query":1,"positive":4,"negative":2}
{"query":1,"positive":4,"negative":1}
END
only "a margin against each positive" two.jsonl --absolute-margin 1.5 --reference-positive own
# 2. range_max counts raw ranks and bounds the depth: of rows 1 and 2 the first is within the margin, and row 3 is not
# looked at. Without it the search goes on.
printf '{"query":0,"positive":0,"negative":2}\n' >expected
only "range_max" one.jsonl --range-max 2 --absolute-margin 1.5
printf '{"query":0,"positive":0,"negative":2}\n{"query":0,"positive":0,"negative":3}\n' >expected
only "no range_max" one.jsonl --absolute-margin 1.5
# 3. range_min skips survivors: of rows 2, 3 and 4, which are beyond the margin, the first.
printf '{"query":0,"positive":0,"negative":3}\n{"query":0,"positive":0,"negative":4}\n' >expected
only "range_min" one.jsonl --range-min 1 --absolute-margin 1.5
# Scores at a bound stay.
only "max_score" one.jsonl --max-score 1
printf '{"query":0,"positive":0,"negative":1}\n' >expected
only "min_score" one.jsonl --min-score 3
printf '{"query":0,"positive":0,"negative":2}\n{"query":0,"positive":0,"negative":3}\n' >expected
only "raw_range_min" one.jsonl --raw-range-min 1

# Draws repeat, whatever the threads, and depend on the seed.
for sampling in random softmax simans; do
    mine --out a --sampling $sampling --seed 5 --threads 1 >log
    mine --out b --sampling $sampling --seed 5 --threads 2 >log
    expect "$sampling with one seed" a b
done
for seed in 1 2 3 4 5 6 7 8; do
    mine --out "seed$seed" --sampling random --seed $seed >log
done
test "$(cat seed* | sort -u | wc -l)" -gt 6 || fail "all seeds draw the same"
mine --out a --sampling softmax --pool 2 --temperature 1 >log
expect "a pool as large as the draw" a triplets
# Distances, whose scores are negative: row 2 is the closest to query 2.
printf '{"query": 2, "positives": [3]}\n' >last.jsonl
printf '{"query":2,"positive":3,"negative":2,"scores":[-2.0,-1.4142135623730951]}\n' >expected
"$program" --queries q.npy --corpus c.npy --positives last.jsonl --metric euclidean --num-negatives 1 --scores --out out >log
expect "distances" out expected
# A guide, to which row 0, the positive, has cosine 0.71, rows 1 and 3 have 1, rows 2 and 4 have 0.
npy 3 1 0 1 0 1 0 >g.npy
npy 5 1 1 1 0 0 1 1 0 0 1 >h.npy
guide="--guide-queries g.npy --guide-corpus h.npy"
printf '{"query":0,"positive":0,"negative":2}\n{"query":0,"positive":0,"negative":4}\n' >expected
only "a guide" one.jsonl $guide
only "a guide with a margin that changes nothing" one.jsonl $guide --guide-margin 0.7
: >expected
only "a guide with a margin that leaves nothing" one.jsonl $guide --guide-margin 0.8

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

# A row that is not finite is nobody's negative, and no score; equal rows are counted, among negatives and as copies of a
# positive.
npy 5 4 0 n 1 2 2 2 2 0 4 >odd.npy
odd() {
    what=$1
    printf '{"query": 0, "positives": [%s]}\n' "$2" >odd.jsonl
    count=$3
    shift 3
    "$program" --queries q.npy --corpus odd.npy --positives odd.jsonl --metric dot --num-negatives 2 --out out "$@" \
        --report report.json >log || fail "$what"
    expect "$what" out expected
    grep -q "\"$count\": 1," report.json || fail "the count of $what"
}
printf '{"query":0,"positive":0,"negative":2}\n{"query":0,"positive":0,"negative":3}\n' >expected
odd "a row that is not finite" 0 non_finite_corpus
odd "equal rows" 0 duplicate_rows
odd "equal negatives" 0 repeated_negatives
printf '{"query":0,"positive":2,"negative":0}\n{"query":0,"positive":2,"negative":3}\n' >expected
odd "copies of a positive" 2 copies_of_positives
printf '{"query":0,"positive":1,"negative":0}\n{"query":0,"positive":1,"negative":2}\n' >expected
odd "a positive that is not finite" 1 non_finite_positives
: >expected
odd "a positive that is not finite and scores" 1 non_finite_positives --scores
# Nothing to mine, or from.
npy 0 >none.npy
: >none.jsonl
"$program" --queries none.npy --corpus c.npy --positives none.jsonl --out out >log || fail "no queries"
expect "no queries" out none.jsonl
"$program" --queries q.npy --corpus none.npy --positives none.jsonl --format labeled-pair --out out >log || fail "no corpus"
expect "no corpus" out none.jsonl
# Where nobody looks, nothing is said but the summary.
mine --out out >log 2>error
test ! -s error || fail "progress without a terminal"

# Reports, and the queue for review: row 0 is as close to query 2 as its positive, row 4.
printf '{"query": 2, "positives": [4]}\n{"query": 0, "positives": [1]}\n' >third.jsonl
"$program" --queries q.npy --corpus c.npy --positives third.jsonl --metric dot --num-negatives 1 --out out \
    --review suspects --review-within 0.5 --report report.json --report report.html >log || fail "reports"
grep -q '"kind":"negative","anchor":2,"candidate":0,"ordered":true' suspects || fail "suspects"
grep -q '"blocks_done": 1' report.json || fail "report.json"
grep -q '<svg' report.html && grep -q '</html>' report.html || fail "report.html"
grep -q 'http://\|https://\|<script' report.html && fail "report.html asks for something outside it"

# What hostile texts say stays text on the page.
printf '<script>alert(1)</script>\n"><img src=x onerror=alert(1)>\n</section></html><iframe>\n' >queries.txt
printf '%s\n' "<b>'" '&lt;' 'a' 'b' '<svg onload=alert(1)>' >corpus.txt
mine --out out --texts-queries queries.txt --texts-corpus corpus.txt --report report.html >log
grep -q '&lt;script&gt;alert(1)&lt;/script&gt;' report.html || fail "a text is not on the page"
grep -q '&amp;lt;' report.html || fail "a text is changed on the page"
grep -q '<script\|<img\|<iframe\|<b>\|<svg onload' report.html && fail "a text is markup"
test "$(grep -c '</html>' report.html)" -eq 1 || fail "a text ends the page"

# start_halted <options>: runs it until it waits for a signal; $pid is its number.
start_halted() {
    "$program" "$@" >log 2>&1 &
    pid=$!
    tries=0
    until grep -q '^State:.*T' "/proc/$pid/status" 2>/dev/null; do
        tries=$((tries + 1))
        test "$tries" -lt 1200 || fail "it does not halt: $*"
        sleep 0.05
    done
}
# ends <status>: waits for it.
ends() {
    status=0
    wait "$pid" 2>/dev/null || status=$?
    pid=
    test "$status" -eq "$1" || fail "status $status instead of $1"
}
run="--queries q.npy --corpus c.npy --positives positives.jsonl --metric dot --num-negatives 2 --block 1 --out out"

# kill -9 after one block, after two, in the middle of the output, and before the journal is taken away: the same bytes,
# and no block is done twice. An interrupted run never leaves anything under the final name.
for at in 1 2 -1 -2; do
    rm -f out
    done=3
    test "$at" -lt 0 || done=$at
    start_halted $run --halt-at "$at"
    kill -9 "$pid"
    ends 137
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
# Ctrl-C and its like end it after what is finished, and lose nothing.
for signal in INT TERM; do
    rm -f out
    start_halted $run --halt-at 1
    kill -"$signal" "$pid"
    kill -CONT "$pid"
    ends 130
    grep -q "1 of 3 blocks are kept" log || fail "what it says of $signal"
    test ! -e out || fail "there is an output after $signal"
    mine --out out --report report.json >log
    expect "the output after $signal" out triplets
    grep -q '"blocks_reused": 1,' report.json || fail "blocks reused after $signal"
done
# A block of another content, and one that is damaged, are not taken.
start_halted $run --halt-at 2
kill -9 "$pid"
ends 137
for block in out.journal/*/block-0; do printf x >>"$block"; done
mine --out out --report report.json >log
grep -q '"blocks_reused": 1,' report.json || fail "a damaged block"
expect "the output after damage" out triplets
start_halted $run --halt-at 2
kill -9 "$pid"
ends 137
cp c.npy kept.npy
npy 5 4 0 3 1 2 2 1 3 1 4 >c.npy
mine --out out --report report.json >log
grep -q '"blocks_reused": 0,' report.json || fail "blocks of another corpus are taken"
cp kept.npy c.npy
rm -rf out.journal
# Nor are two contents of one file mixed.
rm -f out
start_halted $run --halt-at 1
npy 5 4 0 3 1 2 2 1 3 1 4 >c.npy
kill -CONT "$pid"
ends 1
grep -q "c.npy has changed" log || fail "a corpus that changes"
test ! -e out || fail "an output of two contents"
cp kept.npy c.npy
rm -rf out.journal

# differs <options> <change>...: no run with a change takes the blocks of one without, which takes its own.
differs() {
    base="--queries q.npy --corpus c.npy --positives positives.jsonl --out out $1"
    shift
    start_halted $base --halt-at 2
    kill -9 "$pid"
    ends 137
    for change in "$@"; do
        "$program" $base $change --report other.json >log || fail "$base $change"
        grep -q '"blocks_reused": 0,' other.json || fail "blocks without $change are taken with it"
    done
    "$program" $base --report other.json >log
    grep -q '"blocks_reused": 2,' other.json || fail "$base: its own blocks are not taken"
}
printf '0\n1\n2\n' >three
printf '0\n1\n2\n3\n4\n' >five
differs "--block 1" "--num-negatives 1" "--range-min 1" "--range-max 4" "--raw-range-min 1" "--max-score 0.9" \
    "--min-score 0.1" "--absolute-margin 0.1" "--relative-margin 0.1" "--reference-positive max" "--per-positive" \
    "--sampling random" "--sampling softmax" "--pool 4" "--seed 1" "--metric dot" "--exclude-near-duplicates 0.9" \
    "$guide" "--verdicts verdicts" "--review suspects" "--ids-queries three --ids-corpus five" \
    "--texts-queries queries.txt" "--texts-corpus corpus.txt" "--format n-tuple" "--scores"
differs "--block 1 --sampling softmax" "--temperature 0.1"
differs "--block 1 --sampling simans" "--simans-a 0.6" "--simans-b 0.1"
differs "--block 1 $guide" "--guide-margin 0.1"
differs "--block 1 --review suspects" "--review-within 0.1"
differs "--block 1 --ids-queries three --ids-corpus five" "--shared-ids"

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
# An index that is not built in is one sentence; one that is finds the same here.
for index in hnsw faiss; do
    if "$program" $run --index $index >log 2>error; then
        expect "the index $index" out triplets
    else
        test "$(wc -l <error)" -eq 1 && grep -q "not built in" error || fail "the sentence about $index"
    fi
    rm -rf out out.journal
done
"$program" --help >help
grep -q "positives count too" help || fail "the differences are not in --help"
for option in queries corpus positives num-negatives out range-min range-max max-score min-score absolute-margin \
    relative-margin reference-positive sampling seed metric exclude-near-duplicates guide-queries guide-corpus format \
    scores threads index report review verdicts ids-queries ids-corpus texts-queries texts-corpus; do
    grep -q -e "^  --$option[ ,]" help || fail "--$option is not in --help"
done
echo "all is as expected"
