#pragma once

/// \file
/// The formulas of retrieval: from the ranks of the relevant candidates of one query to its metrics.

#include <mohs/result/retrieval_result.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>

namespace mohs::inline MOHS_ABI::detail {

/// The metrics of queries as arrays of numbers, which can be added up before they get names: three without a k, then
/// six for each k.
class RetrievalValues {
public:
    RetrievalValues(const RetrievalOptions& options, Index candidates) : options_(options)
    {
        Index limit = 1;
        for (const Index k : options.k) {
            limit = (std::max)(limit, (std::min)(k, candidates));
        }
        ideal_gain_.push_back(0);
        for (Index rank = 1; rank <= limit; ++rank) {
            ideal_gain_.push_back(ideal_gain_.back() + discount(rank));
        }
    }

    [[nodiscard]] Index count() const { return 3 + 6 * static_cast<Index>(options_.k.size()); }
    /// Ranks that are looked at, whatever the number of relevant candidates.
    [[nodiscard]] Index limit() const { return static_cast<Index>(ideal_gain_.size()) - 1; }

    /// Writes the metrics of a query with `relevant` > 0 relevant candidates. Those that rank among the first
    /// max(limit, relevant), and the best one, are in `ranked`: elements whose `ahead` is the rank, from 0.
    template <class Ranked>
    void of_query(Index relevant, const Ranked& ranked, double* to) const
    {
        const auto all = static_cast<double>(relevant);
        const auto first = static_cast<double>(ranked.front().ahead) + 1;
        const Sums at_r = sums(ranked, relevant);
        *to++ = at_r.found / all;
        *to++ = at_r.precisions / all;
        *to++ = 1 / first;
        for (const Index k : options_.k) {
            const Sums at_k = sums(ranked, k);
            const auto size = static_cast<double>(k), reachable = static_cast<double>((std::min)(k, relevant));
            *to++ = at_k.found > 0 ? 1 : 0;
            *to++ = at_k.found / all;
            *to++ = at_k.found / (options_.precision_divisor == PrecisionDivisor::k ? size : reachable);
            *to++ = at_k.precisions / (options_.map_divisor == MapDivisor::relevant    ? all
                                       : options_.map_divisor == MapDivisor::reachable ? reachable
                                                                                       : (std::max)(at_k.found, 1.0));
            *to++ = at_k.found > 0 ? 1 / first : 0;
            *to++ = gain(ranked, k) / ideal_gain_[static_cast<std::size_t>((std::min)(k, relevant))];
        }
    }

    /// Replaces NDCG among the metrics of a query by that of candidates which gain differently much. `gains` are those
    /// of all relevant candidates, of which the first are those in `ranked`; they are put in the best order.
    template <class Ranked>
    void grade(const Ranked& ranked, std::span<double> gains, double* to) const
    {
        std::vector<double> found;
        for (const Index k : options_.k) {
            double sum = 0;
            for (std::size_t i = 0; i < ranked.size() && ranked[i].ahead < k; ++i) {
                sum += gains[i] * discount(Index{ranked[i].ahead} + 1);
            }
            found.push_back(sum);
        }
        std::sort(gains.begin(), gains.end(), std::greater<>());
        for (std::size_t at = 0; at < found.size(); ++at) {
            double ideal = 0;
            for (Index i = 0; i < (std::min)(options_.k[at], static_cast<Index>(gains.size())); ++i) {
                ideal += gains[static_cast<std::size_t>(i)] * discount(i + 1);
            }
            to[ndcg_of(at)] = found[at] / ideal;
        }
    }

    /// Sums over `terms` queries or classes, as means with names.
    [[nodiscard]] RetrievalMeans means(const std::vector<double>& totals, Index terms, Index queries) const
    {
        const double divisor = static_cast<double>(std::max<Index>(terms, 1));
        auto total = totals.begin();
        const auto next = [&] { return *total++ / divisor; };
        // Braces are evaluated from left to right.
        RetrievalMeans result{queries, next(), next(), next()};
        for (const Index k : options_.k) {
            result.at_k.push_back(RetrievalAtK{k, next(), next(), next(), next(), next(), next()});
        }
        return result;
    }

private:
    /// Where NDCG at the k of this number stands.
    static std::size_t ndcg_of(std::size_t number) { return 3 + 6 * number + 5; }

    /// Over the relevant candidates among the first k: their number, and the sum of P(i).
    struct Sums {
        double found = 0, precisions = 0;
    };
    template <class Ranked>
    static Sums sums(const Ranked& ranked, Index k)
    {
        Sums result;
        for (const auto& each : ranked) {
            if (each.ahead >= k) {
                break;
            }
            result.found += 1;
            result.precisions += result.found / (static_cast<double>(each.ahead) + 1);
        }
        return result;
    }

    static double discount(Index rank) { return 1 / std::log2(static_cast<double>(rank) + 1); }
    template <class Ranked>
    static double gain(const Ranked& ranked, Index k)
    {
        double result = 0;
        for (const auto& each : ranked) {
            if (each.ahead >= k) {
                break;
            }
            result += discount(Index{each.ahead} + 1);
        }
        return result;
    }

    const RetrievalOptions& options_;
    std::vector<double> ideal_gain_;  ///< of so many relevant candidates, all ahead of the others
};

}  // namespace mohs::inline MOHS_ABI::detail
