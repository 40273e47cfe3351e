#pragma once

/// \file
/// The loss of one triplet and its gradient.

#include <mohs/detail/loss.hpp>

namespace mohs::inline MOHS_ABI::detail {

struct TripletTerm {
    double positive, negative;  ///< values of the two pairs in use
    double loss, slope;         ///< f(x) and f'(x) of the violation x; 0 where a value is not finite
    bool finite;
    bool swapped;  ///< the negative is seen from the positive
};

/// A triplet under the hinge, or under softplus where `soft`.
template <class M, class A, class B>
TripletTerm triplet_term(const RowGradient<M, A>& anchors, const RowGradient<M, B>& candidates, const Triplet& triplet,
                         double margin, bool soft, bool swap)
{
    TripletTerm term{pair_value(anchors, triplet.anchor, candidates, triplet.positive),
                     pair_value(anchors, triplet.anchor, candidates, triplet.negative),
                     0,
                     0,
                     false,
                     false};
    term.finite = is_finite(term.positive) && is_finite(term.negative);
    if (swap) {
        const double other = pair_value(candidates, triplet.positive, candidates, triplet.negative);
        term.finite = term.finite && is_finite(other);
        term.swapped = M::is_similarity ? other > term.negative : other < term.negative;
        term.negative = term.swapped ? other : term.negative;
    }
    if (term.finite) {
        const double violation =
            (M::is_similarity ? term.negative - term.positive : term.positive - term.negative) + margin;
        term.finite = is_finite(violation);
        if (!term.finite) {
            return term;
        }
        term.loss = soft ? softplus(violation) : std::max(0.0, violation);
        term.slope = soft ? sigmoid(violation) : violation > 0 ? 1 : 0;
    }
    return term;
}

/// Adds `scale` times the gradient of one triplet.
template <class M, class A, class B>
void add_triplet(RowGradient<M, A>& anchors, RowGradient<M, B>& candidates, const Triplet& triplet,
                 const TripletTerm& term, double scale)
{
    const double weight = (M::is_similarity ? -scale : scale) * term.slope;
    if (weight == 0) {
        return;
    }
    add_pair(anchors, triplet.anchor, candidates, triplet.positive, term.positive, weight);
    if (term.swapped) {
        add_pair(candidates, triplet.positive, candidates, triplet.negative, term.negative, -weight);
    } else {
        add_pair(anchors, triplet.anchor, candidates, triplet.negative, term.negative, -weight);
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
