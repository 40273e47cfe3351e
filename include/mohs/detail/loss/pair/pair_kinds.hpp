#pragma once

/// \file
/// What the pairs of a stripe are to the hooks of a sweep: kinds, masks along the vectors, weights.

#include <mohs/detail/loss/pair/filtered_hooks.hpp>
#include <mohs/detail/loss/pair/pair_state.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Of the pairs of a stripe: positives and negatives of the rows as anchors, then of the columns as anchors.
enum class PairGroup { positives, negatives, back_positives, back_negatives };

/// The pairs of one panel of rows.
template <class T, class Hooks>
class PairKinds {
public:
    PairKinds(const PairSetting<T, Hooks>& setting, const StripRows<T>& strip, const PairScratch<T, Hooks>& scratch)
        : setting_(setting), strip_(strip), scratch_(scratch)
    {
    }

    /// Looks at a stripe with these values. Returns whether all of its pairs are negatives, whichever row is the anchor, and
    /// weigh 1: then there are no masks. `back`: kinds of the columns as anchors will be looked at; `counts`: what filters
    /// take from the rows is counted.
    bool find(Index stripe, Index size, [[maybe_unused]] const T* values, [[maybe_unused]] bool back,
              [[maybe_unused]] bool counts)
    {
        bool plain = strip_.all_negative(stripe, size, scratch_.kinds);
        is_split_ = false;
        if constexpr (is_filtered<Hooks>) {
            plain = filter(stripe, size, values, back, counts, plain);
        }
        if constexpr (Traits::has_mask || Traits::has_weight) {
            ask_hooks(stripe, size, plain);
        } else if (plain) {
            return true;
        }
        mask(size);
        return false;
    }

    /// Of the stripe that was looked at last, if its pairs are not all negatives.
    [[nodiscard]] bool any(PairGroup group) const { return any_[static_cast<int>(group)]; }
    [[nodiscard]] const MaskElement<T>* masks(PairGroup group) const
    {
        return scratch_.masks + static_cast<int>(group) * stripe_columns * setting_.scene.width;
    }

    /// Adds the pairs that the rows are anchors of to the counts of the panel.
    void count(Index size, bool plain, const PairSide<T, Hooks>& side) const
    {
        const Index width = setting_.scene.width;
        for (Index r = 0; r < strip_.count(); ++r) {
            const auto at = static_cast<std::size_t>(strip_.base() + r);
            if (plain) {
                side.negatives[at] += size;
                continue;
            }
            for (Index c = 0; c < size; ++c) {
                side.positives[at] -= masks(PairGroup::positives)[c * width + r];
                side.negatives[at] -= masks(PairGroup::negatives)[c * width + r];
            }
        }
    }

private:
    using Traits = HookTraits<Hooks>;

    /// From here on the kinds as anchors, then as candidates, are there, and each may change.
    void split(bool plain)
    {
        const Index half = stripe_columns * setting_.scene.width;
        Related* const kinds = scratch_.kinds;
        if (is_split_) {
            return;
        }
        if (plain) {
            std::fill_n(kinds, 2 * half, Related::negative);
        } else if (strip_.from_columns(kinds) == kinds) {
            std::copy_n(kinds, half, kinds + half);
        }
        is_split_ = true;
    }

    /// Makes negatives that filters reject neither: of two batches from either end, in one for the row that is the anchor.
    /// Returns whether all pairs are negatives still.
    MOHS_NOINLINE bool filter(Index stripe, Index size, const T* values, bool back, bool counts, bool plain)
    {
        const auto& filters = *setting_.hooks.filters;
        const Index width = setting_.scene.width, half = stripe_columns * width;
        Related* const kinds = scratch_.kinds;
        const bool forward = setting_.rows.anchors, self = setting_.scene.self;
        const auto is_negative = [&](Index at) {
            return plain ||
                   (at >= half && !is_split_ ? strip_.from_columns(kinds)[at - half] : kinds[at]) == Related::negative;
        };
        for (Index c = 0; c < size; ++c) {
            for (Index r = 0; r < strip_.count(); ++r) {
                const Index at = c * width + r, row = strip_.base() + r, column = stripe + c;
                const bool mine = is_negative(at), theirs = is_negative(half + at);
                const auto reject = [&](Index anchor, Index candidate, bool from_row, bool from_column) {
                    const int rejected = filters.rejected_by(anchor, candidate, values[at]);
                    if (rejected < 0) {
                        return;
                    }
                    split(plain);
                    plain = false;
                    if (from_row) {
                        kinds[at] = Related::neither;
                        if (counts) {
                            filters.count(forward, row, rejected);
                        }
                    }
                    if (from_column) {
                        kinds[half + at] = Related::neither;
                    }
                };
                if (!self && (mine || theirs)) {
                    reject(forward ? row : column, forward ? column : row, mine, theirs);
                } else if (self) {
                    if (mine) {
                        reject(row, column, true, false);
                    }
                    if (theirs && back) {
                        reject(column, row, false, true);
                    }
                }
            }
        }
        return plain;
    }

    /// The mask and the weights of the hooks.
    MOHS_NOINLINE void ask_hooks(Index stripe, Index size, bool plain)
    {
        const Index width = setting_.scene.width, half = stripe_columns * width;
        Related *const kinds = scratch_.kinds, *const back = kinds + half;
        split(plain);
        for (Index c = 0; c < size; ++c) {
            for (Index r = 0; r < strip_.count(); ++r) {
                const Index at = c * width + r, row = setting_.rows.packed->row_of(strip_.base() + r),
                            column = setting_.columns.packed->row_of(stripe + c);
                // Of two batches, only the queries are anchors of a pair, whichever of its rows is `own`.
                const bool forward = setting_.rows.anchors, both = setting_.scene.self;
                const auto ask = [&](Index anchor, Index candidate, Related& kind, T* weight) {
                    if constexpr (Traits::has_mask) {
                        if (kind != Related::neither && !setting_.hooks.admits(Anchor{anchor}, Candidate{candidate})) {
                            kind = Related::neither;
                        }
                    }
                    if constexpr (Traits::has_weight) {
                        *weight =
                            kind == Related::neither
                                ? T{0}
                                : static_cast<T>(setting_.hooks.pair_weight(Anchor{anchor}, Candidate{candidate}));
                    }
                };
                ask(forward ? row : column, forward ? column : row, kinds[at], scratch_.pair_weights + at);
                ask(forward && !both ? row : column, forward && !both ? column : row, back[at],
                    scratch_.pair_weights + half + at);
            }
        }
    }

    MOHS_NOINLINE void mask(Index size)
    {
        const Index width = setting_.scene.width, half = stripe_columns * width;
        const Related* const kinds = scratch_.kinds;
        const Related* const back = is_split_ ? kinds + half : strip_.from_columns(kinds);
        MaskElement<T>* const masks = scratch_.masks;
        bool found[4] = {};
        for (Index c = 0; c < size; ++c) {
            for (Index r = 0; r < strip_.count(); ++r) {
                const Index at = c * width + r;
                const bool is[4] = {kinds[at] == Related::positive, kinds[at] == Related::negative,
                                    back[at] == Related::positive, back[at] == Related::negative};
                for (int group = 0; group < 4; ++group) {
                    masks[group * half + at] = is[group] ? -1 : 0;
                    found[group] |= is[group];
                }
            }
            // The rest of a panel that is not full.
            for (Index r = strip_.count(); r < width; ++r) {
                for (int group = 0; group < 4; ++group) {
                    masks[group * half + c * width + r] = 0;
                }
            }
        }
        std::copy(found, found + 4, any_);
    }

    const PairSetting<T, Hooks>& setting_;
    const StripRows<T>& strip_;
    const PairScratch<T, Hooks>& scratch_;
    bool is_split_ = false;  ///< kinds as candidates lie behind those as anchors
    bool any_[4] = {};
};

}  // namespace mohs::inline MOHS_ABI::detail
