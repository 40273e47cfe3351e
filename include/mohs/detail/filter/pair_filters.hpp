#pragma once

/// \file
/// Filters of all pairs: what they reject in a strip is neither positive nor negative.

#include <mohs/detail/filter/first_rejection.hpp>
#include <mohs/detail/kernel/tile_survivors.hpp>
#include <mohs/detail/strip/strip.hpp>
#include <mohs/workspace.hpp>

#include <array>
#include <bit>

namespace mohs::inline MOHS_ABI::detail {

/// Finds the scores of a stripe outside of the bounds of their anchors: bit r of `outside[c]` for row r and column c.
/// The anchors are the rows, or else the columns; biases are those of the others, null for metrics without.
template <class T, bool RowsAreAnchors>
struct FindOutside {
    const T* strip;
    Index columns;
    const T *low, *high;  ///< per anchor
    const T* bias;        ///< per candidate
    std::uint64_t* outside;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
        for (Index c = 0; c < columns; ++c) {
            Mask<Isa, T> found[Isa::vectors] = {};
            for (int v = 0; v < Isa::vectors; ++v) {
                Vec<Isa, T> score, least, most;
                load<Isa, T>(score, strip + c * width + v * step);
                if constexpr (RowsAreAnchors) {
                    load<Isa, T>(least, low + v * step);
                    load<Isa, T>(most, high + v * step);
                } else {
                    splat<Isa, T>(least, low[c]);
                    splat<Isa, T>(most, high[c]);
                }
                if (bias != nullptr) {
                    Vec<Isa, T> added;
                    if constexpr (RowsAreAnchors) {
                        splat<Isa, T>(added, bias[c]);
                    } else {
                        load<Isa, T>(added, bias + v * step);
                    }
                    score += added;
                }
                add_above<Isa, T>(found[v], least, score);
                add_above<Isa, T>(found[v], score, most);
            }
            outside[c] = lanes_set<Isa, T>(found);
        }
    }
};

/// Stands for no filters.
struct NoPairFilters {
    static constexpr bool present = false;
};

/// How a stripe is filtered.
struct FilterPass {
    /// In a self-scan, also for the columns as anchors whose candidates are the rows, which are pairs of their own.
    bool both_ends = false;
    bool counts = false;  ///< what the rows lose is added to their rejections
};

/// Filters of the pairs of a scene, asked stripe by stripe. A pair of two batches is asked about once, as an anchor and
/// a candidate of the scene, and what is said holds from either end; those of a batch are asked about for either row as
/// the anchor. Scores decide where they can, by the bounds of the anchor; a filter is asked about the others. Usable by
/// several threads, each with rows of its own.
///
/// Memory: per anchor, two scores, and the bounds and a count for every filter.
template <class M, class T, class A, class B, class... Filters>
class PairFilters {
public:
    static constexpr bool present = true;
    static constexpr std::size_t filter_count = sizeof...(Filters);

    /// `candidates_count`: what candidates lose as anchors is counted too, where the scene has two batches.
    PairFilters(const std::tuple<Filters...>& filters, const Scene<T>& scene, const Batch<A>& anchors,
                const Batch<B>& candidates, bool candidates_count, Workspace& workspace)
        : filters_(filters),
          scene_(scene),
          anchors_(anchors),
          candidates_(candidates),
          rejections_{take_rejections(scene.anchors, true, workspace),
                      take_rejections(scene.candidates, candidates_count && !scene.self, workspace)}
    {
        if constexpr (has_bounds) {
            find_all_bounds(workspace);
        }
    }

    /// Makes negatives that filters reject neither, in the kinds of the stripe at column `base`, given its products.
    /// `plain`: all are negatives, and the kinds are not there yet. Returns whether that is so still; if not, they are.
    /// In a self-scan with `both_ends` the rows must tell their kinds from either end by themselves.
    bool apply(const StripRows<T>& rows, Index base, Index size, const T* products, bool plain, FilterPass pass,
               Related* kinds) const
    {
        Related* const back = rows.from_columns(kinds);
        const Part part{rows, base, size, products, kinds, back};
        if (scene_.self) {
            plain = filter<true>(part, kinds, nullptr, pass.counts, plain);
            return pass.both_ends ? filter<false>(part, back, nullptr, false, plain) : plain;
        }
        return rows.rows_are_anchors() ? filter<true>(part, kinds, back, pass.counts, plain)
                                       : filter<false>(part, kinds, back, pass.counts, plain);
    }

    /// The first filter that rejects a pair of the scene, given its value as it was computed from scores or from its
    /// rows; -1 if none does. For sweeps whose strips hold values.
    [[nodiscard]] int rejected_by(Index anchor, Index candidate, T value) const
    {
        const double score = score_of_value<M>(scene_.anchors, anchor, scene_.candidates, static_cast<double>(value));
        return ask(anchor, candidate, clamp_score<T>(score));
    }

    /// By position and filter, what the anchors lost, or as anchors the candidates; empty where that is not counted.
    [[nodiscard]] std::span<std::int32_t> rejections(bool of_anchors) const { return rejections_[of_anchors ? 0 : 1]; }
    void count(bool of_anchors, Index position, int filter) const
    {
        ++rejections(of_anchors)[static_cast<std::size_t>(position) * filter_count + static_cast<std::size_t>(filter)];
    }
    /// What one row lost is added to a report. Returns whether it lost anything.
    bool report_row(bool of_anchors, Index position, Report& report) const
    {
        bool any = false;
        for (std::size_t filter = 0; filter < filter_count; ++filter) {
            const Index lost = rejections(of_anchors)[static_cast<std::size_t>(position) * filter_count + filter];
            report.rejected[filter] += lost;
            any |= lost > 0;
        }
        return any;
    }

private:
    /// Whether scores tell anything.
    static constexpr bool has_bounds = (has_limits<M, Filters> || ...);

    struct Part {
        const StripRows<T>& rows;
        Index base, size;
        const T* products;
        Related *kinds, *back;
    };

    static std::span<std::int32_t> take_rejections(const PackedSide<T>& side, bool wanted, Workspace& workspace)
    {
        return workspace.take<std::int32_t>(wanted ? side.rows() * static_cast<Index>(filter_count) : 0, 0);
    }

    void find_all_bounds(Workspace& workspace)
    {
        const Index rows = scene_.anchors.rows(),
                    padded = (rows + stripe_columns - 1) / stripe_columns * stripe_columns;
        bounds_ = workspace.take<FilterBounds<T>>(rows * static_cast<Index>(filter_count), FilterBounds<T>{});
        low_ = workspace.take<T>(padded, lowest<T>);
        high_ = workspace.take<T>(padded, highest<T>);
        for (Index position = 0; position < rows; ++position) {
            const auto at = static_cast<std::size_t>(position);
            const std::span<FilterBounds<T>> bounds = bounds_.subspan(at * filter_count, filter_count);
            find_bounds<M>(filters_, scene_, position, KnownPositive{0, 0, nullptr}, bounds);
            for (const FilterBounds<T>& each : bounds) {
                low_[at] = (std::max)(low_[at], each.keeps ? each.keep_above : highest<T>);
                high_[at] = (std::min)(high_[at], each.keep_below);
            }
        }
    }

    /// One question of every pair that is a negative, to its anchor in `first` or in `second`, unless that is null.
    template <bool RowsAreAnchors>
    bool filter(const Part& part, Related* first, Related* second, bool counts, bool plain) const
    {
        const StripRows<T>& rows = part.rows;
        std::array<std::uint64_t, stripe_columns> doubtful;
        const bool any = find_doubtful<RowsAreAnchors>(part, doubtful);
        if (!any) {
            return plain;
        }
        for (Index c = 0; c < part.size; ++c) {
            for (std::uint64_t left = doubtful[static_cast<std::size_t>(c)]; left != 0; left &= left - 1) {
                const Index r = std::countr_zero(left), at = c * scene_.width + r;
                const bool in_first = plain || first[at] == Related::negative,
                           in_second = second != nullptr && (plain || second[at] == Related::negative);
                if (!in_first && !in_second) {
                    continue;
                }
                const Index row = rows.base() + r, column = part.base + c, anchor = RowsAreAnchors ? row : column,
                            candidate = RowsAreAnchors ? column : row;
                const T product = part.products[at],
                        score = has_bias<M> ? product + scene_.candidates.bias[candidate] : product;
                const int rejected = ask(anchor, candidate, score);
                if (rejected < 0) {
                    continue;
                }
                if (plain) {
                    std::fill_n(part.kinds, part.size * scene_.width, Related::negative);
                    std::fill_n(part.back, part.size * scene_.width, Related::negative);
                    plain = false;
                }
                if (in_first) {
                    first[at] = Related::neither;
                    if (counts) {
                        count(rows.rows_are_anchors(), row, rejected);
                    }
                }
                if (in_second) {
                    second[at] = Related::neither;
                }
            }
        }
        return plain;
    }

    /// The lanes of every column that scores do not speak for.
    template <bool RowsAreAnchors>
    bool find_doubtful(const Part& part, std::array<std::uint64_t, stripe_columns>& doubtful) const
    {
        const std::uint64_t all = lanes_between(0, part.rows.count(), 0, scene_.width);
        if constexpr (has_bounds) {
            const Index anchor = RowsAreAnchors ? part.rows.base() : part.base,
                        candidate = RowsAreAnchors ? part.base : part.rows.base();
            isa::run(scene_.isa, FindOutside<T, RowsAreAnchors>{
                                     part.products, part.size, low_.data() + anchor, high_.data() + anchor,
                                     has_bias<M> ? scene_.candidates.bias + candidate : nullptr, doubtful.data()});
        } else {
            doubtful.fill(all);
        }
        std::uint64_t any = 0;
        for (Index c = 0; c < part.size; ++c) {
            any |= doubtful[static_cast<std::size_t>(c)] &= all;
        }
        return any != 0;
    }

    [[nodiscard]] int ask(Index anchor, Index candidate, T score) const
    {
        const FilterQuery<M, A, B> query(anchors_, candidates_, Anchor{scene_.anchors.row_of(anchor)},
                                         Candidate{scene_.candidates.row_of(candidate)});
        const std::span<const FilterBounds<T>> bounds =
            has_bounds ? bounds_.subspan(static_cast<std::size_t>(anchor) * filter_count, filter_count) : bounds_;
        return first_rejection(filters_, query, bounds,
                               [&](const FilterBounds<T>& each) { return each.verdict_of(score); })
            .filter;
    }

    const std::tuple<Filters...>& filters_;
    const Scene<T>& scene_;
    const Batch<A>& anchors_;
    const Batch<B>& candidates_;
    std::span<std::int32_t> rejections_[2];
    std::span<FilterBounds<T>> bounds_;  ///< per anchor and filter, by position
    std::span<T> low_, high_;            ///< per anchor: scores between are kept by all filters
};

/// The filters of a verb over the pairs of a scene, or what stands for none.
template <class M, class T, class A, class B, class... Filters>
auto pair_filters(const std::tuple<Filters...>& filters, const Scene<T>& scene, const Batch<A>& anchors,
                  const Batch<B>& candidates, bool candidates_count, Workspace& workspace)
{
    if constexpr (sizeof...(Filters) == 0) {
        return NoPairFilters{};
    } else {
        return PairFilters<M, T, A, B, Filters...>(filters, scene, anchors, candidates, candidates_count, workspace);
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
