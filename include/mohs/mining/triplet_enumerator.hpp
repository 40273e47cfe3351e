#pragma once

/// \file
/// TripletEnumerator: all triplets of a kind, their number, or a uniform sample of them.

#include <mohs/detail/mining/kind_rule.hpp>
#include <mohs/detail/slots/collect_selector.hpp>
#include <mohs/detail/slots/triplet_emitter.hpp>

#include <unordered_set>

namespace mohs::inline MOHS_ABI {

/// Options of TripletEnumerator. Margin in the metric's own unit (0.2: TripletMarginMiner of
/// pytorch-metric-learning). With a limit of 0 every triplet is returned, else at most that many, drawn uniformly
/// without replacement.
struct TripletEnumeratorOptions {
    TripletKind kind = TripletKind::every;
    double margin = 0.2;
    Index limit = 0;
    std::uint64_t seed = 0;
};

/// Enumerates triplets (a, p, n) of a batch, or of queries against a gallery, by kind. With the gap d(a, n) - d(a, p)
/// of distances, or s(a, p) - s(a, n) of similarities:
///
///     every: all      hard: gap <= 0      semi_hard: 0 < gap <= margin      easy: gap > margin
///
/// The sign of the gap is decided on kernel scores, so a negative that ties with the positive is hard; the margin on
/// exact values. (`TripletMarginMiner` of pytorch-metric-learning calls `all` what is hard or semi-hard here.)
///
/// `count` tells the number before any memory is taken for triplets: there may be N^3 / C of them. A limited sample
/// is drawn without enumerating: numbers per pair of anchor and positive first, then as many negatives. Triplets
/// ascend by anchor, positive's position in its class, and negative. The same step repeats its draws.
///
/// Throws std::invalid_argument for a margin that is not finite or negative, a negative limit, batches without labels
/// or that cannot be compared. Time: three scans for all, O(D) per triplet that is near the margin; memory: one
/// packed copy of the rows, 24 bytes per pair of anchor and positive, or 40 for a sample, and the result.
template <Metric M>
class TripletEnumerator {
public:
    TripletEnumerator(M, const TripletEnumeratorOptions& options = {}) : options_(options)
    {
        if (!detail::is_finite(options.margin) || options.margin < 0) {
            detail::throw_bad_value("TripletEnumerator: margin", options.margin, "finite and at least 0");
        }
        if (options.limit < 0) {
            detail::throw_bad_value("TripletEnumerator: limit", static_cast<double>(options.limit), "at least 0");
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // enumerate a Batch{rows, labels}

    /// How many triplets of the kind a batch has, whatever the limit.
    template <class Scalar>
    [[nodiscard]] std::int64_t count(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        return run(batch, batch, true, nullptr, options);
    }
    template <class A, class B>
    [[nodiscard]] std::int64_t count(const Batch<A>& queries, const Batch<B>& gallery,
                                     const Options& options = {}) const
    {
        return run(queries, gallery, false, nullptr, options);
    }

    /// The triplets of a batch.
    template <class Scalar>
    [[nodiscard]] Triplets<M> operator()(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        Triplets<M> triplets;
        run(batch, batch, true, &triplets, options);
        return triplets;
    }
    /// The triplets of queries with a gallery.
    template <class A, class B>
    [[nodiscard]] Triplets<M> operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                         const Options& options = {}) const
    {
        Triplets<M> triplets;
        run(queries, gallery, false, &triplets, options);
        return triplets;
    }

private:
    template <class A, class B>
    std::int64_t run(const Batch<A>& anchors, const Batch<B>& candidates, bool self, Triplets<M>* triplets,
                     const Options& options) const
    {
        using T = typename Batch<A>::Compute;
        Workspace workspace;
        const Workspace::Frame frame(workspace);
        const auto scene =
            detail::open_scene<M>({.verb = "TripletEnumerator", .self = self}, anchors, candidates, options, workspace);
        const detail::SlotWork<M, T, A, B> work(scene, anchors, candidates, detail::EveryPositive{}, options,
                                                workspace);
        const detail::KindRule<M, T, A, B> rule{work, options_.kind, options_.margin};
        detail::CollectSelector<T, detail::KindRule<M, T, A, B>> collected{rule};
        detail::select<M>(scene, options, workspace, collected);
        const std::int64_t total = std::accumulate(collected.count.begin(), collected.count.end(), std::int64_t{0});
        if (triplets != nullptr) {
            detail::TripletEmitter<M, T, A, B> emitter(work, false, &Report::none_in_place, *triplets);
            if (options_.limit > 0 && options_.limit < total) {
                triplets->reserve(options_.limit);
                sample(work, rule, collected.count, total, emitter);
            } else {
                triplets->reserve(static_cast<Index>(total));
                const std::span<const std::int64_t> first = detail::fill_rows<M>(work, collected);
                emitter.run([&](Anchor, std::size_t slot, auto& to) {
                    for (std::int64_t at = first[slot]; at < first[slot + 1]; ++at) {
                        to.take(collected.row[static_cast<std::size_t>(at)], std::nullopt, {});
                    }
                });
            }
        }
        return total;
    }

    /// Draws which of the `total` triplets are wanted, by number, then that many negatives for each slot.
    template <class T, class A, class B, class Rule, class Emitter>
    void sample(const detail::SlotWork<M, T, A, B>& work, const Rule& rule, std::span<const std::int64_t> counts,
                std::int64_t total, Emitter& emitter) const
    {
        const detail::RandomStream stream(options_.seed, work.options.step, detail::Purpose::sample);
        // Floyd's algorithm: a uniform subset, one draw per element.
        std::unordered_set<std::int64_t> numbers;
        for (std::int64_t bound = total - options_.limit; bound < total; ++bound) {
            const std::int64_t number = stream.below_long(bound + 1, bound);
            numbers.insert(numbers.contains(number) ? bound : number);
        }
        std::vector<std::int64_t> sorted(numbers.begin(), numbers.end());
        std::sort(sorted.begin(), sorted.end());
        const std::span<std::int32_t> wanted = work.workspace.template take<std::int32_t>(work.triplet_slots.size(), 0);
        const std::span<std::int64_t> first =
            work.workspace.template take<std::int64_t>(work.triplet_slots.size() + 1, std::int64_t{0});
        std::size_t next = 0;
        std::int64_t end = 0;
        for (std::size_t slot = 0; slot < wanted.size(); ++slot) {
            for (end += counts[slot]; next < sorted.size() && sorted[next] < end; ++next) {
                ++wanted[slot];
            }
            first[slot + 1] = first[slot] + wanted[slot];
        }
        using Selector = detail::SampleSelector<T, Rule>;
        Selector chosen{rule, stream, wanted, first,
                        work.workspace.template take<typename Selector::Entry>(options_.limit)};
        detail::select<M>(work.scene, work.options, work.workspace, chosen);
        emitter.run([&](Anchor, std::size_t slot, auto& to) {
            const auto kept =
                chosen.entries.subspan(static_cast<std::size_t>(first[slot]), static_cast<std::size_t>(wanted[slot]));
            std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.row < b.row; });
            for (const auto& entry : kept) {
                to.take(entry.row, std::nullopt, {});
            }
        });
    }

    TripletEnumeratorOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
