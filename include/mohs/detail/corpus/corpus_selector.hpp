#pragma once

/// \file
/// The selectors that look at the scores of a block of queries against a block of the corpus.

#include <mohs/detail/corpus/corpus_exclusions.hpp>
#include <mohs/detail/corpus/kept_candidates.hpp>
#include <mohs/detail/scan/select_driver.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What selectors of a block know. Lists of a query are layers.
template <class M, class T, class A, class B, class Exclusions, class... Filters>
struct CorpusBlock {
    using Rules = CorpusRules<M, Filters...>;

    const Scene<T>& scene;
    const CorpusLists& lists;
    const Rules& rules;
    const Exclusions& exclusions;
    const BlockValues<M, A, B>& values;
    const Batch<B>* positive_rows;
    Index first_row;                      ///< of the block, in the corpus
    std::vector<Index> position_of = {};  ///< of the queries in the scene, or -1
    double error = 0;

    void start()
    {
        position_of.assign(static_cast<std::size_t>(lists.queries()), -1);
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            position_of[static_cast<std::size_t>(scene.anchors.row_of(position))] = position;
        }
        error = score_error<M>(scene);
    }
    [[nodiscard]] Index position(std::size_t list) const
    {
        return position_of[static_cast<std::size_t>(lists.lists[list].query)];
    }
    [[nodiscard]] auto query(std::size_t list, Index row, std::optional<double> value = std::nullopt) const
    {
        return CorpusQuery<M, A, B>(values, lists, lists.lists[list], positive_rows, first_row, row, value);
    }
    /// The score of a value for a list, moved down by what rounding can do.
    [[nodiscard]] T score_below(std::size_t list, double value) const
    {
        return widened_score<M>(scene, position(list), value, -1);
    }
    /// The same, moved up.
    [[nodiscard]] T score_above(std::size_t list, double value) const
    {
        return widened_score<M>(scene, position(list), value, 1);
    }
    /// The scores that decide whether a candidate is beyond the far end.
    [[nodiscard]] FilterBounds<T> far_bounds(std::size_t list) const
    {
        return bounds_of_filter<M>(KnownLimits{{std::nullopt, rules.far_end(), true, 0}}, scene, position(list), {});
    }
    [[nodiscard]] bool is_beyond(std::size_t list, Index row, T score, const FilterBounds<T>& far) const
    {
        return score < far.keep_above &&
               (score < far.reject_below || Finish<M>::closer(*rules.far_end(), values(lists.lists[list].query, row)));
    }
    /// The list of a query in a layer, if it wants anything.
    [[nodiscard]] bool is_open(Anchor anchor, int layer, std::size_t& list) const
    {
        list = lists.begin(anchor.row) + static_cast<std::size_t>(layer);
        return list < lists.end(anchor.row) && !lists.lists[list].closed;
    }
};

/// Keeps the best candidates of every list that all rules let pass; or, where `raw`, of all negatives.
template <class T, class Block, class Kept>
class CorpusSelector {
public:
    static constexpr Among among = Among::everyone;
    static constexpr bool smallest_first = false, windowed = false, screens_layers = true;

    CorpusSelector(const Block& block, Kept& kept) : block_(block), kept_(kept), layers_(block.lists.most()) {}

    void start(Index, Workspace& workspace)
    {
        const auto size = static_cast<Index>(block_.lists.size());
        far_ = workspace.take<FilterBounds<T>>(size, FilterBounds<T>{});
        bounds_ = workspace.take<FilterBounds<T>>(kept_.raw ? 0 : size * kept_.rules, FilterBounds<T>{});
    }
    [[nodiscard]] Index layers() const { return layers_; }

    template <class S>
    [[nodiscard]] Window<S> window(Anchor anchor, int layer)
    {
        std::size_t list = 0;
        if (!block_.is_open(anchor, layer, list)) {
            return {highest<S>, highest<S>};
        }
        far_[list] = block_.far_bounds(list);
        if (!kept_.raw) {
            block_.rules.find_bounds(block_.scene, block_.position(list), block_.lists, block_.lists.lists[list],
                                     bounds_of(list));
        }
        T threshold = far_[list].reject_below;
        if (kept_.is_full(list)) {
            threshold = (std::max)(threshold, block_.score_below(list, kept_.last(list).value));
        }
        return {threshold, highest<S>};
    }

    T accept(Anchor anchor, Candidate candidate, T score, T threshold, int layer)
    {
        const std::size_t list = block_.lists.begin(anchor.row) + static_cast<std::size_t>(layer);
        OfferedCandidate<T> offer{score, static_cast<std::int32_t>(candidate.row), -1};
        if (block_.exclusions.excludes(anchor.row, block_.first_row + candidate.row) ||
            block_.is_beyond(list, candidate.row, score, far_[list])) {
            return threshold;
        }
        if (!kept_.raw) {
            const Rejection rejection =
                first_rejection(block_.rules.all(), block_.query(list, candidate.row),
                                std::span<const FilterBounds<T>>(bounds_of(list)),
                                [score](const FilterBounds<T>& bounds) { return bounds.verdict_of(score); });
            offer.rule = rejection.filter;
            if (rejection.too_close) {
                kept_.count_close(list, offer.rule);
                return threshold;
            }
            if (offer.rule >= 0) {
                kept_.add_rejected(list, offer, threshold);
                return threshold;
            }
        }
        return kept_.push(list, offer) ? make_room(list, threshold) : threshold;
    }

    /// Ends the block.
    void settle(const Options& options)
    {
        constexpr Index at_once = 64;
        const auto size = static_cast<Index>(block_.lists.size());
        parallel_for(options, (size + at_once - 1) / at_once, [&](Index task, int) {
            std::vector<KeptCandidate> scratch;
            for (Index i = task * at_once; i < (std::min)(size, (task + 1) * at_once); ++i) {
                const auto list = static_cast<std::size_t>(i);
                if (kept_.offered_count[list] > kept_.keep) {
                    kept_.drop_far(list, slack());
                }
                kept_.settle(
                    list, block_.first_row, value_of(list),
                    [&](Index row, double value) { return block_.rules.rejection(block_.query(list, row, value)); },
                    scratch);
            }
        });
    }

private:
    [[nodiscard]] std::span<FilterBounds<T>> bounds_of(std::size_t list) const
    {
        const auto rules = static_cast<std::size_t>(kept_.rules);
        return bounds_.subspan(list * rules, rules);
    }
    [[nodiscard]] auto value_of(std::size_t list) const
    {
        return [this, query = block_.lists.lists[list].query](Index row) { return block_.values(query, row); };
    }
    /// What lies below a score by less than this may be closer.
    [[nodiscard]] auto slack() const
    {
        return [error = block_.error](T score) {
            const auto value = static_cast<double>(score);
            return clamp_score<T>(value - 2 * (error + std::abs(value) * 1e-6));
        };
    }

    T make_room(std::size_t list, T threshold)
    {
        threshold = (std::max)(threshold, kept_.drop_far(list, slack()));
        if (kept_.offered_count[list] > kept_.keep + (kept_.room - kept_.keep) / 2) {
            // Scores do not tell them apart.
            const KeptCandidate last = kept_.drop_far_exactly(list, value_of(list));
            threshold = (std::max)(threshold, block_.score_below(list, last.value));
        }
        return threshold;
    }

    const Block& block_;
    Kept& kept_;
    Index layers_;
    std::span<FilterBounds<T>> far_, bounds_;
};

/// Counts what rules rejected ahead of every candidate that lists have kept, for lists where it could not be noted:
/// `ahead[(i, rule)]` of a list are those between its candidates i - 1 and i. Where scores tell what a candidate is
/// ahead of, it is not measured: these may be most of the corpus.
template <class M, class T, class Block>
class CorpusCounter {
public:
    static constexpr Among among = Among::everyone;
    static constexpr bool smallest_first = false, windowed = false, screens_layers = true;

    CorpusCounter(const Block& block, const KeptCandidates<M, T>& kept, std::vector<std::vector<Index>>& ahead)
        : block_(block), kept_(kept), ahead_(ahead), layers_(block.lists.most()), bounds_(ahead.size())
    {
    }

    void start(Index, Workspace&) {}
    [[nodiscard]] Index layers() const { return layers_; }

    template <class S>
    [[nodiscard]] Window<S> window(Anchor anchor, int layer)
    {
        std::size_t list = 0;
        if (!block_.is_open(anchor, layer, list) || ahead_[list].empty()) {
            return {highest<S>, highest<S>};
        }
        find_bounds(list);
        return {bounds_[list].below.back(), highest<S>};
    }

    T accept(Anchor anchor, Candidate candidate, T score, T threshold, int layer)
    {
        const std::size_t list = block_.lists.begin(anchor.row) + static_cast<std::size_t>(layer);
        const Bounds& bounds = bounds_[list];
        const Index row = block_.first_row + candidate.row;
        if (block_.exclusions.excludes(anchor.row, row)) {
            return threshold;
        }
        // Kept candidates that are surely closer, and those that may be.
        const auto sure =
            std::partition_point(bounds.below.begin(), bounds.below.end(), [score](T below) { return below > score; }) -
            bounds.below.begin();
        auto at = std::partition_point(bounds.above.begin(), bounds.above.end(),
                                       [score](T above) { return above >= score; }) -
                  bounds.above.begin();
        const std::span<const KeptCandidate> all = kept_.kept_by(list);
        if (at != sure) {
            const KeptCandidate found{block_.values(anchor.row, candidate.row), row, -1};
            at = std::upper_bound(all.begin(), all.end(), found, CorpusOrder<M>{}) - all.begin();
        }
        // The last, or behind it.
        if (at == static_cast<std::ptrdiff_t>(all.size())) {
            return threshold;
        }
        const Rejection rejection = first_rejection(
            block_.rules.all(), block_.query(list, candidate.row), std::span<const FilterBounds<T>>(bounds.rules),
            [score](const FilterBounds<T>& known) { return known.verdict_of(score); });
        if (rejection.filter >= 0) {
            ++ahead_[list][static_cast<std::size_t>(at * kept_.rules + rejection.filter)];
        }
        return threshold;
    }

private:
    /// Scores that decide: for every kept candidate, what is above and below its own whatever rounding does, both
    /// descending; and those of all rules.
    struct Bounds {
        std::vector<T> above, below;
        std::vector<FilterBounds<T>> rules;
    };

    void find_bounds(std::size_t list)
    {
        Bounds& bounds = bounds_[list];
        bounds.above.clear();
        bounds.below.clear();
        for (const KeptCandidate& candidate : kept_.kept_by(list)) {
            bounds.above.push_back(block_.score_above(list, candidate.value));
            bounds.below.push_back(block_.score_below(list, candidate.value));
        }
        bounds.rules.resize(static_cast<std::size_t>(kept_.rules));
        block_.rules.find_bounds(block_.scene, block_.position(list), block_.lists, block_.lists.lists[list],
                                 std::span<FilterBounds<T>>(bounds.rules));
    }

    const Block& block_;
    const KeptCandidates<M, T>& kept_;
    std::vector<std::vector<Index>>& ahead_;
    Index layers_;
    std::vector<Bounds> bounds_;
};

}  // namespace mohs::inline MOHS_ABI::detail
