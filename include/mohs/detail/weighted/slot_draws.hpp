#pragma once

/// \file
/// From the weights of an anchor to a negative for each of its slots.

#include <mohs/detail/base/random.hpp>
#include <mohs/detail/slots/slots.hpp>
#include <mohs/detail/weighted/weighted_row.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace mohs::inline MOHS_ABI::detail {

/// Draws for the slots of `rule`, one anchor after the other, and keeps what is drawn. Anchors may be drawn for at the
/// same time.
template <class T, class Rule>
class SlotDraws {
public:
    /// What is known of an anchor's weights, besides their sum.
    struct Sums {
        double entropy;  ///< the sum of w log2 w
        int offset;      ///< weights are larger by this power of two
        double enough;   ///< once what is left of them is below, they are weighed anew
    };
    /// What is needed to draw among all that filters leave.
    struct Exact {
        double* logarithms;
        WeightedCandidate<T>* candidates;
    };

    SlotDraws(const Rule& rule, const Scene<T>& scene, const RandomStream& stream, Workspace& workspace)
        : rule_(rule),
          scene_(scene),
          stream_(stream),
          row_(workspace.take<std::int32_t>(rule.triplet_slots.size(), -1)),
          score_(workspace.take<T>(rule.triplet_slots.size())),
          rejections_(workspace.take<std::int32_t>(rule.triplet_slots.size() * Rule::filter_count, 0)),
          perplexity_(workspace.take<double>(rule.anchors.rows(), 0.0))
    {
    }

    /// Whether any anchor of a panel draws.
    [[nodiscard]] bool has_slots(Index panel) const
    {
        const Index end = (std::min)((panel + 1) * scene_.width, scene_.anchors.rows());
        for (Index position = panel * scene_.width; position < end; ++position) {
            if (draws(Anchor{scene_.anchors.row_of(position)})) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool draws(Anchor anchor) const
    {
        return rule_.triplet_slots.begin(anchor) < rule_.triplet_slots.end(anchor);
    }

    /// Draws for the slots of the anchor at `position`. `log_weight(candidate's position)`: exact, for those that have
    /// a weight. `score_of(drawn)`: the score to keep.
    template <class Row, class LogWeight, class Score>
    void draw(Index position, const Row& weights, const Sums& sums, const Exact& exact, const LogWeight& log_weight,
              const Score& score_of)
    {
        const Anchor anchor{scene_.anchors.row_of(position)};
        const std::size_t begin = rule_.triplet_slots.begin(anchor), end = rule_.triplet_slots.end(anchor);
        // Slots that turned out empty are no draws.
        const std::span<const std::int32_t> positives = rule_.triplet_slots.positive.subspan(begin, end - begin);
        if (weights.total() == 0 || std::all_of(positives.begin(), positives.end(), [](auto row) { return row < 0; })) {
            return;
        }
        perplexity_[static_cast<std::size_t>(anchor.row)] =
            std::exp(std::log(weights.total()) - std::numbers::ln2 * (sums.offset + sums.entropy / weights.total()));
        for (std::size_t slot = begin; slot < end; ++slot) {
            if (rule_.triplet_slots.positive[slot] >= 0) {
                const WeightedCandidate<T> drawn = draw_one(anchor, slot, static_cast<std::uint32_t>(slot - begin),
                                                            weights, sums.enough, exact, log_weight);
                if (drawn.position >= 0) {
                    row_[slot] = static_cast<std::int32_t>(scene_.candidates.row_of(drawn.position));
                    score_[slot] = score_of(drawn);
                }
            }
        }
    }

    /// The row drawn for a slot, or -1.
    [[nodiscard]] std::int32_t row(std::size_t slot) const { return row_[slot]; }
    /// Its kernel score.
    [[nodiscard]] T score(std::size_t slot) const { return score_[slot]; }
    [[nodiscard]] std::span<const std::int32_t> rejections() const { return rejections_; }

    /// exp(entropy) of the weights, mean over the anchors that have any.
    [[nodiscard]] double effective_negatives() const
    {
        double sum = 0, count = 0;
        for (const double value : perplexity_) {
            sum += value;
            count += value > 0 ? 1 : 0;
        }
        return count > 0 ? sum / count : 0;
    }

private:
    /// Draws until the filters accept; then among what they accept.
    template <class Row, class LogWeight>
    WeightedCandidate<T> draw_one(Anchor anchor, std::size_t slot, std::uint32_t series, Row weights, double enough,
                                  const Exact& exact, const LogWeight& log_weight)
    {
        const std::int64_t id = rule_.anchors.id(anchor.row);
        const auto rejected = [&](Index at) {
            const int filter = rule_.rejected_by(slot, anchor, Candidate{scene_.candidates.row_of(at)});
            if (filter >= 0) {
                ++rejections_[slot * Rule::filter_count + static_cast<std::size_t>(filter)];
            }
            return filter >= 0;
        };
        std::uint32_t draw = series * (RefusedDraws::limit + 1);
        const std::uint32_t last = draw + RefusedDraws::limit;
        for (; draw < last; ++draw) {
            const WeightedCandidate<T> drawn = weights.draw(stream_.unit(id, draw));
            if (!rejected(drawn.position)) {
                return drawn;
            }
            weights.refuse(drawn.position);
            if (weights.total() == 0) {
                return {-1, 0};
            }
            if (weights.total() < enough) {
                break;
            }
        }
        return draw_exactly(stream_.unit(id, last), weights, exact, log_weight, rejected);
    }

    /// Draws among all that are left and pass, weighed anew: the largest weights may all have been refused, and the
    /// others have lost their precision by then.
    template <class Row, class LogWeight, class Rejected>
    WeightedCandidate<T> draw_exactly(double unit, const Row& weights, const Exact& exact, const LogWeight& log_weight,
                                      const Rejected& rejected) const
    {
        Index count = 0;
        double largest = lowest<double>;
        weights.for_each([&](const WeightedCandidate<T>& candidate) {
            if (!rejected(candidate.position)) {
                exact.candidates[count] = candidate;
                exact.logarithms[count] = log_weight(candidate.position);
                largest = (std::max)(largest, exact.logarithms[count++]);
            }
        });
        double total = 0;
        for (Index i = 0; i < count; ++i) {
            exact.logarithms[i] = std::exp(exact.logarithms[i] - largest);
            total += exact.logarithms[i];
        }
        WeightedCandidate<T> found{-1, 0};
        double target = total * unit;
        for (Index i = 0; i < count && (found.position < 0 || target >= 0); ++i) {
            if (exact.logarithms[i] > 0) {
                found = exact.candidates[i];
                target -= exact.logarithms[i];
            }
        }
        return found;
    }

    const Rule& rule_;
    const Scene<T>& scene_;
    RandomStream stream_;
    std::span<std::int32_t> row_;
    std::span<T> score_;
    std::span<std::int32_t> rejections_;
    std::span<double> perplexity_;
};

}  // namespace mohs::inline MOHS_ABI::detail
