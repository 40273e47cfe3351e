#pragma once

/// What the tests of screening share: levels that can screen, and rows that are hard to screen.

#include "../catch.hpp"
#include "../reference.hpp"

#include <mohs/detail/screen/byte_dot.hpp>

#include <vector>

namespace screened {

/// Levels that multiply bytes on this machine.
inline std::vector<mohs::IsaLevel> levels()
{
    std::vector<mohs::IsaLevel> result = mohs::available_isa_levels();
    std::erase_if(result, [](mohs::IsaLevel level) { return !mohs::detail::has_byte_dot(level); });
    return result;
}

/// The same for tests that are about nothing else, and say so where there are none.
inline std::vector<mohs::IsaLevel> levels_to_test()
{
    std::vector<mohs::IsaLevel> result = levels();
    if (result.empty()) {
        WARN("this machine does not multiply bytes: nothing is tested here");
    }
    return result;
}

inline reference::Data collapsed(mohs::Index rows, mohs::Index dimension, std::uint64_t seed)
{
    reference::Data data = reference::clustered(rows, dimension, seed);
    data.name = "collapsed around a far mean";
    data.rows *= 1e-2;
    data.rows.array() += 1;
    return reference::rounded_to<float>(data);
}

inline reference::Data with_outlier_column(reference::Data data, double factor)
{
    data.name = "an outlier column";
    data.rows.col(data.rows.cols() / 2) *= factor;
    return reference::rounded_to<float>(data);
}

/// The signs of the numbers as differences below the smallest normal number squared, next to a common part that
/// centring takes away.
inline reference::Data hidden_signs(reference::Data data)
{
    data.name = "signs of tiny magnitude";
    data.rows = 1e-20 * data.rows.unaryExpr([](double x) { return x < 0 ? -1.0 : 1.0; }).eval();
    data.rows.col(0).setConstant(1);
    return reference::rounded_to<float>(data);
}

}  // namespace screened
