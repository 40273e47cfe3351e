#pragma once

/// \file
/// What a filter is asked about, and what it may say before it is asked.

#include <mohs/detail/scene/measure_rows.hpp>
#include <mohs/filter/positive_of.hpp>

#include <optional>

namespace mohs::inline MOHS_ABI {

/// What a filter may know of an anchor and its positive before it sees negatives: their value, which may be off by
/// `error` as scores are, and, for filters whose `needs_all_positives()` says so, those of all positives, exact.
struct KnownPositive {
    double value, error;
    const PositiveValues* all;
};

/// Values between anchor and negative that a filter is sure to reject, in the metric's own unit: those strictly closer
/// than `closest` and those strictly farther than `farthest`, where there are such, but for what `error` leaves open.
/// With `nothing_else` it rejects no others.
struct ValueLimits {
    std::optional<double> closest, farthest;
    bool nothing_else = false;
    double error = 0;
};

/// A candidate that would be taken as a negative, as filters see it. Values are exact, in the metric's own unit, and
/// computed when asked for.
template <class M_, class A, class B>
class FilterQuery {
public:
    using M = M_;

    /// Of a triplet to be.
    FilterQuery(const Batch<A>& anchors, const Batch<B>& candidates, Anchor anchor, Index positive, Candidate negative,
                const PositiveValues* all_positives = nullptr)
        : anchors_(anchors),
          candidates_(candidates),
          anchor_(anchor),
          positive_(positive),
          negative_(negative),
          all_positives_(all_positives)
    {
    }
    /// Of a pair. `first_row`: the number that row 0 of the candidates goes by, where others come before them.
    FilterQuery(const Batch<A>& anchors, const Batch<B>& candidates, Anchor anchor, Candidate negative,
                Index first_row = 0)
        : anchors_(anchors), candidates_(candidates), anchor_(anchor), negative_(negative), first_row_(first_row)
    {
    }

    [[nodiscard]] Anchor anchor() const { return anchor_; }
    /// The own negatives of InfoNCE count on from its candidates: row h of C candidates' own negatives is C + h.
    [[nodiscard]] Candidate negative() const { return {first_row_ + negative_.row}; }
    /// The same as rows of `anchors()` and `candidates()`.
    [[nodiscard]] Index anchor_row() const { return anchor_.row; }
    [[nodiscard]] Index negative_row() const { return negative_.row; }
    /// The positive of the triplet. Only for filters with `needs_positive`.
    [[nodiscard]] Candidate positive() const { return {positive_}; }
    /// The same as a row of `positive_rows()`.
    [[nodiscard]] Index positive_row() const { return positive_; }

    /// Between anchor and negative. O(D).
    [[nodiscard]] double value() const
    {
        return detail::measure_rows<M>(anchors_, anchor_.row, candidates_, negative_.row);
    }
    /// Between anchor and positive. O(D).
    [[nodiscard]] double positive_value() const
    {
        return detail::measure_rows<M>(anchors_, anchor_.row, candidates_, positive_);
    }
    /// Between the anchor and all its positives. Only for filters whose `needs_all_positives()` says so.
    [[nodiscard]] const PositiveValues& positive_values() const { return *all_positives_; }
    /// Between positive and negative. O(D).
    [[nodiscard]] double value_to_positive() const
    {
        return detail::measure_rows<M>(candidates_, positive_, candidates_, negative_.row);
    }

    [[nodiscard]] const Batch<A>& anchors() const { return anchors_; }
    /// The batch that the negative is a row of: the candidates, or the own negatives of InfoNCE.
    [[nodiscard]] const Batch<B>& candidates() const { return candidates_; }
    /// The batch that the positive is a row of.
    [[nodiscard]] const Batch<B>& positive_rows() const { return candidates_; }

private:
    const Batch<A>& anchors_;
    const Batch<B>& candidates_;
    Anchor anchor_;
    Index positive_ = -1;
    Candidate negative_;
    const PositiveValues* all_positives_ = nullptr;
    Index first_row_ = 0;
};

}  // namespace mohs::inline MOHS_ABI
