#pragma once

/// \file
/// NearestNeighbours: the k closest candidates of every anchor.

#include <mohs/detail/kernel/ranked.hpp>
#include <mohs/detail/scene/kernel_score.hpp>
#include <mohs/detail/scene/measure_rows.hpp>
#include <mohs/detail/scene/start_report.hpp>
#include <mohs/result/result.hpp>
#include <mohs/scan.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI {

namespace detail {

/// Keeps the k largest scores per anchor. A few are kept in order. More are collected in a buffer of twice that size;
/// when it is full, what is worse than the k-th is dropped and the threshold rises.
template <class T, Among among_>
struct TopK {
    static constexpr Among among = among_;
    static constexpr bool smallest_first = false;
    using Entry = Ranked<T>;

    Index k;
    IsaLevel level;
    Index capacity = 0;
    std::span<Entry> entries{};        ///< `capacity` per anchor
    std::span<std::int32_t> counts{};  ///< per anchor, unless in order

    void start(Index anchors, Workspace& workspace)
    {
        constexpr Index granule = InsertRanked<T>::granule;
        if (in_order()) {
            // So that there is always a k-th, at the threshold of an anchor that takes any.
            capacity = (k + granule - 1) / granule * granule;
            entries = workspace.take<Entry>(anchors * capacity, Entry(Selection<T, TopK>::open, -1));
        } else {
            capacity = 2 * k;
            entries = workspace.take<Entry>(anchors * capacity);
            counts = workspace.take<std::int32_t>(anchors, 0);
        }
    }

    [[nodiscard]] Index keeps() const { return k; }

    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        const Entry entry(score, static_cast<std::int32_t>(candidate.row));
        return accept(anchor, std::span(&entry, 1), threshold);
    }

    MOHS_ALWAYS_INLINE T accept(Anchor anchor, std::span<const Entry> offered, T threshold)
    {
        Entry* const first = entries.data() + anchor.row * capacity;
        if (in_order()) {
            isa::run(level, InsertRanked<T>{first, k, offered});
            return first[k - 1].score();
        }
        return collect(first, counts[static_cast<std::size_t>(anchor.row)], offered, threshold);
    }

    /// The candidates kept for an anchor, best first.
    std::span<const Entry> sorted(Index anchor)
    {
        Entry* const first = entries.data() + anchor * capacity;
        if (in_order()) {
            const auto none = [](const Entry& entry) { return entry.row() < 0; };
            return {first, std::find_if(first, first + k, none)};
        }
        const Index count = counts[static_cast<std::size_t>(anchor)];
        std::sort(first, first + count, better);
        return {first, static_cast<std::size_t>((std::min)(count, k))};
    }

private:
    [[nodiscard]] bool in_order() const { return k <= InsertRanked<T>::longest(level); }

    /// No function, which the algorithms would call through a pointer.
    static constexpr auto better = [](const Entry& a, const Entry& b) { return b < a; };

    T collect(Entry* first, std::int32_t& count, std::span<const Entry> offered, T threshold) const
    {
        for (const Entry& entry : offered) {
            first[count++] = entry;
            if (count == capacity) {
                std::nth_element(first, first + (k - 1), first + count, better);
                count = static_cast<std::int32_t>(k);
                threshold = first[k - 1].score();
            }
        }
        return threshold;
    }
};

}  // namespace detail

/// Options of NearestNeighbours. `among` limits the candidates to positives or negatives: the k hardest negatives are
/// `{.k = 10, .among = Among::negatives}`.
struct NearestNeighboursOptions {
    Index k = 10;
    Among among = Among::everyone;
};

/// Finds the k nearest candidates of every anchor: the smallest distances or the largest similarities, best first,
/// equal scores by ascending row. Never the anchor itself, nor another row of its sample id.
///
///     const mohs::Neighbours neighbours = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 10}}(queries, gallery);
///
/// Anchors with fewer than k candidates keep what there is; `report.valid` counts the anchors with any. Those without
/// are counted under `no_positive` in a search among positives and under `no_negative` in any other: among everyone
/// that means that there is no other sample at all. Rows that are not finite have no neighbours and are none.
/// Positives without labels do not exist.
///
/// Similarities are as the kernel computed them, in the scalar of the batch; distances are recomputed in double from
/// differences, and may therefore differ in order within rounding.
///
/// Throws std::invalid_argument for k < 1, and if queries and gallery differ in their columns or in having labels or
/// ids, or share rows in memory without ids or a relation. Time: as one scan; memory: one packed copy of the rows, at
/// most 16 k bytes per anchor for float, and the result.
template <Metric M>
class NearestNeighbours {
public:
    NearestNeighbours(M, const NearestNeighboursOptions& options = {}) : options_(options)
    {
        if (options.k < 1) {
            detail::throw_bad_value("NearestNeighbours: k", static_cast<double>(options.k), "at least 1");
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
        switch (options_.among) {
            case Among::everyone:
                return find_among<Among::everyone>(anchors, candidates, self, workspace, result, options);
            case Among::positives:
                return find_among<Among::positives>(anchors, candidates, self, workspace, result, options);
            case Among::negatives:
                return find_among<Among::negatives>(anchors, candidates, self, workspace, result, options);
        }
    }

    template <Among among, class A, class B>
    void find_among(const Batch<A>& anchors, const Batch<B>& candidates, bool self, Workspace& workspace,
                    Neighbours<M>& result, const Options& options) const
    {
        const Workspace::Frame frame(workspace);
        const auto scene = detail::open_scene<M>({.verb = "NearestNeighbours", .self = self, .needs_relation = false},
                                                 anchors, candidates, options, workspace);
        const Index k = (std::min)(options_.k, std::max<Index>(candidates.rows(), 1));
        detail::TopK<typename Batch<A>::Compute, among> selector{k, scene.isa};
        detail::select<M>(scene, options, workspace, selector);
        result.reset(anchors.rows(), options_.k);
        Report& report = result.report;
        detail::start_report(scene, anchors.rows(), report);
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            if (!scene.anchors.has_role(position, Role::anchor)) {
                continue;
            }
            const Index row = scene.anchors.row_of(position);
            for (const auto& entry : selector.sorted(row)) {
                const double value = detail::value_of_pair<M>(scene, std::optional(entry.score()), anchors, row,
                                                              candidates, entry.row());
                result.add(row, entry.row(), value);
                report.overflows += !detail::is_finite(value);
                ++report.tuples;
            }
            (result.count(row) > 0       ? report.valid
             : among == Among::positives ? report.no_positive
                                         : report.no_negative) += 1;
        }
    }

    NearestNeighboursOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
