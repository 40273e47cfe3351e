#pragma once

#include <mohs/filter/filter.hpp>
#include <mohs/finish.hpp>

#include <cmath>

namespace mohs::inline MOHS_ABI {

/// Rejects negatives that are not farther from the anchor than the triplet's positive by a margin: candidates as
/// close as a known positive are probably positives too (TopK-PercPos of NV-Retriever, Moreira et al. 2024;
/// `absolute_margin` and `relative_margin` of sentence-transformers).
///
/// For similarities a negative is kept while s(a, n) <= s(a, p) - absolute - relative |s(a, p)|, for distances while
/// d(a, n) >= d(a, p) + absolute + relative d(a, p). The relative part is taken of the magnitude, so the bound moves
/// away from the positive whatever its sign. `against` takes another value in the place of that of the triplet's
/// positive: NV-Retriever and sentence-transformers differ in whether it is the own, the smallest or the largest.
///
/// It needs a triplet, whatever `against` says, which is not known when it is compiled.
///
/// A miner throws std::invalid_argument for an absolute margin that is NaN and for a relative one that is not finite;
/// an infinite absolute one rejects everything or nothing.
struct MarginToPositive {
    static constexpr const char* name = "rejected_margin_to_positive";
    static constexpr bool needs_positive = true;

    double absolute = 0, relative = 0;
    PositiveOf against = PositiveOf::triplet;

    void validate() const
    {
        detail::check_number("MarginToPositive: absolute", absolute);
        if (!detail::is_finite(relative)) {
            // Times a positive of value 0 an infinity is no number.
            detail::throw_bad_value("MarginToPositive: relative", relative, "finite");
        }
    }

    [[nodiscard]] bool needs_all_positives() const { return against != PositiveOf::triplet; }

    [[nodiscard]] std::string settings() const
    {
        return "absolute " + detail::text_of_number(absolute) + ", relative " + detail::text_of_number(relative) +
               ", against " + std::to_string(static_cast<int>(against));
    }

    template <class M>
    [[nodiscard]] ValueLimits limits(const KnownPositive& known) const
    {
        const bool of_triplet = against == PositiveOf::triplet;
        const double positive = of_triplet ? known.value : known.all->of(against);
        const double margin = absolute + relative * std::abs(positive);
        return {Finish<M>::farther_by(positive, margin), std::nullopt, true,
                of_triplet ? known.error * (1 + std::abs(relative)) : 0};
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        const bool of_triplet = against == PositiveOf::triplet;
        const KnownPositive known{of_triplet ? query.positive_value() : 0, 0,
                                  of_triplet ? nullptr : &query.positive_values()};
        return Finish<typename Query::M>::closer(query.value(), *limits<typename Query::M>(known).closest);
    }
};

}  // namespace mohs::inline MOHS_ABI
