#include "defence_study.hpp"

#include "../common/table.hpp"
#include "train_all.hpp"

#include <nlohmann/json.hpp>

#include <ostream>

namespace digits {

using namespace examples;

const std::vector<NamedNoise>& noise_kinds()
{
    static const std::vector<NamedNoise> kinds{{NoiseKind::none, "none", "clean"},
                                               {NoiseKind::uniform, "uniform", "uniform"},
                                               {NoiseKind::class_dependent, "class", "by class"},
                                               {NoiseKind::instance_dependent, "instance", "by image"}};
    return kinds;
}

void run_defences(DefenceStudy& study, const Dataset& data, unsigned threads)
{
    std::vector<Job> jobs;
    for (const NamedNoise& noise : study.kinds) {
        for (const Defence& defence : study.defences) {
            for (std::size_t number = 0; number < study.seeds; ++number) {
                TrainingOptions options = study.options;
                options.seed += number;
                options.keep_details = jobs.empty();
                jobs.push_back({defence.title + ", " + noise.title, options, [&, options](const auto& progress) {
                                    const Task task = make_task(data, noise.kind, options);
                                    return train(task, defence.plan(task, options.seed), options, progress);
                                }});
            }
        }
    }
    std::vector<Run> runs = train_all(jobs, threads);
    study.runs.assign(study.kinds.size(), std::vector<std::vector<Run>>(study.defences.size()));
    for (std::size_t job = 0; job < runs.size(); ++job) {
        const std::size_t row = job / study.seeds;
        study.runs[row / study.defences.size()][row % study.defences.size()].push_back(std::move(runs[job]));
    }
}

namespace {

/// The runs of a defence by its name; null if it was not run.
const std::vector<Run>* find(const DefenceStudy& study, std::size_t kind, const std::string& name)
{
    for (std::size_t d = 0; d < study.defences.size(); ++d) {
        if (study.defences[d].name == name) {
            return &study.runs[kind][d];
        }
    }
    return nullptr;
}

/// Of `value(seed)` over the seeds.
template <class Function>
Statistics over_seeds(const std::vector<Run>& runs, Function value)
{
    std::size_t seed = 0;
    std::vector<double> values;
    for (; seed < runs.size(); ++seed) {
        values.push_back(value(seed));
    }
    return Statistics::of(values, [](double each) { return each; });
}

}  // namespace

std::vector<DefenceResult> results(const DefenceStudy& study)
{
    std::vector<DefenceResult> all;
    for (std::size_t kind = 0; kind < study.kinds.size(); ++kind) {
        const bool clean = study.kinds[kind].kind == NoiseKind::none;
        for (std::size_t d = 0; d < study.defences.size(); ++d) {
            const Defence& defence = study.defences[d];
            const std::vector<Run>& runs = study.runs[kind][d];
            DefenceResult result{study.kinds[kind].name,
                                 study.kinds[kind].title,
                                 defence.name,
                                 defence.title,
                                 score_of(runs),
                                 {},
                                 {},
                                 {}};
            const std::vector<Run>* const undefended = find(study, kind, clean ? defence.without : "none");
            const std::vector<Run>* const oracle = find(study, kind, "oracle");
            if (clean && undefended != nullptr && undefended != &runs) {
                result.cost =
                    over_seeds(runs, [&](std::size_t i) { return (*undefended)[i].map_at_r() - runs[i].map_at_r(); });
            }
            if (!clean && undefended != nullptr && oracle != nullptr && undefended != &runs && oracle != &runs) {
                result.recovery = over_seeds(runs, [&](std::size_t i) {
                    const double base = (*undefended)[i].map_at_r();
                    return (runs[i].map_at_r() - base) / ((*oracle)[i].map_at_r() - base);
                });
            }
            for (const Run& run : runs) {
                result.suspicion.suspects += run.suspicion.suspects;
                result.suspicion.right += run.suspicion.right;
                result.suspicion.wrong_labels += run.suspicion.wrong_labels;
            }
            all.push_back(std::move(result));
        }
    }
    return all;
}

double upper_bound(const Statistics& statistics)
{
    // The quantile of Student's distribution from that of the normal one, by Cornish and Fisher: right to 0.01 from 4
    // degrees of freedom on.
    const double n = static_cast<double>(statistics.count) - 1, z = 1.6448536;
    const double t = z + (std::pow(z, 3) + z) / (4 * n) +
                     (5 * std::pow(z, 5) + 16 * std::pow(z, 3) + 3 * z) / (96 * n * n) +
                     (3 * std::pow(z, 7) + 19 * std::pow(z, 5) + 17 * std::pow(z, 3) - 15 * z) / (384 * n * n * n);
    return statistics.mean + t * statistics.standard_error();
}

namespace {

/// The table of the terminal and of the page.
std::vector<std::vector<std::string>> table_of(const DefenceStudy& study)
{
    std::vector<std::vector<std::string>> table{{"labels", "defence", "MAP@R", "recovery", "precision", "recall"}};
    std::string kind;
    for (const DefenceResult& result : results(study)) {
        if (!kind.empty() && result.kind != kind) {
            table.emplace_back();
        }
        kind = result.kind;
        const SuspicionTally& tally = result.suspicion;
        std::string gain;
        if (result.recovery) {
            gain = describe(*result.recovery);
        } else if (result.cost) {
            gain = format("%+.3f", -result.cost->mean) +
                   (result.cost->count > 1 ? format(" (95 %%: %+.3f)", -upper_bound(*result.cost)) : "");
        }
        table.push_back(
            {result.kind_title, result.title, describe(result.map_at_r), gain,
             tally.suspects > 0 ? format("%.2f", tally.right / tally.suspects) : "",
             tally.suspects > 0 && tally.wrong_labels > 0 ? format("%.2f", tally.right / tally.wrong_labels) : ""});
    }
    return table;
}

}  // namespace

void print(std::ostream& stream, const DefenceStudy& study)
{
    stream << "Wrong labels: " << format("%.0f %%", 100 * study.options.noise) << ", " << study.options.steps
           << " steps\n";
    print_table(stream, table_of(study));
    stream
        << "recovery: (defended - undefended) / (oracle - undefended), seed by seed; on clean labels the difference, "
           "and the\n  bound of what it costs. precision, recall: of wrong labels among the rows withdrawn at the "
           "end\n";
}

std::string to_json(const DefenceStudy& study)
{
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const DefenceResult& result : results(study)) {
        nlohmann::ordered_json line{{"labels", result.kind},
                                    {"noise", result.kind == "none" ? 0 : study.options.noise},
                                    {"defence", result.defence},
                                    {"steps", study.options.steps},
                                    {"seeds", result.map_at_r.count},
                                    {"map_at_r", result.map_at_r.mean},
                                    {"map_at_r_sd", result.map_at_r.deviation}};
        if (result.recovery) {
            line["recovery"] = result.recovery->mean;
            line["recovery_sd"] = result.recovery->deviation;
        }
        if (result.cost) {
            line["cost"] = result.cost->mean;
            if (result.cost->count > 1) {
                line["cost_upper_95"] = upper_bound(*result.cost);
            }
        }
        line["suspects"] = result.suspicion.suspects;
        line["right"] = result.suspicion.right;
        line["wrong_labels"] = result.suspicion.wrong_labels;
        list.push_back(line);
    }
    return list.dump(2) + "\n";
}

std::string to_html(const DefenceStudy& study)
{
    return "<h2>Wrong labels</h2><p>A judge looks at the embeddings of all training rows every 25 steps, after 100 "
           "steps "
           "of "
           "semi-hard triplets, and withdraws the rows whose labels it does not believe; the hardest triplets are "
           "mined "
           "among the others. <b>Recovery</b> is the share of what wrong labels cost that comes back: 0 without "
           "defence, "
           "1 "
           "where an oracle removes the wrong rows. On clean labels it is the difference that the defence makes, with "
           "the "
           "bound that holds 95 times of 100. <b>Precision</b> and <b>recall</b> are those of the rows withdrawn at "
           "the "
           "end. Labels are wrong <b>uniformly</b>, <b>by class</b> (towards the class that is most often mistaken for "
           "it) "
           "or <b>by image</b> (those that a linear classifier is least sure of).</p>" +
           html_table(table_of(study), {1});
}

}  // namespace digits
