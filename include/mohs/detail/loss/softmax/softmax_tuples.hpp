#pragma once

/// \file
/// Softmax losses of anchors over the candidates that were mined for them.

#include <mohs/detail/loss/softmax/softmax_row.hpp>
#include <mohs/detail/loss/tuple_pairs.hpp>

#include <algorithm>
#include <tuple>

namespace mohs::inline MOHS_ABI::detail {

/// The distinct pairs of tuples by ascending anchor and candidate, and with `members` what was mined for a positive.
class SoftmaxTuples {
public:
    /// Memory comes from the workspace's current frame.
    template <class M>
    SoftmaxTuples(const Triplets<M>& triplets, Denominator denominator, Workspace& workspace)
    {
        std::span<Triplet> all = workspace.take<Triplet>(triplets.size());
        std::copy(triplets.begin(), triplets.end(), all.begin());
        all = sort_distinct(all, [](const Triplet& t) { return std::tuple(t.anchor, t.positive, t.negative); });
        positives_ = workspace.take<Pair>(static_cast<Index>(all.size()));
        negatives_ = workspace.take<Pair>(static_cast<Index>(all.size()));
        for (std::size_t i = 0; i < all.size(); ++i) {
            positives_[i] = {all[i].anchor, all[i].positive};
            negatives_[i] = {all[i].anchor, all[i].negative};
        }
        sort_pairs();
        if (denominator == Denominator::positives_excluded) {
            members_ = all;
        }
    }

    template <class M>
    SoftmaxTuples(const Pairs<M>& pairs, Denominator, Workspace& workspace)
        : positives_(copy(pairs.positives, workspace)), negatives_(copy(pairs.negatives, workspace))
    {
        sort_pairs();
    }

    /// The candidate of an anchor's own number is its positive, its neighbours are negatives.
    template <class M>
    SoftmaxTuples(const Neighbours<M>& neighbours, Denominator, Workspace& workspace)
        : positives_(workspace.take<Pair>(neighbours.rows())), negatives_(workspace.take<Pair>(pair_count(neighbours)))
    {
        std::size_t positives = 0, negatives = 0;
        for (Index anchor = 0; anchor < neighbours.rows(); ++anchor) {
            if (neighbours.count(anchor) > 0) {
                positives_[positives++] = {anchor, anchor};
            }
        }
        for_each_pair(neighbours, [&](Index, Index anchor, Index candidate) {
            if (candidate != anchor) {
                negatives_[negatives++] = {anchor, candidate};
            }
        });
        positives_ = positives_.first(positives);
        negatives_ = negatives_.first(negatives);
        sort_pairs();
    }

    /// Pairs, positives first.
    [[nodiscard]] Index size() const { return static_cast<Index>(positives_.size() + negatives_.size()); }
    [[nodiscard]] std::span<const Pair> positives() const { return positives_; }
    [[nodiscard]] std::span<const Pair> negatives() const { return negatives_; }
    /// Not empty: each positive stands against the negatives that it is listed with, else against all of its anchor.
    [[nodiscard]] std::span<const Triplet> members() const { return members_; }

    template <class Terms>
    void name_pairs(Terms& terms) const
    {
        Index number = 0;
        for (const std::span<Pair> list : {positives_, negatives_}) {
            for (const Pair& pair : list) {
                terms.name(number++, pair.anchor, pair.candidate);
            }
        }
    }

private:
    template <class List>
    static std::span<Pair> copy(const List& list, Workspace& workspace)
    {
        const std::span<Pair> result = workspace.take<Pair>(list.size());
        for (Index i = 0; i < list.size(); ++i) {
            result[static_cast<std::size_t>(i)] = list[i];
        }
        return result;
    }

    template <class T, class Key>
    static std::span<T> sort_distinct(std::span<T> list, const Key& key)
    {
        const auto before = [&key](const T& a, const T& b) { return key(a) < key(b); };
        // Miners give them in order.
        if (!std::is_sorted(list.begin(), list.end(), before)) {
            std::sort(list.begin(), list.end(), before);
        }
        return list.first(static_cast<std::size_t>(std::unique(list.begin(), list.end()) - list.begin()));
    }

    void sort_pairs()
    {
        const auto key = [](const Pair& pair) { return std::tuple(pair.anchor, pair.candidate); };
        positives_ = sort_distinct(positives_, key);
        negatives_ = sort_distinct(negatives_, key);
    }

    std::span<Pair> positives_, negatives_;
    std::span<Triplet> members_;
};

/// The losses of all anchors of `mined`.
struct TupleSoftmax {
    const SoftmaxTuples& mined;
    Denominator denominator;
    double temperature;

    /// The sum of the losses of measured pairs, and the report. Weights of pairs become derivatives of that sum by their
    /// logits. `per_tuple`, if not empty, receives the sum of the losses of each anchor, by row.
    template <class Terms>
    double evaluate(Terms& terms, Report& report, std::span<double> per_tuple) const
    {
        std::fill(per_tuple.begin(), per_tuple.end(), 0.0);
        for (Index i = 0; i < terms.size(); ++i) {
            report.overflows += !is_finite(terms[i].value);
        }
        report.valid = 0;
        double sum = 0;
        const std::span<const Pair> positives = mined.positives(), negatives = mined.negatives();
        const std::span<const Triplet> members = mined.members();
        Index positive = 0, negative = 0, member = 0;
        const auto end_of = [](const auto& list, Index from, const auto& belongs) {
            auto at = static_cast<std::size_t>(from);
            while (at < list.size() && belongs(list[at])) {
                ++at;
            }
            return static_cast<Index>(at);
        };
        while (positive < size_of(positives) || negative < size_of(negatives)) {
            const Index anchor = (std::min)(anchor_at(positives, positive), anchor_at(negatives, negative));
            const auto of_anchor = [anchor](const Pair& pair) { return pair.anchor == anchor; };
            const Index last_positive = end_of(positives, positive, of_anchor),
                        last_negative = end_of(negatives, negative, of_anchor),
                        first_negative = size_of(positives) + negative;
            Counts counts;
            if (members.empty()) {
                counts.add(evaluate_one(terms, positive, last_positive, report, [&](const auto& f) {
                    for (Index i = first_negative; i < size_of(positives) + last_negative; ++i) {
                        f(terms[i]);
                    }
                }));
            }
            for (Index own = positive; !members.empty() && own < last_positive; ++own) {
                const Index first_member = member, row = positives[static_cast<std::size_t>(own)].candidate;
                member =
                    end_of(members, member, [&](const Triplet& t) { return t.anchor == anchor && t.positive == row; });
                counts.add(evaluate_one(terms, own, own + 1, report, [&](const auto& f) {
                    auto at = negatives.begin() + negative;
                    for (Index i = first_member; i < member; ++i) {
                        const Index wanted = members[static_cast<std::size_t>(i)].negative;
                        at = std::lower_bound(at, negatives.begin() + last_negative, wanted,
                                              [](const Pair& pair, Index value) { return pair.candidate < value; });
                        f(terms[size_of(positives) + (at - negatives.begin())]);
                    }
                }));
            }
            sum += counts.loss;
            ++(counts.losses > 0 ? report.valid : counts.positives == 0 ? report.no_positive : report.no_negative);
            if (!per_tuple.empty()) {
                per_tuple[static_cast<std::size_t>(anchor)] = counts.loss;
            }
            positive = last_positive;
            negative = last_negative;
        }
        return sum;
    }

private:
    struct Counts {
        double loss = 0;
        Index losses = 0, positives = 0;

        void add(const Counts& other)
        {
            loss += other.loss;
            losses += other.losses;
            positives += other.positives;
        }
    };

    static Index size_of(std::span<const Pair> list) { return static_cast<Index>(list.size()); }
    static Index anchor_at(std::span<const Pair> list, Index at)
    {
        return at < size_of(list) ? list[static_cast<std::size_t>(at)].anchor : (std::numeric_limits<Index>::max)();
    }

    /// The softmax of positives [begin, end), against the negatives that `for_each_negative` shows. Logits are relative to
    /// that of the closest negative. Values that are not finite are left out.
    template <class Terms, class ForEach>
    Counts evaluate_one(Terms& terms, Index begin, Index end, Report& report, const ForEach& for_each_negative) const
    {
        SoftmaxRow row;
        for_each_negative([&](const PairTerm& term) {
            if (is_finite(term.value)) {
                row.origin = row.negative_count == 0 ? term.value : (std::max)(row.origin, term.value);
                ++row.negative_count;
            }
        });
        const auto logit = [&](const PairTerm& term) { return (term.value - row.origin) / temperature; };
        LogSum sum;
        for_each_negative([&](const PairTerm& term) {
            if (is_finite(term.value)) {
                sum.add(logit(term));
            }
        });
        if (row.negative_count > 0) {
            row.negatives = sum.log();
        }
        PositiveSums sums;
        for (Index i = begin; i < end; ++i) {
            if (is_finite(terms[i].value)) {
                sums.add(denominator, row.negatives, logit(terms[i]));
            }
        }
        sums.finish(denominator, row);
        if (!row.valid()) {
            return {.positives = row.positive_count};
        }
        if (!is_finite(row.loss)) {
            ++report.overflows;
            return {.positives = row.positive_count};
        }
        for (Index i = begin; i < end; ++i) {
            if (is_finite(terms[i].value)) {
                terms[i].weight += row.positive_slope(denominator, logit(terms[i]));
            }
        }
        for_each_negative([&](PairTerm& term) {
            if (is_finite(term.value)) {
                term.weight += row.negative_slope(logit(term));
            }
        });
        const Index losses = denominator == Denominator::positives_excluded ? row.positive_count : 1;
        report.tuples += losses;
        report.active += row.active;
        return {.loss = row.loss, .losses = losses, .positives = row.positive_count};
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
