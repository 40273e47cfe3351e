// Covers detail/screen/byte_dot.hpp, detail/screen/screen.hpp.

#include <mohs/detail/screen/screen_tile.hpp>

#include "../screened.hpp"

#include <mohs/detail/kernel/dot_panels.hpp>
#include <mohs/detail/scene/build_scene.hpp>
#include <mohs/detail/screen/screen.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::bytes_per_lane;
using mohs::detail::has_byte_dot;
using mohs::detail::highest;
using mohs::detail::lowest;
using mohs::detail::ScreenedSide;
using mohs::detail::ScreenHits;
using mohs::detail::ScreenTile;
using reference::Data;

namespace {

// ---------------------------------------------------------------------------------------------------------------------
// Tiles of arbitrary numbers

/// One side, with numbers that need not belong together.
struct Side {
    std::vector<int> whole;  ///< depth per row
    reference::AlignedVector<std::int32_t> unsigned_bytes, signed_bytes, start;
    reference::AlignedVector<float> threshold, floor, scale, offset, lift;
    float largest_error = 0;

    Side(Index width, Index depth, reference::Generator& generator)
    {
        const Index groups = (depth + bytes_per_lane - 1) / bytes_per_lane;
        unsigned_bytes.assign(static_cast<std::size_t>(groups * width), 0);
        signed_bytes = unsigned_bytes;
        start.assign(static_cast<std::size_t>(width), 0);
        for (Index row = 0; row < width; ++row) {
            for (Index k = 0; k < groups * bytes_per_lane; ++k) {
                // The ends of the range often: sums of pairs of products would overflow 16 bits.
                const Index draw = reference::uniform_below(generator, 300);
                const int q = k >= depth ? 0 : static_cast<int>(std::clamp<Index>(draw - 150, -127, 127));
                if (k < depth) {
                    whole.push_back(q);
                }
                const auto at = static_cast<std::size_t>(k / bytes_per_lane * width + row);
                const auto place = static_cast<unsigned>(8 * (k % bytes_per_lane));
                const auto set = [&](std::int32_t& lane, int byte) {
                    lane = static_cast<std::int32_t>(static_cast<std::uint32_t>(lane) |
                                                     (static_cast<std::uint32_t>(byte & 255) << place));
                };
                set(unsigned_bytes[at], q + 128);
                set(signed_bytes[at], q);
                start[static_cast<std::size_t>(row)] -= 128 * q;
            }
            const auto number = [&](double centre, double spread) {
                return static_cast<float>(centre + spread * reference::normal(generator));
            };
            threshold.push_back(number(1, 0.5));
            floor.push_back(row % 3 == 0 ? lowest<float> : number(1, 0.5));
            scale.push_back(1e-3F * static_cast<float>(0.5 + reference::uniform(generator)));
            offset.push_back(number(0.1, 0.3));
            lift.push_back(number(0.2, 0.3));
        }
        largest_error = static_cast<float>(0.1 * reference::uniform(generator));
    }

    [[nodiscard]] ScreenedSide as_anchors()
    {
        return {threshold.data(), floor.data(), scale.data(), offset.data(), lift.data(), largest_error};
    }
    [[nodiscard]] ScreenedSide as_candidates() const
    {
        return {nullptr, nullptr, scale.data(), offset.data(), lift.data(), largest_error};
    }
    void want(float value)
    {
        std::fill(threshold.begin(), threshold.end(), value);
        std::fill(floor.begin(), floor.end(), lowest<float>);
    }
};

double wide(float number)
{
    return static_cast<double>(number);
}

struct Tile {
    IsaLevel level;
    Index width, depth;
    Side rows, columns;
    std::unique_ptr<ScreenHits> hits = std::make_unique<ScreenHits>();

    Tile(IsaLevel level_, Index depth_, reference::Generator& generator)
        : level(level_),
          width(reference::panel_width<float>(level_)),
          depth(depth_),
          rows(width, depth_, generator),
          columns(width, depth_, generator)
    {
    }

    template <bool both>
    void find(int limit)
    {
        const Index groups = (depth + bytes_per_lane - 1) / bytes_per_lane;
        // Garbage from another tile.
        hits->cold = true;
        hits->count = 99;
        hits->rows = ~std::uint64_t{0};
        hits->in_row.fill(~std::uint64_t{0});
        mohs::detail::run_byte_dot(
            level,
            ScreenTile<both>{rows.unsigned_bytes.data(), columns.signed_bytes.data(), groups, columns.start.data(),
                             rows.as_anchors(), both ? columns.as_anchors() : columns.as_candidates(), limit, *hits});
    }

    [[nodiscard]] bool is_hit(Index r, Index c) const
    {
        return (hits->rows >> r & 1) != 0 && (hits->in_row[static_cast<std::size_t>(r)] >> c & 1) != 0;
    }

    [[nodiscard]] double product(Index r, Index c) const
    {
        std::int64_t dot = 0;
        for (Index k = 0; k < depth; ++k) {
            dot += std::int64_t{rows.whole[static_cast<std::size_t>(r * depth + k)]} *
                   columns.whole[static_cast<std::size_t>(c * depth + k)];
        }
        return static_cast<double>(dot) * wide(rows.scale[static_cast<std::size_t>(r)]) *
               wide(columns.scale[static_cast<std::size_t>(c)]);
    }

    /// By how much the best that a score can be exceeds what it has to reach: for its row, or for its column.
    static double excess(const Side& anchors, Index a, const Side& others, Index b, double product)
    {
        const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
        const double least = std::max(wide(anchors.threshold[i]), wide(anchors.floor[i]));
        return product + wide(others.offset[j]) + wide(anchors.lift[i]) + wide(others.largest_error) - least;
    }

    /// What is wrong with the hits; counts the pairs that there have to be.
    template <bool both>
    [[nodiscard]] std::string fault(int& expected) const
    {
        // A few roundings of numbers of about 4 and less.
        const double slack = 1e-5;
        int found = 0;
        expected = 0;
        for (Index r = 0; r < width; ++r) {
            for (Index c = 0; c < width; ++c) {
                const double exact = product(r, c);
                double most = excess(rows, r, columns, c, exact);
                if (both) {
                    most = std::max(most, excess(columns, c, rows, r, exact));
                }
                const bool hit = is_hit(r, c);
                found += hit ? 1 : 0;
                expected += most >= 0 ? 1 : 0;
                if (std::abs(most) > slack && hit != (most > 0)) {
                    return hit ? "a hit that is none" : "a hit is missing";
                }
                if (hit && std::abs(wide(hits->product[static_cast<std::size_t>(r)][static_cast<std::size_t>(c)]) -
                                    exact) > slack) {
                    return "a product is wrong";
                }
            }
            if ((hits->rows >> r & 1) != 0 && hits->in_row[static_cast<std::size_t>(r)] == 0) {
                return "a row without hits is said to have some";
            }
        }
        return hits->cold ? "a tile is cold" : found != hits->count ? "the hits are miscounted" : "";
    }
};

template <bool both>
void require_right_hits(IsaLevel level)
{
    reference::Generator generator(51);
    for (const Index depth : {1, 2, 3, 4, 5, 64, 67, 128, 1000}) {
        int total = 0, pairs = 0;
        for (int repeat = 0; repeat < 20; ++repeat) {
            Tile tile(level, depth, generator);
            // Products grow with the depth: keep them about as large as the rest.
            for (Side* const side : {&tile.rows, &tile.columns}) {
                for (float& scale : side->scale) {
                    scale *= 5.5F / static_cast<float>(std::sqrt(std::sqrt(static_cast<double>(depth))));
                }
            }
            const std::vector<float> floors(tile.rows.floor.begin(), tile.rows.floor.end());
            tile.find<both>(1 << 30);
            int expected = 0;
            INFO(mohs::to_string(level) << ", depth " << depth << (both ? ", both sides" : ", rows"));
            REQUIRE(tile.fault<both>(expected) == "");
            total += expected;
            pairs += static_cast<int>(tile.width * tile.width);
            for (std::size_t row = 0; row < floors.size(); ++row) {
                REQUIRE(tile.rows.floor[row] == std::max(floors[row], tile.rows.threshold[row]));
            }
        }
        // Neither few nor all.
        REQUIRE(total > pairs / 100);
        REQUIRE(total < pairs / 2);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Tiles of rows

/// What the scores of a scene have to reach, and whether all pairs that do are found.
class Certified {
public:
    Certified(const mohs::detail::Scene<float>& scene, const mohs::Options& options, mohs::Workspace& workspace)
        : scene_(scene),
          screen_(scene, options, workspace),
          hits_(std::make_unique<ScreenHits>()),
          scores_(static_cast<std::size_t>(scene.anchors.panel_count * scene.candidates.panel_count * tile_size())),
          threshold_(static_cast<std::size_t>(scene.anchors.panel_count * scene.width), highest<float>),
          floor_(threshold_.size(), lowest<float>)
    {
        for (Index a = 0; a < scene.anchors.panel_count; ++a) {
            for (Index b = 0; b < scene.candidates.panel_count; ++b) {
                mohs::detail::isa::run(
                    scene.isa, mohs::detail::DotPanels<float>{scene.anchors.panels + a * scene.width * scene.depth,
                                                              scene.candidates.panels + b * scene.width * scene.depth,
                                                              scene.depth, tile(a, b)});
            }
        }
    }

    /// The score that an anchor gives a candidate, in the bits that the library gives it.
    [[nodiscard]] float score(Index anchor, Index candidate) const
    {
        const Index width = scene_.width;
        const float dot = tile(anchor / width, candidate / width)[anchor % width * width + candidate % width];
        return scene_.candidates.bias == nullptr ? dot : dot + scene_.candidates.bias[candidate];
    }

    /// Anchors want what is as good as their candidate number `rank`, some of them by their floor.
    void want(Index rank)
    {
        std::vector<float> scores;
        for (Index anchor = 0; anchor < scene_.anchors.rows(); ++anchor) {
            scores.clear();
            for (Index candidate = 0; candidate < scene_.candidates.rows(); ++candidate) {
                scores.push_back(score(anchor, candidate));
            }
            std::nth_element(scores.begin(), scores.begin() + rank, scores.end(), std::greater<>());
            const auto at = static_cast<std::size_t>(anchor);
            const float least = scores[static_cast<std::size_t>(rank)];
            threshold_[at] = anchor % 3 == 0 ? least - 0.5F : least;
            floor_[at] = anchor % 3 == 0 ? least : anchor % 3 == 1 ? lowest<float> : least - 0.25F;
        }
    }

    /// Tiles with too many hits.
    [[nodiscard]] Index abandoned() const { return abandoned_; }

    /// Counts pairs that are missed, and all that are found. Candidates are never padding.
    template <bool both>
    void look(Index a, Index b, Index& missed, Index& found)
    {
        screen_.find<both>(a, b, threshold_.data(), floor_.data(), *hits_);
        REQUIRE_FALSE(hits_->cold);
        if (hits_->count > screen_.most_hits()) {
            ++abandoned_;
            return;
        }
        for (Index r = 0; r < scene_.width; ++r) {
            for (Index c = 0; c < scene_.width; ++c) {
                const Index row = a * scene_.width + r, column = b * scene_.width + c;
                const bool hit =
                    (hits_->rows >> r & 1) != 0 && (hits_->in_row[static_cast<std::size_t>(r)] >> c & 1) != 0;
                if (row >= scene_.anchors.rows()) {
                    // Padding wants nothing.
                    missed += hit ? 1 : 0;
                    continue;
                }
                const auto wants = [&](Index anchor, float value) {
                    const auto at = static_cast<std::size_t>(anchor);
                    return value >= threshold_[at] && value >= floor_[at];
                };
                const bool wanted_by_row = wants(row, score(row, column)),
                           wanted_by_column = both && wants(column, score(column, row));
                missed += !hit && (wanted_by_row || wanted_by_column) ? 1 : 0;
                found += hit ? 1 : 0;
                if (hit) {
                    missed += bounds_hold(row, column, both) ? 0 : 1;
                }
            }
        }
    }

private:
    [[nodiscard]] Index tile_size() const { return scene_.width * scene_.width; }
    [[nodiscard]] float* tile(Index a, Index b)
    {
        return scores_.data() + (a * scene_.candidates.panel_count + b) * tile_size();
    }
    [[nodiscard]] const float* tile(Index a, Index b) const
    {
        return scores_.data() + (a * scene_.candidates.panel_count + b) * tile_size();
    }

    /// Whether the best and the worst that a score can be are no worse and no better than it.
    [[nodiscard]] bool bounds_hold(Index row, Index column, bool both) const
    {
        const float product = hits_->product[static_cast<std::size_t>(row % scene_.width)]
                                            [static_cast<std::size_t>(column % scene_.width)];
        const float less = screen_.uncertainty(row, column);
        const auto holds = [&](float best, float value) { return best >= value && best - less <= value; };
        return holds(screen_.best_for_row(row, column, product), score(row, column)) &&
               (!both || holds(screen_.best_for_column(row, column, product), score(column, row)));
    }

    const mohs::detail::Scene<float>& scene_;
    mohs::detail::Screen screen_;
    std::unique_ptr<ScreenHits> hits_;
    std::vector<float> scores_, threshold_, floor_;
    Index abandoned_ = 0;
};

/// Fills the workspace with what is worst for whoever reads before writing.
void leave_garbage(mohs::Workspace& workspace, float garbage)
{
    const mohs::Workspace::Frame frame(workspace);
    std::ignore = workspace.take<float>(Index{1} << 20, garbage);
}

template <class M>
void require_nothing_missed(IsaLevel level, Index dimension)
{
    std::vector<Data> all = reference::all_kinds(200, dimension);
    all.push_back(screened::collapsed(200, dimension, 52));
    all.push_back(screened::with_outlier_column(reference::clustered(200, dimension, 53), 100));
    all.push_back(screened::hidden_signs(reference::gaussian(200, dimension, 54)));
    const mohs::Options options{.isa = level, .threads = 1};
    for (const Data& data : all) {
        const reference::Owned<float> owned(data);
        const auto batch = owned.batch();
        const mohs::Matrix few = data.as<float>().topRows(70);
        for (const bool self : {true, false}) {
            mohs::Workspace workspace;
            leave_garbage(workspace, highest<float>);
            const mohs::Workspace::Frame frame(workspace);
            const mohs::Batch<float> queries(few), gallery = mohs::Batch<float>(owned.batch());
            const auto scene =
                self ? mohs::detail::build_scene<M, float>(batch, batch, true, mohs::detail::PackOrder::by_class,
                                                           options, workspace)
                     : mohs::detail::build_scene<M, float>(queries, gallery, false, mohs::detail::PackOrder::in_place,
                                                           options, workspace);
            Certified certified(scene, options, workspace);
            for (const Index rank : {1, 3}) {
                certified.want(rank);
                Index missed = 0, found = 0;
                for (Index a = 0; a < scene.anchors.panel_count; ++a) {
                    for (Index b = self ? a : 0; b < scene.candidates.rows() / scene.width; ++b) {
                        if (self && a < b) {
                            certified.look<true>(a, b, missed, found);
                        } else {
                            certified.look<false>(a, b, missed, found);
                        }
                    }
                }
                INFO(mohs::to_string(level) << ", " << M::name << ", " << data.name << ", dimension " << dimension
                                            << ", rank " << rank << (self ? ", itself" : ", gallery"));
                REQUIRE(missed == 0);
                if (data.name == "gaussian") {
                    REQUIRE((rank > 1 || certified.abandoned() == 0));
                    REQUIRE(found >= scene.anchors.rows());
                    REQUIRE(found <= scene.anchors.rows() * scene.candidates.rows() / 8);
                }
            }
        }
    }
}

}  // namespace

TEST_CASE("a tile of bytes has the hits that a loop over its numbers has", "[kernel]")
{
    for (const IsaLevel level : screened::levels_to_test()) {
        require_right_hits<false>(level);
        require_right_hits<true>(level);
    }
}

TEST_CASE("a tile is cold while an anchor takes anything and not looked at")
{
    for (const IsaLevel level : screened::levels_to_test()) {
        reference::Generator generator(55);
        Tile tile(level, 64, generator);
        const auto cold = [&](bool both) {
            both ? tile.find<true>(1000) : tile.find<false>(1000);
            return tile.hits->cold && tile.hits->count == 0 && tile.hits->rows == 0;
        };
        INFO(mohs::to_string(level));
        for (Side* const side : {&tile.rows, &tile.columns}) {
            side->want(highest<float>);
        }
        REQUIRE_FALSE(cold(false));
        REQUIRE_FALSE(cold(true));
        REQUIRE(tile.hits->count == 0);
        for (const std::size_t at : {std::size_t{0}, static_cast<std::size_t>(tile.width) - 1}) {
            tile.rows.want(highest<float>);
            tile.rows.threshold[at] = lowest<float> / 2;
            REQUIRE(cold(false));
            REQUIRE(cold(true));
            // Until it has a floor.
            tile.rows.floor[at] = 1000;
            REQUIRE_FALSE(cold(true));
            tile.rows.want(highest<float>);
            tile.columns.want(highest<float>);
            tile.columns.threshold[at] = lowest<float> / 2;
            REQUIRE_FALSE(cold(false));
            REQUIRE(cold(true));
            tile.columns.want(highest<float>);
        }
    }
}

TEST_CASE("a tile with too many hits is left when it has them")
{
    for (const IsaLevel level : screened::levels_to_test()) {
        reference::Generator generator(56);
        Tile tile(level, 64, generator);
        tile.rows.want(-1000);
        const int all = static_cast<int>(tile.width * tile.width);
        INFO(mohs::to_string(level));
        tile.find<false>(all);
        REQUIRE(tile.hits->count == all);
        tile.find<false>(all - 1);
        REQUIRE(tile.hits->count == all);
        tile.find<false>(static_cast<int>(tile.width));
        REQUIRE(tile.hits->count > tile.width);
        REQUIRE(tile.hits->count <= 9 * tile.width);
    }
}

TEST_CASE("no pair that reaches the threshold of either of its rows is missed")
{
    for (const IsaLevel level : screened::levels_to_test()) {
        for (const Index dimension : {64, 67}) {
            require_nothing_missed<mohs::Cosine>(level, dimension);
            require_nothing_missed<mohs::DotProduct>(level, dimension);
            require_nothing_missed<mohs::Euclidean>(level, dimension);
        }
    }
}
