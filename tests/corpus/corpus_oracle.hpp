#pragma once

// What corpus mining is expected to return, by plain loops in double over all pairs: written from the definitions of
// the options (corpus_options.hpp) and of the report.

#include <mohs/corpus/input/corpus_options.hpp>
#include <mohs/relation.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace corpus_oracle {

using mohs::Index;

enum class Kind { cosine, dot, euclidean, squared, normalised_euclidean };

inline bool larger_is_closer(Kind kind)
{
    return kind == Kind::cosine || kind == Kind::dot;
}

using Rows = mohs::MatrixOf<double>;

inline double value_of(Kind kind, const Rows& a, Index i, const Rows& b, Index j)
{
    double norm_a = 0, norm_b = 0;
    for (Index k = 0; k < a.cols(); ++k) {
        norm_a += a(i, k) * a(i, k);
        norm_b += b(j, k) * b(j, k);
    }
    norm_a = norm_a > 0 ? std::sqrt(norm_a) : 1;
    norm_b = norm_b > 0 ? std::sqrt(norm_b) : 1;
    double sum = 0;
    for (Index k = 0; k < a.cols(); ++k) {
        switch (kind) {
            case Kind::cosine: sum += a(i, k) / norm_a * (b(j, k) / norm_b); break;
            case Kind::dot: sum += a(i, k) * b(j, k); break;
            case Kind::euclidean:
            case Kind::squared: sum += (a(i, k) - b(j, k)) * (a(i, k) - b(j, k)); break;
            case Kind::normalised_euclidean: {
                const double apart = a(i, k) / norm_a - b(j, k) / norm_b;
                sum += apart * apart;
                break;
            }
        }
    }
    return kind == Kind::euclidean || kind == Kind::normalised_euclidean ? std::sqrt(sum) : sum;
}

inline bool is_finite_row(const Rows& rows, Index row)
{
    for (Index k = 0; k < rows.cols(); ++k) {
        if (!std::isfinite(rows(row, k))) {
            return false;
        }
    }
    return true;
}

struct Problem {
    Kind kind = Kind::cosine;
    Rows queries, corpus;
    std::vector<std::vector<Index>> positives, neither;  // per query; neither may be empty
    std::vector<std::int64_t> query_ids = {}, corpus_ids = {};
    mohs::CorpusOptions options = {};
    /// Number of the filter that rejects first, or -1: by query, the positives that the list stands for, row and value.
    std::function<int(Index query, const std::vector<Index>& positives, Index row, double value)> filter = {};
    std::size_t filters = 0;
    std::optional<std::vector<std::vector<double>>> known_scores = std::nullopt;

    [[nodiscard]] mohs::Relation relation() const
    {
        std::vector<Index> offsets{0}, rows;
        for (const std::vector<Index>& list : positives) {
            rows.insert(rows.end(), list.begin(), list.end());
            offsets.push_back(static_cast<Index>(rows.size()));
        }
        std::vector<mohs::RelatedPair> pairs;
        for (std::size_t query = 0; query < neither.size(); ++query) {
            for (const Index row : neither[query]) {
                pairs.push_back({static_cast<Index>(query), row, mohs::Related::neither});
            }
        }
        return mohs::Relation::positive_lists(offsets, rows, corpus.rows()).with(pairs);
    }
};

struct List {
    Index query = 0, positive = -1;
    std::vector<Index> negatives, ranks;
    std::vector<double> scores;
    std::optional<double> reference = std::nullopt;
    std::vector<Index> rejected;   // absolute margin, relative margin, close end, then the filters
    std::vector<Index> survivors;  // of the window, in order
    Index depth = 0;
    bool closed = false;
};

inline bool contains(const std::vector<Index>& rows, Index row)
{
    return std::find(rows.begin(), rows.end(), row) != rows.end();
}

/// The list of a query: of one of its positives, or of all.
inline List expect_list(const Problem& problem, Index query, std::optional<std::size_t> own)
{
    const mohs::CorpusOptions& options = problem.options;
    const bool larger = larger_is_closer(problem.kind);
    const auto closer = [larger](double a, double b) { return larger ? a > b : a < b; };
    const auto at = static_cast<std::size_t>(query);
    std::vector<Index> positives = problem.positives[at];
    std::sort(positives.begin(), positives.end());
    positives.erase(std::unique(positives.begin(), positives.end()), positives.end());
    List list;
    list.query = query;
    list.rejected.assign(3 + problem.filters, 0);
    std::vector<Index> of_list = positives;
    if (own) {
        of_list = {positives[*own]};
        list.positive = positives[*own];
    }
    // The reference.
    std::vector<double> values;
    std::optional<double> own_value;
    if (problem.known_scores) {
        for (std::size_t i = 0; i < (*problem.known_scores)[at].size(); ++i) {
            const double value = (*problem.known_scores)[at][i];
            if (std::isfinite(value)) {
                values.push_back(value);
                if (own && i == *own) {
                    own_value = value;
                }
            }
        }
    } else if (is_finite_row(problem.queries, query)) {
        for (std::size_t i = 0; i < positives.size(); ++i) {
            if (is_finite_row(problem.corpus, positives[i])) {
                values.push_back(value_of(problem.kind, problem.queries, query, problem.corpus, positives[i]));
                if (own && i == *own) {
                    own_value = values.back();
                }
            }
        }
    }
    if (options.reference_positive == mohs::ReferencePositive::own) {
        list.reference = own_value;
    } else if (!values.empty()) {
        double least_close = values[0], closest = values[0], sum = 0;
        for (const double value : values) {
            least_close = closer(least_close, value) ? value : least_close;
            closest = closer(value, closest) ? value : closest;
            sum += value;
        }
        list.reference = options.reference_positive == mohs::ReferencePositive::min ? least_close
                         : options.reference_positive == mohs::ReferencePositive::max
                             ? closest
                             : sum / static_cast<double>(values.size());
    }
    const bool needs = options.absolute_margin || options.relative_margin || options.sampling == mohs::Sampling::simans;
    list.closed = needs && (!list.reference || (own && !own_value));
    if (list.closed || !is_finite_row(problem.queries, query)) {
        return list;
    }
    // Candidates, in order.
    struct Candidate {
        double value;
        Index row;
    };
    std::vector<Candidate> candidates;
    for (Index row = 0; row < problem.corpus.rows(); ++row) {
        if (!is_finite_row(problem.corpus, row) || contains(positives, row) ||
            (!problem.neither.empty() && contains(problem.neither[at], row))) {
            continue;
        }
        if (!problem.corpus_ids.empty()) {
            const std::int64_t id = problem.corpus_ids[static_cast<std::size_t>(row)];
            bool copy = id == problem.query_ids[at];
            for (const Index positive : positives) {
                copy |= id == problem.corpus_ids[static_cast<std::size_t>(positive)];
            }
            if (copy) {
                continue;
            }
        }
        const double value = value_of(problem.kind, problem.queries, query, problem.corpus, row);
        const std::optional<double>& far = larger ? options.min_score : options.max_score;
        if (!far || !closer(*far, value)) {
            candidates.push_back({value, row});
        }
    }
    std::sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
        return a.value != b.value ? closer(a.value, b.value) : a.row < b.row;
    });
    if (options.range_max && static_cast<Index>(candidates.size()) > *options.range_max) {
        candidates.resize(static_cast<std::size_t>(*options.range_max));
    }
    // Rules.
    std::vector<int> rule;
    for (const Candidate& candidate : candidates) {
        const auto farther_than = [&](double amount) {
            return larger ? candidate.value <= *list.reference - amount : candidate.value >= *list.reference + amount;
        };
        const std::optional<double>& close_end = larger ? options.max_score : options.min_score;
        int found = -1;
        if (options.absolute_margin && !farther_than(*options.absolute_margin)) {
            found = 0;
        } else if (options.relative_margin && !farther_than(*options.relative_margin * std::abs(*list.reference))) {
            found = 1;
        } else if (close_end && closer(candidate.value, *close_end)) {
            found = 2;
        } else if (problem.filter) {
            const int filter = problem.filter(query, of_list, candidate.row, candidate.value);
            found = filter < 0 ? -1 : filter + 3;
        }
        rule.push_back(found);
    }
    // The window.
    Index surviving = 0;
    std::size_t end = candidates.size();
    for (std::size_t rank = 0; rank < candidates.size(); ++rank) {
        if (rule[rank] >= 0 || static_cast<Index>(rank) < options.raw_range_min || surviving++ < options.range_min) {
            continue;
        }
        list.survivors.push_back(candidates[rank].row);
        if (static_cast<Index>(list.negatives.size()) < options.num_negatives) {
            list.negatives.push_back(candidates[rank].row);
            list.scores.push_back(candidates[rank].value);
            list.ranks.push_back(static_cast<Index>(rank));
            if (static_cast<Index>(list.negatives.size()) == options.num_negatives) {
                end = rank + 1;
            }
        }
    }
    for (std::size_t rank = 0; rank < end; ++rank) {
        if (rule[rank] >= 0) {
            ++list.rejected[static_cast<std::size_t>(rule[rank])];
        }
    }
    list.depth = static_cast<Index>(end);
    return list;
}

inline std::vector<List> expect(const Problem& problem)
{
    std::vector<List> result;
    for (Index query = 0; query < problem.queries.rows(); ++query) {
        std::vector<Index> positives = problem.positives[static_cast<std::size_t>(query)];
        std::sort(positives.begin(), positives.end());
        positives.erase(std::unique(positives.begin(), positives.end()), positives.end());
        if (!problem.options.per_positive) {
            result.push_back(expect_list(problem, query, std::nullopt));
        }
        for (std::size_t own = 0; problem.options.per_positive && own < positives.size(); ++own) {
            result.push_back(expect_list(problem, query, own));
        }
    }
    return result;
}

}  // namespace corpus_oracle
