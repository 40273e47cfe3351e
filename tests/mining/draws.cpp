#include "draws.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

namespace draws {

double deviation(const std::vector<Index>& counts)
{
    double total = 0, statistic = 0;
    for (const Index count : counts) {
        total += static_cast<double>(count);
    }
    const double expected = total / static_cast<double>(counts.size());
    if (counts.size() < 2 || expected < 5) {
        throw std::logic_error("too few draws for a chi-squared test");
    }
    for (const Index count : counts) {
        statistic += (static_cast<double>(count) - expected) * (static_cast<double>(count) - expected) / expected;
    }
    const double freedom = static_cast<double>(counts.size() - 1), spread = 2 / (9 * freedom);
    return (std::cbrt(statistic / freedom) - (1 - spread)) / std::sqrt(spread);
}

bool is_uniform(const std::vector<Index>& counts)
{
    return std::abs(deviation(counts)) < 4.75;
}

namespace {

/// Counts what one anchor draws, by its candidates; draws of anything else are counted in `illegal`.
struct Tally {
    std::vector<Index> counts;
    Index illegal = 0;

    Tally(const Scene& scene, Index anchor, Among among)
        : candidates_(scene.candidates_of(anchor, among)), anchor_(anchor)
    {
        counts.assign(candidates_.size(), 0);
    }

    void add(const std::vector<Index>& draws)
    {
        const auto at = std::find(candidates_.begin(), candidates_.end(), draws[static_cast<std::size_t>(anchor_)]);
        if (at == candidates_.end()) {
            ++illegal;
        } else {
            ++counts[static_cast<std::size_t>(at - candidates_.begin())];
        }
    }

    [[nodiscard]] std::string fault() const
    {
        return illegal != 0          ? "illegal draws for anchor " + std::to_string(anchor_) + "; "
               : !is_uniform(counts) ? "anchor " + std::to_string(anchor_) + " is " +
                                           std::to_string(deviation(counts)) + " from uniform; "
                                     : "";
    }

private:
    std::vector<Index> candidates_;
    Index anchor_;
};

}

Data two_labels(Index count, std::uint64_t seed)
{
    Data data = reference::gaussian(count, 2, seed);
    reference::Generator generator(seed);
    data.labels = reference::shuffled_labels(count, 3, generator);
    for (std::int64_t& label : data.labels) {
        label = label == 1 ? 1 : 0;
    }
    return data;
}

Data with_ids(Data data, const std::function<std::int64_t(Index)>& id)
{
    for (Index row = 0; row < data.size(); ++row) {
        data.ids.push_back(id(row));
    }
    return data;
}

std::string uniformity_fault(const Draw& draw, const Scene& scene, Among among, Index steps)
{
    std::vector<Tally> tallies;
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        tallies.emplace_back(scene, anchor, among);
    }
    for (Index step = 0; step < steps; ++step) {
        const std::vector<Index> drawn = draw(scene, 5, at_step(static_cast<std::uint64_t>(step)));
        for (Tally& tally : tallies) {
            tally.add(drawn);
        }
    }
    std::string wrong;
    for (const Tally& tally : tallies) {
        wrong += tally.fault();
    }
    return wrong;
}

bool are_independent(const std::vector<Index>& first, const std::vector<Index>& second)
{
    std::map<Index, Index> first_cells, second_cells;
    for (std::size_t i = 0; i < first.size(); ++i) {
        first_cells.emplace(first[i], 0);
        second_cells.emplace(second[i], 0);
    }
    const auto number = [](std::map<Index, Index>& cells) {
        Index next = 0;
        for (auto& [row, cell] : cells) {
            cell = next++;
        }
        return next;
    };
    const Index rows = number(first_cells), columns = number(second_cells);
    std::vector<Index> counts(static_cast<std::size_t>(rows * columns), 0);
    for (std::size_t i = 0; i < first.size(); ++i) {
        ++counts[static_cast<std::size_t>(first_cells[first[i]] * columns + second_cells[second[i]])];
    }
    return is_uniform(counts);
}

std::vector<Index> over_steps(const Draw& draw, const Scene& scene, std::uint64_t seed, Index anchor, Index steps)
{
    std::vector<Index> result;
    for (Index step = 0; step < steps; ++step) {
        result.push_back(
            draw(scene, seed, at_step(static_cast<std::uint64_t>(step)))[static_cast<std::size_t>(anchor)]);
    }
    return result;
}

double share_different(const std::vector<Index>& a, const std::vector<Index>& b)
{
    Index different = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        different += a[i] != b[i] ? 1 : 0;
    }
    return static_cast<double>(different) / static_cast<double>(a.size());
}

}
