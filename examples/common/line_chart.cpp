#include "svg.hpp"

#include <algorithm>

namespace examples {

namespace {

constexpr double width = 420, height = 290, left = 42, right = 134, top = 12, bottom = 40;

/// Where the labels go, so that they do not overlap: as near to their wishes as a pass down and one up can bring them.
std::vector<double> spread(const std::vector<double>& wishes, double distance, double low, double high)
{
    std::vector<std::size_t> order(wishes.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return wishes[a] < wishes[b]; });
    std::vector<double> result = wishes;
    double limit = low;
    for (const std::size_t i : order) {
        result[i] = std::max(result[i], limit);
        limit = result[i] + distance;
    }
    limit = high;
    for (auto at = order.rbegin(); at != order.rend(); ++at) {
        result[*at] = std::min(result[*at], limit);
        limit = result[*at] - distance;
    }
    return result;
}

std::string axes(const Scale& x, const Scale& y, const std::string& x_label, const std::string& y_label)
{
    std::string svg;
    for (const double tick : ticks(y.low, y.high, 6)) {
        svg += format("<path class=\"rule\" d=\"M%.1f %.1fH%.1f\"/>", x.begin, y(tick), x.end);
        svg += svg_text(x.begin - 5, y(tick) + 3.5, format("%.3g", tick), "class=\"tick\" text-anchor=\"end\"");
    }
    for (const double tick : ticks(x.low, x.high, 5)) {
        svg += format("<path class=\"axis\" d=\"M%.1f %.1fv4\"/>", x(tick), y.begin);
        svg += svg_text(x(tick), y.begin + 15, format("%g", tick), "class=\"tick\" text-anchor=\"middle\"");
    }
    svg += format("<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>", x.begin, y.begin, x.end);
    svg += svg_text((x.begin + x.end) / 2, height - 6, x_label, "class=\"name\" text-anchor=\"middle\"");
    const double middle = (y.begin + y.end) / 2;
    return svg + svg_text(11, middle, y_label,
                          format("class=\"name\" text-anchor=\"middle\" transform=\"rotate(-90 11 %.1f)\"", middle));
}

/// The band around a line: along its upper side, and back along the lower one.
std::string band(const Series& one, const Scale& x, const Scale& y)
{
    std::string path;
    const std::size_t count = one.errors.size();
    for (std::size_t i = 0; i < 2 * count; ++i) {
        const std::size_t at = i < count ? i : 2 * count - 1 - i;
        const double edge = one.points[at].second + (i < count ? one.errors[at] : -one.errors[at]);
        path += format("%c%.1f %.1f", i == 0 ? 'M' : 'L', x(one.points[at].first), y(edge));
    }
    return path.empty() ? "" : "<path class=\"band\" d=\"" + path + "Z\"/>";
}

std::string line(const Series& one, const Scale& x, const Scale& y, double label_y)
{
    std::string path, dots;
    for (std::size_t i = 0; i < one.points.size(); ++i) {
        const double px = x(one.points[i].first), py = y(one.points[i].second);
        path += format("%c%.1f %.1f", i == 0 ? 'M' : 'L', px, py);
        dots += format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"2.6\"><title>", px, py) + escape_html(one.notes[i]) +
                "</title></circle>";
    }
    const double end_x = x(one.points.back().first), end_y = y(one.points.back().second);
    return format("<g class=\"series\" data-series=\"%zu\" style=\"--c:var(--s%zu)\">", one.colour, one.colour) +
           band(one, x, y) + format("<path class=\"line%s\" d=\"", one.dashed ? " dashed" : "") + path + "\"/>" + dots +
           format("<path class=\"leader\" d=\"M%.1f %.1fL%.1f %.1f\"/>", end_x + 3, end_y, x.end + 8, label_y) +
           svg_text(x.end + 10, label_y + 3.5, one.label, "class=\"label\"") + "</g>";
}

}  // namespace

std::string line_chart(const std::string& title, const std::string& x_label, const std::string& y_label,
                       const std::vector<Series>& series)
{
    double low = 1, high = 0, last = 0;
    for (const Series& one : series) {
        for (std::size_t i = 0; i < one.points.size(); ++i) {
            const auto [x, y] = one.points[i];
            const double error = one.errors.empty() ? 0 : one.errors[i];
            low = std::min(low, y - error);
            high = std::max(high, y + error);
            last = std::max(last, x);
        }
    }
    const double margin = std::max(0.02, 0.05 * (high - low));
    const Scale x{0, last, left, width - right};
    const Scale y{std::max(0.0, low - margin), std::min(1.0, high + margin), height - bottom, top};
    std::vector<double> wishes;
    for (const Series& one : series) {
        wishes.push_back(y(one.points.back().second));
    }
    const std::vector<double> labels = spread(wishes, 12.5, top, height - bottom);
    std::string svg = svg_begin(width, height, title) + axes(x, y, x_label, y_label);
    for (std::size_t i = 0; i < series.size(); ++i) {
        svg += line(series[i], x, y, labels[i]);
    }
    return svg + "</svg>";
}

}  // namespace examples
