#pragma once

/// \file
/// JudgedPairs: decisions on pairs as rows of batches, for relations and filters.

#include <mohs/review/verdicts.hpp>

namespace mohs::inline MOHS_ABI {

/// What verdicts decide of the pairs of one batch with itself, or of two batches: a copy, by row numbers, that does not
/// change with the verdicts. Every row with the sample id of a decided pair counts. In one batch, and in two whose
/// sample ids are shared, either sample of a pair may be the anchor, and ordered pairs say nothing; in two with ids of
/// their own, ordered pairs alone count. Mining asks it by `judged_relation`, `ExcludeJudgedPositives` and
/// `ExceptJudgedNegatives`.
///
/// O((rows + decided pairs) log rows) where the verdicts say what was asked, 1 ms for 1024 rows and 10,000 pairs; if
/// some are known by a record's id alone, O(rows^2) lookups find their rows, and `Verdicts::name` spares them. Memory
/// O(anchors + decided pairs).
class JudgedPairs {
public:
    template <class Scalar>
    JudgedPairs(const Verdicts& verdicts, const Batch<Scalar>& batch)
        : JudgedPairs(batch.rows(), batch.rows(), rows_of_ids(batch), rows_of_ids(batch), verdicts, false)
    {
    }

    /// `ids` is what the queue was told of these batches. Throws std::invalid_argument unless both have sample ids.
    template <class A, class B>
    JudgedPairs(const Verdicts& verdicts, const Batch<A>& anchors, const Batch<B>& candidates,
                SampleIds ids = SampleIds::separate)
        : JudgedPairs(anchors.rows(), candidates.rows(), rows_of_ids(checked(anchors)),
                      rows_of_ids(checked(candidates)), verdicts, ids == SampleIds::separate)
    {
    }

    /// What is decided of a pair: skip if nothing is. O(log of the decided pairs of the anchor).
    [[nodiscard]] Answer answer(Index anchor, Index candidate) const
    {
        const std::span<const RelatedPair> own = pairs_of(anchor);
        const auto at = std::lower_bound(own.begin(), own.end(), candidate,
                                         [](const RelatedPair& pair, Index row) { return pair.candidate < row; });
        return at == own.end() || at->candidate != candidate ? Answer::skip
               : at->related == Related::positive            ? Answer::positive
                                                             : Answer::negative;
    }

    /// The decided pairs, by anchor, then by candidate, each once.
    [[nodiscard]] std::span<const RelatedPair> pairs() const& { return pairs_; }
    void pairs() const&& = delete;  // a span of a temporary: keep the judged pairs in a variable

    [[nodiscard]] Index anchors() const { return static_cast<Index>(offsets_.size()) - 1; }
    [[nodiscard]] Index candidates() const { return candidates_; }

    /// Throws std::out_of_range, in the name of `who`, for batches with more rows than these pairs are about.
    void check_sizes(const char* who, Index anchors, Index candidates) const
    {
        if (anchors > this->anchors() || candidates > candidates_) {
            detail::throw_out_of_range(std::string(who) + ": " + std::to_string(anchors) + " x " +
                                       std::to_string(candidates) + " rows, but the judged pairs are of " +
                                       std::to_string(this->anchors()) + " x " + std::to_string(candidates_));
        }
    }

private:
    using RowsOfIds = std::vector<std::pair<std::int64_t, Index>>;

    JudgedPairs(Index anchors, Index candidates, const RowsOfIds& anchor_rows, const RowsOfIds& candidate_rows,
                const Verdicts& verdicts, bool is_ordered)
        : candidates_(candidates)
    {
        for (const Decision& decision : verdicts.decisions()) {
            if (decision.answer != Answer::skip && decision.subject && decision.subject->is_pair() &&
                decision.subject->is_ordered == is_ordered) {
                const std::int64_t first = decision.subject->anchor, second = *decision.subject->candidate;
                add(anchor_rows, first, candidate_rows, second, decision.answer);
                if (!is_ordered) {
                    add(anchor_rows, second, candidate_rows, first, decision.answer);
                }
            }
        }
        if (verdicts.unnamed() > 0) {
            for (const auto& [anchor_id, anchor] : anchor_rows) {
                for (const auto& [candidate_id, candidate] : candidate_rows) {
                    const Answer answer = verdicts.answer(ReviewSubject{anchor_id, candidate_id, is_ordered}.id());
                    if (answer != Answer::skip && (is_ordered || anchor_id != candidate_id)) {
                        pairs_.push_back({anchor, candidate, related(answer)});
                    }
                }
            }
        }
        std::sort(pairs_.begin(), pairs_.end(), [](const RelatedPair& a, const RelatedPair& b) {
            return a.anchor != b.anchor ? a.anchor < b.anchor : a.candidate < b.candidate;
        });
        const auto end = std::unique(pairs_.begin(), pairs_.end(), [](const RelatedPair& a, const RelatedPair& b) {
            return a.anchor == b.anchor && a.candidate == b.candidate;
        });
        pairs_.erase(end, pairs_.end());
        offsets_.assign(static_cast<std::size_t>(anchors) + 1, 0);
        for (const RelatedPair& pair : pairs_) {
            ++offsets_[static_cast<std::size_t>(pair.anchor) + 1];
        }
        for (std::size_t anchor = 1; anchor < offsets_.size(); ++anchor) {
            offsets_[anchor] += offsets_[anchor - 1];
        }
    }

    template <class Scalar>
    static const Batch<Scalar>& checked(const Batch<Scalar>& batch)
    {
        if (!batch.has_ids()) {
            detail::throw_rule("JudgedPairs", "two batches need the sample ids that verdicts are about");
        }
        return batch;
    }

    static Related related(Answer answer) { return answer == Answer::positive ? Related::positive : Related::negative; }

    template <class Scalar>
    static RowsOfIds rows_of_ids(const Batch<Scalar>& batch)
    {
        RowsOfIds result;
        result.reserve(static_cast<std::size_t>(batch.rows()));
        for (Index row = 0; row < batch.rows(); ++row) {
            result.emplace_back(batch.id(row), row);
        }
        std::sort(result.begin(), result.end());
        return result;
    }

    void add(const RowsOfIds& anchors, std::int64_t anchor_id, const RowsOfIds& candidates, std::int64_t candidate_id,
             Answer answer)
    {
        const auto from = [](const RowsOfIds& rows, std::int64_t id) {
            return std::lower_bound(rows.begin(), rows.end(), std::pair{id, Index{0}});
        };
        for (auto anchor = from(anchors, anchor_id); anchor != anchors.end() && anchor->first == anchor_id; ++anchor) {
            for (auto candidate = from(candidates, candidate_id);
                 candidate != candidates.end() && candidate->first == candidate_id; ++candidate) {
                pairs_.push_back({anchor->second, candidate->second, related(answer)});
            }
        }
    }

    [[nodiscard]] std::span<const RelatedPair> pairs_of(Index anchor) const
    {
        const std::size_t begin = offsets_[static_cast<std::size_t>(anchor)];
        return std::span(pairs_).subspan(begin, offsets_[static_cast<std::size_t>(anchor) + 1] - begin);
    }

    Index candidates_;
    std::vector<RelatedPair> pairs_;
    std::vector<std::size_t> offsets_;  // of the pairs of each anchor
};

}  // namespace mohs::inline MOHS_ABI
