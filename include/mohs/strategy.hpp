#pragma once

/// \file
/// The words that strategies of TripletMiner are written in.
///
/// A strategy is a struct of constants, which say what it wants, and of the members that these call for. What is not
/// said has the default of this table; nothing is guessed from the name of a member, and one that nothing calls for,
/// but that has a meaning elsewhere in the table, does not compile; nor do words that cannot be combined.
///
///     constant               default   what it says
///     Pick positive_pick               it chooses positives: closest, farthest, random or every
///     Pick negative_pick               it chooses negatives: which of those in place
///     Beyond beyond          nothing   negatives in place are strictly farther than a positive; not with weighted
///     Within within          anything  and within a margin of the triplet's positive, or a band of values; likewise
///     bool margin_included   false     a negative farther by exactly the margin is in place too; with Within::margin
///     Fallback fallback      none      what is taken where no negative is in place; with closest, farthest, random
///     WeightForm weight_form pairs     how weights are computed; with Pick::weighted
///
///     said                    member                            what it is
///     Within::margin          double margin                     above 0, in the metric's own unit, or no_margin
///     Within::band            std::optional<double> low, high   both included; an open end is no limit
///     Pick::ranks             Index begin, end                  ranks [begin, end) of the closest, from 0
///     Pick::random, weighted  std::uint64_t seed                of the draws; 0 without
///     Fallback::random
///     Pick::weighted          double log_weight(double, Index)  the logarithm of a weight, of a value in the metric's
///                                                               own unit and the dimension; -infinity is no weight
///     WeightForm::vectors     the same                          of a distance on the unit sphere, whatever the metric
///                             template <class T> using Curve    the same of whole vectors of scores: what it has is in
///                                                               detail/weighted/weigh_strip.hpp
///     Pick::chosen            std::optional<Index>              the position of one among the negatives in place that
///                             choose(const Choices&)            pass the filters, or none
///
/// `log_weight` and `choose` are called from several threads, as members of a const strategy; either may be a member
/// function or a callable that the strategy holds. What they throw reaches the caller of the miner. `void validate()
/// const`, if there is one, is called when a miner is made, and throws for senseless options. The closest negative
/// that is farther than the positive by less than a margin, for instance:
///
///     struct SemiHard {
///         static constexpr mohs::Pick negative_pick = mohs::Pick::closest;
///         static constexpr mohs::Beyond beyond = mohs::Beyond::positive;
///         static constexpr mohs::Within within = mohs::Within::margin;
///         double margin = 0.2;
///     };

#include <mohs/types.hpp>

#include <limits>
#include <span>

namespace mohs::inline MOHS_ABI {

/// Which of the candidates in place is taken.
enum class Pick { closest, farthest, random, every, ranks, weighted, chosen };

/// What negatives in place are strictly farther than: the positive of the triplet, or the farthest of the anchor.
enum class Beyond { nothing, positive, farthest_positive };

/// Where else negatives have to lie: farther than the positive by less than a margin, or in a band of values.
enum class Within { anything, margin, band };

/// A margin that is none: everything beyond the positive is in place.
inline constexpr double no_margin = (std::numeric_limits<float>::max)();

/// What is taken where no negative is in place.
enum class Fallback { none, farthest, random };

/// How a weight is computed: one pair after the other, or whole vectors of scores.
enum class WeightForm { pairs, vectors };

/// What Pick::chosen sees for an anchor and one of its positives: the negatives that are in place and pass the
/// filters, at least one, in ascending order of their rows. Never the anchor, nor another row of its sample. Only
/// valid during the call.
///
/// Values are in the metric's own unit. Similarities are those that miners report. A distance is that of its score, as
/// long as the rounding of scores cannot change it by more than 1/256 of itself (usually it is a hundred times less),
/// and is exact where it is shorter; the one to the positive is exact.
struct Choices {
    Anchor anchor;
    Candidate positive;
    double positive_value;           ///< between anchor and positive
    std::span<const Index> rows;     ///< of the negatives
    std::span<const double> values;  ///< between anchor and negative

    [[nodiscard]] Index size() const { return static_cast<Index>(rows.size()); }
};

}  // namespace mohs::inline MOHS_ABI
