#pragma once

/// \file
/// Lists that are searched deeper until what a model accepts, or an index has, suffices.

#include <mohs/detail/corpus/corpus_extras.hpp>
#include <mohs/detail/corpus/corpus_scan.hpp>
#include <mohs/detail/corpus/index_search.hpp>
#include <mohs/detail/corpus/random_draws.hpp>

#include <numeric>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// Fills lists through a judge, from an index or by scans. `Judge` is NoJudge or a RescoringJudge, `By` is NoSearch
/// or a SearchedBy.
template <class M, class Judge, class By, class Queries, class Corpus, class... Filters>
class DeepSearch {
public:
    using Rules = CorpusRules<M, Filters...>;
    using Scan = CorpusScan<M, Queries, Corpus, Filters...>;
    using Block = typename Scan::Block;
    static constexpr bool by_index = !std::is_same_v<By, NoSearch>;
    static constexpr bool deepens = by_index || Judge::rules > 0;
    static constexpr Index rule_count = Index{Rules::count} + Judge::rules;

    DeepSearch(const CorpusOptions& options, const CorpusInput<Queries, Corpus>& input, const Rules& rules,
               const CorpusPlan& plan, const NegativeChoice<M>& choice, Judge& judge, const By* by, const Options& run,
               Scan& scan)
        : options_(options),
          input_(input),
          rules_(rules),
          plan_(plan),
          choice_(choice),
          judge_(judge),
          by_(by),
          run_(run),
          scan_(scan)
    {
        if constexpr (by_index) {
            check_positive("CorpusMiner: widen", by->options.widen);
            if (by->options.recall_queries < 0) {
                throw_bad_value("CorpusMiner: recall_queries", static_cast<double>(by->options.recall_queries),
                                "at least 0");
            }
            const Index queries = input.queries.rows();
            const KeyedOrder order(mix_bits(options.seed), queries);
            for (Index i = 0; i < (std::min)(by->options.recall_queries, queries); ++i) {
                compared_.push_back(order[i]);
            }
            std::sort(compared_.begin(), compared_.end());
        }
    }

    /// Fills the lists of a block through the judge, from the index or by scans.
    template <class GoOn>
    bool search(const Block& block, std::vector<FilledList>& deep, const GoOn& go_on)
    {
        std::vector<typename Judge::Memory> memory(block.lists().size());
        deep.assign(block.lists().size(), {});
        std::vector<Index> lacking(block.lists().numbers.size());
        std::iota(lacking.begin(), lacking.end(), Index{0});
        if constexpr (by_index) {
            IndexSearch<M, typename By::IndexType, Queries, Corpus, Filters...> index(
                by_->index, input_.corpus, plan_.corpus_block, options_.range_max, rules_, run_);
            Index positives = 0;
            for (const Index number : block.lists().numbers) {
                positives = (std::max)(positives, static_cast<Index>(input_.relation.positives(number).size()));
            }
            const double wide = by_->options.widen * static_cast<double>(plan_.keep + positives + 1);
            const Index depth = static_cast<Index>((std::min)(wide, static_cast<double>(input_.corpus.rows())));
            const bool finished = deepen(index, block, (std::max)(depth, Index{1}), lacking, memory, deep, go_on);
            index_searches_ += index.searches;
            index_faults_ += index.faults;
            if (!finished) {
                return false;
            }
            if constexpr (Judge::rules == 0) {
                // Of what the index has found, before a scan fills up what it has not.
                if (!measure_recall(block, deep, go_on)) {
                    return false;
                }
            }
            for (const Index query : lacking) {
                exact_fallbacks_ += static_cast<Index>(block.lists().end(query) - block.lists().begin(query));
            }
        }
        // A model rejects some, and another scan costs as much as the first.
        const Index depth =
            Judge::rules == 0 || plan_.raw ? plan_.keep : (std::min)(2 * plan_.keep + 8, input_.corpus.rows());
        return deepen(scan_, block, depth, lacking, memory, deep, go_on);
    }

    /// Where candidates come from, and what of a model can be told.
    void describe(CorpusProvenance& provenance) const
    {
        if constexpr (by_index) {
            provenance.options.emplace_back("candidates", "index");
            provenance.options.emplace_back("widen", text_of_number(by_->options.widen));
        }
        if constexpr (Judge::rules > 0) {
            provenance.options.emplace_back("rescored", judge_.text());
        }
    }

    /// What was seen so far.
    void report(CorpusReport& report) const
    {
        report.index_searches = index_searches_;
        report.index_faults = index_faults_;
        report.exact_fallbacks = exact_fallbacks_;
        report.recall_lists = recall_lists_;
        report.recall = wanted_ > 0 ? static_cast<double>(recalled_) / static_cast<double>(wanted_) : -1;
        if constexpr (Judge::rules > 0) {
            report.rescored = judge_.asked;
            report.without_rescore = judge_.without_score;
        }
    }

private:
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
                return choice_.window(of.survivors, options_.num_negatives);
            };
            for (const CorpusSurvivor& survivor : window(exact)) {
                const auto theirs = window(found);
                ++wanted_;
                recalled_ += std::any_of(theirs.begin(), theirs.end(),
                                         [&](const CorpusSurvivor& other) { return other.row == survivor.row; });
            }
            ++recall_lists_;
        }
        return true;
    }

    /// Searches for the queries of a block that are `lacking`, deeper and deeper, until the judge has accepted enough
    /// for all their lists or there is nothing more. Leaves those that have too few.
    template <class Search, class GoOn>
    bool deepen(Search& search, const Block& block, Index depth, std::vector<Index>& lacking,
                std::vector<typename Judge::Memory>& memory, std::vector<FilledList>& deep, const GoOn& go_on)
    {
        std::vector<Index> exhausted;
        while (!lacking.empty() && input_.corpus.rows() > 0) {
            std::vector<Index> still;
            for (std::size_t begin = 0; begin < lacking.size();) {
                const std::span<const Index> part = std::span<const Index>(lacking).subspan(begin);
                const std::size_t count = part_size(block, part, depth);
                if (!deepen_part(search, block, depth, part.first(count), memory, deep, still, exhausted, go_on)) {
                    return false;
                }
                begin += count;
            }
            lacking = std::move(still);
            depth = (std::min)(4 * depth, input_.corpus.rows());
        }
        lacking.insert(lacking.end(), exhausted.begin(), exhausted.end());
        std::sort(lacking.begin(), lacking.end());
        return true;
    }

    /// How many of some queries are searched for at once: the deeper, the fewer, so that memory stays within bounds.
    [[nodiscard]] static std::size_t part_size(const Block& block, std::span<const Index> queries, Index depth)
    {
        constexpr Index most_bytes = Index{1} << 28;
        const Index per_list = Scan::Kept::bytes(depth, Index{Rules::count});
        std::size_t count = 0;
        for (Index bytes = 0; count < queries.size(); ++count) {
            bytes +=
                per_list * static_cast<Index>(block.lists().end(queries[count]) - block.lists().begin(queries[count]));
            if (count > 0 && bytes > most_bytes) {
                break;
            }
        }
        return count;
    }

    /// One search for some queries of a block. Adds those that are to be searched deeper to `still`, and those that lack
    /// negatives though there are no more to `exhausted`.
    template <class Search, class GoOn>
    bool deepen_part(Search& search, const Block& block, Index depth, std::span<const Index> queries,
                     std::vector<typename Judge::Memory>& memory, std::vector<FilledList>& deep,
                     std::vector<Index>& still, std::vector<Index>& exhausted, const GoOn& go_on)
    {
        std::vector<Index> numbers;
        std::vector<std::size_t> origin;
        for (const Index query : queries) {
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
        judge_.judge(filled, known, part.lists(), [&](std::size_t, FilledList accepted) { return wanted(accepted); });
        for (std::size_t at = 0; at < queries.size(); ++at) {
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
                    .push_back(queries[at]);
            }
        }
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
        return plan_.pool - static_cast<Index>(choice_.window(accepted.survivors, plan_.pool).size());
    }

    const CorpusOptions& options_;
    const CorpusInput<Queries, Corpus>& input_;
    const Rules& rules_;
    const CorpusPlan& plan_;
    const NegativeChoice<M>& choice_;
    Judge& judge_;
    const By* by_;
    const Options& run_;
    Scan& scan_;
    std::vector<Index> compared_;  ///< queries that are scanned for though there is an index, ascending
    Index wanted_ = 0, recalled_ = 0, recall_lists_ = 0, index_searches_ = 0, index_faults_ = 0, exact_fallbacks_ = 0;
};

}  // namespace mohs::inline MOHS_ABI::detail
