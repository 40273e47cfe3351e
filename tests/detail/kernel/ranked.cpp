// Covers detail/base/ranks_before.hpp.

#include <mohs/detail/kernel/ranked.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <limits>
#include <utility>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::InsertRanked;
using mohs::detail::Ranked;

namespace {

/// Score and row.
template <class T>
using Pair = std::pair<T, std::int32_t>;

/// Scores with many ties, of both signs, and a few extremes.
template <class T>
std::vector<Pair<T>> candidates(Index count, std::uint64_t seed)
{
    reference::Generator generator(seed);
    std::vector<Pair<T>> result;
    for (Index i = 0; i < count; ++i) {
        const double score = reference::normal(generator);
        result.emplace_back(static_cast<T>(i % 2 == 0 ? std::round(4 * score) / 4 : score),
                            static_cast<std::int32_t>((i * 7919) % 100003));
    }
    result[static_cast<std::size_t>(count / 2)].first = std::numeric_limits<T>::max();
    result[static_cast<std::size_t>(count / 3)].first = std::numeric_limits<T>::min();
    return result;
}

template <class T>
bool is_better(const Pair<T>& a, const Pair<T>& b)
{
    return a.first != b.first ? a.first > b.first : a.second < b.second;
}

/// Inserts the candidates in groups of `together` into a list of `size`.
template <class T>
std::vector<Pair<T>> inserted(IsaLevel level, const std::vector<Pair<T>>& all, std::size_t size, std::size_t together)
{
    constexpr auto granule = static_cast<std::size_t>(InsertRanked<T>::granule);
    std::vector<Ranked<T>> list((size + granule - 1) / granule * granule,
                                Ranked<T>(std::numeric_limits<T>::lowest(), -1)),
        offered;
    for (const auto& [score, row] : all) {
        offered.emplace_back(score, row);
    }
    for (std::size_t first = 0; first < offered.size(); first += together) {
        const auto group = std::span(offered).subspan(first, std::min(together, offered.size() - first));
        mohs::detail::isa::run(level, InsertRanked<T>{list.data(), static_cast<Index>(size), group});
    }
    std::vector<Pair<T>> result;
    for (std::size_t i = 0; i < size && list[i].row() >= 0; ++i) {
        result.emplace_back(list[i].score(), list[i].row());
    }
    return result;
}

// Around whole numbers of vectors of all levels, and the longest list.
constexpr std::size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 10, 16, 17, 24, 31, 32, 33, 64, 65, 100, 256};

template <class T>
void require_best_are_kept()
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const std::size_t size : sizes) {
            for (const Index count : {1, 9, 40, 300}) {
                const auto all = candidates<T>(count, size + static_cast<std::size_t>(count));
                auto best = all;
                std::sort(best.begin(), best.end(), is_better<T>);
                best.resize(std::min(best.size(), size));
                for (const std::size_t together : {std::size_t{1}, std::size_t{5}, std::size_t{48}}) {
                    INFO(mohs::to_string(level) << ", " << size << " of " << count << ", by " << together);
                    REQUIRE(inserted(level, all, size, together) == best);
                }
            }
        }
    }
}

}  // namespace

TEST_CASE("a sorted list keeps the best of what is inserted", "[kernel]")
{
    require_best_are_kept<float>();
    require_best_are_kept<double>();
}

TEST_CASE("candidates are ordered by score, then by the lowest row, and the signs of zero do not count", "[ieee]")
{
    const auto require_order = [](auto zero) {
        using T = decltype(zero);
        const T largest = std::numeric_limits<T>::max(), tiny = std::numeric_limits<T>::denorm_min();
        const std::vector<Pair<T>> order{{largest, 2}, {1, 0},           {1, 5},        {tiny, 9},
                                         {zero, 1},    {-zero, 3},       {zero, 4},     {-tiny, 0},
                                         {-1, 0},      {-1, 2147483646}, {-largest, 7}, {-largest, 8}};
        for (std::size_t i = 0; i < order.size(); ++i) {
            for (std::size_t j = 0; j < order.size(); ++j) {
                const Ranked<T> a(order[i].first, order[i].second), b(order[j].first, order[j].second);
                INFO(i << " " << j);
                REQUIRE((a < b) == (i > j));
            }
            const Ranked<T> ranked(order[i].first, order[i].second);
            REQUIRE(ranked.score() == order[i].first);
            REQUIRE(ranked.row() == order[i].second);
        }
    };
    require_order(0.0F);
    require_order(0.0);
}
