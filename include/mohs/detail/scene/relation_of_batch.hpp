#pragma once

/// \file
/// The relation that batches have: to change some of its pairs.

#include <mohs/batch.hpp>
#include <mohs/relation.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// The relation of the anchors, or else that of the labels, where rows without one, or of unknown class, have no
/// positives. 8 bytes per pair of rows of one label. Refuses, in the name of `verb`, candidates without labels for
/// anchors that have them alone.
template <class A, class B>
Relation relation_of_batch(const char* verb, const Batch<A>& anchors, const Batch<B>& candidates)
{
    if (anchors.relation() != nullptr) {
        return *anchors.relation();
    }
    if (anchors.has_labels() && !candidates.has_labels()) {
        throw_rule(verb, "the candidates have no labels, but the anchors do");
    }
    std::vector<std::int64_t> labels, other_labels;
    using Lists = std::vector<std::span<const std::int64_t>>;
    const auto lists_of = [&](const auto& batch, std::vector<std::int64_t>& owner) {
        const bool labelled = anchors.has_labels();
        Lists result(static_cast<std::size_t>(batch.rows()));
        owner.resize(result.size());
        for (std::size_t at = 0; labelled && at < result.size(); ++at) {
            const auto row = static_cast<Index>(at);
            if (!batch.is_unknown(row)) {
                owner[at] = batch.label(row);
                result[at] = {&owner[at], 1};
            }
        }
        return result;
    };
    return Relation::label_sets(lists_of(anchors, labels), lists_of(candidates, other_labels));
}

}  // namespace mohs::inline MOHS_ABI::detail
