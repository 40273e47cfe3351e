#pragma once

#include "text.hpp"

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace examples {

/// A linear scale from values to positions in a drawing.
struct Scale {
    double low = 0, high = 1, begin = 0, end = 1;

    [[nodiscard]] double operator()(double value) const { return begin + (value - low) / (high - low) * (end - begin); }
};

/// Round numbers in [low, high], about `count` of them.
inline std::vector<double> ticks(double low, double high, int count)
{
    const double rough = (high - low) / count, magnitude = std::pow(10, std::floor(std::log10(rough)));
    double step = 10 * magnitude;
    for (const double factor : {5.0, 2.5, 2.0, 1.0}) {
        step = factor * magnitude >= rough ? factor * magnitude : step;
    }
    std::vector<double> result;
    for (double number = std::ceil(low / step - 1e-9); number * step <= high + 1e-9 * step; ++number) {
        result.push_back(number * step + 0.0);  // -0 would be shown as such
    }
    return result;
}

/// Text at a point. `attributes` are taken as they are, `content` is escaped.
inline std::string svg_text(double x, double y, std::string_view content, std::string_view attributes = "")
{
    return format("<text x=\"%.1f\" y=\"%.1f\" ", x, y) + std::string(attributes) + ">" + escape_html(content) +
           "</text>";
}

/// The start of a drawing that is as wide as its place. `label` is what a screen reader says.
inline std::string svg_begin(double width, double height, std::string_view label)
{
    return format("<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"", width, height) + escape_html(label) +
           "\">";
}

/// A drawing in a frame, with a heading and what one sees.
inline std::string figure(const std::string& title, const std::string& drawing, const std::string& caption)
{
    return "<figure><h3>" + escape_html(title) + "</h3>" + drawing + "<figcaption>" + escape_html(caption) +
           "</figcaption></figure>";
}

/// A line of a chart: what it is called, which colour it has, its points, what is said about each of them, and how far
/// a band around it reaches to either side: an error per point, or none at all.
struct Series {
    std::string label;
    std::size_t colour = 0;
    bool dashed = false;
    std::vector<std::pair<double, double>> points;
    std::vector<std::string> notes;
    std::vector<double> errors = {};
};

/// Lines over a pair of axes, labelled where they end.
std::string line_chart(const std::string& title, const std::string& x_label, const std::string& y_label,
                       const std::vector<Series>& series);

}  // namespace examples
