#pragma once

/// \file
/// Contrastive losses of the pairs that tuples name.

#include <mohs/detail/loss/contrastive/contrastive_total.hpp>
#include <mohs/detail/loss/contrastive/pair_hinge.hpp>
#include <mohs/detail/loss/tuple_pairs.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Whether a pair of tuples is one of a positive, by its number.
template <AnyTuples Tuples>
bool names_positive(const Tuples& tuples, Index pair)
{
    if constexpr (tuple_kind<Tuples> == TupleKind::triplets) {
        return pair % 2 == 0;
    } else {
        return pair < tuples.positives.size();
    }
}

/// Value and report of measured pairs, which are weighed on the way. `per_tuple`, if not empty, receives the sum of the
/// pairs of each triplet, or the loss of each pair.
template <class M, class Terms, AnyTuples Tuples>
double hinge_pairs(Terms& pairs, const Tuples& tuples, const PairHinge& hinge, Reduction reduction, bool together,
                   Report& report, std::span<double> per_tuple)
{
    constexpr Index each = tuple_kind<Tuples> == TupleKind::triplets ? 2 : 1;
    std::fill(per_tuple.begin(), per_tuple.end(), 0.0);
    PairCount positives, negatives;
    for (Index i = 0; i < pairs.size(); ++i) {
        const bool positive = names_positive(tuples, i);
        const double sign = hinge_sign<M>(positive), violation = sign * (pairs[i].value - hinge.margin(positive));
        const bool finite = is_finite(pairs[i].value) && is_finite(violation);
        const double loss = finite && violation > 0 ? hinge.loss(violation) : 0;
        if (!finite || !is_finite(loss)) {
            ++report.overflows;
            continue;
        }
        PairCount& count = positive ? positives : negatives;
        ++count.tuples;
        if (loss > 0) {
            ++count.active;
            count.sum += loss;
            pairs[i].weight = sign * hinge.slope(violation);
            if (!per_tuple.empty()) {
                per_tuple[static_cast<std::size_t>(i / each)] += loss;
            }
        }
    }
    const ContrastiveTotal total = total_of_kinds(positives, negatives, reduction, together);
    for (Index i = 0; i < pairs.size(); ++i) {
        pairs[i].weight *= names_positive(tuples, i) ? total.positive_weight : total.negative_weight;
    }
    report.tuples = positives.tuples + negatives.tuples + report.overflows;
    report.active = positives.active + negatives.active;
    return total.value;
}

}  // namespace mohs::inline MOHS_ABI::detail
