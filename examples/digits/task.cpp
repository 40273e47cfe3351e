#include "task.hpp"

namespace digits {

Task make_task(const Dataset& data, NoiseKind noise, const TrainingOptions& options)
{
    Task task;
    task.rows = split(data, options.train_count, options.seed);
    task.training = subset(data, task.rows.train);
    task.test = subset(data, task.rows.test);
    const float largest = task.training.features.cwiseAbs().maxCoeff(), scale = largest > 0 ? largest : 1;
    task.training.features /= scale;
    task.test.features /= scale;
    task.truth = task.training.labels;
    add_noise(task.training.labels, task.training.features, noise, options.noise, distinct(data.labels),
              Random(options.seed, Purpose::noise));
    for (Index row = 0; row < task.training.features.rows(); ++row) {
        task.sampled.push_back(row);
    }
    return task;
}

}  // namespace digits
