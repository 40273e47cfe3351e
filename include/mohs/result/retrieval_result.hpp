#pragma once

/// \file
/// What RetrievalMetrics is asked for and returns.

#include <mohs/result/report.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// What precision@k is divided by: k, as everywhere, or the most that can be found, min(k, R), as in OML.
enum class PrecisionDivisor { k, reachable };

/// What MAP@k is divided by: R, so that a k below R cannot give 1 (trec_eval, pytorch-metric-learning); the most that
/// can be found, min(k, R); or what was found among the first k, which does not punish finding less (OML).
enum class MapDivisor { relevant, reachable, found };

/// What finding a candidate of grade g gains in NDCG. Where every grade is 1 both are the same.
///
///     linear        g: Jaervelin, Kekaelaeinen 2002; trec_eval, and what reports by it, as BEIR; scikit-learn
///     exponential   2^g - 1, of which a single best candidate outweighs several good ones: Burges et al. 2005; LightGBM
enum class Gain { linear, exponential };

/// Options of RetrievalMetrics. Any number of k, each at least 1, in any order.
struct RetrievalOptions {
    std::vector<Index> k = {1, 5, 10};
    PrecisionDivisor precision_divisor = PrecisionDivisor::k;
    MapDivisor map_divisor = MapDivisor::relevant;
    Gain gain = Gain::linear;  ///< of grades, where these are given
};

/// Means over queries of what is among their first k candidates.
struct RetrievalAtK {
    Index k = 0;
    double hit_rate = 0;   ///< 1 if any is relevant
    double recall = 0;     ///< relevant ones, divided by all there are
    double precision = 0;  ///< relevant ones, divided by k
    double map = 0;        ///< average precision
    double mrr = 0;        ///< 1 / rank of the first relevant one
    double ndcg = 0;       ///< discounted gain, divided by the largest possible
};

/// Means over queries: of all queries, of one class, or over the means of the classes.
struct RetrievalMeans {
    Index queries = 0;                    ///< averaged over
    double r_precision = 0;               ///< relevant candidates among the first R, divided by R
    double map_at_r = 0;                  ///< sum of P(i) over the relevant ranks i <= R, divided by R
    double mrr = 0;                       ///< 1 / rank of the first relevant candidate, wherever it is
    std::vector<RetrievalAtK> at_k = {};  ///< in the order of the options

    /// Calls `f(name, value)` with a C string and a double for every entry, as "r_precision" and "recall_at_10".
    template <class Function>
    void for_each(Function&& f) const
    {
        f("queries", static_cast<double>(queries));
        f("r_precision", r_precision);
        f("map_at_r", map_at_r);
        f("mrr", mrr);
        for (const RetrievalAtK& at : at_k) {
            const std::string suffix = "_at_" + std::to_string(at.k);
            f(("hit_rate" + suffix).c_str(), at.hit_rate);
            f(("recall" + suffix).c_str(), at.recall);
            f(("precision" + suffix).c_str(), at.precision);
            f(("map" + suffix).c_str(), at.map);
            f(("mrr" + suffix).c_str(), at.mrr);
            f(("ndcg" + suffix).c_str(), at.ndcg);
        }
    }
};

/// Means over the queries of one label.
struct ClassRetrieval {
    std::int64_t label = 0;
    RetrievalMeans means;
};

/// What RetrievalMetrics returns. All means are 0 where there is no query to average over.
struct RetrievalResult {
    RetrievalMeans overall;                 ///< every query counts the same
    RetrievalMeans macro;                   ///< every class counts the same
    std::vector<ClassRetrieval> per_class;  ///< classes with a query, by ascending label; none with a relation
    /// Queries with a relevant candidate whose row equals theirs bit for bit, at rank 1 as a rule: where it is most of
    /// them, a copy of the queries was given as their gallery, and sample ids would tell rows from themselves.
    Index duplicates = 0;
    /// `valid` counts the queries averaged over, `no_positive` the lone ones, `tuples` their relevant candidates.
    Report report;

    /// The overall means, then those over classes as "macro_...", then what became of the rows.
    template <class Function>
    void for_each(Function&& f) const
    {
        overall.for_each(f);
        macro.for_each([&](const char* name, double value) { f((std::string("macro_") + name).c_str(), value); });
        f("classes", static_cast<double>(per_class.size()));
        f("lone_queries", static_cast<double>(report.no_positive));
        f("duplicates", static_cast<double>(duplicates));
        f("non_finite", static_cast<double>(report.non_finite));
        f("non_finite_candidates", static_cast<double>(report.non_finite_candidates));
        f("zero_rows", static_cast<double>(report.zero_rows));
    }
};

}  // namespace mohs::inline MOHS_ABI
