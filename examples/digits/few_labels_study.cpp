#include "few_labels_study.hpp"

#include "../common/table.hpp"
#include "judges.hpp"
#include "objectives.hpp"

#include <nlohmann/json.hpp>

#include <numeric>
#include <ostream>

namespace digits {

using namespace examples;

namespace {

constexpr std::int64_t unknown = -1;
/// Rows without a label that join a batch of 32.
constexpr std::size_t unlabelled_per_batch = 32;

/// Forgets all labels but those of `per_class` rows of each class, from which batches are drawn.
Task few_labels(const Dataset& data, const TrainingOptions& options, Index per_class)
{
    Task task = make_task(data, NoiseKind::none, options);
    std::vector<std::size_t> order(task.truth.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Random(options.seed, Purpose::noise).draw(order, order.size());
    std::map<std::int64_t, Index> seen;
    task.sampled.clear();
    for (const std::size_t row : order) {
        if (seen[task.truth[row]] < per_class) {
            ++seen[task.truth[row]];
            task.sampled.push_back(static_cast<Index>(row));
        } else {
            task.training.labels[row] = unknown;
        }
    }
    std::sort(task.sampled.begin(), task.sampled.end());
    return task;
}

/// Labels for rows without, by the labelled ones among their neighbours, as the network sees them; some of these rows
/// join every batch.
class PseudoLabelled : public Supervision {
public:
    PseudoLabelled(const Task& task, std::uint64_t seed) : task_(task), random_(seed, Purpose::unlabelled)
    {
        rows_.resize(task.truth.size());
        std::iota(rows_.begin(), rows_.end(), Index{0});
        std::set_difference(rows_.begin(), rows_.end(), task.sampled.begin(), task.sampled.end(),
                            std::back_inserter(unlabelled_));
        for (const Index row : task.sampled) {
            known_.push_back(task.training.labels[static_cast<std::size_t>(row)]);
        }
    }

    [[nodiscard]] bool due(Index step) const override { return schedule_.due(step); }

    void look(Index, const mohs::Matrix& embeddings) override
    {
        const mohs::Matrix reference = embeddings(task_.sampled, Eigen::indexing::all);
        partial_ =
            pseudo_labels(mohs::Batch{embeddings, task_.training.labels}.with_ids(rows_).with_unknown_label(unknown),
                          mohs::Batch{reference, known_}.with_ids(task_.sampled));
    }

    void extend(Index step, std::vector<Index>& rows) override
    {
        if (step >= schedule_.first) {
            const std::size_t count = std::min(unlabelled_per_batch, unlabelled_.size());
            random_.draw(unlabelled_, count);
            rows.insert(rows.end(), unlabelled_.begin(), unlabelled_.begin() + static_cast<std::ptrdiff_t>(count));
        }
    }

    mohs::Batch<float> dress(Index step, const mohs::Batch<float>& batch, const std::vector<Index>& rows) override
    {
        if (step < schedule_.first) {
            return batch;
        }
        relation_ = mohs::Relation::of_pairs(batch.rows(), batch.rows(), [&](Index a, Index b) {
            return partial_.related(rows[static_cast<std::size_t>(a)], rows[static_cast<std::size_t>(b)]);
        });
        return batch.related_by(relation_);
    }

private:
    const Task& task_;
    Schedule schedule_{50, 25};
    Random random_;
    std::vector<Index> rows_, unlabelled_;
    Labels known_;
    mohs::PartialLabels partial_;
    mohs::Relation relation_ = mohs::Relation::paired(0);
};

}  // namespace

void run_few_labels(FewLabelsStudy& study, const Dataset& data, unsigned threads)
{
    std::vector<Job> jobs;
    for (const bool all : {false, true}) {
        for (std::size_t number = 0; number < study.seeds; ++number) {
            TrainingOptions options = study.options;
            options.seed += number;
            jobs.push_back({all ? "few labels, all rows" : "few labels, labelled rows", options,
                            [&, all, options](const auto& progress) {
                                const Task task = few_labels(data, options, study.per_class);
                                Plan plan{hardest()};
                                if (all) {
                                    plan.supervision = std::make_shared<PseudoLabelled>(task, options.seed);
                                }
                                return train(task, plan, options, progress);
                            }});
        }
    }
    std::vector<Run> runs = train_all(jobs, threads);
    const auto middle = runs.begin() + static_cast<std::ptrdiff_t>(study.seeds);
    study.labelled.assign(std::make_move_iterator(runs.begin()), std::make_move_iterator(middle));
    study.all.assign(std::make_move_iterator(middle), std::make_move_iterator(runs.end()));
}

Statistics gain(const FewLabelsStudy& study)
{
    std::vector<double> gains;
    for (std::size_t i = 0; i < study.all.size(); ++i) {
        gains.push_back(study.all[i].map_at_r() - study.labelled[i].map_at_r());
    }
    return Statistics::of(gains, [](double each) { return each; });
}

namespace {

/// The same sentence for the terminal and the page.
std::string conclusion(const FewLabelsStudy& study)
{
    const Statistics difference = gain(study);
    return format("With labels for %lld rows of each class, and %lld steps, MAP@R is ",
                  static_cast<long long>(study.per_class), static_cast<long long>(study.options.steps)) +
           describe(score_of(study.labelled)) + " on these rows alone, and " + describe(score_of(study.all)) +
           " with the rows without a label: " + format("a gain of %.3f", difference.mean) +
           (difference.count > 1 ? format(" ± %.3f (standard error)", difference.standard_error()) : "") + ".";
}

}  // namespace

void print(std::ostream& stream, const FewLabelsStudy& study)
{
    stream << conclusion(study) << '\n';
}

std::string to_json(const FewLabelsStudy& study)
{
    const Statistics labelled = score_of(study.labelled), all = score_of(study.all), difference = gain(study);
    const nlohmann::ordered_json line{{"labelled_per_class", study.per_class},
                                      {"steps", study.options.steps},
                                      {"seeds", difference.count},
                                      {"labelled_map_at_r", labelled.mean},
                                      {"labelled_map_at_r_sd", labelled.deviation},
                                      {"map_at_r", all.mean},
                                      {"map_at_r_sd", all.deviation},
                                      {"gain", difference.mean},
                                      {"gain_sd", difference.deviation}};
    return line.dump(2) + "\n";
}

std::string to_html(const FewLabelsStudy& study)
{
    return "<h2>Few labels</h2><p>Most training rows have no label. After 50 steps, and every 25 from then on, the "
           "labelled "
           "rows among the five nearest of a row without one vote on it: a class with four of the five is what it "
           "counts "
           "as, one without a vote is what it counts as not, and between the two it counts as nothing. So it is never "
           "a "
           "negative by mere ignorance.</p><p class=\"lead\">" +
           escape_html(conclusion(study)) + "</p>";
}

}  // namespace digits
