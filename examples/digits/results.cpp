#include "results.hpp"

namespace digits {

namespace {

std::optional<double> peer_of(const Laboratory& laboratory, const Configuration& configuration, Index steps)
{
    if (laboratory.with_peers && !configuration.filtered) {
        for (const Peer& peer : laboratory.strategies[configuration.strategy].peers) {
            if (peer.noisy == configuration.noisy && peer.steps == steps) {
                return peer.map_at_r;
            }
        }
    }
    return std::nullopt;
}

}  // namespace

std::vector<Result> results(const Laboratory& laboratory)
{
    std::vector<Result> all;
    for (std::size_t c = 0; c < laboratory.configurations.size(); ++c) {
        const Configuration& configuration = laboratory.configurations[c];
        const Strategy& strategy = laboratory.strategies[configuration.strategy];
        const std::vector<Run>& runs = laboratory.runs[c];
        const auto& curve = runs.front().curve;
        for (std::size_t i = 0; i < curve.size(); ++i) {
            const Index steps = curve[i].step;
            if (steps != 100 && steps != 400 && i + 1 != curve.size()) {
                continue;
            }
            all.push_back({configuration, strategy.name, strategy.loss, configuration.filtered ? filter_title : "none",
                           configuration.noisy ? laboratory.options.noise : 0, steps,
                           Statistics::of(runs, [=](const Run& run) { return run.curve[i].scores.map_at_r; }),
                           Statistics::of(runs, [=](const Run& run) { return run.curve[i].scores.recall_at_1; }),
                           Statistics::of(runs, [](const Run& run) { return 1e3 * run.mining_seconds; }).mean,
                           Statistics::of(runs, [](const Run& run) { return 1e3 * run.seconds; }).mean,
                           peer_of(laboratory, configuration, steps)});
        }
    }
    return all;
}

std::optional<double> above_peer(const Result& result)
{
    const double error = result.map_at_r.standard_error();
    return result.peer && error > 0 ? std::optional((result.map_at_r.mean - *result.peer) / error) : std::nullopt;
}

}  // namespace digits
