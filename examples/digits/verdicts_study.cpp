#include "verdicts_study.hpp"

#include "../common/svg.hpp"
#include "../common/table.hpp"
#include "judges.hpp"
#include "objectives.hpp"
#include "withdrawn.hpp"

#include <mohs/review/review_queue.hpp>
#include <mohs/review/verdicts.hpp>

#include <nlohmann/json.hpp>

#include <numeric>
#include <ostream>

namespace digits {

using namespace examples;

namespace {

using Batch = mohs::Batch<float>;

/// Records of which the precision is told.
constexpr Index first_records = 100;

/// Every row, with the suspicion of a judge.
mohs::ReviewQueue queue_of_rows(const Batch& all)
{
    const mohs::Judgement judgement = consensus(all);
    mohs::Suspects suspects;
    for (Index row = 0; row < all.rows(); ++row) {
        suspects.push_back(
            {.of = mohs::Suspicion::label, .anchor = row, .score = judgement.score(row), .reason = judgement.judge()});
    }
    mohs::ReviewQueue queue;
    queue.add(suspects, all);
    return queue;
}

/// Every row with its nearest negative: the closer, the more suspicious.
mohs::ReviewQueue queue_of_pairs(const Batch& all)
{
    const mohs::Neighbours nearest = closest_negatives(all);
    mohs::Suspects suspects;
    for (Index row = 0; row < all.rows(); ++row) {
        if (nearest.count(row) > 0) {
            suspects.push_back({.of = mohs::Suspicion::negative,
                                .anchor = row,
                                .candidate = nearest.index(row, 0),
                                .score = 2 - nearest.value(row, 0),
                                .reason = "closest negative"});
        }
    }
    mohs::ReviewQueue queue;
    queue.add(suspects, all);
    return queue;
}

/// Knows the true classes, and answers what it is asked.
mohs::Answer answer(const Task& task, const mohs::ReviewRecord& record)
{
    const auto anchor = static_cast<std::size_t>(record.subject.anchor);
    const std::int64_t other = record.subject.candidate
                                   ? task.truth[static_cast<std::size_t>(*record.subject.candidate)]
                                   : task.training.labels[anchor];
    return task.truth[anchor] == other ? mohs::Answer::positive : mohs::Answer::negative;
}

/// The share of the first records where the verdict is not what the labels say.
double precision(const Task& task, const mohs::ReviewQueue& queue)
{
    double differ = 0;
    const auto records = queue.ranked(first_records);
    for (const mohs::ReviewRecord& record : records) {
        const mohs::Answer labelled =
            record.of == mohs::Suspicion::label ? mohs::Answer::positive : mohs::Answer::negative;
        differ += answer(task, record) != labelled;
    }
    return differ / static_cast<double>(records.size());
}

/// One review, whose verdicts count from then on.
class Reviewed : public Withdrawn {
public:
    Reviewed(const Task& task, Index count, bool ranked, std::uint64_t seed)
        : Withdrawn(task), count_(count), ranked_(ranked), random_(seed, Purpose::review)
    {
    }

    [[nodiscard]] bool due(Index step) const override { return step == review_step; }

    void look(Index, const mohs::Matrix& embeddings) override
    {
        const Batch all{embeddings, task().training.labels};
        const mohs::ReviewQueue queue = queue_of_rows(all);
        row_precision = precision(task(), queue);
        pair_precision = precision(task(), queue_of_pairs(all));
        auto records = queue.ranked();
        const std::size_t count = std::min(static_cast<std::size_t>(count_), records.size());
        if (!ranked_) {
            random_.draw(records, count);
        }
        mohs::Verdicts verdicts;
        for (std::size_t i = 0; i < count; ++i) {
            verdicts.add({.record = records[i].get().id(),
                          .answer = answer(task(), records[i]),
                          .annotator = "who knows the classes",
                          .subject = records[i].get().subject});
        }
        withdraw(verdicts.roles(all));
    }

    double row_precision = 0, pair_precision = 0;

private:
    Index count_;
    bool ranked_;
    Random random_;
};

}  // namespace

void run_verdicts(VerdictsStudy& study, const Dataset& data, unsigned threads)
{
    study.row_precision.assign(study.seeds, 0);
    study.pair_precision.assign(study.seeds, 0);
    std::vector<Job> jobs;
    for (const bool ranked : {true, false}) {
        for (const Index count : study.counts) {
            for (std::size_t number = 0; number < study.seeds; ++number) {
                TrainingOptions options = study.options;
                options.seed += number;
                const bool first = jobs.size() < study.seeds;
                const auto train_one = [&, ranked, count, number, options, first](const auto& progress) {
                    const Task task = make_task(data, NoiseKind::uniform, options);
                    const auto review = std::make_shared<Reviewed>(task, count, ranked, options.seed);
                    Run run = train(task, {hardest(), semi_hard(), review_step, review}, options, progress);
                    if (first) {
                        study.row_precision[number] = review->row_precision;
                        study.pair_precision[number] = review->pair_precision;
                    }
                    return run;
                };
                jobs.push_back(
                    {format("%lld verdicts", static_cast<long long>(count)) + (ranked ? ", ranked" : ", random"),
                     options, train_one});
            }
        }
    }
    std::vector<Run> runs = train_all(jobs, threads);
    study.ranked.assign(study.counts.size(), {});
    study.random.assign(study.counts.size(), {});
    for (std::size_t job = 0; job < runs.size(); ++job) {
        const std::size_t row = job / study.seeds;
        auto& all = row < study.counts.size() ? study.ranked : study.random;
        all[row % study.counts.size()].push_back(std::move(runs[job]));
    }
}

namespace {

Statistics mean_of(const std::vector<double>& values)
{
    return Statistics::of(values, [](double each) { return each; });
}

std::string conclusion(const VerdictsStudy& study)
{
    return format("Of the first %lld records after %lld steps, the verdict contradicts the label of ",
                  static_cast<long long>(first_records), static_cast<long long>(review_step)) +
           describe(mean_of(study.row_precision)) + " of the rows and of " + describe(mean_of(study.pair_precision)) +
           " of the pairs.";
}

Series curve(const VerdictsStudy& study, const std::vector<std::vector<Run>>& runs, const char* label,
             std::size_t colour)
{
    Series series{label, colour, false, {}, {}};
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Statistics score = score_of(runs[i]);
        series.points.emplace_back(static_cast<double>(study.counts[i]), score.mean);
        series.errors.push_back(score.count > 1 ? score.standard_error() : 0);
        series.notes.push_back(format("%s, %lld verdicts: MAP@R ", label, static_cast<long long>(study.counts[i])) +
                               describe(score));
    }
    return series;
}

}  // namespace

void print(std::ostream& stream, const VerdictsStudy& study)
{
    std::vector<std::vector<std::string>> table{{"verdicts", "MAP@R, in the order of the queue", "at random"}};
    for (std::size_t i = 0; i < study.counts.size(); ++i) {
        table.push_back({std::to_string(study.counts[i]), describe(score_of(study.ranked[i])),
                         describe(score_of(study.random[i]))});
    }
    stream << "Verdicts: " << format("%.0f %% noise, ", 100 * study.options.noise) << study.options.steps << " steps\n";
    print_table(stream, table);
    stream << conclusion(study) << '\n';
}

std::string to_json(const VerdictsStudy& study)
{
    nlohmann::ordered_json curve = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < study.counts.size(); ++i) {
        const Statistics ranked = score_of(study.ranked[i]), random = score_of(study.random[i]);
        curve.push_back({{"verdicts", study.counts[i]},
                         {"map_at_r", ranked.mean},
                         {"map_at_r_sd", ranked.deviation},
                         {"random_map_at_r", random.mean},
                         {"random_map_at_r_sd", random.deviation}});
    }
    const nlohmann::ordered_json result{{"noise", study.options.noise},
                                        {"steps", study.options.steps},
                                        {"seeds", study.seeds},
                                        {"row_precision_at_100", mean_of(study.row_precision).mean},
                                        {"pair_precision_at_100", mean_of(study.pair_precision).mean},
                                        {"curve", curve}};
    return result.dump(2) + "\n";
}

std::string to_html(const VerdictsStudy& study)
{
    return "<h2>Verdicts</h2><p>After 100 steps of semi-hard triplets every training row goes into a review queue, the "
           "most suspicious first. Somebody who knows the classes says of some whether the label is right; where it is "
           "not, the row is withdrawn, and the hardest triplets are mined from then on. " +
           escape_html(conclusion(study)) + "</p><div class=\"grid\" style=\"max-width:36rem\">" +
           figure("What verdicts are worth",
                  line_chart("MAP@R against verdicts", "verdicts", "MAP@R",
                             {curve(study, study.ranked, "ranked", 0), curve(study, study.random, "at random", 1)}),
                  "In bands of one standard error: in the order of the queue, and the same rows in random order.") +
           "</div>";
}

}  // namespace digits
