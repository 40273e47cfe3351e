#include "summary.hpp"

#include "../common/table.hpp"

#include <ostream>

namespace digits {

using namespace examples;

namespace {

std::string describe_peer(const Result& result)
{
    const std::optional<double> above = above_peer(result);
    return !result.peer ? "" : format("%.3f", *result.peer) + (above ? format(" (%+.1f SE)", *above) : "");
}

/// MAP@R of a configuration after the last step.
double final_score(const std::vector<Result>& results, const Configuration& configuration)
{
    double score = 0;
    for (const Result& result : results) {
        if (result.configuration == configuration) {
            score = result.map_at_r.mean;
        }
    }
    return score;
}

/// The first checkpoint from which on the hardest triplets are where random ones end, or 0.
Index overtaken_at(const Laboratory& laboratory, double goal)
{
    const std::vector<Run>& runs = laboratory.of({hardest_place, false, false});
    for (std::size_t i = 0; i + 1 < runs.front().curve.size(); ++i) {
        if (Statistics::of(runs, [=](const Run& run) { return run.curve[i].scores.map_at_r; }).mean >= goal) {
            return runs.front().curve[i].step;
        }
    }
    return 0;
}

}  // namespace

std::string conclusion(const Laboratory& laboratory, const std::vector<Result>& results)
{
    const Index last = laboratory.runs.front().front().curve.back().step;
    const double random = final_score(results, {random_place, false, false}),
                 hardest = final_score(results, {hardest_place, false, false});
    std::string text = format("After %lld steps MAP@R is %.3f with random triplets and %.3f with the hardest",
                              static_cast<long long>(last), random, hardest);
    if (const Index step = overtaken_at(laboratory, random); step > 0) {
        text += format(", which pass %.3f by step %lld", random, static_cast<long long>(step));
    }
    return text + format(". With %.0f %% of the labels redrawn, the hardest reach %.3f, and %.3f with filters.",
                         100 * laboratory.options.noise, final_score(results, {hardest_place, true, false}),
                         final_score(results, {hardest_place, true, true}));
}

void print_summary(std::ostream& stream, const Laboratory& laboratory, const std::vector<Result>& results)
{
    std::vector<std::vector<std::string>> table{
        {"labels", "strategy", "filters", "steps", "MAP@R", "peer", "recall@1", "mining", "step"}};
    bool peer_shown = false, noisy = false;
    for (const Result& result : results) {
        if (result.configuration.noisy != noisy) {
            table.emplace_back();
            noisy = result.configuration.noisy;
        }
        peer_shown = peer_shown || result.peer;
        table.push_back(
            {noisy ? laboratory.noise_title() : "clean", laboratory.strategies[result.configuration.strategy].title(),
             result.configuration.filtered ? "yes" : "no", std::to_string(result.steps), describe(result.map_at_r),
             describe_peer(result), describe(result.recall_at_1),
             result.mining_ms > 0 ? format("%.2f ms", result.mining_ms) : "", format("%.2f ms", result.step_ms)});
    }
    print_table(stream, table);
    stream << '\n' << conclusion(laboratory, results) << '\n';
    if (peer_shown) {
        stream << "peer: MAP@R of pytorch-metric-learning 2.8.1 on this protocol; +1 SE: mohs is one standard error "
                  "above\n";
    }
}

}  // namespace digits
