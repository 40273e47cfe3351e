#pragma once

/// \file
/// A choice of the user's own for every slot: the strategy sees what is in place and passes the filters.

#include <mohs/detail/slots/slot_work.hpp>
#include <mohs/detail/strip/value_strip.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Lets a strategy choose one negative per slot of `rule`, or none.
template <class M, class T, class A, class B, class Rule>
class SlotChoices {
public:
    template <class Strategy>
    SlotChoices(const Rule& rule, const SlotWork<M, T, A, B>& work, const Strategy& strategy)
        : rule_(rule),
          work_(work),
          row_(work.workspace.template take<std::int32_t>(rule.triplet_slots.size(), -1)),
          score_(work.workspace.template take<T>(rule.triplet_slots.size())),
          rejections_(work.workspace.template take<std::int32_t>(rule.triplet_slots.size() * Rule::filter_count, 0))
    {
        const Scene<T>& scene = work.scene;
        const Workspace::Frame frame(work.workspace);
        const Index panels = scene.anchors.panel_count, rows = scene.candidates.rows(), lists = sees_all ? 1 : 2;
        const int workers = worker_count(work.options, panels);
        const typename ValueStrip<M, T, A, B>::Memory memory(scene, workers, work.workspace);
        const std::span<Index> row_memory = work.workspace.template take<Index>(workers * lists * rows);
        const std::span<double> value_memory = work.workspace.template take<double>(workers * lists * rows);
        const std::span<std::int32_t> position_memory =
            work.workspace.template take<std::int32_t>(workers * lists * rows);
        const std::span<const std::int32_t> position_of =
            invert(scene.candidates.order.row_of, work.candidates.rows(), work.workspace);
        parallel_for(work.options, panels, [&](Index panel, int worker) {
            ValueStrip<M, T, A, B> strip(scene, work.anchors, work.candidates, memory, worker);
            const auto list = [&](Index number) {
                const Index at = (worker * lists + number) * rows;
                return List{row_memory.data() + at, value_memory.data() + at, position_memory.data() + at};
            };
            bool filled = false;
            const Index end = (std::min)((panel + 1) * scene.width, scene.anchors.rows());
            for (Index position = panel * scene.width; position < end; ++position) {
                const Anchor anchor{scene.anchors.row_of(position)};
                if (!has_slot(anchor)) {
                    continue;
                }
                if (!filled) {
                    strip.fill(panel);
                    filled = true;
                }
                const Index r = position - panel * scene.width;
                List all = list(0);
                for (const std::int32_t at : position_of) {
                    if (at >= 0 && strip.is_negative(r, at)) {
                        all.add(scene.candidates.row_of(at), strip.value(r, at), at);
                    }
                }
                for (std::size_t slot = rule.triplet_slots.begin(anchor); slot < rule.triplet_slots.end(anchor);
                     ++slot) {
                    if (rule.triplet_slots.positive[slot] >= 0) {
                        List admitted = sees_all ? all : list(1);
                        if constexpr (!sees_all) {
                            admit(anchor, slot, strip, r, all, admitted);
                        }
                        choose(strategy, anchor, slot, strip, r, admitted);
                    }
                }
            }
        });
    }

    /// The row chosen for a slot, or below 0.
    [[nodiscard]] std::int32_t row(std::size_t slot) const { return row_[slot]; }
    /// Its kernel score, less its bias.
    [[nodiscard]] T score(std::size_t slot) const { return score_[slot]; }
    /// Whether the strategy chose none of those that it saw.
    [[nodiscard]] bool declined(std::size_t slot) const { return row_[slot] == none_wanted; }
    [[nodiscard]] std::span<const std::int32_t> rejections() const { return rejections_; }

private:
    static constexpr bool sees_all = Rule::takes_any && Rule::filter_count == 0;
    static constexpr std::int32_t none_wanted = -2;

    /// Negatives in ascending order of their rows.
    struct List {
        Index* rows;
        double* values;
        std::int32_t* positions;
        Index size = 0;

        void add(Index row, double value, std::int32_t position)
        {
            rows[size] = row;
            values[size] = value;
            positions[size++] = position;
        }
    };

    [[nodiscard]] bool has_slot(Anchor anchor) const
    {
        const std::span<const std::int32_t> positives = rule_.triplet_slots.positive;
        return std::any_of(positives.begin() + static_cast<std::ptrdiff_t>(rule_.triplet_slots.begin(anchor)),
                           positives.begin() + static_cast<std::ptrdiff_t>(rule_.triplet_slots.end(anchor)),
                           [](std::int32_t row) { return row >= 0; });
    }

    /// Fills `admitted` with those of `all` that are in place and pass the filters.
    void admit(Anchor anchor, std::size_t slot, const ValueStrip<M, T, A, B>& strip, Index r, const List& all,
               List& admitted)
    {
        for (Index i = 0; i < all.size; ++i) {
            const Candidate candidate{all.rows[i]};
            const T score = strip.score(r, all.positions[i]);
            if (!rule_.in_place(slot, anchor, candidate, score)) {
                continue;
            }
            const int filter = rule_.rejection(slot, anchor, candidate, score).filter;
            if (filter >= 0) {
                ++rejections_[slot * Rule::filter_count + static_cast<std::size_t>(filter)];
            } else {
                admitted.add(candidate.row, all.values[i], all.positions[i]);
            }
        }
    }

    template <class Strategy>
    void choose(const Strategy& strategy, Anchor anchor, std::size_t slot, const ValueStrip<M, T, A, B>& strip, Index r,
                const List& admitted)
    {
        if (admitted.size == 0) {
            return;
        }
        const auto size = static_cast<std::size_t>(admitted.size);
        const Choices choices{.anchor = anchor,
                              .positive = Candidate{rule_.triplet_slots.positive[slot]},
                              .positive_value = work_.positive_value[slot],
                              .rows = {admitted.rows, size},
                              .values = {admitted.values, size}};
        const std::optional<Index> chosen = strategy.choose(choices);
        if (!chosen) {
            row_[slot] = none_wanted;
            return;
        }
        if (*chosen < 0 || *chosen >= admitted.size) {
            throw_out_of_range("TripletMiner: the strategy chose position " + std::to_string(*chosen) + " of " +
                               std::to_string(admitted.size) + " negatives for anchor " + std::to_string(anchor.row) +
                               ", but has to choose one of these, or std::nullopt");
        }
        row_[slot] = static_cast<std::int32_t>(admitted.rows[*chosen]);
        score_[slot] = strip.product(r, admitted.positions[*chosen]);
    }

    const Rule& rule_;
    const SlotWork<M, T, A, B>& work_;
    std::span<std::int32_t> row_;
    std::span<T> score_;
    std::span<std::int32_t> rejections_;
};

}  // namespace mohs::inline MOHS_ABI::detail
