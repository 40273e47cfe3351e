#include "laboratory.hpp"

#include "../common/text.hpp"
#include "train_all.hpp"

namespace digits {

using namespace examples;

const std::vector<Run>& Laboratory::of(const Configuration& configuration) const
{
    const auto found = std::find(configurations.begin(), configurations.end(), configuration);
    return runs[static_cast<std::size_t>(found - configurations.begin())];
}

std::string Laboratory::noise_title() const
{
    return format("%.0f %% noise", 100 * options.noise);
}

std::vector<Configuration> configurations(const std::vector<Strategy>& strategies)
{
    std::vector<Configuration> result;
    for (const bool noisy : {false, true}) {
        for (std::size_t strategy = 0; strategy < strategies.size(); ++strategy) {
            result.push_back({strategy, noisy, false});
            if (strategies[strategy].mined()) {
                result.push_back({strategy, noisy, true});
            }
        }
    }
    return result;
}

void run_all(Laboratory& laboratory, unsigned threads)
{
    laboratory.configurations = configurations(laboratory.strategies);
    const std::size_t count = laboratory.configurations.size();
    std::vector<Job> jobs;
    for (std::size_t number = 0; number < laboratory.seeds; ++number) {
        for (const Configuration& configuration : laboratory.configurations) {
            const Strategy& strategy = laboratory.strategies[configuration.strategy];
            TrainingOptions options = laboratory.options;
            options.seed += number;
            options.keep_details = number == 0;
            const NoiseKind noise = configuration.noisy ? NoiseKind::uniform : NoiseKind::none;
            const auto& objective = configuration.filtered ? strategy.filtered : strategy.plain;
            jobs.push_back({strategy.title() + (configuration.noisy ? ", " + laboratory.noise_title() : "") +
                                (configuration.filtered ? ", filters" : ""),
                            options, [&, noise, options](const auto& progress) {
                                return train(make_task(laboratory.data, noise, options), {objective(options.seed)},
                                             options, progress);
                            }});
        }
    }
    std::vector<Run> runs = train_all(jobs, threads);
    laboratory.runs.assign(count, {});
    for (std::size_t job = 0; job < runs.size(); ++job) {
        laboratory.runs[job % count].push_back(std::move(runs[job]));
    }
}

}  // namespace digits
