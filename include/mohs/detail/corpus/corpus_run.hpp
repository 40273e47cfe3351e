#pragma once

/// \file
/// Mining a corpus: all queries, block by block.

#include <mohs/detail/corpus/deep_search.hpp>
#include <mohs/detail/corpus/inspect_rows.hpp>

#include <numeric>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// One call of a miner. `Judge` is NoJudge or a RescoringJudge, `By` is NoSearch or a SearchedBy.
template <class M, class Judge, class By, class Queries, class Corpus, class... Filters>
class CorpusRun {
public:
    using A = typename Queries::Scalar;
    using B = typename Corpus::Scalar;
    using T = typename Batch<A>::Compute;
    using Rules = CorpusRules<M, Filters...>;
    using Block = QueryBlock<M, Rules, Queries, Corpus>;
    using Scan = CorpusScan<M, Queries, Corpus, Filters...>;
    using Deep = DeepSearch<M, Judge, By, Queries, Corpus, Filters...>;
    static constexpr bool deepens = Deep::deepens;
    static constexpr Index rule_count = Deep::rule_count;

    CorpusRun(const CorpusOptions& options, const std::tuple<Filters...>& filters,
              const CorpusInput<Queries, Corpus>& input, Judge& judge, const By* by, const Options& run,
              CorpusNegatives<M>& result)
        : options_(options),
          filters_(filters),
          input_(input),
          judge_(judge),
          run_(run),
          rules_(options, filters),
          plan_(options, input.corpus.rows(), input.corpus.columns() * Index{sizeof(T)}, deepens),
          scan_(input.corpus, plan_.corpus_block, plan_.raw, rules_, run),
          collector_(options, plan_.pool, rule_count, result),
          deep_(options, input, rules_, plan_, collector_.choice(), judge, by, run, scan_),
          result_(result)
    {
    }

    void mine()
    {
        const bool inspected = inspect();
        const Index begin = (std::min)(options_.query_begin, input_.queries.rows()),
                    end = (std::min)(options_.query_end.value_or(input_.queries.rows()), input_.queries.rows()),
                    queries = end - begin;
        result_.report.finished = begin;
        result_.report.cancelled = !inspected;
        while (inspected && result_.report.finished < end) {
            const Index first = result_.report.finished, count = block_size(first, end - first);
            std::vector<Index> numbers(static_cast<std::size_t>(count));
            std::iota(numbers.begin(), numbers.end(), first);
            const Block block(options_, input_, rules_, plan_.corpus_block, std::move(numbers), run_);
            result_.report.non_finite_positives += block.non_finite_positives();
            double so_far = 0;
            const bool finished = mine_block(block, [&](double share) {
                // Where lists are searched deeper, a scan begins anew.
                so_far = (std::max)(so_far, share);
                share = (static_cast<double>(first - begin) + so_far * static_cast<double>(count)) /
                        static_cast<double>(queries);
                return !options_.progress || options_.progress({first - begin, queries, share});
            });
            if (!finished) {
                result_.report.cancelled = true;
                break;
            }
            result_.report.finished = first + count;
        }
        finish();
    }

private:
    template <class GoOn>
    bool mine_block(const Block& block, const GoOn& go_on)
    {
        const CorpusLists& lists = block.lists();
        std::vector<FilledList> deep;
        if constexpr (deepens) {
            if (!deep_.search(block, deep, go_on)) {
                return false;
            }
        } else if (plan_.keep > 0 && !scan_.scan(block, plan_.keep, go_on)) {
            return false;
        }
        if (!deepens && plan_.draws) {
            return draw(block, go_on);
        }
        collector_.add_positives(lists);
        FilledList filled;
        for (std::size_t list = 0; list < lists.size(); ++list) {
            if constexpr (deepens) {
                filled = std::move(deep[list]);
            } else if (plan_.keep > 0) {
                scan_.fill(list, filled);
            }
            collector_.add_list(lists, block.list(list), id_of(lists, list), filled);
        }
        return true;
    }

    [[nodiscard]] std::int64_t id_of(const CorpusLists& lists, std::size_t list) const
    {
        return source_id(input_.queries, lists.number_of(lists.lists[list]));
    }

    /// Draws from the whole corpus, but for what is too close by its rank.
    template <class GoOn>
    bool draw(const Block& block, const GoOn& go_on)
    {
        std::vector<DrawnList> drawn(block.lists().size());
        FilledList filled;
        for (std::size_t list = 0; plan_.keep > 0 && list < drawn.size(); ++list) {
            scan_.fill(list, filled);
            filled.set_ranks(rule_count);
            Index surviving = 0;
            for (const CorpusSurvivor& survivor : filled.survivors) {
                if (survivor.rank < options_.raw_range_min || surviving++ < options_.range_min) {
                    drawn[list].skipped.push_back(survivor.row);
                }
            }
            std::sort(drawn[list].skipped.begin(), drawn[list].skipped.end());
        }
        const RandomDraws<M, Block, Corpus, Filters...> draws(options_, rules_, collector_.choice().stream(),
                                                              input_.corpus, block, plan_.corpus_block);
        draws.draw([&](std::size_t list) { return id_of(block.lists(), list); }, drawn, run_);
        if (!go_on(1)) {
            return false;
        }
        collector_.add_positives(block.lists());
        for (std::size_t list = 0; list < drawn.size(); ++list) {
            collector_.add_chosen(block.lists(), block.list(list), drawn[list].found, drawn[list].rejected);
        }
        return true;
    }

    /// Looks at all rows, unless it is told to stop.
    bool inspect()
    {
        CorpusReport& report = result_.report;
        report.queries = input_.queries.rows();
        report.corpus = input_.corpus.rows();
        RowsSeen queries, corpus;
        bool goes_on = true;
        const auto go_on = [&] {
            const Index end = (std::min)(options_.query_end.value_or(report.queries), report.queries),
                        begin = (std::min)(options_.query_begin, end);
            goes_on = !options_.progress || options_.progress({0, end - begin, 0});
            return goes_on;
        };
        if (options_.hash_rows) {
            queries = inspect_rows(input_.queries, plan_.corpus_block, true, run_, go_on);
            if (goes_on) {
                corpus = inspect_rows(input_.corpus, plan_.corpus_block, true, run_, go_on);
            }
        }
        report.non_finite = queries.non_finite;
        report.non_finite_corpus = corpus.non_finite;
        report.zero_rows = queries.zero + corpus.zero;
        for (Index query = 0; query < report.queries; ++query) {
            report.without_positive += input_.relation.positives(query).empty();
        }
        report.provenance = provenance_of(options_, M::name);
        report.provenance.hashed = options_.hash_rows && goes_on;
        if (report.provenance.hashed) {
            report.provenance.query_hash = queries.hash_of(input_.queries);
            report.provenance.corpus_hash = corpus.hash_of(input_.corpus);
            report.provenance.relation_hash =
                hash_relation(input_.relation, input_.queries, input_.corpus, input_.scores);
        }
        std::apply([&](const Filters&... filter) { (add_filter(filter), ...); }, filters_);
        deep_.describe(report.provenance);
        report.duplicate_rows = corpus.duplicates ? *corpus.duplicates : count_duplicates(corpus.row_hash);
        hashes_ = std::move(corpus.row_hash);
        if constexpr (std::is_same_v<A, B>) {
            query_hashes_ = std::move(queries.row_hash);
        }
        collector_.know_hashes(hashes_, query_hashes_);
        return goes_on;
    }

    template <class Filter>
    void add_filter(const Filter& filter)
    {
        CorpusProvenance& provenance = result_.report.provenance;
        provenance.filters.emplace_back(Filter::name);
        if constexpr (requires { filter.settings(); }) {
            provenance.filter_settings.push_back(filter.settings());
        } else {
            provenance.filter_settings.emplace_back();
            provenance.tells_filters = false;
        }
    }

    void finish()
    {
        CorpusReport& report = result_.report;
        collector_.finish();
        for (const auto& [rule, name] : rules_.names()) {
            report.rejected.push_back({name, collector_.rejected()[rule]});
        }
        deep_.report(report);
        if constexpr (Judge::rules > 0) {
            report.rejected.push_back({"rejected_by_rescoring", collector_.rejected()[Rules::count]});
        }
    }

    /// How many queries the next block has, from number `first` on, of those that are left.
    [[nodiscard]] Index block_size(Index first, Index left) const
    {
        constexpr Index most_queries = 16384, most_bytes = Index{1} << 27;
        if (options_.query_block > 0) {
            return (std::min)(left, options_.query_block);
        }
        const Index per_list = Scan::Kept::bytes(plan_.keep, Index{Rules::count}),
                    per_positive = Rules::needs_positive ? input_.corpus.columns() * Index{sizeof(B)} : 32;
        Index count = 0;
        for (Index bytes = 0; count < (std::min)(left, most_queries); ++count) {
            const auto positives = static_cast<Index>(input_.relation.positives(first + count).size());
            bytes += positives * per_positive + (options_.per_positive ? positives : 1) * per_list;
            if (count > 0 && bytes > most_bytes) {
                break;
            }
        }
        return count;
    }

    const CorpusOptions& options_;
    const std::tuple<Filters...>& filters_;
    const CorpusInput<Queries, Corpus>& input_;
    Judge& judge_;
    const Options& run_;
    Rules rules_;
    CorpusPlan plan_;
    Scan scan_;
    CorpusCollector<M> collector_;
    Deep deep_;
    CorpusNegatives<M>& result_;
    std::vector<std::uint64_t> hashes_, query_hashes_;
};

}  // namespace mohs::inline MOHS_ABI::detail
