#pragma once

#include <mohs/filter/filter.hpp>
#include <mohs/review/judged_pairs.hpp>

namespace mohs::inline MOHS_ABI {

/// Rejects negatives that are judged to be positives of the anchor. `judged` has to outlive the miner or loss:
///
///     const mohs::JudgedPairs judged(verdicts, batch);
///     const mohs::TripletMiner miner{mohs::Cosine{}, mohs::AllPositives{}, mohs::HardestNegative{},
///                                    mohs::ExcludeJudgedPositives{judged}};
///
/// A question costs O(log of the decided pairs of the anchor). A miner throws std::out_of_range, before any
/// work, for more rows than the pairs are of.
struct ExcludeJudgedPositives {
    static constexpr const char* name = "rejected_by_verdict";
    static constexpr bool needs_positive = false;

    explicit ExcludeJudgedPositives(const JudgedPairs& judged) : judged_(&judged) {}
    explicit ExcludeJudgedPositives(const JudgedPairs&&) = delete;  // a temporary: keep the pairs in a variable

    void check_sizes(Index anchors, Index candidates) const
    {
        judged_->check_sizes("ExcludeJudgedPositives", anchors, candidates);
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return judged_->answer(query.anchor().row, query.negative().row) == Answer::positive;
    }

private:
    const JudgedPairs* judged_;
};

}  // namespace mohs::inline MOHS_ABI
