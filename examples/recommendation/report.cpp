#include "study.hpp"

#include "../common/report_style.hpp"
#include "../common/statistics.hpp"
#include "../common/svg.hpp"
#include "../common/table.hpp"

namespace recommendation {

namespace {

using examples::format;
using examples::Statistics;

/// Over the seeds, of what a run has more than that of the first method with the same seed.
template <class Value>
Statistics difference_of(const Study& study, std::size_t method, Value value)
{
    std::vector<double> differences;
    for (std::size_t seed = 0; seed < study.runs[method].size(); ++seed) {
        differences.push_back(value(study.runs[method][seed]) - value(study.runs[0][seed]));
    }
    return Statistics::of(differences, [](double each) { return each; });
}

std::string with_error(const Statistics& of, const char* pattern)
{
    return format(pattern, of.mean) + (of.count > 1 ? format(" ± %.4f", of.standard_error()) : "");
}

double ndcg_of(const Run& run)
{
    return run.test.ndcg;
}

std::string list_of(const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& name : names) {
        text += (text.empty() ? "\"" : ", \"") + name + "\"";
    }
    return text.empty() ? "none" : text;
}

}  // namespace

std::vector<std::vector<std::string>> table_of(const Study& study)
{
    const std::string k = std::to_string(study.options.k);
    const bool has_twins =
        std::any_of(study.methods.begin(), study.methods.end(), [](const Method& method) { return method.families; });
    std::vector<std::vector<std::string>> rows{{"negatives", "recall@" + k, "NDCG@" + k, "NDCG, against random",
                                                "liked, held out", "best epoch", "time of a run"}};
    for (std::size_t method = 0; method < study.methods.size(); ++method) {
        const std::vector<Run>& runs = study.runs[method];
        const auto mean = [&runs](auto value) { return Statistics::of(runs, value).mean; };
        rows.push_back({study.methods[method].name,
                        with_error(Statistics::of(runs, [](const Run& run) { return run.test.recall; }), "%.4f"),
                        with_error(Statistics::of(runs, ndcg_of), "%.4f"),
                        method == 0 ? "" : with_error(difference_of(study, method, ndcg_of), "%+.4f"),
                        format("%.2f %%", 100 * mean([](const Run& run) { return run.false_negatives; })),
                        format("%.1f", mean([](const Run& run) { return static_cast<double>(run.best_epoch); })),
                        format("%.1f s", mean([](const Run& run) { return run.seconds; }))});
    }
    // Only some data know what is nearly identical.
    for (std::size_t row = 0; has_twins && row < rows.size(); ++row) {
        const auto twins = [](const Run& run) { return run.twins; };
        rows[row].insert(rows[row].begin() + 5,
                         row == 0 ? "twins" : format("%.1f %%", 100 * Statistics::of(study.runs[row - 1], twins).mean));
    }
    return rows;
}

std::string account_of(const Study& study)
{
    std::string text =
        format("%lld users, %lld items, %lld ratings; %lld seeds, each with a split and weights of its own. ",
               static_cast<long long>(study.users), static_cast<long long>(study.items),
               static_cast<long long>(study.ratings), static_cast<long long>(study.options.seeds)) +
        "± is a standard error.\n";
    if (study.options.seeds < 2) {
        return text + "One seed says nothing about differences.\n";
    }
    std::vector<std::string> better, worse, same;
    for (std::size_t method = 1; method < study.methods.size(); ++method) {
        const Statistics difference = difference_of(study, method, ndcg_of);
        const double bound = 2 * difference.standard_error();
        (difference.mean > bound    ? better
         : difference.mean < -bound ? worse
                                    : same)
            .push_back(study.methods[method].name);
    }
    return text +
           "NDCG, by more than two standard errors of the paired differences, better than with random negatives: " +
           list_of(better) + "; worse: " + list_of(worse) + "; not to be told apart: " + list_of(same) + ".\n";
}

std::string page_of(const Study& study)
{
    std::vector<examples::Series> lines;
    for (std::size_t method = 0; method < study.methods.size(); ++method) {
        examples::Series line{study.methods[method].name, method % 7, method >= 7, {}, {}};
        for (std::size_t epoch = 0; epoch < study.runs[method].front().curve.size(); ++epoch) {
            const Statistics of =
                Statistics::of(study.runs[method], [epoch](const Run& run) { return run.curve[epoch]; });
            line.points.emplace_back(static_cast<double>(epoch + 1), of.mean);
            line.notes.push_back(line.label + format(", epoch %zu: %.4f", epoch + 1, of.mean));
            line.errors.push_back(of.count > 1 ? of.standard_error() : 0);
        }
        lines.push_back(line);
    }
    const std::string title = "Negatives for recommendation: " + study.data;
    return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
           "content=\"width=device-width\"><title>" +
           examples::escape_html(title) + "</title><style>" + examples::report_css + "</style></head><body><main><h1>" +
           examples::escape_html(title) + "</h1><p class=\"lead\">" + examples::escape_html(account_of(study)) +
           "</p>" + examples::html_table(table_of(study), {0}) +
           "<p class=\"dim\">\"liked, held out\" is the share of the negatives that their user likes, as what is held "
           "out says; \"twins\" are nearly identical to something that he likes.</p>" +
           examples::figure("NDCG on validation",
                            examples::line_chart("NDCG on validation by epoch", "epoch", "NDCG", lines),
                            "Means over the seeds, with a standard error to either side. The test is at the best epoch "
                            "of every run.") +
           "</main></body></html>\n";
}

}  // namespace recommendation
