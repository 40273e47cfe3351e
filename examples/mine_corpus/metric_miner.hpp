#pragma once

#include "fill_block.hpp"
#include "searched_index.hpp"
#include "source_rows.hpp"

#include <mohs/corpus/corpus_miner.hpp>
#include <mohs/corpus/input/candidate_index.hpp>
#include <mohs/filter/exclude_by_guide.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/filter/exclude_pairs.hpp>
#include <mohs/measure.hpp>

#include <limits>

namespace mine_corpus {

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
              mohs::Relation::positive_lists(inputs.positives.offsets, inputs.positives.rows, inputs.corpus->rows())),
          judged_(inputs.judged_positive, inputs.queries->rows(), inputs.corpus->rows())
    {
        settings.mining.validate();
        run_.threads = settings.threads;
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
        // What is not asked for is there, too, and rejects nothing: fewer kinds of miners have to be compiled.
        const double nothing = std::numeric_limits<double>::infinity() * (M::is_similarity ? 1 : -1);
        const mohs::ExcludeNearDuplicates duplicates{settings_.near_duplicates.value_or(nothing), std::false_type{}};
        if (settings_.guide_queries.empty()) {
            return searched(mohs::CorpusMiner{M{}, options, duplicates, judged_});
        }
        return searched(
            mohs::CorpusMiner{M{}, options, duplicates, judged_,
                              mohs::ExcludeByGuide{mohs::Batch{inputs_.guide_queries},
                                                   mohs::Batch{inputs_.guide_corpus}, settings_.guide_margin}});
    }

    template <class Miner>
    [[nodiscard]] mohs::CorpusNegatives<M> searched(const Miner& miner) const
    {
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
    mohs::ExcludePairs judged_;
    mohs::Options run_;
#if defined(MOHS_MINE_CORPUS_HNSW) || defined(MOHS_MINE_CORPUS_FAISS)
    mohs::Matrix indexed_rows_;
    std::optional<SearchedIndex> index_;
#endif
};

}  // namespace mine_corpus
