#pragma once

/// \file
/// Ruling slots out: where no negative can have a loss, by kernel scores alone.

#include <mohs/detail/score.hpp>
#include <mohs/detail/strip.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Rows packed twice: in double for values, and in the scalar that a scan takes to rule slots out, at twice the speed if
/// that is float.
template <class M, class T>
struct ContrastiveScenes {
    Scene<double> exact;
    Scene<T> screen;

    template <class A, class B>
    ContrastiveScenes(const Batch<A>& queries, const Batch<B>& gallery, bool self, const Options& options,
                      Workspace& workspace)
        : exact(build_scene<M, double>(queries, gallery, self, PackOrder::by_class, options, workspace))
    {
        if constexpr (std::is_same_v<T, double>) {
            screen = exact;
        } else {
            screen = build_scene<M, T>(queries, gallery, self, PackOrder::by_class, options, workspace);
        }
    }
};

/// The scores of one side of a scene against the scores that its negatives have at their margin.
template <class M, class T>
class HingeScreen {
public:
    HingeScreen(const Scene<T>& scene, bool anchors, double negative_margin)
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

    /// Whether one of the scores of a slot, given as products, reaches the threshold of its row.
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

    /// Says of every slot of a panel of rows whether it is reached, or may be: where most are, it gives up.
    void test_slots(Index panel, T* products, const T* thresholds, std::uint8_t* reached) const
    {
        const Index size = scene_.width * scene_.depth, count = slots();
        Index slot = 0;
        for (Index found = 0; slot < count && 2 * found <= slot + 8; ++slot) {
            const Index base = slot * strip_columns, columns = std::min(strip_columns, columns_.rows() - base);
            isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                using Isa = decltype(isa);
                for (Index column = base; column < base + columns; column += scene_.width) {
                    isa::enter(Isa{},
                               DotPanels<T>{columns_.panels + column / scene_.width * size, rows_.panels + panel * size,
                                            scene_.depth, products + (column - base) * scene_.width});
                }
                reached[slot] = is_reached<Isa>(products, base, columns, thresholds);
            });
            found += reached[slot];
        }
        std::fill(reached + slot, reached + count, std::uint8_t{1});
    }

    [[nodiscard]] Index slots() const { return (columns_.rows() + strip_columns - 1) / strip_columns; }

private:
    [[nodiscard]] T threshold_of(Index position) const
    {
        const double score = score_of_value<M>(rows_, position, columns_, margin_);
        const double slack =
            score_error<M>(scene_) + std::abs(score) * 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
        // Scores are of the order of 1.
        return clamp_score<T>(score - slack);
    }

    const Scene<T>& scene_;
    const PackedSide<T>&rows_, &columns_;
    double margin_;
};

}  // namespace mohs::inline MOHS_ABI::detail
