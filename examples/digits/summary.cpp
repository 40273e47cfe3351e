#include "summary.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <optional>
#include <ostream>
#include <string>

namespace digits {

namespace {

struct Statistics {
    double mean = 0, deviation = 0;
    std::size_t count = 0;

    template <class Function>
    static Statistics of(const std::vector<Run>& runs, Function value)
    {
        Statistics result;
        result.count = runs.size();
        for (const Run& run : runs) {
            result.mean += value(run) / static_cast<double>(result.count);
        }
        for (const Run& run : runs) {
            result.deviation += std::pow(value(run) - result.mean, 2);
        }
        result.deviation = result.count > 1 ? std::sqrt(result.deviation / static_cast<double>(result.count - 1)) : 0;
        return result;
    }

    [[nodiscard]] double standard_error() const { return deviation / std::sqrt(static_cast<double>(count)); }
};

#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
std::string
format(const char* pattern, ...)
{
    char text[128];
    va_list arguments;
    va_start(arguments, pattern);
    std::vsnprintf(text, sizeof text, pattern, arguments);
    va_end(arguments);
    return text;
}

std::string format(const Statistics& statistics)
{
    return statistics.count > 1 ? format("%.3f ± %.3f", statistics.mean, statistics.deviation)
                                : format("%.3f", statistics.mean);
}

/// Characters of UTF-8 text: its bytes but for continuation bytes.
std::size_t width_of(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

/// Prints rows of cells, the first of them the header, in columns as wide as they need. A column of which nothing but
/// the header is there is left out.
void print_table(std::ostream& stream, const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::size_t> widths(rows.front().size());
    for (std::size_t column = 0; column < widths.size(); ++column) {
        for (std::size_t row = 1; row < rows.size(); ++row) {
            widths[column] = std::max(widths[column], width_of(rows[row][column]));
        }
        if (widths[column] > 0) {
            widths[column] = std::max(widths[column], width_of(rows.front()[column])) + 3;
        }
    }
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t column = 0; column < widths.size(); ++column) {
            if (widths[column] > 0) {
                line += row[column] + std::string(widths[column] - width_of(row[column]), ' ');
            }
        }
        line.erase(line.find_last_not_of(' ') + 1);
        stream << line << '\n';
    }
}

/// The scores at a checkpoint.
Statistics map_at_r(const std::vector<Run>& runs, std::size_t checkpoint)
{
    return Statistics::of(runs, [=](const Run& run) { return run.curve[checkpoint].scores.map_at_r; });
}

std::optional<double> peer_at(const Strategy& strategy, Index step)
{
    for (const auto& [peer_step, value] : strategy.peer_map_at_r) {
        if (peer_step == step) {
            return value;
        }
    }
    return std::nullopt;
}

std::string describe_peer(const Statistics& ours, double peer)
{
    std::string text = format("%.3f", peer);
    if (ours.standard_error() > 0) {
        text += format(" (%+.1f SE)", (ours.mean - peer) / ours.standard_error());
    }
    return text;
}

std::string describe_mining(const std::vector<Run>& runs)
{
    const double seconds = Statistics::of(runs, [](const Run& run) { return run.seconds; }).mean;
    const double mining = Statistics::of(runs, [](const Run& run) { return run.mining_seconds; }).mean;
    const auto steps = static_cast<double>(runs.front().curve.back().step);
    return format("%.0f %% of a step (%.2f ms)", 100 * mining / seconds, 1e3 * seconds / steps);
}

/// How much sooner another strategy is where the first one ends.
void print_comparison(std::ostream& stream, const std::vector<Strategy>& strategies,
                      const std::vector<std::vector<Run>>& runs)
{
    const auto& curve = runs.front().front().curve;
    const double goal = map_at_r(runs.front(), curve.size() - 1).mean;
    std::size_t best = 0, soonest = curve.size() - 1;
    for (std::size_t s = 1; s < runs.size(); ++s) {
        for (std::size_t i = 1; i < soonest; ++i) {
            if (map_at_r(runs[s], i).mean >= goal) {
                best = s;
                soonest = i;
            }
        }
    }
    if (best > 0) {
        stream << "\nBy step " << curve[soonest].step << ", " << strategies[best].name << " is where "
               << strategies.front().name << " is after " << curve.back().step << format(": MAP@R %.3f.\n", goal);
    }
}

}  // namespace

void print_summary(std::ostream& stream, const std::vector<Strategy>& strategies,
                   const std::vector<std::vector<Run>>& runs, bool with_peer)
{
    const auto& curve = runs.front().front().curve;
    bool peer_shown = false;
    std::vector<std::vector<std::string>> table{{"triplets", "steps", "MAP@R", "peer", "recall@1", "mining"}};
    for (std::size_t s = 0; s < strategies.size(); ++s) {
        for (std::size_t i = 0; i < curve.size(); ++i) {
            const Index step = curve[i].step;
            const bool last = i + 1 == curve.size();
            if (step != 100 && step != 400 && !last) {
                continue;
            }
            const Statistics ours = map_at_r(runs[s], i);
            const Statistics recall =
                Statistics::of(runs[s], [=](const Run& run) { return run.curve[i].scores.recall_at_1; });
            const std::optional<double> peer = with_peer ? peer_at(strategies[s], step) : std::nullopt;
            peer_shown = peer_shown || peer.has_value();
            table.push_back({strategies[s].name, std::to_string(step), format(ours),
                             peer ? describe_peer(ours, *peer) : "", format(recall),
                             last ? describe_mining(runs[s]) : ""});
        }
    }
    print_table(stream, table);
    print_comparison(stream, strategies, runs);
    if (peer_shown) {
        stream
            << "peer: MAP@R of pytorch-metric-learning 2.8.1 on this protocol; +1 SE: mohs is a standard error above\n";
    }
}

}  // namespace digits
