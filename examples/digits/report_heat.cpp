#include "../common/svg.hpp"
#include "judges.hpp"
#include "noise.hpp"
#include "report_sections.hpp"

namespace digits {

using namespace examples;

namespace {

constexpr std::size_t most_classes = 12;
/// Per cent that have the full colour.
constexpr double brightest_mined = 45, brightest_confused = 25;

/// The largest classes, ascending by number.
Labels shown_classes(const Labels& labels)
{
    Labels classes = distinct(labels);
    const auto sizes = class_sizes(labels);
    std::stable_sort(classes.begin(), classes.end(),
                     [&](std::int64_t a, std::int64_t b) { return sizes.at(a) > sizes.at(b); });
    classes.resize(std::min(classes.size(), most_classes));
    std::sort(classes.begin(), classes.end());
    return classes;
}

/// How often rows of one class have one of another among their nearest neighbours, as many as their class has rows.
ClassCounts confusion(const mohs::Matrix& embeddings, const Labels& labels)
{
    const auto sizes = class_sizes(labels);
    constexpr Index most = 200;
    Index k = 1;
    for (const auto& [label, size] : sizes) {
        k = std::clamp(size - 1, k, most);
    }
    const mohs::Batch batch{embeddings};
    const mohs::Neighbours<Metric> nearest = nearest_neighbours(batch, k);
    ClassCounts counts;
    for (Index row = 0; row < nearest.rows(); ++row) {
        const std::int64_t label = labels[static_cast<std::size_t>(row)];
        for (Index rank = 0; rank < std::min(sizes.at(label) - 1, nearest.count(row)); ++rank) {
            ++counts[{label, labels[static_cast<std::size_t>(nearest.index(row, rank))]}];
        }
    }
    return counts;
}

/// Per cent of each row that is in each column; those of the diagonal are written but not shaded.
std::string heat_map(const ClassCounts& counts, const Labels& classes, double brightest, const std::string& x_label,
                     const std::string& y_label)
{
    const double cell = 240.0 / static_cast<double>(classes.size()), left = 46, top = 30;
    std::string svg = svg_begin(left + 244, top + 244, x_label + " by " + y_label) + "<g class=\"heat\">";
    svg += svg_text(left + 120, 10, x_label, "class=\"name\" text-anchor=\"middle\"");
    svg += svg_text(12, top + 120, y_label,
                    format("class=\"name\" text-anchor=\"middle\" transform=\"rotate(-90 12 %.0f)\"", top + 120));
    for (std::size_t r = 0; r < classes.size(); ++r) {
        const double y = top + cell * static_cast<double>(r);
        double total = 0;
        for (auto at = counts.lower_bound({classes[r], std::numeric_limits<std::int64_t>::min()});
             at != counts.end() && at->first.first == classes[r]; ++at) {
            total += at->second;
        }
        svg += svg_text(left - 5, y + cell / 2 + 3.5, std::to_string(classes[r]), "class=\"tick\" text-anchor=\"end\"");
        svg += svg_text(left + cell * (static_cast<double>(r) + 0.5), top - 6, std::to_string(classes[r]),
                        "class=\"tick\" text-anchor=\"middle\"");
        for (std::size_t c = 0; c < classes.size(); ++c) {
            const double x = left + cell * static_cast<double>(c);
            const auto found = counts.find({classes[r], classes[c]});
            const double share = found == counts.end() ? 0 : 100 * found->second / total;
            svg += format("<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" ", x, y, cell - 1, cell - 1);
            svg += r == c ? "class=\"blank\"/>"
                          : format("fill-opacity=\"%.2f\"/>", 0.04 + 0.9 * std::min(1.0, share / brightest));
            svg += share >= 0.5
                       ? svg_text(x + cell / 2 - 0.5, y + cell / 2 + 3, format("%.0f", share), "text-anchor=\"middle\"")
                       : "";
        }
    }
    return svg + "</g></svg>";
}

std::string mined_maps(const Laboratory& laboratory, const Labels& classes, std::size_t strategy)
{
    const Details& details = laboratory.of({strategy, false, false}).front().details;
    const std::string title = laboratory.strategies[strategy].title();
    const auto quarter = static_cast<long long>(std::max<Index>(1, laboratory.options.steps / 4));
    const std::string x = "class of the negative", y = "class of the anchor";
    const std::string caption = format("Per cent of the anchors of a row; full colour from %.0f.", brightest_mined);
    return figure(title + format(": first %lld steps", quarter),
                  heat_map(details.early, classes, brightest_mined, x, y), caption) +
           figure(title + format(": last %lld steps", quarter), heat_map(details.late, classes, brightest_mined, x, y),
                  caption);
}

}  // namespace

std::string heat_section(const Laboratory& laboratory)
{
    const Labels classes = shown_classes(laboratory.data.labels);
    std::string html =
        "<h2>Which class is mined for which</h2><p>Clean labels, no filters, first seed. Random negatives come from "
        "all "
        "classes alike; the hardest from those that look like the anchor's to the network at that time, and that "
        "changes while it learns.";
    if (classes.size() < distinct(laboratory.data.labels).size()) {
        html += format(" Only the %zu largest classes are shown.", classes.size());
    }
    html += "</p><div class=\"grid tiny\">" + mined_maps(laboratory, classes, hardest_place) +
            mined_maps(laboratory, classes, random_place) +
            "</div><details><summary>The other strategies</summary><div class=\"grid tiny\">";
    for (std::size_t s = 0; s < laboratory.strategies.size(); ++s) {
        const bool shown = s == random_place || s == hardest_place;
        html += laboratory.strategies[s].mined() && !shown ? mined_maps(laboratory, classes, s) : "";
    }
    html +=
        "</div></details><h3 class=\"gap\">How confusion changes</h3><p>The nearest neighbours of test rows, as many "
        "as their class has others: before training (the first picture) and after it. What is off the diagonal costs "
        "MAP@R.</p><div "
        "class=\"grid tiny\">";
    const auto add = [&](const std::string& title, const Configuration& configuration, bool before) {
        const Details& details = laboratory.of(configuration).front().details;
        html +=
            figure(title,
                   heat_map(confusion(before ? details.before : details.after, details.test_labels), classes,
                            brightest_confused, "class of the neighbour", "class of the query"),
                   format("Per cent of the neighbours of a row; full colour from %.0f. The diagonal is right, and not "
                          "coloured.",
                          brightest_confused));
    };
    add("Before training", {random_place, false, false}, true);
    add("random", {random_place, false, false}, false);
    add("hardest", {hardest_place, false, false}, false);
    add("hardest, " + laboratory.noise_title(), {hardest_place, true, false}, false);
    return html + "</div>";
}

}  // namespace digits
