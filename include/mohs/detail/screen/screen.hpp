#pragma once

/// \file
/// Certified screening: tiles are looked at as bytes first, and scored as floats only where that may matter.

#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/kernel/dot_pairs.hpp>
#include <mohs/detail/screen/screen_tile.hpp>
#include <mohs/workspace.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The packed rows of a scene as bytes.
class Screen {
public:
    /// Whether a scan is large enough to win by it, on a machine that can.
    static bool suits(const Scene<float>& scene)
    {
        return scene.candidates.rows() >= 1536 && scene.anchors.rows() >= 64 && scene.depth >= 64 &&
               has_byte_dot(scene.isa);
    }

    Screen(const Scene<float>& scene, const Options& options, Workspace& workspace)
        : scene_(scene),
          groups_((scene.depth + bytes_per_lane - 1) / bytes_per_lane),
          anchors_(take(scene.anchors, workspace, true, scene.self)),
          candidates_(scene.self ? anchors_ : take(scene.candidates, workspace, false, true))
    {
        const Workspace::Frame frame(workspace);
        const std::span<const float> mean = mean_of(scene.candidates, workspace);
        QuantisedBounds bounds;
        bounds.depth = scene.depth;
        for (const float element : mean) {
            bounds.mean += static_cast<double>(element) * static_cast<double>(element);
        }
        bounds.mean = std::sqrt(bounds.mean);
        quantise(scene.anchors, anchors_, mean, options);
        bounds.include(anchors_, scene.anchors);
        if (!scene.self) {
            quantise(scene.candidates, candidates_, mean, options);
            bounds.include(candidates_, scene.candidates);
            bounds.finish(candidates_, scene.candidates, scene.width);
        }
        bounds.finish(anchors_, scene.anchors, scene.width);
        if (scene.self) {
            candidates_ = anchors_;
        }
    }

    /// Finds the pairs of a tile that may reach the floors of its rows and, if `both`, of its columns. Thresholds and
    /// floors are by position.
    template <bool both>
    void find(Index anchor_panel, Index candidate_panel, const float* threshold, float* floor, ScreenHits& hits) const
    {
        const auto side_of = [&](const QuantisedSide& side, Index panel, bool is_anchor) {
            const Index base = panel * scene_.width;
            return ScreenedSide{is_anchor ? threshold + base : nullptr,
                                is_anchor ? floor + base : nullptr,
                                side.scale + base,
                                side.offset + base,
                                side.lift + base,
                                side.largest_error[panel]};
        };
        const Index lanes = groups_ * scene_.width;
        run_byte_dot(scene_.isa, ScreenTile<both>{anchors_.unsigned_bytes + anchor_panel * lanes,
                                                  candidates_.signed_bytes + candidate_panel * lanes, groups_,
                                                  candidates_.start + candidate_panel * scene_.width,
                                                  side_of(anchors_, anchor_panel, true),
                                                  side_of(candidates_, candidate_panel, both), most_hits(), hits});
    }

    /// More hits than this in a tile are dearer to look at one by one than together.
    [[nodiscard]] int most_hits() const { return static_cast<int>(scene_.width * scene_.width / 16); }

    /// The best that the score of a hit can be for its row, and for its column.
    [[nodiscard]] float best_for_row(Index anchor, Index candidate, float product) const
    {
        return product + anchors_.lift[anchor] + candidates_.offset[candidate] + error_near(candidates_, candidate);
    }
    [[nodiscard]] float best_for_column(Index anchor, Index candidate, float product) const
    {
        return product + candidates_.lift[candidate] + anchors_.offset[anchor] + error_near(anchors_, anchor);
    }
    /// By how much the worst that it can be is less.
    [[nodiscard]] float uncertainty(Index anchor, Index candidate) const
    {
        return 2 * (error_near(anchors_, anchor) + error_near(candidates_, candidate));
    }

    [[nodiscard]] Index width() const { return scene_.width; }
    [[nodiscard]] Index anchor_panels() const { return scene_.anchors.panel_count; }
    [[nodiscard]] const float* anchor_row(Index position) const { return anchors_.rows + position * scene_.depth; }
    [[nodiscard]] const float* candidate_row(Index position) const
    {
        return candidates_.rows + position * scene_.depth;
    }
    void dot(const std::array<const float*, pairs_at_once>& a, const std::array<const float*, pairs_at_once>& b,
             std::array<float, pairs_at_once>& result) const
    {
        isa::run(scene_.isa, DotPairs<float>{a.data(), b.data(), scene_.depth, result.data()});
    }
    /// The same of the first `count`, with other roundings.
    void dot_about(const std::array<const float*, pairs_at_once>& a, const std::array<const float*, pairs_at_once>& b,
                   std::size_t count, std::array<float, pairs_at_once>& result) const
    {
        isa::run(scene_.isa, DotRows<float>{a.data(), b.data(), scene_.depth, count, result.data()});
    }

private:
    /// The largest error of a panel.
    [[nodiscard]] float error_near(const QuantisedSide& side, Index position) const
    {
        return side.largest_error[position / scene_.width];
    }

    QuantisedSide take(const PackedSide<float>& packed, Workspace& workspace, bool as_anchors, bool as_candidates) const
    {
        const Index padded = packed.panel_count * scene_.width;
        const auto numbers = [&] { return workspace.take<float>(padded).data(); };
        QuantisedSide side;
        side.unsigned_bytes = as_anchors ? workspace.take<std::int32_t>(padded * groups_).data() : nullptr;
        side.signed_bytes = as_candidates ? workspace.take<std::int32_t>(padded * groups_).data() : nullptr;
        side.start = workspace.take<std::int32_t>(padded).data();
        side.scale = numbers();
        side.offset = numbers();
        side.lift = numbers();
        side.length = numbers();
        side.rest = numbers();
        side.largest_error = workspace.take<float>(packed.panel_count).data();
        side.rows = workspace.take<float>(padded * scene_.depth).data();
        return side;
    }

    /// About the mean of the rows: of some of the panels, which is as good.
    std::span<const float> mean_of(const PackedSide<float>& packed, Workspace& workspace) const
    {
        const std::span<float> mean = workspace.take<float>(scene_.depth, 0.0F);
        const Index stride = std::max<Index>(1, packed.panel_count / 32);
        Index rows = 0;
        for (Index panel = 0; panel < packed.panel_count; panel += stride) {
            isa::run(scene_.isa, AddRows{packed.panels + panel * scene_.width * scene_.depth, mean});
            rows += scene_.width;
        }
        for (float& element : mean) {
            element /= static_cast<float>(rows);
        }
        return mean;
    }

    void quantise(const PackedSide<float>& packed, const QuantisedSide& side, std::span<const float> mean,
                  const Options& options) const
    {
        parallel_for(options, packed.panel_count, [&](Index panel, int) {
            isa::run(scene_.isa, QuantisePanel{packed.panels + panel * scene_.width * scene_.depth, mean.data(),
                                               scene_.depth, side.at(panel, scene_.width, scene_.depth)});
        });
    }

    const Scene<float>& scene_;
    Index groups_;
    QuantisedSide anchors_, candidates_;
};

}  // namespace mohs::inline MOHS_ABI::detail
