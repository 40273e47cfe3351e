#pragma once

/// \file
/// The words that strategies of TripletMiner are written in.
///
/// A strategy is a struct of constants, which say what it wants, and of the members that these call for. What is not said
/// has the default of this table; nothing is guessed from the name of a member, and one that nothing calls for, but that has
/// a meaning elsewhere in the table, does not compile.
///
///     constant                             default    what it says
///     Pick positive_pick                              it chooses positives: which
///     Pick negative_pick                              it chooses negatives: which of those in place
///     Beyond beyond                        nothing    negatives in place are strictly farther than a positive
///     Within within                        anything   and within a margin of the triplet's positive, or a band of values
///     bool margin_included                 false      a negative farther by exactly the margin is in place too
///     Fallback fallback                    none       what is taken where no negative is in place
///
///     said                                 member     what it is
///     Within::margin                       double margin                       above 0, in the metric's own unit, or no_margin
///     Within::band                         std::optional<double> low, high     both included; an open end is no limit
///     Pick::ranks                          Index begin, end                    ranks [begin, end) of the closest, from 0
///     Pick::random or weighted,            std::uint64_t seed                  of the draws; 0 without
///     Fallback::random
///     Pick::weighted                       double log_weight(double, Index)    of a distance on the unit sphere, and the
///                                                                              dimension
///
/// `void validate() const`, if there is one, is called when a miner is made, and throws for senseless options. The closest
/// negative that is farther than the positive by less than a margin, for instance:
///
///     struct SemiHard {
///         static constexpr mohs::Pick negative_pick = mohs::Pick::closest;
///         static constexpr mohs::Beyond beyond = mohs::Beyond::positive;
///         static constexpr mohs::Within within = mohs::Within::margin;
///         double margin = 0.2;
///     };

#include <mohs/config.hpp>

#include <limits>

namespace mohs::inline MOHS_ABI {

/// Which of the candidates in place is taken. Positives: closest, farthest, random or every.
enum class Pick { closest, farthest, random, every, ranks, weighted };

/// What negatives in place are strictly farther than: the positive of the triplet, or the farthest of the anchor.
enum class Beyond { nothing, positive, farthest_positive };

/// Where else negatives have to lie: farther than the positive by less than a margin, or in a band of values.
enum class Within { anything, margin, band };

/// A margin that is none: everything beyond the positive is in place.
inline constexpr double no_margin = (std::numeric_limits<float>::max)();

/// What is taken where no negative is in place.
enum class Fallback { none, farthest, random };

}  // namespace mohs::inline MOHS_ABI
