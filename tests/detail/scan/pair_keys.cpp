#include <mohs/detail/base/random.hpp>
#include <mohs/detail/scan/pair_keys.hpp>

#include "../../catch.hpp"
#include "../../mining/draws.hpp"

#include <functional>
#include <limits>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::PairKeys;
using mohs::detail::Purpose;
using mohs::detail::RandomStream;
using mohs::detail::TileSurvivors;

namespace {

std::uint32_t key_of(std::uint32_t candidate, std::uint32_t slot)
{
    std::uint32_t key = 0;
    mohs::detail::mix_key(key, candidate, slot);
    return key;
}

/// A self-scan of two panels whose anchors have two slots each. Bests are keys of candidates, or one off, so that
/// equal keys are frequent; some are the least and the largest number that there is.
template <class T>
struct Tile {
    Index width;
    std::vector<std::uint32_t> candidate, slot, best;
    std::vector<std::int32_t> row_of, offset;

    Tile(Index width_, std::uint64_t seed) : width(width_)
    {
        reference::Generator generator(seed);
        const auto rows = static_cast<std::size_t>(2 * width);
        for (std::size_t i = 0; i < rows + PairKeys::padding; ++i) {
            candidate.push_back(static_cast<std::uint32_t>(generator()));
        }
        for (std::size_t i = 0; i <= rows; ++i) {
            offset.push_back(static_cast<std::int32_t>(2 * i));
        }
        for (std::size_t i = 0; i < rows; ++i) {
            row_of.push_back(static_cast<std::int32_t>(rows - 1 - i));
        }
        for (std::size_t i = 0; i < 2 * rows; ++i) {
            slot.push_back(static_cast<std::uint32_t>(generator()));
            const std::uint32_t own = key_of(candidate[generator() % rows], slot[i]);
            const std::uint32_t bests[] = {own, own + 1, own - 1, 0, std::numeric_limits<std::uint32_t>::max()};
            best.push_back(bests[generator() % 5]);
        }
    }

    [[nodiscard]] PairKeys keys() const
    {
        return {candidate.data(), row_of.data(), offset.data(), slot.data(), best.data()};
    }

    [[nodiscard]] bool reaches(Index anchor, Index other, int layer) const
    {
        const auto at = static_cast<std::size_t>(
            offset[static_cast<std::size_t>(row_of[static_cast<std::size_t>(anchor)])] + layer);
        return key_of(candidate[static_cast<std::size_t>(other)], slot[at]) >= best[at];
    }

    /// What has to be left of `before`, whose rows begin at 0 and whose columns at the second panel.
    [[nodiscard]] TileSurvivors expected(const TileSurvivors& before, int layer) const
    {
        TileSurvivors result = before;
        for (Index anchor = 0; anchor < width; ++anchor) {
            for (Index other = 0; other < width; ++other) {
                const std::uint64_t bit = std::uint64_t{1} << other;
                result.in_row[anchor] &= reaches(anchor, width + other, layer) ? ~std::uint64_t{0} : ~bit;
                result.in_column[anchor] &= reaches(width + anchor, other, layer) ? ~std::uint64_t{0} : ~bit;
            }
            const std::uint64_t bit = std::uint64_t{1} << anchor;
            result.rows &= result.in_row[anchor] != 0 ? ~std::uint64_t{0} : ~bit;
            result.columns &= result.in_column[anchor] != 0 ? ~std::uint64_t{0} : ~bit;
        }
        return result;
    }
};

bool same(const TileSurvivors& found, const TileSurvivors& expected)
{
    bool result = found.rows == expected.rows && found.columns == expected.columns;
    for (int i = 0; i < mohs::detail::widest_panel; ++i) {
        result = result && ((expected.rows >> i & 1U) == 0 || found.in_row[i] == expected.in_row[i]);
        result = result && ((expected.columns >> i & 1U) == 0 || found.in_column[i] == expected.in_column[i]);
    }
    return result;
}

/// Whether the kernel leaves what a plain loop over `wanted(tile, before, layer)` leaves.
template <class T, class Wanted>
bool leaves(IsaLevel level, const Wanted& wanted)
{
    bool right = true;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        const Index width = mohs::detail::panel_width_at<T>(level);
        const Tile<T> tile(width, seed);
        reference::Generator generator(seed + 100);
        TileSurvivors before{};
        for (Index i = 0; i < width; ++i) {
            const std::uint64_t all = (std::uint64_t{1} << width) - 1;
            before.in_row[i] = generator() & (i % 3 == 0 ? generator() & generator() : ~std::uint64_t{0}) & all;
            before.in_column[i] = generator() & (i % 3 == 1 ? generator() & generator() : ~std::uint64_t{0}) & all;
            before.rows |= std::uint64_t{before.in_row[i] != 0} << i;
            before.columns |= std::uint64_t{before.in_column[i] != 0} << i;
        }
        const PairKeys keys = tile.keys();
        for (const int layer : {0, 1}) {
            TileSurvivors found = before;
            mohs::detail::isa::run(level, mohs::detail::KeepBestKeys<T>{keys, 0, width, layer, found});
            right = right && same(found, wanted(tile, before, layer));
        }
    }
    return right;
}

/// What a slot chooses among `count` candidates with the keys `key(candidate, slot)`.
using Key = std::function<std::uint32_t(std::uint32_t, std::uint32_t)>;
Index choice(const RandomStream& stream, Index count, std::int64_t anchor, std::int64_t positive, const Key& key)
{
    const auto slot = static_cast<std::uint32_t>(stream.key(anchor, positive, 0));
    Index best = 0;
    std::uint32_t best_key = 0;
    for (Index i = 0; i < count; ++i) {
        const std::uint32_t its = key(stream.candidate(100 + i, 0), slot);
        if (i == 0 || its > best_key) {
            best = i;
            best_key = its;
        }
    }
    return best;
}

/// Choices of three slots over the steps: two of an anchor, one of another.
struct Choices {
    std::vector<Index> first, other_positive, other_anchor;

    Choices(Index count, const Key& key)
    {
        for (std::uint64_t step = 0; step < 30000; ++step) {
            const RandomStream stream(17, step, Purpose::negative);
            first.push_back(choice(stream, count, 3, 4, key));
            other_positive.push_back(choice(stream, count, 3, 5, key));
            other_anchor.push_back(choice(stream, count, 4, 3, key));
        }
    }

    [[nodiscard]] bool are_uniform(Index count) const
    {
        for (const auto* const choices : {&first, &other_positive, &other_anchor}) {
            std::vector<Index> counts(static_cast<std::size_t>(count));
            for (const Index chosen : *choices) {
                ++counts[static_cast<std::size_t>(chosen)];
            }
            if (!draws::is_uniform(counts)) {
                return false;
            }
        }
        return true;
    }
    [[nodiscard]] bool are_independent() const
    {
        return draws::are_independent(first, other_positive) && draws::are_independent(first, other_anchor) &&
               draws::are_independent(other_positive, other_anchor);
    }
};

}  // namespace

TEMPLATE_TEST_CASE("survivors keep the lanes whose keys reach the best of their slot", "[kernel]", float, double)
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        CAPTURE(static_cast<int>(level));
        CHECK(leaves<TestType>(level, [](const auto& tile, const TileSurvivors& before, int layer) {
            return tile.expected(before, layer);
        }));
        // Mistakes that the comparison has to notice.
        CHECK_FALSE(leaves<TestType>(level, [](const auto& tile, const TileSurvivors& before, int layer) {
            return tile.expected(before, 1 - layer);
        }));
        CHECK_FALSE(leaves<TestType>(level, [](auto tile, const TileSurvivors& before, int layer) {
            for (std::uint32_t& best : tile.best) {
                best += best != std::numeric_limits<std::uint32_t>::max();
            }
            return tile.expected(before, layer);
        }));
    }
}

TEST_CASE("the key of a pair is a bijection of the number of its candidate")
{
    // The inverses of the factors are found by Newton's method; the shift by 15 is undone in three steps.
    const auto inverse = [](std::uint32_t factor) {
        std::uint32_t result = factor;
        for (int i = 0; i < 5; ++i) {
            result *= 2 - factor * result;
        }
        return result;
    };
    reference::Generator generator(3);
    for (int i = 0; i < 1000; ++i) {
        const auto candidate = static_cast<std::uint32_t>(generator()), slot = static_cast<std::uint32_t>(generator());
        std::uint32_t back = key_of(candidate, slot) * inverse(0x846CA68BU);
        back ^= back >> 15 ^ back >> 30;
        REQUIRE((back * inverse(0x7FEB352DU) ^ slot) == candidate);
    }
}

TEST_CASE("the highest key of a slot is a uniform choice and that of another slot is independent of it")
{
    for (const Index count : {2, 5, 23}) {
        CAPTURE(count);
        const Choices choices(count, key_of);
        CHECK(choices.are_uniform(count));
        CHECK(choices.are_independent());
    }
}

TEST_CASE("keys that are wrong do not look uniform and independent")
{
    constexpr Index count = 5;
    // The slot is not mixed in, or hardly.
    CHECK_FALSE(Choices(count, [](std::uint32_t candidate, std::uint32_t) { return candidate; }).are_independent());
    CHECK_FALSE(
        Choices(count, [](std::uint32_t candidate, std::uint32_t slot) { return candidate ^ slot; }).are_independent());
    CHECK_FALSE(
        Choices(count, [](std::uint32_t candidate, std::uint32_t slot) { return candidate + slot; }).are_independent());
    // Keys of four bits tie, and then the first is taken.
    CHECK_FALSE(Choices(count, [](std::uint32_t candidate, std::uint32_t slot) {
                    return key_of(candidate, slot) >> 28;
                }).are_uniform(count));
}
