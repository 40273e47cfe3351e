#pragma once

/// \file
/// NeighbourVotes: what the labels of the nearest rows of a reference say of every row.

#include <mohs/mining/nearest_neighbours.hpp>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// How many of a row's neighbours have a label.
struct LabelVotes {
    std::int64_t label;
    Index votes;
    friend bool operator==(const LabelVotes&, const LabelVotes&) = default;
};

/// The votes for every row: most votes first, equal ones by ascending label. Made by `neighbour_votes`.
class NeighbourVotes {
public:
    [[nodiscard]] Index rows() const { return static_cast<Index>(offset_.size()) - 1; }

    /// The labels that have votes. Empty for a row that is not finite, or without a neighbour.
    [[nodiscard]] std::span<const LabelVotes> of(Index row) const&
    {
        const auto at = static_cast<std::size_t>(row);
        return std::span<const LabelVotes>(votes_).subspan(static_cast<std::size_t>(offset_[at]),
                                                           static_cast<std::size_t>(offset_[at + 1] - offset_[at]));
    }
    void of(Index) const&& = delete;  // a span of a temporary: keep the votes in a variable

    /// How many neighbours voted on a row: k, unless the reference has fewer other samples.
    [[nodiscard]] Index voters(Index row) const { return voters_[static_cast<std::size_t>(row)]; }

    /// The share of the votes on a row that a label has, from 0 to 1; 0 without voters.
    [[nodiscard]] double share(Index row, std::int64_t label) const
    {
        for (const LabelVotes& each : of(row)) {
            if (each.label == label) {
                return static_cast<double>(each.votes) / static_cast<double>(voters(row));
            }
        }
        return 0;
    }

    /// Ends the votes on the next row, by the labels of its neighbours, which are reordered.
    void add(std::span<std::int64_t> labels)
    {
        std::sort(labels.begin(), labels.end());
        const auto first = static_cast<std::ptrdiff_t>(votes_.size());
        for (const std::int64_t label : labels) {
            if (static_cast<std::ptrdiff_t>(votes_.size()) == first || votes_.back().label != label) {
                votes_.push_back({label, 0});
            }
            ++votes_.back().votes;
        }
        std::stable_sort(votes_.begin() + first, votes_.end(),
                         [](const LabelVotes& a, const LabelVotes& b) { return a.votes > b.votes; });
        offset_.push_back(static_cast<Index>(votes_.size()));
        voters_.push_back(static_cast<Index>(labels.size()));
    }

private:
    std::vector<LabelVotes> votes_;
    std::vector<Index> offset_{0}, voters_;
};

namespace detail {

template <Metric M, class A, class B>
NeighbourVotes votes_of(const Neighbours<M>& neighbours, const Batch<A>& rows, const Batch<B>& reference)
{
    NeighbourVotes result;
    std::vector<std::int64_t> labels;
    for (Index row = 0; row < rows.rows(); ++row) {
        labels.clear();
        for (Index rank = 0; rank < neighbours.count(row); ++rank) {
            labels.push_back(reference.label(neighbours.index(row, rank)));
        }
        result.add(labels);
    }
    return result;
}

inline void check_voters(const char* judge, Index k, Index least_voters)
{
    for (const auto& [name, value] : {std::pair{"k", k}, std::pair{"least_voters", least_voters}}) {
        if (value < 1) {
            throw_bad_value((std::string(judge) + ": " + name).c_str(), static_cast<double>(value), "at least 1");
        }
    }
}

template <class A>
void check_judged(const char* judge, const Batch<A>& batch)
{
    if (!batch.has_labels() || batch.relation() != nullptr) {
        throw_rule(judge, batch.has_labels() ? "labels are judged, but the batch has a relation"
                                             : "labels are judged, but the batch has none");
    }
}

}  // namespace detail

/// The labels of the `k` nearest rows of a reference to every row, each with one vote. A row is never its own
/// neighbour: where the reference holds it too, sample ids have to say so. Rows of the reference whose label is unknown
/// do not vote; rows of an unknown label are voted on as any other. Rows without a role take no part, on either side:
/// what a judge has withdrawn is judged again where the batch comes without that mask.
///
/// Throws std::invalid_argument for k < 1, batches without labels or with a relation, and what NearestNeighbours
/// throws.
/// Time: that of NearestNeighbours, O(N R D); memory O(N k).
template <Metric M, class A, class B>
[[nodiscard]] NeighbourVotes neighbour_votes(M metric, Index k, const Batch<A>& rows, const Batch<B>& reference,
                                             const Options& options = {})
{
    detail::check_judged("neighbour_votes", rows);
    detail::check_judged("neighbour_votes", reference);
    return detail::votes_of(NearestNeighbours{metric, {.k = k}}(rows.with_labels_known(), reference, options), rows,
                            reference);
}

/// The same where the rows are their own reference. Rows of an unknown label have no votes.
template <Metric M, class A>
[[nodiscard]] NeighbourVotes neighbour_votes(M metric, Index k, const Batch<A>& rows, const Options& options = {})
{
    detail::check_judged("neighbour_votes", rows);
    return detail::votes_of(NearestNeighbours{metric, {.k = k}}(rows, options), rows, rows);
}

}  // namespace mohs::inline MOHS_ABI
