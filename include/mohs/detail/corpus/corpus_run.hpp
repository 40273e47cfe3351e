#pragma once

/// \file
/// Mining a corpus: all queries, block by block.

#include <mohs/detail/corpus/corpus_extras.hpp>
#include <mohs/detail/corpus/corpus_scan.hpp>
#include <mohs/detail/corpus/index_search.hpp>
#include <mohs/detail/corpus/inspect_rows.hpp>
#include <mohs/detail/corpus/random_draws.hpp>

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
    static constexpr bool by_index = !std::is_same_v<By, NoSearch>;
    static constexpr bool deepens = by_index || Judge::rules > 0;

    CorpusRun(const CorpusOptions& options, const std::tuple<Filters...>& filters,
              const CorpusInput<Queries, Corpus>& input, Judge& judge, const By* by, const Options& run,
              CorpusNegatives<M>& result)
        : options_(options),
          input_(input),
          judge_(judge),
          by_(by),
          run_(run),
          rules_(options, filters),
          plan_(options, input.corpus.rows(), input.corpus.columns() * Index{sizeof(T)}, deepens),
          scan_(input.corpus, plan_.corpus_block, plan_.raw, rules_, run),
          collector_(options, plan_.pool, rule_count, result),
          result_(result)
    {
    }

    void mine()
    {
        inspect();
        const Index queries = input_.queries.rows();
        while (result_.report.finished < queries) {
            const Index first = result_.report.finished, count = block_size(first);
            std::vector<Index> numbers(static_cast<std::size_t>(count));
            std::iota(numbers.begin(), numbers.end(), first);
            const Block block(options_, input_, rules_, plan_.corpus_block, std::move(numbers), run_);
            result_.report.non_finite_positives += block.non_finite_positives();
            double so_far = 0;
            const bool finished = mine_block(block, [&](double share) {
                // Where lists are searched deeper, a scan begins anew.
                so_far = (std::max)(so_far, share);
                share =
                    (static_cast<double>(first) + so_far * static_cast<double>(count)) / static_cast<double>(queries);
                return !options_.progress || options_.progress({first, queries, share});
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
    static constexpr Index rule_count = Index{Rules::count} + Judge::rules;

    template <class GoOn>
    bool mine_block(const Block& block, const GoOn& go_on)
    {
        const CorpusLists& lists = block.lists();
        std::vector<FilledList> deep;
        if constexpr (deepens) {
            if (!search_deep(block, deep, go_on)) {
                return false;
            }
        } else if (plan_.keep > 0 && !scan_.scan(block, plan_.keep, go_on)) {
            return false;
        }
        collector_.add_positives(lists);
        if (!deepens && plan_.draws) {
            draw(block);
            return go_on(1);
        }
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

    /// Fills the lists of a block through the judge, from the index or by scans.
    template <class GoOn>
    bool search_deep(const Block& block, std::vector<FilledList>& deep, const GoOn& go_on)
    {
        std::vector<typename Judge::Memory> memory(block.lists().size());
        deep.assign(block.lists().size(), {});
        std::vector<Index> lacking(block.lists().numbers.size());
        std::iota(lacking.begin(), lacking.end(), Index{0});
        if constexpr (by_index) {
            IndexSearch<M, typename By::IndexType, Queries, Corpus, Filters...> search(
                by_->index, input_.corpus, plan_.corpus_block, options_.range_max, rules_, run_);
            Index positives = 0;
            for (const Index number : block.lists().numbers) {
                positives = (std::max)(positives, static_cast<Index>(input_.relation.positives(number).size()));
            }
            const double wide = by_->options.widen * static_cast<double>(plan_.keep + positives + 1);
            const Index depth = static_cast<Index>((std::min)(wide, static_cast<double>(input_.corpus.rows())));
            const bool finished = deepen(search, block, (std::max)(depth, Index{1}), lacking, memory, deep, go_on);
            result_.report.index_searches += search.searches;
            result_.report.index_faults += search.faults;
            if (!finished) {
                return false;
            }
            for (const Index query : lacking) {
                result_.report.exact_fallbacks +=
                    static_cast<Index>(block.lists().end(query) - block.lists().begin(query));
            }
        }
        // A model rejects some, and another scan costs as much as the first.
        const Index depth =
            Judge::rules == 0 || plan_.raw ? plan_.keep : (std::min)(2 * plan_.keep + 8, input_.corpus.rows());
        if (!deepen(scan_, block, depth, lacking, memory, deep, go_on)) {
            return false;
        }
        if constexpr (by_index && Judge::rules == 0) {
            return measure_recall(block, deep, go_on);
        }
        return true;
    }

    /// Scans for the queries of a block that are to be compared.
    template <class GoOn>
    bool measure_recall(const Block& block, const std::vector<FilledList>& deep, const GoOn& go_on)
    {
        std::vector<Index> numbers;
        std::vector<std::size_t> origin;
        for (Index query = 0; query < block.lists().queries(); ++query) {
            const Index number = block.lists().numbers[static_cast<std::size_t>(query)];
            if (std::binary_search(compared_.begin(), compared_.end(), number)) {
                numbers.push_back(number);
                for (std::size_t list = block.lists().begin(query); list < block.lists().end(query); ++list) {
                    origin.push_back(list);
                }
            }
        }
        if (numbers.empty() || plan_.keep == 0) {
            return true;
        }
        const Block part(options_, input_, rules_, plan_.corpus_block, std::move(numbers), run_);
        if (!scan_.scan(part, plan_.keep, go_on)) {
            return false;
        }
        FilledList exact;
        for (std::size_t list = 0; list < origin.size(); ++list) {
            scan_.fill(list, exact);
            exact.set_ranks(rule_count);
            FilledList found = deep[origin[list]];
            found.set_ranks(rule_count);
            const auto window = [&](const FilledList& of) {
                return collector_.choice().window(of.survivors, options_.num_negatives);
            };
            for (const CorpusSurvivor& survivor : window(exact)) {
                const auto theirs = window(found);
                ++wanted_;
                recalled_ += std::any_of(theirs.begin(), theirs.end(),
                                         [&](const CorpusSurvivor& other) { return other.row == survivor.row; });
            }
            ++result_.report.recall_lists;
        }
        return true;
    }

    /// Searches for the queries of a block that are `lacking`, deeper and deeper, until the judge has accepted enough for all their
    /// lists or there is nothing more. Leaves those that have too few.
    template <class Search, class GoOn>
    bool deepen(Search& search, const Block& block, Index depth, std::vector<Index>& lacking,
                std::vector<typename Judge::Memory>& memory, std::vector<FilledList>& deep, const GoOn& go_on)
    {
        std::vector<Index> exhausted;
        while (!lacking.empty() && input_.corpus.rows() > 0) {
            std::vector<Index> numbers;
            std::vector<std::size_t> origin;
            for (const Index query : lacking) {
                numbers.push_back(block.lists().numbers[static_cast<std::size_t>(query)]);
                for (std::size_t list = block.lists().begin(query); list < block.lists().end(query); ++list) {
                    origin.push_back(list);
                }
            }
            const Block part(options_, input_, rules_, plan_.corpus_block, std::move(numbers), run_);
            if (!search.scan(part, depth, go_on)) {
                return false;
            }
            std::vector<FilledList> filled(origin.size());
            std::vector<typename Judge::Memory> known(origin.size());
            for (std::size_t list = 0; list < origin.size(); ++list) {
                search.fill(list, filled[list]);
                known[list] = std::move(memory[origin[list]]);
            }
            judge_.judge(filled, known, part.lists(),
                         [&](std::size_t, FilledList accepted) { return wanted(accepted); });
            std::vector<Index> still;
            for (std::size_t at = 0; at < lacking.size(); ++at) {
                bool short_of = false, more = false;
                const bool finite = is_finite_row(part.queries(), static_cast<Index>(at));
                for (std::size_t list = part.lists().begin(static_cast<Index>(at));
                     list < part.lists().end(static_cast<Index>(at)); ++list) {
                    FilledList accepted = Judge::accepted(filled[list], known[list], Index{Rules::count});
                    if (finite && !part.list(list).closed && wanted(accepted) > 0) {
                        short_of = true;
                        more |= search.is_full(list);
                    }
                    deep[origin[list]] = std::move(accepted);
                    memory[origin[list]] = std::move(known[list]);
                }
                if (short_of) {
                    (more && depth < input_.corpus.rows() && may_deepen<Search>() ? still : exhausted)
                        .push_back(lacking[at]);
                }
            }
            lacking = std::move(still);
            depth = (std::min)(4 * depth, input_.corpus.rows());
        }
        lacking.insert(lacking.end(), exhausted.begin(), exhausted.end());
        std::sort(lacking.begin(), lacking.end());
        return true;
    }

    /// A window of raw ranks ends where it ends; what an index suggests need not be all of it.
    template <class Search>
    [[nodiscard]] bool may_deepen() const
    {
        return !plan_.raw || !std::is_same_v<Search, Scan>;
    }

    /// How many a list lacks.
    [[nodiscard]] Index wanted(FilledList& accepted) const
    {
        accepted.set_ranks(rule_count);
        return plan_.pool - static_cast<Index>(collector_.choice().window(accepted.survivors, plan_.pool).size());
    }

    /// Draws from the whole corpus, but for what is too close by its rank.
    void draw(const Block& block)
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
        for (std::size_t list = 0; list < drawn.size(); ++list) {
            collector_.add_chosen(block.lists(), block.list(list), drawn[list].found, drawn[list].rejected);
        }
    }

    void inspect()
    {
        CorpusReport& report = result_.report;
        report.queries = input_.queries.rows();
        report.corpus = input_.corpus.rows();
        const RowsSeen queries = inspect_rows(input_.queries, plan_.corpus_block, options_.hash_rows, run_);
        RowsSeen corpus = inspect_rows(input_.corpus, plan_.corpus_block, options_.hash_rows, run_);
        report.non_finite = queries.non_finite;
        report.non_finite_corpus = corpus.non_finite;
        report.zero_rows = queries.zero + corpus.zero;
        for (Index query = 0; query < report.queries; ++query) {
            report.without_positive += input_.relation.positives(query).empty();
        }
        report.provenance = provenance_of(options_, M::name);
        report.provenance.query_hash = queries.hash;
        report.provenance.corpus_hash = corpus.hash;
        report.provenance.relation_hash = options_.hash_rows ? hash_relation(input_.relation) : 0;
        (report.provenance.filters.emplace_back(Filters::name), ...);
        if constexpr (by_index) {
            report.provenance.options.emplace_back("candidates", "index");
            const KeyedOrder order(mix_bits(options_.seed), report.queries);
            for (Index i = 0; i < (std::min)(by_->options.recall_queries, report.queries); ++i) {
                compared_.push_back(order[i]);
            }
            std::sort(compared_.begin(), compared_.end());
        }
        if constexpr (Judge::rules > 0) {
            report.provenance.options.emplace_back("rescored", judge_.text());
        }
        report.duplicate_rows = count_duplicates(corpus.row_hash);
        hashes_ = std::move(corpus.row_hash);
        collector_.know_hashes(hashes_);
    }

    void finish()
    {
        CorpusReport& report = result_.report;
        collector_.finish();
        for (const auto& [rule, name] : rules_.names()) {
            report.rejected.push_back({name, collector_.rejected()[rule]});
        }
        report.recall = wanted_ > 0 ? static_cast<double>(recalled_) / static_cast<double>(wanted_) : -1;
        if constexpr (Judge::rules > 0) {
            report.rejected.push_back({"rejected_by_rescoring", collector_.rejected()[Rules::count]});
            report.rescored = judge_.asked;
            report.without_rescore = judge_.without_score;
        }
    }

    /// How many queries the next block has, from number `first` on.
    [[nodiscard]] Index block_size(Index first) const
    {
        constexpr Index most_queries = 16384, most_bytes = Index{1} << 27;
        const Index left = input_.queries.rows() - first;
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
    const CorpusInput<Queries, Corpus>& input_;
    Judge& judge_;
    const By* by_;
    const Options& run_;
    Rules rules_;
    CorpusPlan plan_;
    Scan scan_;
    CorpusCollector<M> collector_;
    CorpusNegatives<M>& result_;
    std::vector<std::uint64_t> hashes_;
    std::vector<Index> compared_;  ///< queries that are scanned for though there is an index, ascending
    Index wanted_ = 0, recalled_ = 0;
};

}  // namespace mohs::inline MOHS_ABI::detail
