# Runs text_retrieval, which is $1, for a moment on its own texts, and on a WordNet of a few lines; and looks at what it
# says of bad input: one sentence.
set -eu
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export OMP_NUM_THREADS=2

fail() {
    echo "FAILED: $*" >&2
    cat log >&2 || true
    exit 1
}
# refuse <status> <words of the sentence> <options>
refuse() {
    expected=$1 words=$2
    shift 2
    status=0
    "$program" "$@" >/dev/null 2>log || status=$?
    test $status = "$expected" || fail "status $status of $*"
    test "$(wc -l <log)" = 1 && grep -q "^text_retrieval: .*$words" log || fail "the sentence of $*"
}

for model in ngrams sentences; do
    "$program" --model $model --seeds 2 --steps 20 --mine-every 10 >log 2>&1 || fail "$model"
    grep -q "^Mined against random negatives, " log || fail "the result of $model"
    grep -q "^mined - random " log || fail "the table of $model"
    grep -q "^bank (.*): " log || fail "the samples of $model"
    sed '$d' log >log.$model
done
cmp -s log.ngrams log.sentences && fail "both models say the same"
"$program" --model ngrams --seeds 2 --steps 20 --mine-every 10 | sed '$d' | cmp - log.ngrams || fail "another result"

mkdir wordnet
for kind in noun verb adj adv; do
    echo "  1 The licence comes first." >wordnet/data.$kind
done
cat >>wordnet/data.noun <<END
00000001 00 n 01 bank 0 000 | sloping land beside water; "the bank of the river"; "they sat on the bank"
00000002 00 n 01 bank 1 000 | a firm that lends money; "the bank lends money"; "a bank in town"; "banks failed"
00000003 00 n 01 crane 0 000 | a large wading bird
END
echo '00000004 00 v 01 bank 0 000 01 + 02 00 | tip sideways; "the plane banked"; "to bank in a turn"' >>wordnet/data.verb
echo '00000005 00 a 01 steep(p) 0 000 | of a sharp slope; "a steep hill"' >>wordnet/data.adj
echo '00000006 02 r 01 there 0 000 | in that place' >>wordnet/data.adv
"$program" --wordnet wordnet >log 2>&1 || fail "WordNet"
grep -q "^3 senses of 1 words, 10 glosses and examples; 7 queries, with 10 known false negatives and 14 true" log ||
    fail "the senses of WordNet"
grep -q "^oracle: siblings known  *0.0 " log || fail "the oracle of WordNet"
"$program" --wordnet wordnet --write-texts texts >log || fail "the texts of WordNet"
test "$(sed -n 4p texts)" = "the bank of the river" && test "$(wc -l <texts)" = 10 || fail "the texts of WordNet"

refuse 1 "data.noun" --wordnet none
refuse 1 "texts.npy" --wordnet wordnet --embeddings texts.npy
printf '' >texts.npy
refuse 1 "texts.npy is no .npy file" --wordnet wordnet --embeddings texts.npy
refuse 1 "none.tsv" --texts none.tsv
refuse 2 "with --model sentences needs --embeddings" --wordnet wordnet --model sentences
refuse 2 "is for --model sentences" --model ngrams --embeddings texts.npy
refuse 2 "NAME\|--model" --model words
refuse 2 "--steps" --steps 0
echo '00000007 02 r' >>wordnet/data.adv
refuse 1 "data.adv: line 3 has no gloss" --wordnet wordnet
rm wordnet/data.adv
refuse 1 "data.adv" --wordnet wordnet
