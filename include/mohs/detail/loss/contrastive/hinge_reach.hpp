#pragma once

/// \file
/// Ruling stripes out: where no negative can have a loss, by kernel scores alone.

#include <mohs/detail/scene/kernel_score.hpp>
#include <mohs/detail/strip/strip.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Rows packed twice: in double for values, and in the scalar that a scan takes to rule stripes out, at twice the speed if
/// that is float.
template <class M, class T>
struct ContrastiveScenes {
    Scene<double> exact;
    Scene<T> coarse;

    template <class A, class B>
    ContrastiveScenes(const Batch<A>& queries, const Batch<B>& gallery, bool self, const Options& options,
                      Workspace& workspace)
        : exact(build_scene<M, double>(queries, gallery, self, PackOrder::by_class, options, workspace))
    {
        if constexpr (std::is_same_v<T, double>) {
            coarse = exact;
        } else {
            coarse = build_scene<M, T>(queries, gallery, self, PackOrder::by_class, options, workspace);
        }
    }
};

/// What scores say of a stripe: no negative can have a loss, or more pairs than rows can, or no more, which are listed.
enum class Reach : std::uint8_t { none, many, few };

/// A pair that may have a loss, by positions.
struct ReachedPair {
    std::int32_t row, column;
};

/// What scores say of the stripes of a panel of rows.
struct ReachedStripes {
    Reach* reach;
    ReachedPair* pairs;  ///< of stripes with few, in their order: at most a panel's rows for each stripe
    Index pair_count = 0;
};

/// The scores of one side of a scene against the scores that its negatives have at their margin.
template <class M, class T>
class HingeReach {
public:
    HingeReach(const Scene<T>& scene, bool anchors, double negative_margin)
        : scene_(scene),
          rows_(anchors ? scene.anchors : scene.candidates),
          columns_(anchors ? scene.candidates : scene.anchors),
          margin_(negative_margin)
    {
    }

    /// The scores below which the negatives of a panel of rows have no loss for certain.
    void find_thresholds(Index panel, T* thresholds) const
    {
        for (Index r = 0; r < scene_.width; ++r) {
            const Index row = panel * scene_.width + r;
            thresholds[r] = row < rows_.rows() ? threshold_of(row) : highest<T>;
        }
    }

    /// Whether one of the scores of a stripe, given as products, reaches the threshold of its row.
    template <class Isa>
    MOHS_ALWAYS_INLINE bool is_reached(const T* products, Index base, Index columns, const T* thresholds) const
    {
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
        Mask<Isa, T> found{};
        for (Index c = 0; c < columns; ++c) {
            for (int v = 0; v < width; v += step) {
                Vec<Isa, T> score, bound;
                load<Isa, T>(score, products + c * width + v);
                if constexpr (has_bias<M>) {
                    score += columns_.bias[base + c];
                }
                load<Isa, T>(bound, thresholds + v);
                add_at_least<Isa, T>(found, score, bound);
            }
        }
        return combine_lanes<Isa, T>(found) != 0;
    }

    /// Tests the stripes of a panel of rows; where most are reached by many, it gives up.
    void test_stripes(Index panel, T* products, const T* thresholds, ReachedStripes& result) const
    {
        const Index size = scene_.width * scene_.depth, count = stripe_count();
        result.pair_count = 0;
        Index stripe = 0;
        for (Index crowded = 0; stripe < count && 2 * crowded <= stripe + 8; ++stripe) {
            const Index base = stripe * stripe_columns, columns = (std::min)(stripe_columns, columns_.rows() - base);
            Reach reach = Reach::none;
            isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                using Isa = decltype(isa);
                for (Index column = base; column < base + columns; column += scene_.width) {
                    isa::enter(Isa{},
                               DotPanels<T>{columns_.panels + column / scene_.width * size, rows_.panels + panel * size,
                                            scene_.depth, products + (column - base) * scene_.width});
                }
                if (is_reached<Isa>(products, base, columns, thresholds)) {
                    reach =
                        list_pairs<Isa>(panel, base, columns, products, thresholds, result) ? Reach::few : Reach::many;
                }
            });
            result.reach[stripe] = reach;
            crowded += reach == Reach::many;
        }
        std::fill(result.reach + stripe, result.reach + count, Reach::many);
    }

    [[nodiscard]] Index stripe_count() const { return (columns_.rows() + stripe_columns - 1) / stripe_columns; }

private:
    /// Lists the pairs of a stripe that reach their thresholds, unless there are more of them than rows.
    template <class Isa>
    MOHS_ALWAYS_INLINE bool list_pairs(Index panel, Index base, Index columns, const T* products, const T* thresholds,
                                       ReachedStripes& result) const
    {
        Index count = result.pair_count;
        const Index most = count + scene_.width;
        for (Index c = 0; c < columns; ++c) {
            if (!is_reached<Isa>(products + c * scene_.width, base + c, 1, thresholds)) {
                continue;
            }
            const T bias = has_bias<M> ? columns_.bias[base + c] : T{0};
            for (Index r = 0; r < scene_.width; ++r) {
                if (products[c * scene_.width + r] + bias >= thresholds[r]) {
                    if (count == most) {
                        return false;
                    }
                    result.pairs[count++] = {static_cast<std::int32_t>(panel * scene_.width + r),
                                             static_cast<std::int32_t>(base + c)};
                }
            }
        }
        result.pair_count = count;
        return true;
    }

    [[nodiscard]] T threshold_of(Index position) const
    {
        const double score = score_of_value<M>(rows_, position, columns_, margin_);
        const double slack =
            score_error<M>(scene_) + std::abs(score) * 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
        return clamp_score<T>(score - slack);
    }

    const Scene<T>& scene_;
    const PackedSide<T>&rows_, &columns_;
    double margin_;
};

}  // namespace mohs::inline MOHS_ABI::detail
