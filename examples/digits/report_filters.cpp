#include "../common/svg.hpp"
#include "report_sections.hpp"

namespace digits {

using namespace examples;

namespace {

/// An arrow from the score without filters to that with them, for every strategy that mines.
std::string dumbbells(const Laboratory& laboratory, const std::vector<Result>& results, bool noisy)
{
    constexpr double pitch = 26, left = 130, width = 460;
    std::vector<std::size_t> mined;
    double low = 1, high = 0;
    for (std::size_t s = 0; s < laboratory.strategies.size(); ++s) {
        if (laboratory.strategies[s].mined()) {
            mined.push_back(s);
            for (const bool filtered : {false, true}) {
                const double score = last_result(results, {s, noisy, filtered}).map_at_r.mean;
                low = std::min(low, score);
                high = std::max(high, score);
            }
        }
    }
    const double bottom = pitch * static_cast<double>(mined.size()) + 4;
    const Scale x{std::max(0.0, low - 0.03), std::min(1.0, high + 0.03), left, width - 24};
    std::string svg = svg_begin(width, bottom + 34, "MAP@R without and with filters");
    for (const double tick : ticks(x.low, x.high, 5)) {
        svg += format("<path class=\"rule\" d=\"M%.1f 0V%.1f\"/>", x(tick), bottom);
        svg += svg_text(x(tick), bottom + 14, format("%.3g", tick), "class=\"tick\" text-anchor=\"middle\"");
    }
    double y = pitch / 2 + 2;
    for (const std::size_t s : mined) {
        const double before = last_result(results, {s, noisy, false}).map_at_r.mean;
        const double after = last_result(results, {s, noisy, true}).map_at_r.mean;
        svg += svg_text(left - 8, y + 4, laboratory.strategies[s].label, "text-anchor=\"end\"");
        svg +=
            format("<g style=\"color:var(--s%zu)\"><title>%.3f without, %.3f with filters</title>", s, before, after);
        svg += format("<path d=\"M%.1f %.1fH%.1f\" stroke=\"currentColor\" stroke-width=\"2.5\"/>", x(before), y,
                      x(after));
        svg += format(
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"var(--card)\" stroke=\"currentColor\" "
            "stroke-width=\"2\"/><circle cx=\"%.1f\" cy=\"%.1f\" r=\"5.5\" fill=\"currentColor\"/></g>",
            x(before), y, x(after), y);
        y += pitch;
    }
    svg += svg_text((left + width - 24) / 2, bottom + 30, "MAP@R (ring: no filter, disc: filters)",
                    "class=\"name\" text-anchor=\"middle\"");
    return svg + "</svg>";
}

/// How many negatives a filter rejected per step, and how many of those truly were of the anchor's class.
std::string tally_cells(const FilterTally& tally, double steps)
{
    return format("<td>%.1f</td>", tally.rejected / steps) +
           (tally.asked > 0 ? format("<td>%.0f %%</td>", 100 * tally.same_class / tally.asked) : "<td>-</td>");
}

/// The sums over the seeds of a configuration.
FilterCounts total(const std::vector<Run>& runs)
{
    FilterCounts sum;
    for (const Run& run : runs) {
        for (std::size_t i = 0; i < sum.filters.size(); ++i) {
            sum.filters[i].rejected += run.filters.filters[i].rejected;
            sum.filters[i].asked += run.filters.filters[i].asked;
            sum.filters[i].same_class += run.filters.filters[i].same_class;
        }
        sum.anchors += run.filters.anchors;
        sum.dropped += run.filters.dropped;
    }
    return sum;
}

std::string rejections(const Laboratory& laboratory)
{
    std::string html =
        "<div class=\"scroll\"><table><thead><tr><th rowspan=\"2\">labels</th><th rowspan=\"2\" "
        "class=\"text\">strategy</th><th colspan=\"2\">near-duplicates</th><th colspan=\"2\">guide</th><th "
        "rowspan=\"2\">anchors left<br>without a negative</th></tr><tr><th>rejected<br>per step</th><th>truly "
        "of the<br>anchor's class</th><th>rejected<br>per step</th><th>truly of the<br>anchor's "
        "class</th></tr></thead><tbody>";
    bool noisy = false;
    for (std::size_t c = 0; c < laboratory.configurations.size(); ++c) {
        const Configuration& configuration = laboratory.configurations[c];
        if (!configuration.filtered) {
            continue;
        }
        const FilterCounts counts = total(laboratory.runs[c]);
        const double steps = static_cast<double>(laboratory.options.steps) * static_cast<double>(laboratory.seeds);
        html += configuration.noisy != noisy ? "<tr class=\"part\"><td>" : "<tr><td>";
        noisy = configuration.noisy;
        html += escape_html(noisy ? laboratory.noise_title() : "clean") + "</td><td class=\"text\">" +
                escape_html(laboratory.strategies[configuration.strategy].title()) + "</td>" +
                tally_cells(counts.filters[0], steps) + tally_cells(counts.filters[1], steps) +
                format("<td>%.1f %%</td></tr>", 100 * counts.dropped / std::max(1.0, counts.anchors));
    }
    return html + "</tbody></table></div>";
}

/// The share of pairs with different labels that are of one class, for classes of equal size.
double chance(const Laboratory& laboratory)
{
    const auto others = static_cast<double>(class_sizes(laboratory.data.labels).size()) - 1;
    const double wrong = laboratory.options.noise * others / (others + 1);
    return 2 * (1 - wrong) * wrong / others + wrong * wrong * (others - 1) / (others * others);
}

}  // namespace

std::string filters_section(const Laboratory& laboratory, const std::vector<Result>& results)
{
    const auto steps = static_cast<long long>(laboratory.options.steps);
    return "<h2>Filters against false negatives</h2><p><b>Near-duplicates</b> rejects negatives that the network puts "
           "within 0.4 of the anchor or of the positive: so close, a different label is more likely wrong than right. "
           "<b>Guide</b> rejects negatives whose features are closer to the anchor's than the positive's are, by more "
           "than 0.2 in cosine similarity: the features know nothing of labels.</p><div class=\"grid\">" +
           figure(format("Clean labels, %lld steps", steps), dumbbells(laboratory, results, false),
                  "Nothing is mislabelled, so there is nothing to gain; the filters should cost little.") +
           figure(laboratory.noise_title() + format(", %lld steps", steps), dumbbells(laboratory, results, true),
                  "Among the closest negatives are the false ones: strategies that take them have most to gain.") +
           "</div><h3 class=\"gap\">What each filter rejected</h3>" + rejections(laboratory) +
           "<p class=\"dim\">Rejected are candidates that ranked ahead of the negative that was taken, per batch of up "
           "to 32 anchors. Where labels are clean, every rejection is a mistake." +
           format(
               " Where they are noisy, about %.1f %% of all negatives are of the anchor's class: a filter is worth "
               "something where its share is higher.</p>",
               100 * chance(laboratory));
}

}  // namespace digits
