#pragma once

/// \file
/// NearestNeighbours: the k closest candidates of every anchor.

#include <mohs/detail/mining/filtered_neighbours.hpp>
#include <mohs/detail/scan/top_k.hpp>
#include <mohs/detail/scene/kernel_score.hpp>
#include <mohs/detail/scene/measure_rows.hpp>
#include <mohs/detail/scene/start_report.hpp>
#include <mohs/result/result.hpp>
#include <mohs/scan.hpp>

#include <algorithm>
#include <utility>

namespace mohs::inline MOHS_ABI {

/// Options of NearestNeighbours. `among` limits the candidates to positives or negatives: the k hardest negatives are
/// `{.k = 10, .among = Among::negatives}`. `first_rank` leaves out as many of the nearest, and returns the k that
/// follow. Ranks count what passes the filters: surviving ranks. Those before any filter are raw ranks
/// (`RawRankWindow`).
struct NearestNeighboursOptions {
    Index k = 10;
    Among among = Among::everyone;
    Index first_rank = 0;
};

/// Finds the k nearest candidates of every anchor: the smallest distances or the largest similarities, best first,
/// equal scores by ascending row. Never the anchor itself, nor another row of its sample id.
///
///     const mohs::Neighbours neighbours = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 10}}(queries, gallery);
///
/// Anchors with fewer than k candidates keep what there is; `report.valid` counts the anchors with any. Those without
/// are counted under `no_positive` in a search among positives and under `no_negative` in any other: among everyone
/// that means that there is no other sample at all. Those with some, but no more than `first_rank`, are counted under
/// `none_in_place`. Rows that are not finite have no neighbours and are none.
/// Positives without labels do not exist.
///
/// Filters of pairs (filter.hpp) stand behind the options, in a search among negatives: the k nearest are those that
/// pass,
///
///     mohs::NearestNeighbours{mohs::Cosine{}, {.k = 10, .among = mohs::Among::negatives},
///                             mohs::ScoreBand{.high = 0.95}, mohs::ExcludeIf{same_source}}(queries, gallery);
///
/// `report.rejected` counts, for every filter, the negatives that it was the first to reject and that rank ahead of the
/// last neighbour of their anchor; all that were rejected, where an anchor has fewer than k. Anchors without a
/// neighbour for whom any was rejected are counted under `all_filtered`.
///
/// Similarities are as the kernel computed them, in the scalar of the batch; distances are recomputed in double from
/// differences, and may therefore differ in order within rounding.
///
/// Throws std::invalid_argument for k < 1, `first_rank` < 0, for filters in a search among others than negatives, for
/// senseless options of filters, what these throw for batches that do not suit them, and std::invalid_argument if
/// queries and gallery differ in their columns or in having labels or ids, or share rows in memory without ids or a
/// relation. Time: as one scan; memory: one packed copy of the rows, at most 16 (k + first_rank) bytes per anchor for
/// float, and the result. With filters about 250 bytes per anchor more, O(k) per candidate that is kept on the way, and
/// at most a second scan, of the panels of anchors for whom more than 16 were rejected.
template <Metric M, class... Filters>
class NearestNeighbours {
    static_assert(
        (Filter<Filters> && ...),
        "mohs::NearestNeighbours: what follows the options has to be filters: put a lambda into mohs::ExcludeIf");
    static_assert(
        ((!Filter<Filters> || PairFilter<Filters>)&&...),
        "mohs::NearestNeighbours: this filter needs the positive of a triplet, and a pair has none (filter.hpp)");
    static_assert(detail::countable<Filters...>, "mohs::NearestNeighbours: too many filters");

public:
    NearestNeighbours(M, const NearestNeighboursOptions& options = {}, Filters... filters)
        : options_(options), filters_(std::move(filters)...)
    {
        detail::validate_filters(filters_);
        if (sizeof...(Filters) > 0 && options.among != Among::negatives) {
            detail::throw_rule("NearestNeighbours", options.among == Among::everyone
                                                        ? "filters reject negatives, but among is Among::everyone"
                                                        : "filters reject negatives, but among is Among::positives");
        }
        if (options.k < 1) {
            detail::throw_bad_value("NearestNeighbours: k", static_cast<double>(options.k), "at least 1");
        }
        if (options.first_rank < 0) {
            detail::throw_bad_value("NearestNeighbours: first_rank", static_cast<double>(options.first_rank),
                                    "at least 0");
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // search in a mohs::Batch{rows}

    /// Neighbours within a batch.
    template <class Scalar>
    [[nodiscard]] Neighbours<M> operator()(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        Neighbours<M> result;
        Workspace workspace;
        find(batch, batch, true, workspace, result, options);
        return result;
    }

    template <class Scalar>
    void operator()(const Batch<Scalar>& batch, Workspace& workspace, Neighbours<M>& result,
                    const Options& options = {}) const
    {
        find(batch, batch, true, workspace, result, options);
    }

    /// Neighbours of the queries in the gallery.
    template <class A, class B>
    [[nodiscard]] Neighbours<M> operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                           const Options& options = {}) const
    {
        Neighbours<M> result;
        Workspace workspace;
        find(queries, gallery, false, workspace, result, options);
        return result;
    }

    template <class A, class B>
    void operator()(const Batch<A>& queries, const Batch<B>& gallery, Workspace& workspace, Neighbours<M>& result,
                    const Options& options = {}) const
    {
        find(queries, gallery, false, workspace, result, options);
    }

private:
    template <class A, class B>
    void find(const Batch<A>& anchors, const Batch<B>& candidates, bool self, Workspace& workspace,
              Neighbours<M>& result, const Options& options) const
    {
        detail::check_filters(filters_, anchors.rows(), candidates.rows());
        const Workspace::Frame frame(workspace);
        const auto scene = detail::open_scene<M>({.verb = "NearestNeighbours", .self = self, .needs_relation = false},
                                                 anchors, candidates, options, workspace);
        if constexpr (sizeof...(Filters) > 0) {
            using T = typename Batch<A>::Compute;
            const detail::FilteredNeighbours<M, T, A, B, Filters...> found(filters_, k_of(candidates), scene, anchors,
                                                                           candidates, options, workspace);
            report(scene, anchors, candidates, &Report::no_negative, result, [&](Index row, const auto& add) {
                for (const auto& entry : found.sorted(Anchor{row})) {
                    add(entry.score, entry.row);
                }
                return found.report_rejections(Anchor{row}, result.report);
            });
            detail::name_filters(filters_, result.report);
        } else {
            switch (options_.among) {
                case Among::everyone:
                    return find_among<Among::everyone>(scene, anchors, candidates, workspace, result, options);
                case Among::positives:
                    return find_among<Among::positives>(scene, anchors, candidates, workspace, result, options);
                case Among::negatives:
                    return find_among<Among::negatives>(scene, anchors, candidates, workspace, result, options);
            }
        }
    }

    template <Among among, class T, class A, class B>
    void find_among(const detail::Scene<T>& scene, const Batch<A>& anchors, const Batch<B>& candidates,
                    Workspace& workspace, Neighbours<M>& result, const Options& options) const
    {
        detail::TopK<T, among> selector{k_of(candidates), scene.isa};
        detail::select<M>(scene, options, workspace, selector);
        report(scene, anchors, candidates, among == Among::positives ? &Report::no_positive : &Report::no_negative,
               result, [&](Index row, const auto& add) {
                   for (const auto& entry : selector.sorted(row)) {
                       add(entry.score(), entry.row());
                   }
                   return false;
               });
    }

    /// How many are sought, no more than there are.
    template <class B>
    [[nodiscard]] Index k_of(const Batch<B>& candidates) const
    {
        const Index most = std::max<Index>(candidates.rows(), 1);
        return (std::min)((std::min)(options_.k, most) + (std::min)(options_.first_rank, most), most);
    }

    /// `show(row, add)` calls `add(score, candidate)` for the neighbours of an anchor, best first, and returns whether
    /// filters rejected any. Anchors without neighbours are counted under `none`.
    template <class T, class A, class B, class Show>
    void report(const detail::Scene<T>& scene, const Batch<A>& anchors, const Batch<B>& candidates, Index Report::*none,
                Neighbours<M>& result, const Show& show) const
    {
        result.reset(anchors.rows(), options_.k);
        Report& report = result.report;
        detail::start_report(scene, anchors.rows(), report);
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            if (!scene.anchors.has_role(position, Role::anchor)) {
                continue;
            }
            const Index row = scene.anchors.row_of(position);
            Index rank = 0;
            const bool filtered = show(row, [&](T score, Index candidate) {
                if (rank++ < options_.first_rank) {
                    return;
                }
                const double value =
                    detail::value_of_pair<M>(scene, std::optional(score), anchors, row, candidates, candidate);
                result.add(row, candidate, value);
                report.overflows += !detail::is_finite(value);
                ++report.tuples;
            });
            report.*(result.count(row) > 0 ? &Report::valid
                     : rank > 0            ? &Report::none_in_place
                     : filtered            ? &Report::all_filtered
                                           : none) += 1;
        }
    }

    NearestNeighboursOptions options_;
    std::tuple<Filters...> filters_;
};

}  // namespace mohs::inline MOHS_ABI
