#pragma once

#include <mohs/judge/judgement.hpp>
#include <mohs/judge/neighbour_votes.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI {

/// Options of ConfidentLearning: how many neighbours estimate the probabilities of the classes.
struct ConfidentLearningOptions {
    Index k = 10;
    Index least_voters = 1;  ///< with fewer, the judge abstains
};

/// How probable a class is for rows that have its label: what ConfidentLearning measures others by. In ascending order
/// of the labels.
using ClassThresholds = std::vector<std::pair<std::int64_t, double>>;

/// Confident learning (Northcutt, Jiang and Chuang 2021), with the votes of the `k` nearest rows of a reference as the
/// probabilities p of the classes, which are out of sample because no row votes on itself. The threshold t(c) of a
/// class is the mean of p(c) over the reference's rows with that label. A row is counted as the most probable of the
/// classes with p(c) >= t(c), its own where two are, else the lower label, and is suspect if that is not its own; where
/// no class reaches its threshold it is trusted. Classes that the embedding confuses, and those that are labelled
/// badly, have low thresholds, so neither loses more rows than the others. Suspicion is (1 + p(counted class) - p(own))
/// / 2 for suspects, and with the best other class for the rest.
///
/// It abstains on rows that are not finite, of unknown label, or with fewer than `least_voters` neighbours.
/// `Judgement::short_of_voters` counts rows with fewer than k.
///
/// Throws std::invalid_argument for k < 1 and what `neighbour_votes` throws. Time: that of NearestNeighbours for the
/// rows, and for the reference among itself, O(R^2 D), unless its thresholds are at hand; memory O((N + R) k).
template <Metric M>
class ConfidentLearning {
public:
    static constexpr const char* name = "confident learning";

    ConfidentLearning(M, const ConfidentLearningOptions& options = {}) : options_(options)
    {
        detail::check_voters(name, options.k, options.least_voters);
    }

    template <class A, class B>
    [[nodiscard]] Judgement operator()(const Batch<A>& rows, const Batch<B>& reference,
                                       const Options& options = {}) const
    {
        return (*this)(rows, reference, thresholds(reference, options), options);
    }
    /// With the thresholds of an earlier call, which stay good as long as the reference changes little. Throws
    /// std::invalid_argument unless their labels ascend.
    template <class A, class B>
    [[nodiscard]] Judgement operator()(const Batch<A>& rows, const Batch<B>& reference,
                                       const ClassThresholds& thresholds, const Options& options = {}) const
    {
        for (std::size_t i = 1; i < thresholds.size(); ++i) {
            if (thresholds[i - 1].first >= thresholds[i].first) {
                detail::throw_rule(name, "the labels of the thresholds do not ascend");
            }
        }
        return judge(rows, neighbour_votes(M{}, options_.k, rows, reference, options), thresholds);
    }
    /// A batch as its own reference.
    template <class A>
    [[nodiscard]] Judgement operator()(const Batch<A>& rows, const Options& options = {}) const
    {
        const NeighbourVotes votes = neighbour_votes(M{}, options_.k, rows, options);
        return judge(rows, votes, thresholds_of(rows, votes));
    }

    /// The thresholds of the classes of a reference.
    template <class B>
    [[nodiscard]] ClassThresholds thresholds(const Batch<B>& reference, const Options& options = {}) const
    {
        return thresholds_of(reference, neighbour_votes(M{}, options_.k, reference, options));
    }

private:
    template <class B>
    static ClassThresholds thresholds_of(const Batch<B>& reference, const NeighbourVotes& votes)
    {
        std::vector<std::pair<std::int64_t, Index>> rows;
        for (Index row = 0; row < reference.rows(); ++row) {
            if (!reference.is_unknown(row) && votes.voters(row) > 0) {
                rows.emplace_back(reference.label(row), row);
            }
        }
        std::sort(rows.begin(), rows.end());
        ClassThresholds result;
        for (auto begin = rows.begin(); begin != rows.end();) {
            const std::int64_t label = begin->first;
            const auto end = std::find_if(begin, rows.end(), [&](const auto& each) { return each.first != label; });
            double sum = 0;
            for (auto at = begin; at != end; ++at) {
                sum += votes.share(at->second, label);
            }
            result.emplace_back(label, sum / static_cast<double>(end - begin));
            begin = end;
        }
        return result;
    }

    template <class A>
    [[nodiscard]] Judgement judge(const Batch<A>& rows, const NeighbourVotes& votes,
                                  const ClassThresholds& thresholds) const
    {
        Judgement result(name);
        for (Index row = 0; row < rows.rows(); ++row) {
            const bool is_short = !rows.is_unknown(row) && votes.voters(row) < options_.k;
            if (rows.is_unknown(row) || votes.voters(row) < options_.least_voters) {
                result.add(Opinion::abstains, 0, is_short);
                continue;
            }
            const double own = votes.share(row, rows.label(row));
            std::int64_t counted = rows.label(row);
            double other = 0, counted_share = reaches(thresholds, counted, own) ? own : -1;
            for (const LabelVotes& each : votes.of(row)) {
                const double share = votes.share(row, each.label);
                if (each.label != rows.label(row)) {
                    other = (std::max)(other, share);
                }
                if (share > counted_share && reaches(thresholds, each.label, share)) {
                    counted = each.label;
                    counted_share = share;
                }
            }
            const bool suspect = counted != rows.label(row);
            result.add(suspect ? Opinion::suspect : Opinion::trusted, (1 + (suspect ? counted_share : other) - own) / 2,
                       is_short);
        }
        return result;
    }

    /// A class that no row of the reference has is never reached.
    static bool reaches(const ClassThresholds& thresholds, std::int64_t label, double share)
    {
        const auto at = std::lower_bound(thresholds.begin(), thresholds.end(), label,
                                         [](const auto& each, std::int64_t value) { return each.first < value; });
        return at != thresholds.end() && at->first == label && share >= at->second - 1e-9;  // Both are sums of votes.
    }

    ConfidentLearningOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
