#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace examples {

/// Mean and standard deviation of a sample.
struct Statistics {
    double mean = 0, deviation = 0;
    std::size_t count = 0;

    /// Of `value(element)` over some elements. The deviation has the divisor n - 1, and is 0 for a single element.
    template <class T, class Function>
    static Statistics of(const std::vector<T>& elements, Function value)
    {
        Statistics result;
        result.count = elements.size();
        for (const T& element : elements) {
            result.mean += value(element) / static_cast<double>(result.count);
        }
        for (const T& element : elements) {
            result.deviation += std::pow(value(element) - result.mean, 2);
        }
        result.deviation = result.count > 1 ? std::sqrt(result.deviation / static_cast<double>(result.count - 1)) : 0;
        return result;
    }

    [[nodiscard]] double standard_error() const { return deviation / std::sqrt(static_cast<double>(count)); }
};

}  // namespace examples
