#pragma once

#include <mohs/filter/filter.hpp>

#include <cmath>

namespace mohs::inline MOHS_ABI {

/// Rejects negatives that are not farther from the anchor than the triplet's positive by a margin: candidates as
/// close as a known positive are probably positives too (TopK-PercPos of NV-Retriever, Moreira et al. 2024;
/// `absolute_margin` and `relative_margin` of sentence-transformers).
///
/// For similarities a negative is kept while s(a, n) <= s(a, p) - absolute - relative |s(a, p)|, for distances while
/// d(a, n) >= d(a, p) + absolute + relative d(a, p). The relative part is taken of the magnitude, so the bound moves
/// away from the positive whatever its sign.
struct MarginToPositive {
    static constexpr const char* name = "rejected_margin_to_positive";
    static constexpr bool needs_positive = true;

    double absolute = 0, relative = 0;

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        using M = typename Query::M;
        const double positive = query.positive_value(), margin = absolute + relative * std::abs(positive);
        return detail::closer<M>(query.value(), M::is_similarity ? positive - margin : positive + margin);
    }
};

}  // namespace mohs::inline MOHS_ABI
