#pragma once

/// \file
/// What the contrastive loss counts and adds up, and what becomes of it.

#include <mohs/detail/loss/loss_terms.hpp>
#include <mohs/detail/scene/start_report.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Pairs of one kind.
struct PairCount {
    double sum = 0;
    Index tuples = 0, active = 0;
};

/// What one row saw. In a self-scan every pair is seen by both of its rows.
struct ContrastiveRow {
    PairCount positive, negative;
    Index pairs = 0, overflows = 0;
};

/// What the sums come to, and what the gradients of the two sums are to be multiplied by.
struct ContrastiveTotal {
    double value = 0, positive_weight = 0, negative_weight = 0;
};

/// What the sums of both kinds come to: one reduction for each, or one of all pairs `together`.
inline ContrastiveTotal total_of_kinds(const PairCount& positive, const PairCount& negative, Reduction reduction,
                                       bool together)
{
    const auto weight = [&](const PairCount& count) {
        const Index divisor =
            together ? divisor_of(reduction, positive.tuples + negative.tuples, positive.active + negative.active)
                     : divisor_of(reduction, count.tuples, count.active);
        return divisor > 0 ? 1 / static_cast<double>(divisor) : 0;
    };
    ContrastiveTotal result{0, weight(positive), weight(negative)};
    result.value = positive.sum * result.positive_weight + negative.sum * result.negative_weight;
    return result;
}

/// Value, weights and report of the rows of one side, in their order. `of_row`, if not empty, receives the sum of each
/// row, 0 for rows that take no part.
inline ContrastiveTotal total_of(const Scene<double>& scene, const PackedSide<double>& side,
                                 std::span<const ContrastiveRow> rows, Reduction reduction, bool together,
                                 Report& report, std::span<double> of_row)
{
    std::fill(of_row.begin(), of_row.end(), 0.0);
    PairCount positive, negative;
    Index overflows = 0;
    const auto add = [](PairCount& sum, const PairCount& row) {
        sum.sum += row.sum;
        sum.tuples += row.tuples;
        sum.active += row.active;
    };
    for (Index position = 0; position < side.rows(); ++position) {
        const ContrastiveRow& row = rows[static_cast<std::size_t>(position)];
        add(positive, row.positive);
        add(negative, row.negative);
        overflows += row.overflows;
        if (!of_row.empty()) {
            of_row[static_cast<std::size_t>(side.row_of(position))] = row.positive.sum + row.negative.sum;
        }
        if (side.has_role(position, Role::anchor)) {
            (row.pairs > 0 ? report.valid : report.no_positive) += 1;
        }
    }
    // Either row of a pair has the same bits of it.
    const Index times = scene.self ? 2 : 1;
    for (PairCount* const count : {&positive, &negative}) {
        count->sum /= static_cast<double>(times);
        count->tuples /= times;
        count->active /= times;
    }
    report.overflows = overflows / times;
    report.tuples = positive.tuples + negative.tuples;
    report.active = positive.active + negative.active;
    return total_of_kinds(positive, negative, reduction, together);
}

}  // namespace mohs::inline MOHS_ABI::detail
