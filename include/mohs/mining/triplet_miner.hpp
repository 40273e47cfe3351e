#pragma once

/// \file
/// TripletMiner: triplets from a positive and a negative strategy.

#include <mohs/detail/mining/apart_miner.hpp>
#include <mohs/detail/mining/slot_miner.hpp>
#include <mohs/scan.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI {

/// Mines triplets: for every anchor the positive that `Positive` chooses with the negative that `Negative` chooses; one
/// triplet per anchor, unless either of them chooses several.
///
///     mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
///     const mohs::Triplets triplets = miner(batch);
///
/// Triplets ascend by anchor, those of an anchor by the row of their positive, those of a pair by the row of their
/// negative, or by its rank for RankedNegatives. One search for negatives serves all positives of an anchor where
/// neither `Negative` nor a filter looks at the positive: they get the same negatives, and rejections are counted
/// once. Strategies that draw do so for every positive anew.
///
/// Anchors without a positive or without a negative are skipped and counted, rows that are not finite too; one class,
/// singletons or no rows at all give no triplets and a report. A row never meets itself, nor another row of its
/// sample id.
///
/// `positive_values` and `negative_values` are similarities as the kernel computed them, in the scalar of the batch,
/// or distances recomputed in double from differences.
///
/// Throws std::invalid_argument if a batch has no labels, if queries and gallery differ in their columns, if only one
/// of them has ids, if they share rows in memory without ids or a relation, or for senseless options, those of filters
/// included, before any work; and what a filter throws for batches that do not suit it.
///
/// Time: N^2 D / 2 multiply-adds for a batch of N rows of D, Q N D for Q queries, O(N D) where both strategies draw;
/// memory: one packed copy of the rows unless both draw, and, the triplets included, about 90 bytes per row; where the
/// negative depends on the positive about 140, or 350 with filters. AllPositives take about 115 bytes per pair of an
/// anchor and a positive.
template <class M, class Positive, class Negative, class... Filters>
class TripletMiner {
    static_assert(Metric<M>, "mohs::TripletMiner: the first argument has to be a metric, as mohs::Cosine{}");
    static_assert(!detail::PairStrategy<Positive> && !detail::PairStrategy<Negative>,
                  "mohs::TripletMiner: this strategy chooses pairs, so give it to mohs::PairMiner");
    static_assert(!detail::NegativeStrategy<Positive> || !detail::PositiveStrategy<Negative>,
                  "mohs::TripletMiner: swapped: the strategy for positives comes before the one for negatives");
    static_assert(detail::PositiveStrategy<Positive>,
                  "mohs::TripletMiner: the second argument has to choose positives, as mohs::HardestPositive{}");
    static_assert(detail::NegativeStrategy<Negative>,
                  "mohs::TripletMiner: the third argument has to choose negatives, as mohs::HardestNegative{}");
    static_assert(
        (Filter<Filters> && ...),
        "mohs::TripletMiner: what follows the strategies has to be filters: put a lambda into mohs::ExcludeIf");

    static_assert(
        detail::says_margin<Negative>(),
        "mohs::TripletMiner: a member margin and Within::margin go together: say `static constexpr mohs::Within "
        "within = mohs::Within::margin`, or give the member another name (strategy.hpp)");
    static_assert(
        detail::says_band<Negative>(),
        "mohs::TripletMiner: members low and high, std::optional<double>, and Within::band go together: say `static "
        "constexpr mohs::Within within = mohs::Within::band`, or give them other names (strategy.hpp)");
    static_assert(
        detail::says_ranks<Negative>(),
        "mohs::TripletMiner: members begin and end and Pick::ranks go together: say `static constexpr mohs::Pick "
        "negative_pick = mohs::Pick::ranks`, or give them other names (strategy.hpp)");
    static_assert(detail::says_words<Negative>(),
                  "mohs::TripletMiner: beyond, within, fallback, weight_form and margin_included are words of "
                  "strategies: constants of "
                  "the types in strategy.hpp, or members with other names");
    static_assert(detail::says_weight<Negative>(),
                  "mohs::TripletMiner: a callable log_weight(double, mohs::Index) const and Pick::weighted go "
                  "together: say `static "
                  "constexpr mohs::Pick negative_pick = mohs::Pick::weighted`, or give it another name (strategy.hpp)");
    static_assert(detail::says_curve<Negative>(),
                  "mohs::TripletMiner: WeightForm::vectors wants a `template <class T> using Curve` (strategy.hpp)");
    static_assert(detail::says_choice<Negative>(),
                  "mohs::TripletMiner: a callable choose(const mohs::Choices&) const, which returns "
                  "std::optional<mohs::Index>, and "
                  "Pick::chosen go together: say `static constexpr mohs::Pick negative_pick = mohs::Pick::chosen`, or "
                  "give it another "
                  "name (strategy.hpp)");
    static_assert(
        detail::says_place<Negative>(),
        "mohs::TripletMiner: Pick::weighted draws among all negatives, without Beyond or Within: let log_weight be "
        "-infinity where there should be none, or say Pick::chosen (strategy.hpp)");
    static_assert(detail::says_fallback<Negative>(),
                  "mohs::TripletMiner: a Fallback goes with Pick::closest, farthest or random (strategy.hpp)");
    static_assert(detail::says_positive<Positive>(),
                  "mohs::TripletMiner: positives are picked closest, farthest, random or every (strategy.hpp)");

public:
    TripletMiner(M, Positive positive, Negative negative, Filters... filters)
        : positive_(std::move(positive)), negative_(std::move(negative)), filters_(std::move(filters)...)
    {
        static_assert(sizeof...(Filters) <= std::tuple_size_v<decltype(Report::rejected)>,
                      "mohs::TripletMiner: too many filters");
        static_assert(
            detail::weight_form_of<Negative> == WeightForm::pairs || detail::normalises<M>,
            "mohs::TripletMiner: weights like those of mohs::DistanceWeightedNegative are defined on the unit "
            "sphere: take Cosine or a Normalised metric");
        if constexpr (requires { negative_.validate(); }) {
            negative_.validate();
        }
        detail::validate_filters(filters_);
        if constexpr (detail::has_margin<Negative>) {
            if (detail::is_nan(negative_.margin) || negative_.margin <= 0) {
                detail::throw_bad_value("TripletMiner: margin of the negative strategy", negative_.margin, "above 0");
            }
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // mine a Batch{rows, labels}

    /// Mines a batch against itself.
    template <class Scalar>
    [[nodiscard]] Triplets<M> operator()(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        Triplets<M> triplets;
        mine(batch, batch, true, nullptr, triplets, options);
        return triplets;
    }

    /// The same into `triplets`, which is cleared first; with a workspace that has seen such a batch before, nothing
    /// is allocated.
    template <class Scalar>
    void operator()(const Batch<Scalar>& batch, Workspace& workspace, Triplets<M>& triplets,
                    const Options& options = {}) const
    {
        mine(batch, batch, true, &workspace, triplets, options);
    }

    /// Mines anchors among the queries, positives and negatives among the gallery.
    template <class A, class B>
    [[nodiscard]] Triplets<M> operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                         const Options& options = {}) const
    {
        Triplets<M> triplets;
        mine(queries, gallery, false, nullptr, triplets, options);
        return triplets;
    }

    template <class A, class B>
    void operator()(const Batch<A>& queries, const Batch<B>& gallery, Workspace& workspace, Triplets<M>& triplets,
                    const Options& options = {}) const
    {
        mine(queries, gallery, false, &workspace, triplets, options);
    }

private:
    template <class A, class B>
    void mine(const Batch<A>& anchors, const Batch<B>& candidates, bool self, Workspace* workspace,
              Triplets<M>& triplets, const Options& options) const
    {
        using T = typename Batch<A>::Compute;
        static_assert(std::is_same_v<T, typename Batch<B>::Compute>,
                      "mohs::TripletMiner: double rows cannot be compared with float or 16-bit rows");
        detail::check_filters(filters_, anchors.rows(), candidates.rows());
        Workspace local;
        Workspace& memory = workspace != nullptr ? *workspace : local;
        const Workspace::Frame frame(memory);
        constexpr bool apart = detail::chosen_apart<Positive, Negative, Filters...>;
        constexpr bool draws_only =
            apart && Positive::positive_pick == Pick::random && Negative::negative_pick == Pick::random;
        const detail::PackOrder order = draws_only ? detail::PackOrder::no_panels : detail::PackOrder::by_class;
        const auto scene =
            detail::open_scene<M>({.verb = "TripletMiner", .self = self}, anchors, candidates, options, memory, order);
        triplets.clear();
        if constexpr (apart) {
            detail::ApartMiner<M, T, A, B>{scene, anchors, candidates, options, memory}.run(positive_, negative_,
                                                                                            triplets);
        } else {
            const detail::SlotWork<M, T, A, B> work(scene, anchors, candidates, positive_, options, memory,
                                                    detail::limits_margin(negative_));
            detail::SlotMiner<M, T, A, B, Negative, Filters...>(negative_, filters_, work).run(triplets);
        }
    }

    Positive positive_;
    Negative negative_;
    std::tuple<Filters...> filters_;
};

// For miners that lack an argument: the class says which.
template <class M, class Strategy>
TripletMiner(M, Strategy) -> TripletMiner<M, Strategy, detail::NoStrategy>;

}  // namespace mohs::inline MOHS_ABI
