// The pieces of examples/text_retrieval. ctest runs the program itself, too.

#include "../../examples/common/network.hpp"
#include "../../examples/text_retrieval/hash.hpp"
#include "../../examples/text_retrieval/linear_map.hpp"
#include "../../examples/text_retrieval/ngrams.hpp"
#include "../../examples/text_retrieval/paired_difference.hpp"
#include "../../examples/text_retrieval/recall.hpp"
#include "../../examples/text_retrieval/senses.hpp"
#include "../../examples/text_retrieval/texts.hpp"
#include "catch.hpp"
#include "io/scratch_folder.hpp"

#include <set>

#include "../../examples/text_retrieval/ngrams.cpp"
#include "../../examples/text_retrieval/senses.cpp"
#include "../../examples/text_retrieval/texts.cpp"
#include "../../examples/text_retrieval/wordnet.cpp"

namespace {

using namespace text_retrieval;

using Words = std::vector<std::string>;

const std::string breathe =
    "00001740 29 v 02 breathe 0 take_a_breath 0 001 * 00005041 v 0000 02 + 02 00 | draw air into, and expel out of, "
    "the "
    "lungs; \"I can breathe better\"; \"The patient is \"  ";

void write(const std::filesystem::path& path, const std::string& text)
{
    std::ofstream(path, std::ios::binary) << text;
}

/// What a call says when it throws.
template <class Function>
std::string refusal(const Function& call)
{
    try {
        call();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "";
}

bool says(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

TEST_CASE("text_retrieval: a line of WordNet has words, a gloss and examples", "[example]")
{
    const Synset synset = parse_synset(breathe);
    CHECK(synset.words == Words{"breathe", "take a breath"});
    CHECK(synset.gloss == "draw air into, and expel out of, the lungs");
    CHECK(synset.examples == Words{"I can breathe better", "The patient is"});

    const auto of_gloss = [](const std::string& gloss) {
        return parse_synset("00001740 00 s 03 Galore(ip) 0 galore 1 O'Brien 0 000 | " + gloss);
    };
    CHECK(of_gloss("plenty").words == Words{"galore", "o'brien"});
    CHECK(of_gloss("plenty").gloss == "plenty");
    CHECK(of_gloss("plenty").examples.empty());
    CHECK(of_gloss("the \"in\" crowd; \"he is in\"").gloss == "the \"in\" crowd");
    CHECK(of_gloss("the \"in\" crowd; \"he is in\"").examples == Words{"he is in"});
    CHECK(of_gloss("a; b; \"c\"- Someone; \"d").gloss == "a; b");
    CHECK(of_gloss("a; b; \"c\"- Someone; \"d").examples == Words{"c", "d"});
    CHECK(of_gloss("\"only this\"").gloss.empty());
    CHECK(of_gloss("\"only this\"").examples == Words{"only this"});
    CHECK(of_gloss("a; \"\"; \"").examples.empty());
}

TEST_CASE("text_retrieval: no line that is cut off or changed does more than throw", "[example]")
{
    for (std::size_t length = 0; length < breathe.size(); ++length) {
        const std::string cut = breathe.substr(0, length);
        if (length < breathe.find(" | ") + 3) {
            CHECK_THROWS_AS(parse_synset(cut), std::runtime_error);
        } else {
            CHECK_NOTHROW(parse_synset(cut));
        }
        for (const char c : {'\0', ' ', '9', 'f', '|', '"', '\xff'}) {
            std::string changed = breathe;
            changed[length] = c;
            try {
                (void)parse_synset(changed);
            } catch (const std::runtime_error&) {
            }
        }
    }
    const auto of = [](const std::string& line) { return refusal([&] { (void)parse_synset(line); }); };
    CHECK(of("") == "has no gloss");
    CHECK(of("0000174 29 v 01 a 0 000 | b") == "has no offset of 8 digits");
    CHECK(of("00001740 29 q 01 a 0 000 | b") == "has a kind that is none of n, v, a, s, r");
    CHECK(of("00001740 29 v 00 000 | b") == "has no words");
    CHECK(of("00001740 29 v ff a 0 000 | b") == "has no word number where one has to be");
    CHECK(of("00001740 29 v 02 a 0 000 x | b") == "has no word number of 1 digits");
    CHECK(of("00001740 29 v 02 a 0 | b") == "has no word where one has to be");
    CHECK(of("00001740 29 v 01 (p) 0 000 | b") == "has a word without letters");
    CHECK(of("00001740 29 v 01 a 0 -01 | b") == "has no number of pointers of 3 digits");
}

TEST_CASE("text_retrieval: files that are not WordNet's are one sentence", "[example]")
{
    const ScratchFolder folder;
    CHECK(says(refusal([&] { (void)read_wordnet(folder / "none"); }), "data.noun"));
    for (const char* const name : {"data.noun", "data.verb", "data.adj", "data.adv"}) {
        write(folder / name, "  1 The licence.\n" + breathe + "\n");
    }
    const std::filesystem::path all = folder / "";
    CHECK(read_wordnet(all).size() == 4);
    write(folder / "data.adv", "  1 The licence.\n" + breathe + "\nnothing\n");
    CHECK(says(refusal([&] { (void)read_wordnet(all); }), "data.adv: line 3 has no gloss"));
    write(folder / "data.adv", "  1 The licence.\n");
    CHECK(says(refusal([&] { (void)read_wordnet(all); }), "data.adv: has no synsets"));
    write(folder / "data.adv", breathe + "\xff\n");
    CHECK(says(refusal([&] { (void)read_wordnet(all); }), "UTF-8"));
}

TEST_CASE("text_retrieval: words are found with their endings", "[example]")
{
    CHECK(occurs("bank", "The Banks of the river"));
    CHECK(occurs("run", "she was running"));
    CHECK(occurs("apply", "it applies here"));
    CHECK(occurs("bake", "baking bread"));
    CHECK(occurs("take a breath", "Take a breath, please"));
    CHECK_FALSE(occurs("bank", "the embankment"));
    CHECK_FALSE(occurs("run", "a runabout"));
    CHECK_FALSE(occurs("take a breath", "take a breather"));
    CHECK_FALSE(occurs("bank", ""));
    CHECK_FALSE(occurs("ax", "a"));
}

TEST_CASE("text_retrieval: senses of ambiguous words, and what is asked of them", "[example]")
{
    const std::vector<Synset> all{{{"bank", "shore"}, "land along water", {"the bank was steep", "on the far shore"}},
                                  {{"money box"}, "a box", {"one", "two"}},
                                  {{"bank"}, "lends money", {"a bank lends", "the shut bank", "a third place"}},
                                  {{"shore"}, "to support", {}},
                                  {{"bank", "tilt"}, "to lean over", {"a bank lends"}}};
    const Senses senses = take_senses(all, 0);
    // "shore" has two synsets, and the first has two examples, of which one has it.
    CHECK(senses.synsets == 4);
    CHECK(senses.words == 2);
    CHECK(senses.texts == Words{"land along water", "lends money", "to support", "to lean over", "the bank was steep",
                                "on the far shore", "a bank lends", "the shut bank", "a third place", "a bank lends"});
    CHECK(senses.ids[6] == senses.ids[9]);
    CHECK(std::set<std::int64_t>(senses.ids.begin(), senses.ids.end()).size() == 9);
    REQUIRE(senses.queries.size() == 4);
    const auto check = [&](std::size_t number, Index text, Index positive, const std::vector<Index>& other_senses,
                           const std::vector<Index>& siblings, const std::string& word) {
        const SenseQuery& query = senses.queries[number];
        CHECK(query.text == text);
        CHECK(query.positive == positive);
        CHECK(query.other_senses == other_senses);
        CHECK(query.siblings == siblings);
        CHECK(query.word == word);
    };
    check(0, 4, 0, {1, 3}, {5}, "bank");
    check(1, 5, 0, {2}, {4}, "shore");
    check(2, 6, 1, {0, 3}, {7, 8}, "bank");
    check(3, 7, 1, {0, 3}, {6, 8}, "bank");

    const Senses few = take_senses(all, 1);
    CHECK(few.words == 1);
    CHECK(take_senses({}, 0).texts.empty());
}

TEST_CASE("text_retrieval: n-grams lie where their hashes say", "[example]")
{
    // FNV-1a of the empty text, through SplitMix64's last step; and seeds and texts that differ hash apart.
    CHECK(hash_text("a") != hash_text("b"));
    CHECK(hash_text("a", 1) != hash_text("a", 2));

    // "a" is the word ^a$, which is a 3-gram, too, and the only one.
    const Index columns = 64;
    Eigen::RowVectorXf expected = Eigen::RowVectorXf::Zero(columns);
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}}) {
        const std::uint64_t hash = hash_text("^a$", seed);
        expected[static_cast<Index>((hash >> 1U) % 64)] += (hash & 1U) != 0 ? 1.0F : -1.0F;
    }
    const mohs::Matrix rows =
        embed_ngrams({"a", "A!", " -a- ", "", "?!", "river bank", "bank river", "banks rivers"}, columns);
    CHECK(rows.row(0).isApprox(expected.normalized(), 1e-6F));
    CHECK(rows.row(0) == rows.row(1));
    CHECK(rows.row(0) == rows.row(2));
    CHECK(rows.row(3).isZero());
    CHECK(rows.row(4).isZero());
    CHECK(rows.row(5).isApprox(rows.row(6), 1e-6F));
    const mohs::Matrix wide = embed_ngrams({"river bank", "banks rivers", "quite something else"}, 4096);
    CHECK(std::abs(wide.row(0).norm() - 1) < 1e-5F);
    CHECK(wide.row(0).dot(wide.row(1)) > 0.2F);
    CHECK(std::abs(wide.row(0).dot(wide.row(2))) < 0.1F);
    CHECK(embed_ngrams({"several words share one place"}, 1).size() == 1);
    CHECK(embed_ngrams({}, 8).rows() == 0);
}

TEST_CASE("text_retrieval: recall of what is wanted", "[example]")
{
    CHECK(recall({5, 1, 9}, {1, 2}, 5) == 0.5);
    CHECK(recall({5, 1, 9}, {1, 5, 7, 9}, 3) == 1);
    CHECK(recall({5, 1, 9}, {}, 3) == 0);
    CHECK(recall({}, {1}, 3) == 0);
}

TEST_CASE("text_retrieval: paired differences are held against chance", "[example]")
{
    const PairedDifference even = paired_difference({1, 2, 3}, {0, 1, 2});
    CHECK(even.mean == 1);
    CHECK(even.standard_error == 0);
    CHECK(even.is_clear);
    // Differences of 1 and 3: mean 2, standard error 1, and the quantile for one degree of freedom is 12.7.
    const PairedDifference two = paired_difference({1, 3}, {0, 0});
    CHECK(two.mean == 2);
    CHECK(std::abs(two.standard_error - 1) < 1e-12);
    CHECK_FALSE(two.is_clear);
    CHECK_FALSE(paired_difference({1}, {0}).is_clear);
    CHECK_FALSE(paired_difference({0, 0}, {0, 0}).is_clear);
    CHECK(paired_difference(std::vector<double>{5, 6, 5, 6, 5, 6, 5, 6, 5, 6, 5, 6}, std::vector<double>(12)).is_clear);
}

TEST_CASE("text_retrieval: the gradient of the linear map is that of differences", "[example]")
{
    examples::Random random(3, examples::Purpose::weights);
    LinearMap map(4, 2, random);
    const auto draw = [&](Index rows) {
        return mohs::Matrix(
            mohs::Matrix::NullaryExpr(rows, 4, [&] { return static_cast<float>(random.symmetric(1)); }));
    };
    const mohs::Matrix inputs = draw(3), slopes = draw(3);
    CHECK(map.forward(inputs) == inputs);
    for (float& parameter : map.parameters()) {
        parameter = static_cast<float>(random.symmetric(1));
    }
    LinearMap::Vector gradient;
    map.backward(inputs, slopes, gradient);
    // The map is linear in each parameter, so that a difference is exact but for rounding.
    for (Index i = 0; i < map.parameters().size(); ++i) {
        const float before = map.parameters()[i];
        map.parameters()[i] = before + 0.5F;
        const mohs::Matrix above = map.forward(inputs);
        map.parameters()[i] = before - 0.5F;
        const mohs::Matrix below = map.forward(inputs);
        map.parameters()[i] = before;
        CHECK(std::abs((above - below).cwiseProduct(slopes).sum() - gradient[i]) < 1e-5F);
    }
}

TEST_CASE("text_retrieval: texts, and which queries are held out", "[example]")
{
    const Texts texts =
        read_texts(std::filesystem::path(__FILE__).parent_path() / "../../examples/text_retrieval/texts.tsv");
    CHECK(texts.names.size() == 64);
    CHECK(texts.passages.size() == 128);
    const Split first = split(texts, 1), again = split(texts, 1), other = split(texts, 2);
    CHECK(first.held_out == again.held_out);
    CHECK(first.held_out != other.held_out);
    CHECK(first.held_out.size() == 128);
    CHECK(first.training.size() == 192);
    std::set<Index> all(first.training.begin(), first.training.end());
    all.insert(first.held_out.begin(), first.held_out.end());
    CHECK(all.size() == 320);
    for (const Index passage : texts.passages) {
        CHECK_FALSE(all.contains(passage));
    }
    CHECK(std::set<std::string>(texts.texts.begin(), texts.texts.end()).size() == texts.texts.size());
}

TEST_CASE("text_retrieval: texts of another form are one sentence", "[example]")
{
    const ScratchFolder folder;
    const auto of = [&](const std::string& text) {
        write(folder / "t.tsv", text);
        return refusal([&] { (void)read_texts(folder / "t.tsv"); });
    };
    const std::string whole = "a\tone\tpassage\tx\na\tone\tquery\ty\na\tone\tquery\tz\n",
                      second = "a\ttwo\tpassage\tx\na\ttwo\tquery\ty\na\ttwo\tquery\tz\n";
    CHECK(of(whole + second).empty());
    CHECK(says(of(whole), "fewer than two meanings"));
    CHECK(says(of(""), "fewer than two meanings"));
    CHECK(says(of("\n"), "line 1 is not word"));
    CHECK(says(of("a\tone\tanswer\tx\n"), "line 1 is neither"));
    CHECK(says(of(second + "a\tone\tpassage\tx\n"), "a (one) needs a passage"));
    CHECK(says(refusal([&] { (void)read_texts(folder / "none"); }), "none"));
}

}  // namespace
