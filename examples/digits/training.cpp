#include "training.hpp"

#include "network.hpp"
#include "sampler.hpp"
#include "stopwatch.hpp"

namespace digits {

Run train(const Dataset& data, const Strategy& strategy, const TrainingOptions& options,
          const std::function<void(const Checkpoint&)>& progress)
{
    Split parts = split(data, options.train_count, options.seed);
    Dataset training = subset(data, parts.train), test = subset(data, parts.test);
    const float largest = training.features.cwiseAbs().maxCoeff(), scale = largest > 0 ? largest : 1;
    training.features /= scale;
    test.features /= scale;

    Random weights(options.seed, Purpose::weights);
    Network network({training.features.cols(), 128, 32}, weights);
    Adam<Network::Vector> adam(network.parameters().size());
    Sampler sampler(training.labels, 8, 4, Random(options.seed, Purpose::batches));
    const Objective objective = strategy.objective(options.seed);

    Run run;
    std::vector<Index> rows;
    Labels labels;
    mohs::Matrix images, gradient;
    for (Index step = 0;; ++step) {
        if (step % options.evaluate_every == 0 || step == options.steps) {
            run.curve.push_back({step, evaluate(Metric{}, network.forward(test.features), test.labels)});
            progress(run.curve.back());
        }
        if (step == options.steps) {
            break;
        }
        const Stopwatch stopwatch;
        sampler.next(rows);
        images = training.features(rows, Eigen::all);
        labels.clear();
        for (const Index row : rows) {
            labels.push_back(training.labels[static_cast<std::size_t>(row)]);
        }
        const mohs::Matrix& embeddings = network.forward(images);
        // The rows are sample ids: where a small class has the same image in a batch twice, it is not its own positive.
        const mohs::Batch batch = mohs::Batch{embeddings, labels}.with_ids(rows);
        gradient.setZero(embeddings.rows(), embeddings.cols());
        run.mining_seconds += objective(batch, static_cast<std::uint64_t>(step), gradient).mining_seconds;
        network.backward(gradient);
        adam.step(network.parameters(), network.gradient());
        run.seconds += stopwatch.seconds();
    }
    run.embeddings = network.forward(test.features);
    run.test_rows = std::move(parts.test);
    return run;
}

}  // namespace digits
