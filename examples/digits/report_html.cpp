#include "report_html.hpp"

#include "../common/report_style.hpp"
#include "../common/text.hpp"
#include "report_sections.hpp"
#include "summary.hpp"

namespace digits {

using namespace examples;

const Result& last_result(const std::vector<Result>& results, const Configuration& configuration)
{
    const auto found = std::find_if(results.rbegin(), results.rend(),
                                    [&](const Result& result) { return result.configuration == configuration; });
    return *found;
}

std::string table_section(const Laboratory& laboratory, const std::vector<Result>& results)
{
    const auto score = [](const Statistics& statistics) {
        return "<td>" + format("%.3f", statistics.mean) +
               (statistics.count > 1 ? format(" ± %.3f", statistics.deviation) : "") + "</td>";
    };
    std::string html =
        "<h2>All results</h2><div class=\"scroll\"><table><thead><tr><th>labels</th><th "
        "class=\"text\">strategy</th><th>filters</th><th>steps</th><th>MAP@R</th>";
    html += laboratory.with_peers ? "<th>peer</th><th>above peer</th>" : "";
    html += "<th>recall@1</th><th>mining, ms</th><th>step, ms</th></tr></thead><tbody>";
    bool noisy = false;
    for (const Result& result : results) {
        const Configuration& configuration = result.configuration;
        html += configuration.noisy != noisy ? "<tr class=\"part\"><td>" : "<tr><td>";
        noisy = configuration.noisy;
        html += (noisy ? laboratory.noise_title() : "clean") + "</td><td class=\"text\">" +
                escape_html(laboratory.strategies[configuration.strategy].title()) + "</td><td>" +
                (configuration.filtered ? "yes" : "no") +
                format("</td><td>%lld</td>", static_cast<long long>(result.steps)) + score(result.map_at_r);
        if (laboratory.with_peers) {
            const std::optional<double> above = above_peer(result);
            html += "<td>" + (result.peer ? format("%.3f", *result.peer) : "") + "</td>";
            html += above ? format("<td class=\"%s\">%+.1f SE</td>",
                                   *above < -2  ? "down"
                                   : *above > 2 ? "up"
                                                : "",
                                   *above)
                          : "<td></td>";
        }
        html += score(result.recall_at_1) +
                (result.mining_ms > 0 ? format("<td>%.2f</td>", result.mining_ms) : "<td></td>") +
                format("<td>%.2f</td></tr>", result.step_ms);
    }
    html +=
        "</tbody></table></div><p class=\"dim\">Mean ± standard deviation over the seeds; times are medians over "
        "steps.";
    html +=
        laboratory.with_peers
            ? " Peer: MAP@R of pytorch-metric-learning 2.8.1 on the same protocol; the difference is given in standard "
              "errors of our mean, in colour beyond two. The peer has an error too, which is not counted, and few "
              "seeds make a rough standard error.</p>"
            : "</p>";
    return html;
}

namespace {

/// What mohs is, and the score of which everything below speaks.
std::string introduction(const Laboratory& laboratory)
{
    return "<p><b>mohs</b> is a header-only C++20 library for hard negative mining: out of a batch of embeddings it "
           "picks, for "
           "every anchor, the positives and negatives that a contrastive or triplet loss learns most from. " +
           (laboratory.readme.empty()
                ? ""
                : "How to use it is in its <a href=\"" + escape_html(laboratory.readme) + "\">README</a>. ") +
           "This page trains one small network with several ways to mine, and without, and compares "
           "them.</p><p><b>MAP@R"
           "</b>, the score, says how well the neighbours of a test row are of its class: for a row with R others of "
           "its class, the mean over the ranks i = 1 .. R of the share of its class among the i nearest rows, where "
           "the one at rank i is of the class, and of 0 where it is not; then the mean over all test rows. 1 is "
           "perfect (Musgrave, Belongie and Lim 2020). Recall@1 is the share of rows whose nearest is of their "
           "class.</p>";
}

std::string strategies_sections(const Laboratory& laboratory, const std::vector<Result>& results)
{
    return curves_section(laboratory, results) + filters_section(laboratory, results) + embeddings_section(laboratory) +
           gallery_section(laboratory) + heat_section(laboratory) + table_section(laboratory, results);
}

}  // namespace

std::string to_html(const Laboratory& laboratory, const std::vector<Result>& results, const std::string& studies)
{
    const TrainingOptions& options = laboratory.options;
    const Index rows = laboratory.data.features.rows();
    return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
           "content=\"width=device-width,initial-scale=1\"><title>mohs: a laboratory for mining</title><style>" +
           std::string(report_css) + "</style></head><body><main><h1>A laboratory for mining</h1>" +
           introduction(laboratory) +
           (results.empty() ? "" : "<p class=\"lead\">" + escape_html(conclusion(laboratory, results)) + "</p>") +
           "<p class=\"dim\">" + escape_html(laboratory.data_path) +
           format(": %lld rows of %lld features in %zu classes, %lld to train on and %lld to test on. ",
                  static_cast<long long>(rows), static_cast<long long>(laboratory.data.features.cols()),
                  class_sizes(laboratory.data.labels).size(), static_cast<long long>(options.train_count),
                  static_cast<long long>(rows - options.train_count)) +
           format("%zu %s from %llu. The noisy runs redraw %.0f %% of the training labels over all classes.</p>",
                  laboratory.seeds, laboratory.seeds == 1 ? "seed" : "seeds",
                  static_cast<unsigned long long>(options.seed), 100 * options.noise) +
           (results.empty() ? "" : strategies_sections(laboratory, results)) + studies + "</main><script>" +
           report_script + "</script></body></html>\n";
}

}  // namespace digits
