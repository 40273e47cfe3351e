#include <mohs/detail/screen/screen_log.hpp>

#include "../screened.hpp"

#include <mohs/detail/kernel/dot_panels.hpp>
#include <mohs/detail/scene/build_scene.hpp>

#include <algorithm>
#include <memory>
#include <tuple>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::has_byte_dot;
using mohs::detail::highest;
using mohs::detail::lowest;
using mohs::detail::Screen;
using mohs::detail::ScreenEntry;
using mohs::detail::ScreenHits;
using mohs::detail::ScreenLog;
using mohs::detail::ScreenTarget;
using reference::Data;

namespace {

/// A batch against itself, with the log of one lane.
struct Screened {
    mohs::Options options;
    mohs::Workspace workspace;
    mohs::Workspace::Frame frame{workspace};
    reference::Owned<float> owned;
    mohs::detail::Scene<float> scene;
    Screen screen;
    std::vector<float> threshold, floor;
    ScreenTarget target;
    std::vector<ScreenEntry> memory;
    ScreenLog log;

    Screened(IsaLevel level, const Data& data, bool raises)
        : options{.isa = level, .threads = 1},
          owned(data),
          scene(mohs::detail::build_scene<mohs::Cosine, float>(owned.batch(), owned.batch(), true,
                                                               mohs::detail::PackOrder::by_class, options, workspace)),
          screen(scene, options, workspace),
          threshold(static_cast<std::size_t>(scene.anchors.panel_count * scene.width), lowest<float> / 2),
          floor(threshold.size(), lowest<float>),
          target{threshold.data(), floor.data(), raises},
          memory(static_cast<std::size_t>(ScreenLog::capacity(screen, target))),
          log(screen, target, memory)
    {
        std::fill(threshold.begin() + scene.anchors.rows(), threshold.end(), highest<float>);
    }

    [[nodiscard]] reference::AlignedVector<float> scores(Index a, Index b) const
    {
        reference::AlignedVector<float> tile(static_cast<std::size_t>(scene.width * scene.width));
        mohs::detail::isa::run(scene.isa,
                               mohs::detail::DotPanels<float>{scene.anchors.panels + a * scene.width * scene.depth,
                                                              scene.candidates.panels + b * scene.width * scene.depth,
                                                              scene.depth, tile.data()});
        return tile;
    }

    void offer(Index anchor, float score)
    {
        float& kept = threshold[static_cast<std::size_t>(anchor)];
        kept = std::max(kept, score);
    }

    void flush()
    {
        log.flush([&](Index anchor, Index, float score) { offer(anchor, score); });
    }
};

struct Tiles {
    Index all = 0, dealt_with = 0;
};

/// Looks for the best candidate in another panel of every row, as a scan does; the tiles that were not computed.
Tiles look_at_all(Screened& screened)
{
    Tiles tiles;
    const Index panels = screened.scene.anchors.rows() / screened.scene.width, width = screened.scene.width;
    for (Index distance = 1; distance < panels; ++distance) {
        for (Index a = 0; a + distance < panels; ++a) {
            const Index b = a + distance;
            ++tiles.all;
            if (screened.log.look(a, b, true)) {
                ++tiles.dealt_with;
                if (screened.log.is_full()) {
                    screened.flush();
                }
                continue;
            }
            const auto tile = screened.scores(a, b);
            for (Index i = 0; i < width * width; ++i) {
                screened.offer(a * width + i / width, tile[static_cast<std::size_t>(i)]);
                screened.offer(b * width + i % width, tile[static_cast<std::size_t>(i)]);
            }
        }
    }
    screened.flush();
    return tiles;
}

/// Whether all rows have the score of their best candidate in another panel.
bool has_best(const Screened& screened)
{
    const Index panels = screened.scene.anchors.rows() / screened.scene.width, width = screened.scene.width;
    std::vector<float> best(screened.threshold.size(), lowest<float>);
    for (Index a = 0; a < panels; ++a) {
        for (Index b = 0; b < panels; ++b) {
            const auto tile = screened.scores(a, b);
            for (Index i = 0; i < width * width && a != b; ++i) {
                float& kept = best[static_cast<std::size_t>(a * width + i / width)];
                kept = std::max(kept, tile[static_cast<std::size_t>(i)]);
            }
        }
    }
    return std::equal(best.begin(), best.begin() + panels * width, screened.threshold.begin());
}

}  // namespace

TEST_CASE("a scan is screened from 1536 candidates and 64 anchors of 64 columns on")
{
    const auto suits = [](IsaLevel level, Index anchors, Index candidates, Index depth) {
        const mohs::Matrix queries = mohs::Matrix::Ones(anchors, depth),
                           gallery = mohs::Matrix::Ones(candidates, depth);
        const mohs::Options options{.isa = level, .threads = 1};
        mohs::Workspace workspace;
        const mohs::Workspace::Frame frame(workspace);
        return Screen::suits(mohs::detail::build_scene<mohs::Cosine, float>(
            mohs::Batch<float>(queries), mohs::Batch<float>(gallery), false, mohs::detail::PackOrder::by_class, options,
            workspace));
    };
    for (const IsaLevel level : mohs::available_isa_levels()) {
        INFO(mohs::to_string(level));
        CHECK(suits(level, 64, 1536, 64) == has_byte_dot(level));
        CHECK_FALSE(suits(level, 63, 1536, 64));
        CHECK_FALSE(suits(level, 64, 1535, 64));
        CHECK_FALSE(suits(level, 64, 1536, 63));
    }
    CHECK_FALSE(has_byte_dot(IsaLevel::portable));
    CHECK_FALSE(has_byte_dot(IsaLevel::baseline));
}

TEST_CASE("most tiles of Gaussian rows need not be computed to know the best score of every row")
{
    for (const IsaLevel level : screened::levels_to_test()) {
        for (const bool raises : {true, false}) {
            Screened screened(level, reference::gaussian(1700, 64, 62), raises);
            REQUIRE(Screen::suits(screened.scene));
            const Tiles tiles = look_at_all(screened);
            INFO(mohs::to_string(level) << ", " << tiles.dealt_with << " of " << tiles.all << ", " << raises);
            CHECK(tiles.dealt_with > tiles.all * 8 / 10);
            CHECK(has_best(screened));
            for (std::size_t row = 0; row < screened.floor.size(); ++row) {
                REQUIRE((screened.floor[row] <= screened.threshold[row]));
            }
        }
    }
}

TEST_CASE("screening is given up for a while where bytes tell nothing")
{
    for (const IsaLevel level : screened::levels_to_test()) {
        Screened screened(level, screened::with_outlier_column(reference::gaussian(1700, 64, 61), 1000), true);
        const Tiles tiles = look_at_all(screened);
        INFO(mohs::to_string(level) << ", " << tiles.dealt_with << " of " << tiles.all);
        CHECK(tiles.dealt_with < tiles.all / 4);
        CHECK(has_best(screened));
    }
}

TEST_CASE("a pair is scored as long as its best score reaches threshold and floor of its anchor", "[ieee]")
{
    for (const IsaLevel level : screened::levels_to_test()) {
        for (const int which : {0, 1, 2, 3}) {
            // Nothing but one pair is a hit.
            Screened screened(level, reference::gaussian(200, 64, 63), false);
            std::fill(screened.threshold.begin(), screened.threshold.end(), highest<float>);
            const Index width = screened.scene.width, anchor = 3, candidate = width + 5;
            const float score = screened.scores(0, 1)[static_cast<std::size_t>(anchor * width + 5)];
            screened.threshold[3] = score;
            auto hits = std::make_unique<ScreenHits>();
            screened.screen.find<true>(0, 1, screened.threshold.data(), screened.floor.data(), *hits);
            REQUIRE((hits->in_row[3] >> 5 & 1) == 1);
            const float best = screened.screen.best_for_row(anchor, candidate, hits->product[3][5]);
            REQUIRE(best > score);
            REQUIRE(screened.log.look(0, 1, true));
            const bool above = which % 2 == 1;
            float& least = which < 2 ? screened.threshold[3] : screened.floor[3];
            least = above ? std::nextafter(best, 10.0F) : best;
            Index offered = 0;
            screened.log.flush(
                [&](Index a, Index c, float dot) { offered += a == anchor && c == candidate && dot == score ? 1 : 0; });
            INFO(mohs::to_string(level) << ", " << which);
            CHECK(offered == (above ? 0 : 1));
            screened.log.flush([&](Index, Index, float) { ++offered; });
            CHECK(offered == (above ? 0 : 1));
        }
    }
}
