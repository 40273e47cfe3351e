#pragma once

/// \file
/// One panel of rows in a sweep over pairs: sums, and weights.

#include <mohs/detail/kernel/update_panel.hpp>
#include <mohs/detail/loss/pair/pair_strip.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// Sums the pairs of the rows and makes weights of their values, by the hooks.
template <class M, class T, class Hooks, class Measure>
class PairPanel : PairStrip<M, T, Hooks, Measure> {
    using Base = PairStrip<M, T, Hooks, Measure>;

public:
    using Side = PairSide<T, Hooks>;

    using Base::base, Base::count;

    PairPanel(const PairSetting<T, Hooks>& setting, Index panel, const PairScratch<T, Hooks>& scratch,
              const Measure& measure, T* values, Index first = 0)
        : Base(setting, panel, scratch, measure, values, first), hooks_(setting.hooks)
    {
    }

    /// Adds the pairs with columns [begin, end), which begin with a stripe, to the sums of the rows. Values are computed,
    /// unless they are `given`.
    template <int pass>
    MOHS_NOINLINE void sum(Index begin, Index end, bool given, const Side& own, const Side& other)
    {
        isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
            using Isa = decltype(isa);
            for (Index stripe = begin; stripe < end; stripe += stripe_columns) {
                if (!given) {
                    Base::template compute<Isa>(stripe);
                }
                sum_stripe<Isa, pass>(stripe, (std::min)(stripe_columns, end - stripe), own, other);
            }
        });
    }

    /// Ends a pass for the rows that may be anchors.
    void finish(int pass, const Side& own) const
    {
        for (Index at = base(); at < base() + count(); ++at) {
            if (!setting_.rows.packed->has_role(at, Role::anchor)) {
                continue;
            }
            typename Traits::template Sums<double> sums;
            typename Traits::template State<double> state;
            own.sums.get(at, sums);
            own.states.get(at, state);
            const SweptAnchor anchor{setting_.rows.packed->row_of(at), !setting_.rows.anchors,
                                     own.positives[static_cast<std::size_t>(at)],
                                     own.negatives[static_cast<std::size_t>(at)]};
            if constexpr (Traits::passes > 1) {
                if (pass + 1 < Traits::passes) {
                    hooks_.prepare(pass, anchor, std::as_const(sums), state);
                    own.states.set(at, state);
                    continue;
                }
            }
            own.outcomes[static_cast<std::size_t>(at)] = hooks_.finish(anchor, sums, state);
            own.states.set(at, state);
        }
    }

    /// Values of the columns [begin, end) -> weights, by the rows as anchors and, if `back`, by the columns. Values are
    /// computed, unless they are `given`. Adds to `gradient`, unless it is null: weights times columns.
    MOHS_NOINLINE void weigh(Index begin, Index end, bool given, bool back, const Side& own, const Side& other,
                             T* gradient)
    {
        isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
            using Isa = decltype(isa);
            for (Index stripe = begin; stripe < end; stripe += stripe_columns) {
                const Index size = stripe_size(setting_.columns, stripe);
                if (!given) {
                    Base::template compute<Isa>(stripe);
                }
                if (back) {
                    weigh_stripe<Isa, true>(stripe, size, own, other);
                } else {
                    weigh_stripe<Isa, false>(stripe, size, own, other);
                }
                if (gradient != nullptr) {
                    isa::enter(isa, UpdatePanel<T>{strip_at(stripe), size,
                                                   setting_.columns.packed->panels + stripe * scene_.depth,
                                                   scene_.depth, gradient});
                }
            }
        });
    }

private:
    using Traits = HookTraits<Hooks>;
    template <class N>
    using Weight = std::conditional_t<Traits::has_weight, N, WeightOne>;
    static constexpr bool is_product = Finish<M>::is_product;
    using Base::setting_, Base::scene_, Base::strip_, Base::scratch_, Base::kinds_, Base::strip_at;

    template <class Isa, int pass>
    MOHS_ALWAYS_INLINE void sum_stripe(Index stripe, Index size, const Side& own, const Side& other)
    {
        using N = Number<Isa, T>;
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
        const T* const strip = strip_at(stripe);
        const bool plain = kinds_.find(stripe, size, strip, Traits::sums_candidates, pass == 0);
        kinds_.count(size, plain, own);
        const NumberTable<T, Traits::sum_count> part = part_table();
        for (int v = 0; v < width; v += step) {
            typename Traits::template Sums<N> sums;
            typename Traits::template State<N> mine;
            own.states.template load<N>(base() + v, mine);
            if (plain) {
                add<N, false, pass, false, false>(strip, nullptr, v, stripe, size, mine, other, sums);
                if constexpr (Traits::sums_candidates) {
                    add<N, false, pass, true, false>(strip, nullptr, v, stripe, size, mine, other, sums);
                }
            } else {
                add_group<N, pass, PairGroup::positives>(strip, v, stripe, size, mine, other, sums);
                add_group<N, pass, PairGroup::negatives>(strip, v, stripe, size, mine, other, sums);
                if constexpr (Traits::sums_candidates) {
                    add_group<N, pass, PairGroup::back_positives>(strip, v, stripe, size, mine, other, sums);
                    add_group<N, pass, PairGroup::back_negatives>(strip, v, stripe, size, mine, other, sums);
                }
            }
            part.template store<N>(v, sums);
        }
        merge<Isa>(own);
    }

    template <class N, int pass, PairGroup group, class Sums, class State>
    MOHS_ALWAYS_INLINE void add_group(const T* strip, int v, Index stripe, Index size, const State& mine,
                                      const Side& other, Sums& sums) const
    {
        constexpr bool positive = group == PairGroup::positives || group == PairGroup::back_positives,
                       back = group == PairGroup::back_positives || group == PairGroup::back_negatives;
        if (kinds_.any(group)) {
            add<N, positive, pass, back, true>(strip, kinds_.masks(group), v, stripe, size, mine, other, sums);
        }
    }

    template <class N, bool positive, int pass, bool as_candidate, bool masked, class Sums, class State>
    MOHS_ALWAYS_INLINE void add(const T* strip, const MaskElement<T>* masks, int v, Index stripe, Index size,
                                const State& mine, const Side& other, Sums& sums) const
    {
        const Hooks hooks = hooks_;
        for (Index c = 0; c < size; ++c) {
            const Index at = c * scene_.width + v;
            const N value = N::load(strip + at);
            const auto weight = weight_of<N>(at, as_candidate);
            State theirs;
            other.states.template splat<N>(stripe + c, theirs);
            const PairView<N, Weight<N>, State, positive, pass, as_candidate> pair{value, weight, mine, theirs};
            if constexpr (masked) {
                Sums changed = sums;
                hooks.sum(changed, pair);
                keep_where<N>(masks + at, changed, sums);
            } else {
                hooks.sum(sums, pair);
            }
        }
    }

    /// Takes the lanes of `changed` whose mask is set.
    template <class N, class Sums>
    MOHS_ALWAYS_INLINE static void keep_where(const MaskElement<T>* mask, const Sums& changed, Sums& sums)
    {
        const auto flags = load_flags<N>(mask);
        const N* const from = reinterpret_cast<const N*>(&changed);
        N* const to = reinterpret_cast<N*>(&sums);
        MOHS_UNROLL
        for (int m = 0; m < Traits::sum_count; ++m) {
            to[m] = select(flags, from[m], to[m]);
        }
    }

    template <class N>
    MOHS_ALWAYS_INLINE static auto load_flags(const MaskElement<T>* mask)
    {
        return flags_at(N(), mask);
    }
    template <class Isa>
    MOHS_ALWAYS_INLINE static Flags<Isa, T> flags_at(const Number<Isa, T>&, const MaskElement<T>* mask)
    {
        Mask<Isa, T> lanes;
        detail::load<Isa, MaskElement<T>>(lanes, mask);
        return Flags<Isa, T>(lanes);
    }

    /// The weights of the pairs from element `at` of the stripe on.
    template <class N>
    MOHS_ALWAYS_INLINE Weight<N> weight_of([[maybe_unused]] Index at, [[maybe_unused]] bool back) const
    {
        if constexpr (Traits::has_weight) {
            return N::load(scratch_.pair_weights + at + (back ? stripe_columns * scene_.width : 0));
        } else {
            return {};
        }
    }

    /// Adds the sums of a stripe to those before, in double.
    template <class Isa>
    MOHS_ALWAYS_INLINE void merge(const Side& own) const
    {
        using N = Number<Isa, double>;
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, double>;
        const NumberTable<T, Traits::sum_count> part = part_table();
        for (int v = 0; v < width; v += step) {
            typename Traits::template Sums<N> total, later;
            own.sums.template load<N>(base() + v, total);
            N* const member = reinterpret_cast<N*>(&later);
            MOHS_UNROLL
            for (int m = 0; m < Traits::sum_count; ++m) {
                load_wide<Isa>(member[m].vector(), part.values + m * part.stride + v);
            }
            hooks_.merge(total, later);
            own.sums.template store<N>(base() + v, total);
        }
    }

    [[nodiscard]] NumberTable<T, Traits::sum_count> part_table() const
    {
        NumberTable<T, Traits::sum_count> part;
        part.values = scratch_.part;
        part.stride = scene_.width;
        return part;
    }

    template <class Isa, bool back>
    MOHS_ALWAYS_INLINE void weigh_stripe(Index stripe, Index size, const Side& own, const Side& other)
    {
        using N = Number<Isa, T>;
        using State = typename Traits::template State<N>;
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
        T* const strip = strip_at(stripe);
        const bool plain = kinds_.find(stripe, size, strip, back, false);
        for (int v = 0; v < width; v += step) {
            State mine;
            own.states.template load<N>(base() + v, mine);
            N pull{};
            if constexpr (!is_product) {
                pull = N::load(own.pulls.data() + base() + v);
            }
            if (plain) {
                const Hooks hooks = hooks_;
                for (Index c = 0; c < size; ++c) {
                    T* const at = strip + c * width + v;
                    const N value = N::load(at);
                    const WeightOne one;
                    State theirs;
                    other.states.template splat<N>(stripe + c, theirs);
                    N weight = hooks.template weigh<N>(PairView<N, WeightOne, State, false>{value, one, mine, theirs});
                    if constexpr (back) {
                        weight +=
                            hooks.template weigh<N>(PairView<N, WeightOne, State, false>{value, one, theirs, mine});
                    }
                    put<N>(at, value, weight, pull);
                }
            } else {
                for (Index c = 0; c < size; ++c) {
                    N(0).store(scratch_.weights + c * width + v);
                }
                weigh_group<N, PairGroup::positives>(strip, v, stripe, size, mine, other);
                weigh_group<N, PairGroup::negatives>(strip, v, stripe, size, mine, other);
                if constexpr (back) {
                    weigh_group<N, PairGroup::back_positives>(strip, v, stripe, size, mine, other);
                    weigh_group<N, PairGroup::back_negatives>(strip, v, stripe, size, mine, other);
                }
                for (Index c = 0; c < size; ++c) {
                    T* const at = strip + c * width + v;
                    put<N>(at, N::load(at), N::load(scratch_.weights + c * width + v), pull);
                }
            }
            if constexpr (!is_product) {
                pull.store(own.pulls.data() + base() + v);
            }
        }
    }

    /// The weight of a pair takes the place of its value.
    template <class N>
    MOHS_ALWAYS_INLINE static void put(T* at, const N& value, const N& weight, N& pull)
    {
        if constexpr (is_product) {
            weight.store(at);
        } else {
            const N own = pull_of<M>(value, weight);
            pull += own;
            (-own).store(at);
        }
    }

    template <class N, PairGroup group, class State>
    MOHS_ALWAYS_INLINE void weigh_group(const T* strip, int v, Index stripe, Index size, const State& mine,
                                        const Side& other) const
    {
        constexpr bool positive = group == PairGroup::positives || group == PairGroup::back_positives,
                       back = group == PairGroup::back_positives || group == PairGroup::back_negatives;
        if (!kinds_.any(group)) {
            return;
        }
        const Hooks hooks = hooks_;
        const MaskElement<T>* const masks = kinds_.masks(group);
        for (Index c = 0; c < size; ++c) {
            const Index at = c * scene_.width + v;
            const N value = N::load(strip + at);
            const auto factor = weight_of<N>(at, back);
            State theirs;
            other.states.template splat<N>(stripe + c, theirs);
            const N weight = hooks.template weigh<N>(
                PairView<N, Weight<N>, State, positive>{value, factor, back ? theirs : mine, back ? mine : theirs});
            (N::load(scratch_.weights + at) + select(load_flags<N>(masks + at), weight, N(0)))
                .store(scratch_.weights + at);
        }
    }

    const Hooks& hooks_;
};

}  // namespace mohs::inline MOHS_ABI::detail
