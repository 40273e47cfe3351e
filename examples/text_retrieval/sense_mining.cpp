#include "sense_mining.hpp"

#include "../common/statistics.hpp"
#include "../common/table.hpp"
#include "mining.hpp"
#include "recall.hpp"

#include <mohs/corpus/corpus_miner.hpp>
#include <mohs/corpus/corpus_suspects.hpp>
#include <mohs/filter/exclude_by_guide.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/judge/margin_calibration.hpp>
#include <mohs/judge/score_strata.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>

namespace text_retrieval {

namespace {

using examples::format;
using Found = mohs::CorpusNegatives<mohs::Cosine>;

constexpr Index wanted = 5;

bool contains(const std::vector<Index>& ascending, Index row)
{
    return std::binary_search(ascending.begin(), ascending.end(), row);
}

/// What keeps negatives away in one run, besides the options of mining.
struct Rules {
    mohs::CorpusOptions options{.num_negatives = wanted, .hash_rows = false};
    double near_duplicates = std::numeric_limits<double>::infinity();  ///< from this similarity on
    double guide_margin = -std::numeric_limits<double>::infinity();
    bool siblings_are_known = false;
};

/// Queries and corpus as mining takes them.
class Corpus {
public:
    Corpus(const Senses& senses, const mohs::Matrix& rows, const mohs::Matrix* guide)
        : senses_(senses), rows_(rows), guide_(guide != nullptr ? *guide : rows)
    {
        std::vector<Index> texts, offsets{0}, positives;
        for (const SenseQuery& query : senses.queries) {
            texts.push_back(query.text);
            ids_.push_back(senses.ids[static_cast<std::size_t>(query.text)]);
            positives.push_back(query.positive);
            offsets.push_back(static_cast<Index>(positives.size()));
        }
        queries_ = rows_(texts, Eigen::indexing::all);
        guide_queries_ = guide_(texts, Eigen::indexing::all);
        glosses_ = mohs::Relation::positive_lists(offsets, positives, rows.rows());
        with_siblings_ =
            mohs::Relation::of_pairs(static_cast<Index>(texts.size()), rows.rows(), [&](Index i, Index row) {
                const SenseQuery& query = senses.queries[static_cast<std::size_t>(i)];
                return row == query.positive           ? mohs::Related::positive
                       : contains(query.siblings, row) ? mohs::Related::neither
                                                       : mohs::Related::negative;
            });
    }

    /// Of copies of the query, and of its positive, ids tell that they are no negatives.
    [[nodiscard]] Found mine(const Rules& rules) const
    {
        const mohs::Batch queries = mohs::Batch{queries_}.with_ids(ids_);
        const mohs::Batch rows = mohs::Batch{rows_}.with_ids(senses_.ids);
        const mohs::Relation& relation = rules.siblings_are_known ? with_siblings_ : glosses_;
        if (std::isinf(rules.near_duplicates) && std::isinf(rules.guide_margin)) {
            return closest_negatives(queries, rows, relation, rules.options);
        }
        // One miner for both filters, so that it is compiled once: the one that is not wanted rejects nothing.
        const mohs::CorpusMiner miner{
            mohs::Cosine{}, rules.options, mohs::ExcludeNearDuplicates{mohs::similarity(rules.near_duplicates)},
            mohs::ExcludeByGuide{mohs::Batch{guide_queries_}, mohs::Batch{guide_}, rules.guide_margin}};
        return miner(queries, rows, relation);
    }

private:
    const Senses& senses_;
    const mohs::Matrix &rows_, &guide_;
    mohs::Matrix queries_, guide_queries_;
    std::vector<std::int64_t> ids_;
    mohs::Relation glosses_ = mohs::Relation::paired(0), with_siblings_ = glosses_;
};

RuleScore score(const std::string& rule, const Senses& senses, const Found& found)
{
    RuleScore result;
    result.rule = rule;
    result.depth = found.report.depth.median;
    result.short_lists = static_cast<Index>(found.report.shortfalls.size());
    std::vector<double> shares;
    double hard = 0, with_sibling = 0;
    for (Index list = 0; list < found.size(); ++list) {
        const SenseQuery& query = senses.queries[static_cast<std::size_t>(found.query(list))];
        const std::vector<Index> negatives(found.negatives(list).begin(), found.negatives(list).end());
        const auto siblings =
            std::count_if(negatives.begin(), negatives.end(), [&](Index row) { return contains(query.siblings, row); });
        shares.push_back(static_cast<double>(siblings) /
                         static_cast<double>(std::max<std::size_t>(1, negatives.size())));
        with_sibling += siblings > 0 ? 1 : 0;
        hard += recall(negatives, query.other_senses, wanted);
    }
    const auto statistics = examples::Statistics::of(shares, [](double share) { return share; });
    const auto queries = static_cast<double>(std::max<Index>(1, found.size()));
    result.siblings = statistics.mean;
    result.siblings_error = shares.empty() ? 0 : statistics.standard_error();
    result.with_sibling = with_sibling / queries;
    result.other_senses = hard / queries;
    return result;
}

/// The absolute margin that takes 1 % of random negatives.
double calibrated_margin(const Corpus& corpus)
{
    Rules rules;
    rules.options.sampling = mohs::Sampling::random;
    const Found random = corpus.mine(rules);
    mohs::Triplets<mohs::Cosine> triplets;
    for (Index list = 0; list < random.size(); ++list) {
        for (std::size_t i = 0; i < random.negatives(list).size(); ++i) {
            triplets.add({random.query(list), random.positives_of(random.query(list))[0], random.negatives(list)[i]},
                         random.reference(list), random.scores(list)[i]);
        }
    }
    return mohs::MarginCalibration(triplets).absolute(0.01);
}

JudgeScore judge(const Senses& senses, const Found& found)
{
    JudgeScore result;
    std::vector<double> gaps;
    std::vector<bool> is_sibling;
    for (Index list = 0; list < found.size(); ++list) {
        const SenseQuery& query = senses.queries[static_cast<std::size_t>(found.query(list))];
        for (std::size_t i = 0; i < found.negatives(list).size(); ++i) {
            gaps.push_back(found.reference(list) - found.scores(list)[i]);
            is_sibling.push_back(contains(query.siblings, found.negatives(list)[i]));
        }
    }
    result.negatives = static_cast<Index>(gaps.size());
    result.siblings = static_cast<double>(std::count(is_sibling.begin(), is_sibling.end(), true)) /
                      static_cast<double>(std::max<std::size_t>(1, gaps.size()));
    const mohs::Suspects suspects = mohs::corpus_suspects(found, 2);  // farther than that no cosine is
    for (const Index first : {100, 1000}) {
        const auto count = std::min(suspects.size(), static_cast<std::size_t>(first));
        const auto hits = std::count_if(
            suspects.begin(), suspects.begin() + static_cast<std::ptrdiff_t>(count), [&](const mohs::Suspect& suspect) {
                return contains(senses.queries[static_cast<std::size_t>(suspect.anchor)].siblings, suspect.candidate);
            });
        result.first.emplace_back(first,
                                  static_cast<double>(hits) / static_cast<double>(std::max<std::size_t>(1, count)));
    }
    constexpr Index strata_count = 10, per_stratum = 20;
    if (result.negatives >= strata_count) {
        const mohs::ScoreStrata strata(gaps, strata_count);
        std::vector<mohs::StratumVerdict> verdicts;
        for (const Index number : strata.draw(per_stratum)) {
            verdicts.push_back({number, is_sibling[static_cast<std::size_t>(number)]});
        }
        const mohs::ShareEstimate estimate = strata.estimate(verdicts);
        result.verdicts = static_cast<Index>(verdicts.size());
        result.estimate = estimate.share;
        result.low = estimate.low;
        result.high = estimate.high;
    }
    return result;
}

/// The first queries that were given a known false negative and a true hard one.
std::vector<SenseSample> take_samples(const Senses& senses, const Found& found)
{
    constexpr std::size_t shown = 3;
    std::vector<SenseSample> result;
    for (Index list = 0; list < found.size() && result.size() < shown; ++list) {
        const SenseQuery& query = senses.queries[static_cast<std::size_t>(found.query(list))];
        const auto negatives = found.negatives(list);
        const auto any_of = [&](const std::vector<Index>& rows) {
            return std::any_of(negatives.begin(), negatives.end(), [&](Index row) { return contains(rows, row); });
        };
        if (any_of(query.siblings) && any_of(query.other_senses)) {
            SenseSample sample{found.query(list), {}, found.reference(list)};
            for (std::size_t i = 0; i < negatives.size(); ++i) {
                sample.negatives.emplace_back(negatives[i], found.scores(list)[i]);
            }
            result.push_back(std::move(sample));
        }
    }
    return result;
}

}  // namespace

SenseMining mine_senses(const Senses& senses, const mohs::Matrix& rows, const mohs::Matrix* guide,
                        const std::function<void(double)>& progress)
{
    const Corpus corpus(senses, rows, guide);
    SenseMining result;
    const Rules none;
    progress(0);
    const Found found = corpus.mine(none);
    result.rules.push_back(score("none", senses, found));
    result.judges = judge(senses, found);
    result.samples = take_samples(senses, found);

    std::vector<std::pair<std::string, Rules>> all;
    const auto add = [&](const std::string& name, auto&& change) {
        Rules rules;
        change(rules);
        all.emplace_back(name, rules);
    };
    const double cap = found.report.positive.mean, margin = calibrated_margin(corpus);
    add("range_min 5", [](Rules& rules) { rules.options.range_min = 5; });
    add(format("max_score %.2f, mean of the positives", cap), [&](Rules& rules) { rules.options.max_score = cap; });
    add("absolute_margin 0", [](Rules& rules) { rules.options.absolute_margin = 0; });
    add("relative_margin 0.05", [](Rules& rules) { rules.options.relative_margin = 0.05; });
    add(format("absolute_margin %.2f, costs 1 %%", margin),
        [&](Rules& rules) { rules.options.absolute_margin = margin; });
    add("near duplicates, from 0.9", [](Rules& rules) { rules.near_duplicates = 0.9; });
    add("near duplicates, from 0.7", [](Rules& rules) { rules.near_duplicates = 0.7; });
    if (guide != nullptr) {
        add("guide: n-grams", [](Rules& rules) { rules.guide_margin = 0; });
        add("guide: n-grams, margin -0.1", [](Rules& rules) { rules.guide_margin = -0.1; });
    }
    add("oracle: siblings known", [](Rules& rules) { rules.siblings_are_known = true; });
    for (const auto& [name, rules] : all) {
        progress(static_cast<double>(result.rules.size()) / static_cast<double>(all.size() + 1));
        result.rules.push_back(score(name, senses, corpus.mine(rules)));
    }
    return result;
}

void print(std::ostream& stream, const Senses& senses, const SenseMining& mining)
{
    if (!mining.samples.empty()) {
        stream
            << "\nQueries and their closest negatives without a rule; F is a known false one, H the gloss of another "
               "sense:\n";
    }
    for (const SenseSample& sample : mining.samples) {
        const SenseQuery& query = senses.queries[static_cast<std::size_t>(sample.query)];
        const auto text = [&](Index row) { return senses.texts[static_cast<std::size_t>(row)]; };
        stream << query.word << ": " << text(query.text) << format("\n  %.2f +  ", sample.positive)
               << text(query.positive);
        for (const auto& [row, similarity] : sample.negatives) {
            const char* const kind = contains(query.siblings, row)       ? "F"
                                     : contains(query.other_senses, row) ? "H"
                                                                         : " ";
            stream << format("\n  %.2f %s  ", similarity, kind) << text(row);
        }
        stream << '\n';
    }
    std::vector<std::vector<std::string>> table{{"rule", "known false in top 5", "queries with one",
                                                 "recall of true hard ones", "median depth", "fewer than 5"}};
    for (const RuleScore& rule : mining.rules) {
        table.push_back({rule.rule, format("%.1f ± %.1f %%", 100 * rule.siblings, 100 * rule.siblings_error),
                         format("%.1f %%", 100 * rule.with_sibling), format("%.1f %%", 100 * rule.other_senses),
                         format("%.0f", rule.depth), std::to_string(rule.short_lists)});
    }
    stream << '\n';
    examples::print_table(stream, table);
    const JudgeScore& judges = mining.judges;
    stream << format("\nOf the %lld negatives found without a rule %.1f %% are known to be false",
                     static_cast<long long>(judges.negatives), 100 * judges.siblings);
    for (const auto& [first, share] : judges.first) {
        stream << format("; of the %lld most suspicious %.1f %%", static_cast<long long>(first), 100 * share);
    }
    stream << ".\n";
    if (judges.verdicts > 0) {
        stream << format("From %lld verdicts in 10 strata, %.1f %% are estimated (95 %% interval %.1f to %.1f %%).\n",
                         static_cast<long long>(judges.verdicts), 100 * judges.estimate, 100 * judges.low,
                         100 * judges.high);
    }
}

}  // namespace text_retrieval
