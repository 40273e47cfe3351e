#pragma once

/// \file
/// Triplets and neighbours compared with what plain loops in double precision find.

#include "oracle.hpp"

#include <mohs/result/result.hpp>

#include <functional>

namespace bench {

/// Which positives a strategy takes.
enum class Positives { farthest, closest, all };

/// Any negative will do.
struct AnyNegative {
    bool operator()(Index, Index, Index, double) const { return true; }
};

/// Negatives that are farther than the positive.
struct BeyondPositive {
    const Oracle& oracle;

    bool operator()(Index anchor, Index positive, Index negative, double slack) const
    {
        return oracle.cosine(anchor, negative) < oracle.cosine(anchor, positive) + slack;
    }
};

/// The triplets that a strategy has to find: of these positives, with the closest negative for which `allowed(anchor,
/// positive, negative, slack)` is true. Rounding may decide either way for a negative that is allowed with a slack
/// above zero, and not with one below.
template <class Allowed>
class TripletCheck {
public:
    TripletCheck(const Oracle& oracle, Positives positives, Allowed allowed)
        : oracle_(oracle), positives_(positives), allowed_(allowed), slack_(2 * oracle.tolerance())
    {
    }

    /// What is wrong; empty if nothing is.
    template <class Metric>
    [[nodiscard]] std::string operator()(const mohs::Triplets<Metric>& triplets) const
    {
        std::vector<std::vector<Index>> of_anchor(static_cast<std::size_t>(oracle_.rows()));
        for (Index i = 0; i < triplets.size(); ++i) {
            const mohs::Triplet triplet = triplets[i];
            if (!oracle_.exists(triplet.anchor) || !oracle_.exists(triplet.positive) ||
                !oracle_.positive(triplet.anchor, triplet.positive) || !oracle_.exists(triplet.negative) ||
                !oracle_.negative(triplet.anchor, triplet.negative)) {
                return wrong(triplet.anchor, "its positive or negative is none");
            }
            of_anchor[static_cast<std::size_t>(triplet.anchor)].push_back(i);
        }
        for (const Index anchor : oracle_.anchors()) {
            if (const std::string error = check(triplets, anchor, of_anchor[static_cast<std::size_t>(anchor)]);
                !error.empty()) {
                return error;
            }
        }
        return {};
    }

private:
    template <class Metric>
    [[nodiscard]] std::string check(const mohs::Triplets<Metric>& triplets, Index anchor,
                                    const std::vector<Index>& own) const
    {
        for (const Index i : own) {
            const mohs::Triplet triplet = triplets[i];
            if (!oracle_.agrees(triplets.positive_values()[i], oracle_.cosine(anchor, triplet.positive)) ||
                !oracle_.agrees(triplets.negative_values()[i], oracle_.cosine(anchor, triplet.negative))) {
                return wrong(anchor, "a similarity is wrong");
            }
            if (!allowed_(anchor, triplet.positive, triplet.negative, slack_)) {
                return wrong(anchor, "its negative is not allowed");
            }
            if (closest(anchor, triplet.positive) > oracle_.cosine(anchor, triplet.negative) + slack_) {
                return wrong(anchor, "there is a harder negative");
            }
        }
        return check_positives(triplets, anchor, own);
    }

    /// Whether there is a triplet for every positive that has a negative.
    template <class Metric>
    [[nodiscard]] std::string check_positives(const mohs::Triplets<Metric>& triplets, Index anchor,
                                              const std::vector<Index>& own) const
    {
        const double sign = positives_ == Positives::closest ? 1 : -1;
        Index best = -1, feasible = 0;
        for (Index row = 0; row < oracle_.rows(); ++row) {
            if (oracle_.positive(anchor, row)) {
                feasible += positives_ == Positives::all && closest(anchor, row) > -2;
                best =
                    best < 0 || sign * oracle_.cosine(anchor, row) > sign * oracle_.cosine(anchor, best) ? row : best;
            }
        }
        if (positives_ == Positives::all) {
            return static_cast<Index>(own.size()) < feasible ? wrong(anchor, "a positive has no triplet") : "";
        }
        if (own.size() > 1) {
            return wrong(anchor, "it has more than one triplet");
        }
        if (own.empty()) {
            return best >= 0 && closest(anchor, best) > -2 ? wrong(anchor, "it has no triplet") : "";
        }
        const double taken = sign * oracle_.cosine(anchor, triplets[own.front()].positive);
        return taken < sign * oracle_.cosine(anchor, best) - slack_ ? wrong(anchor, "its positive is another one") : "";
    }

    /// The largest similarity to a negative that is allowed beyond doubt; -2 without one.
    [[nodiscard]] double closest(Index anchor, Index positive) const
    {
        double result = -2;
        for (Index row = 0; row < oracle_.rows(); ++row) {
            if (oracle_.negative(anchor, row) && allowed_(anchor, positive, row, -slack_)) {
                result = std::max(result, oracle_.cosine(anchor, row));
            }
        }
        return result;
    }

    const Oracle& oracle_;
    Positives positives_;
    Allowed allowed_;
    double slack_;
};

/// The farthest positive and the closest negative of every row.
template <class Metric>
std::string check_hardest(const mohs::Triplets<Metric>& triplets, const Data& data)
{
    const Oracle oracle(data);
    return TripletCheck(oracle, Positives::farthest, AnyNegative{})(triplets);
}

/// The `k` nearest neighbours of every row among all others.
template <class Metric>
std::string check_neighbours(const mohs::Neighbours<Metric>& neighbours, const Data& data, Index k)
{
    const Oracle oracle(data);
    for (const Index anchor : oracle.anchors()) {
        std::vector<double> exact;
        for (Index row = 0; row < oracle.rows(); ++row) {
            if (row != anchor) {
                exact.push_back(oracle.cosine(anchor, row));
            }
        }
        std::partial_sort(exact.begin(), exact.begin() + k, exact.end(), std::greater<>());
        if (neighbours.count(anchor) != k) {
            return wrong(anchor, "it does not have all neighbours");
        }
        std::vector<Index> found;
        for (Index rank = 0; rank < k; ++rank) {
            const Index row = neighbours.index(anchor, rank);
            if (!oracle.exists(row) || row == anchor || std::find(found.begin(), found.end(), row) != found.end()) {
                return wrong(anchor, "a neighbour is none, itself or another one again");
            }
            found.push_back(row);
            const double cosine = oracle.cosine(anchor, row);
            // Errors of each score move the score of a rank by no more than the largest of them.
            if (std::abs(cosine - exact[static_cast<std::size_t>(rank)]) > 2 * oracle.tolerance()) {
                return wrong(anchor, "a neighbour has not the similarity of its rank");
            }
            if (!oracle.agrees(neighbours.value(anchor, rank), cosine)) {
                return wrong(anchor, "a similarity is wrong");
            }
        }
    }
    return {};
}

}  // namespace bench
