#pragma once

#include <mohs/filter/filter.hpp>

#include <array>
#include <cstdint>
#include <span>

namespace digits {

/// What one filter rejected, over the steps of a run.
struct FilterTally {
    const char* name = nullptr;
    double rejected = 0;    ///< negatives ahead of the one returned: the count of the report
    double asked = 0;       ///< all rejections, whatever became of the anchor
    double same_class = 0;  ///< of these, pairs that truly are of one class: false negatives
};

/// The tallies of a run, one per filter, and the anchors that were offered and that lost all their negatives.
struct FilterCounts {
    std::array<FilterTally, 2> filters;
    double anchors = 0, dropped = 0;
};

/// A filter of the library with an eye on it: every pair that it rejects is looked up in the true classes, which the
/// miner does not know. An example of a filter of one's own.
template <class F>
struct Watched {
    static constexpr const char* name = F::name;
    static constexpr bool needs_positive = F::needs_positive;

    F filter;
    std::span<const std::int64_t> truth;  ///< true classes of the rows of the batch
    FilterTally* tally;

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        if (!filter.rejects(query)) {
            return false;
        }
        ++tally->asked;
        tally->same_class += truth[static_cast<std::size_t>(query.anchor().row)] ==
                             truth[static_cast<std::size_t>(query.negative().row)];
        return true;
    }
};

}  // namespace digits
