#include "study.hpp"

#include "../common/progress_line.hpp"
#include "../common/statistics.hpp"
#include "../common/table.hpp"
#include "paired_difference.hpp"

#include <array>
#include <ostream>

namespace text_retrieval {

namespace {

using examples::format, examples::Statistics;

struct Measure {
    const char* name;
    double Scores::*value;
};
constexpr std::array<Measure, 4> measures{Measure{"hit rate@1", &Scores::hit_at_1},
                                          Measure{"recall@2", &Scores::recall_at_2},
                                          Measure{"recall@5", &Scores::recall_at_5}, Measure{"MRR", &Scores::mrr}};
/// What the last sentence is about.
constexpr Measure main_measure = measures[0];

/// Words whose held-out queries are shown.
constexpr std::array<const char*, 3> shown_words{"apple", "bank", "pets"};

std::vector<double> values(const std::vector<Scores>& scores, double Scores::*value)
{
    std::vector<double> result;
    for (const Scores& each : scores) {
        result.push_back(each.*value);
    }
    return result;
}

Neighbourhood neighbourhood(const Texts& texts, const mohs::CorpusNegatives<mohs::Cosine>& found, Index list)
{
    Neighbourhood result;
    const auto positives = found.positive_scores_of(found.query(list));
    result.positive = *std::max_element(positives.begin(), positives.end());
    for (std::size_t i = 0; i < found.negatives(list).size(); ++i) {
        result.negatives.emplace_back(texts.passages[static_cast<std::size_t>(found.negatives(list)[i])],
                                      found.scores(list)[i]);
    }
    return result;
}

std::vector<Sample> take_samples(const Texts& texts, const mohs::Matrix& before, const mohs::Matrix& after,
                                 const std::vector<Index>& held_out)
{
    std::vector<Index> queries;
    for (const char* const word : shown_words) {
        const auto at = std::find_if(held_out.begin(), held_out.end(),
                                     [&](Index query) { return texts.words[static_cast<std::size_t>(query)] == word; });
        if (at != held_out.end()) {
            queries.push_back(*at);
        }
    }
    constexpr Index shown = 3;
    const auto first = mine(texts, before, queries, shown), last = mine(texts, after, queries, shown);
    std::vector<Sample> result;
    for (Index i = 0; i < first.size(); ++i) {
        result.push_back(
            {queries[static_cast<std::size_t>(i)], neighbourhood(texts, first, i), neighbourhood(texts, last, i)});
    }
    return result;
}

std::string with_error(const std::vector<double>& all)
{
    const auto statistics = Statistics::of(all, [](double value) { return value; });
    return all.size() > 1 ? format("%.3f ± %.3f", statistics.mean, statistics.standard_error())
                          : format("%.3f", statistics.mean);
}

std::string describe(const PairedDifference& difference, std::size_t seeds)
{
    return seeds > 1
               ? format("%+.3f ± %.3f%s", difference.mean, difference.standard_error, difference.is_clear ? " *" : "")
               : format("%+.3f", difference.mean);
}

void print_samples(std::ostream& stream, const Texts& texts, const Study& study)
{
    stream
        << "\nHeld-out queries of the first seed and their closest negatives, before training and after it with mined "
           "ones; ! is closer than the positive:\n";
    const auto print = [&](const char* when, const Neighbourhood& at) {
        stream << format("  %-6s  positive %.2f", when, at.positive);
        for (const auto& [row, similarity] : at.negatives) {
            stream << format("\n    %.2f %s ", similarity, similarity >= at.positive ? "!" : " ");
            stream << texts.texts[static_cast<std::size_t>(row)];
        }
        stream << '\n';
    };
    for (const Sample& sample : study.samples) {
        const auto query = static_cast<std::size_t>(sample.query);
        stream << texts.names[static_cast<std::size_t>(texts.senses[query])] << ": " << texts.texts[query] << '\n';
        print("before", sample.before);
        print("after", sample.after);
    }
}

}  // namespace

Study run_study(const Texts& texts, const mohs::Matrix& features, const TrainingOptions& options, std::size_t seeds)
{
    Study study;
    examples::ProgressLine progress("steps");
    const double all = 2.0 * static_cast<double>(seeds) * static_cast<double>(options.steps);
    double done = 0;
    const auto step = [&] { progress.show(++done, all); };
    for (std::size_t seed = 0; seed < seeds; ++seed) {
        TrainingOptions own = options;
        own.seed = options.seed + seed;
        const Split parts = split(texts, own.seed);
        const mohs::Matrix random = train(texts, features, parts, Negatives::random, own, step),
                           mined = train(texts, features, parts, Negatives::mined, own, step);
        study.untrained.push_back(evaluate(texts, features, parts.held_out));
        study.random.push_back(evaluate(texts, random, parts.held_out));
        study.mined.push_back(evaluate(texts, mined, parts.held_out));
        if (seed == 0) {
            study.samples = take_samples(texts, features, mined, parts.held_out);
        }
    }
    return study;
}

void print(std::ostream& stream, const Texts& texts, const Study& study)
{
    print_samples(stream, texts, study);

    const std::size_t seeds = study.mined.size();
    std::vector<std::vector<std::string>> table{{"held-out queries"}};
    for (const Measure& measure : measures) {
        table.front().push_back(measure.name);
    }
    table.front().push_back("closest negative = another meaning");
    const auto add = [&](const char* name, const std::vector<Scores>& scores) {
        table.push_back({name});
        for (const Measure& measure : measures) {
            table.back().push_back(with_error(values(scores, measure.value)));
        }
        table.back().push_back(with_error(values(scores, &Scores::same_word)));
    };
    const auto subtract = [&](const char* name, const std::vector<Scores>& a, const std::vector<Scores>& b) {
        table.push_back({name});
        for (const Measure& measure : measures) {
            table.back().push_back(
                describe(paired_difference(values(a, measure.value), values(b, measure.value)), seeds));
        }
        table.back().push_back(
            describe(paired_difference(values(a, &Scores::same_word), values(b, &Scores::same_word)), seeds));
    };
    add("without training", study.untrained);
    add("random negatives", study.random);
    add("mined negatives", study.mined);
    table.emplace_back();
    subtract("random - without", study.random, study.untrained);
    subtract("mined - without", study.mined, study.untrained);
    subtract("mined - random", study.mined, study.random);
    stream << "\nMeans ± standard errors over " << seeds
           << " seeds, differences seed by seed; * is beyond what chance does in 95 % of all cases:\n";
    examples::print_table(stream, table);

    const PairedDifference difference =
        paired_difference(values(study.mined, main_measure.value), values(study.random, main_measure.value));
    stream << "\nMined against random negatives, " << main_measure.name << ": " << describe(difference, seeds)
           << (seeds < 2             ? ", of one seed, which tells nothing about chance.\n"
               : difference.is_clear ? difference.mean > 0 ? ": mined ones are better.\n" : ": mined ones are worse.\n"
                                     : ": a null result, no difference that these seeds can tell from chance.\n");
}

}  // namespace text_retrieval
