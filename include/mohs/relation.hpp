#pragma once

/// \file
/// Relation: who is positive and who is negative for whom, where one label per row cannot say it.

#include <mohs/detail/base/check.hpp>
#include <mohs/types.hpp>

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// What a candidate is to an anchor.
enum class Related : std::uint8_t { negative, positive, neither };

/// What a row may be used as: a set of flags, for `Batch::with_roles`.
enum class Role : std::uint8_t { none = 0, anchor = 1, positive = 2, negative = 4, any = 7 };
constexpr Role operator|(Role a, Role b)
{
    return static_cast<Role>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool has_role(Role roles, Role role)
{
    return (static_cast<unsigned>(roles) & static_cast<unsigned>(role)) != 0;
}

/// How the views of a sample follow one another: all first views, then all second ones; or sample by sample.
enum class ViewOrder { blocked, interleaved };

/// A pair of rows, and what the candidate is to the anchor.
struct RelatedPair {
    Index anchor = 0, candidate = 0;
    Related related = Related::negative;
};

/// Labels of `samples` samples in `count` views each, as of SimCLR: rows of one sample are positives, all others
/// negatives. A batch with these labels needs no Relation. O(samples count).
inline std::vector<std::int64_t> view_labels(Index samples, Index count = 2, ViewOrder order = ViewOrder::blocked)
{
    if (samples < 0 || count < 1) {
        detail::throw_bad_value("view_labels: count", static_cast<double>(count), "at least 1, of at least 0 samples");
    }
    std::vector<std::int64_t> labels(static_cast<std::size_t>(samples * count));
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const auto at = static_cast<std::int64_t>(row);
        labels[row] = order == ViewOrder::blocked ? at % samples : at / count;
    }
    return labels;
}

/// Which candidates are positives of each anchor: a list per anchor, everything else is a negative; or neither, where
/// that is said. Made once by one of the functions below, and given to the batch of the anchors, which it has to
/// outlive:
///
///     const mohs::Relation relation = mohs::Relation::paired(queries.rows(), 4);
///     const mohs::Triplets triplets = miner(mohs::Batch{queries}.related_by(relation), mohs::Batch{passages});
///
/// For a batch against itself, anchors and candidates are the same rows, and the relation need not be symmetric; no row
/// is ever related to itself. A relation stands in for labels, which are then ignored, but that rows of an unknown
/// label stay left out; sample ids, roles and filters apply as ever. Whatever takes labels takes relations: miners,
/// neighbours, `scan`, losses over all pairs and evaluation.
///
/// Where rows have sample ids, a candidate with the id of a listed positive is a copy of that item: unless it is listed
/// as a positive too, it is neither positive nor negative of the anchor. So a passage that is in a corpus twice is not
/// pushed away because the qrels name it once; in evaluation a copy of a relevant item is passed over.
///
/// Lists cost 8 bytes per entry; while it runs, a scan needs 4 more and a loss over all pairs 12, and 8 per positive where
/// candidates share sample ids. A scan looks the pairs that survive its thresholds up, a loss those of the 48 columns
/// around a listed pair or a copy, in O(log) of the list.
class Relation {
public:
    /// Candidate i is the positive of anchor i. After these `count` candidates come `own_negatives` for each anchor, in
    /// the order of the anchors (B x H rows): negatives of that anchor, neither to all others. Sample ids may be those of
    /// items: a partner stays positive where it has the id of its anchor, and any other candidate with that id, or that
    /// of the partner, is a duplicate, which is neither. O(count own_negatives).
    static Relation paired(Index count, Index own_negatives = 0)
    {
        if (count < 0 || own_negatives < 0) {
            detail::throw_bad_value("Relation: own_negatives", static_cast<double>(own_negatives),
                                    "at least 0, of at least 0 anchors");
        }
        Relation result(count, count * (1 + own_negatives));
        result.paired_rows_ = true;
        for (Index anchor = 0; anchor < count; ++anchor) {
            result.positives_.push_back(anchor);
            result.close(anchor);
        }
        if (own_negatives > 0) {
            result.owner_.assign(static_cast<std::size_t>(result.candidates_), -1);
            for (Index row = 0; row < count * own_negatives; ++row) {
                result.owner_[static_cast<std::size_t>(count + row)] = row / own_negatives;
            }
        }
        return result;
    }

    /// The positives of anchor i are candidates rows[offsets[i]] .. rows[offsets[i + 1] - 1], in any order. Throws
    /// std::invalid_argument if the offsets do not ascend from 0 to the number of rows, std::out_of_range for a row
    /// that is no candidate. O(rows log).
    static Relation positive_lists(std::span<const Index> offsets, std::span<const Index> rows, Index candidates)
    {
        if (offsets.empty() || offsets.front() != 0 || offsets.back() != static_cast<Index>(rows.size()) ||
            !std::is_sorted(offsets.begin(), offsets.end())) {
            detail::throw_invalid("Relation: offsets must ascend from 0 to the number of rows, which is " +
                                  std::to_string(rows.size()));
        }
        Relation result(static_cast<Index>(offsets.size()) - 1, candidates);
        for (Index anchor = 0; anchor < result.anchors_; ++anchor) {
            for (Index at = offsets[static_cast<std::size_t>(anchor)];
                 at < offsets[static_cast<std::size_t>(anchor) + 1]; ++at) {
                detail::check_row("Relation: positive", rows[static_cast<std::size_t>(at)], candidates);
                result.positives_.push_back(rows[static_cast<std::size_t>(at)]);
            }
            result.close(anchor);
        }
        return result;
    }

    /// Several labels per row, as lists of any ranges of integers: positives share at least one. A row without labels
    /// has no positives. O(pairs that share a label).
    template <class Lists>
    static Relation label_sets(const Lists& anchors, const Lists& candidates)
    {
        std::vector<std::pair<std::int64_t, Index>> rows;
        Index row = 0;
        for (const auto& labels : candidates) {
            for (const auto label : labels) {
                rows.emplace_back(static_cast<std::int64_t>(label), row);
            }
            ++row;
        }
        std::sort(rows.begin(), rows.end());
        Relation result(static_cast<Index>(std::size(anchors)), row);
        Index anchor = 0;
        for (const auto& labels : anchors) {
            for (const auto label : labels) {
                const auto value = static_cast<std::int64_t>(label);
                for (auto at = std::lower_bound(rows.begin(), rows.end(), std::pair{value, Index{0}});
                     at != rows.end() && at->first == value; ++at) {
                    result.positives_.push_back(at->second);
                }
            }
            result.close(anchor++);
        }
        return result;
    }
    /// A batch against itself.
    template <class Lists>
    static Relation label_sets(const Lists& rows)
    {
        return label_sets(rows, rows);
    }

    /// Whatever `relate(anchor, candidate)`, a callable on two row numbers, answers for each pair: a Related, asked once
    /// per pair, here. O(anchors candidates) calls.
    template <class Function>
    static Relation of_pairs(Index anchors, Index candidates, const Function& relate)
    {
        Relation result(anchors, candidates);
        for (Index anchor = 0; anchor < anchors; ++anchor) {
            for (Index candidate = 0; candidate < candidates; ++candidate) {
                switch (relate(anchor, candidate)) {
                    case Related::positive: result.positives_.push_back(candidate); break;
                    case Related::neither: result.neither_.push_back(candidate); break;
                    case Related::negative: break;
                }
            }
            result.close(anchor);
        }
        return result;
    }

    /// The same but for `pairs`, which are what is said of them there, and of a pair that is there twice what is said last.
    /// Only what is another anchor's own negative cannot become a negative. Throws std::out_of_range for rows that are not
    /// there. O(lists + pairs log pairs).
    [[nodiscard]] Relation with(std::span<const RelatedPair> pairs) const
    {
        std::vector<RelatedPair> said(pairs.begin(), pairs.end());
        for (const RelatedPair& pair : said) {
            detail::check_row("Relation: anchor", pair.anchor, anchors_);
            detail::check_row("Relation: candidate", pair.candidate, candidates_);
        }
        std::stable_sort(said.begin(), said.end(), [](const RelatedPair& a, const RelatedPair& b) {
            return a.anchor != b.anchor ? a.anchor < b.anchor : a.candidate < b.candidate;
        });
        Relation result(anchors_, candidates_);
        result.paired_rows_ = paired_rows_;
        result.owner_ = owner_;
        auto at = said.begin();
        for (Index anchor = 0; anchor < anchors_; ++anchor) {
            const auto begin = at;
            at = std::find_if(at, said.end(), [anchor](const RelatedPair& pair) { return pair.anchor != anchor; });
            const std::span<const RelatedPair> own(begin, at);
            append_but(result.positives_, positives(anchor), own);
            append_but(result.neither_, neither(anchor), own);
            for (std::size_t i = 0; i < own.size(); ++i) {
                if (i + 1 < own.size() && own[i + 1].candidate == own[i].candidate) {
                    continue;
                }
                if (own[i].related != Related::negative) {
                    (own[i].related == Related::positive ? result.positives_ : result.neither_)
                        .push_back(own[i].candidate);
                }
            }
            result.close(anchor);
        }
        return result;
    }

    [[nodiscard]] Index anchors() const { return anchors_; }
    [[nodiscard]] Index candidates() const { return candidates_; }
    /// Whether it is one of paired rows, whose partners may share a sample id.
    [[nodiscard]] bool paired_rows() const { return paired_rows_; }

    /// The positives of an anchor, ascending.
    [[nodiscard]] std::span<const Index> positives(Index anchor) const&
    {
        return part(positives_, positive_offset_, anchor);
    }
    /// What is neither positive nor negative of an anchor, ascending, but for the own negatives of others.
    [[nodiscard]] std::span<const Index> neither(Index anchor) const&
    {
        return part(neither_, neither_offset_, anchor);
    }
    /// The only anchor that each candidate is a negative of, -1 for all; empty where there are no such candidates.
    [[nodiscard]] std::span<const Index> owner() const& { return owner_; }
    void positives(Index) const&& = delete;  // a span of a temporary: keep the relation in a variable
    void neither(Index) const&& = delete;    // a span of a temporary: keep the relation in a variable
    void owner() const&& = delete;           // a span of a temporary: keep the relation in a variable

private:
    Relation(Index anchors, Index candidates) : anchors_(anchors), candidates_(candidates)
    {
        if (anchors < 0 || candidates < 0) {
            detail::throw_bad_value("Relation: rows", static_cast<double>((std::min)(anchors, candidates)),
                                    "at least 0");
        }
        positive_offset_.assign(static_cast<std::size_t>(anchors) + 1, 0);
        neither_offset_ = positive_offset_;
    }

    /// Appends the rows that `said`, by candidate, does not speak of.
    static void append_but(std::vector<Index>& to, std::span<const Index> rows, std::span<const RelatedPair> said)
    {
        std::copy_if(rows.begin(), rows.end(), std::back_inserter(to), [said](Index row) {
            const auto at =
                std::lower_bound(said.begin(), said.end(), row,
                                 [](const RelatedPair& pair, Index candidate) { return pair.candidate < candidate; });
            return at == said.end() || at->candidate != row;
        });
    }

    /// Ends the lists of `anchor`: sorted, each row once.
    void close(Index anchor)
    {
        const auto at = static_cast<std::size_t>(anchor);
        const auto begin = positives_.begin() + positive_offset_[at];
        std::sort(begin, positives_.end());
        positives_.erase(std::unique(begin, positives_.end()), positives_.end());
        std::sort(neither_.begin() + neither_offset_[at], neither_.end());
        positive_offset_[at + 1] = static_cast<Index>(positives_.size());
        neither_offset_[at + 1] = static_cast<Index>(neither_.size());
    }

    [[nodiscard]] static std::span<const Index> part(const std::vector<Index>& rows, const std::vector<Index>& offset,
                                                     Index anchor)
    {
        const auto at = static_cast<std::size_t>(anchor);
        return std::span<const Index>(rows).subspan(static_cast<std::size_t>(offset[at]),
                                                    static_cast<std::size_t>(offset[at + 1] - offset[at]));
    }

    Index anchors_, candidates_;
    bool paired_rows_ = false;
    std::vector<Index> positive_offset_, positives_, neither_offset_, neither_, owner_;
};

}  // namespace mohs::inline MOHS_ABI
