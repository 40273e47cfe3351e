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
    std::printf("%-20s %-9s %6s %5s %4s %2s  %9s %9s %6s %7s %5s  %-15s  %s\n", "name", "data", "n", "d", "k", "t",
                "mohs ms", "peer ms", "ratio", "target", "peak%", "mohs/peer", "peer");
}

/// The vectors of both, as in "AVX-512/AVX2".
std::string classes(VectorClass mohs, const Row& row)
{
    return std::string(to_string(mohs)) + (row.peer_class ? std::string("/") + to_string(row.peer_class->runs) : "");
}

const char* to_string(Verdict verdict)
{
    switch (verdict) {
        case Verdict::met: return "met";
        case Verdict::missed: return "missed";
        case Verdict::refused: return "peer below";
        default: return "no target";
    }
}

const char* mark(Verdict verdict)
{
    return verdict == Verdict::missed ? "!" : verdict == Verdict::refused ? "?" : " ";
}

/// Why a target is refused, or why it is not although the peer has narrower vectors.
std::string remark(VectorClass mohs, const Row& row)
{
    if (row.verdict(mohs) == Verdict::refused) {
        return std::string("; not met: peer runs ") + to_string(row.peer_class->runs);
    }
    return row.peer_class && row.peer_class->runs < mohs && is_fair(mohs, *row.peer_class)
               ? "; faster here than its wider kernels"
               : "";
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
    std::printf("%-20s %-9s %6td %5td %4s %2d  %9s %9s %6s %6s%s %5s  %-15s  %s%s%s%s%s%s\n", subject.name.c_str(),
                subject.data.c_str(), subject.n, subject.d, subject.k ? std::to_string(*subject.k).c_str() : "-",
                subject.threads, number("%.3f", row.mohs_ms).c_str(), number("%.3f", row.peer_ms).c_str(),
                number("%.3f", row.ratio).c_str(), number("%.3f", row.target).c_str(), mark(row.verdict(class_)),
                number("%.0f", row.fraction_of_peak, 100).c_str(), classes(class_, row).c_str(),
                row.peer ? row.peer->c_str() : "not installed", remark(class_, row).c_str(),
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
    const auto count = [&](Verdict verdict) {
        return std::count_if(rows_.begin(), rows_.end(),
                             [&](const Row& row) { return row.verdict(class_) == verdict; });
    };
    const auto met = count(Verdict::met), missed = count(Verdict::missed), refused = count(Verdict::refused);
    std::printf(
        "%zu rows: %td of %td with a target meet it, %td do not (!), %td would, but their peer runs below %s (?); "
        "the answers of %td disagree\n",
        rows_.size(), met, met + missed + refused, missed, refused, to_string(class_),
        std::count_if(rows_.begin(), rows_.end(), [](const Row& row) { return !row.agree(); }));
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
                          {"verdict", to_string(row.verdict(class_))},
                          {"mohs_class", to_string(class_)},
                          {"peer_class", row.peer_class ? nlohmann::json(to_string(row.peer_class->runs)) : nullptr},
                          {"agree", row.agree()},
                          {"note", row.agree() ? row.note : row.note + ' ' + row.error}});
    }
    return result;
}

}  // namespace compare
