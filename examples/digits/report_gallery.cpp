#include "../common/svg.hpp"
#include "report_sections.hpp"

#include <set>

namespace digits {

using namespace examples;

namespace {

constexpr std::size_t most_anchors = 6;

/// Pixels in the colour of text, darker where the value is larger: runs of equal pixels, a path for every shade.
std::string image(const mohs::Matrix& features, Index row)
{
    constexpr Index side = 8;
    constexpr int shades = 16;
    std::map<int, std::string> paths;
    for (Index y = 0; y < side; ++y) {
        for (Index x = 0, begin = 0; x < side; begin = x) {
            const int shade = static_cast<int>(std::lround(features(row, y * side + x)));
            while (x < side && static_cast<int>(std::lround(features(row, y * side + x))) == shade) {
                ++x;
            }
            if (shade > 0) {
                paths[shade] += format("M%d %dh%dv1h-%dz", static_cast<int>(begin), static_cast<int>(y),
                                       static_cast<int>(x - begin), static_cast<int>(x - begin));
            }
        }
    }
    std::string svg = svg_begin(side, side, "image");
    for (const auto& [shade, path] : paths) {
        svg += format("<path fill=\"currentColor\" fill-opacity=\"%.2g\" d=\"", static_cast<double>(shade) / shades) +
               path + "\"/>";
    }
    return svg + "</svg>";
}

/// A sample with its class, the true one too if that is another, and its distance from the anchor.
std::string show(const Laboratory& laboratory, const Example::Sample& sample, const std::string& role, double distance)
{
    const auto number = [](std::int64_t value) { return std::to_string(value); };
    std::string html = "<span class=\"sample " + role + (sample.label != sample.truth ? " wrong" : "") + "\">";
    html += laboratory.with_images ? image(laboratory.data.features, sample.row)
                                   : "<span class=\"line-number\">" + number(sample.row + 1) + "</span>";
    html +=
        "<b>" + number(sample.label) + (sample.label != sample.truth ? ", is " + number(sample.truth) : "") + "</b>";
    return html + (role == "anchor" ? "" : format("%.2f", distance)) + "</span>";
}

/// Up to `most_anchors` anchors of the batch, of different classes; first those whose negative is false.
std::vector<Example::Sample> choose_anchors(const std::vector<Example>& examples)
{
    std::vector<Example::Sample> anchors;
    std::set<std::int64_t> classes;
    for (const bool only_false : {true, false}) {
        for (const Example& example : examples) {
            const bool is_false = example.anchor.truth == example.negative.truth;
            if (anchors.size() < most_anchors && (is_false || !only_false) &&
                classes.insert(example.anchor.label).second) {
                anchors.push_back(example.anchor);
            }
        }
    }
    return anchors;
}

/// A row per anchor, a column per configuration.
std::string table(const Laboratory& laboratory, const std::vector<Configuration>& columns,
                  const std::vector<Example::Sample>& anchors)
{
    std::string html = "<div class=\"scroll\"><table class=\"gallery\"><thead><tr><th>anchor</th>";
    for (const Configuration& column : columns) {
        html += "<th>" + escape_html(laboratory.strategies[column.strategy].label) +
                (column.filtered           ? "<br>with filters"
                 : columns.back().filtered ? "<br>no filter"
                                           : "") +
                "</th>";
    }
    html += "</tr></thead><tbody>";
    for (const Example::Sample& anchor : anchors) {
        html += "<tr><td>" + show(laboratory, anchor, "anchor", 0) + "</td>";
        for (const Configuration& column : columns) {
            const std::vector<Example>& examples = laboratory.of(column).front().details.examples;
            const auto found = std::find_if(examples.begin(), examples.end(),
                                            [&](const Example& example) { return example.anchor.row == anchor.row; });
            html += found == examples.end()
                        ? "<td class=\"dim\">no triplet</td>"
                        : "<td><span class=\"pair\">" +
                              show(laboratory, found->positive, "positive", found->positive_distance) +
                              show(laboratory, found->negative, "negative", found->negative_distance) + "</span></td>";
        }
        html += "</tr>";
    }
    return html + "</tbody></table></div>";
}

}  // namespace

std::string gallery_section(const Laboratory& laboratory)
{
    std::vector<Configuration> clean, noisy;
    for (const Configuration& configuration : laboratory.configurations) {
        const bool mined = laboratory.strategies[configuration.strategy].mined();
        if (mined && !configuration.noisy && !configuration.filtered) {
            clean.push_back(configuration);
        }
        if (configuration.noisy && mined &&
            (configuration.strategy == hardest_place || configuration.strategy == distance_weighted_place)) {
            noisy.push_back(configuration);
        }
    }
    const Details& hardest = laboratory.of({hardest_place, false, false}).front().details;
    const Details& spoilt = laboratory.of({hardest_place, true, false}).front().details;
    return "<h2>What is mined</h2><p>The same anchors of the same batch, " +
           format("after %lld steps of training, first seed. ", static_cast<long long>(hardest.example_step)) +
           (laboratory.with_images ? "" : "Samples are shown by their line in the data file. ") +
           "For each strategy its <span class=\"key\" style=\"border-color:var(--s4)\"></span> positive and its <span "
           "class=\"key\" style=\"border-color:var(--s3)\"></span> negative, with their distances from the anchor "
           "(0 to 2). Each network has learnt with its own strategy, so distances differ between columns.</p>"
           "<h3>Clean labels</h3>" +
           table(laboratory, clean, choose_anchors(hardest.examples)) +
           "<p class=\"dim\">A triplet has something to teach while its negative is not farther than its "
           "positive by the margin of 0.2.</p><h3>" +
           laboratory.noise_title() + ", without and with filters</h3>" +
           table(laboratory, noisy, choose_anchors(spoilt.examples)) +
           "<p class=\"dim\">In red, labels that are wrong: \"3, is 8\" is an 8 that training takes for a 3. Anchors "
           "whose hardest negative truly is of their class come first.</p>";
}

}  // namespace digits
