#pragma once

/// \file
/// PopularNegatives: negatives drawn without looking at embeddings.

#include <mohs/result/corpus_report.hpp>

#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Negatives that were drawn by weights, list by list: for every query and positive, or for every query, ascending.
class PopularNegatives {
public:
    /// Lists.
    [[nodiscard]] Index size() const { return static_cast<Index>(queries_.size()); }
    [[nodiscard]] bool empty() const { return queries_.empty(); }
    [[nodiscard]] Index query(Index list) const { return queries_[at(list)]; }
    /// The positive that a list belongs to, or -1 where it is that of a query.
    [[nodiscard]] Index positive(Index list) const { return positives_[at(list)]; }
    [[nodiscard]] Index count(Index list) const { return static_cast<Index>(negatives(list).size()); }
    /// Rows, in the order in which they were drawn.
    [[nodiscard]] std::span<const Index> negatives(Index list) const& { return part(negatives_, list); }
    /// The logarithm of how often each was to be expected in its list: what logQ correction takes off its logit.
    [[nodiscard]] std::span<const double> log_expected(Index list) const& { return part(log_expected_, list); }
    void negatives(Index) const&& = delete;     // a span of a temporary: keep the result in a variable
    void log_expected(Index) const&& = delete;  // a span of a temporary: keep the result in a variable

    void open(Index query, Index positive)
    {
        queries_.push_back(query);
        positives_.push_back(positive);
        end_.push_back(negatives_.size());
    }
    void add(Index negative, double log_expected)
    {
        negatives_.push_back(negative);
        log_expected_.push_back(log_expected);
        end_.back() = negatives_.size();
    }

    std::vector<Shortfall> shortfalls;  ///< lists for which there are fewer different rows than asked for
    Index drawn = 0;                    ///< draws, those included that were positives, or came twice

private:
    static std::size_t at(Index list) { return static_cast<std::size_t>(list); }
    template <class T>
    [[nodiscard]] std::span<const T> part(const std::vector<T>& all, Index list) const
    {
        const std::size_t begin = list == 0 ? 0 : end_[at(list) - 1];
        return std::span<const T>(all).subspan(begin, end_[at(list)] - begin);
    }

    std::vector<Index> queries_, positives_, negatives_;
    std::vector<double> log_expected_;
    std::vector<std::size_t> end_;
};

}  // namespace mohs::inline MOHS_ABI
