#pragma once

/// \file
/// CorpusMiner: for every query its hard negatives in a corpus.

#include <mohs/corpus/input/block_source.hpp>
#include <mohs/corpus/input/corpus_options.hpp>
#include <mohs/detail/corpus/corpus_extras.hpp>
#include <mohs/detail/corpus/corpus_run.hpp>
#include <mohs/result/corpus_negatives.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI {

/// Finds, for every query, negatives in a corpus: the closest, or a draw from these, that rules and filters let pass.
///
///     const auto positives = mohs::Relation::positive_lists(offsets, rows, corpus.rows());
///     const mohs::CorpusMiner miner{mohs::Cosine{}, {.num_negatives = 5, .relative_margin = 0.05},
///                                   mohs::ExcludeNearDuplicates{mohs::similarity(0.97)}};
///     const auto found = miner(mohs::Batch{queries}, mohs::Batch{corpus}, positives);
///     for (mohs::Index list = 0; list < found.size(); ++list) {
///         train(found.query(list), found.negatives(list), found.scores(list));
///     }
///
/// What options say is told there (corpus_options.hpp). Filters are those of all miners (filter/), asked in their
/// order after the rules of the options, all of them while the corpus is scanned: once, however much they reject.
/// Those that need the positive of a triplet are asked about every positive of the list, and what they reject with
/// one of them is rejected. Row numbers that filters see are those of queries and corpus.
///
/// Nobody is left short: a list gets its negatives whenever as many pass, however deep they lie, unless `range_max`
/// says where to end. If fewer pass, it has those, and is named in `report.shortfalls`; nothing is topped up. The
/// positives of a query, what the relation says is neither, the query itself and copies of its positives, where both
/// have sample ids, are no candidates, nor are rows that are not finite. A query with such a row gets nothing. Where
/// margins, `simans` or a filter need a positive, lists without one get nothing either, and are counted in
/// `report.without_reference`; else queries without positives are mined.
///
/// Candidates are ranked, compared with margins and reported by their exact values, as `measure` computes them, equal
/// ones by the lowest row; scores of the scan only tell which need not be looked at. So results are the same bits for
/// any blocks, threads and instruction sets, in memory or from a file. Queries and corpus are batches or sources of
/// blocks (block_source.hpp), of float, double or 16-bit rows; both are read one block after another, a corpus once
/// per block of queries and once before. Of batches, labels and roles are not looked at; sample ids are.
///
/// Throws std::invalid_argument, when it is made, for senseless options and filters; before any work, for a relation
/// of other numbers of queries or rows, batches that differ in their columns or in having ids, and for batches that share
/// rows in memory, or one source as both, without ids: each query would be its own hardest negative. Passes on what
/// sources, filters and `progress` throw.
///
/// Time: a product of all pairs, or, with `Options::screening`, mostly one of bytes, and O(D) for each of the few
/// candidates per list that are measured; filters that answer by limits cost little, others are asked about each
/// candidate that would be kept. A second scan counts for
/// lists whose other filters rejected more than 256, and four times what is kept, ahead of the last kept. Memory:
/// blocks as the options say, per list of a block of queries about 64 bytes for each candidate kept, the result, and
/// 8 bytes per row of the corpus for hashes.
template <Metric M, class... Filters>
class CorpusMiner {
    static_assert((Filter<Filters> && ...),
                  "mohs::CorpusMiner: what follows the options has to be filters: put a lambda into mohs::ExcludeIf");

public:
    CorpusMiner(M, const CorpusOptions& options = {}, Filters... filters)
        : options_(options), filters_(std::move(filters)...)
    {
        options_.validate();
        detail::validate_filters(filters_);
    }

    [[nodiscard]] M metric() const { return {}; }
    [[nodiscard]] const CorpusOptions& options() const { return options_; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // mine with a mohs::Batch{rows}

    /// Rows in memory. `extras`, in any order: `Options`, for threads; `PositiveScores`, scores of positives that are
    /// known; `RescoredBy`, a model that is asked about candidates; `SearchedBy`, an index that they come from.
    template <class A, class B, class... Extras>
    [[nodiscard]] CorpusNegatives<M> operator()(const Batch<A>& queries, const Batch<B>& corpus,
                                                const Relation& positives, const Extras&... extras) const
    {
        return (*this)(MatrixSource(queries), MatrixSource(corpus), positives, extras...);
    }

    template <class A, BlockSource Corpus, class... Extras>
    [[nodiscard]] CorpusNegatives<M> operator()(const Batch<A>& queries, const Corpus& corpus,
                                                const Relation& positives, const Extras&... extras) const
    {
        return (*this)(MatrixSource(queries), corpus, positives, extras...);
    }

    /// Rows that are read block by block.
    template <BlockSource Queries, BlockSource Corpus, class... Extras>
    [[nodiscard]] CorpusNegatives<M> operator()(const Queries& queries, const Corpus& corpus, const Relation& positives,
                                                const Extras&... extras) const
    {
        static_assert(
            (detail::is_corpus_extra<Extras> && ...),
            "mohs::CorpusMiner: after the relation come mohs::Options, mohs::PositiveScores, mohs::RescoredBy and "
            "mohs::SearchedBy, and nothing else");
        static_assert(detail::is_packed_for<M, Corpus>(),
                      "mohs::CorpusMiner: the gallery is packed for another metric");
        const Options none;
        const Options* const given = detail::extra_of_type<Options>(extras...);
        const Options& run = given != nullptr ? *given : none;
        const PositiveScores* const scores = detail::extra_of_type<PositiveScores>(extras...);
        detail::check_corpus(queries, corpus, positives, run);
        if (!detail::source_has_ids(queries) && detail::share_rows(queries, corpus)) {
            detail::throw_rule("CorpusMiner",
                               "queries and corpus share rows in memory, or are one source, so that each would be its "
                               "own hardest negative: give both sample ids");
        }
        if (scores != nullptr) {
            detail::check_positive_scores(*scores, options_, positives,
                                          detail::CorpusRules<M, Filters...>::needs_positive);
        }
        detail::check_filters(filters_, queries.rows(), corpus.rows());
        const detail::CorpusInput<Queries, Corpus> input{queries, corpus, positives, scores};
        CorpusNegatives<M> result;
        auto judge = detail::judge_of<M>(extras...);
        const auto* const by = detail::search_of(extras...);
        using By = std::remove_cvref_t<decltype(*by)>;
        detail::CorpusRun<M, decltype(judge), By, Queries, Corpus, Filters...>(options_, filters_, input, judge, by,
                                                                               run, result)
            .mine();
        return result;
    }

private:
    CorpusOptions options_;
    std::tuple<Filters...> filters_;
};

}  // namespace mohs::inline MOHS_ABI
