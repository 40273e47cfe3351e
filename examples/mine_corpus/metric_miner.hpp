#pragma once

#include "fill_block.hpp"
#include "miner.hpp"
#include "searched_index.hpp"
#include "source_rows.hpp"

#include <mohs/corpus/corpus_miner.hpp>
#include <mohs/corpus/input/candidate_index.hpp>
#include <mohs/filter/exclude_by_guide_threshold.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/filter/exclude_pairs.hpp>

#include <limits>

namespace mine_corpus {

/// The name of a filter that rejects the pairs of a list.
struct OfVerdicts {
    static constexpr const char* name = mohs::ExcludePairs::name;
};
/// The name of one that asks a guide.
struct OfGuide {
    static constexpr const char* name = "rejected_by_guide";
};

/// A filter of pairs that is somewhere else, or nowhere and rejects nothing: fewer kinds of miners have to be compiled,
/// and none has to copy its lists.
template <class F, class Name>
struct OptionalFilter {
    static constexpr const char* name = Name::name;
    static constexpr bool needs_positive = false;
    const F* filter = nullptr;

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return filter != nullptr && filter->rejects(query);
    }
};

/// A Miner of one metric.
template <class M>
class MetricMiner final : public Miner {
public:
    MetricMiner(const Settings& settings, const Inputs& inputs)
        : settings_(settings),
          inputs_(inputs),
          queries_(*inputs.queries, inputs.query_samples),
          corpus_(*inputs.corpus, inputs.corpus_samples),
          relation_(
              mohs::Relation::positive_lists(inputs.positives.offsets, inputs.positives.rows, inputs.corpus->rows()))
    {
        settings.mining.validate();
        run_.threads = settings.threads;
        run_.screening = mohs::Screening::on;  // the same bits, sooner
        if (!settings.verdicts.empty()) {
            judged_.emplace(inputs.judged_positive, queries_.rows(), corpus_.rows());
        }
        if (!settings.guide_queries.empty()) {
            // Rows that are there for the relation alone: what the guide cannot judge is its own business.
            const mohs::Matrix queries = mohs::Matrix::Zero(queries_.rows(), 1),
                               corpus = mohs::Matrix::Zero(corpus_.rows(), 1);
            guide_.emplace(mohs::Batch{queries}.related_by(relation_), mohs::Batch{corpus},
                           mohs::Batch{inputs.guide_queries}, mohs::Batch{inputs.guide_corpus},
                           mohs::ExcludeByGuideThresholdOptions{.margin = settings.guide_margin});
        }
#if defined(MOHS_MINE_CORPUS_HNSW) || defined(MOHS_MINE_CORPUS_FAISS)
        if (settings.index != "exact") {
            inputs.corpus->read(0, corpus_.rows(), indexed_rows_);
            index_ = make_index(settings.index, settings.metric, indexed_rows_, settings.mining.seed, run_);
        }
#endif
    }

    [[nodiscard]] mohs::CorpusReport look() const override
    {
        mohs::CorpusOptions options = settings_.mining;
        options.query_begin = 0;
        options.query_end = 0;
        return found(options).report;
    }

    [[nodiscard]] std::optional<Block> mine(mohs::Index begin, mohs::Index end, const Watch& watch) const override
    {
        mohs::CorpusOptions options = settings_.mining;
        options.hash_rows = false;
        options.query_begin = begin;
        options.query_end = end;
        options.progress = [&watch](const mohs::CorpusProgress& progress) { return watch(progress.share); };
        const mohs::CorpusNegatives<M> result = found(options);
        return result.report.cancelled ? std::nullopt : std::optional(fill_block(result, settings_, inputs_));
    }

private:
    [[nodiscard]] mohs::CorpusNegatives<M> found(const mohs::CorpusOptions& options) const
    {
        const double nothing = std::numeric_limits<double>::infinity() * (M::is_similarity ? 1 : -1);
        const mohs::CorpusMiner miner{
            M{}, options, mohs::ExcludeNearDuplicates{settings_.near_duplicates.value_or(nothing), std::false_type{}},
            OptionalFilter<mohs::ExcludePairs, OfVerdicts>{judged_ ? &*judged_ : nullptr},
            OptionalFilter<mohs::ExcludeByGuideThreshold<float>, OfGuide>{guide_ ? &*guide_ : nullptr}};
#if defined(MOHS_MINE_CORPUS_HNSW) || defined(MOHS_MINE_CORPUS_FAISS)
        if (index_) {
            return miner(queries_, corpus_, relation_, run_, mohs::SearchedBy{*index_});
        }
#endif
        return miner(queries_, corpus_, relation_, run_);
    }

    const Settings& settings_;
    const Inputs& inputs_;
    SourceRows queries_, corpus_;
    mohs::Relation relation_;
    std::optional<mohs::ExcludePairs> judged_;
    std::optional<mohs::ExcludeByGuideThreshold<float>> guide_;
    mohs::Options run_;
#if defined(MOHS_MINE_CORPUS_HNSW) || defined(MOHS_MINE_CORPUS_FAISS)
    mohs::Matrix indexed_rows_;
    std::optional<SearchedIndex> index_;
#endif
};

}  // namespace mine_corpus
