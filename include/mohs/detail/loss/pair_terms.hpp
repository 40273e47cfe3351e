#pragma once

/// \file
/// Values of the pairs that tuples name, and the way back: from derivatives by these values to gradients of the rows that
/// are in them and no others.

#include <mohs/detail/loss/loss_terms.hpp>
#include <mohs/detail/loss/named_rows.hpp>
#include <mohs/finish.hpp>

#include <array>

namespace mohs::inline MOHS_ABI::detail {

struct PairTerm {
    std::int32_t own = 0;        ///< slot of the first row, an anchor's; below 0, of the candidate ~own
    std::int32_t candidate = 0;  ///< slot of the second row
    double value = 0;            ///< once weighed, the factor of its pulls
    double weight = 0;           ///< the derivative of the loss by the value; 0: the pair pulls at nothing
};

/// Pairs and the gradients of their rows. `anchors` and `candidates` are one object for pairs within a batch.
///
/// A row's gradient is made at once, from the pairs that pull at it, in their order: they are a list through the pulls of
/// all pairs, two each, at the first row and at the second.
template <class M, class A, class B>
class PairTerms {
public:
    using T = ReadyElement<M, A, B>;
    using Anchors = NamedRows<M, A, T>;
    using Candidates = NamedRows<M, B, T>;

    /// Memory comes from the workspace's current frame. The pairs are to be named, their rows read, then measured.
    PairTerms(Anchors& anchors, Candidates& candidates, Index pairs, Workspace& workspace)
        : anchors_(anchors), candidates_(candidates), terms_(workspace.take<PairTerm>(pairs))
    {
    }

    [[nodiscard]] Index size() const { return static_cast<Index>(terms_.size()); }
    [[nodiscard]] PairTerm& operator[](Index pair) { return terms_[static_cast<std::size_t>(pair)]; }

    /// Names the rows of a pair.
    void name(Index pair, Index anchor, Index candidate)
    {
        (*this)[pair] = {.own = anchors_.slot_of(anchor), .candidate = candidates_.slot_of(candidate)};
    }

    /// The same for an anchor that the pair before has too.
    void name_next(Index pair, Index candidate)
    {
        (*this)[pair] = {.own = (*this)[pair - 1].own, .candidate = candidates_.slot_of(candidate)};
    }

    /// Reads the rows that have been named, and no others from now on.
    void read(Workspace& workspace)
    {
        anchors_.prepare(workspace, isa_);
        if (!is_self()) {
            candidates_.prepare(workspace, isa_);
        }
    }

    /// Sets the values of pairs of one first row, as `mohs::measure` gives them before they are cut off at the range of the
    /// metric.
    template <std::size_t count>
    void measure(PairTerm* terms) const
    {
        std::array<const T*, count> others;
        for (std::size_t i = 0; i < count; ++i) {
            others[i] = candidates_.elements(terms[i].candidate);
        }
        std::array<double, count> sums;
        isa::run(isa_, SumPairs<T, Finish<M>::is_product, count>{own_of(terms[0]), others,
                                                                 candidates_.batch().dimension(), sums});
        for (std::size_t i = 0; i < count; ++i) {
            terms[i].value = value_of(sums[i], terms[i]);
        }
    }

    /// Sets the values of all pairs, whose first rows are anchors.
    void measure_all()
    {
        constexpr std::size_t at_once = 4;
        for (std::size_t i = 0; i < terms_.size();) {
            if (i + at_once <= terms_.size() &&
                std::all_of(&terms_[i] + 1, &terms_[i] + at_once,
                            [own = terms_[i].own](const PairTerm& term) { return term.own == own; })) {
                measure<at_once>(&terms_[i]);
                i += at_once;
            } else {
                measure<1>(&terms_[i++]);
            }
        }
    }

    /// Adds `scale` times the gradients to buffers, `no_gradient` for one that is not wanted; within a batch the first is
    /// for all rows. Once only, because it needs the values no more. Returns how many elements do not fit.
    template <class GradientA, class GradientB>
    Index add_gradients(GradientA& anchor_gradient, GradientB& candidate_gradient, double scale, Workspace& workspace)
    {
        const std::span<Index> at_anchors = take_lists<GradientA>(anchors_.size(), workspace),
                               at_candidates =
                                   is_self() ? at_anchors : take_lists<GradientB>(candidates_.size(), workspace);
        if (at_anchors.empty() && at_candidates.empty()) {
            return 0;
        }
        next_ = workspace.take<Index>(pulls * size());
        // From the last to the first, so that lists ascend.
        for (std::size_t i = terms_.size(); i-- > 0;) {
            PairTerm& term = terms_[i];
            term.weight *= scale;
            if (term.weight != 0) {
                term.value = Finish<M>::pull(term.value, term.weight);
                const Index first = pulls * static_cast<Index>(i);
                push(first + 1, term.candidate, at_candidates);
                term.own < 0 ? push(first, ~term.own, at_candidates) : push(first, term.own, at_anchors);
            }
        }
        Index overflows = add_rows(anchors_, at_anchors, anchor_gradient, workspace);
        if (!is_self()) {
            overflows += add_rows(candidates_, at_candidates, candidate_gradient, workspace);
        }
        return overflows;
    }

private:
    static constexpr Index pulls = 2, end_of_list = -1;

    [[nodiscard]] bool is_self() const
    {
        return static_cast<const void*>(&anchors_) == static_cast<const void*>(&candidates_);
    }

    [[nodiscard]] const T* own_of(const PairTerm& term) const
    {
        return term.own < 0 ? candidates_.elements(~term.own) : anchors_.elements(term.own);
    }

    [[nodiscard]] double value_of(double sum, const PairTerm& term) const
    {
        if constexpr (!normalises<M> && std::is_same_v<T, double>) {
            // Squares of doubles may overflow or vanish where the value does not.
            if (!is_finite(sum) || (sum < 1e-280 && sum > -1e-280)) {
                return term.own < 0 ? measure_anew(candidates_, ~term.own, term.candidate)
                                    : measure_anew(anchors_, term.own, term.candidate);
            }
        }
        return Finish<M>::of_sum(sum);
    }

    template <class Rows>
    [[nodiscard]] double measure_anew(const Rows& rows, std::int32_t own, std::int32_t candidate) const
    {
        return measure_scaled<M>(rows.batch(), rows.row_of(own), rows.scale(own), candidates_.batch(),
                                 candidates_.row_of(candidate), candidates_.scale(candidate));
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
        const PairTerm& term = terms_[static_cast<std::size_t>(number / pulls)];
        return {number % pulls == 0 ? candidates_.elements(term.candidate) : own_of(term), term.value};
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
    std::span<PairTerm> terms_;
    std::span<Index> next_;
};

/// The pairs of a call within a batch, or of queries and a gallery: the rows that they name and the terms. `anchor_names`
/// and `candidate_names` say how often anchors and candidates are named at most.
template <class M, class A, class B, class Function>
auto with_pair_terms(const Batch<A>& anchors, const Batch<B>& candidates, bool self, Index anchor_names,
                     Index candidate_names, Index pairs, Workspace& workspace, const Function& function)
{
    using T = ReadyElement<M, A, B>;
    if constexpr (std::is_same_v<A, B>) {
        if (self) {
            NamedRows<M, A, T> rows(anchors, anchor_names + candidate_names, workspace);
            return function(PairTerms<M, A, A>(rows, rows, pairs, workspace));
        }
    }
    NamedRows<M, A, T> anchor_rows(anchors, anchor_names, workspace);
    NamedRows<M, B, T> candidate_rows(candidates, candidate_names, workspace);
    return function(PairTerms<M, A, B>(anchor_rows, candidate_rows, pairs, workspace));
}

}  // namespace mohs::inline MOHS_ABI::detail
