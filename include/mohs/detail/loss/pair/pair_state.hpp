#pragma once

/// \file
/// What a sweep over pairs keeps per row, and what its panels share.

#include <mohs/detail/strip/strip.hpp>
#include <mohs/pair_hooks.hpp>
#include <mohs/workspace.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Structs whose members are numbers, one per row, by member and then by row: neighbouring rows lie along the vectors.
template <class T, int members>
struct NumberTable {
    T* values = nullptr;
    Index stride = 0;

    NumberTable() = default;
    NumberTable(Index rows, Workspace& workspace) : values(workspace.take<T>(members * rows).data()), stride(rows) {}

    /// The rows from `at` on; members of a struct of numbers N.
    template <class N, class Struct>
    MOHS_ALWAYS_INLINE void load(Index at, Struct& to) const
    {
        N* const member = reinterpret_cast<N*>(&to);
        MOHS_UNROLL
        for (int m = 0; m < members; ++m) {
            member[m] = N::load(values + m * stride + at);
        }
    }
    /// One row in all lanes.
    template <class N, class Struct>
    MOHS_ALWAYS_INLINE void splat(Index at, Struct& to) const
    {
        N* const member = reinterpret_cast<N*>(&to);
        MOHS_UNROLL
        for (int m = 0; m < members; ++m) {
            member[m] = N(static_cast<double>(values[m * stride + at]));
        }
    }
    template <class N, class Struct>
    MOHS_ALWAYS_INLINE void store(Index at, const Struct& from) const
    {
        const N* const member = reinterpret_cast<const N*>(&from);
        MOHS_UNROLL
        for (int m = 0; m < members; ++m) {
            member[m].store(values + m * stride + at);
        }
    }

    /// One row, as a struct of doubles.
    template <class Struct>
    void get(Index at, Struct& to) const
    {
        double* const member = reinterpret_cast<double*>(&to);
        for (int m = 0; m < members; ++m) {
            member[m] = static_cast<double>(values[m * stride + at]);
        }
    }
    template <class Struct>
    void set(Index at, const Struct& from) const
    {
        // What stands for beyond all numbers in double does so in T.
        constexpr double most = 0.25 * static_cast<double>(highest<T>);
        const double* const member = reinterpret_cast<const double*>(&from);
        for (int m = 0; m < members; ++m) {
            values[m * stride + at] = static_cast<T>(std::clamp(member[m], -most, most));
        }
    }
    template <class Struct>
    void fill(const Struct& from) const
    {
        for (Index at = 0; at < stride; ++at) {
            set(at, from);
        }
    }
};

/// The rows of one batch in a sweep, by position.
template <class T, class Hooks>
struct PairSide {
    using Traits = HookTraits<Hooks>;
    NumberTable<double, Traits::sum_count> sums;
    NumberTable<T, Traits::state_count> states;
    std::span<Index> positives, negatives;  ///< pairs that a row is the anchor of
    std::span<PairOutcome> outcomes;
    std::span<double> pulls;  ///< of distances: the sum of the pulls at a row

    PairSide() = default;
    /// Rows that are `anchors` have sums, others only a state.
    PairSide(const RelatedSide<T>& rows, Index width, bool anchors, bool distances, Workspace& workspace)
    {
        const Index padded = (rows.packed->panel_count * width + stripe_columns - 1) / stripe_columns * stripe_columns;
        states = {padded, workspace};
        states.fill(typename Traits::template State<double>());
        pulls = workspace.take<double>(distances ? padded : 0, 0.0);
        if (anchors) {
            sums = {padded, workspace};
            positives = workspace.take<Index>(padded, Index{0});
            negatives = workspace.take<Index>(padded, Index{0});
            outcomes = workspace.take<PairOutcome>(rows.rows(), PairOutcome());
            begin();
        }
    }

    /// Before a pass.
    void begin() const
    {
        sums.fill(typename Traits::template Sums<double>());
        std::fill(positives.begin(), positives.end(), Index{0});
        std::fill(negatives.begin(), negatives.end(), Index{0});
    }
};

/// What the panels of a sweep share.
template <class T, class Hooks>
struct PairSetting {
    const Scene<T>& scene;
    const RelatedSide<T>&rows, &columns;
    const Hooks& hooks;

    /// The columns as rows.
    [[nodiscard]] PairSetting turned() const { return {scene, columns, rows, hooks}; }
};

/// Memory of a worker for one panel at a time.
template <class T, class Hooks>
struct PairScratch {
    T *stripe, *weights, *part;
    Related* kinds;
    MaskElement<T>* masks;  ///< of a stripe, four times
    T* pair_weights;        ///< of a stripe as anchors, then as candidates

    static std::span<PairScratch> take(const Scene<T>& scene, Index workers, Workspace& workspace)
    {
        using Traits = HookTraits<Hooks>;
        const Index size = stripe_columns * scene.width;
        const auto result = workspace.take<PairScratch>(workers, PairScratch());
        for (PairScratch& worker : result) {
            worker = {workspace.take<T>(size, T{0}).data(),
                      workspace.take<T>(size, T{0}).data(),
                      workspace.take<T>(Traits::sum_count * scene.width).data(),
                      workspace.take<Related>(strip_kinds(scene.width)).data(),
                      workspace.take<MaskElement<T>>(4 * size, 0).data(),
                      workspace.take<T>(Traits::has_weight ? 2 * size : 0, T{0}).data()};
        }
        return result;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
