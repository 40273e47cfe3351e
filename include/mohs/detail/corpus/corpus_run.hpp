#pragma once

/// \file
/// Mining a corpus: blocks of queries against blocks of rows.

#include <mohs/detail/corpus/corpus_collector.hpp>
#include <mohs/detail/corpus/corpus_plan.hpp>
#include <mohs/detail/corpus/corpus_selector.hpp>
#include <mohs/detail/corpus/inspect_rows.hpp>
#include <mohs/detail/corpus/measure_positives.hpp>
#include <mohs/detail/corpus/random_draws.hpp>

#include <optional>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// What a call mines.
template <class Queries, class Corpus>
struct CorpusInput {
    const Queries& queries;
    const Corpus& corpus;
    const Relation& relation;
    const PositiveScores* scores = nullptr;
};

/// A block of queries at work.
template <class M, class Queries, class Corpus>
struct QueryBlock {
    using A = typename Queries::Scalar;
    using B = typename Corpus::Scalar;
    using Exclusions = CorpusExclusions<Queries, Corpus>;

    const Batch<A>& queries;
    const CorpusLists& lists;
    const Exclusions& exclusions;
    std::span<const UnitScale> scales;
    const Batch<B>* positive_rows;
};

/// One call of a miner.
template <class M, class Queries, class Corpus, class... Filters>
class CorpusRun {
public:
    using A = typename Queries::Scalar;
    using B = typename Corpus::Scalar;
    using T = typename Batch<A>::Compute;
    using Rules = CorpusRules<M, Filters...>;
    using Kept = KeptCandidates<M, T>;
    using Block = QueryBlock<M, Queries, Corpus>;

    CorpusRun(const CorpusOptions& options, const std::tuple<Filters...>& filters,
              const CorpusInput<Queries, Corpus>& input, const Options& run, CorpusNegatives<M>& result)
        : options_(options),
          input_(input),
          run_(run),
          rules_(options, filters),
          plan_(options, input.corpus.rows(), input.corpus.columns() * Index{sizeof(T)}),
          collector_(options, plan_.pool, Index{Rules::count}, result),
          result_(result)
    {
    }

    /// Mines all queries, block by block.
    void mine()
    {
        inspect();
        for (Index first = 0; first < input_.queries.rows() && !result_.report.cancelled;) {
            first = work_on(first, [&](const Block& block) { return mine_block(block); });
        }
        finish();
    }

protected:
    /// Reads the next block of queries from row `first` on and hands it to `work`, which returns whether to go on. Returns
    /// where the next one begins.
    template <class Work>
    Index work_on(Index first, const Work& work)
    {
        const Index count = fill_lists(first);
        MatrixOf<A> buffer;
        const auto view = input_.queries.block(first, count, buffer);
        const Batch<A> queries(view);
        MatrixOf<B> rows;
        if (input_.scores == nullptr) {
            result_.report.non_finite_positives += measure_positives<M>(
                queries, input_.corpus, plan_.corpus_block, lists_, Rules::needs_positive ? &rows : nullptr);
        }
        lists_.find_references<M>(options_.reference_positive,
                                  rules_.needs_reference() || options_.sampling == Sampling::simans);
        const std::vector<UnitScale> scales = scales_of<M>(queries, run_);
        const CorpusExclusions<Queries, Corpus> exclusions(input_.relation, input_.queries, input_.corpus, first,
                                                           count);
        std::optional<Batch<B>> positive_rows;
        if (rows.cols() > 0) {
            positive_rows.emplace(rows);
        }
        if (work(Block{queries, lists_, exclusions, scales, positive_rows ? &*positive_rows : nullptr})) {
            result_.report.finished = first + count;
        } else {
            result_.report.cancelled = true;
        }
        return first + count;
    }

    [[nodiscard]] std::int64_t id_of(const CorpusLists& lists, const CorpusList& list) const
    {
        return source_id(input_.queries, lists.first_query + list.query);
    }

    /// Shows every block of the corpus to `show`, a selector's way to look at it. Returns false if the caller has had enough.
    template <class Show>
    bool scan(const Block& block, const Show& show)
    {
        using Seen = CorpusBlock<M, T, A, B, typename Block::Exclusions, Filters...>;
        MatrixOf<B> buffer;
        for (Index first = 0; first < input_.corpus.rows(); first += plan_.corpus_block) {
            const Index count = (std::min)(plan_.corpus_block, input_.corpus.rows() - first);
            const auto view = input_.corpus.block(first, count, buffer);
            const Batch<B> rows(view);
            const std::vector<UnitScale> scales = scales_of<M>(rows, run_);
            const BlockValues<M, A, B> values(block.queries, block.scales, rows, scales);
            const Workspace::Frame frame(workspace_);
            const auto scene =
                open_scene<M>({.verb = "CorpusMiner", .self = false, .needs_relation = false, .told_apart = true},
                              block.queries, rows, run_, workspace_);
            Seen seen{scene, block.lists, rules_, block.exclusions, values, block.positive_rows, first};
            seen.start();
            show(seen);
            const Index done = block.lists.first_query, queries = input_.queries.rows();
            const double share = static_cast<double>(first + count) / static_cast<double>(input_.corpus.rows());
            if (!report_progress(done,
                                 (static_cast<double>(done) + share * static_cast<double>(block.lists.queries())) /
                                     static_cast<double>(queries))) {
                return false;
            }
        }
        return true;
    }

    /// Scans for the best candidates of all lists, which stay in `kept_`.
    bool scan_best(const Block& block)
    {
        kept_.start(block.lists.size(), plan_.keep, Index{Rules::count}, plan_.raw);
        return scan(block, [&](const auto& seen) {
            CorpusSelector<T, std::remove_cvref_t<decltype(seen)>, Kept> selector(seen, kept_);
            select<M>(seen.scene, run_, workspace_, selector);
            selector.settle(run_);
        });
    }

    /// Of all lists, what was rejected ahead of each candidate kept. A second scan counts for those with too much of it.
    bool count_rejections(const Block& block)
    {
        counted_.assign(block.lists.size(), {});
        bool any = false;
        for (std::size_t list = 0; list < block.lists.size(); ++list) {
            if (kept_.log_lost[list] != 0 && kept_.kept_count[list] > 0) {
                counted_[list].assign(static_cast<std::size_t>((kept_.kept_count[list] + 1) * kept_.rules), 0);
                any = true;
            }
        }
        return !any || scan(block, [&](const auto& seen) {
            CorpusCounter<M, T, std::remove_cvref_t<decltype(seen)>> counter(seen, kept_, counted_);
            select<M>(seen.scene, run_, workspace_, counter);
        });
    }

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
        if (plan_.raw) {
            filled.rejected.resize((filled.survivors.size() + 1) * rules);
            return;
        }
        if (!counted_[list].empty()) {
            filled.rejected = counted_[list];
        }
        for (std::size_t rule = 0; rule < rules; ++rule) {
            const Index close = kept_.close[list * rules + rule];
            if (kept_.log_lost[list] == 0) {
                count(0, rule) += close;
                continue;
            }
            // All there are, of a list that is short; else those behind the last are not wanted.
            Index left = close + kept_.rejected[list * rules + rule];
            for (std::size_t place = 0; place < kept.size(); ++place) {
                left -= count(place, rule);
            }
            count(kept.size(), rule) = kept_.is_full(list) ? 0 : left;
        }
        if (kept_.log_lost[list] == 0) {
            for (const KeptCandidate& noted : kept_.log[list]) {
                const auto at = std::upper_bound(kept.begin(), kept.end(), noted, CorpusOrder<M>{}) - kept.begin();
                ++count(static_cast<std::size_t>(at), static_cast<std::size_t>(noted.rule));
            }
        }
    }

    bool mine_block(const Block& block)
    {
        if (plan_.keep > 0 && !(scan_best(block) && (plan_.raw || count_rejections(block)))) {
            return false;
        }
        collector_.add_positives(block.lists);
        if (plan_.draws) {
            draw(block);
            return report_progress(block.lists.first_query + block.lists.queries(),
                                   static_cast<double>(block.lists.first_query + block.lists.queries()) /
                                       static_cast<double>(input_.queries.rows()));
        }
        FilledList filled;
        for (std::size_t list = 0; list < block.lists.size(); ++list) {
            filled = {};
            if (plan_.keep > 0) {
                fill(list, filled);
            }
            collector_.add_list(block.lists, block.lists.lists[list], id_of(block.lists, block.lists.lists[list]),
                                filled);
        }
        return true;
    }

    /// Draws from the whole corpus, but for what is too close by its rank.
    void draw(const Block& block)
    {
        std::vector<DrawnList> drawn(block.lists.size());
        FilledList filled;
        for (std::size_t list = 0; plan_.keep > 0 && list < block.lists.size(); ++list) {
            fill(list, filled);
            Index rank = 0, surviving = 0;
            for (std::size_t i = 0; i < filled.survivors.size(); ++i, ++rank) {
                for (Index rule = 0; rule < kept_.rules; ++rule) {
                    rank += filled.rejected[i * static_cast<std::size_t>(kept_.rules) + static_cast<std::size_t>(rule)];
                }
                if (rank < options_.raw_range_min || surviving++ < options_.range_min) {
                    drawn[list].skipped.push_back(filled.survivors[i].row);
                }
            }
            std::sort(drawn[list].skipped.begin(), drawn[list].skipped.end());
        }
        const RandomDraws<M, A, Corpus, typename Block::Exclusions, Filters...> draws(
            options_, rules_, collector_.choice().stream(), block.queries, block.scales, input_.corpus, block.lists,
            block.exclusions, block.positive_rows, plan_.corpus_block);
        draws.draw([&](Index query) { return source_id(input_.queries, block.lists.first_query + query); }, drawn,
                   run_);
        for (std::size_t list = 0; list < block.lists.size(); ++list) {
            collector_.add_chosen(block.lists, block.lists.lists[list], drawn[list].found, drawn[list].rejected);
        }
    }

    bool report_progress(Index done, double share) const
    {
        return !options_.progress || options_.progress({done, input_.queries.rows(), share});
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
    }

    /// Makes the lists of the next queries, as many as the block may have. Returns their number.
    Index fill_lists(Index first)
    {
        constexpr Index most_queries = 16384, most_bytes = Index{1} << 27;
        const Index left = input_.queries.rows() - first, per_list = Kept::bytes(plan_.keep, Index{Rules::count}),
                    per_positive = Rules::needs_positive ? input_.corpus.columns() * Index{sizeof(B)} : 32;
        lists_.clear(first);
        Index count = 0;
        for (; count < (std::min)(left, options_.query_block > 0 ? options_.query_block : most_queries); ++count) {
            const Index bytes = static_cast<Index>(lists_.size()) * per_list +
                                static_cast<Index>(lists_.positives.size()) * per_positive;
            if (options_.query_block == 0 && count > 0 && bytes > most_bytes) {
                break;
            }
            const std::span<const Index> positives = input_.relation.positives(first + count);
            if (input_.scores == nullptr) {
                for (const Index row : positives) {
                    lists_.positives.push_back({row, 0, false});
                }
            } else {
                const auto at = static_cast<std::size_t>(first + count);
                const auto begin = static_cast<std::size_t>(input_.scores->offsets[at]),
                           end = static_cast<std::size_t>(input_.scores->offsets[at + 1]);
                for (std::size_t i = begin; i < end; ++i) {
                    const double value = input_.scores->values[i];
                    const bool usable = is_finite(value);
                    lists_.positives.push_back({options_.per_positive ? positives[i - begin] : -1, value, usable});
                    result_.report.non_finite_positives += usable ? 0 : 1;
                }
            }
            lists_.close_query(options_.per_positive);
        }
        return count;
    }

    const CorpusOptions& options_;
    const CorpusInput<Queries, Corpus>& input_;
    const Options& run_;
    Rules rules_;
    CorpusPlan plan_;
    CorpusCollector<M> collector_;
    CorpusNegatives<M>& result_;
    CorpusLists lists_;
    Kept kept_;
    std::vector<std::vector<Index>> counted_;
    std::vector<std::uint64_t> hashes_;
    Workspace workspace_;
};

}  // namespace mohs::inline MOHS_ABI::detail
