#pragma once

/// \file
/// A drawing that is a file of its own, and follows the colours of the page that shows it.

#include <string>
#include <utility>
#include <vector>

namespace compare {

/// A line, labelled where it ends. Points have positive coordinates and ascending x.
struct Series {
    std::string label;
    int colour;  ///< 0 to 2
    std::vector<std::pair<double, double>> points;
};

/// Lines over logarithmic axes: a tick per doubling of x and per power of ten of y. All series have a point.
std::string log_chart(const std::string& title, const std::string& x_label, const std::string& y_label,
                      const std::vector<Series>& series);

}  // namespace compare
