#pragma once

#include <mohs/detail/base/check.hpp>
#include <mohs/strategy.hpp>

#include <concepts>

namespace mohs::inline MOHS_ABI {

/// A negative drawn with a weight of your own, for any metric: `log_weight(value, dimension)` is the logarithm of the
/// weight of a negative at that value, in the metric's own unit, of rows of that dimension.
///
///     mohs::WeightedNegative{[](double similarity, mohs::Index) { return similarity / 0.1; }}             // softmax
///     mohs::WeightedNegative{[](double distance, mohs::Index n) { return (2 - n) * std::log(distance); }}
///
///     p(negative) = exp(log_weight(negative) - largest) / sum over all negatives,   largest: that of the anchor
///
/// Weights are scaled by the anchor's own maximum, in log space, so any finite logarithm will do. -infinity is weight
/// 0, and anchors without any other are skipped and counted under `Report::none_in_place`. NaN and +infinity are
/// refused with std::invalid_argument, as they come from a formula used outside of its range. Values are as `Choices`
/// has them.
///
/// With AllPositives one draw per positive, with replacement. Filters are asked about what is drawn; once 32 draws
/// have been rejected, about all. Draws are keyed like those of DistanceWeightedNegative and RandomNegative: seed,
/// `Options::step` and the anchor's sample id. `report.effective_negatives` is exp(entropy) of an anchor's weights,
/// mean over the anchors that draw. The same bits for any threads; between instruction sets values have the rounding
/// of their scores, and where a draw comes that close to the border between two negatives it may fall to the other
/// one.
///
/// `log_weight` is called once per anchor and negative, from several threads; what it throws reaches the caller. An
/// empty std::function or function pointer throws std::invalid_argument when the miner is made.
///
/// Time N^2 D for a batch against itself, and a call and an exponential per pair; memory, per thread, a strip of
/// scores and 40 bytes per candidate.
template <class LogWeight>
struct WeightedNegative {
    static_assert(
        std::is_invocable_r_v<double, const LogWeight&, double, Index>,
        "mohs::WeightedNegative: the weight has to be a callable of (double value, mohs::Index dimension) that returns "
        "a double, its logarithm, and that may be called while const");

    static constexpr Pick negative_pick = Pick::weighted;

    LogWeight log_weight;
    std::uint64_t seed = 0;

    void validate() const
    {
        if constexpr (std::is_constructible_v<LogWeight, std::nullptr_t>) {
            if (!log_weight) {
                detail::throw_invalid("WeightedNegative: log_weight is empty");
            }
        }
    }
};
template <class LogWeight>
WeightedNegative(LogWeight) -> WeightedNegative<LogWeight>;
template <class LogWeight>
WeightedNegative(LogWeight, std::uint64_t) -> WeightedNegative<LogWeight>;

}  // namespace mohs::inline MOHS_ABI
