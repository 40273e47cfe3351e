#pragma once

/// \file
/// The losses of triplets.

#include <mohs/detail/loss/pair_terms.hpp>
#include <mohs/finish.hpp>

#include <optional>

namespace mohs::inline MOHS_ABI::detail {

/// What becomes of a violation.
struct TripletRule {
    double margin;
    bool soft;  ///< softplus, not hinge
    bool swap;
};

/// The loss of the triplet of pairs `triplet` * 2 and the next, which are measured and weighed on the way; none if a value
/// is not finite.
template <class M, class Pairs>
std::optional<double> evaluate_triplet(Pairs& pairs, Index triplet, const TripletRule& rule)
{
    PairTerm &positive = pairs[2 * triplet], &negative = (&positive)[1];
    pairs.template measure<2>(&positive);
    bool finite = is_finite(positive.value) && is_finite(negative.value);
    if (rule.swap) {
        PairTerm other{.own = ~positive.candidate, .candidate = negative.candidate};
        pairs.template measure<1>(&other);
        finite = finite && is_finite(other.value);
        if (Finish<M>::closer(other.value, negative.value)) {
            negative = other;
        }
    }
    if (!finite) {
        return std::nullopt;
    }
    const double violation = Finish<M>::gap(negative.value, positive.value) + rule.margin;
    if (!is_finite(violation)) {
        return std::nullopt;
    }
    const double slope = rule.soft ? sigmoid(violation) : violation > 0 ? 1 : 0;
    positive.weight = Finish<M>::farther_sign * slope;
    negative.weight = -positive.weight;
    return rule.soft ? softplus(violation) : (std::max)(0.0, violation);
}

}  // namespace mohs::inline MOHS_ABI::detail
