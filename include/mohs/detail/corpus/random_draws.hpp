#pragma once

/// \file
/// Uniform draws from all candidates that rules let pass, without looking at the others.

#include <mohs/detail/base/random.hpp>
#include <mohs/detail/corpus/choose_negatives.hpp>
#include <mohs/detail/corpus/keyed_order.hpp>
#include <mohs/detail/corpus/measure_positives.hpp>
#include <mohs/detail/corpus/query_block.hpp>

#include <algorithm>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// What a list has drawn so far.
struct DrawnList {
    Index next = 0;  ///< in its order of the corpus
    std::vector<CorpusSurvivor> found;
    std::vector<Index> rejected;  ///< by rule
    std::vector<Index> skipped;   ///< rows that are not to be drawn, ascending
};

/// Draws for all lists of a block of queries: for each, rows of the corpus in an order of its own, until as many pass
/// as are wanted or none are left. In rounds, so that rows are looked at in the order of the corpus; which are drawn
/// does not depend on the rounds. O(draws D); a list whose rules let few pass looks at many, in the end at all.
template <class M, class Block, class Corpus, class... Filters>
class RandomDraws {
    using A = typename Block::A;
    using B = typename Corpus::Scalar;

public:
    RandomDraws(const CorpusOptions& options, const CorpusRules<M, Filters...>& rules, const RandomStream& stream,
                const Corpus& corpus, const Block& block, Index corpus_block)
        : wanted_(static_cast<std::size_t>(options.num_negatives)),
          rules_(rules),
          stream_(stream),
          corpus_(corpus),
          block_(block),
          corpus_block_(corpus_block)
    {
    }

    /// `id_of(list)`: the sample id of its query. `drawn` has an element per list.
    template <class IdOf>
    void draw(const IdOf& id_of, std::vector<DrawnList>& drawn, const Options& options) const
    {
        const Index rows = corpus_.rows();
        std::vector<std::size_t> active;
        for (std::size_t list = 0; list < drawn.size(); ++list) {
            drawn[list].rejected.assign(CorpusRules<M, Filters...>::count, 0);
            if (!block_.list(list).closed && is_finite_row(block_.queries(), block_.list(list).query)) {
                active.push_back(list);
            }
        }
        for (Index round = 0; !active.empty(); ++round) {
            std::vector<Proposal> proposals;
            const Index most = (std::max)(Index{8}, Index{1 << 22} / static_cast<Index>(active.size()));
            for (const std::size_t list : active) {
                DrawnList& mine = drawn[list];
                const CorpusList& of = block_.list(list);
                const ListKey key{id_of(list), of.positive};
                const KeyedOrder order(stream_.key(key.query_id, -1, key.draw()), rows);
                const Index lacking = (std::min)(static_cast<Index>(wanted_ - mine.found.size()), rows);
                const Index count =
                    (std::min)({(2 * lacking + 6) << (std::min)(round, Index{16}), most, rows - mine.next});
                for (Index i = 0; i < count; ++i) {
                    const Index row = order[mine.next++];
                    if (!block_.exclusions().excludes(of.query, row) &&
                        !std::binary_search(mine.skipped.begin(), mine.skipped.end(), row)) {
                        proposals.push_back({row, list});
                    }
                }
            }
            judge(proposals, options);
            for (const Proposal& proposal : proposals) {
                DrawnList& mine = drawn[proposal.list];
                if (mine.found.size() == wanted_ || proposal.rule == no_candidate) {
                    continue;
                }
                if (proposal.rule < 0) {
                    mine.found.push_back({proposal.value, proposal.row, -1});
                } else {
                    ++mine.rejected[static_cast<std::size_t>(proposal.rule)];
                }
            }
            std::erase_if(active, [&](std::size_t list) {
                return drawn[list].found.size() == wanted_ || drawn[list].next == rows;
            });
        }
        for (DrawnList& mine : drawn) {
            std::sort(mine.found.begin(), mine.found.end(), [](const CorpusSurvivor& a, const CorpusSurvivor& b) {
                return a.value != b.value ? Finish<M>::closer(a.value, b.value) : a.row < b.row;
            });
        }
    }

private:
    static constexpr std::int32_t no_candidate = -2;
    struct Proposal {
        Index row;
        std::size_t list;
        double value = 0;
        std::int32_t rule = no_candidate;
    };

    void judge(std::vector<Proposal>& proposals, const Options& options) const
    {
        std::vector<Index> rows;
        for (const Proposal& proposal : proposals) {
            rows.push_back(proposal.row);
        }
        show_rows(corpus_, rows, corpus_block_,
                  [&](const Batch<B>& batch, Index first, std::span<const std::size_t> places) {
                      const BlockValues<M, A, B> values(block_.queries(), block_.scales(), batch, {});
                      constexpr std::size_t at_once = 64;
                      parallel_for(options, static_cast<Index>((places.size() + at_once - 1) / at_once),
                                   [&](Index task, int) {
                                       const std::size_t begin = static_cast<std::size_t>(task) * at_once;
                                       for (const std::size_t place :
                                            places.subspan(begin, (std::min)(at_once, places.size() - begin))) {
                                           judge(proposals[place], values, first);
                                       }
                                   });
                  });
    }

    void judge(Proposal& proposal, const BlockValues<M, A, B>& values, Index first) const
    {
        const CorpusList& list = block_.list(proposal.list);
        const Index row = proposal.row - first;
        if (!is_finite_row(values.corpus(), row)) {
            return;
        }
        proposal.value = values(list.query, row);
        const std::optional<double> bound = rules_.far_end();
        if (bound && Finish<M>::closer(*bound, proposal.value)) {
            return;
        }
        proposal.rule = rules_.rejection(
            CorpusQuery<M, A, B>(values, block_.lists(), list, block_.positive_rows(), first, row, proposal.value));
    }

    std::size_t wanted_;
    const CorpusRules<M, Filters...>& rules_;
    const RandomStream& stream_;
    const Corpus& corpus_;
    const Block& block_;
    Index corpus_block_;
};

}  // namespace mohs::inline MOHS_ABI::detail
