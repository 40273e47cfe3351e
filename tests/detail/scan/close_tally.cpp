#include <mohs/detail/scan/close_tally.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <algorithm>
#include <array>
#include <vector>

using mohs::Index;

namespace {

enum class Kind { duplicates, margin, band, condition };

constexpr double duplicate = 6, margin = 1, low = -3, high = 4;
bool is_excluded(Index anchor, Index negative)
{
    return (anchor * 7 + negative) % 3 == 0;
}

bool rejects(Kind kind, Index anchor, Index negative, double value, double positive)
{
    switch (kind) {
        case Kind::duplicates: return value > duplicate;
        case Kind::margin: return value > positive - margin;
        case Kind::band: return value < low || value > high;
        default: return is_excluded(anchor, negative);
    }
}

/// Small integers: products are exact, and many are equal to each other and to the limits of the filters.
reference::Data integers(Index rows, std::uint64_t seed)
{
    reference::Generator generator(seed);
    reference::Data data{"integers", reference::Table::Zero(rows, 5),
                         reference::shuffled_labels(rows, rows / 4, generator)};
    for (Index row = 0; row < rows; ++row) {
        for (Index k = 0; k < 5; ++k) {
            data.rows(row, k) = static_cast<double>(reference::uniform_below(generator, 5)) - 2;
        }
    }
    return data;
}

/// What is mined, and how often each filter rejected, in their order.
struct Mined {
    std::vector<std::array<Index, 3>> triplets;
    std::vector<Index> rejected;
    bool operator==(const Mined&) const = default;
};

/// One candidate after the other, from the definition.
Mined expected_of(const reference::Data& anchors, const reference::Data& candidates, bool self,
                  const std::vector<Kind>& kinds)
{
    Mined result{{}, std::vector<Index>(kinds.size(), 0)};
    for (Index anchor = 0; anchor < anchors.size(); ++anchor) {
        std::vector<std::pair<double, Index>> negatives;
        std::vector<Index> positives;
        const auto value = [&](Index row) { return anchors.rows.row(anchor).dot(candidates.rows.row(row)); };
        for (Index row = 0; row < candidates.size(); ++row) {
            if (candidates.labels[static_cast<std::size_t>(row)] != anchors.labels[static_cast<std::size_t>(anchor)]) {
                negatives.emplace_back(-value(row), row);
            } else if (!self || row != anchor) {
                positives.push_back(row);
            }
        }
        std::sort(negatives.begin(), negatives.end());
        for (const Index positive : positives) {
            for (const auto& [minus_value, row] : negatives) {
                const auto first = std::find_if(kinds.begin(), kinds.end(), [&, v = -minus_value, n = row](Kind kind) {
                    return rejects(kind, anchor, n, v, value(positive));
                });
                if (first == kinds.end()) {
                    result.triplets.push_back({anchor, positive, row});
                    break;
                }
                ++result.rejected[static_cast<std::size_t>(first - kinds.begin())];
            }
        }
    }
    return result;
}

template <class T, class... Filters>
Mined mined_by(const reference::Data& anchors, const reference::Data& candidates, bool self, mohs::IsaLevel level,
               const Filters&... filters)
{
    const mohs::TripletMiner miner{mohs::DotProduct{}, mohs::AllPositives{}, mohs::HardestNegative{}, filters...};
    const reference::Owned<T> one(anchors), other(candidates);
    const mohs::Options options{.isa = level, .threads = 1};
    const auto triplets = self ? miner(one.batch(), options) : miner(one.batch(), other.batch(), options);
    Mined result;
    for (const mohs::Triplet triplet : triplets) {
        result.triplets.push_back({triplet.anchor, triplet.positive, triplet.negative});
    }
    std::sort(result.triplets.begin(), result.triplets.end());
    result.rejected.assign(triplets.report.rejected.begin(), triplets.report.rejected.begin() + sizeof...(Filters));
    return result;
}

template <class T>
void require_counted(const reference::Data& anchors, const reference::Data& candidates, bool self)
{
    const mohs::ExcludeNearDuplicates duplicates{duplicate, false};
    const mohs::MarginToPositive to_positive{.absolute = margin};
    const mohs::ScoreBand band{low, high};
    const mohs::ExcludeIf condition{is_excluded};
    const Mined all = expected_of(anchors, candidates, self,
                                  {Kind::duplicates, Kind::margin, Kind::band, Kind::condition}),
                asked_between = expected_of(anchors, candidates, self, {Kind::band, Kind::condition, Kind::margin});
    REQUIRE(*std::min_element(all.rejected.begin(), all.rejected.end()) > 0);
    REQUIRE(!all.triplets.empty());
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes, self " << self);
        CHECK((mined_by<T>(anchors, candidates, self, level, duplicates, to_positive, band, condition) == all));
        CHECK((mined_by<T>(anchors, candidates, self, level, band, condition, to_positive) == asked_between));
    }
}

}  // namespace

TEST_CASE("what is rejected is counted where many scores are equal to limits")
{
    const reference::Data gallery = integers(230, 1), queries = integers(120, 2);
    require_counted<float>(gallery, gallery, true);
    require_counted<double>(gallery, gallery, true);
    require_counted<float>(queries, gallery, false);
}
