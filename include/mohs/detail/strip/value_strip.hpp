#pragma once

/// \file
/// A strip as values: a panel of anchors against all their negatives, one pair at a time, in the metric's own unit.

#include <mohs/detail/kernel/dot_panels.hpp>
#include <mohs/detail/scene/kernel_score.hpp>
#include <mohs/detail/strip/excluded_pairs.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What one worker keeps of the panel that it is at. Anchors are numbers r within the panel, candidates positions.
template <class M, class T, class A, class B>
class ValueStrip {
public:
    /// Memory for all workers.
    struct Memory {
        std::span<T> products;
        std::span<std::uint64_t> lanes;
        std::span<std::uint8_t> any;

        Memory(const Scene<T>& scene, int workers, Workspace& workspace)
            : products(workspace.take<T>(workers * padded(scene) * scene.width)),
              lanes(workspace.take<std::uint64_t>(workers * padded(scene))),
              any(workspace.take<std::uint8_t>(workers * scene.candidates.panel_count))
        {
        }
        static Index padded(const Scene<T>& scene) { return scene.candidates.panel_count * scene.width; }
    };

    ValueStrip(const Scene<T>& scene, const Batch<A>& anchors, const Batch<B>& candidates, const Memory& memory,
               int worker)
        : scene_(scene),
          anchors_(anchors),
          candidates_(candidates),
          products_(memory.products.data() + worker * Memory::padded(scene) * scene.width),
          excluded_{.scene = scene,
                    .lanes = part(memory.lanes, worker, Memory::padded(scene)),
                    .any = part(memory.any, worker, scene.candidates.panel_count),
                    .buffer = {}},
          measured_below_(Finish<M>::is_product ? 0 : 1024 * score_error<M>(scene))
    {
    }

    /// Scores a panel of anchors.
    void fill(Index panel)
    {
        const Index width = scene_.width, size = width * scene_.depth;
        base_ = panel * width;
        excluded_.find(panel);
        for (Index other = 0; other < scene_.candidates.panel_count; ++other) {
            isa::run(scene_.isa,
                     DotPanels<T>{scene_.candidates.panels + other * size, scene_.anchors.panels + panel * size,
                                  scene_.depth, products_ + other * width * width});
        }
    }

    [[nodiscard]] bool is_negative(Index r, Index at) const { return !excluded_.contains(r, at); }

    /// Calls `function(position)` for the negatives of an anchor, ascending.
    template <class Function>
    void for_each_negative(Index r, const Function& function) const
    {
        const Index width = scene_.width;
        for (Index panel = 0, first = 0; panel < scene_.candidates.panel_count; ++panel, first += width) {
            std::uint64_t left = lanes_between(0, scene_.candidates.rows(), first, width);
            if (excluded_.any[static_cast<std::size_t>(panel)] != 0) {
                left &= ~excluded_.lanes[static_cast<std::size_t>(first + r)];
            }
            for (; left != 0; left &= left - 1) {
                function(first + std::countr_zero(left));
            }
        }
    }

    /// The product of two packed rows.
    [[nodiscard]] T product(Index r, Index at) const { return products_[at * scene_.width + r]; }

    /// The kernel score, with the bits that selectors are offered.
    [[nodiscard]] T score(Index r, Index at) const
    {
        return has_bias<M> ? product(r, at) + scene_.candidates.bias[at] : product(r, at);
    }

    /// The value of a pair. That of a distance is off by at most 1/256 of itself, and measured where it is so short
    /// that its score cannot say as much: the error of a squared distance is at most 4 times that of scores.
    [[nodiscard]] double value(Index r, Index at) const
    {
        if constexpr (Finish<M>::is_product) {
            return value_of_score<M>(scene_, product(r, at));
        } else {
            const double sum = Finish<M>::sum_of_product(static_cast<double>(product(r, at)),
                                                         static_cast<double>(scene_.anchors.bias[base_ + r]),
                                                         static_cast<double>(scene_.candidates.bias[at]));
            if (sum < measured_below_) {
                return measure_rows<M>(anchors_, scene_.anchors.row_of(base_ + r), candidates_,
                                       scene_.candidates.row_of(at));
            }
            return Finish<M>::in_range(
                Finish<M>::of_packed_sum(sum, scene_.anchors.unscale, scene_.candidates.unscale));
        }
    }

private:
    template <class U>
    static std::span<U> part(std::span<U> all, int worker, Index size)
    {
        return all.subspan(static_cast<std::size_t>(worker * size), static_cast<std::size_t>(size));
    }

    const Scene<T>& scene_;
    const Batch<A>& anchors_;
    const Batch<B>& candidates_;
    T* products_;  ///< [candidate * width + anchor]
    ExcludedPairs<T> excluded_;
    double measured_below_;  ///< sums over packed rows
    Index base_ = 0;         ///< position of the panel's first anchor
};

}  // namespace mohs::inline MOHS_ABI::detail
