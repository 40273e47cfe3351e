#pragma once

/// \file
/// corpus_suspects: mined negatives that may be positives.

#include <mohs/detail/base/check.hpp>
#include <mohs/finish.hpp>
#include <mohs/result/corpus_negatives.hpp>
#include <mohs/result/suspects.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI {

/// The negatives of a result that are closer to their query than the reference of their list, or farther by less than
/// `within`, in the metric's own unit: what people, or a slower model, should look at first. The most suspicious come
/// first; the score is by how much a negative is closer than the reference, negative where it is farther. Lists
/// without a reference have none. The positive of a suspect is that of its list, or -1. Throws std::invalid_argument
/// for a number that is NaN. O(negatives log).
template <Metric M>
[[nodiscard]] Suspects corpus_suspects(const CorpusNegatives<M>& found, double within)
{
    detail::check_number("corpus_suspects: within", within);
    Suspects result;
    for (Index list = 0; list < found.size(); ++list) {
        for (std::size_t i = 0; found.has_reference(list) && i < found.negatives(list).size(); ++i) {
            const double gap = Finish<M>::gap(found.reference(list), found.scores(list)[i]);
            if (gap < within) {
                result.push_back({.of = Suspicion::negative,
                                  .anchor = found.query(list),
                                  .candidate = found.negatives(list)[i],
                                  .positive = found.positive(list),
                                  .score = -gap,
                                  .reason = "close_to_positive"});
            }
        }
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const Suspect& a, const Suspect& b) { return a.score > b.score; });
    return result;
}

}  // namespace mohs::inline MOHS_ABI
