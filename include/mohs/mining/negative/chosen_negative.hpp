#pragma once

#include <mohs/detail/base/check.hpp>
#include <mohs/strategy.hpp>

#include <concepts>
#include <optional>

namespace mohs::inline MOHS_ABI {

/// A negative of your own choice: `choose(choices)` sees the negatives that filters leave to an anchor and one of its
/// positives, with their values, and returns the position of one, or std::nullopt for none. The negative that is
/// nearest in value to the positive, for instance:
///
///     mohs::ChosenNegative{[](const mohs::Choices& choices) {
///         const auto off = [&](double value) { return std::abs(value - choices.positive_value); };
///         return std::ranges::min_element(choices.values, {}, off) - choices.values.begin();
///     }}
///
/// It is called once for every slot, an anchor with one of its positives, that has any negative left, from several
/// threads; what it throws reaches the caller. A position that is not one of `choices`, -1 among them, is refused with
/// std::out_of_range. Anchors that choose nothing are skipped and counted under `Report::none_in_place`;
/// `Report::rejected` counts all negatives that filters keep from being seen. An empty std::function or function
/// pointer throws std::invalid_argument when the miner is made. The same bits for any threads, if `choose` is a
/// function of what it sees.
///
/// Time N^2 D for a batch against itself, and the calls; memory, per thread, a strip of scores and 24 bytes per
/// candidate, or 48 with filters. To also ask for negatives beyond the positive, write a struct with Pick::chosen
/// (strategy.hpp).
template <class Choose>
struct ChosenNegative {
    static_assert(
        std::is_invocable_r_v<std::optional<Index>, const Choose&, const Choices&>,
        "mohs::ChosenNegative: the choice has to be a callable of (const mohs::Choices&) that returns a position or "
        "std::optional<mohs::Index>, and that may be called while const");

    static constexpr Pick negative_pick = Pick::chosen;

    Choose choose;

    void validate() const
    {
        if constexpr (std::is_constructible_v<Choose, std::nullptr_t>) {
            if (!choose) {
                detail::throw_invalid("ChosenNegative: choose is empty");
            }
        }
    }
};
template <class Choose>
ChosenNegative(Choose) -> ChosenNegative<Choose>;

}  // namespace mohs::inline MOHS_ABI
