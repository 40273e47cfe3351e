#include "laboratory.hpp"

#include "parallel.hpp"
#include "progress.hpp"
#include "text.hpp"

namespace digits {

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
    laboratory.runs.assign(count, std::vector<Run>(laboratory.seeds));
    Progress progress(count * laboratory.seeds, laboratory.options.steps);
    for_each(laboratory.seeds * count, threads, [&](std::size_t job) {
        const std::size_t number = job / count;
        const Configuration& configuration = laboratory.configurations[job % count];
        const Strategy& strategy = laboratory.strategies[configuration.strategy];
        TrainingOptions options = laboratory.options;
        options.seed += number;
        options.keep_details = number == 0;
        const std::string title = strategy.title() + (configuration.noisy ? ", " + laboratory.noise_title() : "") +
                                  (configuration.filtered ? ", filters" : "");
        Index last = 0;
        laboratory.runs[job % count][number] =
            train(laboratory.data, strategy, configuration, options, [&](const Checkpoint& checkpoint) {
                progress.report(title, options.seed, checkpoint, checkpoint.step - last);
                last = checkpoint.step;
            });
    });
}

}  // namespace digits
