#include <mohs/detail/kernel/count_close.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::CloseSide;
using mohs::detail::CountClose;
using mohs::detail::MaskElement;

namespace {

/// What no score is above.
template <class T>
constexpr T nothing = std::numeric_limits<T>::max();
/// What all scores are above.
template <class T>
constexpr T everything = std::numeric_limits<T>::lowest();

/// Anchors along one side of a tile, among others that are not to be touched.
template <class T>
struct Side {
    static constexpr MaskElement<T> counted_before = 1000;
    Index width, stride;
    std::vector<T> limit, sure_above, bias;
    std::vector<MaskElement<T>> count;
    std::uint64_t unsure = ~std::uint64_t{0};

    Side(Index width_, int limits)
        : width(width_),
          stride(3 * width),
          limit(static_cast<std::size_t>(limits * stride), nothing<T>),
          sure_above(limit),
          bias(static_cast<std::size_t>(width)),
          count(limit.size(), counted_before)
    {
    }

    [[nodiscard]] std::size_t at(int i, Index anchor) const
    {
        return static_cast<std::size_t>(i * stride + width + anchor);
    }
    void set(int i, Index anchor, T limit_of, T sure_of)
    {
        limit[at(i, anchor)] = limit_of;
        sure_above[at(i, anchor)] = sure_of;
    }
    [[nodiscard]] CloseSide<T> view()
    {
        const auto first = width;
        return {limit.data() + first, sure_above.data() + first, count.data() + first, bias.data(), unsure};
    }

    /// `score(anchor, candidate)`: what is counted here, one by one.
    template <class Score>
    void count_naively(int limits, const Score& score)
    {
        unsure = 0;
        for (Index anchor = 0; anchor < width; ++anchor) {
            for (int i = 0; i < limits; ++i) {
                for (Index other = 0; other < width; ++other) {
                    const bool above = score(anchor, other) > limit[at(i, anchor)];
                    count[at(i, anchor)] += above ? 1 : 0;
                    if (above && !(score(anchor, other) > sure_above[at(i, anchor)])) {
                        unsure |= std::uint64_t{1} << anchor;
                    }
                }
            }
        }
    }
};

/// A tile with coarse scores and limits, so that many are equal.
template <class T>
struct Tile {
    Index width;
    int limits;
    reference::AlignedVector<T> scores;
    Side<T> rows, columns;

    /// Limits are about `middle`. Some anchors have fewer limits than others, or one that everything is above.
    Tile(Index width_, int limits_, double middle, std::uint64_t seed)
        : width(width_), limits(limits_), rows(width, limits), columns(width, limits)
    {
        reference::Generator generator(seed);
        const auto coarse = [&] { return static_cast<T>(std::floor(reference::normal(generator) * 8) / 8); };
        for (Index i = 0; i < width * width; ++i) {
            scores.push_back(coarse());
        }
        for (Side<T>* side : {&rows, &columns}) {
            for (Index anchor = 0; anchor < width; ++anchor) {
                side->bias[static_cast<std::size_t>(anchor)] = coarse() / 4;
                const Index own = reference::uniform_below(generator, limits + 1);
                T limit = static_cast<T>(middle) + coarse() / 2;
                for (int i = 0; i < own; ++i) {
                    const T sure = limit + static_cast<T>(reference::uniform_below(generator, 8) == 0 ? 0.125 : 0);
                    side->set(i, anchor, limit, sure);
                    limit = sure + static_cast<T>(reference::uniform_below(generator, 3)) / 4;
                }
                if (reference::uniform_below(generator, 16) == 0) {
                    side->set(0, anchor, everything<T>, everything<T>);
                }
            }
        }
    }

    /// Whether the kernel finds what is found one by one.
    template <bool bias, bool both>
    [[nodiscard]] bool is_counted(IsaLevel level) const
    {
        Tile found = *this, expected = *this;
        const auto score = [&](Index r, Index c, T added) {
            return scores[static_cast<std::size_t>(r * width + c)] + (bias ? added : T{0});
        };
        expected.rows.count_naively(
            limits, [&](Index r, Index c) { return score(r, c, columns.bias[static_cast<std::size_t>(c)]); });
        if (both) {
            expected.columns.count_naively(
                limits, [&](Index c, Index r) { return score(r, c, rows.bias[static_cast<std::size_t>(r)]); });
        }
        mohs::detail::isa::run(level, CountClose<T, bias, both>{scores.data(), found.rows.view(), found.columns.view(),
                                                                limits, static_cast<std::ptrdiff_t>(rows.stride)});
        return found.rows.count == expected.rows.count && found.columns.count == expected.columns.count &&
               found.rows.unsure == expected.rows.unsure && (!both || found.columns.unsure == expected.columns.unsure);
    }

    [[nodiscard]] bool is_counted(IsaLevel level) const
    {
        return is_counted<false, false>(level) && is_counted<false, true>(level) && is_counted<true, false>(level) &&
               is_counted<true, true>(level);
    }
};

template <class T>
void require_counted(IsaLevel level)
{
    for (const int limits : {1, 2, 3}) {
        for (const double middle : {-6.0, -1.0, 0.0, 1.0, 2.5, 6.0}) {
            for (std::uint64_t seed = 0; seed < 5; ++seed) {
                INFO(mohs::to_string(level)
                     << ", " << sizeof(T) << " bytes, " << limits << " limits about " << middle << ", seed " << seed);
                REQUIRE(Tile<T>(reference::panel_width<T>(level), limits, middle, seed).is_counted(level));
            }
        }
    }
}

/// Tiles where a single score is above a limit, of a row or of a column, or is not sure to be, at every place in turn.
template <class T>
void require_lone_score_counted(IsaLevel level)
{
    const Index width = reference::panel_width<T>(level);
    Tile<T> tile(width, 2, 0, 0);
    std::fill(tile.scores.begin(), tile.scores.end(), T{0});
    bool right = true;
    for (Index r = 0; r < width; ++r) {
        for (Index c = 0; c < width; ++c) {
            T& score = tile.scores[static_cast<std::size_t>(r * width + c)];
            score = 1;
            // Above the higher limit, between the two, not sure for the lower or the higher one, equal to the lower one.
            const T limits[][4] = {
                {0.25, 0.25, 0.5, 0.5}, {0.5, 0.5, 1, 2}, {0.5, 1, 2, 3}, {0.25, 0.5, 0.75, 1}, {1, 1, 2, 2}};
            for (const T(&of)[4] : limits) {
                for (const bool by_row : {true, false}) {
                    tile.rows = tile.columns = Side<T>(width, 2);
                    Side<T>& side = by_row ? tile.rows : tile.columns;
                    side.set(0, by_row ? r : c, of[0], of[1]);
                    side.set(1, by_row ? r : c, of[2], of[3]);
                    right = right && tile.template is_counted<false, true>(level);
                }
            }
            score = 0;
        }
    }
    INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes");
    REQUIRE(right);
}

}  // namespace

TEST_CASE("what is above limits is counted as it is one score at a time", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_counted<float>(level);
        require_counted<double>(level);
    }
}

TEST_CASE("a single score above a limit is counted at every place of a tile", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_lone_score_counted<float>(level);
        require_lone_score_counted<double>(level);
    }
}
