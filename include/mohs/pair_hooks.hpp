#pragma once

/// \file
/// The hooks that a loss over all pairs is written as, and what they are shown.

#include <mohs/log_sum.hpp>
#include <mohs/result/result.hpp>

#include <array>
#include <concepts>

namespace mohs::inline MOHS_ABI {

/// The weight of pairs that have none: multiplying by it is nothing at run time.
struct WeightOne {
    template <class N>
        requires requires { typename N::Scalar; }
    MOHS_ALWAYS_INLINE operator N() const
    {
        return N(1);
    }
    template <class N>
    MOHS_ALWAYS_INLINE friend const N& operator*(WeightOne, const N& x)
    {
        return x;
    }
};

/// A pair, or a vector of pairs of neighbouring rows with one other row, as `sum` and `weigh` see it.
template <class N, class Weight, class State, bool positive_, int pass_ = 0, bool as_candidate_ = false>
struct PairView {
    static constexpr bool positive = positive_;          ///< else negative: pairs that are neither are not shown
    static constexpr int pass = pass_;                   ///< of `sum`, from 0
    static constexpr bool as_candidate = as_candidate_;  ///< `own` is the candidate of the pair, not its anchor

    const N& value;        ///< similarity or distance, in the metric's own unit
    const Weight& weight;  ///< `pair_weight`: a number, or WeightOne; the left factor of a product
    /// Of the row whose sums or weight these are, and of the other one. Rows that are no anchors have a State{}.
    const State &own, &other;
};

/// An anchor whose sums are complete.
struct SweptAnchor {
    Index row;                   ///< of its batch
    bool is_candidate;           ///< its batch is that of the candidates: with `both_ways`
    Index positives, negatives;  ///< pairs that it is the anchor of
};

/// What an anchor adds to the loss.
struct PairOutcome {
    double loss = 0;
    Index tuples = 0;                ///< what a mean divides by: 1 for a mean over anchors; 0 if the anchor is skipped
    Index active = 0;                ///< those of them with a loss above 0
    std::array<double, 4> slopes{};  ///< the derivatives of `loss` by the parameters
};

/// **PairHooks**: a loss over all pairs, as what happens at one pair and at one anchor. The loss is the sum of what `finish`
/// returns for all anchors, then reduced.
///
///     struct SoftplusOfSum {                              // log(1 + sum over negatives of exp(s)), say
///         static constexpr const char* name = "SoftplusOfSum";            // as messages name it
///         template <class N> struct Sums { mohs::LogSum<N> negatives; };   // members are N, or made of N alone
///         template <class N> struct State { mohs::LogShare<N> share; };    // the same; may be empty
///
///         template <class N, class Pair>
///         MOHS_ALWAYS_INLINE void sum(Sums<N>& sums, const Pair& pair) const
///         {
///             if constexpr (!Pair::positive) sums.negatives.add(pair.value);
///         }
///         template <class N>
///         MOHS_ALWAYS_INLINE void merge(Sums<N>& total, const Sums<N>& later) const { total.negatives.merge(later.negatives); }
///
///         mohs::PairOutcome finish(const mohs::SweptAnchor&, Sums<double> sums, State<double>& state) const
///         {
///             sums.negatives.add(0);
///             state.share = sums.negatives.split();
///             return {.loss = sums.negatives.log(), .tuples = 1, .active = 1};
///         }
///         template <class N, class Pair>
///         MOHS_ALWAYS_INLINE N weigh(const Pair& pair) const    // the derivative of the loss by the value of the pair
///         {
///             return Pair::positive ? N(0) : pair.own.share.share(pair.value);
///         }
///     };
///
/// N is a `Number` (number.hpp) of the scalar of the rows, or of double where distances are measured; `Sums<double>` and
/// `State<double>` are those of one anchor. `sum` and `weigh` are also run for pairs that are not theirs, whose results are
/// dropped; they must not keep anything. `State` begins as it is written, which has to weigh nothing. Hooks are copied,
/// and asked by several threads at a time.
///
/// Constants and members that may be there, by these names:
///
///     int passes = 1               how often all pairs are summed; between passes
///     void prepare(int pass, const SweptAnchor&, const Sums<double>&, State<double>&) const
///                                  is called with the sums of a pass, and later ones see the state that it leaves
///     bool both_ways = false       of two batches, candidates are anchors too, of the queries
///     bool sums_candidates = false `sum` is also called with the pair's candidate as `own`: where terms of an anchor hang on
///                                  sums of its candidates
///     int parameters = 0           how many of `PairOutcome::slopes` are used, at most 4
///     bool admits(Anchor, Candidate) const
///                                  a pair for which this is false is neither positive nor negative
///     double pair_weight(Anchor, Candidate) const
///                                  `PairView::weight`, which is for the hooks to use: finite, and 0 or at least 1e-12
///                                  where a LogShare of the pair is multiplied by it. Both of these are called for every
///                                  pair and pass, from either end, at the cost of a call each; rows are those of the
///                                  queries and of the candidates.
template <class H>
concept PairHooks = std::copy_constructible<H> &&
                    requires(const H& hooks, const SweptAnchor& anchor, typename H::template Sums<double> sums,
                             typename H::template State<double> state) {
                        requires std::convertible_to<decltype(H::name), const char*>;
                        {
                            hooks.finish(anchor, sums, state)
                        } -> std::convertible_to<PairOutcome>;
                    };

namespace detail {

/// What hooks say, or the defaults.
template <class H>
struct HookTraits {
    template <class N>
    using Sums = typename H::template Sums<N>;
    template <class N>
    using State = typename H::template State<N>;

    static constexpr int passes = [] {
        if constexpr (requires { H::passes; }) {
            return H::passes;
        }
        return 1;
    }();
    static constexpr bool both_ways = [] {
        if constexpr (requires { H::both_ways; }) {
            return H::both_ways;
        }
        return false;
    }();
    static constexpr bool sums_candidates = [] {
        if constexpr (requires { H::sums_candidates; }) {
            return H::sums_candidates;
        }
        return false;
    }();
    static constexpr int parameters = [] {
        if constexpr (requires { H::parameters; }) {
            return H::parameters;
        }
        return 0;
    }();
    static constexpr bool has_mask = requires(const H& hooks) {
        {
            hooks.admits(Anchor{0}, Candidate{0})
        } -> std::convertible_to<bool>;
    };
    static constexpr bool has_weight = requires(const H& hooks) {
        {
            hooks.pair_weight(Anchor{0}, Candidate{0})
        } -> std::convertible_to<double>;
    };

    static_assert(passes >= 1 && parameters >= 0 && parameters <= 4);
    static_assert(sizeof(Sums<double>) % sizeof(double) == 0, "mohs::PairHooks: the members of Sums<N> have to be N");
    static_assert(std::is_empty_v<State<double>> || sizeof(State<double>) % sizeof(double) == 0,
                  "mohs::PairHooks: the members of State<N> have to be N");
    static constexpr int sum_count = static_cast<int>(sizeof(Sums<double>) / sizeof(double)),
                         state_count = static_cast<int>(
                             std::is_empty_v<State<double>> ? 0 : sizeof(State<double>) / sizeof(double));
};

}  // namespace detail

/// The sums of all anchors over a gallery, or over a piece of one: mergeable, by the rows of the queries.
template <PairHooks Hooks>
struct SweptSums {
    std::vector<typename Hooks::template Sums<double>> sums;
    std::vector<Index> positives, negatives;

    /// Adds the sums of the same anchors over another piece. What is the sum of the whole up to rounding.
    void merge(const Hooks& hooks, const SweptSums& other)
    {
        for (std::size_t row = 0; row < sums.size(); ++row) {
            hooks.merge(sums[row], other.sums[row]);
            positives[row] += other.positives[row];
            negatives[row] += other.negatives[row];
        }
    }
};

}  // namespace mohs::inline MOHS_ABI
