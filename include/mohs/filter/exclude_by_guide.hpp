#pragma once

#include <mohs/filter/filter.hpp>

namespace mohs::inline MOHS_ABI {

/// Rejects negatives that a guide model finds closer to the anchor than the positive, by more than `margin` short of
/// it (GISTEmbed, Solatorio 2024): kept while s_g(a, n) <= s_g(a, p) - margin for cosine similarities of the guide's
/// embeddings. `anchors` and `candidates` are the guide's rows for the same samples as the mined batches (twice the
/// same batch in a self-scan), of any dimension, and have to outlive the miner.
///
/// Throws std::out_of_range, when asked, for rows that the guide does not have.
template <class Scalar>
struct ExcludeByGuide {
    static constexpr const char* name = "rejected_by_guide";
    static constexpr bool needs_positive = true;

    Batch<Scalar> anchors, candidates;
    double margin = 0;

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        const double positive = measure(Cosine{}, anchors, query.anchor().row, candidates, query.positive().row);
        return measure(Cosine{}, anchors, query.anchor().row, candidates, query.negative().row) > positive - margin;
    }
};
template <class Scalar>
ExcludeByGuide(Batch<Scalar>, Batch<Scalar>) -> ExcludeByGuide<Scalar>;
template <class Scalar>
ExcludeByGuide(Batch<Scalar>, Batch<Scalar>, double) -> ExcludeByGuide<Scalar>;

}  // namespace mohs::inline MOHS_ABI
