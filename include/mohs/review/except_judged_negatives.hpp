#pragma once

#include <mohs/filter/filter.hpp>
#include <mohs/review/judged_pairs.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI {

/// A filter that does not suspect what is judged: negatives that are judged to be negatives of the anchor pass, and are
/// not asked about again; all others are what `filter` says. `judged` has to outlive the miner or loss:
///
///     mohs::ExceptJudgedNegatives{judged, mohs::ExcludeNearDuplicates{.above = 0.95f}}
///
/// It has the name of the filter, under which it is counted, and what that needs and checks. The limits of a filter do
/// not hold for what is judged, so all of its negatives in place are asked one by one: where a filter rejects most of
/// them, that is slower than the filter alone. A miner throws what the filter throws, and std::out_of_range, before any
/// work, for more rows than the pairs are of.
template <class F>
class ExceptJudgedNegatives {
public:
    static constexpr const char* name = F::name;
    static constexpr bool needs_positive = F::needs_positive;

    ExceptJudgedNegatives(const JudgedPairs& judged, F filter) : judged_(&judged), filter_(std::move(filter)) {}
    ExceptJudgedNegatives(const JudgedPairs&&, F) = delete;  // a temporary: keep the pairs in a variable

    void validate() const { detail::validate_filter(filter_); }
    void check_sizes(Index anchors, Index candidates) const
    {
        judged_->check_sizes("ExceptJudgedNegatives", anchors, candidates);
        detail::check_filter(filter_, anchors, candidates);
    }
    [[nodiscard]] bool needs_all_positives() const
        requires requires(const F& filter) { filter.needs_all_positives(); }
    {
        return filter_.needs_all_positives();
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return judged_->answer(query.anchor().row, query.negative().row) != Answer::negative && filter_.rejects(query);
    }

private:
    const JudgedPairs* judged_;
    F filter_;
};

}  // namespace mohs::inline MOHS_ABI
