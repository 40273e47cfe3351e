#pragma once

/// \file
/// CorpusNegatives: what corpus mining returns.

#include <mohs/metric.hpp>
#include <mohs/result/corpus_report.hpp>

#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// The negatives of queries in a corpus, list by list. There is a list for every query, or, where every positive gets
/// negatives of its own, for every query and positive, in ascending order of both. The metric is part of the type.
///
/// A list that has found fewer than were asked for is kept as it is: `count` says how many there are, and
/// `report.shortfalls` names it.
template <Metric M>
class CorpusNegatives {
public:
    using MetricType = M;

    /// Lists.
    [[nodiscard]] Index size() const { return static_cast<Index>(queries_.size()); }
    [[nodiscard]] bool empty() const { return queries_.empty(); }
    /// The query of a list.
    [[nodiscard]] Index query(Index list) const { return queries_[at(list)]; }
    /// The positive that a list belongs to, or -1 where it is that of a query.
    [[nodiscard]] Index positive(Index list) const { return positives_[at(list)]; }
    /// Whether margins had anything to be measured against: a positive whose row is finite, or a score that was given.
    [[nodiscard]] bool has_reference(Index list) const { return has_reference_[at(list)] != 0; }
    /// The value that margins are measured against; 0 where there is none.
    [[nodiscard]] double reference(Index list) const { return references_[at(list)]; }

    [[nodiscard]] Index count(Index list) const { return static_cast<Index>(end_[at(list)] - begin(list)); }
    /// Rows of the corpus, the closest first, equal values by the lowest row.
    [[nodiscard]] std::span<const Index> negatives(Index list) const& { return part(negatives_, list); }
    /// Their values, in the metric's own unit: exactly what `measure` says.
    [[nodiscard]] std::span<const double> scores(Index list) const& { return part(scores_, list); }
    /// Their raw ranks: how many negatives of the query are closer, before any filter. -1 where nothing was scanned:
    /// for draws among all that filters let pass, and by an index.
    [[nodiscard]] std::span<const Index> ranks(Index list) const& { return part(ranks_, list); }
    void negatives(Index) const&& = delete;  // a span of a temporary: keep the result in a variable
    void scores(Index) const&& = delete;     // a span of a temporary: keep the result in a variable
    void ranks(Index) const&& = delete;      // a span of a temporary: keep the result in a variable

    /// Queries whose positives are known, from the first that was mined on: all that are finished.
    [[nodiscard]] Index query_count() const { return static_cast<Index>(positive_end_.size()); }
    /// The number of the first.
    [[nodiscard]] Index first_query() const { return first_query_; }
    /// The positives of a query, ascending; -1 where only their scores were given.
    [[nodiscard]] std::span<const Index> positives_of(Index query) const& { return of_query(positive_rows_, query); }
    /// Their values; NaN where a row is not finite.
    [[nodiscard]] std::span<const double> positive_scores_of(Index query) const&
    {
        return of_query(positive_scores_, query);
    }
    void positives_of(Index) const&& = delete;        // a span of a temporary: keep the result in a variable
    void positive_scores_of(Index) const&& = delete;  // a span of a temporary: keep the result in a variable

    /// Opens the next query.
    void open_query(Index query)
    {
        first_query_ = positive_end_.empty() ? query : first_query_;
        positive_end_.push_back(positive_rows_.size());
    }
    /// Adds to the query that was opened last.
    void add_positive(Index row, double score)
    {
        positive_rows_.push_back(row);
        positive_scores_.push_back(score);
        positive_end_.back() = positive_rows_.size();
    }
    /// Opens the next list: for miners, and for negatives that come from elsewhere.
    void open(Index query, Index positive = -1)
    {
        queries_.push_back(query);
        positives_.push_back(positive);
        references_.push_back(0);
        has_reference_.push_back(0);
        end_.push_back(negatives_.size());
    }
    /// The reference of the list that was opened last.
    void set_reference(double value)
    {
        references_.back() = value;
        has_reference_.back() = 1;
    }
    /// Adds to the list that was opened last.
    void add(Index negative, double score, Index rank = -1)
    {
        negatives_.push_back(negative);
        scores_.push_back(score);
        ranks_.push_back(rank);
        end_.back() = negatives_.size();
    }
    /// Forgets everything, but keeps the memory.
    void clear()
    {
        queries_.clear();
        positives_.clear();
        negatives_.clear();
        ranks_.clear();
        references_.clear();
        scores_.clear();
        has_reference_.clear();
        end_.clear();
        positive_rows_.clear();
        positive_scores_.clear();
        positive_end_.clear();
        report = {};
    }

    CorpusReport report;

private:
    static std::size_t at(Index list) { return static_cast<std::size_t>(list); }
    [[nodiscard]] std::size_t begin(Index list) const { return list == 0 ? 0 : end_[at(list) - 1]; }
    template <class T>
    [[nodiscard]] std::span<const T> part(const std::vector<T>& all, Index list) const
    {
        return std::span<const T>(all).subspan(begin(list), end_[at(list)] - begin(list));
    }

    template <class T>
    [[nodiscard]] std::span<const T> of_query(const std::vector<T>& all, Index query) const
    {
        const std::size_t number = at(query - first_query_), first = number == 0 ? 0 : positive_end_[number - 1];
        return std::span<const T>(all).subspan(first, positive_end_[number] - first);
    }

    Index first_query_ = 0;
    std::vector<Index> positive_rows_;
    std::vector<double> positive_scores_;
    std::vector<std::size_t> positive_end_;  ///< by query
    std::vector<Index> queries_, positives_, negatives_, ranks_;
    std::vector<double> references_, scores_;
    std::vector<char> has_reference_;
    std::vector<std::size_t> end_;
};

}  // namespace mohs::inline MOHS_ABI
