// What other miners of hard negatives got wrong, each as a test named for what it guards. Numbers are those of the
// list of defects of sentence-transformers' mine_hard_negatives and its surroundings. Covers
// corpus/corpus_suspects.hpp, detail/base/text_of_number.hpp, result/corpus_report.hpp.

#include <mohs/corpus/corpus_miner.hpp>
#include <mohs/corpus/corpus_suspects.hpp>

#include "../catch.hpp"
#include "corpus_problems.hpp"

#include <mohs/filter/exclude_close_rows.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/filter/margin_to_positive.hpp>
#include <mohs/filter/score_band.hpp>
#include <mohs/measure.hpp>

#include <set>
#include <stdexcept>

namespace {

using corpus_problems::rows_as;
using mohs::Batch;
using mohs::CorpusMiner;
using mohs::CorpusNegatives;
using mohs::CorpusOptions;
using mohs::Index;
using mohs::ReferencePositive;
using mohs::Sampling;
using Lists = std::vector<std::vector<Index>>;

/// Queries that are 1, or -1, in one dimension: the products with the rows of the corpus are these rows.
struct OnALine {
    mohs::MatrixOf<double> queries, corpus;
    mohs::Relation relation;

    OnALine(const std::vector<double>& query_signs, const std::vector<double>& scores, const Lists& positives)
        : queries(static_cast<Index>(query_signs.size()), 1),
          corpus(static_cast<Index>(scores.size()), 1),
          relation(relation_of(positives, static_cast<Index>(scores.size())))
    {
        std::copy(query_signs.begin(), query_signs.end(), queries.data());
        std::copy(scores.begin(), scores.end(), corpus.data());
    }
    static mohs::Relation relation_of(const Lists& positives, Index rows)
    {
        std::vector<Index> offsets{0}, all;
        for (const auto& list : positives) {
            all.insert(all.end(), list.begin(), list.end());
            offsets.push_back(static_cast<Index>(all.size()));
        }
        return mohs::Relation::positive_lists(offsets, all, rows);
    }
    [[nodiscard]] CorpusNegatives<mohs::DotProduct> mine(const CorpusOptions& options) const
    {
        return CorpusMiner{mohs::DotProduct{}, options}(Batch{queries}, Batch{corpus}, relation);
    }
};

template <class M>
Lists lists_of(const CorpusNegatives<M>& found)
{
    Lists result;
    for (Index list = 0; list < found.size(); ++list) {
        result.emplace_back(found.negatives(list).begin(), found.negatives(list).end());
    }
    return result;
}

}  // namespace

TEST_CASE("options mean what they mean in mine_hard_negatives: three worked examples", "[corpus][ieee]")
{
    // By hand, from the order of its operations: positives masked, margins against the smallest positive score, the
    // best range_max of what is left, range_min of these dropped, the first n. Row 0 is the positive.
    const OnALine data({1}, {0.9, 0.95, 0.85, 0.8, 0.7, 0.6, 0.5}, {{0}});
    SECTION("a relative margin: 0.95 is above 0.9 - 0.045")
    {
        CHECK(lists_of(data.mine({.num_negatives = 3, .relative_margin = 0.05})) == Lists{{2, 3, 4}});
    }
    SECTION("range_min skips survivors, not ranks: after 0.95 is gone, 0.85 is skipped")
    {
        const auto found = data.mine({.num_negatives = 3, .range_min = 1, .relative_margin = 0.05});
        CHECK(lists_of(found) == Lists{{3, 4, 5}});
        CHECK(std::vector<Index>(found.ranks(0).begin(), found.ranks(0).end()) == std::vector<Index>{2, 3, 4});
    }
    SECTION("range_max counts raw ranks: of 0.95, 0.85, 0.8 two are left")
    {
        const auto found = data.mine({.num_negatives = 3, .range_max = 3, .relative_margin = 0.05});
        CHECK(lists_of(found) == Lists{{2, 3}});
        CHECK(found.report.missing == 1);
    }
    SECTION("a score at a bound stays")
    {
        const OnALine exact({1}, {1, 0.75, 0.5, 0.25}, {{0}});
        CHECK(lists_of(exact.mine({.num_negatives = 3, .max_score = 0.5, .min_score = 0.25})) == Lists{{2, 3}});
        CHECK(lists_of(exact.mine({.num_negatives = 3, .absolute_margin = 0.25})) == Lists{{1, 2, 3}});
        CHECK(lists_of(exact.mine({.num_negatives = 3, .relative_margin = 0.5})) == Lists{{2, 3}});
    }
}

TEST_CASE("1 margins are measured against own positives where queries have different numbers of them", "[corpus][ieee]")
{
    const OnALine data({1, 1, 1}, {0.9, 0.5, 0.3, 0.8, 0.45, 0.2}, {{0}, {1, 2, 0}, {3}});
    const auto found = data.mine({.num_negatives = 1, .absolute_margin = 0.05});
    CHECK(found.reference(0) == 0.9);
    CHECK(found.reference(1) == 0.3);
    CHECK(found.reference(2) == 0.8);
    CHECK(lists_of(found) == Lists{{3}, {5}, {1}});
}

TEST_CASE("2 negatives belong to their query where queries have several positives", "[corpus][ieee]")
{
    const corpus_oracle::Problem problem = corpus_problems::clustered(20, 80, 5, 3, false);
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    for (const bool per_positive : {false, true}) {
        const auto found = CorpusMiner{mohs::Cosine{}, {.num_negatives = 4, .per_positive = per_positive}}(
            Batch{queries}, Batch{corpus}, problem.relation());
        Index lists = 0;
        for (const auto& positives : problem.positives) {
            lists += per_positive ? static_cast<Index>(positives.size()) : 1;
        }
        CHECK(found.size() == lists);
        for (Index list = 0; list < found.size(); ++list) {
            for (std::size_t i = 0; i < found.negatives(list).size(); ++i) {
                const Index row = found.negatives(list)[i];
                CHECK_FALSE(
                    corpus_oracle::contains(problem.positives[static_cast<std::size_t>(found.query(list))], row));
                // 14 the layout of results and of rows: the score is that of this query with this row.
                CHECK(found.scores(list)[i] ==
                      mohs::measure(mohs::Cosine{}, Batch{queries}, found.query(list), Batch{corpus}, row));
            }
        }
    }
}

TEST_CASE("3 an index is asked for as many more as there are positives", "[corpus][ieee]")
{
    // All positives are closer than any negative.
    const OnALine data({1}, {0.99, 0.98, 0.97, 0.96, 0.95, 0.5, 0.4}, {{0, 1, 2, 3, 4}});
    struct Exact {
        mutable Index first_k = 0;
        mohs::MatrixOf<Index> search(const Batch<double>&, Index k) const
        {
            first_k = first_k == 0 ? k : first_k;
            mohs::MatrixOf<Index> result(1, k);
            for (Index i = 0; i < k; ++i) {
                result(0, i) = i < 7 ? i : -1;
            }
            return result;
        }
    };
    const Exact index;
    const auto found = CorpusMiner{mohs::DotProduct{}, {.num_negatives = 1}}(Batch{data.queries}, Batch{data.corpus},
                                                                             data.relation, mohs::SearchedBy{index});
    CHECK(lists_of(found) == Lists{{5}});
    CHECK(index.first_k >= 6);
    CHECK(found.report.index_searches == 1);
}

TEST_CASE("4 a model is asked about the right pairs where queries have several positives", "[corpus][ieee]")
{
    const OnALine data({1, 1}, {0.9, 0.8, 0.7, 0.6, 0.5}, {{0, 1, 2}, {3}});
    std::set<std::pair<Index, Index>> asked;
    const auto model = [&](std::span<const mohs::Pair> pairs, std::span<double> scores) {
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            asked.insert({pairs[i].anchor, pairs[i].candidate});
            scores[i] = 1 - 0.1 * static_cast<double>(pairs[i].candidate);
        }
    };
    const auto found = CorpusMiner{mohs::DotProduct{}, {.num_negatives = 1}}(
        Batch{data.queries}, Batch{data.corpus}, data.relation,
        mohs::RescoredBy{model, {.scale = mohs::ScoreScale::value, .margin = 0.05}});
    CHECK(lists_of(found) == Lists{{3}, {4}});
    for (const auto& pair : std::set<std::pair<Index, Index>>{{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 3}, {1, 4}}) {
        CHECK(asked.count(pair) == 1);
    }
}

TEST_CASE("5 a relative margin moves away from positives with negative scores", "[corpus][ieee]")
{
    const OnALine data({1}, {-0.5, -0.51, -0.54, -0.56, -0.8}, {{0}});
    CHECK(lists_of(data.mine({.num_negatives = 4, .relative_margin = 0.1})) == Lists{{3, 4}});
}

TEST_CASE("6 what an index does not find is not the last row", "[corpus][ieee]")
{
    const OnALine data({1}, {0.9, 0.8, 0.7, 0.1}, {{0}});
    struct Empty {
        mohs::MatrixOf<Index> search(const Batch<double>&, Index k) const
        {
            return mohs::MatrixOf<Index>::Constant(1, k, -1);
        }
    };
    const Empty index;
    const auto found = CorpusMiner{mohs::DotProduct{}, {.num_negatives = 2}}(Batch{data.queries}, Batch{data.corpus},
                                                                             data.relation, mohs::SearchedBy{index});
    CHECK(lists_of(found) == Lists{{1, 2}});
    CHECK(found.report.exact_fallbacks == 1);
}

TEST_CASE("7 more negatives than rows are a shortfall and more than the window are refused", "[corpus][ieee]")
{
    const OnALine data({1}, {0.9, 0.8, 0.7}, {{0}});
    CHECK(lists_of(data.mine({.num_negatives = 50})) == Lists{{1, 2}});
    CHECK(lists_of(data.mine({.num_negatives = 50, .range_max = 100})) == Lists{{1, 2}});
    CHECK(lists_of(data.mine({.num_negatives = Index{1} << 31, .sampling = Sampling::random})) == Lists{{1, 2}});
    CHECK_THROWS_AS(data.mine({.num_negatives = 3, .range_min = 2, .range_max = 4}), std::invalid_argument);
    CHECK_THROWS_AS(data.mine({.num_negatives = (Index{1} << 31) + 1}), std::invalid_argument);
    CHECK_THROWS_AS(data.mine({.num_negatives = 1, .range_max = (std::numeric_limits<Index>::min)()}),
                    std::invalid_argument);
}

TEST_CASE("8 missing negatives are counted once each", "[corpus][ieee]")
{
    const OnALine data({1, 1}, {0.9, 0.8, 0.7}, {{0}, {0, 1}});
    const auto found = data.mine({.num_negatives = 4});
    CHECK(found.report.missing == 2 + 3);
    CHECK(found.report.shortfalls == std::vector<mohs::Shortfall>{{0, 0, 2}, {1, 1, 1}});
    CHECK(found.report.negatives == 3);
}

TEST_CASE("9 cosines are those of normalised rows however long rows are", "[corpus][ieee]")
{
    const corpus_oracle::Problem problem = corpus_problems::clustered(10, 60, 7, 13, false);
    mohs::Matrix queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const CorpusMiner miner{mohs::Cosine{}, {.num_negatives = 5}};
    const auto base = miner(Batch{queries}, Batch{corpus}, problem.relation());
    for (Index row = 0; row < 60; ++row) {
        corpus.row(row) *= std::ldexp(1.0F, static_cast<int>(row % 40) - 20);
    }
    const auto scaled = miner(Batch{queries}, Batch{corpus}, problem.relation());
    CHECK(lists_of(scaled) == lists_of(base));
    for (Index list = 0; list < scaled.size(); ++list) {
        for (const double score : scaled.scores(list)) {
            CHECK(score <= 1);
            CHECK(score >= -1);
        }
    }
}

TEST_CASE("10 neither axis is looked at as a whole", "[corpus][ieee]")
{
    struct Counting {
        using Scalar = float;
        const mohs::Matrix& rows_of;
        mutable Index most = 0;
        Index rows() const { return rows_of.rows(); }
        Index columns() const { return rows_of.cols(); }
        mohs::BlockRows<float> block(Index first, Index count, mohs::Matrix& buffer) const
        {
            most = (std::max)(most, count);
            buffer = rows_of.middleRows(first, count);
            return {buffer.data(), count, columns(), {columns(), 1}};
        }
    };
    const corpus_oracle::Problem problem = corpus_problems::clustered(40, 300, 5, 23);
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    for (const Sampling sampling : {Sampling::top, Sampling::random}) {
        const CorpusMiner miner{mohs::Cosine{},
                                {.num_negatives = 3, .sampling = sampling, .corpus_block = 32, .query_block = 9}};
        const Counting query_source{queries}, corpus_source{corpus};
        const auto found = miner(query_source, corpus_source, problem.relation());
        CHECK(query_source.most <= 32);
        CHECK(corpus_source.most <= 32);
        const CorpusMiner whole{mohs::Cosine{}, {.num_negatives = 3, .sampling = sampling}};
        CHECK(lists_of(found) == lists_of(whole(Batch{queries}, Batch{corpus}, problem.relation())));
    }
}

TEST_CASE("11 the key of a result knows rows and relation and every option", "[corpus][ieee]")
{
    OnALine data({1, 1}, {0.9, 0.8, 0.7, 0.6, 0.5, 0.4}, {{0}, {1}});
    std::set<std::uint64_t> keys;
    const CorpusOptions base{.num_negatives = 2};
    std::vector<CorpusOptions> all(19, base);
    all[1].num_negatives = 1;
    all[2].range_min = 1;
    all[3].range_max = 5;
    all[4].raw_range_min = 1;
    all[5].max_score = 0.85;
    all[6].min_score = 0.1;
    all[7].absolute_margin = 0.0;
    all[8].relative_margin = 0.0;
    all[9].reference_positive = ReferencePositive::max;
    all[10].per_positive = true;
    all[11].sampling = Sampling::softmax;
    all[12].sampling = Sampling::softmax;
    all[12].temperature = 0.1;
    all[13].sampling = Sampling::simans;
    all[14].sampling = Sampling::simans;
    all[14].simans_b = 0.1;
    all[15].pool = 4;
    all[16].seed = 1;
    all[17].epoch = 1;
    all[18].tag = "another model";
    for (const CorpusOptions& options : all) {
        keys.insert(data.mine(options).report.provenance.key());
    }
    CHECK(keys.size() == all.size());
    const std::uint64_t key = data.mine(base).report.provenance.key();
    CHECK(keys.count(key) == 1);
    CorpusOptions blocks = base;
    blocks.corpus_block = 2;
    blocks.query_block = 1;
    CHECK(data.mine(blocks).report.provenance.key() == key);
    data.corpus(5) = 0.41;
    CHECK(keys.count(data.mine(base).report.provenance.key()) == 0);
    data.corpus(5) = 0.4;
    data.relation = OnALine::relation_of({{0}, {1, 2}}, 6);
    CHECK(keys.count(data.mine(base).report.provenance.key()) == 0);
    // Sample ids and scores of positives that are given decide, too.
    data.relation = OnALine::relation_of({{0}, {1}}, 6);
    const std::vector<int> ids{10, 11, 12, 13, 14, 15}, others{10, 11, 12, 13, 15, 14}, query_ids{1, 2};
    const std::vector<Index> offsets{0, 1, 2};
    const std::vector<double> scores{0.9, 0.8}, other_scores{0.9, 0.7};
    const CorpusMiner miner{mohs::DotProduct{}, base};
    const auto key_with = [&](const std::vector<int>& of) {
        return miner(Batch{data.queries}.with_ids(query_ids), Batch{data.corpus}.with_ids(of), data.relation)
            .report.provenance.key();
    };
    const auto key_of = [&](const std::vector<double>& of) {
        return miner(Batch{data.queries}, Batch{data.corpus}, data.relation, mohs::PositiveScores{offsets, of})
            .report.provenance.key();
    };
    CHECK(std::set<std::uint64_t>{key, key_with(ids), key_with(others), key_of(scores), key_of(other_scores)}.size() ==
          5);
    mohs::CorpusProvenance a, b;
    a.options = {{"ab", "c"}};
    b.options = {{"a", "bc"}};
    CHECK(a.key() != b.key());
    a = b = {};
    a.filters = {"a filter"};
    a.filter_settings = {"closer_than 0.9"};
    b.filters = a.filters;
    b.filter_settings = {"closer_than 0.8"};
    CHECK(a.key() != b.key());
}

TEST_CASE("11 a key says whether it knows everything", "[corpus][ieee]")
{
    const OnALine data({1}, {0.9, 0.8, 0.7}, {{0}});
    CHECK(data.mine({.num_negatives = 1}).report.provenance.is_complete());
    CHECK_FALSE(data.mine({.num_negatives = 1, .hash_rows = false}).report.provenance.is_complete());
    CHECK(mohs::ScoreBand{.low = 0.5}.settings() != mohs::ScoreBand{.high = 0.5}.settings());
    CHECK(mohs::ScoreBand{.low = 0.5}.settings() != mohs::ScoreBand{.low = std::nextafter(0.5, 1.0)}.settings());
    CHECK(mohs::MarginToPositive{.absolute = 0.1}.settings() != mohs::MarginToPositive{.relative = 0.1}.settings());
    CHECK(mohs::MarginToPositive{.absolute = 0.1}.settings() !=
          mohs::MarginToPositive{.absolute = 0.1, .against = mohs::PositiveOf::min}.settings());
    CHECK(mohs::ExcludeNearDuplicates{0.9}.settings() != mohs::ExcludeNearDuplicates{0.9, false}.settings());
    CHECK(mohs::ExcludeCloseRows{0.1}.settings() != mohs::ExcludeCloseRows{0.1, true}.settings());
}

TEST_CASE("12 margins do not take positives away", "[corpus][ieee]")
{
    const OnALine data({1}, {0.9, 0.2, 0.8, 0.1}, {{0, 1}});
    const auto found = data.mine({.num_negatives = 1,
                                  .absolute_margin = 0.05,
                                  .reference_positive = ReferencePositive::min,
                                  .per_positive = true});
    REQUIRE(found.size() == 2);
    CHECK(found.positive(0) == 0);
    CHECK(found.positive(1) == 1);
    CHECK(lists_of(found) == Lists{{3}, {3}});
    CHECK(found.report.positive.count == 2);
}

TEST_CASE("13 a positive that is listed twice is one positive", "[corpus][ieee]")
{
    const OnALine once({1}, {0.9, 0.5, 0.4, 0.3}, {{0, 1}}), twice({1}, {0.9, 0.5, 0.4, 0.3}, {{0, 1, 1, 0, 1}});
    const CorpusOptions options{.num_negatives = 1,
                                .absolute_margin = 0.31,
                                .reference_positive = ReferencePositive::mean,
                                .per_positive = true};
    CHECK(lists_of(twice.mine(options)) == lists_of(once.mine(options)));
    CHECK(twice.mine(options).reference(0) == Approx(0.7));
}

TEST_CASE("15 positives of later blocks of queries are their own", "[corpus][ieee]")
{
    // Query i and row i are partners; every other row is farther.
    const mohs::Matrix rows = mohs::Matrix::Identity(30, 30), queries = rows;
    std::vector<Index> offsets{0}, positives;
    for (Index i = 0; i < 30; ++i) {
        positives.push_back(i);
        offsets.push_back(i + 1);
    }
    const mohs::Relation relation = mohs::Relation::positive_lists(offsets, positives, 30);
    const CorpusMiner miner{mohs::Cosine{}, {.num_negatives = 29, .corpus_block = 7, .query_block = 4}};
    const auto found = miner(Batch{queries}, Batch{rows}, relation);
    for (Index list = 0; list < 30; ++list) {
        REQUIRE(found.count(list) == 29);
        CHECK(found.reference(list) == 1);
        for (const Index row : found.negatives(list)) {
            CHECK(row != list);
        }
    }
}

TEST_CASE("16 epochs differ and an epoch repeats", "[corpus][ieee]")
{
    const corpus_oracle::Problem problem = corpus_problems::clustered(20, 200, 5, 29, false);
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const auto mine = [&](std::uint64_t epoch) {
        return lists_of(CorpusMiner{mohs::Cosine{}, {.num_negatives = 3, .sampling = Sampling::random, .epoch = epoch}}(
            Batch{queries}, Batch{corpus}, problem.relation()));
    };
    CHECK(mine(0) == mine(0));
    CHECK(mine(0) != mine(1));
    CHECK(mine(1) != mine(2));
}

TEST_CASE("nothing unfiltered is topped up and no positive is drawn and no row comes twice", "[corpus][ieee]")
{
    const OnALine data({1}, {0.9, 0.89, 0.88, 0.87, 0.2}, {{0, 3}});
    for (const Sampling sampling :
         {Sampling::top, Sampling::random, Sampling::softmax, Sampling::simans, Sampling::rotation}) {
        const auto found = data.mine({.num_negatives = 4, .max_score = 0.885, .sampling = sampling});
        CHECK(lists_of(found) == Lists{{2, 4}});
        CHECK(found.report.missing == 2);
    }
}

TEST_CASE("equal rows are counted in the corpus and in lists and as copies of positives", "[corpus][ieee]")
{
    const OnALine data({1}, {0.9, 0.9, 0.8, 0.8, 0.8, 0.1}, {{0}});
    const auto found = data.mine({.num_negatives = 4});
    CHECK(lists_of(found) == Lists{{1, 2, 3, 4}});
    CHECK(found.report.duplicate_rows == 3);
    CHECK(found.report.copies_of_positives == 1);
    CHECK(found.report.repeated_negatives == 2);
    CorpusOptions without{.num_negatives = 4};
    without.hash_rows = false;
    CHECK(data.mine(without).report.duplicate_rows == 0);
    CHECK(lists_of(data.mine(without)) == lists_of(found));
}

TEST_CASE("a report says what happened", "[corpus][ieee]")
{
    const OnALine data({1, 1, 1}, {0.9, 0.8, 0.5, 0.0, std::numeric_limits<double>::quiet_NaN()}, {{0}, {}, {4}});
    const auto found = data.mine({.num_negatives = 1, .relative_margin = 0.2});
    const mohs::CorpusReport& report = found.report;
    CHECK(lists_of(found) == Lists{{2}, {}, {}});
    CHECK(report.queries == 3);
    CHECK(report.corpus == 5);
    CHECK(report.lists == 3);
    CHECK(report.non_finite_corpus == 1);
    CHECK(report.zero_rows == 1);
    CHECK(report.without_positive == 1);
    CHECK(report.non_finite_positives == 1);
    CHECK(report.without_reference == 2);
    CHECK(report.rejected == std::vector<mohs::RejectedBy>{{"rejected_relative_margin", 1}});
    CHECK(report.depth.max == 2);
    CHECK(report.difference.mean == Approx(0.4));
    CHECK(report.provenance.metric == "dot product");
    CHECK(report.provenance.version == "0.1.0");
    double negatives = 0;
    report.for_each([&](const std::string& name, double value) { negatives += name == "negatives" ? value : 0; });
    CHECK(negatives == 1);
}

TEST_CASE("values of all positives are told and negatives near them are suspects", "[corpus][ieee]")
{
    const OnALine data({1, 1}, {0.9, 0.5, 0.88, 0.6, std::numeric_limits<double>::quiet_NaN()}, {{0, 1, 4}, {0}});
    const auto found = data.mine({.num_negatives = 2, .reference_positive = ReferencePositive::max});
    REQUIRE(found.query_count() == 2);
    CHECK(std::vector<Index>(found.positives_of(0).begin(), found.positives_of(0).end()) ==
          std::vector<Index>{0, 1, 4});
    CHECK(found.positive_scores_of(0)[1] == 0.5);
    CHECK(std::isnan(found.positive_scores_of(0)[2]));
    CHECK(found.positive_scores_of(1)[0] == 0.9);
    const mohs::Suspects suspects = mohs::corpus_suspects(found, 0.05);
    REQUIRE(suspects.size() == 2);
    CHECK(suspects[0].candidate == 2);
    CHECK(suspects[0].score == Approx(-0.02));
    CHECK(mohs::corpus_suspects(found, 0.0).empty());
    CHECK(found.report.suspects == 0);
    const auto smallest = data.mine({.num_negatives = 2});
    CHECK(smallest.report.suspects == 2);
    CHECK(mohs::corpus_suspects(smallest, 0.0).size() == 2);
}

TEST_CASE("queries that are mined in parts get what they get together", "[corpus][ieee]")
{
    const corpus_oracle::Problem problem = corpus_problems::clustered(23, 90, 5, 37);
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    for (const Sampling sampling : {Sampling::top, Sampling::random, Sampling::softmax}) {
        CorpusOptions options{.num_negatives = 3, .sampling = sampling, .seed = 4};
        const auto mine = [&] {
            return CorpusMiner{mohs::Cosine{}, options}(Batch{queries}, Batch{corpus}, problem.relation());
        };
        const auto all = mine();
        Lists parts;
        for (const Index begin : {0, 7, 8, 20}) {
            options.query_begin = begin;
            options.query_end = begin == 0 ? 7 : begin == 7 ? 8 : begin == 8 ? 20 : 1000;
            const auto part = mine();
            CHECK(part.query(0) == begin);
            CHECK(part.first_query() == begin);
            CHECK(part.report.provenance.key() == all.report.provenance.key());
            for (const auto& list : lists_of(part)) {
                parts.push_back(list);
            }
        }
        CHECK(parts == lists_of(all));
    }
}
