// Covers detail/corpus/choose_negatives.hpp, detail/corpus/inspect_rows.hpp, detail/corpus/keyed_order.hpp.
// Covers detail/corpus/random_draws.hpp.

#include <mohs/corpus/corpus_miner.hpp>

#include "../catch.hpp"
#include "corpus_problems.hpp"

#include <mohs/filter/exclude_if.hpp>

#include <map>
#include <set>

namespace {

using corpus_oracle::Kind;
using corpus_oracle::Problem;
using corpus_problems::rows_as;
using corpus_problems::threads;
using mohs::Batch;
using mohs::CorpusMiner;
using mohs::CorpusNegatives;
using mohs::CorpusOptions;
using mohs::Index;
using mohs::Sampling;

constexpr Index repeats = 4000;

/// One query, `repeats` times, with two positives: scores are the only column of the corpus.
struct Repeated {
    mohs::MatrixOf<double> queries = mohs::MatrixOf<double>::Ones(repeats, 1), corpus;
    mohs::Relation relation = [] {
        std::vector<Index> offsets{0}, rows;
        for (Index i = 0; i < repeats; ++i) {
            rows.insert(rows.end(), {0, 1});
            offsets.push_back(2 * (i + 1));
        }
        return mohs::Relation::positive_lists(offsets, rows, 12);
    }();

    Repeated()
    {
        corpus.resize(12, 1);
        corpus << 1.0, 0.9, 0.85, 0.8, 0.7, 0.65, 0.6, 0.5, 0.3, 0.2, 0.0, -0.4;
    }
    template <class... Filters>
    [[nodiscard]] CorpusNegatives<mohs::DotProduct> mine(const CorpusOptions& options, const Filters&... filters) const
    {
        const CorpusMiner<mohs::DotProduct, Filters...> miner{{}, options, filters...};
        return miner(Batch{queries}, Batch{corpus}, relation);
    }
};

/// How often each set of rows was drawn.
std::map<std::vector<Index>, Index> counts_of(const CorpusNegatives<mohs::DotProduct>& found)
{
    std::map<std::vector<Index>, Index> result;
    for (Index list = 0; list < found.size(); ++list) {
        const auto rows = found.negatives(list);
        ++result[{rows.begin(), rows.end()}];
    }
    return result;
}

/// Chi-squared per degree of freedom, against expected shares of all sets.
double misfit(const std::map<std::vector<Index>, Index>& counts, const std::map<std::vector<Index>, double>& shares)
{
    double sum = 0, total = 0, pooled_share = 0, pooled = 0;
    int cells = 0;
    for (const auto& [rows, share] : shares) {
        const auto found = counts.find(rows);
        const double count = found == counts.end() ? 0 : static_cast<double>(found->second), expected = share * repeats;
        total += count;
        if (expected < 5) {
            pooled_share += expected;
            pooled += count;
            continue;
        }
        sum += (count - expected) * (count - expected) / expected;
        ++cells;
    }
    if (pooled_share >= 5) {
        sum += (pooled - pooled_share) * (pooled - pooled_share) / pooled_share;
        ++cells;
    }
    return total == repeats ? sum / (cells - 1) : 1e9;
}

/// Shares of sets of one or two rows where rows are drawn by weights, without replacement.
std::map<std::vector<Index>, double> shares_of(const std::vector<Index>& rows, const std::vector<double>& weights,
                                               int n)
{
    double sum = 0;
    for (const double weight : weights) {
        sum += weight;
    }
    std::map<std::vector<Index>, double> result;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (n == 1) {
            result[{rows[i]}] = weights[i] / sum;
            continue;
        }
        for (std::size_t j = i + 1; j < rows.size(); ++j) {
            const double p = weights[i] / sum, q = weights[j] / sum;
            result[{rows[i], rows[j]}] = p * q / (1 - p) + q * p / (1 - q);
        }
    }
    return result;
}

const std::vector<Index> negatives{2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

}  // namespace

TEST_CASE("draws from the whole corpus are uniform among what passes without replacement", "[corpus][ieee]")
{
    const Repeated data;
    const auto equal = [](std::size_t count) { return std::vector<double>(count, 1); };
    CHECK(misfit(counts_of(data.mine({.num_negatives = 1, .sampling = Sampling::random})),
                 shares_of(negatives, equal(10), 1)) < 2.5);
    CHECK(misfit(counts_of(data.mine({.num_negatives = 2, .sampling = Sampling::random, .seed = 7})),
                 shares_of(negatives, equal(10), 2)) < 1.8);
    // With rules: 0.85 and 0.8 are too close, -0.4 is too far, row 7 is filtered.
    const auto found =
        data.mine({.num_negatives = 2, .max_score = 0.75, .min_score = -0.1, .sampling = Sampling::random},
                  mohs::ExcludeIf{[](Index, Index row) { return row == 7; }});
    CHECK(misfit(counts_of(found), shares_of({4, 5, 6, 8, 9, 10}, equal(6), 2)) < 2.2);
    // The closest left out, by raw rank and then as survivors.
    const auto after = data.mine(
        {.num_negatives = 2, .range_min = 1, .raw_range_min = 2, .max_score = 0.82, .sampling = Sampling::random});
    CHECK(misfit(counts_of(after), shares_of({5, 6, 7, 8, 9, 10, 11}, equal(7), 2)) < 2.2);
    // All there are, where no more are left.
    const auto all = counts_of(data.mine({.num_negatives = 10, .sampling = Sampling::random}));
    CHECK(all.size() == 1);
    CHECK(all.begin()->first == negatives);
}

TEST_CASE("draws from a window are uniform or by weights", "[corpus][ieee]")
{
    const Repeated data;
    const std::vector<Index> window{2, 3, 4, 5, 6, 7};
    const std::vector<double> scores{0.85, 0.8, 0.7, 0.65, 0.6, 0.5};
    CHECK(misfit(counts_of(data.mine({.num_negatives = 2, .range_max = 6, .sampling = Sampling::random})),
                 shares_of(window, std::vector<double>(6, 1), 2)) < 2.2);
    CHECK(misfit(counts_of(data.mine({.num_negatives = 2, .sampling = Sampling::random, .pool = 6})),
                 shares_of(window, std::vector<double>(6, 1), 2)) < 2.2);
    // A window of raw ranks, as FlagEmbedding draws from.
    const std::vector<Index> ranks{4, 5, 6, 7, 8};
    CHECK(misfit(counts_of(
                     data.mine({.num_negatives = 2, .range_max = 7, .raw_range_min = 2, .sampling = Sampling::random})),
                 shares_of(ranks, std::vector<double>(5, 1), 2)) < 2.2);
    std::vector<double> weights;
    for (const double score : scores) {
        weights.push_back(std::exp(score / 0.1));
    }
    const auto softmax =
        counts_of(data.mine({.num_negatives = 2, .range_max = 6, .sampling = Sampling::softmax, .temperature = 0.1}));
    CHECK(misfit(softmax, shares_of(window, weights, 2)) < 2.2);
    CHECK(misfit(softmax, shares_of(window, std::vector<double>(6, 1), 2)) > 10);  // a wrong sampler is noticed
    for (const double b : {-0.3, 0.0, 0.2}) {
        weights.clear();
        for (const double score : scores) {
            // The reference is the smaller of 1 and 0.9.
            weights.push_back(std::exp(-8 * std::pow(score - 0.9 - b, 2)));
        }
        const auto simans = counts_of(data.mine(
            {.num_negatives = 2, .range_max = 6, .sampling = Sampling::simans, .simans_a = 8, .simans_b = b}));
        CHECK(misfit(simans, shares_of(window, weights, 2)) < 2.2);
    }
}

TEST_CASE("SimANS weights that vanish still draw", "[corpus][ieee]")
{
    Repeated data;
    data.corpus *= 100;
    data.corpus(0) = data.corpus(1) = 1e6;
    const auto counts =
        counts_of(data.mine({.num_negatives = 3, .range_max = 6, .sampling = Sampling::simans, .simans_a = 0.5}));
    CHECK(counts.size() == 1);  // the closest, whose weight is e^-5e11, outweigh the others
    CHECK(counts.begin()->first == std::vector<Index>{2, 3, 4});
}

TEST_CASE("weights beyond the range of double are the largest", "[corpus][ieee][raises]")
{
    Repeated data;
    data.corpus(5) = 1e308;
    const auto found = data.mine({.num_negatives = 1, .sampling = Sampling::softmax});
    CHECK(counts_of(found) == std::map<std::vector<Index>, Index>{{{5}, repeats}});
}

TEST_CASE("rotation gives every survivor its turn", "[corpus][ieee]")
{
    const Repeated data;
    std::vector<std::map<Index, int>> seen(repeats);
    std::set<std::vector<Index>> first_draws;
    for (std::uint64_t epoch = 0; epoch < 7; ++epoch) {
        const auto found =
            data.mine({.num_negatives = 2, .range_max = 7, .sampling = Sampling::rotation, .seed = 3, .epoch = epoch});
        for (Index list = 0; list < found.size(); ++list) {
            REQUIRE(found.count(list) == 2);
            for (const Index row : found.negatives(list)) {
                ++seen[static_cast<std::size_t>(list)][row];
            }
        }
        const auto rows = found.negatives(0);
        first_draws.insert({rows.begin(), rows.end()});
    }
    // 7 epochs of 2 of 7 survivors: each twice.
    for (const auto& rows : seen) {
        REQUIRE(rows.size() == 7);
        for (const auto& [row, count] : rows) {
            CHECK(count == 2);
        }
    }
    CHECK(first_draws.size() > 3);
}

TEST_CASE("draws depend on seed and epoch and query alone", "[corpus][ieee]")
{
    const Problem problem = corpus_problems::clustered(30, 3000, 5, 17);
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const mohs::Relation relation = problem.relation();
    const auto mine = [&](CorpusOptions options, int count) {
        const auto found =
            CorpusMiner{mohs::Cosine{}, options}(Batch{queries}, Batch{corpus}, relation, threads(count));
        std::vector<std::vector<Index>> result;
        for (Index list = 0; list < found.size(); ++list) {
            result.emplace_back(found.negatives(list).begin(), found.negatives(list).end());
        }
        return result;
    };
    for (const Sampling sampling : {Sampling::random, Sampling::softmax, Sampling::simans, Sampling::rotation}) {
        CorpusOptions options{.num_negatives = 4, .sampling = sampling, .seed = 5, .epoch = 2};
        const auto base = mine(options, 1);
        for (const Index block : {37, 1000}) {
            options.corpus_block = block;
            options.query_block = 7;
            CHECK(mine(options, 3) == base);
        }
        options.epoch = 3;
        CHECK(mine(options, 1) != base);
        options.epoch = 2;
        options.seed = 6;
        CHECK(mine(options, 1) != base);
    }
}

TEST_CASE("every positive gets draws of its own", "[corpus][ieee]")
{
    const Repeated data;
    const auto found = data.mine({.num_negatives = 3, .per_positive = true, .sampling = Sampling::random});
    REQUIRE(found.size() == 2 * repeats);
    Index equal = 0;
    for (Index query = 0; query < repeats; ++query) {
        CHECK(found.positive(2 * query) == 0);
        CHECK(found.positive(2 * query + 1) == 1);
        const auto a = found.negatives(2 * query), b = found.negatives(2 * query + 1);
        equal += std::equal(a.begin(), a.end(), b.begin());
    }
    // Of 120 sets of three one in 120 is the same by chance.
    CHECK(equal < repeats / 40);
}

TEST_CASE("a random order is a permutation of any number", "[corpus][ieee]")
{
    for (const Index size : {1, 2, 7, 1024, 1025, 5000}) {
        const mohs::detail::KeyedOrder order(99, size);
        std::vector<char> seen(static_cast<std::size_t>(size), 0);
        for (Index i = 0; i < size; ++i) {
            seen[static_cast<std::size_t>(order[i])] = 1;
        }
        CHECK(std::count(seen.begin(), seen.end(), 1) == size);
    }
}

TEST_CASE("hashes of rows know elements and order and shape alone", "[corpus][ieee]")
{
    const mohs::Matrix rows = mohs::Matrix::Random(50, 6);
    const Eigen::MatrixXf by_column = rows;
    const auto hash = [](const auto& matrix, Index block) {
        const mohs::MatrixSource source(matrix);
        return mohs::detail::inspect_rows(source, block, true, {}).hash_of(source);
    };
    const std::uint64_t base = hash(rows, 50);
    CHECK(hash(rows, 7) == base);
    CHECK(hash(rows, 1) == base);
    CHECK(hash(by_column, 9) == base);
    mohs::Matrix other = rows;
    other(49, 5) = std::nextafter(other(49, 5), 2.0F);
    CHECK(hash(other, 50) != base);
    other = rows;
    other.row(3).swap(other.row(4));
    CHECK(hash(other, 50) != base);
    const Eigen::Map<const mohs::Matrix> reshaped(rows.data(), 100, 3);
    CHECK(hash(reshaped, 50) != base);
    const mohs::Matrix shorter = rows.topRows(49);
    CHECK(hash(shorter, 50) != base);
    const mohs::MatrixSource source(by_column);
    const auto seen = mohs::detail::inspect_rows(source, 8, false, {});
    CHECK(seen.row_hash.empty());
    CHECK(seen.hash_of(source) == 0);
}
