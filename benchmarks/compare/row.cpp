#include "row.hpp"

#include <algorithm>
#include <cstdio>

namespace compare {
namespace {

std::string number(const char* format, const std::optional<double>& value, double factor = 1)
{
    char text[32] = "-";
    if (value) {
        std::snprintf(text, sizeof(text), format, *value * factor);
    }
    return text;
}

void print_header()
{
    std::printf("%-20s %-9s %6s %5s %4s %2s  %9s %9s %6s %7s %5s  %s\n", "name", "data", "n", "d", "k", "t", "mohs ms",
                "peer ms", "ratio", "target", "peak%", "peer");
}

template <class T>
nlohmann::json or_null(const std::optional<T>& value)
{
    return value ? nlohmann::json(*value) : nlohmann::json(nullptr);
}

}  // namespace

std::string Subject::key() const
{
    return name + '/' + data + '/' + std::to_string(n) + '/' + std::to_string(d) +
           (k ? '/' + std::to_string(*k) : std::string());
}

void Table::add(const Row& row)
{
    if (rows_.empty()) {
        print_header();
    }
    const Subject& subject = row.subject;
    const bool missed = row.ratio && row.target && *row.ratio > *row.target;
    std::printf("%-20s %-9s %6td %5td %4s %2d  %9s %9s %6s %6s%s %5s  %s%s%s%s%s\n", subject.name.c_str(),
                subject.data.c_str(), subject.n, subject.d, subject.k ? std::to_string(*subject.k).c_str() : "-",
                subject.threads, number("%.3f", row.mohs_ms).c_str(), number("%.3f", row.peer_ms).c_str(),
                number("%.3f", row.ratio).c_str(), number("%.3f", row.target).c_str(), missed ? "!" : " ",
                number("%.0f", row.fraction_of_peak, 100).c_str(), row.peer ? row.peer->c_str() : "not installed",
                row.note.empty() ? "" : "; ", row.note.c_str(), row.agree() ? "" : "; DISAGREES: ", row.error.c_str());
    std::fflush(stdout);
    rows_.push_back(row);
}

void Table::report_missing(const std::string& peer, const std::string& package)
{
    if (std::find(missing_.begin(), missing_.end(), peer) == missing_.end()) {
        std::printf("%s is not installed, so its rows have no peer: install %s and configure again\n", peer.c_str(),
                    package.c_str());
        missing_.push_back(peer);
    }
}

bool Table::all_agree() const
{
    return std::all_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.agree(); });
}

void Table::print_summary() const
{
    std::size_t judged = 0, met = 0, disagree = 0;
    for (const Row& row : rows_) {
        judged += row.ratio && row.target;
        met += row.ratio && row.target && *row.ratio <= *row.target;
        disagree += !row.agree();
    }
    std::printf("%zu rows: %zu of %zu with a target meet it (! marks the others), the answers of %zu disagree\n",
                rows_.size(), met, judged, disagree);
}

nlohmann::json Table::to_json() const
{
    nlohmann::json result = nlohmann::json::array();
    for (const Row& row : rows_) {
        result.push_back({{"name", row.subject.name},
                          {"data", row.subject.data},
                          {"n", row.subject.n},
                          {"d", row.subject.d},
                          {"k", or_null(row.subject.k)},
                          {"threads", row.subject.threads},
                          {"mohs_ms", or_null(row.mohs_ms)},
                          {"peer", or_null(row.peer)},
                          {"peer_ms", or_null(row.peer_ms)},
                          {"ratio", or_null(row.ratio)},
                          {"fraction_of_peak", or_null(row.fraction_of_peak)},
                          {"target", or_null(row.target)},
                          {"agree", row.agree()},
                          {"note", row.agree() ? row.note : row.note + ' ' + row.error}});
    }
    return result;
}

}  // namespace compare
