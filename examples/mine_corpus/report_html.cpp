#include "report_html.hpp"

#include "summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace mine_corpus {

namespace {

std::string escaped(std::string_view text)
{
    std::string result;
    for (const char c : text) {
        result += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
    }
    return result;
}

std::string fixed(double value, int digits = 4)
{
    char text[64];
    std::snprintf(text, sizeof(text), "%.*g", digits, value);
    return text;
}

/// Shares of values per bin, over a range.
std::vector<double> histogram(const std::vector<double>& values, double low, double high, std::size_t bins)
{
    std::vector<double> result(bins, 0);
    for (const double value : values) {
        const double place = (value - low) / (high - low) * static_cast<double>(bins);
        result[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins - 1)))] +=
            1 / static_cast<double>(values.size());
    }
    return result;
}

/// Distributions over one axis, as a drawing.
std::string drawing(const std::vector<std::pair<std::string, const std::vector<double>*>>& series)
{
    double low = INFINITY, high = -INFINITY;
    for (const auto& [name, values] : series) {
        for (const double value : *values) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    if (!(low <= high)) {
        return "<p>There are no values.</p>\n";
    }
    if (low == high || !std::isfinite(high - low)) {
        return "<p>All values are " + fixed(low) + ".</p>\n";
    }
    constexpr std::size_t bins = 60;
    constexpr double width = 720, height = 180, left = 10, top = 24;
    static const char* const colours[] = {"#2a7f62", "#b8503a"};
    std::string result = "<svg viewBox=\"0 0 740 230\" role=\"img\">\n";
    double most = 0;
    for (const auto& [name, values] : series) {
        for (const double share : values->empty() ? std::vector<double>{} : histogram(*values, low, high, bins)) {
            most = std::max(most, share);
        }
    }
    for (std::size_t i = 0; i < series.size(); ++i) {
        const auto& [name, values] = series[i];
        if (values->empty()) {
            continue;
        }
        std::string points = fixed(left) + "," + fixed(top + height);
        const std::vector<double> shares = histogram(*values, low, high, bins);
        for (std::size_t bin = 0; bin < bins; ++bin) {
            const double y = top + height * (1 - shares[bin] / most);
            for (const std::size_t edge : {bin, bin + 1}) {
                points += " " + fixed(left + width * static_cast<double>(edge) / static_cast<double>(bins), 6) + "," +
                          fixed(y, 6);
            }
        }
        points += " " + fixed(left + width) + "," + fixed(top + height);
        result += std::string("<polygon fill=\"") + colours[i % 2] + "\" fill-opacity=\".35\" stroke=\"" +
                  colours[i % 2] + "\" points=\"" + points + "\"/>\n<text x=\"" +
                  fixed(left + 160 * static_cast<double>(i)) + "\" y=\"14\" fill=\"" + colours[i % 2] + "\">" +
                  escaped(name) + "</text>\n";
    }
    for (int tick = 0; tick <= 4; ++tick) {
        result += "<text class=\"tick\" text-anchor=\"" +
                  std::string(tick == 0   ? "start"
                              : tick == 4 ? "end"
                                          : "middle") +
                  "\" x=\"" + fixed(left + width * tick / 4, 6) + "\" y=\"222\">" +
                  fixed(low + (high - low) * tick / 4) + "</text>\n";
    }
    return result + "</svg>\n";
}

std::string table(const std::vector<std::pair<std::string, std::string>>& rows)
{
    std::string result = "<table>\n";
    for (const auto& [name, value] : rows) {
        result += "<tr><th>" + escaped(name) + "</th><td>" + escaped(value) + "</td></tr>\n";
    }
    return result + "</table>\n";
}

std::string shown_rows(const std::vector<ShownRow>& rows)
{
    std::string result = "<ol>\n";
    for (const ShownRow& row : rows) {
        result +=
            "<li>" + escaped(row.name) + " <small>" + (row.score ? fixed(*row.score) : "no score") + "</small></li>\n";
    }
    return result + "</ol>\n";
}

}  // namespace

std::string report_html(const Settings& settings, const Outcome& outcome)
{
    const Block& all = outcome.all;
    std::string page =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        "<title>Mined negatives</title>\n<style>\nbody{font:16px/1.5 sans-serif;max-width:760px;margin:2em auto;"
        "padding:0 1em;color:#222}\ntable{border-collapse:collapse}\nth{text-align:left;font-weight:normal}\n"
        "th,td{padding:.1em 1em .1em 0}\ntd{text-align:right}\nsvg{width:100%}\nsvg text{font-size:13px}\n"
        "small,.tick{color:#666;fill:#666}\nsection{border-top:1px solid #ccc}\n</style>\n<h1>Mined negatives</h1>\n";
    page += "<h2>Summary</h2>\n" + table(summary_rows(settings, outcome));
    page += "<h2>Scores</h2>\n<p>Values (" + escaped(settings.metric) +
            ") between queries and their positives, and the negatives returned.</p>\n" +
            drawing({{"positives", &all.positive}, {"negatives", &all.negative}});
    page +=
        "<h3>By how much negatives are farther than the positive</h3>\n" + drawing({{"difference", &all.difference}});
    page += "<h2>What each filter took</h2>\n";
    std::vector<std::pair<std::string, std::string>> rejected;
    for (const auto& [name, count] : all.rejected) {
        rejected.emplace_back(spoken(name), std::to_string(count));
    }
    page += rejected.empty() ? "<p>There were no filters.</p>\n" : table(rejected);
    page += "<h2>Records to read</h2>\n";
    for (const Sample& sample : all.samples) {
        page += "<section><h3>" + escaped(sample.query) + "</h3>\n<p>Positives</p>\n" + shown_rows(sample.positives) +
                "<p>Negatives</p>\n" + shown_rows(sample.negatives) + "</section>\n";
    }
    return page + "</html>\n";
}

}  // namespace mine_corpus
