#pragma once

/// \file
/// From slots and their negatives to triplets and a report.

#include <mohs/detail/scene/start_report.hpp>
#include <mohs/detail/slots/slot_work.hpp>
#include <mohs/finish.hpp>

#include <array>
#include <optional>

namespace mohs::inline MOHS_ABI::detail {

/// From logs, or from a second scan for the slots whose log was too short or that were not shown all, to counts.
template <class M, class T, class Selector>
void count_rejections(const Scene<T>& scene, const Options& options, Workspace& workspace, Selector& chosen)
{
    using Rule = std::remove_cvref_t<decltype(chosen.rule)>;
    if constexpr (Selector::ranked && Rule::filter_count > 0) {
        constexpr auto filters = static_cast<std::size_t>(Rule::filter_count);
        bool overflowed = false;
        for (std::size_t slot = 0; slot < static_cast<std::size_t>(chosen.rule.triplet_slots.size()); ++slot) {
            if (chosen.rule.triplet_slots.positive[slot] >= 0 && chosen.wants_more(slot) &&
                chosen.rule.template hides_rejected<Selector::smallest_first>(slot)) {
                chosen.log.give_up(slot);
            }
            if (chosen.log.has_overflowed(slot)) {
                overflowed = true;
                std::fill_n(chosen.rejections.begin() + static_cast<std::ptrdiff_t>(slot * filters), filters, 0);
            }
            for (const auto& entry : chosen.log.entries(slot)) {
                if (chosen.ahead(entry, slot)) {
                    ++chosen.rejections[slot * filters + static_cast<std::size_t>(entry.filter)];
                }
            }
        }
        if (overflowed) {
            RejectionCount<T, Selector> count{chosen};
            select<M>(scene, options, workspace, count);
        }
    }
}

/// Collects the triplets of one anchor after another.
template <class M, class T, class A, class B>
class TripletEmitter {
public:
    /// `shared`: one choice serves all positives of an anchor. `misses`: where anchors that found nothing are
    /// counted.
    TripletEmitter(const SlotWork<M, T, A, B>& work, bool shared, Index Report::*misses, Triplets<M>& triplets)
        : work_(work), shared_(shared), misses_(misses), triplets_(triplets)
    {
        start_report(work.scene, work.anchors.rows(), triplets.report);
    }

    /// `negatives(anchor, slot, emitter)` calls `emitter.take(row or -1, score if known, rejections)`.
    template <class Negatives>
    void run(const Negatives& negatives)
    {
        for (Index row = 0; row < work_.anchors.rows(); ++row) {
            const Anchor anchor{row};
            if (!work_.takes_part(anchor)) {
                continue;
            }
            found_ = filtered_ = counted_ = false;
            bool has_positive = false;
            for (slot_ = work_.triplet_slots.begin(anchor); slot_ < work_.triplet_slots.end(anchor); ++slot_) {
                if (work_.triplet_slots.positive[slot_] >= 0) {
                    has_positive = true;
                    anchor_ = anchor;
                    negatives(anchor, slot_, *this);
                }
            }
            count(anchor, has_positive);
        }
        triplets_.report.tuples = triplets_.size();
        summarise(triplets_, work_.workspace);
    }

    /// `in_place`: whether what was rejected could have been taken without filters.
    void take(std::int32_t negative, std::optional<T> score, std::span<const std::int32_t> rejected,
              bool in_place = true)
    {
        for (std::size_t filter = 0; filter < rejected.size(); ++filter) {
            filtered_ |= in_place && rejected[filter] > 0;
            triplets_.report.rejected[filter] += shared_ && counted_ ? 0 : rejected[filter];
        }
        counted_ |= !rejected.empty();
        if (negative >= 0) {
            found_ = true;
            const double positive_value =
                Finish<M>::is_product ? value_of(work_.triplet_slots.score[slot_], work_.triplet_slots.positive[slot_])
                                      : work_.positive_value[slot_];
            const double value = value_of(score, negative);
            triplets_.add({anchor_.row, work_.triplet_slots.positive[slot_], negative}, positive_value, value);
            triplets_.report.overflows += !is_finite(positive_value) || !is_finite(value);
        }
    }

private:
    /// The value between the anchor and a candidate, from its score where that will do and is known.
    [[nodiscard]] double value_of(std::optional<T> score, Index candidate) const
    {
        return value_of_pair<M>(work_.scene, score, work_.anchors, anchor_.row, work_.candidates, candidate);
    }

    /// Every anchor is valid or has exactly one reason not to be.
    void count(Anchor anchor, bool has_positive)
    {
        Index Report::*const reason = found_                        ? &Report::valid
                                      : !has_positive               ? &Report::no_positive
                                      : !work_.has_negative(anchor) ? &Report::no_negative
                                      : filtered_                   ? &Report::all_filtered
                                                                    : misses_;
        triplets_.report.*reason += 1;
    }

    const SlotWork<M, T, A, B>& work_;
    bool shared_;
    Index Report::*misses_;
    Triplets<M>& triplets_;
    Anchor anchor_{0};
    std::size_t slot_ = 0;
    bool found_ = false, filtered_ = false, counted_ = false;
};

}  // namespace mohs::inline MOHS_ABI::detail
