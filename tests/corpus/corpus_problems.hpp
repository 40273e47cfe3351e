#pragma once

// Problems of corpus mining, and how a result is compared with what is expected.

#include "corpus_oracle.hpp"

#include <mohs/options.hpp>
#include <mohs/result/corpus_negatives.hpp>

#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace corpus_problems {

using corpus_oracle::Kind;
using corpus_oracle::Problem;
using mohs::Index;

/// Queries and a corpus around common centres, with several positives per query, equal rows, a zero row, rows that are
/// not finite if `spoilt`, and pairs that are neither. Elements are floats.
inline Problem clustered(Index queries, Index rows, Index columns, std::uint32_t seed, bool spoilt = true)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    Problem result;
    const Index centres = std::max<Index>(1, rows / 8);
    mohs::MatrixOf<float> centre(centres, columns);
    for (Index i = 0; i < centre.size(); ++i) {
        centre.data()[i] = normal(random);
    }
    const auto near_centre = [&](corpus_oracle::Rows& to, Index row, Index which) {
        for (Index k = 0; k < columns; ++k) {
            to(row, k) = static_cast<double>(centre(which, k) + 0.5F * normal(random));
        }
    };
    result.queries.resize(queries, columns);
    result.corpus.resize(rows, columns);
    for (Index row = 0; row < rows; ++row) {
        near_centre(result.corpus, row, row % centres);
    }
    for (Index query = 0; query < queries; ++query) {
        near_centre(result.queries, query, query % centres);
    }
    for (Index row = 3; row < rows; row += 11) {
        result.corpus.row(row) = result.corpus.row(row - 2);  // equal rows
    }
    result.positives.resize(static_cast<std::size_t>(queries));
    result.neither.resize(static_cast<std::size_t>(queries));
    std::uniform_int_distribution<Index> any(0, std::max<Index>(rows - 1, 0));
    for (Index query = 0; query < queries && rows > 0; ++query) {
        // 1, 2 or 3 positives, of the same centre where there are such rows; one query has none.
        for (Index i = 0; query != 2 && i < 1 + query % 3; ++i) {
            const Index row = query % centres + i * centres;
            result.positives[static_cast<std::size_t>(query)].push_back(row < rows ? row : any(random));
        }
        for (int i = 0; i < 2; ++i) {
            const Index row = any(random);
            if (!corpus_oracle::contains(result.positives[static_cast<std::size_t>(query)], row)) {
                result.neither[static_cast<std::size_t>(query)].push_back(row);
            }
        }
    }
    if (spoilt && rows > 20 && queries > 4) {
        result.corpus.row(5).setZero();
        result.corpus(7, 0) = std::numeric_limits<double>::quiet_NaN();
        result.corpus(8, columns - 1) = std::numeric_limits<double>::infinity();
        result.positives[0].push_back(7);  // one of its positives has no value
        result.neither[0].clear();
        result.positives[4] = {8};  // the only one
        result.neither[4].clear();
        result.queries(1, 0) = std::numeric_limits<double>::quiet_NaN();
    }
    return result;
}

template <class Scalar>
mohs::MatrixOf<Scalar> rows_as(const corpus_oracle::Rows& rows)
{
    return rows.template cast<Scalar>();
}

/// Threads of the standard library.
inline mohs::Options threads(int count)
{
    mohs::Options options;
    options.threads = count;
    options.executor = [count](Index tasks, const std::function<void(Index)>& body) {
        std::vector<std::thread> started;
        for (int i = 0; i < count; ++i) {
            started.emplace_back([=, &body] {
                for (Index task = i; task < tasks; task += count) {
                    body(task);
                }
            });
        }
        for (std::thread& thread : started) {
            thread.join();
        }
    };
    return options;
}

/// What differs between a result and what is expected; empty if nothing does. `names`: rules that are there, as
/// numbers.
template <class M>
std::string fault(const mohs::CorpusNegatives<M>& found, const Problem& problem,
                  const std::vector<corpus_oracle::List>& expected)
{
    std::ostringstream out;
    if (found.size() != static_cast<Index>(expected.size())) {
        out << found.size() << " lists instead of " << expected.size();
        return out.str();
    }
    std::vector<Index> rejected(3 + problem.filters, 0);
    std::vector<mohs::Shortfall> shortfalls;
    for (Index list = 0; list < found.size(); ++list) {
        const corpus_oracle::List& wanted = expected[static_cast<std::size_t>(list)];
        out << "list " << list << " of query " << wanted.query << ": ";
        if (found.query(list) != wanted.query || found.positive(list) != wanted.positive) {
            out << "belongs to query " << found.query(list) << ", positive " << found.positive(list);
            return out.str();
        }
        if (found.has_reference(list) != wanted.reference.has_value() ||
            (wanted.reference && std::abs(found.reference(list) - *wanted.reference) > 1e-9)) {
            out << "reference " << found.reference(list) << " instead of " << wanted.reference.value_or(-99);
            return out.str();
        }
        const auto negatives = found.negatives(list);
        const auto ranks = found.ranks(list);
        if (!std::equal(negatives.begin(), negatives.end(), wanted.negatives.begin(), wanted.negatives.end())) {
            out << "negatives";
            for (const Index row : negatives) {
                out << ' ' << row;
            }
            out << " instead of";
            for (const Index row : wanted.negatives) {
                out << ' ' << row;
            }
            return out.str();
        }
        if (!std::equal(ranks.begin(), ranks.end(), wanted.ranks.begin(), wanted.ranks.end())) {
            out << "ranks";
            for (const Index rank : ranks) {
                out << ' ' << rank;
            }
            out << " instead of";
            for (const Index rank : wanted.ranks) {
                out << ' ' << rank;
            }
            return out.str();
        }
        for (std::size_t i = 0; i < wanted.scores.size(); ++i) {
            if (std::abs(found.scores(list)[i] - wanted.scores[i]) > 1e-9 * (1 + std::abs(wanted.scores[i]))) {
                out << "score " << found.scores(list)[i] << " instead of " << wanted.scores[i];
                return out.str();
            }
        }
        for (std::size_t rule = 0; rule < rejected.size(); ++rule) {
            rejected[rule] += wanted.rejected[rule];
        }
        if (static_cast<Index>(wanted.negatives.size()) < problem.options.num_negatives) {
            shortfalls.push_back({list, wanted.query, static_cast<Index>(wanted.negatives.size())});
        }
        out.str("");
    }
    if (found.report.shortfalls != shortfalls) {
        out << found.report.shortfalls.size() << " shortfalls instead of " << shortfalls.size();
        return out.str();
    }
    const mohs::CorpusOptions& options = problem.options;
    const bool larger = corpus_oracle::larger_is_closer(problem.kind);
    std::vector<Index> counted;
    for (const mohs::RejectedBy& rule : found.report.rejected) {
        counted.push_back(rule.count);
    }
    std::vector<Index> wanted;
    const bool present[3] = {options.absolute_margin.has_value(), options.relative_margin.has_value(),
                             (larger ? options.max_score : options.min_score).has_value()};
    for (std::size_t rule = 0; rule < rejected.size(); ++rule) {
        if (rule >= 3 || present[rule]) {
            wanted.push_back(rejected[rule]);
        }
    }
    if (counted != wanted) {
        out << "rejected";
        for (const Index count : counted) {
            out << ' ' << count;
        }
        out << " instead of";
        for (const Index count : wanted) {
            out << ' ' << count;
        }
    }
    return out.str();
}

}  // namespace corpus_problems
