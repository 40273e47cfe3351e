#pragma once

/// \file
/// Weights of a panel of anchors against all candidates: of any relation, in any dimension.
///
/// The panel is scored into one strip, the anchors along the vectors. A first pass, while the scores are in the L1
/// cache, finds what the weights are relative to; a second one adds up the weights by stripes.

#include <mohs/detail/strip/excluded_pairs.hpp>
#include <mohs/detail/weighted/weigh_strip.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Which packed rows are zero, by position; empty without any.
struct ZeroRows {
    std::span<const std::uint8_t> anchors, candidates;

    [[nodiscard]] bool none() const { return anchors.empty() && candidates.empty(); }
    [[nodiscard]] bool anchor(Index at) const { return !anchors.empty() && anchors[static_cast<std::size_t>(at)] != 0; }
    [[nodiscard]] bool candidate(Index at) const
    {
        return !candidates.empty() && candidates[static_cast<std::size_t>(at)] != 0;
    }
};

/// What one worker works with: sums of the panel that it is at.
template <class T, class Curve>
struct WeightedStrip {
    const Scene<T>& scene;
    const Curve& curve;
    ExcludedPairs<T> excluded;
    typename Curve::Origin origin;
    T* strip;       ///< scores: [candidate * width + anchor]
    T* sums;        ///< of the weights of a stripe: [stripe * width + anchor]
    T* entropies;   ///< likewise, of w log2 w
    double* total;  ///< sums over the stripes
    double* entropy;

    /// Scores a panel of anchors and adds up their weights.
    void fill(Index panel, const ZeroRows& zeros) const
    {
        const Index width = scene.width, rows = scene.candidates.rows(), size = width * scene.depth;
        std::fill(origin.smallest, origin.smallest + width, above_all_scores(scene));
        std::fill(origin.largest, origin.largest + width, -above_all_scores(scene));
        excluded.find(panel);
        for (Index base = 0; base < rows; base += stripe_columns) {
            const Index columns = (std::min)(stripe_columns, rows - base);
            for (Index column = base; column < base + columns; column += width) {
                isa::run(scene.isa,
                         DotPanels<T>{scene.candidates.panels + column / width * size,
                                      scene.anchors.panels + panel * size, scene.depth, strip + column * width});
            }
            if (!zeros.none()) {
                place_zeros(panel, base, columns, zeros);
            }
            isa::run(scene.isa, FindOrigins<T, Curve>{curve, strip + base * width, excluded.masks(panel, base, columns),
                                                      columns, origin});
        }
        isa::run(scene.isa, FixOrigins<T, Curve>{curve, origin});
        std::fill(total, total + width, 0.0);
        std::fill(entropy, entropy + width, 0.0);
        for (Index base = 0; base < rows; base += stripe_columns) {
            const Index columns = (std::min)(stripe_columns, rows - base), stripe = base / stripe_columns * width;
            isa::run(scene.isa, AddWeights<T, Curve>{curve, strip + base * width, excluded.masks(panel, base, columns),
                                                     columns, origin, sums + stripe, entropies + stripe});
            for (Index r = 0; r < width; ++r) {
                total[r] += static_cast<double>(sums[stripe + r]);
                entropy[r] += static_cast<double>(entropies[stripe + r]);
            }
        }
    }

private:
    /// A zero row stays one when it is normalised: at distance 1 of others and 0 of its like. The scores that unit rows
    /// would have there take the place of its own.
    void place_zeros(Index panel, Index base, Index columns, const ZeroRows& zeros) const
    {
        const Index width = scene.width, first = panel * width, count = (std::min)(width, scene.anchors.rows() - first);
        for (Index c = base; c < base + columns; ++c) {
            for (Index r = 0; r < count; ++r) {
                const bool anchor = zeros.anchor(first + r), candidate = zeros.candidate(c);
                if (anchor || candidate) {
                    strip[c * width + r] = anchor && candidate ? T{1} : T{0.5};
                }
            }
        }
    }
};

/// One anchor of a strip, as WeightedRow wants it.
template <class T, class Curve>
struct StripRow {
    const WeightedStrip<T, Curve>& strip;
    Index r;
    Index count, group_columns;  ///< a group is a stripe
    T* scores;
    T* weights;

    [[nodiscard]] double sum(Index stripe) const
    {
        return static_cast<double>(strip.sums[stripe * strip.scene.width + r]);
    }

    void weigh(Index base, Index columns) const
    {
        std::fill(scores, scores + group_columns, T{0});
        for (Index c = 0; c < columns; ++c) {
            scores[c] = strip.strip[(base + c) * strip.scene.width + r];
        }
        isa::run(strip.scene.isa, WeighRow<T, Curve>{strip.curve, scores, group_columns, strip.origin, r, weights});
        strip.excluded.for_each(r, base, columns, [&](Index at) { weights[at - base] = 0; });
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
