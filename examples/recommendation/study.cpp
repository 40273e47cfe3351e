#include "study.hpp"

#include "../common/parallel.hpp"
#include "../common/progress_line.hpp"
#include "../common/stopwatch.hpp"
#include "random.hpp"

#include <mohs/evaluation/retrieval.hpp>

#include <algorithm>
#include <mutex>
#include <set>

namespace recommendation {

namespace {

/// Counts negatives that are none.
class Suspicion {
public:
    Suspicion(const Ratings& ratings, const Split& data) : families_(ratings.families)
    {
        for (const std::vector<Rating>* const held_out : {&data.validation, &data.test}) {
            for (const Rating& each : *held_out) {
                if (each.grade > 0) {
                    liked_.emplace(each.user, each.item);
                }
            }
        }
        for (const Rating& each : data.train) {
            if (each.grade > 0 && !families_.empty()) {
                families_liked_.emplace(each.user, family(each.item));
            }
        }
    }

    void look_at(Index user, std::span<const Index> negatives)
    {
        for (const Index item : negatives) {
            ++seen_;
            false_ += liked_.contains({user, item}) ? 1 : 0;
            twins_ += !families_.empty() && families_liked_.contains({user, family(item)}) ? 1 : 0;
        }
    }

    [[nodiscard]] double false_share() const { return false_ / std::max(seen_, 1.0); }
    [[nodiscard]] double twin_share() const { return twins_ / std::max(seen_, 1.0); }

private:
    [[nodiscard]] Index family(Index item) const { return families_[static_cast<std::size_t>(item)]; }

    const std::vector<Index>& families_;
    std::set<std::pair<Index, Index>> liked_, families_liked_;
    double seen_ = 0, false_ = 0, twins_ = 0;
};

}  // namespace

Quality evaluate(const Model& model, const std::vector<Rating>& wanted, const std::vector<Rating>& history, Index k)
{
    const Index users = model.users().rows(), items = model.items().rows();
    // What was met there and not liked is a candidate like any other.
    const mohs::Relation relation = relation_of(wanted, history, users, items);
    const mohs::RetrievalMetrics metrics{mohs::DotProduct{}, {.k = {k}, .gain = mohs::Gain::exponential}};
    const mohs::RetrievalResult result =
        metrics(mohs::Batch{model.users()}.related_by(relation), mohs::Batch{model.items()},
                graded_lists(wanted, users), {.threads = 1});
    return {result.overall.at_k[0].recall, result.overall.at_k[0].ndcg};
}

Run train(const Ratings& ratings, const Method& method, const StudyOptions& options, std::uint64_t seed,
          const std::function<void()>& epoch_done)
{
    const examples::Stopwatch stopwatch;
    const Split data = split(ratings, options.held_out, options.test_share, seed);
    std::vector<Rating> history = data.train;
    history.insert(history.end(), data.validation.begin(), data.validation.end());
    NegativeOptions negative_options = options.negatives;
    negative_options.seed = seed;
    const NegativeSource source(ratings, data.train, negative_options);
    const Method random{.name = "random"};
    Model model(ratings.users, ratings.items, options.model, seed);
    Random order_of(seed, Purpose::order);
    Suspicion suspicion(ratings, data);
    Run run;
    double best = -1;
    for (Index epoch = 0; epoch < options.epochs; ++epoch) {
        const Method& now = method.source == Source::mined && epoch < options.warm_up ? random : method;
        EpochNegatives drawn = source.draw(now, model, static_cast<std::uint64_t>(epoch));
        std::vector<std::size_t> order(drawn.users.size());
        for (std::size_t i = 0; i < order.size(); ++i) {
            order[i] = i;
        }
        order_of.shuffle(order);
        std::vector<Example> batch;
        for (std::size_t i = 0; i < order.size(); ++i) {
            const std::size_t list = order[i];
            if (now.source == Source::dynamic) {
                drawn.negatives[list] = source.hardest(model, drawn.users[list], drawn.negatives[list]);
            }
            if (epoch >= options.warm_up) {
                suspicion.look_at(drawn.users[list], drawn.negatives[list]);
            }
            batch.push_back({drawn.users[list], drawn.positives[list], drawn.negatives[list], {}});
            if (!drawn.corrections.empty()) {
                batch.back().corrections = drawn.corrections[list];
            }
            if (batch.size() == static_cast<std::size_t>(options.batch) || i + 1 == order.size()) {
                model.train(batch);
                batch.clear();
            }
        }
        run.curve.push_back(evaluate(model, data.validation, data.train, options.k).ndcg);
        if (run.curve.back() > best) {
            best = run.curve.back();
            run.best_epoch = epoch + 1;
            run.test = evaluate(model, data.test, history, options.k);
        }
        if (epoch_done) {
            epoch_done();
        }
    }
    run.false_negatives = suspicion.false_share();
    run.twins = suspicion.twin_share();
    run.seconds = stopwatch.seconds();
    return run;
}

Study run_study(const Ratings& ratings, const StudyOptions& options)
{
    Study study{ratings.name,
                ratings.users,
                ratings.items,
                static_cast<Index>(ratings.list.size()),
                options,
                methods(options.model.loss, !ratings.families.empty()),
                {}};
    const auto seeds = static_cast<std::size_t>(options.seeds);
    study.runs.resize(study.methods.size(), std::vector<Run>(seeds));
    const std::size_t count = seeds * study.methods.size();
    const auto all = static_cast<double>(count) * static_cast<double>(options.epochs);
    examples::ProgressLine line("epochs");
    std::mutex mutex;
    double done = 0;
    examples::for_each(count, options.threads, [&](std::size_t i) {
        const std::size_t method = i % study.methods.size(), seed = i / study.methods.size();
        study.runs[method][seed] = train(ratings, study.methods[method], options, options.seed + seed, [&] {
            const std::lock_guard lock(mutex);
            line.show(++done, all);
        });
    });
    return study;
}

}  // namespace recommendation
