#pragma once

/// \file
/// The losses of triplets and their gradients, of the rows that are in them and no others.

#include <mohs/detail/loss/loss_terms.hpp>
#include <mohs/detail/loss/named_rows.hpp>

#include <array>

namespace mohs::inline MOHS_ABI::detail {

/// What becomes of a violation.
struct TripletRule {
    double margin;
    bool soft;  ///< softplus, not hinge
    bool swap;
};

struct TripletTerm {
    std::int32_t anchor = 0, positive = 0, negative = 0;  ///< slots
    bool finite = false;
    bool swapped = false;  ///< the negative is seen from the positive
    /// Values of the two pairs in use; once weighed, the factors of their pulls.
    double positive_pair = 0, negative_pair = 0;
    /// f'(x) of the violation x, 0 where a value is not finite; once weighed, the derivative by the first value.
    double slope = 0;
};

/// The terms of triplets and the gradients of their rows. `anchors` and `candidates` are one object for triplets
/// within a batch.
///
/// A row's gradient is made at once, from the pairs that pull at it, in the order of the triplets: they are a list
/// through the pulls of all triplets, four each, of the first pair at the anchor and at the positive, and of the second
/// at the anchor, or at the positive if swapped, and at the negative.
template <class M, class A, class B>
class TripletTerms {
public:
    using T = ReadyElement<M, A, B>;
    using Anchors = NamedRows<M, A, T>;
    using Candidates = NamedRows<M, B, T>;

    /// Names the rows of the triplets and reads them. Memory comes from the workspace's current frame.
    TripletTerms(Anchors& anchors, Candidates& candidates, const Triplets<M>& triplets, Workspace& workspace)
        : anchors_(anchors), candidates_(candidates), terms_(workspace.take<TripletTerm>(triplets.size()))
    {
        for (std::size_t i = 0; i < terms_.size(); ++i) {
            const Triplet triplet = triplets[static_cast<Index>(i)];
            terms_[i] = {.anchor = anchors.slot_of(triplet.anchor),
                         .positive = candidates.slot_of(triplet.positive),
                         .negative = candidates.slot_of(triplet.negative)};
        }
        anchors.prepare(workspace, isa_);
        if (!is_self()) {
            candidates.prepare(workspace, isa_);
        }
    }

    /// The loss of a triplet; none if a value is not finite.
    std::optional<double> evaluate(Index triplet, const TripletRule& rule)
    {
        TripletTerm& term = terms_[static_cast<std::size_t>(triplet)];
        measure(term, rule.swap);
        if (!term.finite) {
            return std::nullopt;
        }
        const double violation = Finish<M>::gap(term.negative_pair, term.positive_pair) + rule.margin;
        if (!is_finite(violation)) {
            return std::nullopt;
        }
        term.slope = rule.soft ? sigmoid(violation) : violation > 0 ? 1 : 0;
        return rule.soft ? softplus(violation) : (std::max)(0.0, violation);
    }

    /// Adds `scale` times the gradients of the sum of the losses to buffers, `no_gradient` for one that is not wanted;
    /// within a batch the first is for all rows. Once only, because it needs the values no more. Returns how many
    /// elements do not fit.
    template <class GradientA, class GradientB>
    Index add_gradients(GradientA& anchor_gradient, GradientB& candidate_gradient, double scale, Workspace& workspace)
    {
        const std::span<Index> at_anchors = take_lists<GradientA>(anchors_.size(), workspace),
                               at_candidates =
                                   is_self() ? at_anchors : take_lists<GradientB>(candidates_.size(), workspace);
        if (at_anchors.empty() && at_candidates.empty()) {
            return 0;
        }
        next_ = workspace.take<Index>(pulls * static_cast<Index>(terms_.size()));
        // From the last to the first, so that lists ascend.
        for (std::size_t i = terms_.size(); i-- > 0;) {
            TripletTerm& term = terms_[i];
            weigh(term, scale);
            if (term.slope != 0) {
                const Index first = pulls * static_cast<Index>(i);
                push(first + 3, term.negative, at_candidates);
                term.swapped ? push(first + 2, term.positive, at_candidates) : push(first + 2, term.anchor, at_anchors);
                push(first + 1, term.positive, at_candidates);
                push(first, term.anchor, at_anchors);
            }
        }
        Index overflows = add_rows(anchors_, at_anchors, anchor_gradient, workspace);
        if (!is_self()) {
            overflows += add_rows(candidates_, at_candidates, candidate_gradient, workspace);
        }
        return overflows;
    }

private:
    static constexpr Index pulls = 4, end_of_list = -1;

    [[nodiscard]] bool is_self() const
    {
        return static_cast<const void*>(&anchors_) == static_cast<const void*>(&candidates_);
    }

    void measure(TripletTerm& term, bool swap) const
    {
        const std::array<double, 2> values = values_of(anchors_, term.anchor, std::array{term.positive, term.negative});
        term.positive_pair = values[0];
        term.negative_pair = values[1];
        term.finite = is_finite(values[0]) && is_finite(values[1]);
        if (swap) {
            const double other = values_of(candidates_, term.positive, std::array{term.negative})[0];
            term.finite = term.finite && is_finite(other);
            term.swapped = Finish<M>::closer(other, values[1]);
            term.negative_pair = term.swapped ? other : values[1];
        }
    }

    /// The values between a row and candidates, as `measure` gives them before they are cut off at the range of the metric.
    template <class Rows, std::size_t count>
    [[nodiscard]] std::array<double, count> values_of(const Rows& rows, std::int32_t row,
                                                      const std::array<std::int32_t, count>& others) const
    {
        std::array<const T*, count> elements;
        for (std::size_t i = 0; i < count; ++i) {
            elements[i] = candidates_.elements(others[i]);
        }
        std::array<double, count> result;
        isa::run(isa_, SumPairs<T, Finish<M>::is_product, count>{rows.elements(row), elements, rows.batch().dimension(),
                                                                 result});
        for (std::size_t i = 0; i < count; ++i) {
            double& value = result[i];
            if constexpr (!normalises<M> && std::is_same_v<T, double>) {
                // Squares of doubles may overflow or vanish where the value does not.
                if (!is_finite(value) || (value < 1e-280 && value > -1e-280)) {
                    value = measure_scaled<M>(rows.batch(), rows.row_of(row), rows.scale(row), candidates_.batch(),
                                              candidates_.row_of(others[i]), candidates_.scale(others[i]));
                    continue;
                }
            }
            value = Finish<M>::of_sum(value);
        }
        return result;
    }

    /// From values to the factors of their pulls, by d loss / d value.
    static void weigh(TripletTerm& term, double scale)
    {
        term.slope *= Finish<M>::farther_sign * scale;
        term.positive_pair = Finish<M>::pull(term.positive_pair, term.slope);
        term.negative_pair = Finish<M>::pull(term.negative_pair, -term.slope);
    }

    /// The heads of the lists of all rows of a side, if their gradient is wanted.
    template <class Gradient>
    static std::span<Index> take_lists(Index rows, Workspace& workspace)
    {
        return workspace.take<Index>(is_wanted<Gradient> ? rows : 0, end_of_list);
    }

    void push(Index pull, std::int32_t slot, std::span<Index> lists)
    {
        if (!lists.empty()) {
            Index& head = lists[static_cast<std::size_t>(slot)];
            next_[static_cast<std::size_t>(pull)] = head;
            head = pull;
        }
    }

    [[nodiscard]] Pull<T> pull_of(Index number) const
    {
        const TripletTerm& term = terms_[static_cast<std::size_t>(number / pulls)];
        const T* const origin =
            number % pulls == 3 && term.swapped ? candidates_.elements(term.positive) : anchors_.elements(term.anchor);
        switch (number % pulls) {
            case 0: return {candidates_.elements(term.positive), term.positive_pair};
            case 1: return {origin, term.positive_pair};
            case 2: return {candidates_.elements(term.negative), term.negative_pair};
            default: return {origin, term.negative_pair};
        }
    }

    /// Adds the gradients of the rows of one side that have pulls.
    template <class Rows, class Gradient>
    Index add_rows(const Rows& rows, std::span<const Index> lists, Gradient& out, Workspace& workspace) const
    {
        Index overflows = 0;
        if constexpr (is_wanted<Gradient>) {
            constexpr std::size_t at_once = 32;
            const Index depth = rows.batch().dimension();
            const std::span<double> sum = workspace.take<double>(depth);
            for (Index slot = 0; slot < static_cast<Index>(lists.size()); ++slot) {
                Index pull = lists[static_cast<std::size_t>(slot)];
                if (pull == end_of_list) {
                    continue;
                }
                const T* const row = rows.elements(slot);
                std::fill(sum.begin(), sum.end(), 0.0);
                while (pull != end_of_list) {
                    std::array<Pull<T>, at_once> some;
                    std::size_t count = 0;
                    for (; count < at_once && pull != end_of_list; pull = next_[static_cast<std::size_t>(pull)]) {
                        some[count++] = pull_of(pull);
                    }
                    isa::run(isa_, AddPulls<T, Finish<M>::is_product>{
                                       row, some.data(), static_cast<std::ptrdiff_t>(count), depth, sum.data()});
                }
                if constexpr (normalises<M>) {
                    project_row(sum, row, rows.scale(slot), isa_);
                }
                overflows += add_row(sum, out, rows.row_of(slot), isa_);
            }
        }
        return overflows;
    }

    const IsaLevel isa_ = isa::resolve(IsaLevel::automatic);
    Anchors& anchors_;
    Candidates& candidates_;
    std::span<TripletTerm> terms_;
    std::span<Index> next_;
};

}  // namespace mohs::inline MOHS_ABI::detail
