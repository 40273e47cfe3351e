#include <mohs/detail/kernel/update_panel.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <cmath>
#include <limits>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;

namespace {

constexpr Index depths[] = {1, 3, 8, 21, 128};

template <class T>
reference::AlignedVector<T> numbers(Index count, std::uint64_t seed)
{
    reference::Generator generator(seed);
    reference::AlignedVector<T> result(static_cast<std::size_t>(count));
    for (T& x : result) {
        x = static_cast<T>(reference::normal(generator));
    }
    return result;
}

/// Rows as they are packed: element k of row r of a panel at [k * width + r].
template <class T>
struct Panels {
    Index width, depth;
    reference::AlignedVector<T> elements;

    Panels(Index width_, Index depth_, Index count, std::uint64_t seed)
        : width(width_), depth(depth_), elements(numbers<T>(width_ * depth_ * count, seed))
    {
    }

    [[nodiscard]] double at(Index row, Index k) const
    {
        return static_cast<double>(
            elements[static_cast<std::size_t>(row / width * width * depth + k * width + row % width)]);
    }
};

/// Whether gradient[k * width + i] is its value before plus the sum over j < terms of weight(i, j) times element k of
/// row j, up to the rounding of so many multiply-adds (Higham, section 3.1), and nothing else has changed.
template <class T, class Weight>
bool is_sum(const reference::AlignedVector<T>& gradient, const reference::AlignedVector<T>& before,
            const Panels<T>& rows, Index terms, const Weight& weight)
{
    bool good = true;
    for (Index k = 0; k < rows.depth; ++k) {
        for (Index i = 0; i < rows.width; ++i) {
            const auto at = static_cast<std::size_t>(k * rows.width + i);
            double sum = static_cast<double>(before[at]), size = std::abs(sum);
            for (Index j = 0; j < terms; ++j) {
                const double term = static_cast<double>(weight(i, j)) * rows.at(j, k);
                sum += term;
                size += std::abs(term);
            }
            const double unit = static_cast<double>(std::numeric_limits<T>::epsilon()) * static_cast<double>(terms + 1);
            good &= std::abs(static_cast<double>(gradient[at]) - sum) <= unit * size;
        }
    }
    return good;
}

}  // namespace

TEMPLATE_TEST_CASE("weights times columns are added to the gradients of a panel of rows", "[kernel]", float, double)
{
    using T = TestType;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const Index width = reference::panel_width<T>(level);
        for (const Index depth : depths) {
            for (const Index columns : {Index{1}, width - 1, width, width + 1, 3 * width}) {
                const Panels<T> others(width, depth, 3, 1);
                const auto weights = numbers<T>(3 * width * width, 2), before = numbers<T>(width * depth, 3);
                auto gradient = before;
                mohs::detail::isa::run(
                    level, mohs::detail::UpdatePanel<T>{weights.data(), columns, others.elements.data(), depth,
                                                        gradient.data()});
                INFO(mohs::to_string(level) << ", depth " << depth << ", columns " << columns);
                CHECK(is_sum(gradient, before, others, columns, [&](Index row, Index column) {
                    return weights[static_cast<std::size_t>(column * width + row)];
                }));
            }
        }
    }
}
