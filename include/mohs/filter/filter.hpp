#pragma once

/// \file
/// What a filter is, and what it is asked about.

#include <mohs/detail/scene/measure_rows.hpp>
#include <mohs/threshold.hpp>

#include <bit>
#include <concepts>
#include <optional>

namespace mohs::inline MOHS_ABI {

/// Values between an anchor and all its positives, in the metric's own unit.
struct PositiveValues {
    double min, max, mean;
};

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

/// A candidate that a strategy would take as a negative, as filters see it. Values are exact, in the metric's own
/// unit, and computed when asked for.
template <class M_, class A, class B>
class FilterQuery {
public:
    using M = M_;

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

    [[nodiscard]] Anchor anchor() const { return anchor_; }
    [[nodiscard]] Candidate negative() const { return negative_; }
    /// The positive of the triplet. Only for filters with `needs_positive`.
    [[nodiscard]] Candidate positive() const { return {positive_}; }

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
    [[nodiscard]] const Batch<B>& candidates() const { return candidates_; }

private:
    const Batch<A>& anchors_;
    const Batch<B>& candidates_;
    Anchor anchor_;
    Index positive_;
    Candidate negative_;
    const PositiveValues* all_positives_;
};

/// A filter rejects negatives that are probably positives, or too easy, or unwanted for any other reason. It is asked
/// about survivors only, in the order in which filters are declared; the first that rejects is counted in the report
/// under its name.
///
///     struct SameSource {
///         static constexpr const char* name = "rejected_same_source";
///         static constexpr bool needs_positive = false;
///         const std::vector<int>& source;
///         template <class Query>
///         bool rejects(const Query& query) const { return source[query.anchor().row] == source[query.negative().row]; }
///     };
///
/// `rejects` is called from several threads. A filter may have a member `bool needs_all_positives() const`: if it
/// answers true, `query.positive_values()` is there, at a cost of O(D) per pair of an anchor and a positive.
///
/// A filter may have a member `void validate() const`, which throws std::invalid_argument for options that make no sense
/// and is called when the miner is made; and a member `void check_sizes(Index anchors, Index candidates) const`, which throws
/// for numbers of rows that it does not suit and is called before a batch is mined.
///
/// A filter that looks at the value between anchor and negative should say so, by a member `template <class M>
/// ValueLimits limits(const KnownPositive&) const`: the scan then decides by its own scores, and asks only where rounding
/// could matter. The others are asked one candidate at a time, which is slow where they reject most.
template <class F>
concept Filter = requires {
    requires std::convertible_to<decltype(F::name), const char*>;
    requires std::convertible_to<decltype(F::needs_positive), bool>;
    // Named, not called: what a filter asks of a query may not suit the metric of this one.
    requires requires { &F::template rejects<FilterQuery<Cosine, float, float>>; } || requires { &F::rejects; };
};

namespace detail {

/// The same where it is only looked at, whatever the metric.
template <class Threshold>
constexpr double threshold_number(const Threshold& threshold)
{
    if constexpr (std::is_same_v<Threshold, Similarity> || std::is_same_v<Threshold, Distance>) {
        return threshold.value;
    } else {
        return static_cast<double>(threshold);
    }
}

/// In the place of a threshold that has to be given: NaN, which filters refuse.
template <class Threshold>
constexpr Threshold threshold_not_given()
{
    constexpr double nan = std::bit_cast<double>(0x7ff8000000000000U);
    if constexpr (std::is_same_v<Threshold, Similarity> || std::is_same_v<Threshold, Distance>) {
        return {nan};
    } else {
        static_assert(std::is_floating_point_v<Threshold>,
                      "mohs: a threshold is a floating-point number, mohs::similarity(x) or mohs::distance(x)");
        return static_cast<Threshold>(nan);
    }
}

/// Throws for options of a filter that make no sense.
template <class F>
void validate_filter(const F& filter)
{
    if constexpr (requires { filter.validate(); }) {
        filter.validate();
    }
}

/// Throws for batches that do not suit a filter.
template <class F>
void check_filter(const F& filter, Index anchors, Index candidates)
{
    if constexpr (requires { filter.check_sizes(anchors, candidates); }) {
        filter.check_sizes(anchors, candidates);
    }
}

/// Whether a filter wants to see the values of all positives.
template <class F>
bool needs_all_positives(const F& filter)
{
    if constexpr (requires { filter.needs_all_positives(); }) {
        return filter.needs_all_positives();
    } else {
        return false;
    }
}

/// Filters that reject by the value between anchor and negative.
template <class M, class F>
inline constexpr bool has_limits =
    requires(const F& filter, const KnownPositive& positive) { filter.template limits<M>(positive); };

}  // namespace detail
}  // namespace mohs::inline MOHS_ABI
