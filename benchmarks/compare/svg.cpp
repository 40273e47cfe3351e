#include "svg.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace compare {
namespace {

constexpr double width = 670, height = 360, left = 64, right = 220, top = 40, bottom = 48;

constexpr const char* style = R"(<style>
text{font:12px system-ui,sans-serif;fill:#52514e}
.title{font-weight:600;fill:#0b0b0b}
.paper{fill:#fcfcfb}.rule{stroke:#e3e2de}.axis{stroke:#8a8984}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.leader{stroke:#8a8984;stroke-width:.7}
.s0{color:#2a78d6}.s1{color:#b86200}.s2{color:#7d5fb2}
.line{stroke:currentColor}circle{fill:currentColor}.label{fill:currentColor;font-weight:600}
@media (prefers-color-scheme:dark){
text{fill:#b5b4ae}.title{fill:#fff}.paper{fill:#1a1a19}.rule{stroke:#33332f}.axis,.leader{stroke:#7a7974}
.s0{color:#6aa9f4}.s1{color:#eda84f}.s2{color:#b9a0e6}
}
</style>)";

/// Logarithms of values to positions.
struct LogScale {
    double low, high, begin, end;

    double operator()(double value) const
    {
        return begin + std::log(value / low) / std::log(high / low) * (end - begin);
    }
};

std::string text(double x, double y, const std::string& content, const std::string& attributes)
{
    std::ostringstream svg;
    svg << "<text x=\"" << x << "\" y=\"" << y << "\" " << attributes << '>' << content << "</text>\n";
    return svg.str();
}

std::string axes(const LogScale& x, const LogScale& y, const std::string& x_label, const std::string& y_label)
{
    std::ostringstream svg;
    for (double tick = y.low; tick <= y.high * 1.001; tick *= 10) {
        std::ostringstream name;
        name << tick;
        svg << "<path class=\"rule\" d=\"M" << x.begin << ' ' << y(tick) << 'H' << x.end << "\"/>\n"
            << text(x.begin - 8, y(tick) + 4, name.str(), "text-anchor=\"end\"");
    }
    for (double tick = x.low; tick <= x.high * 1.001; tick *= 2) {
        std::ostringstream name;
        name << tick;
        svg << "<path class=\"axis\" d=\"M" << x(tick) << ' ' << y.begin << "v4\"/>\n"
            << text(x(tick), y.begin + 18, name.str(), "text-anchor=\"middle\"");
    }
    svg << "<path class=\"axis\" d=\"M" << x.begin << ' ' << y.begin << 'H' << x.end << "\"/>\n"
        << text((x.begin + x.end) / 2, height - 10, x_label, "text-anchor=\"middle\"")
        << text(x.begin, top - 8, y_label, "text-anchor=\"middle\"");
    return svg.str();
}

std::string line(const Series& one, const LogScale& x, const LogScale& y, double label_y)
{
    std::ostringstream path, dots;
    for (const auto& [px, py] : one.points) {
        path << (path.str().empty() ? 'M' : 'L') << x(px) << ' ' << y(py);
        dots << "<circle cx=\"" << x(px) << "\" cy=\"" << y(py) << "\" r=\"3\"><title>" << px << ": " << py
             << "</title></circle>\n";
    }
    const double end = y(one.points.back().second);
    std::ostringstream svg;
    svg << "<g class=\"s" << one.colour << "\">\n<path class=\"line\" d=\"" << path.str() << "\"/>\n"
        << dots.str() << "<path class=\"leader\" d=\"M" << x.end + 5 << ' ' << end << 'L' << x.end + 12 << ' '
        << label_y << "\"/>\n"
        << text(x.end + 15, label_y + 4, one.label, "class=\"label\"") << "</g>\n";
    return svg.str();
}

/// Positions of the labels, from top to bottom, so that they do not overlap.
std::vector<double> spread(const std::vector<Series>& series, const LogScale& y)
{
    std::vector<double> wishes;
    for (const Series& one : series) {
        wishes.push_back(y(one.points.back().second));
    }
    std::vector<std::size_t> order(series.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return wishes[a] < wishes[b]; });
    double limit = top;
    for (const std::size_t i : order) {
        wishes[i] = std::max(wishes[i], limit);
        limit = wishes[i] + 16;
    }
    return wishes;
}

}  // namespace

std::string log_chart(const std::string& title, const std::string& x_label, const std::string& y_label,
                      const std::vector<Series>& series)
{
    constexpr double infinity = std::numeric_limits<double>::max();
    double x_low = infinity, x_high = 0, y_low = infinity, y_high = 0;
    for (const Series& one : series) {
        for (const auto& [x, y] : one.points) {
            x_low = std::min(x_low, x);
            x_high = std::max(x_high, x);
            y_low = std::min(y_low, y);
            y_high = std::max(y_high, y);
        }
    }
    const LogScale x{x_low, x_high, left, width - right};
    const LogScale y{std::pow(10, std::floor(std::log10(y_low))), std::pow(10, std::ceil(std::log10(y_high))),
                     height - bottom, top};
    std::ostringstream svg;
    svg << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << ' ' << height
        << "\" role=\"img\" aria-label=\"" << title << "\">\n"
        << style << "\n<rect class=\"paper\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n"
        << text(14, 20, title, "class=\"title\"") << axes(x, y, x_label, y_label);
    const std::vector<double> labels = spread(series, y);
    for (std::size_t i = 0; i < series.size(); ++i) {
        svg << line(series[i], x, y, labels[i]);
    }
    return svg.str() + "</svg>\n";
}

}  // namespace compare
