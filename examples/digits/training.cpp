#include "training.hpp"

#include "../common/network.hpp"
#include "../common/stopwatch.hpp"
#include "evaluation.hpp"
#include "sampler.hpp"

namespace digits {

using namespace examples;

namespace {

double median(std::vector<double>& values)
{
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Some elements of `values`.
template <class T>
void gather(const std::vector<T>& values, const std::vector<Index>& rows, std::vector<T>& result)
{
    result.clear();
    for (const Index row : rows) {
        result.push_back(values[static_cast<std::size_t>(row)]);
    }
}

}  // namespace

std::vector<Index> checkpoints(Index steps)
{
    std::vector<Index> result{0, 25, 50, 100, 200, 300, 400};
    while (result.back() < steps) {
        result.push_back(2 * result.back());
    }
    result.erase(std::lower_bound(result.begin(), result.end(), steps), result.end());
    result.push_back(steps);
    return result;
}

Run train(const Task& task, const Plan& plan, const TrainingOptions& options,
          const std::function<void(const Checkpoint&)>& progress)
{
    const Dataset &training = task.training, &test = task.test;
    Random weights(options.seed, Purpose::weights);
    Network network({training.features.cols(), 128, 32}, weights);
    Adam<Network::Vector> adam(network.parameters().size());
    Labels labels, truth;
    gather(training.labels, task.sampled, labels);
    Sampler sampler(labels, 8, 4, Random(options.seed, Purpose::batches));

    Run run;
    Recorder recorder(run.details, options.steps);
    if (options.keep_details) {
        run.details.before = network.forward(test.features);
    }
    std::vector<Index> drawn, rows, data_rows;
    std::vector<double> seconds, mining_seconds;
    mohs::Matrix images, gradient;
    const std::vector<Index> due = checkpoints(options.steps);
    for (Index step = 0;; ++step) {
        if (step == due[run.curve.size()]) {
            run.curve.push_back({step, evaluate(Metric{}, network.forward(test.features), test.labels)});
            progress(run.curve.back());
        }
        if (step == options.steps) {
            break;
        }
        const Stopwatch stopwatch;
        if (plan.supervision && plan.supervision->due(step)) {
            plan.supervision->look(step, network.forward(training.features));
        }
        sampler.next(drawn);
        gather(task.sampled, drawn, rows);
        if (plan.supervision) {
            plan.supervision->extend(step, rows);
        }
        images = training.features(rows, Eigen::indexing::all);
        gather(training.labels, rows, labels);
        gather(task.truth, rows, truth);
        const mohs::Matrix& embeddings = network.forward(images);
        // The rows are sample ids: where a small class has the same image in a batch twice, it is not its own positive.
        const mohs::Batch<float> plain = mohs::Batch{embeddings, labels}.with_ids(rows),
                                 batch = plan.supervision ? plan.supervision->dress(step, plain, rows) : plain;
        gradient.setZero(embeddings.rows(), embeddings.cols());
        const Objective& objective = step < plan.warm_up_steps ? plan.warm_up : plan.objective;
        const Step done = objective({batch, images, truth, static_cast<std::uint64_t>(step)}, gradient);
        network.backward(gradient);
        adam.step(network.parameters(), network.gradient());
        seconds.push_back(stopwatch.seconds());
        mining_seconds.push_back(done.mining_seconds);
        if (done.filters != nullptr) {
            run.filters = *done.filters;
        }
        if (options.keep_details && done.triplets != nullptr) {
            gather(task.rows.train, rows, data_rows);
            recorder.record(*done.triplets, step, data_rows, labels, truth);
        }
    }
    run.seconds = median(seconds);
    run.mining_seconds = median(mining_seconds);
    if (plan.supervision) {
        run.suspicion = plan.supervision->tally();
    }
    if (options.keep_details) {
        run.details.after = network.forward(test.features);
        run.details.test_labels = test.labels;
    }
    run.test_rows = task.rows.test;
    return run;
}

}  // namespace digits
