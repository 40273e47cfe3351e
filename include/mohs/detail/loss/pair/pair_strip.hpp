#pragma once

/// \file
/// The values of one panel of rows in a sweep over pairs.

#include <mohs/detail/loss/pair/pair_kinds.hpp>
#include <mohs/detail/loss/pair/pair_values.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// `measure(row, column)`: the exact value of two rows by position, where products cannot tell it.
template <class M, class T, class Hooks, class Measure>
class PairStrip {
public:
    /// `values`: of the columns from `first` on, whole stripes; null: room for one stripe, in the scratch of the worker.
    PairStrip(const PairSetting<T, Hooks>& setting, Index panel, const PairScratch<T, Hooks>& scratch,
              const Measure& measure, T* values, Index first = 0)
        : setting_(setting),
          scene_(setting.scene),
          strip_(setting.scene, setting.rows, setting.columns, panel),
          scratch_(scratch),
          kinds_(setting, strip_, scratch),
          measure_(measure),
          values_(values),
          first_(first)
    {
    }

    [[nodiscard]] Index base() const { return strip_.base(); }
    [[nodiscard]] Index count() const { return strip_.count(); }

protected:
    [[nodiscard]] T* strip_at(Index stripe) const
    {
        return values_ != nullptr ? values_ + (stripe - first_) * scene_.width : scratch_.stripe;
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void compute(Index stripe)
    {
        strip_.template compute<Isa>(stripe, strip_at(stripe));
        const PackedSide<T>&rows = *setting_.rows.packed, &columns = *setting_.columns.packed;
        const Index size = stripe_size(setting_.columns, stripe);
        if (make_values<M, Isa, T>(strip_at(stripe), size,
                                   static_cast<T>(Finish<M>::unit(rows.unscale, columns.unscale)),
                                   rows.bias == nullptr ? nullptr : rows.bias + base(),
                                   columns.bias == nullptr ? nullptr : columns.bias + stripe)) {
            measure(stripe, size);
        }
    }

    MOHS_NOINLINE void measure(Index stripe, Index size) const
    {
        T* const strip = strip_at(stripe);
        for (Index c = 0; c < size; ++c) {
            for (Index r = 0; r < scene_.width; ++r) {
                T& value = strip[c * scene_.width + r];
                if (value == static_cast<T>(to_be_measured_alone)) {
                    value = r < count() ? static_cast<T>(measure_(base() + r, stripe + c)) : T{0};
                }
            }
        }
    }

    const PairSetting<T, Hooks>& setting_;
    const Scene<T>& scene_;
    StripRows<T> strip_;
    const PairScratch<T, Hooks>& scratch_;
    PairKinds<T, Hooks> kinds_;

private:
    const Measure& measure_;
    T* values_;
    Index first_;
};

}  // namespace mohs::inline MOHS_ABI::detail
