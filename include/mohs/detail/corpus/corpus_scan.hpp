#pragma once

/// \file
/// A block of queries against the whole corpus, block by block.

#include <mohs/detail/corpus/corpus_collector.hpp>
#include <mohs/detail/corpus/corpus_selector.hpp>
#include <mohs/detail/corpus/query_block.hpp>
#include <mohs/detail/scene/kept_side.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// Finds the best candidates of the lists of blocks of queries, and what was rejected on the way.
template <class M, class Queries, class Corpus, class... Filters>
class CorpusScan {
public:
    using A = typename Queries::Scalar;
    using B = typename Corpus::Scalar;
    using T = typename Batch<A>::Compute;
    using Rules = CorpusRules<M, Filters...>;
    using Block = QueryBlock<M, Rules, Queries, Corpus>;
    using Kept = KeptCandidates<M, T>;

    /// `raw`: rejected candidates count among the best.
    CorpusScan(const Corpus& corpus, Index corpus_block, bool raw, const Rules& rules, const Options& run)
        : corpus_(corpus), corpus_block_(corpus_block), raw_(raw), rules_(rules), run_(run)
    {
    }

    /// Looks for the best `keep` of every list, at least 1, in two scans at most. `go_on(share)` is called after
    /// every block of the first, and says whether to; returns whether it always did.
    template <class GoOn>
    bool scan(const Block& block, Index keep, const GoOn& go_on)
    {
        kept_.start(block.lists().size(), keep, Index{Rules::count}, raw_);
        const bool finished = show(block, go_on, [&](const auto& seen) {
            CorpusSelector<T, Bare<decltype(seen)>, Kept> selector(seen, kept_);
            select<M>(seen.scene, run_, workspace_, selector);
            selector.settle(run_);
        });
        if (finished && !raw_) {
            count_rejections(block);
        }
        return finished;
    }

    /// Whether a list has as many candidates as were to be kept, so that there may be more.
    [[nodiscard]] bool is_full(std::size_t list) const { return kept_.is_full(list); }

    /// What a list has found, with what was rejected on the way.
    void fill(std::size_t list, FilledList& filled) const
    {
        filled.survivors.clear();
        const std::span<const KeptCandidate> kept = kept_.kept_by(list);
        const auto rules = static_cast<std::size_t>(kept_.rules);
        filled.rejected.assign((kept.size() + 1) * rules, 0);
        const auto count = [&](std::size_t place, std::size_t rule) -> Index& {
            return filled.rejected[place * rules + rule];
        };
        for (const KeptCandidate& candidate : kept) {
            if (candidate.rule < 0) {
                filled.survivors.push_back({candidate.value, candidate.row, -1});
            } else {
                ++count(filled.survivors.size(), static_cast<std::size_t>(candidate.rule));
            }
        }
        if (raw_) {
            filled.rejected.resize((filled.survivors.size() + 1) * rules);
            return;
        }
        if (kept_.log_lost[list] == 0) {
            for (std::size_t rule = 0; rule < rules; ++rule) {
                count(0, rule) = kept_.close[list * rules + rule];
            }
            for (const KeptCandidate& noted : kept_.log[list]) {
                const auto at = std::upper_bound(kept.begin(), kept.end(), noted, CorpusOrder<M>{}) - kept.begin();
                ++count(static_cast<std::size_t>(at), static_cast<std::size_t>(noted.rule));
            }
            return;
        }
        if (!counted_[list].empty()) {
            filled.rejected = counted_[list];
        }
        for (std::size_t rule = 0; rule < rules && !kept_.is_full(list); ++rule) {
            // All that there are, of a list that is short, but for those that are counted.
            Index left = kept_.close[list * rules + rule] + kept_.rejected[list * rules + rule];
            for (std::size_t place = 0; place < kept.size(); ++place) {
                left -= count(place, rule);
            }
            count(kept.size(), rule) = left;
        }
    }

private:
    /// Shows the block every block of the corpus. Returns false if the caller has had enough.
    template <class GoOn, class Show>
    bool show(const Block& block, const GoOn& go_on, const Show& show_to)
    {
        const auto show_block = [&](const Batch<B>& rows, std::span<const UnitScale> scales, Index first,
                                    const auto& scene_of) {
            const BlockValues<M, A, B> values(block.queries(), block.scales(), rows, scales);
            const Workspace::Frame frame(workspace_);
            const Scene<T> scene = scene_of();
            CorpusBlock<M, T, A, B, typename Block::Exclusions, Filters...> seen{
                scene, block.lists(), rules_, block.exclusions(), values, block.positive_rows(), first};
            seen.start();
            show_to(seen);
            return go_on(static_cast<double>(first + rows.rows()) /
                         static_cast<double>(std::max<Index>(corpus_.rows(), 1)));
        };
        if constexpr (requires { corpus_.packed_blocks(); }) {
            for (const auto& packed : corpus_.packed_blocks()) {
                const auto scene_of = [&] {
                    return scene_against<M>(block.queries(), packed.rows, packed.kept, run_, workspace_);
                };
                if (!show_block(packed.rows, packed.scales, packed.first, scene_of)) {
                    return false;
                }
            }
            return true;
        }
        MatrixOf<B> buffer;
        for (Index first = 0; first < corpus_.rows(); first += corpus_block_) {
            const Index count = (std::min)(corpus_block_, corpus_.rows() - first);
            const auto view = corpus_.block(first, count, buffer);
            const Batch<B> rows(view);
            const auto scene_of = [&] {
                return open_scene<M>(
                    {.verb = "CorpusMiner", .self = false, .needs_relation = false, .told_apart = true},
                    block.queries(), rows, run_, workspace_);
            };
            if (!show_block(rows, scales_of<M>(rows, run_), first, scene_of)) {
                return false;
            }
        }
        return true;
    }

    /// A second scan for lists with too much that was rejected to be noted.
    void count_rejections(const Block& block)
    {
        counted_.assign(block.lists().size(), {});
        bool any = false;
        for (std::size_t list = 0; list < counted_.size(); ++list) {
            if (kept_.log_lost[list] != 0 && kept_.kept_count[list] > 0) {
                counted_[list].assign(static_cast<std::size_t>((kept_.kept_count[list] + 1) * kept_.rules), 0);
                any = true;
            }
        }
        if (any) {
            show(
                block, [](double) { return true; },
                [&](const auto& seen) {
                    CorpusCounter<M, T, Bare<decltype(seen)>> counter(seen, kept_, counted_);
                    select<M>(seen.scene, run_, workspace_, counter);
                });
        }
    }

    const Corpus& corpus_;
    Index corpus_block_;
    bool raw_;
    const Rules& rules_;
    const Options& run_;
    Kept kept_;
    std::vector<std::vector<Index>> counted_;
    Workspace workspace_;
};

}  // namespace mohs::inline MOHS_ABI::detail
