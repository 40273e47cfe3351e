#pragma once

/// \file
/// The general way to mine triplets: positives first, as slots; then a negative, or several, for every slot.

#include <mohs/detail/slots/collect_selector.hpp>
#include <mohs/detail/slots/rank_selector.hpp>
#include <mohs/detail/slots/slot_choices.hpp>
#include <mohs/detail/slots/slot_selector.hpp>
#include <mohs/detail/slots/triplet_emitter.hpp>
#include <mohs/detail/weighted/weighted_draws.hpp>

namespace mohs::inline MOHS_ABI::detail {

template <class M, class T, class A, class B, class Negative, class... Filters>
class SlotMiner {
public:
    /// `work` has found its positives.
    SlotMiner(const Negative& negative, const std::tuple<Filters...>& filters, const SlotWork<M, T, A, B>& work)
        : negative_(negative), filters_(filters), work_(work), shared_(dependent ? Slots<T>{} : work.anchor_slots())
    {
    }

    void run(Triplets<M>& triplets) const
    {
        constexpr bool picky =
            !Rule<Negative>::takes_any || pick == Pick::weighted || pick == Pick::ranks || pick == Pick::chosen;
        TripletEmitter<M, T, A, B> emitter(work_, !dependent, picky ? &Report::none_in_place : &Report::no_negative,
                                           triplets);
        name_filters(filters_, triplets.report);
        const Slots<T>& triplet_slots = dependent ? work_.triplet_slots : shared_;
        const std::span<const PositiveValues> all = all_positives();
        const Rule<Negative> rule{.anchors = work_.anchors,
                                  .candidates = work_.candidates,
                                  .strategy = negative_,
                                  .filters = filters_,
                                  .triplet_slots = triplet_slots,
                                  .bound = work_.template bounds<Negative>(),
                                  .positive_value = work_.positive_value,
                                  .floor = work_.floors(negative_, triplet_slots),
                                  .ceiling = work_.ceilings(negative_, triplet_slots),
                                  .all_positives = all,
                                  .filter_bounds = work_.filter_bounds(filters_, triplet_slots, all),
                                  .surely_within = surely_within(triplet_slots)};
        if constexpr (pick == Pick::every) {
            collect(rule, emitter);
        } else if constexpr (pick == Pick::ranks) {
            choose_ranks(rule, emitter);
        } else if constexpr (pick == Pick::weighted) {
            WeightedDraws<M, T, A, B, Rule<Negative>> draws(rule, work_, negative_);
            triplets.report.effective_negatives = draws.effective_negatives();
            emit_all(emitter, [&](Anchor, std::size_t slot, auto& to) {
                to.take(draws.row(slot), draws.score(slot), rejections_of(draws.rejections(), slot));
            });
        } else if constexpr (pick == Pick::chosen) {
            const SlotChoices<M, T, A, B, Rule<Negative>> choices(rule, work_, negative_);
            emit_all(emitter, [&](Anchor, std::size_t slot, auto& to) {
                to.take(choices.row(slot), choices.score(slot), rejections_of(choices.rejections(), slot),
                        !choices.declined(slot));
            });
        } else if constexpr (pick == Pick::random && !Rule<Negative>::bounded) {
            emit_all(emitter, [&](Anchor anchor, std::size_t slot, auto& to) { draw_one(rule, anchor, slot, to); });
        } else {
            choose_one(rule, emitter);
        }
    }

private:
    static constexpr Pick pick = Negative::negative_pick;
    static constexpr Fallback fallback = fallback_of<Negative>;
    template <class Strategy>
    using Rule = NegativeRule<M, T, A, B, Strategy, Filters...>;
    using Emitter = TripletEmitter<M, T, A, B>;
    /// Whether the negative depends on the positive, or is drawn anew for each.
    static constexpr bool dependent = Rule<Negative>::beyond || has_margin<Negative> ||
                                      (Filters::needs_positive || ...) || pick == Pick::random ||
                                      pick == Pick::weighted || pick == Pick::chosen;

    /// For a random choice, which may take any candidate of its window: most need not be measured.
    [[nodiscard]] std::span<const T> surely_within(const Slots<T>& triplet_slots) const
    {
        if constexpr (pick == Pick::random && has_margin<Negative>) {
            return work_.floors(negative_, triplet_slots, 1);
        } else {
            return {};
        }
    }

    [[nodiscard]] std::span<const PositiveValues> all_positives() const
    {
        const bool wanted =
            std::apply([](const Filters&... filter) { return (needs_all_positives(filter) || ...); }, filters_);
        return wanted ? work_.all_positive_values() : std::span<const PositiveValues>{};
    }

    /// `negatives` sees the slot that makes the choice.
    template <class Negatives>
    void emit_all(Emitter& emitter, const Negatives& negatives) const
    {
        emitter.run([&](Anchor anchor, std::size_t slot, Emitter& to) {
            negatives(anchor, dependent ? slot : shared_.begin(anchor), to);
        });
    }

    template <class... Selectors>
    void scan(Selectors&... selectors) const
    {
        select<M>(work_.scene, work_.options, work_.workspace, selectors...);
        (count_rejections<M>(work_.scene, work_.options, work_.workspace, selectors), ...);
    }

    [[nodiscard]] RandomStream stream() const { return {seed_of(negative_), work_.options.step, Purpose::negative}; }

    void choose_one(const Rule<Negative>& rule, Emitter& emitter) const
    {
        using Selector = SlotSelector<T, Rule<Negative>, pick>;
        Selector chosen{rule, stream()};
        if constexpr (fallback == Fallback::farthest) {
            static constexpr AnyPlace anywhere{};
            const Rule<AnyPlace> far_rule{.anchors = work_.anchors,
                                          .candidates = work_.candidates,
                                          .strategy = anywhere,
                                          .filters = filters_,
                                          .triplet_slots = rule.triplet_slots,
                                          .positive_value = work_.positive_value,
                                          .all_positives = rule.all_positives,
                                          .filter_bounds = rule.filter_bounds};
            using Farthest = SlotSelector<T, Rule<AnyPlace>, Pick::farthest>;
            Farthest farthest{far_rule, stream()};
            scan(chosen, farthest);
            emit_all(emitter, [&](Anchor, std::size_t slot, Emitter& to) {
                // Whatever ranks ahead of a fallback includes all that the strategy itself wanted.
                if (chosen.kept(slot) >= 0) {
                    to.take(chosen.kept(slot), chosen.score[slot], rejections_of(chosen.rejections, slot));
                } else {
                    to.take(farthest.kept(slot), farthest.score[slot], rejections_of(farthest.rejections, slot));
                }
            });
        } else {
            scan(chosen);
            emit_all(emitter, [&](Anchor anchor, std::size_t slot, Emitter& to) {
                if (fallback == Fallback::random && chosen.kept(slot) < 0) {
                    draw_one(rule, anchor, slot, to);
                } else {
                    to.take(chosen.kept(slot), chosen.score[slot], rejections_of(chosen.rejections, slot));
                }
            });
        }
    }

    void choose_ranks(const Rule<Negative>& rule, Emitter& emitter) const
    {
        RankSelector<T, Rule<Negative>> ranked{rule, negative_.end};
        scan(ranked);
        emit_all(emitter, [&](Anchor, std::size_t slot, Emitter& to) {
            const auto kept = ranked.kept(slot);
            const auto rejected = rejections_of(ranked.rejections, slot);
            // Where even without filters there are too few, they are not why nothing is found.
            const Index all = std::accumulate(rejected.begin(), rejected.end(), static_cast<Index>(kept.size()));
            to.take(-1, std::nullopt, rejected, all > negative_.begin);
            for (auto rank = static_cast<std::size_t>(negative_.begin); rank < kept.size(); ++rank) {
                to.take(kept[rank].row, kept[rank].score, {});
            }
        });
    }

    /// Draws one negative that passes the filters.
    void draw_one(const Rule<Negative>& rule, Anchor anchor, std::size_t slot, Emitter& to) const
    {
        std::array<std::int32_t, sizeof...(Filters) + 1> rejected{};
        const auto admits = [&](Candidate candidate, bool first_time) {
            const int filter = rule.rejected_by(slot, anchor, candidate);
            if (filter >= 0 && first_time) {
                ++rejected[static_cast<std::size_t>(filter)];
            }
            return filter < 0;
        };
        const auto series = static_cast<std::uint32_t>(slot - rule.triplet_slots.begin(anchor));
        const Index row =
            draw_candidate<Among::negatives>(work_.scene, work_.position_of(anchor), stream(), series, admits);
        to.take(static_cast<std::int32_t>(row), std::nullopt, {rejected.data(), sizeof...(Filters)});
    }

    static std::span<const std::int32_t> rejections_of(std::span<const std::int32_t> all, std::size_t slot)
    {
        return all.empty() ? all : all.subspan(slot * sizeof...(Filters), sizeof...(Filters));
    }

    void collect(const Rule<Negative>& rule, Emitter& emitter) const
    {
        CollectSelector<T, Rule<Negative>> collected{rule};
        const std::span<const std::int64_t> first = collect_rows<M>(work_, collected);
        emit_all(emitter, [&](Anchor, std::size_t slot, Emitter& to) {
            to.take(-1, std::nullopt, rejections_of(collected.rejections, slot));
            for (std::int64_t at = first[slot]; at < first[slot + 1]; ++at) {
                to.take(collected.row[static_cast<std::size_t>(at)], std::nullopt, {});
            }
        });
    }

    const Negative& negative_;
    const std::tuple<Filters...>& filters_;
    const SlotWork<M, T, A, B>& work_;
    Slots<T> shared_;
};

}  // namespace mohs::inline MOHS_ABI::detail
