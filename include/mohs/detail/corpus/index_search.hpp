#pragma once

/// \file
/// Candidates from an index, measured and judged as those of a scan.

#include <mohs/detail/corpus/corpus_collector.hpp>
#include <mohs/detail/corpus/kept_candidates.hpp>
#include <mohs/detail/corpus/query_block.hpp>

#include <algorithm>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// What CorpusScan does, by an index.
template <class M, class I, class Queries, class Corpus, class... Filters>
class IndexSearch {
public:
    using A = typename Queries::Scalar;
    using B = typename Corpus::Scalar;
    using Rules = CorpusRules<M, Filters...>;
    using Block = QueryBlock<M, Rules, Queries, Corpus>;

    IndexSearch(const I& index, const Corpus& corpus, Index corpus_block, std::optional<Index> range_max,
                const Rules& rules, const Options& run)
        : index_(index), corpus_(corpus), corpus_block_(corpus_block), range_max_(range_max), rules_(rules), run_(run)
    {
    }

    Index searches = 0, faults = 0;

    /// Searches for `k` candidates of every query of a block.
    template <class GoOn>
    bool scan(const Block& block, Index k, const GoOn& go_on)
    {
        const MatrixOf<Index> found = index_.search(block.queries(), k);
        if (found.rows() != block.queries().rows()) {
            throw_size_mismatch("CorpusMiner: the index", block.queries().rows(), found.rows(), "rows of candidates");
        }
        ++searches;
        lists_.assign(block.lists().size(), {});
        more_.assign(block.lists().size(), k < corpus_.rows() ? 1 : 0);
        collect(block, found);
        measure(block);
        for (std::vector<KeptCandidate>& list : lists_) {
            std::sort(list.begin(), list.end(), CorpusOrder<M>{});
            if (range_max_ && static_cast<Index>(list.size()) > *range_max_) {
                list.resize(static_cast<std::size_t>(*range_max_));
            }
        }
        return go_on(1);
    }

    /// Whether an index may have more for a list, and more would be of use.
    [[nodiscard]] bool is_full(std::size_t list) const
    {
        return more_[list] != 0 && !(range_max_ && static_cast<Index>(lists_[list].size()) == *range_max_);
    }

    void fill(std::size_t list, FilledList& filled) const
    {
        constexpr std::size_t rules = Rules::count;
        filled = {};
        filled.ranked = false;
        filled.rejected.assign(rules, 0);
        for (const KeptCandidate& candidate : lists_[list]) {
            if (candidate.rule < 0) {
                filled.survivors.push_back({candidate.value, candidate.row, -1});
                filled.rejected.resize(filled.rejected.size() + rules, 0);
            } else {
                ++filled.rejected[filled.survivors.size() * rules + static_cast<std::size_t>(candidate.rule)];
            }
        }
    }

private:
    /// A candidate for all lists of its query.
    struct Suggestion {
        Index query, row;
    };

    void collect(const Block& block, const MatrixOf<Index>& found)
    {
        suggestions_.clear();
        std::vector<Index> rows;
        for (Index query = 0; query < found.rows(); ++query) {
            rows.clear();
            for (Index i = 0; i < found.cols(); ++i) {
                const Index row = found(query, i);
                if (row < 0 || row >= corpus_.rows()) {
                    // Nothing more is no fault.
                    faults += row == -1 ? 0 : 1;
                } else {
                    rows.push_back(row);
                }
            }
            std::sort(rows.begin(), rows.end());
            const auto end = std::unique(rows.begin(), rows.end());
            faults += static_cast<Index>(rows.end() - end);
            rows.erase(end, rows.end());
            for (const Index row : rows) {
                if (!block.exclusions().excludes(query, row)) {
                    suggestions_.push_back({query, row});
                }
            }
        }
    }

    void measure(const Block& block)
    {
        std::vector<Index> rows;
        for (const Suggestion& suggestion : suggestions_) {
            rows.push_back(suggestion.row);
        }
        show_rows(
            corpus_, rows, corpus_block_, [&](const Batch<B>& batch, Index first, std::span<const std::size_t> places) {
                const BlockValues<M, A, B> values(block.queries(), block.scales(), batch, {});
                std::vector<KeptCandidate> measured(places.size());
                std::vector<std::uint8_t> usable(places.size(), 0);
                constexpr Index at_once = 64;
                const auto count = static_cast<Index>(places.size());
                parallel_for(run_, (count + at_once - 1) / at_once, [&](Index task, int) {
                    for (Index i = task * at_once; i < (std::min)(count, (task + 1) * at_once); ++i) {
                        const auto at = static_cast<std::size_t>(i);
                        const Suggestion& suggestion = suggestions_[places[at]];
                        const Index row = suggestion.row - first;
                        if (is_finite_row(block.queries(), suggestion.query) && is_finite_row(batch, row)) {
                            measured[at] = {values(suggestion.query, row), suggestion.row, -1};
                            const std::optional<double> bound = rules_.far_end();
                            usable[at] = !bound || !Finish<M>::closer(*bound, measured[at].value);
                        }
                    }
                });
                for (std::size_t at = 0; at < places.size(); ++at) {
                    const Index query = suggestions_[places[at]].query;
                    for (std::size_t list = block.lists().begin(query);
                         usable[at] != 0 && list < block.lists().end(query); ++list) {
                        if (block.list(list).closed) {
                            continue;
                        }
                        KeptCandidate candidate = measured[at];
                        candidate.rule = rules_.rejection(CorpusQuery<M, A, B>(values, block.lists(), block.list(list),
                                                                               block.positive_rows(), first,
                                                                               candidate.row - first, candidate.value));
                        lists_[list].push_back(candidate);
                    }
                }
            });
    }

    const I& index_;
    const Corpus& corpus_;
    Index corpus_block_;
    std::optional<Index> range_max_;
    const Rules& rules_;
    const Options& run_;
    std::vector<std::vector<KeptCandidate>> lists_;
    std::vector<std::uint8_t> more_;
    std::vector<Suggestion> suggestions_;
};

}  // namespace mohs::inline MOHS_ABI::detail
