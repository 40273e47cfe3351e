// Covers detail/loss/pair/filtered_hooks.hpp.

#include "../filter/pair_rules.hpp"
#include "pair_losses.hpp"

#include <mohs/pair_sweep.hpp>

namespace {

using mohs::Related;
using pair_losses::Index;
using pair_losses::Table;
using pair_losses::View;

/// log(1 + sum over the negatives of exp(v)) for every anchor, of either batch, and v for every positive.
template <bool both>
struct SoftHooks {
    static constexpr const char* name = "SoftLoss";
    static constexpr bool both_ways = both;

    template <class N>
    struct Sums {
        mohs::LogSum<N> negatives;
        N positives;
    };
    template <class N>
    struct State {
        mohs::LogShare<N> share;
        N weight;  ///< 0 where there is no loss
    };

    template <class N, class Pair>
    MOHS_ALWAYS_INLINE void sum(Sums<N>& sums, const Pair& pair) const
    {
        if constexpr (Pair::positive) {
            sums.positives += pair.value;
        } else {
            sums.negatives.add(pair.value);
        }
    }
    template <class N>
    MOHS_ALWAYS_INLINE void merge(Sums<N>& total, const Sums<N>& later) const
    {
        total.negatives.merge(later.negatives);
        total.positives += later.positives;
    }
    mohs::PairOutcome finish(const mohs::SweptAnchor& anchor, Sums<double> sums, State<double>& state) const
    {
        if (anchor.positives == 0 || anchor.negatives == 0) {
            return {};
        }
        sums.negatives.add(0);
        state = {sums.negatives.split(), 1};
        return {.loss = sums.negatives.log() + sums.positives, .tuples = 1, .active = 1};
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N weigh(const Pair& pair) const
    {
        return pair.own.weight * (Pair::positive ? N(1) : pair.own.share.share(pair.value));
    }
};

/// What filters leave of the pairs of a problem.
struct Filtered {
    pair_losses::Kinds forward, backward;
    std::vector<Index> rejected;
    Index all_filtered = 0;

    template <class Rules>
    Filtered(const pair_losses::Problem& problem, const Table& values, const Rules& rules, bool both)
        : forward(problem.forward()), backward(problem.backward()), rejected(rules.rejects.size())
    {
        const auto leave = [&](pair_losses::Kinds& kinds, bool counts, const auto& filter_of) {
            for (Index row = 0; row < kinds.rows; ++row) {
                bool positive = false, negative = false, lost = false;
                for (Index column = 0; column < kinds.columns; ++column) {
                    Related& kind = kinds.kinds[static_cast<std::size_t>(row * kinds.columns + column)];
                    const int filter = kind == Related::negative ? filter_of(row, column) : -1;
                    if (filter >= 0) {
                        kind = Related::neither;
                        lost = true;
                        rejected[static_cast<std::size_t>(filter)] += counts ? 1 : 0;
                    }
                    positive |= kind == Related::positive;
                    negative |= kind == Related::negative;
                }
                all_filtered += counts && positive && !negative && lost ? 1 : 0;
            }
        };
        leave(forward, true, [&](Index i, Index j) { return rules.first(i, j, values(i, j)); });
        if (!problem.self) {
            leave(backward, both, [&](Index j, Index i) { return rules.first(i, j, values(i, j)); });
        }
    }
};

/// The loss by definition.
template <bool both>
double soft_loss(const Filtered& left, bool self, const Table& values)
{
    pair_losses::Sum result;
    const auto add = [&](const pair_losses::Kinds& kinds, const Table& of) {
        for (Index row = 0; row < kinds.rows; ++row) {
            std::vector<double> negatives{0};
            double positives = 0;
            Index count = 0;
            for (Index column = 0; column < kinds.columns; ++column) {
                if (kinds(row, column) == Related::negative) {
                    negatives.push_back(of(row, column));
                } else if (kinds(row, column) == Related::positive) {
                    positives += of(row, column);
                    ++count;
                }
            }
            if (count > 0 && negatives.size() > 1) {
                result.add(oracle::log_sum(negatives) + positives);
            }
        }
    };
    add(left.forward, values);
    if (both && !self) {
        add(left.backward, Table(values.transpose()));
    }
    return result.reduced(mohs::Reduction::mean);
}

template <class M, bool both, class Rules>
void check_filtered(pair_losses::Problem problem, pair_losses::Values values_of, const Rules& rules)
{
    CAPTURE(problem.name, both);
    const auto loss = std::apply(
        [](const auto&... filter) { return mohs::PairSweep(M{}, SoftHooks<both>{}, mohs::Reduction::mean, filter...); },
        rules.filters);
    const Filtered left(problem,
                        pair_rules::values(reference::metric_of<M>, problem.queries.rows, problem.candidates().rows),
                        rules, both);
    const auto value = [&] {
        return soft_loss<both>(left, problem.self, values_of(problem.queries.rows, problem.candidates().rows));
    };
    const auto run = [&](const mohs::Options& how) {
        const mohs::Batch<double> queries = problem.query_batch<double>(problem.queries.rows);
        return problem.self ? loss(queries, how) : loss(queries, problem.other.batch<double>(problem.other.rows), how);
    };
    const auto found = run({});
    CHECK(oracle::near(found.value, value(), 1e-12));
    CHECK(oracle::near(found.gradient, oracle::differences(problem.queries.rows, value)));
    if (!problem.self) {
        CHECK(oracle::near(found.candidate_gradient, oracle::differences(problem.other.rows, value)));
    }
    CHECK(found.report.all_filtered == left.all_filtered);
    for (std::size_t filter = 0; filter < left.rejected.size(); ++filter) {
        CHECK(found.report.rejected[filter] == left.rejected[filter]);
    }
    for (const mohs::Options& how : oracle::thread_counts(mohs::IsaLevel::automatic)) {
        CHECK(oracle::same_bits(found, run(how)));
    }
}

template <class M, bool both>
void check_rules(pair_losses::Values values_of, double close, double far)
{
    for (const pair_losses::Problem& problem : relations::full_problems(14, 16, 3)) {
        check_filtered<M, both>(problem, values_of, pair_rules::band_and_lists(M::is_similarity, close, far));
        check_filtered<M, both>(problem, values_of, pair_rules::value_predicate());
        check_filtered<M, both>(problem, values_of, pair_rules::near_duplicates(M::is_similarity, close));
        check_filtered<M, both>(problem, values_of, pair_rules::everything());
    }
    for (const pair_losses::Problem& problem : relations::full_problems(67, 120, 3)) {
        check_filtered<M, both>(problem, values_of, pair_rules::band_and_lists(M::is_similarity, close, far));
    }
}

}  // namespace

TEST_CASE("what filters reject is no negative of a loss on hooks, by similarities", "[ieee]")
{
    check_rules<mohs::Cosine, false>(relations::cosines, 0.6, -0.6);
    check_rules<mohs::Cosine, true>(relations::cosines, 0.6, -0.6);
}

TEST_CASE("what filters reject is no negative of a loss on hooks, by distances", "[ieee]")
{
    check_rules<mohs::Euclidean, false>(relations::distances, 1.5, 3);
    check_rules<mohs::Euclidean, true>(relations::distances, 1.5, 3);
}
